"""The settings of answering as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class Threshold:
    """One channel family: from when on the agent answers, and what that costs on either side."""

    family: str
    name: str
    percent: str
    wrong: str
    wrong_interval: str
    missed: str
    missed_interval: str


@dataclass(frozen=True)
class KnownLine:
    """One of the company's own questions."""

    id: str
    question: str
    source: str
    source_id: str
    origin: str


@dataclass(frozen=True)
class AnsweringPage:
    """The page. ``fitted`` is empty where the gate is the one the product comes with."""

    thresholds: tuple[Threshold, ...]
    fitted: When | None
    fitted_on: int
    questions: int
    known: int
    fewest: int
    lines: tuple[KnownLine, ...]
    older: str
    may_change: bool
    form: Form = BLANK
    entered: str = ""
