"""The register of cases."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from bench.conformance.ground import Ground

Check = Callable[[Ground], None]
CHANNELS = {
    "whatsapp": range(1, 17),
    "messenger": range(17, 24),
    "email": range(24, 34),
    "custom": range(34, 39),
}
"""The numbers of the reference, by channel."""


@dataclass(frozen=True)
class Case:
    """One case: its number, what must happen, and the check that raises AssertionError if it does not."""

    number: int
    what: str
    check: Check


_CASES: dict[int, list[Case]] = {}


def case(number: int, what: str) -> Callable[[Check], Check]:
    """Register a check under a number of the reference; several checks may share one."""

    def register(check: Check) -> Check:
        _CASES.setdefault(number, []).append(Case(number, what, check))
        return check

    return register


def all_cases() -> list[Case]:
    """Every case there is, in order of number."""
    import bench.conformance as package

    for found in pkgutil.iter_modules(package.__path__):
        if found.name in CHANNELS:
            importlib.import_module(f"{package.__name__}.{found.name}")
    return [one for number in sorted(_CASES) for one in _CASES[number]]


def missing() -> list[int]:
    """Numbers of the reference that no case stands for."""
    return [number for numbers in CHANNELS.values() for number in numbers if number not in _CASES]
