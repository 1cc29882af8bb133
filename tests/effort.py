"""How much work something is, counted so that other work of the machine and of the run does not count."""

import gc
import time
from collections.abc import Callable

_ATTEMPTS = 3


def effort(act: Callable[[], object], enough: float) -> float:
    """Seconds of this thread's processor time that ``act`` took: its first attempt within ``enough``, else the least of three.

    What makes a parser slow does so each time. What a run of thousands of tests adds does not: a collection of everybody
    else's garbage (held back here), threads that an earlier test left (not counted), caches gone cold.
    """
    attempts: list[float] = []
    gc.disable()
    try:
        while len(attempts) < _ATTEMPTS and (not attempts or attempts[-1] > enough):
            began = time.thread_time()
            act()
            attempts.append(time.thread_time() - began)
    finally:
        gc.enable()
    return min(attempts)
