"""Usage & limits as it is shown."""

from dataclasses import dataclass

from firstline.console.parts_chart import LineChart
from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form
from firstline.console.view.model import ModelSpend


@dataclass(frozen=True)
class LedgerLine:
    """One entry of the ledger. ``refund`` leads to the panel that disputes it, empty where that cannot be done."""

    at: When
    kind: str
    tone: str
    reason: str
    conversation: str
    href: str
    amount: int
    balance: int
    refund: str = ""


@dataclass(frozen=True)
class UsagePanel:
    """A side panel of this screen: ``kind`` is settings, grant, refund, buy or next."""

    kind: str
    title: str
    action: str
    values: dict[str, str]
    text: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    form: Form = BLANK


@dataclass(frozen=True)
class PackLine:
    """A pack as a row: its size, what it is, what stands beside it."""

    title: str
    text: str
    mark: str = ""


@dataclass(frozen=True)
class PacksCard:
    """Packs, and what happens when the credits run out. ``holds`` says when a change of that choice counts."""

    lines: tuple[PackLine, ...]
    has_pack: bool
    may_buy: bool
    growths: tuple[tuple[str, str, str], ...]
    growth: str
    cap: str
    holds: str
    form: Form = BLANK


@dataclass(frozen=True)
class UsagePage:
    """The whole screen."""

    agent: str
    is_on: bool
    held: int
    may_change: bool
    balance: int
    credits: int
    used: int
    percent: int
    resets: str
    warning: str
    warning_text: str
    chart: LineChart | None
    allowance: int
    a_day: str
    charged_per: str
    by_end: str
    packs: PacksCard
    held_credits: int
    charged_text: str
    lines: tuple[LedgerLine, ...]
    kind: str
    tabs: tuple[tuple[str, str, int | None, bool], ...]
    periods: tuple[tuple[str, str], ...]
    period: str
    total: int
    older: str
    newer: str
    models: ModelSpend
    panel: UsagePanel | None = None
