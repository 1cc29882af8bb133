"""Whether the channel itself knows who the customer of a conversation is (AC3 *match*)."""

from typing import Any

from sqlalchemy import or_, select

from firstline.agent.actions.verifying import in_doubt_since, verified_at
from firstline.contacts.rules import IdentityKind
from firstline.contacts.tables import identity
from firstline.conversations.rules import Conversation
from firstline.conversations.tables import entry
from firstline.kit.database import Tx


def identified(tx: Tx, found: Conversation) -> bool:
    """True for a visitor whom the website named, an authenticated sender of mail, a number or page identity of the platform.

    An address that somebody typed is no identity, also not once its owner has proven it elsewhere: a visitor counts by his own
    proof alone. A last message whose sender could not be proven closes the gate again. So does news that the address may have
    another holder, until a code was entered after it.
    """
    proven = tx.scalar(
        select(identity.c.id)
        .where(
            identity.c.contact_id == found.contact_id,
            identity.c.kind != IdentityKind.VISITOR.value,
            identity.c.verified.is_(True),
            or_(identity.c.scope == "", identity.c.scope == found.channel_account_id),
        )
        .limit(1)
    )
    if proven is None:
        return False
    last = tx.row(
        select(entry.c.data["sender_proven"].as_boolean().label("proven"), entry.c.party)
        .where(entry.c.conversation_id == found.id, entry.c.direction == "in")
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    if last is not None and (last.proven is False or not _vouched(tx, found, last.party)):
        return False
    return in_doubt_since(tx, found) is None or verified_at(tx, found) is not None


def _vouched(tx: Tx, found: Conversation, party: Any) -> bool:
    """Whether nothing but a chat's own proof is asked for, or it is there: the website said who the visitor is."""
    if not isinstance(party, dict) or party.get("kind") != IdentityKind.VISITOR.value:
        return True
    i = identity.c
    same = (i.kind == party["kind"], i.value == party.get("value"), i.scope == party.get("scope", ""))
    return tx.scalar(select(i.id).where(*same, i.contact_id == found.contact_id, i.verified.is_(True))) is not None


def proven_somewhere(tx: Tx, contact_id: str) -> bool:
    """Whether some channel knows the contact: for a preview as that contact, which has no channel account."""
    query = select(identity.c.id).where(identity.c.contact_id == contact_id, identity.c.kind != IdentityKind.VISITOR.value)
    return tx.scalar(query.where(identity.c.verified.is_(True)).limit(1)) is not None
