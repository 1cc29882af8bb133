"""The team's board and queues, availability, as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import Person, When
from firstline.console.view.form import BLANK, Form
from firstline.console.view.schedule import ScheduleEditor


@dataclass(frozen=True)
class Load:
    """Open conversations of one kind, and the limit; ``share`` is the per cent of it, for the meter."""

    label: str
    count: int
    limit: int | None
    full: bool

    @property
    def share(self) -> int:
        """Per cent of the limit, at most 100."""
        return min(100, 100 * self.count // self.limit) if self.limit else (100 if self.limit == 0 else 0)


@dataclass(frozen=True)
class DeskLine:
    """One teammate: available or not and why, open conversations and limits by kind."""

    person: Person
    state: str
    detail: str
    seat: bool
    teams: str
    loads: tuple[Load, ...]
    is_you: bool


@dataclass(frozen=True)
class QueueLine:
    """One queue: how many wait, the longest since when, and who could take them."""

    key: str
    name: str
    length: int
    longest: When | None
    available: str
    nobody_there: bool


@dataclass(frozen=True)
class WaitLine:
    """One conversation that waits."""

    conversation_id: str
    subject: str
    customer: str
    channel: str
    since: When
    waits_for: str
    overdue: bool


@dataclass(frozen=True)
class AvailabilityForm:
    """Working hours, absence, and for managers capacity, of one teammate."""

    id: str
    name: str
    action: str
    available: bool
    state: str
    detail: str
    set_by: str
    schedule: ScheduleEditor
    away_from: str
    away_until: str
    note: str
    zone: str
    capacity: tuple[tuple[str, str, str], ...] = ()
    form: Form = BLANK


@dataclass(frozen=True)
class TeamBoard:
    """The whole board."""

    available: int
    people: int
    waiting: int
    longest: When | None
    overdue: int
    desks: tuple[DeskLine, ...]
    queues: tuple[QueueLine, ...]
    may_change: bool
    panel: AvailabilityForm | None = None


@dataclass(frozen=True)
class QueueView:
    """What waits in one queue."""

    chosen: QueueLine
    tabs: tuple[tuple[str, str, int, bool], ...]
    lines: tuple[WaitLine, ...]
