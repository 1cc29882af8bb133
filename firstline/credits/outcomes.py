"""What happened in a conversation, as the judgement of a resolution asks (TE5)."""

from datetime import datetime

from sqlalchemy import select

from firstline.conversations.rules import EntryKind
from firstline.conversations.tables import entry
from firstline.credits.resolution import Outcome
from firstline.kit.database import Tx


def of(tx: Tx, conversation_id: str) -> tuple[datetime | None, Outcome]:
    """The time of the last message, None if there is none, and what happened."""
    kinds = (EntryKind.MESSAGE.value, EntryKind.HANDOFF.value)
    query = (
        select(entry.c.kind, entry.c.by_kind, entry.c.direction, entry.c.data, entry.c.at)
        .where(entry.c.conversation_id == conversation_id, entry.c.kind.in_(kinds))
        .order_by(entry.c.seq)
    )
    rows = tx.rows(query)
    messages = [row for row in rows if row.kind == EntryKind.MESSAGE.value]
    by_agent = [row for row in messages if row.by_kind == "agent" and not row.data.get("handoff")]
    handoffs = [row.data.get("reason") or {} for row in rows if row.kind == EntryKind.HANDOFF.value]
    thumbs = [row.data["feedback"] for row in by_agent if row.data.get("feedback")]
    outcome = Outcome(
        answered=any(row.data.get("decision", "answer") == "answer" and not row.data.get("courtesy") for row in by_agent),
        handed_over=bool(handoffs),
        asked_for_person=any(row.data.get("asks_for_person") for row in messages)
        or any(reason.get("code") == "asked_for_person" for reason in handoffs),
        person_replied=any(row.direction == "out" and row.by_kind == "teammate" for row in messages),
        feedback=thumbs[-1] if thumbs else None,
    )
    return (messages[-1].at if messages else None), outcome
