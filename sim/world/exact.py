"""Elementary functions made of + - x / only, so that every IEEE machine gives the same bits.

A library's ``exp`` may differ between machines in the last bit, and one bit can decide whether
a client stays. The relative error of ``exp`` is below 1e-6 (tests/laws/test_exact.py).
"""

import math

import numpy as np

from policies.compiler import rule


@rule
def exp(x: float) -> float:
    """Return e to the power ``x``; ``x`` is held between -30 and 30.

    The polynomial is summed in pairs (Estrin's scheme), which takes half the time of a chain.
    """
    y = min(max(x, -30.0), 30.0) / 64.0
    y2 = y * y
    low = (1.0 + y) + (1.0 / 2.0 + 1.0 / 6.0 * y) * y2
    high = (1.0 / 24.0 + 1.0 / 120.0 * y) + (1.0 / 720.0 + 1.0 / 5040.0 * y) * y2
    y4 = y2 * y2
    z = low + (high + 1.0 / 40320.0 * y4) * y4
    z = z * z
    z = z * z
    z = z * z
    z = z * z
    z = z * z
    return z * z


ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
"""the bits of the square root of a half"""


@rule
def log(x: float) -> float:
    """Return the natural logarithm of ``x``, which must be above 0 and finite."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits - ROOT_HALF_BITS) >> 52
    mantissa = np.int64(bits - (exponent << 52)).view(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    q = s * s
    q2 = q * q
    series = (1.0 + 1.0 / 3.0 * q) + (1.0 / 5.0 + 1.0 / 7.0 * q) * q2
    series = series + ((1.0 / 9.0 + 1.0 / 11.0 * q) + 1.0 / 13.0 * q2) * (q2 * q2)
    return float(exponent * 0.6931471805599453 + 2.0 * s * series)


@rule
def power(x: float, exponent: float) -> float:
    """Return ``x`` to a real power; ``x`` must not be negative."""
    if x <= 0.0:
        return 0.0
    return exp(exponent * log(x))


@rule
def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1.0 / (1.0 + exp(-x))


@rule
def clamp(x: float, low: float, high: float) -> float:
    """Return ``x`` held between ``low`` and ``high``."""
    return min(max(x, low), high)


@rule
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of ``u``, 0 < u < 1.

    Source: P. J. Acklam's rational approximation, relative error 1.2e-9.
    """
    if u < 0.02425 or u > 0.97575:
        tail = u if u < 0.5 else 1.0 - u
        q = math.sqrt(-2.0 * log(max(tail, 1e-300)))
        above = -7.784894002430293e-03
        above = above * q - 3.223964580411365e-01
        above = above * q - 2.400758277161838
        above = above * q - 2.549732539343734
        above = above * q + 4.374664141464968
        above = above * q + 2.938163982698783
        below = 7.784695709041462e-03
        below = below * q + 3.224671290700398e-01
        below = below * q + 2.445134137142996
        below = below * q + 3.754408661907416
        below = below * q + 1.0
        return above / below if u < 0.5 else -above / below
    q = u - 0.5
    r = q * q
    above = -3.969683028665376e01
    above = above * r + 2.209460984245205e02
    above = above * r - 2.759285104469687e02
    above = above * r + 1.383577518672690e02
    above = above * r - 3.066479806614716e01
    above = above * r + 2.506628277459239
    below = -5.447609879822406e01
    below = below * r + 1.615858368580409e02
    below = below * r - 1.556989798598866e02
    below = below * r + 6.680131188771972e01
    below = below * r - 1.328068155288572e01
    below = below * r + 1.0
    return q * above / below
