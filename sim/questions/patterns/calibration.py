"""Calibration: assumptions set on patterns P6 and P8-P11, and on nothing else.

Repeat it, and write its result anew, with ``python -m sim.questions.patterns.calibration``. It
searches a few named assumptions within their declared ranges for the world that lies nearest to the
defaults among those that show these patterns surely: the distance is how far each number's 95 %
interval reaches out of its criterion, plus a small penalty for leaving the defaults. Its seeds are
not those with which patterns are measured.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w
from scipy.optimize import minimize

from sim.questions.patterns.catalogue import CALIBRATED, PATTERNS, PLACES
from sim.questions.patterns.measure import Criterion, Measured, measure
from sim.study.workers import workers
from sim.study.worlds import world_at
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions

NAMES = (
    "entry",
    "exit",
    "early_exit",
    "peer_exit",
    "dormancy",
    "revival",
    "productivity_spread",
    "churn_floor",
    "churn_span",
)
"""What may be set: partners' coming, going and falling dormant, their spread, clients' churn."""
TARGETS = [
    criterion
    for pattern in PATTERNS
    if pattern.role == CALIBRATED
    for criterion in pattern.criteria
]
SEEDS = range(1001, 1017)
"""None of those with which patterns are measured."""
LEAVING = 0.05
"""Distance added when one assumption goes to the end of its range."""
TRIES = 200
NAME = "calibrated"
COMMAND = "python -m sim.questions.patterns.calibration"


def reach(measured: Measured, criterion: Criterion) -> float:
    """Return how far an interval reaches out of a criterion, in widths of that or in its limits.

    >>> from sim.questions.patterns.catalogue import PATTERNS
    >>> top_fifth = PATTERNS[7].criteria[0]
    >>> round(reach(Measured(0.92, 0.90, 0.937, 8), top_fifth), 3)
    0.1
    """
    low, high = criterion.low, criterion.high
    scale = high - low if math.isfinite(high - low) else 1.0
    if not math.isfinite(measured.low):
        return 1.0
    return (max(low - measured.low, 0.0) + max(measured.high - high, 0.0)) / scale


def assumptions_at(shares: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return the assumptions at a point of the unit cube; its middle is the defaults."""
    return world_at(Assumptions(), dict(zip(NAMES, map(float, shares), strict=True)))


def distance(shares: npt.NDArray[np.float64], pool: Any) -> float:
    """Return how far the world at a point is from the patterns and from the defaults."""
    numbers = assumptions_at(shares)
    away = LEAVING * float(np.sum((2.0 * shares - 1.0) ** 2))
    for name in dict.fromkeys(criterion.place for criterion in TARGETS):
        place = PLACES[name]
        scenario = place.scenario(numbers)
        runs = list(pool.map(place.observe, repeat(scenario), repeat("compiled"), SEEDS))
        for criterion in TARGETS:
            if criterion.place == name:
                away += reach(measure(runs, criterion.formula), criterion)
    return away


def calibrate(tell: Callable[[int, float], None]) -> tuple[dict[str, float], float, float]:
    """Return the calibrated assumptions, their distance and that of the defaults.

    Parameters
    ----------
    tell : told how many worlds were tried, and the distance of each.
    """
    tried: list[float] = []
    with workers(os.cpu_count() or 1, "compiled") as pool:

        def objective(shares: npt.NDArray[np.float64]) -> float:
            tried.append(distance(shares, pool))
            tell(len(tried), tried[-1])
            return tried[-1]

        found = minimize(
            objective,
            np.full(len(NAMES), 0.5),
            method="COBYQA",
            bounds=[(0.0, 1.0)] * len(NAMES),
            options={"maxfev": TRIES, "initial_tr_radius": 0.25, "final_tr_radius": 0.005},
        )
    numbers = {name: float(f"{value:.3g}") for name, value in assumptions_at(found.x).items()}
    return numbers, float(found.fun), tried[0]


def spelled(numbers: dict[str, float], reached: float, at_defaults: float) -> str:
    """Return the calibrated assumptions as a file that scenarios can name."""
    return f"# Written by `{COMMAND}`; do not edit.\n" + tomli_w.dumps(
        {
            "title": "Calibrated on the patterns P6 and P8-P11",
            "provenance": "docs/validation.md: set on P6 and P8-P11 of docs/evidence.md §5, "
            f"distance {reached:.3f} where the defaults have {at_defaults:.3f}; P1-P5, P7 "
            "and P12 were not looked at.",
            "assumptions": numbers,
        }
    )


def main() -> None:
    """Calibrate, and write the result beside the scenarios."""

    def report(tries: int, reached: float) -> None:
        sys.stderr.write(f"{tries} of at most {TRIES} worlds: distance {reached:.4f}\n")

    place: Path = scenarios.scenario_folder() / "assumptions" / f"{NAME}.toml"
    place.parent.mkdir(exist_ok=True)
    place.write_text(spelled(*calibrate(report)), encoding="utf-8")
    sys.stdout.write(f"{place}\n")


if __name__ == "__main__":
    main()
