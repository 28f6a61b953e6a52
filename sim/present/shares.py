"""Shares and values in words, for all who speak of worlds."""

from __future__ import annotations

import numpy as np


def percent(share: float) -> str:
    """Return a share as a percentage.

    >>> percent(0.184), percent(0.004)
    ('18 %', '0.4 %')
    """
    return f"{bare(share)} %"


def bare(share: float) -> str:
    """Return a share as a percentage without the sign; what is not all is never 100.

    >>> bare(0.996), bare(0.99999), bare(1.0)
    ('99.6', '99.9', '100')
    """
    value = 100.0 * share
    if 99.05 < value < 100.0:
        return f"{min(value, 99.9):.1f}"
    return f"{value:.1f}" if 0.0 < value < 0.95 else f"{value:.0f}"


def with_interval(share: float, low: float, high: float) -> str:
    """Return a share with its interval.

    >>> with_interval(0.18, 0.13, 0.24)
    '18 % [13, 24]'
    """
    if np.isnan(share):
        return "no known share"
    return f"{percent(share)} [{bare(low)}, {bare(high)}]"


def level(value: float) -> str:
    """Return the value of an assumption, to three digits.

    >>> level(30_000.0), level(0.01254)
    ('30 000', '0.0125')
    """
    return f"{float(f'{value:.3g}'):,.6g}".replace(",", " ")
