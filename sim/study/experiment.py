"""Many runs: programmes x seeds x variants, every programme of a seed under the same luck.

A worker simulates one world at a time (`sim.study.run_one.live`): results do not depend on the
number or kind of workers. What a store has is not simulated again; what is simulated is stored as
it finishes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.engines.build import Model, settle
from sim.study.columns import MONTHLY
from sim.study.crew import ALONE, Crew
from sim.study.failures import RunsFailed, table_of
from sim.study.identity import digest_of_programme, marks, world_of
from sim.study.indicators import INDICATORS, Indicator
from sim.study.run_one import Finished, live
from sim.study.user_policy.check import require
from sim.study.workers import workers
from sim.world.assumptions import changed
from sim.world.errors import Failure
from sim.world.scenario import Scenario

Variants = Mapping[str, Mapping[str, float]]
"""Assumptions that differ from the scenario's, by the name of the variant."""
CROWD = 1_000
"""Worlds that a cluster is given at once: more than it has workers, were others to join."""
MONTHS_KEPT = 200
"""Seeds beyond this number are not kept by month, so that memory does not grow with them."""


@dataclass(frozen=True)
class Results:
    """The finished runs of a scenario, in tidy tables."""

    scenario: Scenario
    seeds: tuple[int, ...]
    engine: str
    runs: pd.DataFrame
    """variant (if there are any), programme, seed, one column per indicator, and a digest of every
    bit of the run"""
    months: pd.DataFrame
    """the same keys, month, and one column per monthly indicator; seeds up to MONTHS_KEPT"""
    reused: int = 0
    """how many of the runs were there already"""
    own: tuple[Indicator, ...] = ()
    """indicators of one's own, measured besides"""

    @property
    def marks(self) -> dict[str, Any]:
        """What every table made of these runs says of itself, see `sim.study.identity.marks`."""
        keys = [key for key in ("variant", "programme", "seed", "digest") if key in self.runs]
        return marks(self.scenario, self.runs[keys].to_numpy(object).tolist())


class Experiment:
    """The runs of a scenario, of which more seeds can be asked for.

    Parameters
    ----------
    scenario : what to simulate; its seeds are ignored.
    crew : who does the work; results do not depend on it.
    variants : assumptions that differ from the scenario's, by the name of the variant.
    with_months : keep indicators by month, too.
    model : builds the market from agents of one's own; its runs are not stored, since nobody can
        tell whether its code has changed.
    own : indicators of one's own, measured besides; such runs are not stored, either.

    Raises
    ------
    BadInput
        If a variant changes what does not exist, or out of its range; or a policy of somebody's
        own is not sound.
    """

    def __init__(
        self,
        scenario: Scenario,
        crew: Crew = ALONE,
        *,
        variants: Variants | None = None,
        with_months: bool = True,
        model: Model | None = None,
        own: Sequence[Indicator] = (),
    ) -> None:
        require(scenario)
        self.engine, scenario, self.note = settle(crew.engine, scenario, model)
        self.scenario = scenario
        self.model = model
        self.own = tuple(own)
        self.at_once = crew.at_once or (os.cpu_count() if crew.cluster is None else CROWD) or 1
        self.cluster = crew.cluster
        self.progress = crew.progress
        self.store = None if model is not None or own else crew.store
        self.with_months = with_months
        self.is_varied = variants is not None
        usual = scenario.assumptions
        self.variants = {
            name: scenario._replace(assumptions=changed(usual, numbers, f"variant {name!r}"))
            for name, numbers in (variants or {"": {}}).items()
        }
        self.worlds = {name: world_of(one, self.engine) for name, one in self.variants.items()}
        self.digests = [digest_of_programme(studied) for studied in scenario.programmes]
        self.programmes = dict(zip(self.digests, scenario.programmes, strict=True))
        self.finished: dict[tuple[str, int], dict[str, Finished]] = {}
        self.failed: dict[tuple[str, int, str], Failure] = {}
        """by variant, seed and name of the programme"""
        self.reused = 0

    def keeps_months(self, seed: int) -> bool:
        """Return whether a seed's indicators by month are kept."""
        return self.with_months and seed <= MONTHS_KEPT

    def look_up(self, seeds: Iterable[int]) -> list[tuple[str, int]]:
        """Take what the store has for some seeds; return the worlds of which a run is missing."""
        seeds = list(seeds)
        return self.look_up_each((variant, seed) for variant in self.variants for seed in seeds)

    def look_up_each(self, wanted: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Do so for some seeds of some variants."""
        missing = []
        for variant, seed in wanted:
            here = self.finished.setdefault((variant, seed), {})
            if self.store is not None and not here:
                found = self.store.find(self.worlds[variant], seed, self.keeps_months(seed))
                here.update({name: found[name] for name in self.programmes if name in found})
                self.reused += self.count(here)
            if len(here) < len(self.programmes):
                missing.append((variant, seed))
        return missing

    def simulate(self, missing: list[tuple[str, int]]) -> None:
        """Simulate the runs that are missing of some worlds, keeping each world as it finishes.

        The crew's progress is told how much is done of all that was looked up.

        Raises
        ------
        RunsFailed
            Once all others are finished, if a policy failed in some of them.
        BadInput
            If a finished world cannot be stored.
        """
        whole = len(self.finished)
        done = whole - len(missing)
        queue = list(reversed(missing))
        waiting: dict[Future[list[Finished | Failure]], tuple[str, int]] = {}
        tell = self.progress or (lambda share: None)
        tell(done / whole)
        if not missing:
            return
        with workers(min(self.at_once, len(missing)), self.engine, self.cluster) as pool:
            while queue or waiting:
                while queue and len(waiting) < 2 * self.at_once:
                    variant, seed = queue.pop()
                    waiting[pool.submit(live, *self.task(variant, seed))] = (variant, seed)
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    self.take(*waiting.pop(future), future.result())
                    done += 1
                    tell(done / whole)
        if self.failed:
            raise self.failure()

    def failure(self) -> RunsFailed:
        """Return the error that tells of all runs that failed, with those that did not."""
        told = table_of(self.failed, self.scenario.burn_in_months, self.is_varied)
        first = self.failed[min(self.failed, key=lambda run: (run[1], run[0], run[2]))]
        return RunsFailed(told, self.results().runs, str(first))

    def lacking(self, variant: str, seed: int) -> list[str]:
        """Return the digests of the programmes not yet followed in a world.

        Worlds side by side begin with different ones, so that no contract is read by all at once.
        """
        names = [name for name in self.programmes if name not in self.finished[variant, seed]]
        at = seed % self.at_once * len(names) // self.at_once
        return [*names[at:], *names[:at]]

    def task(self, variant: str, seed: int) -> tuple[Any, ...]:
        """Return what a worker must know of a world: no more than is missing of it."""
        lacking = tuple(self.programmes[name] for name in self.lacking(variant, seed))
        scenario = self.variants[variant]._replace(programmes=lacking)
        return scenario, seed, self.engine, self.keeps_months(seed), self.model, self.own

    def take(self, variant: str, seed: int, runs: list[Finished | Failure]) -> None:
        """Take the runs of a world; store those that are finished."""
        fresh: dict[str, Finished] = {}
        for digest, run in zip(self.lacking(variant, seed), runs, strict=True):
            if isinstance(run, Failure):
                self.failed[variant, seed, self.programmes[digest].name] = run
            else:
                fresh[digest] = run
        if self.store is not None and fresh:
            named = {name: (self.programmes[name], run) for name, run in fresh.items()}
            self.store.keep(self.worlds[variant], seed, named)
        self.finished[variant, seed].update(fresh)

    def tally(self) -> tuple[int, int]:
        """Return how many runs are finished, and how many there are to be."""
        done = sum(self.count(runs) for runs in self.finished.values())
        return done, len(self.finished) * len(self.digests)

    def count(self, runs: Mapping[str, Finished]) -> int:
        """Return of how many programmes there is a run; two that are the same share theirs."""
        return sum(name in runs for name in self.digests)

    def results(self) -> Results:
        """Return all finished runs in tidy tables: variants, in them programmes, in them seeds."""
        seeds = sorted({seed for _, seed in self.finished})
        lived: dict[str, list[int]] = {variant: [] for variant in self.variants}
        for variant, seed in sorted(self.finished, key=lambda world: world[1]):
            lived[variant].append(seed)
        ordered = [
            (variant, studied.name, seed, self.finished[variant, seed][digest])
            for variant in self.variants
            for studied, digest in zip(self.scenario.programmes, self.digests, strict=True)
            for seed in lived[variant]
            if digest in self.finished[variant, seed]
        ]
        if not ordered:
            return Results(self.scenario, (), self.engine, pd.DataFrame(), pd.DataFrame())
        values = np.array([run.values for *_, run in ordered])
        runs = pd.DataFrame(
            {
                **self.keys(ordered),
                **{
                    one.name: values[:, place] for place, one in enumerate((*INDICATORS, *self.own))
                },
                "digest": [run.digest for *_, run in ordered],
            }
        )
        kept = [row for row in ordered if row[3].months is not None]
        found = Results(
            scenario=self.scenario._replace(seeds=len(seeds)),
            seeds=tuple(seeds),
            engine=self.engine,
            runs=runs,
            months=self.months_of(kept),
            reused=self.reused,
            own=self.own,
        )
        units = {one.name: one.unit for one in (*INDICATORS, *self.own)}
        found.runs.attrs = {**found.marks, "units": units}
        found.months.attrs = {**found.marks, "units": dict(MONTHLY)}
        return found

    def months_of(self, kept: list[Any]) -> pd.DataFrame:
        """Return the months of runs in one table."""
        columns = [run.months for *_, run in kept]
        if not columns:
            return pd.DataFrame()
        lengths = [len(months["month"]) for months in columns]
        return pd.DataFrame(
            {
                **{key: np.repeat(values, lengths) for key, values in self.keys(kept).items()},
                **{key: np.concatenate([one[key] for one in columns]) for key in columns[0]},
            }
        )

    def keys(self, rows: list[Any]) -> dict[str, Any]:
        """Return the columns that tell runs apart."""
        variants, programmes, seeds, _ = zip(*rows, strict=True)
        told = {"variant": np.array(variants, object)} if self.is_varied else {}
        return {**told, "programme": np.array(programmes, object), "seed": np.array(seeds)}


def run(scenario: Scenario, crew: Crew = ALONE, **options: Any) -> Results:
    """Simulate every programme of a scenario for each of its seeds, under the same luck.

    Parameters
    ----------
    crew, options : those of `Experiment`. Variants meet the same luck, too.
    """
    experiment = Experiment(scenario, crew, **options)
    experiment.simulate(experiment.look_up(range(1, scenario.seeds + 1)))
    return experiment.results()
