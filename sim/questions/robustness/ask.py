"""How robust an answer is: in what share of plausible worlds it holds, and where it flips.

Every world has its own assumptions and its own luck. Two programmes tie in a world where their
indicators are equal but for rounding; a world in which a programme has no such indicator (nobody
of that kind is there) does not count for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sim.engines.build import Model
from sim.questions.basis.ask import on_basis
from sim.questions.result import Result
from sim.questions.robustness.discovery import Description, describe, telling
from sim.study.crew import ALONE, Crew
from sim.study.differences import NEGLIGIBLE
from sim.study.experiment import Results
from sim.study.request import WHAT, WHO, Request, takes
from sim.study.sides import SIDES, Side, others
from sim.study.worlds import (
    MOST_WORLDS,
    UNITS,
    check_number,
    given_worlds,
    live_in,
    plausible_worlds,
)
from sim.world.errors import BadInput
from sim.world.scenario import Scenario

WORLDS, REDUCED = 2_000, 200
"""How many by themselves, and how many as a part of a comparison."""


TIE = "(tie)"
"""Stands for the programme where several are best."""


CONFIDENCE = 0.95


@dataclass(frozen=True)
class Robustness(Result):
    """How a scenario's programmes do in plausible worlds, in tidy tables; shares are 0-1."""

    room = "robustness"
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
    are_given: bool = False
    """worlds were given by whoever asked, not drawn"""

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


@takes(
    *WHAT,
    "policies",
    "worlds",
    "basis",
    *WHO,
    because={
        "seeds": "every world has luck of its own; ask for more worlds",
        "precision": "intervals are over worlds; ask for more worlds",
        "indicators": "it asks who is best for each of three sides, by an indicator each",
    },
)
def robustness(request: Request, crew: Crew) -> Robustness:
    """Find in what share of plausible worlds each programme is best, and where that flips.

    There are 2 000 worlds unless asked otherwise; the first of more are the same.

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
    worlds = WORLDS if request.worlds is None else request.worlds
    check(request.scenario, worlds)
    scenario, _ = on_basis(request, crew)
    return robustness_of(scenario, worlds, crew, request.model)


def robustness_of(
    scenario: Scenario,
    worlds: int | pd.DataFrame,
    crew: Crew = ALONE,
    model: Model | None = None,
) -> Robustness:
    """Find so for a scenario that is chosen already; parameters as for `robustness`."""
    check(scenario, worlds)
    if isinstance(worlds, pd.DataFrame):
        drawn, weights = given_worlds(worlds)
    else:
        drawn, weights = plausible_worlds(scenario.assumptions, worlds), None
    results = live_in(scenario, drawn, seeds_of(len(drawn)), crew, model)
    drawn.index = pd.RangeIndex(1, len(drawn) + 1, name="world")
    counted = None if weights is None else weights.set_axis(drawn.index)
    return Robustness(
        scenario,
        drawn,
        best_table(results, counted),
        beats_table(results, counted),
        conditions_table(results, drawn),
        telling_table(results, drawn),
        results,
        isinstance(worlds, pd.DataFrame),
    )


def check(scenario: Scenario, worlds: int | pd.DataFrame) -> None:
    """Refuse what no robustness can be found for."""
    if isinstance(worlds, pd.DataFrame):
        given_worlds(worlds)
    else:
        check_number(worlds)
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


def share_of(is_so: pd.Series[bool], weights: pd.Series[float]) -> dict[str, float]:
    """Return the share of worlds with its 95 % binomial interval (Wilson).

    Sobol' points are spread more evenly than independent ones, so the interval is rather too wide.
    Worlds that do not count alike tell as much as the effective number that do (Kish 1965).

    Parameters
    ----------
    is_so : whether it is so, by world.
    weights : what each world counts, by world, those of more worlds among them.

    >>> worlds = pd.Series([True] * 36 + [False] * 164)
    >>> {name: round(value, 2) for name, value in share_of(worlds, 0.0 * worlds + 1.0).items()}
    {'share': 0.18, 'low': 0.13, 'high': 0.24}
    """
    counted = weights.reindex(is_so.index).to_numpy(np.float64)
    whole = float(counted.sum())
    if whole == 0.0:
        return dict.fromkeys(("share", "low", "high"), float("nan"))
    share = float(counted[is_so.to_numpy(bool)].sum()) / whole
    number = whole * whole / float((counted * counted).sum())
    z = float(ndtri(0.5 + CONFIDENCE / 2.0))
    reach = z * (share * (1.0 - share) / number + z * z / (4.0 * number * number)) ** 0.5
    centre, shrink = share + z * z / (2.0 * number), 1.0 + z * z / number
    low = (centre - reach) / shrink if share > 0.0 else 0.0
    high = (centre + reach) / shrink if share < 1.0 else 1.0
    return {"share": share, "low": low, "high": high}


def alike(results: Results) -> pd.Series[float]:
    """Return a weight of one for each world."""
    return pd.Series(1.0, results.runs["variant"].astype(int).unique())


def best_table(results: Results, weights: pd.Series[float] | None = None) -> pd.DataFrame:
    """Return in what share of worlds each programme is best for each side."""
    counted, rows = alike(results) if weights is None else weights, []
    for side in SIDES:
        known = winners(results, side).dropna()
        for name in (*(studied.name for studied in results.scenario.programmes), TIE):
            rows.append(
                {
                    "side": side.name,
                    "indicator": side.indicator,
                    "programme": name,
                    "worlds": len(known),
                    **share_of(known == name, counted),
                }
            )
    return with_units(pd.DataFrame(rows), results)


def beats_table(results: Results, weights: pd.Series[float] | None = None) -> pd.DataFrame:
    """Return in what share of worlds each programme beats the baseline, and how luck turns it."""
    counted = alike(results) if weights is None else weights
    baseline = results.scenario.baseline
    rows = []
    for side in SIDES:
        once = signs(values_of(results, side), side, baseline)
        again = signs(values_of(results, side, is_second=True), side, baseline)
        for name in others(results.scenario):
            known, second = once[name].dropna(), again[name].dropna()
            both = known.index.intersection(second.index)
            turned = share_of(known[both] * second[both] < 0, counted)
            rows.append(
                {
                    "side": side.name,
                    "indicator": side.indicator,
                    "programme": name,
                    "worlds": len(known),
                    **share_of(known > 0, counted),
                    "ties": share_of(known == 0, counted)["share"],
                    "loses": share_of(known < 0, counted)["share"],
                    **dict(zip(("turns", "turns_low", "turns_high"), turned.values(), strict=True)),
                    "twice": len(both),
                }
            )
    return with_units(pd.DataFrame(rows), results)


def with_units(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return a table of shares that says what it is about."""
    table.attrs = {
        **results.marks,
        "units": dict.fromkeys(("share", "low", "high", "ties", "loses", "turns"), "0-1"),
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
