"""When a provider is left alone for a while: a circuit breaker, pure.

Three failures in a row open it for 30 seconds; each failed try after that doubles the pause, up to five minutes. Trouble
that does not pass by itself (the key, money) opens it at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES = 3
PAUSE = timedelta(seconds=30)
LONGEST = timedelta(minutes=5)


@dataclass(frozen=True)
class Circuit:
    """What is remembered of one provider. ``until`` is when it may be tried again."""

    failures: int = 0
    until: datetime | None = None
    why: str = ""

    def open(self, now: datetime) -> bool:
        """Whether it is left alone now. When the pause is over one call tries it."""
        return self.until is not None and now < self.until


def failed(circuit: Circuit, now: datetime, why: str, *, lasting: bool = False) -> Circuit:
    """After a failure."""
    failures = max(circuit.failures + 1, FAILURES if lasting else 0)
    if failures < FAILURES:
        return Circuit(failures, None, why)
    pause = min(PAUSE * 2 ** min(failures - FAILURES, 10), LONGEST)
    return Circuit(failures, now + pause, why)


def trying(circuit: Circuit, now: datetime) -> Circuit:
    """While one call tries an open circuit, the others stay away for the same pause."""
    return Circuit(circuit.failures, now + PAUSE, circuit.why) if circuit.until is not None else circuit


CLOSED = Circuit()
"""After a success."""
