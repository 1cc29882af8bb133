"""From the event log to the tabs that may see it: one reader a process for all open chats."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from firstline.channels.linking import Links
from firstline.contacts.forgotten import erased_visitors
from firstline.kit.database import Database, Event
from firstline.kit.errors import NotFound
from firstline.kit.feed import Feed, Item, Signal
from firstline.widget import queries, transcripts, views
from firstline.widget.queries import Changed, Standing
from firstline.widget.rules import Page
from firstline.widget.site import Assignable, Site, site
from firstline.widget.views import Frame
from firstline.widget.visitors import Visitor

log = structlog.get_logger(__name__)

BEHIND = 200
"""Frames a tab may be behind; then it is sent away and comes back for everything at once."""
BATCH = 200
LOOKS_EVERY = 20.0
"""Seconds between looks at who answers: working hours begin and end without an event."""
FRESH = timedelta(seconds=20)
"""An answer no older than this is shown word by word."""
_CHANGES_SITE = ("account.", "agent.", "channel_account.", "credits.", "deployment.", "usage.")
"""Events that may change who answers on a site, or in whose name."""

Who = tuple[str, str]
"""Account and visitor."""


@dataclass(eq=False)
class Tab:
    """One tab of a visitor's browser.

    ``sent`` is the number of the last entry it was sent, by conversation; ``powered`` what it was told of the agent.
    """

    visitor: Visitor
    page: Page
    address: str
    standing: Standing = field(default_factory=Standing)
    sent: dict[str, int] = field(default_factory=dict)
    greeted: bool = False
    powered: bool = False
    frames: "asyncio.Queue[Frame]" = field(default_factory=lambda: asyncio.Queue(BEHIND))

    @property
    def who(self) -> Who:
        """Whose tab it is."""
        return self.visitor.account_id, self.visitor.id

    def put(self, frame: Frame) -> None:
        """Send without waiting; a tab that is too far behind is told to come back instead."""
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            while not self.frames.empty():
                self.frames.get_nowait()
            self.frames.put_nowait(views.bye(1))

    def saw(self, snapshot: queries.Snapshot) -> None:
        """Remember what the first frame held."""
        self.greeted = True
        self.standing = snapshot.standing
        self.sent = dict.fromkeys(snapshot.conversations, 0)
        for line in snapshot.lines:
            self.sent[line.conversation] = max(self.sent[line.conversation], line.seq)


class Hub:
    """Knows every open tab of this process and tells each what was committed for it."""

    def __init__(self, database: Database, feed: Feed, assignable: Assignable, links: Links) -> None:
        self.database = database
        self.feed = feed
        self.assignable = assignable
        self.links = links
        self._tabs: dict[Who, set[Tab]] = defaultdict(set)
        self._visitors: dict[str, Who] = {}
        self._sites: dict[str, Site] = {}
        self._open: Counter[str] = Counter()
        self._look = asyncio.Event()

    async def site(self, account_id: str) -> Site:
        """The chat of an account; while tabs are open it is kept, and looked at again when something changes it.

        :raises NotFound: if there is none.
        """
        if kept := self._sites.get(account_id):
            return kept
        return await self.database.tx(site, account_id, self.assignable)

    @contextlib.contextmanager
    def open(self, tab: Tab) -> Iterator[None]:
        """Tell a tab what happens while the block lasts, once it was greeted."""
        account_id = tab.visitor.account_id
        tabs = self._tabs[tab.who]
        tabs.add(tab)
        self._open[account_id] += 1
        try:
            yield
        finally:
            tabs.discard(tab)
            self._open[account_id] -= 1
            if not self._open[account_id]:
                del self._open[account_id]
                self._sites.pop(account_id, None)
            if not tabs:
                self._tabs.pop(tab.who, None)
                for conversation_id in tab.sent:
                    self._visitors.pop(conversation_id, None)

    async def greet(self, tab: Tab) -> Frame:
        """The first frame of an open tab. What was committed while it was made is in it, or follows."""
        while True:
            shown = await self.site(tab.visitor.account_id)
            seen = await self.database.tx(queries.snapshot, *tab.who)
            mail = await self.database.tx(transcripts.offered, shown.id, seen.standing.conversation) if seen.lines else ""
            tab.saw(seen)
            tab.powered = shown.powered_by_ai
            self._sites.setdefault(shown.id, shown)
            self._visitors |= dict.fromkeys(tab.sent, tab.who)
            # Events up to the feed's cursor were handed out already, perhaps before the tab's conversations were known here.
            if self.feed.cursor <= seen.cursor or not await self.database.tx(queries.moved_since, *tab.who, seen.cursor):
                return views.ready(shown, tab.visitor, seen, self.links, mail)

    def tabs_of(self, who: Who) -> tuple[Tab, ...]:
        """The tabs a visitor has open in this process."""
        return tuple(self._tabs.get(who, ()))

    async def run(self) -> None:
        """Follow the feed until cancelled; then say goodbye to every tab."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._watch_sites())
        finally:
            self._send_all_away()

    def _send_all_away(self) -> None:
        for tabs in list(self._tabs.values()):
            for tab in list(tabs):
                tab.put(views.bye(2))

    async def _send_erased_away(self) -> None:
        """Tabs of somebody who was erased come back as strangers, and show nothing of before."""
        for who in await self.database.tx(erased_visitors, list(self._tabs)):
            for tab in self.tabs_of(who):
                tab.put(views.bye(1))

    async def _follow(self) -> None:
        while True:
            with self.feed.listen() as listener:
                async for item in listener:
                    batch = [item]
                    while len(batch) < BATCH and not listener.queue.empty():
                        following = listener.queue.get_nowait()
                        if following is None:
                            listener.end()
                            break
                        batch.append(following)
                    try:
                        await self._tell(batch)
                    except Exception:
                        log.exception("widget.push_failed")
                        self._send_all_away()
            # The reader fell too far behind: every tab comes back and asks for what it lacks.
            self._send_all_away()
            await asyncio.sleep(0)

    async def _tell(self, batch: Iterable[Item | Signal]) -> None:
        wanted: dict[str, set[str]] = defaultdict(set)
        strangers: dict[str, str] = {}
        for item in batch:
            if isinstance(item, dict):
                self._tell_signal(item)
                continue
            event = item[1]
            if event.kind == "contact.erased":
                await self._send_erased_away()
            if event.kind.startswith(_CHANGES_SITE):
                self._look.set()
            elif event.subject in self._visitors or self._may_concern(event):
                wanted[event.subject].update([str(event.data["entry"])] if "entry" in event.data else [])
                if event.subject not in self._visitors:
                    strangers[event.subject] = event.kind
        if strangers:
            found = await self.database.tx(queries.visitors_of, list(strangers))
            self._visitors |= {one: who for one, who in found.items() if who in self._tabs}
        own = {one: ids for one, ids in wanted.items() if self._visitors.get(one) in self._tabs}
        if own:
            asked = {one: (self._sent(one), ids) for one, ids in own.items()}
            for conversation_id, changed in (await self.database.tx(queries.changes, asked)).items():
                self._tell_tabs(conversation_id, changed, own[conversation_id])

    def _may_concern(self, event: Event) -> bool:
        """A conversation that is new here, on an account with open tabs."""
        return event.kind in ("conversation.created", "message.received") and event.data.get("channel_account") in self._sites

    def _sent(self, conversation_id: str) -> int:
        tabs = self._tabs[self._visitors[conversation_id]]
        return min((tab.sent.get(conversation_id, 0) for tab in tabs if tab.greeted), default=0)

    def _tell_tabs(self, conversation_id: str, changed: Changed, ids: set[str]) -> None:
        who = self._visitors.get(conversation_id)  # the last tab may have gone while the changes were read
        shown = self._sites.get(who[0]) if who is not None else None
        if who is None or shown is None:
            return
        now = self.database.clock.now()
        for tab in [one for one in self._tabs.get(who, ()) if one.greeted]:
            sent = tab.sent.get(conversation_id, 0)
            for line in changed.lines:
                if line.seq > sent or line.id in ids:
                    new = line.seq > sent and now - line.at <= FRESH
                    tab.put(views.news(line, shown, self.links, stream=new))
                    tab.sent[conversation_id] = max(tab.sent.get(conversation_id, 0), line.seq)
            tab.sent.setdefault(conversation_id, 0)
            latest = tab.standing.conversation is None or conversation_id >= tab.standing.conversation
            if latest and changed.standing != tab.standing:
                tab.standing = changed.standing
                tab.put(views.state(shown, changed.standing))

    def _tell_signal(self, signal: dict[str, Any]) -> None:
        by = signal.get("by")
        who = self._visitors.get(str(signal.get("conversation")))
        if signal.get("what") != "typing" or not isinstance(by, dict) or by.get("kind") == "contact" or who is None:
            return
        if shown := self._sites.get(who[0]):
            for tab in self.tabs_of(who):
                tab.put(views.typing(by, bool(signal.get("on")), shown))

    async def _watch_sites(self) -> None:
        """Tell every tab when the agent becomes assignable on its site, or stops being so."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), LOOKS_EVERY)
            self._look.clear()
            for account_id in list(self._open):
                try:
                    await self._look_at(account_id)
                except Exception:
                    log.exception("widget.look_failed", account=account_id)

    async def _look_at(self, account_id: str) -> None:
        try:
            now = await self.database.tx(site, account_id, self.assignable)
        except NotFound:
            now = None
            self._sites.pop(account_id, None)
        if now is not None and account_id in self._open:
            self._sites[account_id] = now
        for tab in [one for who, tabs in self._tabs.items() if who[0] == account_id for one in tabs]:
            if now is None:
                tab.put(views.bye(60))
            elif tab.greeted and tab.powered != now.powered_by_ai:
                tab.powered = now.powered_by_ai
                tab.put(views.state(now, tab.standing))
