"""Units: time in months, rates as fractions, money in integer kopecks, sums in integers."""

KOPECKS = 100
"""Kopecks in a rouble."""
MICRO = 1_000_000
"""Parts in which a fraction or an hour is counted when it is summed over agents.

Sums over agents are sums of integers, so that no result depends on the order of the agents."""
NEVER = 9999
"""Months since something that never happened."""
NOBODY = -1
"""The partner index that stands for nobody."""


def micro(value: float) -> int:
    """Return a quantity in whole millionths, for summing."""
    return int(value * 1000000.0)


def months_since(month: int, then: int) -> int:
    """Return whole months since ``then``; ``then`` is negative for never."""
    return month - then if then >= 0 else NEVER
