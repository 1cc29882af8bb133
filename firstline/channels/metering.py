"""How much of what a provider allows has been used, as its answers tell it. Whoever sends hears of it. Pure but for that."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

NEAR, BELOW = 80, 70
"""Percent from which on an account sends more slowly, and below which that is over."""
_PAUSES = ((100, 60.0), (95, 15.0), (90, 5.0), (NEAR, 1.0))
"""From so many percent on: seconds between two messages of the account."""


@dataclass
class Meter:
    """What was heard; ``percent`` is the highest that a provider told, None if none did."""

    percent: int | None = None


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """While this lasts, what answers tell of usage is heard."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def report(percent: int | None) -> None:
    """An answer told how much was used."""
    meter = _meter.get()
    if meter is not None and percent is not None:
        meter.percent = max(percent, meter.percent or 0)


def pause_after(percent: int | None) -> float:
    """Seconds to wait before the next request; 0 while there is room."""
    return next((seconds for least, seconds in _PAUSES if percent is not None and percent >= least), 0.0)


def level(percent: int) -> int:
    """The last of the steps that was passed, so that people are not told each percent."""
    return next((least for least, _seconds in _PAUSES if percent >= least), 0)
