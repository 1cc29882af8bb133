"""One reader of bytes from outside, and what is fed to it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

LARGEST = 100_000
"""Bytes of an input."""


@dataclass(frozen=True)
class Target:
    """``read`` may raise the ``declared`` errors and no other; ``make`` gives its next input."""

    name: str
    read: Callable[[bytes], object]
    make: Callable[[random.Random], bytes]
    declared: tuple[type[Exception], ...]
