"""View models that recur: instants, people, links, columns, toasts."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from firstline.console import format as written


@dataclass(frozen=True)
class When:
    """An instant as it is shown: machine-readable, short, in full."""

    iso: str
    short: str
    full: str


@dataclass(frozen=True)
class Times:
    """Writes instants for one reader, at one moment."""

    now: datetime
    zone: ZoneInfo
    locale: str = "en"

    def clock(self, at: datetime) -> When:
        """09:46; for timelines, where the day stands above."""
        return self._when(at, written.clock(at, self.zone))

    def moment(self, at: datetime) -> When:
        """09:46, Sat, 12 Nov; for lists."""
        return self._when(at, written.moment(at, self.now, self.zone, self.locale))

    def ahead(self, at: datetime) -> When:
        """18:00, Tue 09:00, 12 Nov, 09:00; for what comes."""
        return self._when(at, written.ahead(at, self.now, self.zone, self.locale))

    def ago(self, at: datetime) -> When:
        """2 h ago, Yesterday; for last synced, last used."""
        return self._when(at, written.ago(at, self.now, self.zone, self.locale))

    def stamp(self, at: datetime) -> When:
        """22 Nov 2026, 10:11; for ledgers."""
        return self._when(at, written.stamp(at, self.zone, self.locale))

    def day(self, at: datetime) -> str:
        """Today, Sunday 22 November."""
        return written.day(at, self.now, self.zone, self.locale)

    def _when(self, at: datetime, short: str) -> When:
        return When(written.iso(at), short, written.stamp(at, self.zone, self.locale))


@dataclass(frozen=True)
class Warned:
    """What stands in the way, and where to mend it."""

    title: str
    text: str
    label: str
    href: str


@dataclass(frozen=True)
class Person:
    """Whoever acts, as an avatar and a name. ``kind`` as in ``people.rules.ActorKind``."""

    id: str
    name: str
    kind: str = "teammate"
    available: bool | None = None
    picture: str = ""
    """Where a picture of theirs is; empty: initials stand in."""

    @property
    def initials(self) -> str:
        """Letters of the avatar."""
        return written.initials(self.name)

    @property
    def tint(self) -> int:
        """Colour of the avatar; 0 is grey."""
        return written.tint(self.id)


@dataclass(frozen=True)
class Link:
    """A label and where it leads."""

    label: str
    href: str


@dataclass(frozen=True)
class Column:
    """A column of a table; ``cls`` holds p2, p3, num, tight."""

    label: str
    cls: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Toast:
    """What is told after a change, with the way back or a link to what was made."""

    text: str
    tone: str = ""
    undo: str = ""
    link: str = ""
    link_label: str = ""
