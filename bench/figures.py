"""Figures with 95 % intervals."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

_DRAWS = 400


def share(hits: Sequence[bool | int]) -> dict[str, Any]:
    """A share with its Wilson interval."""
    n, z = len(hits), 1.96
    p = sum(hits) / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return {"value": round(p, 4), "low": round(middle - half, 4), "high": round(middle + half, 4), "n": n}


def mean(values: Sequence[float]) -> dict[str, Any]:
    """A mean with its bootstrap interval."""
    return _drawn(values, lambda drawn: sum(drawn) / len(drawn))


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The probability that a positive scores above a negative."""
    ranked = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    total, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        total += sum(label for _, label in ranked[start:end]) * (start + 1 + end) / 2
        start = end
    n, m = len(positives), len(negatives)
    return (total - n * (n + 1) / 2) / (n * m)


def area(positives: Sequence[float], negatives: Sequence[float]) -> dict[str, Any]:
    """AUROC with its bootstrap interval."""
    dice = random.Random(7)
    drawn = sorted(
        auroc(dice.choices(positives, k=len(positives)), dice.choices(negatives, k=len(negatives))) for _ in range(_DRAWS)
    )
    return {
        "value": round(auroc(positives, negatives), 4),
        "low": round(drawn[int(0.025 * _DRAWS)], 4),
        "high": round(drawn[int(0.975 * _DRAWS)], 4),
        "positives": len(positives),
        "negatives": len(negatives),
    }


def _drawn(values: Sequence[float], figure: Callable[[Sequence[float]], float]) -> dict[str, Any]:
    dice = random.Random(7)
    drawn = sorted(figure(dice.choices(values, k=len(values))) for _ in range(_DRAWS))
    low, high = drawn[int(0.025 * _DRAWS)], drawn[int(0.975 * _DRAWS)]
    return {"value": round(figure(values), 4), "low": round(low, 4), "high": round(high, 4), "n": len(values)}


def times(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    ordered = sorted(values)
    return {"p50": round(ordered[len(ordered) // 2], 2), "p95": round(ordered[int(0.95 * len(ordered))], 2), "n": len(ordered)}
