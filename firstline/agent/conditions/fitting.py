"""Logistic regressions of a few hundred examples, fitted by L-BFGS. Pure; the same examples give the same weights."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
Loss = Callable[[Weights], tuple[float, Weights]]

REMEMBERED = 8
STEPS = 120
ENOUGH = 1e-3
"""Steps that the curvature is estimated from, steps at most, and the slope at which fitting ends."""


def softmax(rows: NDArray[np.float32], labels: NDArray[np.int64], count: int, strength: float) -> NDArray[np.float32]:
    """Weights (columns × classes) under which one of ``count`` classes holds; ``strength`` is C: less means simpler."""
    wanted = np.zeros((len(rows), count), np.float32)
    wanted[np.arange(len(rows)), labels] = 1
    shape = (rows.shape[1], count)

    def loss(flat: Weights) -> tuple[float, Weights]:
        weights = flat.reshape(shape)
        scores = rows @ weights.astype(np.float32)
        scores -= scores.max(1, keepdims=True)
        p = np.exp(scores)
        total = p.sum(1, keepdims=True)
        p /= total
        held = weights[:-1]
        value = strength * float((np.log(total[:, 0]) - (scores * wanted).sum(1)).sum()) + 0.5 * float((held**2).sum())
        slope = strength * (rows.T @ (p - wanted)).astype(np.float64)
        slope[:-1] += held
        return value, slope.ravel()

    return minimum(loss, np.zeros(shape[0] * count)).reshape(shape).astype(np.float32)


def binary(rows: NDArray[np.float32], holds: NDArray[np.bool_], strength: float) -> NDArray[np.float32]:
    """Weights under which something holds or not; both sides weigh the same, however many examples each has."""
    share = float(holds.mean())
    balance = np.where(holds, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    wanted = holds.astype(np.float32)

    def loss(weights: Weights) -> tuple[float, Weights]:
        scores = rows @ weights.astype(np.float32)
        p = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
        each = np.logaddexp(0, scores) - wanted * scores
        value = strength * float((balance * each).sum()) + 0.5 * float((weights[:-1] ** 2).sum())
        slope = strength * (rows.T @ (balance * (p - wanted))).astype(np.float64)
        slope[:-1] += weights[:-1]
        return value, slope

    return minimum(loss, np.zeros(rows.shape[1])).astype(np.float32)


def minimum(loss: Loss, at: Weights) -> Weights:
    """Where a convex function is least (Nocedal and Wright, Numerical Optimization, algorithm 7.5, with halving steps)."""
    value, slope = loss(at)
    moves: list[tuple[Weights, Weights]] = []
    for _ in range(STEPS):
        if np.abs(slope).max() < ENOUGH:
            break
        direction = _direction(slope, moves)
        downhill = float(direction @ slope)
        step = 1.0 if moves else min(1.0, 1.0 / float(np.linalg.norm(slope)))
        while True:
            there = at + step * direction
            new_value, new_slope = loss(there)
            if new_value <= value + 1e-4 * step * downhill or step < 1e-10:
                break
            step /= 2
        moved, turned = there - at, new_slope - slope
        if float(moved @ turned) > 1e-12:
            moves = [*moves[-REMEMBERED + 1 :], (moved, turned)]
        if abs(value - new_value) <= 1e-9 * max(1.0, abs(value)):
            return there
        at, value, slope = there, new_value, new_slope
    return at


def _direction(slope: Weights, moves: list[tuple[Weights, Weights]]) -> Weights:
    """Down the slope, bent by the curvature that the last steps showed."""
    q = slope.copy()
    taken: list[float] = []
    for moved, turned in reversed(moves):
        share = float(moved @ q) / float(moved @ turned)
        taken.append(share)
        q -= share * turned
    if moves:
        moved, turned = moves[-1]
        q *= float(moved @ turned) / float(turned @ turned)
    for (moved, turned), share in zip(moves, reversed(taken), strict=True):
        q += moved * (share - float(turned @ q) / float(moved @ turned))
    return -q
