"""The customer's thumb on an answer (IN7)."""

from sqlalchemy import select, update

from firstline.conversations.record import locked
from firstline.conversations.rules import EntryKind
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.events import emit
from firstline.people.rules import Actor, ActorKind

VALUES = ("up", "down")


def is_answer(tx: Tx, entry_id: str) -> bool:
    """Whether a message is one of the agent's, of which a customer may say whether it helped."""
    row = tx.row(select(entry.c.kind, entry.c.by_kind).where(entry.c.id == entry_id))
    return row is not None and row.kind == EntryKind.MESSAGE.value and row.by_kind == ActorKind.AGENT.value


def rate(tx: Tx, entry_id: str, value: str | None, by: Actor) -> None:
    """Note whether an answer of the agent helped; None takes it back. The same again changes nothing.

    :raises NotFound: if there is no such answer. :raises Invalid: if ``value`` is neither up, down nor None.
    """
    if value is not None and value not in VALUES:
        raise Invalid(f"Feedback is up or down, not “{value}”.", field="value")
    row = tx.row(select(entry).where(entry.c.id == entry_id))
    if row is None or not is_answer(tx, entry_id):
        raise NotFound(f"There is no answer {entry_id}.")
    locked(tx, row.conversation_id)
    data = dict(tx.scalar(select(entry.c.data).where(entry.c.id == entry_id)))
    if data.get("feedback") == value:
        return
    data["feedback"] = value
    tx.execute(update(entry).where(entry.c.id == entry_id).values(data=data))
    emit(tx, "feedback.given", row.conversation_id, entry=entry_id, seq=row.seq, value=value, by=by.kind.value)
