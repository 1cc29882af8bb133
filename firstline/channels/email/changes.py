"""What changed in a folder since a moment that the server counts by itself (CONDSTORE and QRESYNC, RFC 7162)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MOST_RANGES = 10_000
LARGEST = 2**63 - 1
"""A mod-sequence has 63 bits (RFC 7162, 3.1.1); what is larger is none."""
_UID = re.compile(rb"[( ]UID (\d{1,10})\b")
_RANGE = re.compile(rb"(\d{1,10})(?::(\d{1,10}))?")


@dataclass(frozen=True)
class Changes:
    """UIDs of mails that are new or changed, and ranges of UIDs that are there no more."""

    uids: tuple[int, ...]
    vanished: tuple[tuple[int, int], ...]
    """Both ends belong to a range. Empty where the server cannot tell."""


def modseq_of(selected: dict[bytes, Any]) -> int | None:
    """The count at which a folder stands; None where the server keeps none."""
    found = selected.get(b"HIGHESTMODSEQ")
    return found if isinstance(found, int) and 0 < found <= LARGEST else None


def uids_in(told: Iterable[object]) -> tuple[int, ...]:
    """The UIDs in answers to ``FETCH``, in their order."""
    return tuple(sorted({int(uid) for one in told if isinstance(one, bytes) for uid in _UID.findall(one)}))


def ranges_in(told: Iterable[object]) -> tuple[tuple[int, int], ...]:
    """The ranges in ``VANISHED`` responses, such as ``(EARLIER) 41,43:116``. They are not counted out: a range may name all
    numbers there are."""
    found: list[tuple[int, int]] = []
    for one in told:
        for first, last in _RANGE.findall(one) if isinstance(one, bytes) else ():
            ends = sorted((int(first), int(last or first)))
            found.append((ends[0], ends[1]))
    return tuple(found[:MOST_RANGES])
