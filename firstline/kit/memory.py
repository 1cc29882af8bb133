"""Memory of the C library: less of it set aside for threads, and given back when much was used for a while.

glibc keeps up to eight pools a processor, and each thread that computes fills one of its own. Two are enough where Python's lock
lets one thread compute at a time: a process that had answered 150 questions took 328 MB instead of 412. Elsewhere than on glibc
nothing happens.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ARENA_MAX = -8
"""``M_ARENA_MAX`` of ``malloc.h``."""
POOLS = 2


def few_pools() -> bool:
    """Set aside two pools, unless the operator chose a number (``MALLOC_ARENA_MAX``); before threads begin. Whether it took."""
    library = _library()
    if library is None or "MALLOC_ARENA_MAX" in os.environ:
        return False
    return bool(library.mallopt(_ARENA_MAX, POOLS))


def give_back() -> bool:
    """Give what is free back to the system, after something large was read. Whether there was anything."""
    library = _library()
    return bool(library.malloc_trim(0)) if library is not None else False


@contextmanager
def nothing_to_collect() -> Iterator[None]:
    """While the block lasts, and of what it made, no garbage is looked for: for imports, of which nothing goes away again.

    Python would look through everything that was imported so far again and again: a sixth of the import's processor time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
