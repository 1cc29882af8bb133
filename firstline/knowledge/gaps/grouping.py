"""Questions alike in meaning, as topics. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.65
"""Cosine from which on two questions are of one topic: on public sets four of five pairs that it makes are right
(``bench/run grouping``)."""


@dataclass(frozen=True)
class Group:
    """The places of questions of one topic, the most central one first."""

    members: tuple[int, ...]


def groups(vectors: NDArray[np.float32], alike: float = ALIKE) -> Sequence[Group]:
    """Group unit vectors, largest topic first.

    Each question, those with most neighbours first, takes along all of its neighbours that no topic has yet: every member is
    near the topic's centre, and a chain of neighbours does not make one topic of two.
    """
    if not len(vectors):
        return ()
    near = vectors @ vectors.T >= alike
    taken = np.zeros(len(vectors), bool)
    found = []
    for centre in np.argsort(-near.sum(axis=1), kind="stable"):
        if taken[centre]:
            continue
        members = [int(one) for one in np.flatnonzero(near[centre] & ~taken) if one != centre]
        taken[[centre, *members]] = True
        found.append(Group((int(centre), *members)))
    return sorted(found, key=lambda group: -len(group.members))
