"""Measure all patterns, at the defaults and at calibrated assumptions: `patterns`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.engines.build import settle
from sim.questions.patterns import signs
from sim.questions.patterns.catalogue import MAP, PATTERNS, PLACES
from sim.questions.patterns.measure import MET, Facts, Given, Place, measure, verdict, whole_verdict
from sim.study.crew import Crew, Progress
from sim.study.differences import interval
from sim.study.store import Store
from sim.study.workers import workers
from sim.world.errors import BadInput, shown

DEFAULTS, CALIBRATED = "defaults", "calibrated"
SEEDS, MOST_SEEDS = 100, 10_000
SEEDS_OF_MAP = 16
"""Most seeds of each world of the map, of which there are many."""
PART_OF_MAP = 0.75
"""Of the time that everything takes, about."""


@dataclass(frozen=True)
class Patterns:
    """What was measured, in tidy tables."""

    criteria: pd.DataFrame
    """assumptions (a file's name, or "defaults"), pattern, title, source, passes (what the
    evidence asks for), role, criterion, unit, least, most, value, low, high (95 % interval over
    seeds), seeds, verdict, how (it is measured), why (what in the model speaks against it);
    would, would_value, would_low, would_high: where one is missed at the defaults, assumptions
    within their ranges at which it would be met, and its value there"""
    verdicts: pd.DataFrame
    """assumptions, pattern, title, role, verdict: as good as the worst of its criteria"""
    map: pd.DataFrame
    """P12: assumptions, poaching, churn_span, gain of choice over the lock as a share of the
    vendor's NPV under the lock, low, high (95 % interval over seeds), seeds"""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables that are written, by name."""
        return {"criteria": self.criteria, "verdicts": self.verdicts, "map": self.map}


def patterns(
    assumptions: Sequence[str] = (DEFAULTS, CALIBRATED),
    *,
    seeds: int = SEEDS,
    at_once: int | None = None,
    cluster: Any = None,
    progress: Progress | None = None,
    store: str | Path | Store | None = None,
) -> Patterns:
    """Measure the twelve patterns of docs/evidence.md §5 and hold them against their criteria.

    Parameters
    ----------
    assumptions : names or paths of files of assumptions that stand in place of the defaults;
        "defaults" for the defaults themselves.
    seeds : how many runs of each; at most 16 of each world of the map.
    at_once, cluster, progress : as for `sim.compare`.
    store : a folder in which finished runs of the map are found and kept; the others take
        seconds and are lived anew, since accounts must be followed in them.

    Returns
    -------
    tables ``criteria``, ``verdicts`` and ``map``

    Raises
    ------
    BadInput
        If a file does not exist, a number is out of range or the store cannot be written.
    """
    check(seeds)
    kept = Store(store) if isinstance(store, str | Path) else store
    tell = progress or (lambda share: None)
    measured: list[pd.DataFrame] = []
    maps: list[pd.DataFrame] = []
    with workers(at_once or os.cpu_count() or 1, "compiled", cluster) as pool:
        for done, name in enumerate(dict.fromkeys(assumptions)):
            given = None if name == DEFAULTS else name
            runs: dict[str, list[Facts]] = {}
            steps = part(tell, done / len(assumptions), 1.0 / len(assumptions))
            places = part(steps, 0.0, 1.0 - PART_OF_MAP)
            for n, place in enumerate(PLACES.values()):
                shown = part(places, n / len(PLACES), 1.0 / len(PLACES))
                runs[place.name] = lived(place, given, range(1, seeds + 1), pool, shown)
            of_map = signs.observe(
                signs.market(given),
                range(1, min(seeds, SEEDS_OF_MAP) + 1),
                Crew("auto", at_once, cluster, kept, part(steps, 1.0 - PART_OF_MAP, PART_OF_MAP)),
            )
            measured.append(judged(name, {**runs, MAP: of_map}))
            maps.append(drawn(name, of_map))
        criteria = pd.concat(measured, ignore_index=True)
        criteria = criteria.join(would_be(criteria, range(1, seeds + 1), pool))
    return Patterns(criteria, verdicts(criteria), pd.concat(maps, ignore_index=True))


def check(seeds: int) -> None:
    """Refuse a number of seeds that gives no interval, or never ends."""
    if type(seeds) is not int or not 2 <= seeds <= MOST_SEEDS:
        raise BadInput(f"seeds: {shown(seeds)} is not a whole number from 2 to {MOST_SEEDS}.")


def part(tell: Callable[[float], None], start: float, length: float) -> Callable[[float], None]:
    """Return what tells the share of one part of the work as that of the whole."""
    return lambda share: tell(start + length * share)


def lived(
    place: Place, given: Given, seeds: Sequence[int], pool: Executor, tell: Progress
) -> list[Facts]:
    """Return the facts of a place's runs, in the order of seeds."""
    settled = settle("auto", place.scenario(given))
    futures = {
        pool.submit(place.observe, settled.scenario, settled.engine, seed): seed for seed in seeds
    }
    found: dict[int, Facts] = {}
    for future in as_completed(futures):
        found[futures[future]] = future.result()
        tell(len(found) / len(futures))
    return [found[seed] for seed in seeds]


def judged(name: str, runs: dict[str, list[Facts]]) -> pd.DataFrame:
    """Return one row per criterion: measured value, interval and verdict."""
    rows = []
    for pattern in PATTERNS:
        for criterion in pattern.criteria:
            found = measure(runs[criterion.place], criterion.formula)
            rows.append(
                {
                    "assumptions": name,
                    "pattern": pattern.name,
                    "title": pattern.title,
                    "source": pattern.source,
                    "passes": pattern.passes,
                    "role": pattern.role,
                    "criterion": criterion.what,
                    "unit": criterion.unit,
                    "least": limit(criterion.low),
                    "most": limit(criterion.high),
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "seeds": found.seeds,
                    "verdict": verdict(found, criterion),
                    "how": criterion.how,
                    "why": criterion.why,
                }
            )
    return pd.DataFrame(rows)


def would_be(criteria: pd.DataFrame, seeds: Sequence[int], pool: Executor) -> pd.DataFrame:
    """Return what criteria that the defaults miss would be at the assumptions they hang on."""
    declared = {(one.name, each.what): each for one in PATTERNS for each in one.criteria}
    rows = {}
    for row in criteria.itertuples():
        criterion = declared[row.pattern, row.criterion]
        if row.assumptions == DEFAULTS and row.verdict != MET and criterion.would:
            place = PLACES[criterion.place]
            runs = lived(place, criterion.would, seeds, pool, lambda share: None)
            found = measure(runs, criterion.formula)
            told = ", ".join(f"{name} = {value:g}" for name, value in criterion.would.items())
            rows[row.Index] = (told, found.value, found.low, found.high)
    columns = ["would", "would_value", "would_low", "would_high"]
    return pd.DataFrame.from_dict(rows, "index", columns=columns).reindex(criteria.index)


def limit(bound: float) -> float:
    """Return a criterion's limit, not-a-number for none and zero for just beside it."""
    if not math.isfinite(bound):
        return float("nan")
    return 0.0 if abs(bound) < 1e-300 else bound


def verdicts(criteria: pd.DataFrame) -> pd.DataFrame:
    """Return one row per set of assumptions and pattern."""
    rows = criteria.groupby(["assumptions", "pattern", "title", "role"], sort=False)["verdict"]
    return rows.agg(lambda several: whole_verdict(list(several))).reset_index()


def drawn(name: str, runs: list[Facts]) -> pd.DataFrame:
    """Return the map of P12: what choice brings in each world, with its interval."""
    lock = np.array([facts["lock"] for facts in runs]).mean(axis=0)
    extra = np.array([facts["choice"] - facts["lock"] for facts in runs]) / np.abs(lock)
    bands = [interval(column) for column in extra.T]
    table = signs.worlds()
    table.insert(0, "assumptions", name)
    table[["gain", "low", "high"]] = bands
    table["seeds"] = len(runs)
    return table
