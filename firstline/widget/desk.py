"""Where the frames of a visitor's browser are carried out, whatever carried them here."""

import time
from collections.abc import Callable, Sequence

import structlog

from firstline.channels.linking import Links
from firstline.contacts.forgotten import was_erased
from firstline.kit.database import Database
from firstline.kit.errors import NotFound, Refused, Unauthenticated
from firstline.kit.feed import Feed
from firstline.kit.secrets import Keyring
from firstline.widget import commands, passes, queries, rules, transcripts, views
from firstline.widget.hub import Hub, Tab
from firstline.widget.identity import NotBelieved
from firstline.widget.rules import BadFrame, Hello, Limits, Page
from firstline.widget.site import Assignable, Site
from firstline.widget.views import Frame
from firstline.widget.visitors import Visitor, recognise
from firstline.widget.wording import Wording, wording

log = structlog.get_logger(__name__)

TABS = 60
"""Tabs one visitor may have open in a process."""
LASTS = 600.0
"""Seconds after which a line is renewed."""


class Desk:
    """The widget's part of one process. ``steady`` counts seconds; ``lasts`` is how long a line is kept."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        keyring: Keyring,
        assignable: Assignable,
        *,
        steady: Callable[[], float] = time.monotonic,
        lasts: float = LASTS,
    ) -> None:
        self.database = database
        self.feed = feed
        self.keyring = keyring
        self.hub = Hub(database, feed, assignable, Links(keyring, ""))
        self.steady = steady
        self.lasts = lasts
        # A visitor is one person; an address may be an office, or a proxy that does not say for whom it speaks.
        self._said_by_visitor = Limits(burst=20, rate=0.5, steady=steady)
        self._said_from_address = Limits(burst=500, rate=50, steady=steady)
        self._said_on_site = Limits(burst=2_000, rate=200, steady=steady)
        self._posted_from_address = Limits(burst=1_000, rate=100, steady=steady)
        self._asks_for_mail = Limits(burst=3, rate=1 / 600, steady=steady)
        self._sends_files = Limits(burst=30, rate=0.2, steady=steady)
        self._files_from_address = Limits(burst=300, rate=5, steady=steady)
        self._opened_from_address = Limits(burst=20_000, rate=200, steady=steady)

    def recognised(self, account_id: str, token: str | None) -> Visitor:
        """The visitor of a token, or a new one."""
        return recognise(self.keyring, account_id, token, self.database.clock.now())

    async def who(self, account_id: str, hello: Hello) -> Visitor:
        """Who says hello: whom the website names, else whose token it is. A browser whose visitor was erased is a stranger.

        :raises BadFrame: if the website's token is not believed, and the browser is not known from before.
        """
        said = self.recognised(account_id, hello.visitor)
        if hello.identity is not None:
            try:
                named = await self.database.tx(passes.admit, self.keyring, account_id, hello.identity, hello.browser)
                return said if (said.id, said.known) == (named.id, named.known) else named
            except NotBelieved as refused:
                if said.known is None:
                    log.info("widget.identity_refused", account=account_id, reason=str(refused))
                    raise BadFrame("identity", why=str(refused)) from None
        if said.token == hello.visitor and await self.database.tx(was_erased, "visitor", account_id, said.id):
            return self.recognised(account_id, None)
        return said

    def tab(self, visitor: Visitor, page: Page, address: str) -> Tab:
        """The tab that says hello.

        :raises BadFrame: if this visitor has too many tabs, or too many were opened from this address.
        """
        if len(self.hub.tabs_of((visitor.account_id, visitor.id))) >= TABS or not self._opened_from_address.take(address):
            raise BadFrame("too_fast", "too_fast")
        return Tab(visitor, page, address)

    async def known(self, account_id: str, hello: Hello, address: str) -> Tab:
        """A tab that sends without a line of its own.

        :raises Unauthenticated: if its token is none of ours, or its visitor was erased; it must say hello first.
        :raises BadFrame: if too much is sent from this address.
        """
        visitor = self.recognised(account_id, hello.visitor)
        if visitor.token != hello.visitor or await self.database.tx(was_erased, "visitor", account_id, visitor.id):
            raise Unauthenticated("The visitor token is not known here. Say hello again.")
        if not self._posted_from_address.take(address):
            raise BadFrame("too_fast", "too_fast")
        tab = Tab(visitor, hello.page, address)
        tab.standing = next((one.standing for one in self.hub.tabs_of(tab.who) if one.greeted), tab.standing)
        return tab

    def may_upload(self, visitor: Visitor, address: str) -> bool:
        """Whether a visitor may send one more file now."""
        return self._sends_files.take(visitor.id) and self._files_from_address.take(address)

    async def carry_out(self, tab: Tab, frame: rules.Frame) -> Frame | None:
        """Do what a frame asks; what comes back is for this tab alone."""
        words = wording(tab.page.lang)
        try:
            return await self._do(tab, frame, words)
        except BadFrame as bad:
            return views.error(bad, words)
        except Refused as refused:
            log.info("widget.refused", frame=type(frame).__name__, reason=type(refused).__name__)
            return views.error(BadFrame("refused", client_id=getattr(frame, "client_id", None)), words)

    async def _do(self, tab: Tab, frame: rules.Frame, words: Wording) -> Frame | None:
        match frame:
            case rules.Say(client_id, text, files):
                return await self._say(tab, client_id, text, files)
            case rules.AskPerson(client_id):
                return await self._say(tab, client_id, words.say("ask_person"), (), person=True)
            case rules.Typing(on):
                self._types(tab, on)
            case rules.Read(upto):
                await self.database.tx(commands.has_read, tab.visitor, upto)
            case rules.History(before):
                lines, more = await self.database.tx(queries.earlier, *tab.who, before)
                return views.history(lines, more, await self._site(tab), self.hub.links)
            case rules.Feedback(entry_id, value):
                await self.database.tx(commands.feedback, tab.visitor, entry_id, value)
            case rules.Transcript():
                if not self._asks_for_mail.take(tab.visitor.id):
                    raise BadFrame("too_fast", "too_fast")
                return views.transcript(await self.database.tx(transcripts.ask, tab.visitor, words.language))
            case rules.Ping():
                return views.PONG
            case rules.Hello():
                raise BadFrame("unexpected_frame")
        return None

    async def _say(self, tab: Tab, client_id: str, text: str, files: Sequence[str], *, person: bool = False) -> Frame | None:
        may = self._said_by_visitor.take(tab.visitor.id) and self._said_from_address.take(tab.address)
        if not may or not self._said_on_site.take(tab.visitor.account_id):
            raise BadFrame("too_fast", "too_fast", client_id)
        site = await self._site(tab)
        if await self.database.tx(was_erased, "visitor", site.id, tab.visitor.id):
            tab.put(views.bye(1))  # it comes back as a stranger, with what it wanted to say
            return None
        received, at = await self.database.tx(commands.say, site, tab.visitor, tab.page, client_id, text, files, person=person)
        return views.ack(client_id, received, at)

    async def _site(self, tab: Tab) -> Site:
        try:
            return await self.hub.site(tab.visitor.account_id)
        except NotFound:
            raise BadFrame("gone") from None

    def _types(self, tab: Tab, on: bool) -> None:
        if tab.standing.conversation is not None and tab.standing.status == "open":
            by = {"kind": "contact", "id": tab.visitor.id, "name": ""}
            self.feed.signal(what="typing", conversation=tab.standing.conversation, by=by, on=on)
