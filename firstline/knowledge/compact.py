"""Token vectors made small: alike ones become one, and each coordinate takes three bits. At most 12 kB a passage. Pure.

A long passage's tokens are gathered into :data:`MOST` groups of near directions, and the groups' directions are kept: what
MaxSim looks for is the nearest one, and neighbours in meaning are near each other. What this costs in ranking stands in
docs/reference/benchmarks.md.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Packed = NDArray[np.uint8]
"""Packed vectors, one row each: two bytes of scale, then eight coordinates in three bytes."""

DIMENSIONS = 384
MOST = 80
"""Vectors of one passage."""
ROW = 2 + DIMENSIONS // 8 * 3
_LEVELS = 3
_REACH = 0.65
"""Share of the largest coordinate that the levels reach; cutting off the rest makes the steps finer, and the error least."""
_ROUNDS = 3
_FOUR = np.array([[(bits >> shift & 7) - 4 for shift in (9, 6, 3, 0)] for bits in range(4096)], np.float32).view(np.complex128)[
    :, 0
]
"""Four coordinates for every twelve bits; four floats are taken for one number of the same size, which is looked up faster."""


def pack(tokens: Vector) -> bytes:
    """Token vectors of unit length as bytes, :data:`ROW` each, at most :data:`MOST` of them."""
    kept = gathered(tokens)
    step = np.abs(kept).max(axis=1, initial=0, keepdims=True) * _REACH / _LEVELS
    step[step == 0] = 1
    levels = np.clip(np.rint(kept / step), -_LEVELS, _LEVELS)
    length = np.linalg.norm(levels, axis=1)
    scale = (1 / np.maximum(length, 1)).astype(np.float16)
    four = (levels + 4).astype(np.uint16).reshape(len(kept), DIMENSIONS // 4, 4)
    twelve = (four[:, :, 0] << 9) | (four[:, :, 1] << 6) | (four[:, :, 2] << 3) | four[:, :, 3]
    first, second = twelve[:, ::2], twelve[:, 1::2]
    three = np.stack([first >> 4, ((first & 15) << 4) | (second >> 8), second & 255], axis=2).astype(np.uint8)
    return np.hstack([scale.view(np.uint8).reshape(-1, 2), three.reshape(len(kept), ROW - 2)]).tobytes()


def packed(stored: bytes) -> Packed:
    """What :func:`pack` wrote, as an array over the same bytes."""
    return np.frombuffer(stored, np.uint8).reshape(-1, ROW)


def unpack(rows: Packed) -> Vector:
    """Token vectors as floats again."""
    levels, scale = _unscaled(rows)
    return levels * scale[:, None]


def compared(question: Vector, rows: Packed) -> Vector:
    """The cosine of each of the question's vectors to each packed one."""
    levels, scale = _unscaled(rows)
    similar: Vector = question @ levels.T
    similar *= scale
    return similar


def _unscaled(rows: Packed) -> tuple[Vector, Vector]:
    scale = np.ascontiguousarray(rows[:, :2]).view(np.float16)[:, 0].astype(np.float32)
    three = rows[:, 2:].reshape(len(rows), DIMENSIONS // 8, 3).astype(np.uint16)
    twelve = np.empty((len(rows), DIMENSIONS // 8, 2), np.uint16)
    twelve[:, :, 0] = (three[:, :, 0] << 4) | (three[:, :, 1] >> 4)
    twelve[:, :, 1] = ((three[:, :, 1] & 15) << 8) | three[:, :, 2]
    return np.take(_FOUR, twelve).view(np.float32).reshape(len(rows), DIMENSIONS), scale


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
