"""Differences between programmes: paired by luck, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtr, stdtrit

from sim.study.experiment import Results
from sim.study.indicators import INDICATORS, Indicator

CONFIDENCE = 0.95
NEGLIGIBLE = 1e-4
"""Share of the level below which a difference is none, however sure its sign."""


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
    (with low, high), relative (difference over the size of the baseline's level), pairing_gain,
    seeds; after the variant, if there are any. The baseline's own difference is zero. Intervals
    are 95 %, Student's t over seeds.
    """
    scenario = results.scenario
    if "variant" in results.runs:
        tables = {
            name: paired(group, scenario.baseline, results.own)
            for name, group in results.runs.groupby("variant", sort=False)
        }
        table = pd.concat(tables, names=["variant"]).reset_index(0).reset_index(drop=True)
    else:
        table = paired(results.runs, scenario.baseline, results.own)
    table.attrs = {
        **results.marks,
        "units": {"level": "unit", "difference": "unit", "relative": "share of the level"},
        "scenario": scenario.name,
        "baseline": scenario.baseline,
        "confidence": CONFIDENCE,
        "years": scenario.years,
        "burn_in_months": scenario.burn_in_months,
        "seeds": list(results.seeds),
        "departures": [one.plain() for one in scenario.departures],
    }
    return table


def is_sure(row: Any) -> bool:
    """Return whether a row of `differences` tells a difference to the baseline.

    Its interval leaves out zero, and it is not negligible: rates that were sought to equal a budget
    leave a trace that common luck makes sure, and that means nothing.
    """
    return bool(row.low * row.high > 0 and abs(row.difference) >= NEGLIGIBLE * abs(row.level))


class Told(NamedTuple):
    """How many differences are told, and how many of them chance may have told."""

    asked: int
    """differences that can be told at all"""
    sure: int
    """whose 95 % interval leaves out zero"""
    by_chance: float
    """as many of those asked would be told if there were none"""
    stand: int
    """of those that are sure: at a false discovery rate of 5 % (Benjamini and Hochberg 1995)"""


def told(comparison: pd.DataFrame) -> Told:
    """Return how many of a comparison's differences are told, and how many by chance.

    Differences of one programme in several indicators depend on each other, mostly positively, for
    which the rate holds, too (Benjamini and Yekutieli 2001).
    """
    rows = comparison[comparison["programme"] != comparison.attrs["baseline"]]
    rows = rows[(rows["high"] > rows["low"]) & (rows["seeds"] > 1)]
    freedom = rows["seeds"].to_numpy(np.float64) - 1.0
    half = (rows["high"] - rows["low"]).to_numpy(np.float64) / 2.0
    error = half / stdtrit(freedom, 0.5 + CONFIDENCE / 2.0)
    chances = 2.0 * stdtr(freedom, -np.abs(rows["difference"].to_numpy(np.float64)) / error)
    is_known = np.array([is_sure(row) for row in rows.itertuples()], np.bool_)
    ranked, alpha = np.sort(chances), 1.0 - CONFIDENCE
    few = np.flatnonzero(ranked <= alpha * np.arange(1, len(ranked) + 1) / max(len(ranked), 1))
    bar = ranked[few[-1]] if len(few) else -1.0
    stand = int(np.sum(is_known & (chances <= bar)))
    return Told(len(rows), int(is_known.sum()), alpha * len(rows), stand)


def paired(runs: pd.DataFrame, baseline: str, own: Sequence[Indicator] = ()) -> pd.DataFrame:
    """Return the rows of `differences` for the runs of one variant."""
    by_programme = {
        name: group.sort_values("seed") for name, group in runs.groupby("programme", sort=False)
    }
    rows = []
    for name, group in by_programme.items():
        for indicator in (*INDICATORS, *own):
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
                    "relative": difference / abs(at_base) if at_base else float("nan"),
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
