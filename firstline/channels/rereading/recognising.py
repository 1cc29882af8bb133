"""Whether a message that the provider has is here, is ours, or was answered by a person.

What is read back carries neither our name of a message nor who sent it for the page. Ids decide; where they cannot, words and
times do, and only between messages of the same customer in the same direction.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, exists, false, func, or_, select

from firstline.channels.abilities import Heard
from firstline.channels.forms import Form, part_name
from firstline.channels.linking import PATH
from firstline.channels.rereading.rules import MARK
from firstline.channels.tables import dispatch, provider_name
from firstline.contacts.forgotten import erased_at, was_erased
from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import attachment, conversation, entry
from firstline.kit.database import Tx

NEAR = timedelta(minutes=2)
"""Between our noting that a message was sent and the provider's time of it."""
DOUBTFUL = timedelta(hours=1)
"""How long after it was written a message may have been sent whose answer was lost: attempts have pauses."""
_LINK = re.compile(rf"{re.escape(PATH)}[^/\s]+/[^/\s]+$")
"""How words end that hold a link to a file."""
_SPACE = " \n\r\t"
_LEFT = (Delivery.SENT.value, Delivery.DELIVERED.value, Delivery.READ.value)
_DOUBT = (Delivery.SENDING.value, Delivery.UNKNOWN.value)


def unknown(tx: Tx, account_id: str, who: Identity | None, heard: Sequence[Heard]) -> list[Heard]:
    """Those of a provider's messages that are not here."""
    return [one for one in heard if not is_here(tx, account_id, who, one)]


def is_here(tx: Tx, account_id: str, who: Identity | None, one: Heard) -> bool:
    """Whether a message was taken in, sent by us, or erased, as is everything that was said before its customer was.

    Should the provider name a message otherwise than in its deliveries, the words that were delivered from the same customer in
    the same second are the same message.
    """
    e = entry.c
    taken = select(exists().where(e.channel_account_id == account_id, e.provider_id == one.name))
    if tx.scalar(taken) or is_ours(tx, account_id, one.name) or was_erased(tx, "message", account_id, one.name):
        return True
    if who is None:
        return False
    erased = erased_at(tx, who)
    return (erased is not None and one.at <= erased) or bool(tx.scalar(_same_words(account_id, who, one)))


def is_ours(tx: Tx, account_id: str, name: str) -> bool:
    """Whether the provider told us this id for a message that we sent."""
    n = provider_name.c
    return bool(tx.scalar(select(exists().where(n.channel_account_id == account_id, n.name == name))))


def sent_as(tx: Tx, account_id: str, to: Identity, text: str, at: datetime) -> str | None:
    """Our name of the message of ours that this one is, by its words and time; None if it is none of ours.

    A message whose answer was lost is found so, and one that is just being sent.
    """
    d, e = dispatch.c, entry.c
    words = _says(text.strip(_SPACE))
    left = and_(d.delivery.in_(_LEFT), d.sent_at >= at - NEAR, d.sent_at <= at + NEAR)
    doubtful = and_(d.delivery.in_(_DOUBT), e.at >= at - DOUBTFUL, e.at <= at + NEAR)
    row = tx.row(
        select(d.entry_id, d.part, d.form)
        .join(entry, e.id == d.entry_id)
        .where(d.channel_account_id == account_id, d.recipient == to.value, words, or_(left, doubtful))
        .order_by(d.delivery.in_(_DOUBT).desc(), e.at.desc(), d.part)
        .limit(1)
    )
    return part_name(row.entry_id, row.part, Form(row.form)) if row is not None else None


def _says(text: str) -> ColumnElement[bool]:
    """Whether a part went with these words: its own, those with the link that took the place of its file (decision 0033; links
    are signed anew each time, so their words count and not their signature), or only with a file."""
    d, a, other = dispatch.c, attachment.c, dispatch.alias()
    own = func.btrim(d.text, _SPACE)
    if not text:
        alone = exists().where(other.c.entry_id == d.entry_id, other.c.file_id.is_not(None))
        carries = and_(d.file_id.is_(None), ~alone, exists().where(a.entry_id == d.entry_id))
        return and_(d.form != Form.LINK.value, or_(carries, and_(d.file_id.is_not(None), own == "")))
    before = func.btrim(func.concat(d.text, "\n\n", func.coalesce(func.nullif(a.name, ""), a.kind), ": "), _SPACE)
    plain = and_(d.form != Form.LINK.value, own == text)
    if not _LINK.search(text):
        return plain
    as_link = exists().where(a.id == d.file_id, func.starts_with(text, before, type_=Boolean))
    return or_(plain, and_(d.form == Form.LINK.value, as_link))


def answered_by_person(tx: Tx, account_id: str, who: Identity, after: datetime) -> bool:
    """Whether a teammate, here or in the provider's inbox, wrote to a customer after some time."""
    e = entry.c
    theirs = _of_customer(account_id, who, e.conversation_id)
    wrote = (e.direction == "out", e.by_kind == "teammate", func.coalesce(e.sent_at, e.at) > after)
    return bool(tx.scalar(select(exists().where(theirs, *wrote))))


def _same_words(account_id: str, who: Identity, one: Heard) -> Select[Any]:
    e = entry.c
    second = one.at.replace(microsecond=0)
    when = and_(e.sent_at >= second, e.sent_at < second + timedelta(seconds=1))
    direction = e.direction == ("in" if one.incoming else "out")
    theirs = _of_customer(account_id, who, e.conversation_id)
    delivered = func.coalesce(e.data[MARK].as_boolean(), false()).is_(False)
    return select(exists().where(theirs, direction, when, e.text == one.text, delivered))


def _of_customer(account_id: str, who: Identity, conversation_id: Any) -> ColumnElement[bool]:
    """Whether a conversation is one with this customer on this account."""
    c, i = conversation.c, identity.c
    mine = (
        select(c.id)
        .join(identity, i.contact_id == c.contact_id)
        .where(c.channel_account_id == account_id)
        .where(i.kind == who.kind.value, i.scope == who.scope, i.value == who.value)
    )
    found: ColumnElement[bool] = conversation_id.in_(mine)
    return found
