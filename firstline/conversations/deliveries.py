"""How far messages to customers got, and trying again."""

from typing import Any

from sqlalchemy import Row, select, update

from firstline.conversations.ownership import require_workspace
from firstline.conversations.record import locked
from firstline.conversations.rules import Delivery, advances
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.events import emit
from firstline.people.rules import Actor


def report_delivery(
    tx: Tx,
    entry_id: str,
    delivery: Delivery,
    *,
    reason: str | None = None,
    provider_id: str | None = None,
) -> bool:
    """Note how far a message got; reports that come late or twice change nothing. Returns whether it moved.

    :raises NotFound: if there is no such message.
    """
    row = _outgoing(tx, entry_id)
    if not advances(row.delivery, delivery):
        return False
    _set(tx, row, delivery, reason, provider_id)
    return True


def set_delivery(tx: Tx, entry_id: str, delivery: Delivery, *, reason: str | None = None, provider_id: str | None = None) -> bool:
    """Note what the parts of a message add up to, forward or not. Returns whether that is different."""
    row = _outgoing(tx, entry_id)
    new_name = provider_id is not None and row.provider_id is None
    if row.delivery == delivery.value and row.delivery_reason == reason and not new_name:
        return False
    _set(tx, row, delivery, reason, provider_id if new_name else None)
    return True


def try_again(tx: Tx, entry_id: str, by: Actor, *, even_if_sent: bool = False) -> None:
    """Send a failed message once more, or at once one that waits for its next attempt.

    :param even_if_sent: send also one that may have arrived: the customer may get it twice.
    :raises Conflict: if it has not failed.
    """
    row = _outgoing(tx, entry_id)
    require_workspace(tx, locked(tx, row.conversation_id), by)
    if row.delivery == Delivery.UNKNOWN.value and not even_if_sent:
        raise Conflict("Nobody can tell whether this message arrived. Confirm that the customer may get it twice, or write anew.")
    waits = row.delivery == Delivery.PENDING.value and bool(row.delivery_reason)
    if not waits and row.delivery not in (Delivery.FAILED.value, Delivery.UNKNOWN.value):
        raise Conflict(f"The message is {row.delivery}; only a failed one, or one that waits, can be tried again.")
    tx.execute(update(entry).where(entry.c.id == entry_id).values(delivery=Delivery.PENDING.value, delivery_reason=None))
    emit(tx, "message.retried", row.conversation_id, entry=entry_id, seq=row.seq)


def _outgoing(tx: Tx, entry_id: str) -> Row[Any]:
    row = tx.row(select(entry).where(entry.c.id == entry_id).with_for_update())
    if row is None or row.direction != "out":
        raise NotFound(f"There is no outgoing message {entry_id}.")
    return row


def _set(tx: Tx, row: Row[Any], delivery: Delivery, reason: str | None, provider_id: str | None) -> None:
    values: dict[str, object] = {"delivery": delivery.value, "delivery_reason": reason}
    if provider_id is not None:
        values["provider_id"] = provider_id
    tx.execute(update(entry).where(entry.c.id == row.id).values(**values))
    emit(
        tx,
        "message.delivery_changed",
        row.conversation_id,
        entry=row.id,
        seq=row.seq,
        delivery=delivery.value,
    )
