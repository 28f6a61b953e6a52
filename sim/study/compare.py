"""The comparison of programmes: paired by luck, with 95 % intervals on the differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from policies.registry import Policy
from sim.study.choice import check_engine, choose
from sim.study.experiment import Progress, Results, run
from sim.study.indicators import INDICATORS
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

    A difference is taken seed by seed, between two runs that met the same luck, and its interval
    is that of the mean of these differences.

    Returns
    -------
    one row per programme and indicator: unit, level (with level_low, level_high), difference
    (with low, high), relative (difference over the baseline's level), seeds. The baseline's own
    difference is zero. Intervals are 95 %, Student's t over seeds.
    """
    scenario = results.scenario
    by_programme = {
        name: group.sort_values("seed").set_index("seed")
        for name, group in results.runs.groupby("programme", sort=False)
    }
    base = by_programme[scenario.baseline]
    rows = []
    for name, group in by_programme.items():
        for indicator in INDICATORS:
            values = group[indicator.name].to_numpy(np.float64)
            reference = base[indicator.name].to_numpy(np.float64)
            level, level_low, level_high = interval(values)
            difference, low, high = interval(values - reference)
            if name == scenario.baseline and not np.isnan(level):
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
                    "seeds": int(np.sum(~np.isnan(values - reference))),
                }
            )
    table = pd.DataFrame(rows)
    table.attrs = {
        "scenario": scenario.name,
        "baseline": scenario.baseline,
        "confidence": CONFIDENCE,
        "years": scenario.years,
        "burn_in_months": scenario.burn_in_months,
        "seeds": list(results.seeds),
    }
    return table


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
    at_once : how many runs at once; by default one for each processor.
    progress : told the share of the work done.

    Returns
    -------
    one row per programme and indicator with the paired difference to the baseline, see
    `sim.study.compare.differences`

    Raises
    ------
    BadInput
        If a name does not exist or a number is out of range.
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
    return differences(run(chosen, engine=engine, at_once=at_once, progress=progress))
