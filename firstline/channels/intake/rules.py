"""When a delivery is applied: before the provider is answered, or after. Pure."""

from dataclasses import dataclass

SMALL = 8_000
"""Bytes: about ten of Meta's messages. Applying them takes tens of milliseconds; a thousand take many seconds, and Messenger
wants its answer within five."""
TOGETHER = 2
"""Deliveries that one process applies at the same time; in a burst the others are kept, answered, and applied by a job."""


@dataclass(frozen=True)
class When:
    """Whether a delivery is applied before the answer, and why."""

    at_once: bool
    reason: str


def when(size: int, applying: int, waiting: bool) -> When:
    """Small deliveries of a quiet account are applied at once, so that a first message is not a moment slower.

    :param size: bytes of the body. :param applying: deliveries that this process is applying now.
    :param waiting: whether deliveries of the same account wait: then this one comes after them.
    """
    if waiting:
        return When(False, "Earlier deliveries of the account wait; this one comes after them.")
    if size > SMALL:
        return When(False, f"It has {size:,} bytes; over {SMALL:,} the provider would wait too long for its answer.")
    if applying >= TOGETHER:
        return When(False, f"{applying} deliveries are being applied by this process already.")
    return When(True, "It is small and nothing waits.")
