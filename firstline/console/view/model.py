"""The screen *Model*, and what models cost, as they are shown."""

from dataclasses import dataclass

from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class ConnectionLine:
    """One connected model in the table."""

    id: str
    label: str
    name: str
    price: str
    state: str
    tone: str
    found: str
    used: str
    has_key: bool


@dataclass(frozen=True)
class ConnectionPanel:
    """Connect or change a model; ``id`` is empty for a new one, ``listed`` tells the price that is known for it."""

    id: str
    title: str
    action: str
    values: dict[str, str]
    providers: tuple[tuple[str, str], ...]
    has_key: bool
    hints: tuple[tuple[str, str], ...]
    form: Form = BLANK


@dataclass(frozen=True)
class ModelPage:
    """What the agent thinks with, and the connected models. ``agent_id`` is empty before the first agent."""

    agent_id: str
    agent: str
    lines: tuple[ConnectionLine, ...]
    choices: tuple[tuple[str, str], ...]
    fallbacks: tuple[tuple[str, str], ...]
    primary: str
    fallback: str
    mask: bool
    stopped: str
    spent: str
    may_change: bool
    form: Form = BLANK
    panel: ConnectionPanel | None = None


@dataclass(frozen=True)
class SpendLine:
    """What one agent spent on models this month."""

    name: str
    calls: int
    tokens: int
    money: str
    limit: str
    percent: int | None
    href: str


@dataclass(frozen=True)
class ModelSpend:
    """What models cost this month. ``percent`` is of the tighter limit; None without one."""

    calls: int
    tokens: int
    money: str
    limit: str
    percent: int | None
    lines: tuple[SpendLine, ...]
    connected: bool


@dataclass(frozen=True)
class LimitPanel:
    """The limits of the account or of one agent: ``text`` says what happens at them."""

    title: str
    text: str
    tokens: str
    money: str
    form: Form = BLANK
