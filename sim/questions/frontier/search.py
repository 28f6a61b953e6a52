"""The search for a frontier: programmes bred, generation by generation, from the best before.

Every programme is tried on the same few seeds, far from those on which the finds are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from policies import registry
from sim.engines.build import Model
from sim.questions.frontier import space
from sim.questions.frontier.space import Numbers
from sim.study.crew import ALONE, Crew
from sim.study.experiment import Experiment
from sim.study.indicators import BY_NAME
from sim.world.errors import BadInput, shown, unknown_name
from sim.world.programme import Programme
from sim.world.scenario import Scenario

Floats = npt.NDArray[np.float64]
AIMS = ("npv", "income_active", "client_churn")
"""What the vendor, active partners and clients want."""
MOST_FOUND = 24
"""Programmes that a search returns; of more, those that lie farthest apart."""
FIRST_SEED = 100_001
"""Beyond the seeds that any study asks for, so that none has seen what the search chose by."""
RANGES = {
    "population": (4, 1_000),
    "generations": (1, 1_000),
    "search_seeds": (1, 1_000),
    "seeds": (2, 10_000),
    "luck": (0, 2**32 - 1),
}


class Search(NamedTuple):
    """How far to search, and for whom."""

    aims: tuple[str, ...] = AIMS
    """indicators that each are to be as good as can be"""
    population: int = 32
    """programmes of a generation"""
    generations: int = 30
    search_seeds: int = 4
    seeds: int = 32
    """on which the finds are judged"""
    may_lose: float = 0.1
    """share of the baseline's level that a programme may lose in any aim: beyond it nobody would
    agree, but a frontier goes on to whoever is given everything"""
    is_grandfathered: bool = True
    """clients won before the decision keep the contract they were won under, for ever"""
    luck: int = 1
    """of the search itself; another finds others"""


def check(search: Search) -> Search:
    """Return a search that can be made.

    Raises
    ------
    BadInput
        If an aim is no indicator, or nobody's good, or a number is out of range.
    """
    for aim in search.aims:
        if aim not in BY_NAME:
            raise unknown_name("indicator", aim, BY_NAME, "aims")
        if not BY_NAME[aim].better:
            raise BadInput(
                f"aims: {aim}: one side's gain is another's cost there, so more is neither better "
                "nor worse. Choose an indicator that somebody wants high or low, such as "
                f"{', '.join(AIMS)}."
            )
    if not 2 <= len(set(search.aims)) == len(search.aims) <= 4:
        told = ", ".join(search.aims) or "none"
        raise BadInput(f"aims: {told}: name two to four different indicators.")
    for name, (low, high) in RANGES.items():
        value = getattr(search, name)
        if type(value) is not int or not low <= value <= high:
            raise BadInput(f"{name}: {shown(value)} is not a whole number from {low} to {high}.")
    if not 0.0 <= search.may_lose <= 100.0:
        raise BadInput(
            f"may_lose: {shown(search.may_lose)} is not from 0 to 100 times the baseline's level; "
            "0.1 lets each side lose at most a tenth."
        )
    return search


def runs_of(search: Search) -> int:
    """Return how many runs a search takes at the most, those on which finds are judged included."""
    tried = search.population * search.generations * search.search_seeds
    return tried + (MOST_FOUND + len(registry.available())) * search.seeds


def oriented(runs: pd.DataFrame, aims: Sequence[str]) -> dict[str, Floats]:
    """Return what each programme does by seed and aim, so that more is better.

    Returns
    -------
    by programme: shape (seeds, aims)
    """
    signs = np.array([BY_NAME[aim].better for aim in aims], np.float64)
    return {
        str(name): signs * group.sort_values("seed")[list(aims)].to_numpy(np.float64)
        for name, group in runs.groupby("programme", sort=False)
    }


class Landscape:
    """What programmes do on the seeds of a search, each simulated once.

    Parameters
    ----------
    base : the programme from which differences are taken.
    model : as for `sim.study.experiment.Experiment`.
    """

    def __init__(
        self, scenario: Scenario, search: Search, base: Programme, model: Model | None = None
    ) -> None:
        self.scenario, self.search, self.base, self.model = scenario, search, base, model
        self.seeds = range(FIRST_SEED, FIRST_SEED + search.search_seeds)
        self.tried: dict[tuple[Any, ...], Numbers] = {}
        self.gains: dict[tuple[Any, ...], Floats] = {}
        """by programme: mean difference to the base as a share of its level (where that is zero,
        in the aim's unit), positive if better, shape (aims,)"""
        self.base_values: Floats | None = None
        """shape (seeds, aims)"""
        self.reused = 0
        """how many of the runs were there already"""

    def measure(self, wanted: Sequence[Numbers], crew: Crew = ALONE) -> Floats:
        """Return the gains of some programmes, shape (programmes, aims).

        Not a number where a programme makes no sense or an aim is undefined under it.
        """
        fresh: dict[str, tuple[Any, ...]] = {}
        studied = [self.base] if self.base_values is None else []
        for numbers in wanted:
            key = tuple(numbers.values())
            if key in self.gains:
                continue
            self.tried[key] = numbers
            self.gains[key] = np.full(len(self.search.aims), np.nan)
            name = f"tried_{len(self.tried)}"
            try:
                made = space.as_programme(name, numbers, self.search.is_grandfathered)
            except BadInput:
                continue
            fresh[name] = key
            studied.append(made)
        if fresh:
            asked = self.scenario._replace(programmes=tuple(studied), baseline=self.base.name)
            experiment = Experiment(asked, crew, with_months=False, model=self.model)
            experiment.simulate(experiment.look_up(self.seeds))
            results = experiment.results()
            self.reused += results.reused
            found = oriented(results.runs, self.search.aims)
            if self.base_values is None:
                self.base_values = self.defined(found[self.base.name])
            for name, key in fresh.items():
                self.gains[key] = (found[name] - self.base_values).mean(axis=0) / self.scale
        return np.array([self.gains[tuple(numbers.values())] for numbers in wanted])

    def defined(self, values: Floats) -> Floats:
        """Return what the base does.

        Raises
        ------
        BadInput
            If an aim is undefined under it, as nobody of that kind is there.
        """
        for aim, column in zip(self.search.aims, values.T, strict=True):
            if np.isnan(column).any():
                raise BadInput(
                    f"aims: {aim}: undefined under the baseline {self.base.name}, so there is "
                    "nothing to compare with. Choose another indicator or baseline."
                )
        return values

    @property
    def scale(self) -> Floats:
        """What a gain of one is, by aim: the base's level, or one unit where that is zero."""
        assert self.base_values is not None
        level = np.abs(self.base_values.mean(axis=0))
        return np.where(level > 0.0, level, 1.0)

    def table(self) -> pd.DataFrame:
        """Return every programme tried: its decisions and `differences`."""
        return pd.DataFrame(
            [{**numbers, **self.differences(numbers)} for numbers in self.tried.values()]
        )

    def differences(self, numbers: Numbers) -> dict[str, float]:
        """Return a programme's mean paired difference to the base, by aim, in the aims' units."""
        changes = self.gains[tuple(numbers.values())] * self.scale
        return {
            aim: BY_NAME[aim].better * float(change)
            for aim, change in zip(self.search.aims, changes, strict=True)
        }

    def excess(self, gains: Floats) -> Floats:
        """Return how much more than allowed each programme loses in some aim, at most 0 if none.

        Of a level of zero there is no share that could be lost, so any loss is allowed there.

        Parameters
        ----------
        gains : shape (programmes, aims).
        """
        assert self.base_values is not None
        is_bound = self.base_values.mean(axis=0) != 0.0
        lost = np.where(is_bound | np.isnan(gains), -gains, 0.0).max(axis=1)
        return np.asarray(np.nan_to_num(lost - self.search.may_lose, nan=np.inf))

    def best(self) -> list[Numbers]:
        """Return the programmes that no other beats everywhere, at most `MOST_FOUND`.

        Raises
        ------
        BadInput
            If every programme tried costs somebody more than allowed.
        """
        from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

        keys = [key for key, gains in self.gains.items() if self.excess(gains[None])[0] <= 0.0]
        if not keys:
            raise BadInput(
                f"none of {len(self.gains)} programmes tried keeps every aim within "
                f"{self.search.may_lose:g} of the baseline's level. Let them lose more (may_lose), "
                "or try more generations."
            )
        losses = -np.array([self.gains[key] for key in keys])
        front = NonDominatedSorting().do(losses, only_non_dominated_front=True)
        chosen = [keys[at] for at in front]
        return [self.tried[chosen[at]] for at in spread(losses[front], MOST_FOUND)]


def explore(landscape: Landscape, search: Search, crew: Crew = ALONE) -> None:
    """Try programmes, generation by generation, each bred from the best of those before."""
    from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowding
    from pymoo.core.duplicate import DefaultDuplicateElimination
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.problems.static import StaticProblem

    axes = len(space.NAMES)
    problem = Problem(n_var=axes, n_obj=len(search.aims), n_ieq_constr=1, xl=0.0, xu=1.0)
    begin = [space.point_of(numbers) for numbers in space.known()][: search.population]
    rest = np.random.default_rng(search.luck).random((search.population - len(begin), axes))
    algorithm = NSGA2(
        pop_size=search.population,
        sampling=np.array([*begin, *map(tidy, rest)]),
        survival=RankAndCrowding(crowding_func="mnn" if len(search.aims) > 2 else "pcd"),
        eliminate_duplicates=DefaultDuplicateElimination(
            func=lambda crowd: np.array([tidy(point) for point in crowd.get("X")])
        ),
    )
    algorithm.setup(problem, termination=("n_gen", search.generations), seed=search.luck)
    for generation in range(search.generations):
        asked = algorithm.ask()
        points = np.array([tidy(point) for point in asked.get("X")])
        asked.set("X", points)
        wanted = [space.numbers_at(point) for point in points]
        part = crew.for_part(generation / search.generations, 1.0 / search.generations)
        gains = landscape.measure(wanted, part)
        excess = np.minimum(landscape.excess(gains), 1e6)
        outcome = StaticProblem(problem, F=-np.nan_to_num(gains), G=excess[:, None])
        Evaluator().eval(outcome, asked)
        algorithm.tell(infills=asked)


def tidy(point: Floats) -> Floats:
    """Return the point that stands for the same programme as a point of the unit cube."""
    return space.point_of(space.numbers_at(point))


def spread(points: Floats, number: int) -> list[int]:
    """Return the rows of so many points that lie far apart, the extremes of each column first.

    Parameters
    ----------
    points : shape (points, columns); each column counts by its own range.

    >>> spread(np.array([[0.0, 3.0], [1.0, 2.9], [1.1, 1.0], [3.0, 0.0]]), 3)
    [0, 2, 3]
    """
    span = np.ptp(points, axis=0)
    scaled = (points - points.min(axis=0)) / np.where(span > 0.0, span, 1.0)
    picked = list(dict.fromkeys(int(at) for at in scaled.argmin(axis=0)))[:number]
    while len(picked) < min(number, len(points)):
        apart = np.linalg.norm(scaled[:, None] - scaled[picked], axis=2).min(axis=1)
        apart[picked] = -1.0
        picked.append(int(apart.argmax()))
    return sorted(picked)
