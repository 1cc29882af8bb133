"""Nothing that a machine said leaves while a delivery waits that may say that a person has the word (decision 0027).

A delivery of a burst is answered first and applied later. The provider has told us then, and we have not looked yet: an echo of
what a person wrote, or the news that another program has the thread. What was committed before stays in the outbox meanwhile, and
is withdrawn if a person was faster with the customer.
"""

from typing import Any, Protocol, runtime_checkable

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from firstline.channels.base import Account, RawRequest
from firstline.channels.tables import raw_delivery
from firstline.contacts.tables import identity
from firstline.conversations.rules import EntryKind
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx

PAUSE = 0.3
"""Seconds until a held message is looked at again; applying a delivery takes tens of milliseconds."""
FETCHING = 3.0
"""The same while what it waits for is fetched from elsewhere, which may take long."""
WITHDRAWN = "Somebody answered the customer outside Firstline before this left; it was not sent."


SPOKEN = "It had to be sent again in another form, and a person has answered meanwhile; it was not."


@runtime_checkable
class Naming(Protocol):
    """A channel whose deliveries may say that a person has the word, and in whose bytes customers' ids are not found: it names
    them. (Others are :class:`~firstline.channels.abilities.Interrupting`.)"""

    def takes_the_word_with(self, tx: Tx, account: Account, request: RawRequest) -> tuple[str, ...]:
        """The values of the customers' identities with whom a delivery may say so; none if it does not. Reads no more than it
        has to: the provider waits for its answer."""
        ...


class Interrupted(Exception):
    """Not now: a delivery that may stop the agent waits to be applied. It is looked at again after so many seconds."""

    def __init__(self, seconds: float = PAUSE) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


def interrupted(tx: Tx, conversation_id: str) -> float:
    """Seconds to wait, because a delivery waits to be applied that may be about this customer, and may say that somebody else has
    the word; 0 if none does.

    Where the channel does not name the customers, their ids are looked for in the bytes as they came: all that deliver so write
    them in ASCII, and no escape is used for it.
    """
    r, i, c = raw_delivery.c, identity.c, conversation.c
    mine = (
        select(i.id)
        .join(conversation, c.contact_id == i.contact_id)
        .where(c.id == conversation_id, i.scope.in_((c.channel_account_id, "")))
    )
    found = mine.where(i.scope == c.channel_account_id, func.position(func.convert_to(i.value, "UTF8").op("IN")(r.body)) > 0)
    about = or_(and_(r.whom.is_(None), found.exists()), mine.where(i.value == func.any(r.whom)).exists())
    account = select(c.channel_account_id).where(c.id == conversation_id).scalar_subquery()
    held = select(r.waits).where(r.channel_account_id == account, or_(r.waits, r.bring_at.is_not(None)), r.interrupts, about)
    waits = tx.scalar(held.order_by(r.waits.desc()).limit(1))
    return 0.0 if waits is None else PAUSE if waits else FETCHING


def overtaken_by_a_person(tx: Tx, row: Row[Any]) -> bool:
    """Whether somebody wrote to the customer outside Firstline after a machine's message was committed and before it left: into
    this conversation, or in a word that counts here as well."""
    e = entry.c
    return bool(tx.scalar(select(exists().where(e.conversation_id == row.conversation_id, e.seq > row.seq, _outside(e)))))


def _outside(e: Any) -> ColumnElement[bool]:
    """Whether an entry is a word from outside Firstline, or the note of one (:mod:`firstline.conversations.elsewhere`)."""
    ours = or_(e.direction == "out", e.kind == EntryKind.ALERT.value)
    return and_(ours, e.data["outside"].as_boolean(), e.quiet.is_(False))


def has_spoken(tx: Tx, entry_id: str) -> bool:
    """Whether a person has the word by now, who had it not when this was committed, or has written since: here or elsewhere."""
    e, c = entry.c, conversation.c
    later = entry.alias().c
    wrote = exists().where(
        later.conversation_id == e.conversation_id,
        later.seq > e.seq,
        or_(and_(later.direction == "out", later.by_kind == "teammate", later.quiet.is_(False)), _outside(later)),
    )
    took = exists().where(c.id == e.conversation_id, c.owner_kind == "teammate", c.epoch != e.epoch)
    return bool(tx.scalar(select(wrote | took).where(e.id == entry_id)))


def by_machine(by_kind: str) -> bool:
    """Whether nobody would have typed it: the agent, a bot, the product itself."""
    return by_kind != "teammate"
