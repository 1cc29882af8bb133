"""What a mail has to know before it leaves: whom the last mail wants answered, and whether the address is any good."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from firstline.channels.base import Outbound
from firstline.channels.email.addresses import normal
from firstline.channels.email.tables import mail, mail_address
from firstline.channels.email.threads import ids_of
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.people import audit
from firstline.people.rules import Actor, Permission


@dataclass(frozen=True)
class Ahead:
    """What is known before a mail is sent."""

    thread: Mapping[str, Any]
    """``answer_to``, ``cc``, ``message_id`` and ``names`` (what it refers to) of the customer's last mail."""
    refused: str = ""
    """Why no automatic mail goes to this address."""


def ahead(tx: Tx, message: Outbound) -> Ahead:
    """What is to be known of a message that is about to be sent."""
    e = entry.c
    query = (
        select(e.data["mail"].label("mail"), mail.c.signs)
        .outerjoin(mail, (mail.c.channel_account_id == e.channel_account_id) & (mail.c.provider_id == e.provider_id))
        .where(e.conversation_id == message.conversation_id, e.direction == "in", e.data.has_key("mail"))
        .order_by(e.seq.desc())
        .limit(1)
    )
    last = tx.row(query)
    thread: dict[str, Any] = {}
    if last is not None and isinstance(last.mail, dict):
        thread = {**last.mail, "names": ids_of(last.signs or ())}
    to = normal(str(thread.get("answer_to") or message.to))
    row = tx.row(select(mail_address).where(mail_address.c.address == to))
    if row is None or message.by_kind == "teammate":
        return Ahead(thread)
    what = "did not reach it" if row.state == "bounced" else "is not wanted there"
    return Ahead(thread, f"No automatic mail goes to {to}: earlier mail {what}. {row.reason} A teammate can still write.")


def reaches_again(tx: Tx, address: str, by: Actor) -> bool:
    """Mail may go to an address again, because a person says so."""
    by.require(Permission.MANAGE_CHANNELS)
    gone = tx.execute(delete(mail_address).where(mail_address.c.address == normal(address))).rowcount > 0
    if gone:
        # Not the address itself: the log cannot forget, and whoever it belongs to may be erased.
        audit.record(tx, by, "mail_address.clear", f"…@{normal(address).rpartition('@')[2]}")
    return gone
