"""A message that was only kept is to be answered after all: whoever sorted it out had it wrong."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from firstline.conversations.record import locked
from firstline.conversations.rules import SORTED_OUT
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.events import emit


def released(tx: Tx, channel_account_id: str, provider_id: str, data: Mapping[str, Any], *, quiet: bool) -> bool:
    """A customer's message that was sorted out comes again, and is not any more: what was noted of it is replaced by ``data``.
    If it was kept only, and is not ``quiet`` for another reason, it is treated as if it had come now.

    False if there is no such message. A conversation that people closed meanwhile stays closed.
    """
    e = entry.c
    mine = (e.channel_account_id == channel_account_id, e.provider_id == provider_id, e.direction == "in")
    sorted_out = e.data[SORTED_OUT].as_boolean()
    found = tx.row(select(e.id, e.seq, e.conversation_id).where(*mine, sorted_out))
    if found is None:
        return False
    talk = locked(tx, found.conversation_id)
    row = tx.row(select(e.quiet).where(e.id == found.id, sorted_out))
    if row is None:
        return False
    kept = e.data.op("-")(SORTED_OUT).op("||")(dict(data))
    tx.execute(update(entry).where(e.id == found.id).values(data=kept, quiet=row.quiet and quiet))
    emit(tx, "message.changed", talk.id, entry=found.id, seq=found.seq)
    if quiet or not row.quiet or talk.status != "open":
        return True
    waits = {"waiting_since": talk.waiting_since or tx.now, "snoozed_until": None}
    tx.execute(update(conversation).where(conversation.c.id == talk.id).values(**waits))
    emit(
        tx,
        "message.released",
        talk.id,
        entry=found.id,
        seq=found.seq,
        owner=talk.owner.kind.value,
        channel_account=channel_account_id,
        routed=talk.routing is not None,
    )
    return True
