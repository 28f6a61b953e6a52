"""The comparison of programmes: paired by luck, with 95 % intervals on the differences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from policies.registry import Policy
from sim.study.choice import check_engine, choose
from sim.study.experiment import Progress, Results, run
from sim.study.indicators import INDICATORS
from sim.study.store import Store
from sim.world.scenario import Scenario

CONFIDENCE = 0.95


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Return mean, low and high end of the 95 % confidence interval of a mean (Student's t).

    Values that are not a number are left out; with fewer than two left there is no interval.

    >>> [round(x, 2) for x in interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.48, 4.48]
    """
    kept = values[~np.isnan(values)]
    if len(kept) == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(kept.mean())
    if len(kept) == 1:
        return mean, float("nan"), float("nan")
    error = float(kept.std(ddof=1)) / len(kept) ** 0.5
    reach = float(stdtrit(len(kept) - 1, 0.5 + CONFIDENCE / 2.0)) * error
    return mean, mean - reach, mean + reach


def differences(results: Results) -> pd.DataFrame:
    """Return each programme's level and its paired difference to the baseline.

    A difference is taken seed by seed, between two runs that met the same luck (of one variant, if
    there are any), and its interval is that of the mean of these differences.

    Returns
    -------
    one row per programme and indicator: unit, level (with level_low, level_high), difference
    (with low, high), relative (difference over the baseline's level), pairing_gain, seeds; after
    the variant, if there are any. The baseline's own difference is zero. Intervals are 95 %,
    Student's t over seeds.
    """
    scenario = results.scenario
    if "variant" in results.runs:
        tables = {
            name: paired(group, scenario.baseline)
            for name, group in results.runs.groupby("variant", sort=False)
        }
        table = pd.concat(tables, names=["variant"]).reset_index(0).reset_index(drop=True)
    else:
        table = paired(results.runs, scenario.baseline)
    table.attrs = {
        "scenario": scenario.name,
        "baseline": scenario.baseline,
        "confidence": CONFIDENCE,
        "years": scenario.years,
        "burn_in_months": scenario.burn_in_months,
        "seeds": list(results.seeds),
    }
    return table


def paired(runs: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Return the rows of `differences` for the runs of one variant."""
    by_programme = {
        name: group.sort_values("seed") for name, group in runs.groupby("programme", sort=False)
    }
    rows = []
    for name, group in by_programme.items():
        for indicator in INDICATORS:
            values = group[indicator.name].to_numpy(np.float64)
            reference = by_programme[baseline][indicator.name].to_numpy(np.float64)
            level, level_low, level_high = interval(values)
            difference, low, high = interval(values - reference)
            if name == baseline and not np.isnan(level):
                difference, low, high = 0.0, 0.0, 0.0
            at_base = interval(reference)[0]
            rows.append(
                {
                    "programme": name,
                    "indicator": indicator.name,
                    "unit": indicator.unit,
                    "level": level,
                    "level_low": level_low,
                    "level_high": level_high,
                    "difference": difference,
                    "low": low,
                    "high": high,
                    "relative": difference / at_base if at_base else float("nan"),
                    "pairing_gain": pairing_gain(values, reference),
                    "seeds": int(np.sum(~np.isnan(values - reference))),
                }
            )
    return pd.DataFrame(rows)


def pairing_gain(ours: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64]) -> float:
    """Return how many times as many seeds independent luck would have needed.

    That many would give the difference of two means the same variance: the sum of both variances
    over seeds, over the variance of the paired difference. Not a number where there is no paired
    difference, as between a programme and itself, or only one seed.

    >>> round(pairing_gain(np.array([1.0, 2.0, 3.0]), np.array([1.1, 2.0, 2.9])), 1)
    181.0
    """
    kept = ~np.isnan(ours - theirs)
    if kept.sum() < 2:
        return float("nan")
    of_difference = float(np.var((ours - theirs)[kept], ddof=1))
    of_both = float(np.var(ours[kept], ddof=1) + np.var(theirs[kept], ddof=1))
    return of_both / of_difference if of_difference else float("nan")


def compare(
    scenario: str | Scenario | None = None,
    *,
    policies: Sequence[str | Policy] | None = None,
    market: str | None = None,
    years: int | None = None,
    seeds: int | None = None,
    partners: int | None = None,
    clients: int | None = None,
    engine: str = "auto",
    at_once: int | None = None,
    progress: Progress | None = None,
    store: str | Path | None = None,
) -> pd.DataFrame:
    """Compare programmes on one market under the same luck.

    Parameters
    ----------
    scenario : name or path of a scenario; by default the comparison of the four named policies.
    policies : policies or their names, or names of the scenario's programmes, instead of all of
        its own; the scenario's baseline stays if it is among them, else the first is the baseline.
    market : name or path of a market, instead of the scenario's own.
    years, seeds : horizon after the decision and number of seeds, instead of the scenario's.
    partners, clients : size of the pool, instead of the market's.
    engine : "compiled", "mesa" (slower, the same to the last bit), or "auto" for the former.
    at_once : how many worlds at once; by default one for each processor.
    progress : told the share of the work done.
    store : a folder in which finished runs are found and kept, such as "results"; by default none.

    Returns
    -------
    one row per programme and indicator with the paired difference to the baseline, see
    `sim.study.compare.differences`

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    check_engine(engine)
    chosen = choose(
        scenario,
        policies=policies,
        market=market,
        years=years,
        seeds=seeds,
        partners=partners,
        clients=clients,
    )
    place = None if store is None else Store(store)
    return differences(run(chosen, engine=engine, at_once=at_once, progress=progress, store=place))
