"""Quantiles of the beta distribution: the ends of an exact interval for a share (Clopper and Pearson, 1934). Pure.

The cumulative distribution is the regularised incomplete beta function, by its continued fraction (DLMF 8.17.22) with the
modified Lentz method.
"""

import math

_STEPS = 500
_SMALL = 1e-300
_CLOSE = 1e-13


def quantile(share: float, a: float, b: float) -> float:
    """The value under which a beta variable with parameters ``a`` and ``b`` lies with this probability, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if cumulative(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cumulative(x: float, a: float, b: float) -> float:
    """The probability that a beta variable is at most ``x``."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > _SMALL else _SMALL
