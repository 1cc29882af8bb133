"""From a request to a page: who visits, one transaction for what is shown, one render; changes and where they lead.

A screen says what it shows (``visit.page``, ``visit.part``) and what it does (``visit.do``); the rest is here: sign-in,
the cursor taken before anything is read, the security headers, refusals as sentences.
"""

import functools
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from firstline.console import drawn, presence, session, switched, words
from firstline.console.assets import Assets
from firstline.console.menu import places_for
from firstline.console.templating import environment
from firstline.console.view.common import Person, Times, Toast
from firstline.console.view.frame import Frame, PlainFrame
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Forbidden, Refused, Unauthenticated
from firstline.kit.events import Cursor, last_settled
from firstline.people import queries as people
from firstline.people import signin
from firstline.people.availability.queries import presence_of
from firstline.people.commands import actor_of
from firstline.people.rules import Actor
from firstline.people.signin import Standing

T = TypeVar("T")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Console:
    """What every page needs: the templates and the files they name."""

    def __init__(self) -> None:
        self.assets = Assets()
        self.templates = environment(self.assets)

    def render(self, template: str, **values: Any) -> str:
        """A template with its values."""
        return self.templates.get_template(template).render(**values)


@functools.cache
def shared() -> Console:
    """The console of this process: it holds nothing of an account, and compiling its templates takes a quarter of a second."""
    return Console()


@dataclass(frozen=True)
class Reader:
    """Who reads, for the functions that gather what is shown."""

    by: Actor
    email: str
    available: bool
    account: people.Account
    times: Times
    cursor: Cursor
    presence: str = ""

    @property
    def person(self) -> Person:
        """The reader as an avatar."""
        return Person(self.by.id, self.by.name, "teammate", self.available)


class NotSetUp(Unauthenticated):
    """There is no account yet."""


class Unfinished(Unauthenticated):
    """Something is missing to the session; ``where`` is the page for it."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.where = where


class Visit:
    """One request of the console."""

    def __init__(self, request: Request, console: Console, database: Database) -> None:
        self.request = request
        self.console = console
        self.database = database

    @property
    def is_part(self) -> bool:
        """Whether a script asks for a part of a page, or does something from within one."""
        return "hx-request" in self.request.headers

    @property
    def base_url(self) -> str:
        """The address of this installation: as it is set, else as this browser reaches it."""
        settings = self.request.app.state.settings
        return str(settings.public_url).rstrip("/") if settings.public_url else str(self.request.base_url).rstrip("/")

    @property
    def came_from(self) -> str:
        """The page one came from, if it is ours; else the first."""
        came = urlsplit(self.request.headers.get("referer", ""))
        return came.path if came.netloc == self.request.headers.get("host") and came.path.startswith("/") else "/"

    async def page(self, template: str, load: Callable[[Tx, Reader], Any], *, here: str, status: int = 200) -> Response:
        """A whole page. ``load`` gathers its view in one transaction; ``here`` is its address in the menu."""
        about_agent = here.startswith("/customer-agent")

        def with_agents(tx: Tx, reader: Reader) -> tuple[Any, tuple[tuple[str, str], ...]]:
            return load(tx, reader), switched.several(tx) if about_agent else ()

        def make() -> str:
            reader, (view, several) = self.database.run(self._read, with_agents)
            words.speak(reader.account.languages[0] if reader.account.languages else "en")
            frame = Frame(
                viewer=reader.person,
                email=reader.email,
                account=reader.account.name,
                places=places_for(reader.by),
                here=here,
                cursor=str(reader.cursor),
                theme=session.theme_of(self.request),
                language=words.language(),
                toasts=session.told(self.request),
                lacks=reader.by.lacks_for_agent() if about_agent else (),
                agents=several,
                presence=reader.presence,
            )
            return self.console.render(template, frame=frame, view=view)

        response = _html(await self.database.thread(make), status)
        if session.TOASTS in self.request.cookies:
            response.delete_cookie(session.TOASTS, path="/")
        return response

    async def part(self, template: str, load: Callable[[Tx, Reader], Any], *, status: int = 200) -> Response:
        """A part of a page, for a script to put in."""

        def make() -> str:
            _reader, view = self.database.run(self._read, load)
            return self.console.render(template, view=view)

        return _html(await self.database.thread(make), status)

    async def plain(self, template: str, view: Any, *, account: str = "", status: int = 200) -> Response:
        """A page for somebody who is not signed in."""
        frame = PlainFrame(session.theme_of(self.request), words.language(), account, session.told(self.request))
        html = await self.database.thread(self.console.render, template, frame=frame, view=view)
        response = _html(html, status)
        response.delete_cookie(session.TOASTS, path="/")
        return response

    async def read(self, load: Callable[[Tx, Reader], T]) -> T:
        """What ``load`` finds, for answers that are no page."""
        return (await self.database.tx(self._read, load))[1]

    async def do(self, deed: Callable[[Tx, Actor], T]) -> T:
        """Change something, as who is signed in, in one transaction."""

        def act(tx: Tx) -> T:
            return deed(tx, self._actor(tx))

        return await self.database.tx(act)

    def to(self, url: str, toast: Toast | None = None) -> Response:
        """Go to another page after a change, which tells what was done."""
        response: Response
        if "x-panel" in self.request.headers:
            response = Response(status_code=204, headers={"X-Go": url})
        elif self.is_part:
            response = Response(status_code=204, headers={"HX-Redirect": url})
        else:
            response = RedirectResponse(url, 303)
        if toast is not None:
            session.tell_next(response, toast)
        return response

    def done(self, toast: Toast | None = None, *, otherwise: str) -> Response:
        """Stay where one is after a change; without scripts, go to ``otherwise``."""
        if not self.is_part:
            return self.to(otherwise, toast)
        return Response(status_code=204, headers=_told(toast) if toast else None)

    def _read(self, tx: Tx, load: Callable[[Tx, Reader], T]) -> tuple[Reader, T]:
        cursor = last_settled(tx)
        by = self._actor(tx)
        drawn.know(self.request.app.state.channels)
        account = people.the_account(tx)
        mate = people.teammate_of(tx, by.id)
        times = Times(tx.now, session.zone_of(self.request, account.timezone), words.language())
        told = presence.told(presence_of(tx, by.id), times, lambda id_: people.teammate_of(tx, id_).name)
        reader = Reader(by, mate.email, mate.available, account, times, cursor, told)
        return reader, load(tx, reader)

    def _actor(self, tx: Tx) -> Actor:
        switched.choose(self.request.cookies.get(switched.COOKIE, "")[:60])
        token = session.token_of(self.request)
        seen = signin.look(tx, token) if token else signin.NOBODY
        if seen.standing is Standing.IN:
            return actor_of(tx, seen.teammate_id)
        if seen.standing is Standing.SECOND_FACTOR:
            raise Unfinished("Enter the code first.", "/second-factor")
        if seen.standing is Standing.ENROL:
            raise Unfinished("Set up your second factor first.", "/second-factor/set-up")
        raise NotSetUp("Set up first.") if not people.is_set_up(tx) else Unauthenticated("Sign in first.")


def _told(toast: Toast) -> dict[str, str]:
    return {"HX-Trigger": json.dumps({"firstline:toast": {k: v for k, v in asdict(toast).items() if v}})}


def _html(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="text/html; charset=utf-8", headers=HEADERS)


def _visit(request: Request) -> Visit:
    return Visit(request, request.app.state.console, request.app.state.database)


Visiting = Annotated[Visit, Depends(_visit)]


class ConsoleRoute(APIRoute):
    """A route whose refusals are sentences for people, and whose changes come from our own pages only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            visit = _visit(request)
            try:
                session.require_own_page(request)
                return await handle(request)
            except NotSetUp:
                return _elsewhere(visit, "/set-up")
            except Unfinished as unfinished:
                return _elsewhere(visit, unfinished.where)
            except Unauthenticated:
                in_place = visit.is_part or "x-panel" in request.headers
                back = request.url.path if request.method == "GET" and not in_place else visit.came_from
                return _elsewhere(visit, f"/sign-in?next={quote(back)}" if back not in ("", "/", "/sign-in") else "/sign-in")
            except Refused as refused:
                return await _refusal(visit, refused)

        return guarded


def _elsewhere(visit: Visit, url: str) -> Response:
    if visit.is_part:
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, 303)


@dataclass(frozen=True)
class Refusal:
    """A whole page that says what was refused."""

    title: str
    message: str
    back: str


async def _refusal(visit: Visit, refused: Refused) -> Response:
    if visit.is_part or "x-panel" in visit.request.headers:
        headers = _told(Toast(refused.message, "bad"))
        return Response(refused.message, refused.status, media_type="text/plain; charset=utf-8", headers=headers)
    title = words.gettext("You may not do this") if isinstance(refused, Forbidden) else words.gettext("This did not work")
    if refused.status == 404:
        title = words.gettext("There is nothing here")
    return await visit.plain("refusal.html", Refusal(title, refused.message, visit.came_from), status=refused.status)


async def refusal_page(request: Request, title: str, message: str, status: int) -> Response:
    """A whole page that says what went wrong, for requests that reached no screen."""
    visit = _visit(request)
    return await visit.plain("refusal.html", Refusal(title, message, visit.came_from), status=status)


def console_router() -> APIRouter:
    """A router for a screen."""
    return APIRouter(route_class=ConsoleRoute, include_in_schema=False)
