"""Which events a viewer may see."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from firstline.conversations.queries import workspaces_of
from firstline.conversations.tables import conversation
from firstline.kit.database import Database, Event, Tx
from firstline.people.rules import Actor

REMEMBERED = 5_000


class Sight:
    """What one viewer may see: events of conversations in their workspaces, and events of no conversation."""

    def __init__(self, database: Database, viewer: Actor) -> None:
        self.database = database
        self.viewer = viewer
        self.workspaces = frozenset(workspaces_of(viewer))
        self._known: dict[str, str] = {}

    async def of(self, events: Iterable[Event]) -> Sequence[Event]:
        """The events that may be seen, in their order."""
        found = list(events)
        wanted = {one.subject for one in found if one.subject.startswith("cnv_")} - self._known.keys()
        if wanted:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            self._known |= await self.database.tx(_workspaces, wanted)
        return [one for one in found if self._may_see(one.subject)]

    async def may_see(self, conversation_id: str) -> bool:
        """Whether the viewer may see a conversation."""
        if conversation_id not in self._known:
            self._known |= await self.database.tx(_workspaces, {conversation_id})
        return self._known.get(conversation_id) in self.workspaces

    def _may_see(self, subject: str) -> bool:
        return not subject.startswith("cnv_") or self._known.get(subject) in self.workspaces


def _workspaces(tx: Tx, conversation_ids: set[str]) -> dict[str, str]:
    rows = tx.rows(select(conversation.c.id, conversation.c.workspace).where(conversation.c.id.in_(conversation_ids)))
    return {row.id: row.workspace for row in rows}
