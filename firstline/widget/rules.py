"""The frames a browser sends, read strictly; and how many it may send. Everything here is pure."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firstline.widget.accepting import PER_MESSAGE

FRAME_LIMIT = 64_000
"""Bytes of one frame; the longest message in four-byte letters, escaped, fits."""
VISITOR_LIMIT = 8_000
"""Characters of a visitor's token."""
PAGE_LIMIT = 500
"""Characters kept of a page's address and title."""
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SEQ_MAX = 2**31 - 1


class BadFrame(Exception):
    """A frame that cannot be carried out. ``code`` is for programs, ``say`` names a sentence of the catalogue,
    ``why`` is for whoever put the chat on the page."""

    def __init__(self, code: str, say: str = "trouble", client_id: str | None = None, *, why: str = "", **values: int) -> None:
        super().__init__(code)
        self.why = why
        self.code = code
        self.say = say
        self.client_id = client_id
        self.values = values


@dataclass(frozen=True)
class Page:
    """Where the visitor is, without query and fragment, which may carry secrets."""

    url: str = ""
    title: str = ""
    lang: str = ""

    def as_data(self) -> dict[str, str]:
        """What is kept with a message."""
        return {"url": self.url, "title": self.title}


@dataclass(frozen=True)
class Point:
    """A place in a visitor's history."""

    conversation: str
    seq: int


@dataclass(frozen=True)
class Hello:
    """The first frame: who is here and what was seen."""

    visitor: str | None
    cursor: str | None
    page: Page
    identity: str | None = None
    """The website's token that says who is signed in."""
    browser: str = ""
    """A random word of the browser's own, with which it brings that token."""


@dataclass(frozen=True)
class Say:
    """A message; the same ``client_id`` again is the same message."""

    client_id: str
    text: str
    files: tuple[str, ...] = ()
    """Ids of the visitor's uploads."""


@dataclass(frozen=True)
class AskPerson:
    """The visitor pressed *Talk to a person*."""

    client_id: str


@dataclass(frozen=True)
class Typing:
    """The visitor began or stopped writing."""

    on: bool


@dataclass(frozen=True)
class Read:
    """Everything up to there was on the visitor's screen."""

    upto: Point


@dataclass(frozen=True)
class History:
    """The visitor wants what was before."""

    before: Point


@dataclass(frozen=True)
class Feedback:
    """Thumb up, down, or taken back, on an answer of the agent."""

    entry_id: str
    value: str | None


@dataclass(frozen=True)
class Transcript:
    """The visitor wants the conversation by mail."""


@dataclass(frozen=True)
class Ping:
    """Is anybody there?"""


Frame = Hello | Say | AskPerson | Typing | Read | History | Feedback | Transcript | Ping


def parse(raw: str | bytes, *, text_limit: int) -> Frame:
    """Read a frame.

    :raises BadFrame: too large, no JSON, unknown, or with a value of the wrong kind.
    """
    if len(raw) > FRAME_LIMIT:
        raise BadFrame("too_large", "too_large")
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadFrame("not_json") from None
    return read(frame, text_limit=text_limit)


def read(frame: Any, *, text_limit: int) -> Frame:
    """The same for a frame that was decoded already."""
    if not isinstance(frame, dict):
        raise BadFrame("not_json")
    match frame.get("t"):
        case "hello":
            return hello(frame)
        case "message":
            client_id = _client_id(frame)
            files = _files(frame, client_id)
            return Say(client_id, _text(frame, client_id, text_limit, may_be_empty=bool(files)), files)
        case "person":
            return AskPerson(_client_id(frame))
        case "typing":
            return Typing(_flag(frame, "on"))
        case "read":
            return Read(_point(frame))
        case "history":
            return History(_point(frame.get("before")))
        case "feedback":
            value = frame.get("value")
            if value not in ("up", "down", None):
                raise BadFrame("wrong_value")
            return Feedback(_word(frame, "entry"), value)
        case "transcript":
            return Transcript()
        case "ping":
            return Ping()
        case _:
            raise BadFrame("unknown_frame")


def hello(frame: Mapping[str, Any]) -> Hello:
    """What a browser says of itself; whatever is not as it should be is left out."""
    page = frame.get("page")
    page = page if isinstance(page, dict) else {}
    identity, browser = frame.get("identity"), frame.get("browser")
    return Hello(
        _upto(VISITOR_LIMIT, frame.get("visitor")),
        _upto(80, frame.get("cursor")),
        Page(_address(page.get("url")), _short(page.get("title")), language(page.get("lang"))),
        identity if isinstance(identity, str) and identity else None,
        browser if isinstance(browser, str) and _CLIENT_ID.fullmatch(browser) else "",
    )


def clean(text: str) -> str:
    """Text without what no database and no reader wants: control characters, and halves of letters."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _upto(limit: int, value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= limit else None


def language(tag: Any) -> str:
    """A language tag, or nothing if it is none."""
    return tag if isinstance(tag, str) and _LANGUAGE.fullmatch(tag) else ""


def _short(value: Any) -> str:
    return " ".join(clean(value[: PAGE_LIMIT * 2]).split())[:PAGE_LIMIT] if isinstance(value, str) else ""


def _address(value: Any) -> str:
    address = _short(value).partition("#")[0].partition("?")[0]
    return address if address.startswith(("http://", "https://")) else ""


def _client_id(frame: Mapping[str, Any]) -> str:
    value = frame.get("clientId")
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise BadFrame("wrong_client_id")
    return value


def _files(frame: Mapping[str, Any], client_id: str) -> tuple[str, ...]:
    value = frame.get("files", [])
    if not isinstance(value, list) or not all(isinstance(one, str) and _CLIENT_ID.fullmatch(one) for one in value):
        raise BadFrame("wrong_value", client_id=client_id)
    if len(value) > PER_MESSAGE:
        raise BadFrame("too_many_files", "too_many_files", client_id, max=PER_MESSAGE)
    return tuple(dict.fromkeys(value))


def _text(frame: Mapping[str, Any], client_id: str, limit: int, *, may_be_empty: bool = False) -> str:
    value = frame.get("text")
    if not isinstance(value, str):
        raise BadFrame("wrong_value", client_id=client_id)
    value = clean(value).strip()
    if not value and not may_be_empty:
        raise BadFrame("empty", "empty", client_id)
    if len(value) > limit:
        raise BadFrame("too_long", "too_long", client_id, n=len(value), max=limit)
    return value


def _flag(frame: Mapping[str, Any], name: str) -> bool:
    value = frame.get(name)
    if not isinstance(value, bool):
        raise BadFrame("wrong_value")
    return value


def _word(frame: Mapping[str, Any], name: str) -> str:
    value = frame.get(name)
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise BadFrame("wrong_value")
    return value


def _point(frame: Any) -> Point:
    if not isinstance(frame, dict):
        raise BadFrame("wrong_value")
    seq = frame.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _SEQ_MAX:
        raise BadFrame("wrong_value")
    return Point(_word(frame, "conversation"), seq)


@dataclass
class Allowance:
    """So many at once, then so many a second."""

    burst: float
    rate: float
    left: float = math.nan
    at: float = 0.0

    def take(self, now: float) -> bool:
        """Use one up, if there is one. ``now`` in seconds of any steady clock."""
        if math.isnan(self.left):
            self.left = self.burst
        else:
            self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def full(self, now: float) -> bool:
        """Whether it is as if nothing had ever been taken."""
        return math.isnan(self.left) or self.left + (now - self.at) * self.rate >= self.burst


@dataclass
class Limits:
    """Allowances by visitor, address, or whatever has a name; those not used for long are forgotten."""

    burst: float
    rate: float
    steady: Callable[[], float]
    keep: int = 50_000
    _by_name: dict[str, Allowance] = field(default_factory=dict)

    def take(self, name: str) -> bool:
        """Use one of that name's up, if there is one."""
        now = self.steady()
        if name not in self._by_name and len(self._by_name) >= self.keep:
            self._by_name = {one: allowance for one, allowance in self._by_name.items() if not allowance.full(now)}
            if len(self._by_name) >= self.keep:
                return False
        return self._by_name.setdefault(name, Allowance(self.burst, self.rate)).take(now)
