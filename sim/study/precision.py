"""Seeds until an answer is precise enough."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from sim.study.differences import differences
from sim.study.experiment import Experiment
from sim.study.indicators import BY_NAME
from sim.world.errors import BadInput, shown, unknown_name

FEWEST = 10
"""Seeds from which a spread can be judged at all."""
MOST = 100_000
FINEST = 1e-6
"""share of the baseline's level that is as fine as can be asked for"""
DECIMAL_COMMA = re.compile(r"\d+,\d+ *%?")
SPARE = 1.05
"""Seeds beyond the estimated need, as the estimate is itself uncertain."""


class Goal(NamedTuple):
    """How precise the answer is to be."""

    share: float
    """of the baseline's level: the most that half of the 95 % interval of a paired difference may
    be, whichever the programme"""
    indicator: str = "npv"
    max_seeds: int = 10_000


class Reached(NamedTuple):
    """How precise the answer is."""

    share: float
    """half of the widest 95 % interval of a paired difference over the baseline's level"""
    seeds: int
    is_enough: bool


def goal_of(
    asked: str | float | None, indicator: str | None = None, max_seeds: int | None = None
) -> Goal | None:
    """Return a goal as a person says it.

    Parameters
    ----------
    asked : such as "1%", "0.01" or 0.01; None: there is no goal.

    Raises
    ------
    BadInput
        If it is no share between 0 and 1, or the indicator does not exist, or the seeds are not
        enough to judge a spread.

    >>> [goal_of(asked).share for asked in ("1%", "0.5 %", 0.01)]
    [0.01, 0.005, 0.01]
    """
    if asked is None:
        if indicator is not None or max_seeds is not None:
            raise BadInput("--indicator and --max-seeds belong to --precision; give that, too.")
        return None
    text = str(asked).strip()
    is_percent = text.endswith("%")
    try:
        share = float(text.removesuffix("%")) / (100.0 if is_percent else 1.0)
    except ValueError:
        share = math.nan
    if not 0.0 < share < 1.0:
        hint = f" Write {text.replace(',', '.')}." if DECIMAL_COMMA.fullmatch(text) else ""
        raise BadInput(
            f"precision: {shown(asked)} is not a share between 0 and 1 of the baseline's level, "
            f"such as 1% or 0.01.{hint}"
        )
    if share < FINEST:
        raise BadInput(
            f"precision: {shown(asked)} is finer than {FINEST:.4%}, which {MOST} seeds cannot "
            "reach. Ask for less."
        )
    goal = Goal(share)
    goal = goal._replace(
        indicator=goal.indicator if indicator is None else indicator,
        max_seeds=goal.max_seeds if max_seeds is None else max_seeds,
    )
    if goal.indicator not in BY_NAME:
        raise unknown_name("indicator", goal.indicator, BY_NAME)
    if not FEWEST <= goal.max_seeds <= MOST:
        raise BadInput(
            f"max_seeds: {shown(max_seeds)} is out of range; allowed: {FEWEST} to {MOST}, as fewer "
            "cannot tell how wide an interval is."
        )
    return goal


def first_seeds(seeds: int, goal: Goal | None) -> int:
    """Return how many seeds to begin with: as many as the scenario has, within reason."""
    return seeds if goal is None else min(max(seeds, FEWEST), goal.max_seeds)


def gather(
    experiment: Experiment,
    goal: Goal | None,
    found: Callable[[int, int], None] | None = None,
    named: Sequence[int] = (),
) -> Reached | None:
    """Simulate a scenario's seeds, or as many as a goal needs.

    The seeds are the first so many, as in a study that names their number. Stopping when an
    interval has become narrow makes it cover a little less often than it says, the less so the
    more seeds there are (Chow and Robbins 1965).

    Parameters
    ----------
    found : told once, before anything is simulated, how many of how many runs the store had.
    named : seeds that were listed, instead of the first so many; there is no goal then.

    Returns
    -------
    what was reached; None without a goal

    Raises
    ------
    BadInput
        If there is nothing to compare, or no level that a share could be taken of.
    """
    if goal and len(experiment.scenario.programmes) < 2:
        raise BadInput("precision: is that of a difference; name at least two programmes.")
    seeds = first_seeds(experiment.scenario.seeds, goal)
    missing = experiment.look_up(named or range(1, seeds + 1))
    if found is not None:
        found(*experiment.tally())
    while True:
        experiment.simulate(missing)
        if goal is None:
            return None
        share = widest(differences(experiment.results()), goal.indicator)
        if share <= goal.share or seeds == goal.max_seeds:
            return Reached(share, seeds, share <= goal.share)
        seeds = min(next_seeds(seeds, share, goal.share), goal.max_seeds)
        missing = experiment.look_up(range(1, seeds + 1))


def next_seeds(seeds: int, share: float, wanted: float) -> int:
    """Return how many seeds to try next: the estimated need, a tenth to four times as many.

    >>> next_seeds(100, 0.02, 0.01), next_seeds(100, 0.0101, 0.01), next_seeds(10, 0.0105, 0.01)
    (400, 110, 12)
    """
    need = min(SPARE * seeds * (share / wanted) * (share / wanted), 4.0 * seeds)
    return min(max(math.ceil(need), seeds + math.ceil(seeds / 10)), 4 * seeds)


def widest(comparison: pd.DataFrame, indicator: str) -> float:
    """Return half of the widest interval of an indicator over the baseline's level."""
    rows = comparison[comparison["indicator"] == indicator]
    is_base = rows["programme"] == rows.attrs["baseline"]
    level = float(rows.loc[is_base, "level"].iloc[0])
    half = (rows["high"] - rows["low"])[~is_base] / 2.0
    if not level or half.isna().any():
        raise BadInput(
            f"precision: {indicator} cannot be compared as a share: it is zero or undefined under "
            "one of the programmes. Name another --indicator."
        )
    return float(half.max() / abs(level))
