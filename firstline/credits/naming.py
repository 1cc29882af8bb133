"""Which conversations the ledger names to whom: a charge is everybody's to read, a conversation only theirs who may see it."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation
from firstline.credits.rules import LedgerEntry
from firstline.kit.database import Tx
from firstline.people.rules import Actor, Permission


def shown_to(tx: Tx, viewer: Actor, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The entries, without the conversations that a viewer may not see.

    Whoever manages billing is given every id, and nothing else of the conversation: a charge cannot be disputed without it.
    """
    if viewer.may(Permission.MANAGE_BILLING):
        return list(entries)
    ids = {entry.conversation_id for entry in entries if entry.conversation_id}
    query = select(conversation.c.id).where(conversation.c.id.in_(ids), seen_by(viewer))
    seen = {row.id for row in tx.rows(query)} if ids else set()
    return [entry if entry.conversation_id in seen else replace(entry, conversation_id=None) for entry in entries]
