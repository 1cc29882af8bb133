"""Web pages over the guarded client: polite, conditional, with causes and cures in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import structlog
from protego import Protego

from firstline.kit.clock import Clock
from firstline.kit.errors import Rejected, Retry
from firstline.kit.outbound import USER_AGENT, Answer, NotPublic, Outbound
from firstline.knowledge.rules import Problem

log = structlog.get_logger(__name__)

ROBOT = "Firstline"
PAUSE = 0.2
LONGEST_PAUSE = 10.0
"""Seconds between two requests to one host: ours, and the most that a robots.txt can ask for."""
MOST_BYTES = 20_000_000
_TRIES = (1.0, 3.0)
"""Pauses before a page that does not answer is asked again."""

_CAUSES: Mapping[int, tuple[str, str]] = {
    401: ("The page needs a sign-in.", "Make it public, or add its content as a file or text."),
    403: ("The server refuses to show the page.", "Allow the robot “Firstline” there, or add the content as a file or text."),
    404: ("The page does not exist.", "Check the address in a browser."),
    410: ("The page was removed for good.", "Delete this source, or change its address."),
    429: ("The server says that it is asked too often.", "Sync again later."),
}


class Unfetched(Exception):
    """A page that could not be had. ``gone`` means that it does not exist; otherwise what is known of it still holds."""

    def __init__(self, problem: Problem, *, gone: bool = False) -> None:
        super().__init__(problem.cause)
        self.problem = problem
        self.gone = gone


@dataclass
class Web:
    """Fetches pages for one source."""

    outbound: Outbound
    clock: Clock
    robots: dict[str, Protego] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    async def page(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Answer | None:
        """A page; None if it has not changed since.

        :raises Unfetched: with the cause and the cure.
        """
        headers = {"Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5"}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        answer = await self._asked(url, headers)
        if answer.status == 304:
            return None
        if answer.status >= 400:
            raise _unfetched(url, answer.status)
        return answer

    async def _asked(self, url: str, headers: Mapping[str, str]) -> Answer:
        await self._pause(url)
        for pause in (*_TRIES, None):
            try:
                answer = await self.outbound.request("GET", url, headers=headers, most=MOST_BYTES)
            except NotPublic as error:
                raise Unfetched(Problem(error.reason, "Use an address that everyone can reach, or add a file or text.")) from None
            except Rejected as error:
                raise Unfetched(Problem(error.reason, "Check the address in a browser.")) from None
            except Retry as error:
                if pause is None:
                    raise Unfetched(Problem(error.reason, "Check that the site is up, then sync again.")) from None
            else:
                if pause is None or answer.status not in (429, 502, 503, 504):
                    return answer
            await self.clock.sleep(pause)
        raise AssertionError("unreachable")

    async def _pause(self, url: str) -> None:
        host = urlsplit(url).netloc
        if host in self.asked:
            rules = self.robots.get(_root(url))
            wanted = (rules.crawl_delay(ROBOT) if rules is not None else None) or PAUSE
            await self.clock.sleep(min(float(wanted), LONGEST_PAUSE))
        self.asked.add(host)

    async def allowed(self, url: str) -> bool:
        """Whether robots.txt lets us read the page (RFC 9309: without one, everything; with a broken server, nothing).

        :raises Unfetched: if the host cannot be reached.
        """
        return bool((await self.rules(url)).can_fetch(url, ROBOT))

    async def rules(self, url: str) -> Protego:
        """The robots.txt of an address's host."""
        root = _root(url)
        if root not in self.robots:
            answer = await self._asked(f"{root}/robots.txt", {"User-Agent": USER_AGENT})
            if answer.status >= 500:
                log.info("robots.unavailable", host=urlsplit(url).hostname, status=answer.status)
            content = answer.body[:500_000].decode("utf-8", "replace") if answer.status == 200 else ""
            self.robots[root] = Protego.parse("User-agent: *\nDisallow: /" if answer.status >= 500 else content)
        return self.robots[root]

    async def sitemap(self, url: str) -> bytes | None:
        """The body of a sitemap; None if there is none."""
        try:
            answer = await self._asked(url, {})
        except Unfetched:
            return None
        return answer.body if answer.status == 200 else None


def _root(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def _unfetched(url: str, status: int) -> Unfetched:
    cause, cure = _CAUSES.get(status, ("The server has an error.", "Check that the site is up, then sync again."))
    if 400 <= status < 500 and status not in _CAUSES:
        cause, cure = "The server does not accept the request.", "Check the address in a browser."
    return Unfetched(Problem(f"{cause} ({url} answered {status}.)", cure), gone=status in (404, 410))
