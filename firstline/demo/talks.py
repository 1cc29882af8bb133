"""Shapes of ``conversations.toml``: sample conversations, when each began, and what happened in it."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from firstline.demo.reading import STRICT

_MARK = re.compile(r"\[([a-z0-9-]+)\]")
CUSTOMER, AGENT, SYSTEM = "customer", "agent", "system"


@dataclass(frozen=True)
class Said:
    """A message. In the agent's words ``[slug]`` stands behind what an article or short answer supports."""

    kind: Literal["message"]
    after: int
    by: str
    text: str
    __pydantic_config__: ClassVar = STRICT

    @property
    def cites(self) -> tuple[str, ...]:
        """What the message cites, each once, in order."""
        return tuple(dict.fromkeys(_MARK.findall(self.text))) if self.by == AGENT else ()

    def quote(self, slug: str) -> str:
        """The words before the first mark of a source, back to the mark before or to the line's beginning."""
        return self.text.partition(f"[{slug}]")[0].rpartition("\n")[2].rpartition("]")[2].strip()

    @property
    def numbered(self) -> str:
        """The text with ``[1]``, ``[2]`` in place of the slugs, as conversations keep it."""
        numbers = {slug: n for n, slug in enumerate(self.cites, 1)}
        return _MARK.sub(lambda found: f"[{numbers[found[1]]}]", self.text) if numbers else self.text


@dataclass(frozen=True)
class Commented:
    """A word among teammates."""

    kind: Literal["comment"]
    after: int
    by: str
    text: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class BriefText:
    """What the next person is told."""

    wants: str
    known: tuple[str, ...]
    tried: tuple[str, ...]
    promised: tuple[str, ...]
    open: tuple[str, ...]
    language: str
    mood: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class HandedOff:
    """The agent gives the conversation to a team; ``text`` is what the customer is told."""

    kind: Literal["handoff"]
    after: int
    by: str
    to: str
    code: str
    reason: str
    text: str
    brief: BriefText
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Assigned:
    """A teammate gets the conversation, and why."""

    kind: Literal["assign"]
    after: int
    by: str
    to: str
    reason: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class TookOver:
    """A teammate takes the word."""

    kind: Literal["take_over"]
    after: int
    by: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Closed:
    """The end, by whom and why."""

    kind: Literal["close"]
    after: int
    by: str
    reason: str
    __pydantic_config__: ClassVar = STRICT


Happening = Annotated[Said | Commented | HandedOff | Assigned | TookOver | Closed, Field(discriminator="kind")]


@dataclass(frozen=True)
class Talk:
    """One sample conversation. It began ``minutes_ago``, or ``days_ago`` at ``time`` of the company's clock."""

    id: str
    customer: str
    entry: tuple[Happening, ...]
    minutes_ago: int | None = None
    days_ago: int | None = None
    time: dt.time | None = None
    __pydantic_config__: ClassVar = STRICT

    @property
    def lasts(self) -> dt.timedelta:
        """From its first entry to its last."""
        return dt.timedelta(minutes=self.entry[-1].after)

    def began(self, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """When it began, seen from now."""
        if self.minutes_ago is not None:
            return now - dt.timedelta(minutes=self.minutes_ago)
        assert self.days_ago is not None
        assert self.time is not None
        day = now.astimezone(zone).date() - dt.timedelta(days=self.days_ago)
        return dt.datetime.combine(day, self.time, zone)
