"""How long a message waits before it is tried again, on channels whose other side knows a repeated message by its id."""

from hashlib import sha256

PAUSES = (5.0, 30.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0)
"""Seconds before the next attempt, growing: a receiver that is down for a day loses nothing."""
ATTEMPTS = len(PAUSES) + 1


def pause(name: str, attempt: int) -> float:
    """Seconds until the next attempt: up to a tenth longer, each message by its own share, so that a receiver that comes back is
    not met by all of them at once."""
    share = sha256(f"{name} {attempt}".encode()).digest()[0] / 255
    return PAUSES[min(attempt, len(PAUSES)) - 1] * (1 + share / 10)
