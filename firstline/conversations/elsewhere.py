"""A person's word to a customer counts in every conversation with that customer, where the channel cannot tell which they meant.

Somebody who writes a new mail to a customer answers whatever the customer has asked, or takes it into account. A machine that
speaks after that, in another conversation of the same customer on the same account, speaks over a person's head (CH9, HO9).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select, tuple_

from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity
from firstline.conversations.intake import one_at_a_time
from firstline.conversations.ownership import set_owner
from firstline.conversations.record import locked, note_routing, row_locked, write
from firstline.conversations.rules import NOBODY, Delivery, EntryKind, Owner, OwnerKind, Place
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.people.rules import Actor

MACHINES = (OwnerKind.AGENT, OwnerKind.BOT)
_LEAVING = (Delivery.PENDING.value, Delivery.SENDING.value)


@dataclass(frozen=True)
class Heard:
    """A word that customers heard outside a conversation."""

    by: Sequence[Identity]
    """All who got it."""
    sign: str
    """The provider's name of it: the same word again silences nobody who was given the conversation back meanwhile."""
    text: str
    """What the timelines say of it."""


def words_one_at_a_time(tx: Tx, place: Place) -> None:
    """Words that count in several conversations come one after another: each locks its own first and the others then."""
    one_at_a_time(tx, f"{place.channel_account_id}|heard")


def falls_silent(tx: Tx, place: Place, heard: Heard, *, owner: Owner = NOBODY, besides: str | None = None) -> Sequence[str]:
    """In every open conversation of those customers on the account, the agent or a bot loses the word to ``owner``; one that was
    not routed yet is given to ``owner``, too. The reason stands in the timeline. Returns the conversations.

    Teammates and queues keep what they have. What a machine said there and has not left is withdrawn before it is sent
    (:mod:`firstline.channels.interrupting`).

    :param besides: the conversation that the word itself was written into.
    """
    silenced = []
    for conversation_id in _with_a_machine(tx, place, heard.by):
        if conversation_id != besides and not _noted(tx, conversation_id, heard.sign):
            _stop(tx, conversation_id, heard, owner)
            silenced.append(conversation_id)
    return silenced


def _with_a_machine(tx: Tx, place: Place, heard_by: Sequence[Identity]) -> Sequence[str]:
    """Open conversations in which a machine has the word, may get it, or has said something that is still on its way; locked in
    the order of their ids, so that two words never wait for each other."""
    i, c, e = identity.c, conversation.c, entry.c
    customers = select(i.contact_id).where(
        tuple_(i.kind, i.scope, i.value).in_([(one.kind.value, one.scope, one.value) for one in heard_by])
    )
    leaving = exists().where(e.conversation_id == c.id, e.delivery.in_(_LEAVING), e.by_kind != "teammate")
    unrouted = and_(c.routing.is_(None), c.owner_kind == OwnerKind.NOBODY.value)
    machine = or_(c.owner_kind.in_([one.value for one in MACHINES]), unrouted, leaving)
    mine = (c.channel_account_id == place.channel_account_id, c.status == "open", c.contact_id.in_(customers))
    found = tx.rows(select(c.id).where(*mine, machine).order_by(c.id)) if heard_by else ()
    there = [(row.id, row_locked(tx, row.id)) for row in found]
    return [name for name, row in there if row is not None and row.status == "open"]


def _noted(tx: Tx, conversation_id: str, sign: str) -> bool:
    e = entry.c
    mine = (e.conversation_id == conversation_id, e.kind == EntryKind.ALERT.value, e.data["heard"].astext == sign)
    return bool(tx.scalar(select(exists().where(*mine))))


def _stop(tx: Tx, conversation_id: str, heard: Heard, owner: Owner) -> None:
    found = locked(tx, conversation_id)
    reason = {"code": "wrote_outside", "text": heard.text}
    told = {"outside": True, "heard": heard.sign}
    write(tx, conversation_id, EntryKind.ALERT, Actor.system(), heard.text[:500], told)
    unrouted = found.routing is None and found.owner == NOBODY
    if unrouted:
        given = {"kind": owner.kind.value, "id": owner.id}
        note_routing(tx, conversation_id, {"at": tx.now.isoformat(), "owner": given, "reasons": [reason]})
    if found.owner.kind in MACHINES or (unrouted and owner != NOBODY):
        set_owner(tx, found, owner, Actor.system(), [reason])
