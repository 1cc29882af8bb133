"""Guessing passwords is slowed down: after ten wrong ones an address waits, whoever tries."""

import math
import threading
from collections import deque
from datetime import timedelta

from firstline.kit.clock import Clock
from firstline.kit.errors import TooMany

MOST = 10
WITHIN = timedelta(minutes=15)
REMEMBERED = 20_000
"""Addresses that are remembered; beyond that the oldest are forgotten, so that a flood cannot fill the memory."""


class Attempts:
    """Failed sign-ins of one process, by email address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, email: str) -> None:
        """:raises TooMany: while an address has had too many wrong passwords."""
        with self._lock:
            failed = self._recent(email)
            if len(failed) >= MOST:
                minutes = math.ceil((failed[0] + WITHIN.total_seconds() - self._now()) / 60)
                raise TooMany(f"Too many wrong passwords for this address. Try again in {minutes} min.", field="password")

    def failed(self, email: str) -> None:
        """Note a wrong password."""
        with self._lock:
            self._recent(email).append(self._now())
            while len(self._failed) > REMEMBERED:
                self._failed.pop(next(iter(self._failed)))

    def succeeded(self, email: str) -> None:
        """The right password clears the count."""
        with self._lock:
            self._failed.pop(_key(email), None)

    def _recent(self, email: str) -> deque[float]:
        failed = self._failed.setdefault(_key(email), deque(maxlen=MOST))
        while failed and failed[0] <= self._now() - WITHIN.total_seconds():
            failed.popleft()
        return failed

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _key(email: str) -> str:
    return email.strip().lower()[:320]
