"""Many runs: every programme of a scenario under the same luck, for several seeds.

The burn-in under the incumbent is simulated once per seed and branched, so that all programmes
inherit the same partners, clients and records. Work is spread over processes; results do not
depend on how many.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.study import indicators
from sim.study.run import start
from sim.world.programme import Programme
from sim.world.scenario import Scenario

if TYPE_CHECKING:
    from sim.engines.model import PartnerMarket

Progress = Callable[[float], None]
"""Called with the share of the work that is done, 0-1."""


@dataclass(frozen=True)
class Results:
    """The finished runs of a scenario, in tidy tables."""

    scenario: Scenario
    seeds: tuple[int, ...]
    runs: pd.DataFrame
    """programme, seed, one column per indicator, and a digest of every bit of the run"""
    months: pd.DataFrame
    """programme, seed, month, and one column per monthly indicator"""


def grow(scenario: Scenario, seed: int) -> bytes:
    """Return a market at its decision month, ready to be branched."""
    market = start(scenario, seed, keep_ledger=False)
    for _ in range(scenario.burn_in_months):
        market.step()
    return pickle.dumps(market)


def follow(scenario: Scenario, seed: int, grown: bytes, studied: Programme) -> Any:
    """Return one run's indicators, whole and by month, from its decision month on."""
    market: PartnerMarket = pickle.loads(grown)
    market.adopt(studied)
    for _ in range(12 * scenario.years):
        market.step()
    outcome = market.outcome()
    labels: dict[str, Any] = {"programme": studied.name, "seed": seed}
    summary = indicators.summary(outcome, scenario.burn_in_months, scenario.assumptions)
    months = indicators.monthly(outcome, scenario.burn_in_months, scenario.assumptions)
    for place, (name, value) in enumerate(labels.items()):
        months.insert(place, name, value)
    return {**labels, **summary, "digest": outcome.digest()}, months


class Here:
    """An executor that works in this process, for one worker."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Do the task at once."""
        future: Future[Any] = Future()
        future.set_result(task(*arguments))
        return future


@contextmanager
def workers(number: int) -> Iterator[Any]:
    """Yield an executor over so many processes, which are ended with the block."""
    if number == 1:
        yield Here()
        return
    from loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=number)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, kill_workers=True)


def run(
    scenario: Scenario,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Results:
    """Simulate every programme of a scenario for each of its seeds, under the same luck.

    Parameters
    ----------
    scenario : what to simulate.
    processes : how many work at once; by default one for each processor.
    progress : told the share of the work done as it goes on.
    """
    seeds = tuple(range(1, scenario.seeds + 1))
    programmes = scenario.programmes
    burn_in, studied = scenario.burn_in_months, 12 * scenario.years
    whole = len(seeds) * (burn_in + len(programmes) * studied)
    number = min(processes or os.cpu_count() or 1, len(seeds) * len(programmes))
    done = 0
    found: dict[tuple[int, int], Any] = {}
    with workers(number) as pool:
        waiting: dict[Future[Any], tuple[int, int]] = {}
        queue = [(seed, -1) for seed in reversed(seeds)]
        grown: dict[int, bytes] = {}
        while queue or waiting:
            while queue and len(waiting) <= number:
                seed, place = queue.pop()
                task = (
                    (grow, scenario, seed)
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
    return Results(scenario, seeds, *tables(ordered))


def tables(found: Sequence[tuple[dict[str, Any], pd.DataFrame]]) -> tuple[pd.DataFrame, ...]:
    """Return the runs' indicators and months as two tidy tables."""
    return (
        pd.DataFrame([summary for summary, _ in found]),
        pd.concat([months for _, months in found], ignore_index=True),
    )
