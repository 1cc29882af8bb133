"""Which events a viewer may see."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from firstline.conversations.sight import seen_by, workspaces_of
from firstline.conversations.tables import conversation
from firstline.kit.database import Database, Event, Tx
from firstline.people.rules import Actor, Permission

REMEMBERED = 5_000
ENDS = ("teammate.changed", "teammate.deactivated", "teammate.signed_out")


class Sight:
    """What one viewer may see: events of conversations that they may see, and events of no conversation.

    For whoever sees all of a workspace, each conversation is looked at once, and again when it changes; for others it depends on
    the owner too, and each look asks again.
    """

    def __init__(self, database: Database, viewer: Actor) -> None:
        self.database = database
        self.viewer = viewer
        self._everything = viewer.may(Permission.SEE_ALL)
        self._nothing = not workspaces_of(viewer)
        self._known: dict[str, bool] = {}

    async def of(self, events: Iterable[Event]) -> Sequence[Event]:
        """The events that may be seen, in their order."""
        found = list(events)
        for one in found:
            if one.kind.startswith("conversation."):
                self._known.pop(one.subject, None)
        await self._look({one.subject for one in found if one.subject.startswith("cnv_")})
        return [one for one in found if not one.subject.startswith("cnv_") or self._known.get(one.subject, False)]

    def is_over(self, event: Event) -> bool:
        """Whether what the viewer may see has changed: the page connects again, and is asked who it is."""
        return event.subject == self.viewer.id and event.kind in ENDS

    async def may_see(self, conversation_id: str) -> bool:
        """Whether the viewer may see a conversation."""
        await self._look({conversation_id})
        return self._known.get(conversation_id, False)

    async def _look(self, conversation_ids: set[str]) -> None:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        wanted = conversation_ids - self._known.keys() if self._everything else conversation_ids
        if not wanted or self._nothing:
            return
        seen = await self.database.tx(_seen, wanted, self.viewer)
        self._known |= {one: one in seen for one in wanted}


def _seen(tx: Tx, conversation_ids: set[str], viewer: Actor) -> set[str]:
    rows = tx.rows(select(conversation.c.id).where(conversation.c.id.in_(conversation_ids), seen_by(viewer)))
    return {row.id for row in rows}
