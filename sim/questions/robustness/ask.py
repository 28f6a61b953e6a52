"""How robust an answer is: in what share of plausible worlds it holds, and where it flips.

Every world has its own assumptions and its own luck. Two programmes tie in a world where their
indicators are equal but for rounding; a world in which a programme has no such indicator (nobody
of that kind is there) does not count for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from policies.registry import Policy
from sim.questions.robustness.discovery import Description, describe, telling
from sim.study.differences import NEGLIGIBLE
from sim.study.experiment import Progress, Results
from sim.study.request import choose
from sim.study.sides import SIDES, Side, others
from sim.study.store import Store
from sim.study.worlds import MOST_WORLDS, UNITS, check_number, live_in, plausible_worlds
from sim.world.errors import BadInput
from sim.world.scenario import Scenario

WORLDS, REDUCED = 2_000, 200
"""How many by themselves, and how many as a part of a comparison."""


TIE = "(tie)"
"""Stands for the programme where several are best."""


CONFIDENCE = 0.95


@dataclass(frozen=True)
class Robustness:
    """How a scenario's programmes do in plausible worlds, in tidy tables; shares are 0-1."""

    scenario: Scenario
    worlds: pd.DataFrame
    """one row per world, one column per assumption; from 1"""
    best: pd.DataFrame
    """side, indicator, programme, worlds (counted), share in which it alone is best, low, high;
    "(tie)" stands for worlds in which several are best"""
    beats: pd.DataFrame
    """side, indicator, programme, worlds (counted), share in which it beats the baseline, low,
    high, ties, loses; turns: share of the worlds lived twice in which the sign turns with another
    seed, turns_low, turns_high, twice (how many)"""
    conditions: pd.DataFrame
    """side, programme, flip ("beats" or "loses", the rarer), box, condition, assumption, sign,
    bound, and of the whole box: coverage, density, share; held_out_coverage and held_out_density
    of all boxes of a flip together, in worlds from which they were not made"""
    telling: pd.DataFrame
    """side, assumption, weight: how much it helps to tell who is best; sums to one"""
    results: Results
    """the runs: variant is the world; seeds above MOST_WORLDS are second lives"""

    @property
    def winners(self) -> pd.DataFrame:
        """Who is best in each world for each side, one column a side; missing where not known."""
        return pd.DataFrame({side.name: winners(self.results, side) for side in SIDES})

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what was found, by name."""
        return {
            "best": self.best,
            "beats": self.beats,
            "conditions": self.conditions,
            "telling": self.telling,
        }


def robustness(
    scenario: str | Scenario | None = None,
    *,
    policies: Sequence[str | Policy] | None = None,
    market: str | None = None,
    years: int | None = None,
    partners: int | None = None,
    clients: int | None = None,
    worlds: int = WORLDS,
    at_once: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
    store: str | Path | None = None,
) -> Robustness:
    """Find in what share of plausible worlds each programme is best, and where that flips.

    Parameters
    ----------
    worlds : how many; the first of more are the same.
    scenario, policies, market, years, partners, clients, at_once, cluster, progress, store : as
        for `sim.compare`.

    Returns
    -------
    tables ``best``, ``beats``, ``conditions``, ``telling`` and ``worlds``

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.

    Examples
    --------
    >>> found = robustness(partners=20, clients=200, years=1, worlds=4)
    >>> float(found.best.groupby("side")["share"].sum()["vendor"])
    1.0
    """
    chosen = choose(
        scenario, policies=policies, market=market, years=years, partners=partners, clients=clients
    )
    return robustness_of(
        chosen,
        worlds,
        at_once=at_once,
        cluster=cluster,
        progress=progress,
        store=None if store is None else Store(store),
    )


def robustness_of(
    scenario: Scenario,
    number: int,
    *,
    at_once: int | None = None,
    cluster: str | None = None,
    store: Store | None = None,
    progress: Progress | None = None,
) -> Robustness:
    """Find so for a scenario that is chosen already; parameters as for `robustness`."""
    check(scenario, number)
    worlds = plausible_worlds(scenario.assumptions, number)
    results = live_in(
        scenario,
        worlds,
        seeds_of(number),
        at_once=at_once,
        cluster=cluster,
        store=store,
        progress=progress,
    )
    worlds.index = pd.RangeIndex(1, number + 1, name="world")
    return Robustness(
        scenario,
        worlds,
        best_table(results),
        beats_table(results),
        conditions_table(results, worlds),
        telling_table(results, worlds),
        results,
    )


def check(scenario: Scenario, number: int) -> None:
    """Refuse what no robustness can be found for."""
    check_number(number)
    if len(scenario.programmes) < 2:
        raise BadInput("policies: name at least two, as robustness is that of a difference.")


def seeds_of(number: int) -> list[tuple[int, ...]]:
    """Return the seeds of each world: its own, and for a fifth of the worlds a second.

    >>> seeds_of(6)[:3]
    [(1, 100001), (2, 100002), (3,)]
    """
    twice = -(-number // 5)
    return [(n, MOST_WORLDS + n) if n <= twice else (n,) for n in range(1, number + 1)]


def lives_in(number: int) -> int:
    """Return how many lives so many worlds take, second ones included.

    >>> lives_in(200)
    240
    """
    return sum(map(len, seeds_of(number)))


def values_of(results: Results, side: Side, is_second: bool = False) -> pd.DataFrame:
    """Return a side's indicator, one row per world, one column per programme."""
    lived = results.runs[(results.runs["seed"] > MOST_WORLDS) == is_second]
    lived = lived.assign(world=lived["variant"].astype(int))
    wide = lived.pivot(index="world", columns="programme", values=side.indicator)
    names = [studied.name for studied in results.scenario.programmes]
    return wide.reindex(columns=names).sort_index()


def signs(values: pd.DataFrame, side: Side, baseline: str) -> pd.DataFrame:
    """Return 1 where a programme beats the baseline, 0 for a tie, -1 where it loses."""
    ours, theirs = values.to_numpy(np.float64), values[[baseline]].to_numpy(np.float64)
    gain = side.better * (ours - theirs)
    gain[np.abs(gain) <= NEGLIGIBLE * np.maximum(np.abs(ours), np.abs(theirs))] = 0.0
    return pd.DataFrame(np.sign(gain), index=values.index, columns=values.columns)


def winners(results: Results, side: Side) -> pd.Series[str]:
    """Return who is best in each world, missing where a programme has no such indicator."""
    values = side.better * values_of(results, side)
    top = values.max(axis=1)
    near = values.ge(top - NEGLIGIBLE * top.abs(), axis=0)
    best = pd.Series(values.columns[near.to_numpy().argmax(axis=1)], values.index, object)
    return best.mask(near.sum(axis=1) > 1, TIE).mask(values.isna().any(axis=1), None)


def share_of(worlds: int, whole: int) -> dict[str, float]:
    """Return the share of worlds with its 95 % binomial interval (Wilson).

    Sobol' points are spread more evenly than independent ones, so the interval is rather too wide.

    >>> {name: round(value, 2) for name, value in share_of(36, 200).items()}
    {'share': 0.18, 'low': 0.13, 'high': 0.24}
    """
    from scipy.stats import binomtest

    if whole == 0:
        return dict.fromkeys(("share", "low", "high"), float("nan"))
    ends = binomtest(worlds, whole).proportion_ci(CONFIDENCE, "wilson")
    return {"share": worlds / whole, "low": float(ends.low), "high": float(ends.high)}


def best_table(results: Results) -> pd.DataFrame:
    """Return in what share of worlds each programme is best for each side."""
    rows = []
    for side in SIDES:
        known = winners(results, side).dropna()
        for name in (*(studied.name for studied in results.scenario.programmes), TIE):
            rows.append(
                {
                    "side": side.name,
                    "indicator": side.indicator,
                    "programme": name,
                    "worlds": len(known),
                    **share_of(int((known == name).sum()), len(known)),
                }
            )
    return with_units(pd.DataFrame(rows), results)


def beats_table(results: Results) -> pd.DataFrame:
    """Return in what share of worlds each programme beats the baseline, and how luck turns it."""
    baseline = results.scenario.baseline
    rows = []
    for side in SIDES:
        once = signs(values_of(results, side), side, baseline)
        again = signs(values_of(results, side, is_second=True), side, baseline)
        for name in others(results.scenario):
            known, second = once[name].dropna(), again[name].dropna()
            both = known.index.intersection(second.index)
            turned = int((known[both] * second[both] < 0).sum())
            rows.append(
                {
                    "side": side.name,
                    "indicator": side.indicator,
                    "programme": name,
                    "worlds": len(known),
                    **share_of(int((known > 0).sum()), len(known)),
                    "ties": float((known == 0).mean()),
                    "loses": float((known < 0).mean()),
                    **turns_of(turned, len(both)),
                    "twice": len(both),
                }
            )
    return with_units(pd.DataFrame(rows), results)


def turns_of(turned: int, twice: int) -> dict[str, float]:
    """Return the share of worlds whose sign another seed turns, with its interval."""
    share, low, high = share_of(turned, twice).values()
    return {"turns": share, "turns_low": low, "turns_high": high}


def with_units(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return a table of shares that says what it is about."""
    table.attrs = {
        "scenario": results.scenario.name,
        "baseline": results.scenario.baseline,
        "confidence": CONFIDENCE,
        "unit": "share of worlds",
    }
    return table


def flips_of(results: Results, side: Side, name: str) -> tuple[str, pd.Series[bool]]:
    """Return the rarer of "beats" and "loses" (ties count to the other), and in which worlds."""
    known = signs(values_of(results, side), side, results.scenario.baseline)[name].dropna()
    beats, loses = known > 0, known < 0
    return ("beats", beats) if beats.sum() <= loses.sum() else ("loses", loses)


def conditions_table(results: Results, worlds: pd.DataFrame) -> pd.DataFrame:
    """Return where each programme's comparison with the baseline flips, a row per condition."""
    rows = []
    for side in SIDES:
        for name in others(results.scenario):
            flip, where = flips_of(results, side, name)
            told = describe(worlds.loc[where.index], where.to_numpy(bool))
            about = {"side": side.name, "programme": name, "flip": flip}
            rows += [{**about, **row} for row in spell(told)]
    return with_units(pd.DataFrame(rows, columns=CONDITION_COLUMNS), results)


CONDITION_COLUMNS = [
    "side", "programme", "flip", "box", "condition", "assumption", "sign", "bound", "unit",
    "coverage", "density", "share", "held_out_coverage", "held_out_density",
]  # fmt: skip


def spell(told: Description) -> list[dict[str, object]]:
    """Return a description as rows, one per condition."""
    return [
        {
            "box": box_number,
            "condition": number,
            "assumption": condition.assumption,
            "sign": ">" if condition.is_above else "<=",
            "bound": condition.bound,
            "unit": UNITS[condition.assumption],
            "coverage": box.coverage,
            "density": box.density,
            "share": box.share,
            "held_out_coverage": told.coverage,
            "held_out_density": told.density,
        }
        for box_number, box in enumerate(told.boxes, 1)
        for number, condition in enumerate(box.conditions, 1)
    ]


def telling_table(results: Results, worlds: pd.DataFrame) -> pd.DataFrame:
    """Return how much each assumption helps to tell who is best for each side."""
    parts = []
    for side in SIDES:
        known = winners(results, side).dropna()
        if known.empty:
            continue
        ranked = telling(worlds.loc[known.index], known.to_numpy(object))
        parts.append(
            pd.DataFrame({"side": side.name, "assumption": ranked.index, "weight": ranked.values})
        )
    empty = pd.DataFrame(columns=["side", "assumption", "weight"])
    return pd.concat(parts, ignore_index=True) if parts else empty
