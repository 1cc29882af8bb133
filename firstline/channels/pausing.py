"""How long a message waits before it is tried again."""

from hashlib import sha256

PAUSES = (5.0, 30.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0)
"""Seconds before the next attempt on channels whose other side knows a repeated message by its id, growing: a receiver that is
down for a day loses nothing."""
ATTEMPTS = len(PAUSES) + 1


def pause(attempt: int) -> float:
    """Seconds until the next attempt, after the one of that number (from 1)."""
    return PAUSES[min(attempt, len(PAUSES)) - 1]


def spread(seconds: float, name: str, attempt: int) -> float:
    """Up to a tenth longer, each message by its own share: a provider that comes back is not met by all of them at once."""
    share = sha256(f"{name} {attempt}".encode()).digest()[0] / 255
    return seconds * (1 + share / 10)
