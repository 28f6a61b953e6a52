"""Units: time in months, rates as fractions, money in integer kopecks, sums in integers."""

from policies.compiler import rule

KOPECKS = 100
"""Kopecks in a rouble."""
MICRO = 1_000_000
"""Parts in which a fraction or an hour is counted when it is summed over agents.

Sums over agents are sums of integers, so that no result depends on the order of the agents."""
NEVER = 999
"""Months since something that never happened."""
NOBODY = -1
"""The partner index that stands for nobody."""


@rule
def micro(value: float) -> int:
    """Return a quantity in whole millionths, for summing."""
    return int(value * 1000000.0)


@rule
def months_since(month: int, then: int) -> int:
    """Return whole months since ``then``, at most 999; ``then`` is negative for never."""
    if then < 0:
        return 999
    return min(month - then, 999)
