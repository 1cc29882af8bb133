"""One-time codes: six digits by mail to an address on file, hashed, short-lived, few tries (AC3)."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, insert, select, update

from firstline.agent.actions.gate import VERIFIED_FOR
from firstline.agent.actions.tables import verification
from firstline.agent.phrases import say
from firstline.contacts.doubting import doubted_at
from firstline.conversations.rules import Conversation
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.ids import new_id
from firstline.people.notices import notify

DIGITS = 6
LASTS = timedelta(minutes=10)
TRIES = 5
"""Wrong codes before one is void."""
SENDS = 3
"""Codes that are sent in one conversation within :data:`WINDOW`, and to one contact over all conversations twice as many."""
WINDOW = timedelta(hours=1)

_CODE = re.compile(r"(?<!\d)(\d{3})[\s-]?(\d{3})(?!\d)")


def code_in(text: str) -> str | None:
    """The six digits that a message holds, if it holds them once."""
    found = {a + b for a, b in _CODE.findall(text)}
    return found.pop() if len(found) == 1 else None


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else learns: ``i…s@veloria.example``."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"


def _open(found: Conversation, now: datetime) -> ColumnElement[bool]:
    """Codes of a conversation that may still be entered."""
    return and_(verification.c.conversation_id == found.id, verification.c.entered_at.is_(None), verification.c.expires_at > now)


def may_send(tx: Tx, found: Conversation) -> bool:
    """Whether another code may be sent."""
    since = tx.now - WINDOW
    sent = select(func.count()).select_from(verification).where(verification.c.sent_at > since)
    here = tx.scalar(sent.where(verification.c.conversation_id == found.id)) or 0
    all_over = tx.scalar(sent.where(verification.c.contact_id == found.contact_id)) or 0
    return here < SENDS and all_over < 2 * SENDS


def send(tx: Tx, found: Conversation, address: str, language: str, company: str) -> None:
    """Send a new code; the ones before it are void."""
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    made = new_id("vrf")
    tx.execute(update(verification).where(_open(found, tx.now)).values(expires_at=tx.now))
    tx.execute(
        insert(verification).values(
            id=made,
            conversation_id=found.id,
            contact_id=found.contact_id,
            sent_to=address,
            code_hash=_hash(made, code),
            sent_at=tx.now,
            expires_at=tx.now + LASTS,
        )
    )
    subject = say("verify.subject", language, company=company)
    notify(tx, address, subject, say("verify.mail", language, code=code, company=company), secret=True)


def enter(tx: Tx, found: Conversation, code: str) -> bool:
    """Whether this is the code that was sent last, in time, for this contact, in this conversation, for the first time."""
    row = tx.row(
        select(verification)
        .where(_open(found, tx.now))
        .order_by(verification.c.sent_at.desc(), verification.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None or row.attempts >= TRIES or row.contact_id != found.contact_id:
        return False
    right = hmac.compare_digest(row.code_hash, _hash(row.id, code))
    changes = {"attempts": row.attempts + 1} | ({"entered_at": tx.now} if right else {})
    tx.execute(update(verification).where(verification.c.id == row.id).values(**changes))
    return right


def verified_at(tx: Tx, found: Conversation) -> datetime | None:
    """When the contact of a conversation last entered a right code in it; one from before somebody else may have got the address
    does not count."""
    entered: datetime | None = tx.scalar(
        select(func.max(verification.c.entered_at)).where(
            verification.c.conversation_id == found.id, verification.c.contact_id == found.contact_id
        )
    )
    doubted = in_doubt_since(tx, found) if entered is not None else None
    return None if entered is not None and doubted is not None and doubted >= entered else entered


def entered_address(tx: Tx, found: Conversation) -> str | None:
    """The address whose code the contact of a conversation entered in it last, as long as it counts (:func:`verified_at`)."""
    at = verified_at(tx, found)
    if at is None or tx.now - at > VERIFIED_FOR:
        return None
    mine = (verification.c.conversation_id == found.id, verification.c.contact_id == found.contact_id)
    address: str | None = tx.scalar(select(verification.c.sent_to).where(*mine, verification.c.entered_at == at).limit(1))
    return address


def in_doubt_since(tx: Tx, found: Conversation) -> datetime | None:
    """Since when the address that the customer writes from may have another holder; None if nothing speaks against it."""
    party = tx.scalar(
        select(entry.c.party)
        .where(entry.c.conversation_id == found.id, entry.c.direction == "in", entry.c.party.is_not(None))
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    if not isinstance(party, dict):
        return None
    return doubted_at(tx, str(party.get("kind")), str(party.get("scope", "")), str(party.get("value")))


def _hash(salt: str, code: str) -> bytes:
    return hashlib.scrypt(code.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=32)
