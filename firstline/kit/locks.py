"""File locks, which the kernel gives back however their holder ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def opened(path: Path) -> int:
    """A descriptor of a lock file, made if it is missing. Programs we start do not inherit it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def tried(descriptor: int, kind: int) -> bool:
    """Take a lock if it is free now."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock, shared or not."""
    descriptor = opened(path)
    try:
        return not tried(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def is_shared(path: Path) -> bool:
    """Whether the lock is held, and by somebody who shares it."""
    descriptor = opened(path)
    try:
        return not tried(descriptor, fcntl.LOCK_EX) and tried(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


@contextmanager
def exclusively(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock while the block lasts.

    :raises TimeoutError: if somebody else keeps it for so long.
    """
    descriptor = opened(path)
    try:
        wait_for(descriptor, fcntl.LOCK_EX, seconds)
        yield
    finally:
        os.close(descriptor)


def wait_for(descriptor: int, kind: int, seconds: float) -> None:
    """Take a lock, waiting for it.

    :raises TimeoutError: if it does not come free in time.
    """
    until = time.monotonic() + seconds
    while not tried(descriptor, kind):
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)
