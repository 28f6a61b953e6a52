"""Plausible worlds: all assumptions drawn from their declared ranges, around a scenario's own.

An assumption is as likely below the scenario's value as above it, and equally likely anywhere on
either side; all are independent. Nobody knows the true distribution: this one says no more than
the declared ranges and values do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from policies.contract import declared
from sim.engines.build import Model
from sim.study.crew import ALONE, Crew
from sim.study.experiment import Experiment, Results
from sim.world.assumptions import Assumptions, changed
from sim.world.errors import BadInput, shown
from sim.world.scenario import Scenario

RANGES = {name: (term.low, term.high) for name, term in declared(Assumptions).items()}
"""Declared low and high end of every assumption, by name."""
UNITS = {name: term.unit for name, term in declared(Assumptions).items()}
MOST_WORLDS = 100_000


def value_at(usual: Assumptions, name: str, share: float) -> float:
    """Return the value of an assumption below which a share of plausible worlds lie.

    Parameters
    ----------
    usual : the assumptions that half of the worlds lie below.
    share : 0-1.

    >>> [value_at(Assumptions(), "poaching", share) for share in (0.0, 0.5, 1.0)]
    [0.0, 0.01, 0.08]
    """
    low, high = RANGES[name]
    middle = getattr(usual, name)
    if share < 0.5:
        value = low + (middle - low) * 2.0 * share
    else:
        value = middle + (high - middle) * (2.0 * share - 1.0)
    return round(value) if isinstance(middle, int) else float(min(max(value, low), high))


def world_at(usual: Assumptions, shares: Mapping[str, float]) -> dict[str, float]:
    """Return the assumptions of the world at a point of the unit cube, by name."""
    return {name: value_at(usual, name, share) for name, share in shares.items()}


def check_number(worlds: int) -> None:
    """Refuse what is no number of worlds."""
    if type(worlds) is not int or not 1 <= worlds <= MOST_WORLDS:
        raise BadInput(f"worlds: {shown(worlds)} is not a whole number from 1 to {MOST_WORLDS}.")


def plausible_worlds(
    usual: Assumptions, number: int, names: Sequence[str] = tuple(RANGES)
) -> pd.DataFrame:
    """Return worlds spread evenly over what is plausible: points of a Sobol' sequence.

    Parameters
    ----------
    usual : the assumptions of the scenario.
    number : how many worlds.
    names : the assumptions that vary; the others stay.

    Returns
    -------
    one row per world, one column per assumption that varies

    Raises
    ------
    BadInput
        If there are too few or too many to be worlds.
    """
    from scipy.stats import qmc

    check_number(number)
    sequence = qmc.Sobol(len(names), scramble=True, rng=np.random.default_rng(1))
    points = sequence.random_base2(max(number - 1, 1).bit_length())[:number]
    return worlds_at(usual, points, names)


def given_worlds(given: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[float] | None]:
    """Return worlds that somebody gives, and what each counts if they do not count alike.

    Parameters
    ----------
    given : one row per world, one column per assumption that differs, and ``weight`` or not.

    Raises
    ------
    BadInput
        If there are no worlds, an assumption is unknown or out of range, or weights are no
        weights.
    """
    check_number(len(given))
    worlds = given.drop(columns="weight", errors="ignore").reset_index(drop=True)
    rows = [
        dict(zip(map(str, worlds.columns), row, strict=True))
        for row in worlds.astype(object).itertuples(index=False)
    ]
    for number, row in enumerate(rows, 1):
        changed(Assumptions(), row, f"worlds: row {number}")
    if "weight" not in given:
        return worlds, None
    weights = pd.to_numeric(given["weight"], errors="coerce").reset_index(drop=True).astype(float)
    if not (np.isfinite(weights) & (weights >= 0.0)).all() or not weights.sum():
        raise BadInput("worlds: weight: give each world a number from 0, and some of them more.")
    return worlds, weights


def worlds_at(
    usual: Assumptions, points: npt.NDArray[np.float64], names: Sequence[str]
) -> pd.DataFrame:
    """Return the worlds at points of the unit cube.

    Parameters
    ----------
    points : shape (worlds, len(names)), 0-1.
    """
    rows = [world_at(usual, dict(zip(names, map(float, point), strict=True))) for point in points]
    return pd.DataFrame(rows, columns=list(names))


def live_in(
    scenario: Scenario,
    worlds: pd.DataFrame,
    seeds: Sequence[Sequence[int]],
    crew: Crew = ALONE,
    model: Model | None = None,
) -> Results:
    """Simulate a scenario's programmes in many worlds.

    Parameters
    ----------
    worlds : one row per world, one column per assumption that differs from the scenario's.
    seeds : those of each world; the programmes of a world meet the same luck, and worlds with
        the same seed do, too.
    crew, model : as for `sim.study.experiment.Experiment`.

    Returns
    -------
    finished runs without months; ``variant`` is the world's row, counted from "1"
    """
    variants = {str(n): row for n, row in enumerate(worlds.to_dict("records"), 1)}
    experiment = Experiment(scenario, crew, variants=variants, with_months=False, model=model)
    wanted = [
        (variant, seed) for variant, each in zip(variants, seeds, strict=True) for seed in each
    ]
    experiment.simulate(experiment.look_up_each(wanted))
    return experiment.results()
