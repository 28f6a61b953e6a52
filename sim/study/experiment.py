"""Many runs: every programme of a scenario under the same luck, for several seeds.

The burn-in under the incumbent is simulated once per seed and branched, so that all programmes
inherit the same partners, clients and records. Work is spread over threads or processes; results do
not depend on how many.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.engines.build import Market
from sim.study import indicators
from sim.study.run import start
from sim.study.workers import workers
from sim.world.programme import Programme
from sim.world.scenario import Scenario

Progress = Callable[[float], None]
"""Called with the share of the work that is done, 0-1."""


@dataclass(frozen=True)
class Results:
    """The finished runs of a scenario, in tidy tables."""

    scenario: Scenario
    seeds: tuple[int, ...]
    engine: str
    runs: pd.DataFrame
    """programme, seed, one column per indicator, and a digest of every bit of the run"""
    months: pd.DataFrame
    """programme, seed, month, and one column per monthly indicator"""


def grow(scenario: Scenario, seed: int, engine: str) -> Market:
    """Return a market at its decision month, ready to be branched."""
    market = start(scenario, seed, engine, keep_ledger=False)
    market.advance(scenario.burn_in_months)
    return market


def follow(scenario: Scenario, seed: int, grown: Market, studied: Programme) -> Any:
    """Return one run's indicators, whole and by month, from its decision month on."""
    market = grown.branch(studied)
    market.advance(12 * scenario.years)
    outcome = market.outcome()
    labels: dict[str, Any] = {"programme": studied.name, "seed": seed}
    summary = indicators.summary(outcome, scenario.burn_in_months, scenario.assumptions)
    months = indicators.monthly(outcome, scenario.burn_in_months, scenario.assumptions)
    for place, (name, value) in enumerate(labels.items()):
        months.insert(place, name, value)
    return {**labels, **summary, "digest": outcome.digest()}, months


def run(
    scenario: Scenario,
    *,
    engine: str = "auto",
    at_once: int | None = None,
    progress: Progress | None = None,
) -> Results:
    """Simulate every programme of a scenario for each of its seeds, under the same luck.

    Parameters
    ----------
    scenario : what to simulate.
    engine : "compiled", "mesa", or "auto" for the former.
    at_once : how many runs at once; by default one for each processor.
    progress : told the share of the work done as it goes on.
    """
    seeds = tuple(range(1, scenario.seeds + 1))
    programmes = scenario.programmes
    burn_in, studied = scenario.burn_in_months, 12 * scenario.years
    whole = len(seeds) * (burn_in + len(programmes) * studied)
    number = min(at_once or os.cpu_count() or 1, len(seeds) * len(programmes))
    done = 0
    found: dict[tuple[int, int], Any] = {}
    with workers(number, engine) as pool:
        waiting: dict[Future[Any], tuple[int, int]] = {}
        queue = [(seed, -1) for seed in reversed(seeds)]
        grown: dict[int, Market] = {}
        while queue or waiting:
            while queue and len(waiting) <= number:
                seed, place = queue.pop()
                task = (
                    (grow, scenario, seed, engine)
                    if place < 0
                    else (follow, scenario, seed, grown[seed], programmes[place])
                )
                waiting[pool.submit(*task)] = (seed, place)
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                seed, place = waiting.pop(future)
                if place < 0:
                    grown[seed] = future.result()
                    queue += [(seed, later) for later in reversed(range(len(programmes)))]
                    done += burn_in
                else:
                    found[seed, place] = future.result()
                    done += studied
                if progress is not None:
                    progress(done / whole)
    ordered = [found[seed, place] for place in range(len(programmes)) for seed in seeds]
    return Results(scenario, seeds, "compiled" if engine == "auto" else engine, *tables(ordered))


def tables(found: Sequence[tuple[dict[str, Any], pd.DataFrame]]) -> tuple[pd.DataFrame, ...]:
    """Return the runs' indicators and months as two tidy tables."""
    return (
        pd.DataFrame([summary for summary, _ in found]),
        pd.concat([months for _, months in found], ignore_index=True),
    )
