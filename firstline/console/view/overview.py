"""The overview of the customer agent as it is shown."""

from dataclasses import dataclass

from firstline.console.view.common import Warned


@dataclass(frozen=True)
class Check:
    """One step of the checklist before the first deployment (DP4)."""

    label: str
    done: bool
    text: str
    href: str


@dataclass(frozen=True)
class Figure:
    """A number, what it counts, and where it opens."""

    value: str
    label: str
    href: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Overview:
    """The whole screen."""

    agent: str
    is_on: bool
    checks: tuple[Check, ...]
    figures: tuple[Figure, ...]
    warnings: tuple[Warned, ...] = ()

    @property
    def done(self) -> int:
        """Steps that are done."""
        return sum(1 for check in self.checks if check.done)
