"""Channels the agent is deployed to, and the side panel, as they are shown."""

from dataclasses import dataclass

from firstline.console.parts_week import Week
from firstline.console.view.common import Warned
from firstline.console.view.form import BLANK, Form
from firstline.console.view.overview import Check
from firstline.console.view.schedule import ScheduleEditor


@dataclass(frozen=True)
class DeploymentLine:
    """One row of the table."""

    id: str
    name: str
    address: str
    icon: str
    agent: str
    workspace: str
    hours: str
    hours_detail: str
    handoff: str
    handoff_detail: str
    coverage: int
    state: str
    tone: str


@dataclass(frozen=True)
class Receivers:
    """Who can be chosen as a destination, and who is. ``kind`` is empty where another setting decides."""

    name: str
    kind: str
    kinds: tuple[tuple[str, str], ...]
    teams: tuple[tuple[str, str], ...]
    teammates: tuple[tuple[str, str], ...]
    chosen: frozenset[str]


@dataclass(frozen=True)
class DeployPanel:
    """The side panel *Deploy agent*; ``id`` is empty for a new deployment."""

    id: str
    action: str
    agent: str
    agents: tuple[tuple[str, str], ...]
    agent_id: str
    accounts: tuple[tuple[str, str, bool], ...]
    account_id: str
    account_hint: str
    schedule: ScheduleEditor
    fallback: Receivers
    available: str
    coverage: str
    shadow: bool
    form: Form = BLANK


@dataclass(frozen=True)
class RoutingLine:
    """Where a channel account's conversations go when no deployment says."""

    id: str
    name: str
    icon: str
    routing: str
    deployed: bool


@dataclass(frozen=True)
class RoutingPanel:
    """The side panel of one account's routing."""

    name: str
    action: str
    receivers: Receivers
    form: Form = BLANK


@dataclass(frozen=True)
class Channels:
    """The whole screen. ``missing`` says why nothing can be deployed yet."""

    agent: str
    lines: tuple[DeploymentLine, ...]
    answering: int
    checks: tuple[Check, ...]
    warnings: tuple[Warned, ...] = ()
    several: bool = False
    """Whether there are several agents, so that each line names its own."""
    missing: str = ""
    missing_href: str = ""
    panel: DeployPanel | None = None
    routing: tuple[RoutingLine, ...] = ()
    routing_panel: RoutingPanel | None = None
    may_route: bool = False


@dataclass(frozen=True)
class WeekPart:
    """The strip of the form, or what is wrong with the hours."""

    week: Week | None = None
    error: str = ""
