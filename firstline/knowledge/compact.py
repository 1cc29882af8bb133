"""Token vectors made small: alike ones become one, and each coordinate takes four bits. At most 12 kB a passage. Pure.

A long passage's tokens are gathered into :data:`MOST` groups of near directions, and the groups' directions are kept: what
MaxSim looks for is the nearest one, and neighbours in meaning are near each other. What this costs in ranking stands in
docs/reference/benchmarks.md.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Packed = NDArray[np.uint8]
"""Packed vectors, one row each: two bytes of scale, then two coordinates a byte."""

DIMENSIONS = 384
MOST = 61
"""Vectors of one passage."""
ROW = 2 + DIMENSIONS // 2
_LEVELS = 7
_REACH = 0.8
"""Share of the largest coordinate that the levels reach; cutting off the rest makes the steps finer, and the error least."""
_ROUNDS = 3
_BOTH = np.array([[(byte >> 4) - 8, (byte & 15) - 8] for byte in range(256)], np.float32)


def pack(tokens: Vector) -> bytes:
    """Token vectors of unit length as bytes, :data:`ROW` each, at most :data:`MOST` of them."""
    kept = gathered(tokens)
    step = np.abs(kept).max(axis=1, initial=0, keepdims=True) * _REACH / _LEVELS
    step[step == 0] = 1
    levels = np.clip(np.rint(kept / step), -_LEVELS, _LEVELS)
    length = np.linalg.norm(levels, axis=1)
    scale = (1 / np.maximum(length, 1)).astype(np.float16)
    shifted = (levels + 8).astype(np.uint8)
    both = (shifted[:, ::2] << 4) | shifted[:, 1::2]
    return np.hstack([scale.view(np.uint8).reshape(-1, 2), both]).tobytes()


def packed(stored: bytes) -> Packed:
    """What :func:`pack` wrote, as an array over the same bytes."""
    return np.frombuffer(stored, np.uint8).reshape(-1, ROW)


def unpack(rows: Packed) -> Vector:
    """Token vectors as floats again."""
    scale = np.ascontiguousarray(rows[:, :2]).view(np.float16).astype(np.float32)
    return _BOTH[rows[:, 2:]].reshape(len(rows), DIMENSIONS) * scale


def gathered(tokens: Vector) -> Vector:
    """At most :data:`MOST` directions that stand for all (spherical k-means, begun with vectors far apart)."""
    if len(tokens) <= MOST:
        return tokens
    alike = tokens @ tokens.T
    begun = [0]
    nearest = alike[0].copy()
    for _ in range(MOST - 1):
        begun.append(int(nearest.argmin()))
        np.maximum(nearest, alike[begun[-1]], out=nearest)
    middles = tokens[begun]
    for _ in range(_ROUNDS):
        belongs = (tokens @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, belongs, tokens)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        middles = np.where(length > 1e-6, sums / np.maximum(length, 1e-6), middles)
    return middles.astype(np.float32)
