"""The frontier: programmes that nobody can improve for one side without hurting another.

What a search finds best was also lucky on the seeds it saw, so its finds are judged again on
others, beside the scenario's programmes and the shipped ones. All earlier clients keep the
contract they were won under, unless asked otherwise: else a programme could win by taking from
partners what they were promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from sim.engines.build import Model
from sim.questions.frontier import space
from sim.questions.frontier.search import (
    AIMS,
    MOST_FOUND,
    Floats,
    Landscape,
    Search,
    check,
    explore,
    oriented,
)
from sim.questions.frontier.space import Numbers
from sim.questions.result import Result
from sim.study.crew import ALONE, Crew
from sim.study.differences import CONFIDENCE
from sim.study.experiment import Results, run
from sim.study.identity import digest_of_programme
from sim.study.indicators import BY_NAME
from sim.study.request import WHAT, WHO, Request, takes
from sim.world import scenario as scenarios
from sim.world.programme import Programme, programme
from sim.world.scenario import Scenario

NAMED = ("first_sale_lock", "client_choice", "split_reward", "recurring_forty")
UNDOMINATED, WITHIN_NOISE, DOMINATED = "undominated", "within noise", "dominated"
"""By no other programme; by one, but not beyond noise; beyond noise."""


@dataclass(frozen=True)
class Frontier(Result):
    """What a search found: programmes that nobody can improve for one side without hurting another.

    ``table`` has one row per programme found (p01, ...) and known: is_found; status (undominated;
    within noise: another has better means, but not beyond noise; dominated); dominated_by (beyond
    noise, names separated by commas); for each aim its level, and the paired difference to the
    baseline (``_difference``, ``_low``, ``_high``: 95 %), on seeds that the search has not seen,
    and the difference on those that it has (``_in_search``); then the decisions of those found.
    Its ``attrs`` have the baseline and the units.
    """

    room = "frontier"
    scenario: Scenario
    """the programmes compared: the baseline, others that are known, and those found, to be studied
    further by name, as in ``robustness(found.scenario, policies=["first_sale_lock", "p01"])``"""
    search: Search
    table: pd.DataFrame
    tried: pd.DataFrame
    """every programme tried: its decisions and, for each aim, the mean paired difference to the
    baseline on the seeds of the search"""
    results: Results
    """the runs on which the table rests"""
    reused: int
    """how many of these and of the search's runs were there already"""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what was found, by name."""
        return {"frontier": self.table}


@takes(
    *WHAT,
    *WHO,
    because={
        "policies": "programmes are searched for, beside those of the scenario",
        "worlds": "it searches in the scenario's own world; live in others with what it found",
        "basis": "it varies rates itself",
        "precision": "ask for more seeds",
        "indicators": "name those that the model declares as aims",
    },
)
def frontier(
    request: Request,
    crew: Crew,
    *,
    aims: Sequence[str] = AIMS,
    population: int = Search().population,
    generations: int = Search().generations,
    search_seeds: int = Search().search_seeds,
    seeds: int = Search().seeds,
    may_lose: float = Search().may_lose,
    is_grandfathered: bool = True,
    luck: int = 1,
) -> Frontier:
    """Search for programmes that nobody can improve for one side without hurting another.

    Parameters
    ----------
    aims : two to four indicators that each are to be as good as can be.
    population, generations : how many programmes to try.
    search_seeds, seeds : on which they are tried, and others on which the finds are judged.
    may_lose : share of the baseline's level that a programme may lose in any aim.
    is_grandfathered : clients won before keep the contract they were won under, for ever.
    luck : of the search itself; another finds others.

    Returns
    -------
    ``table``: the programmes found and known, with what they do for each aim; ``tried``: all that
    were tried; ``scenario``: the programmes, to be studied further

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    search = Search(
        tuple(aims), population, generations, search_seeds, seeds, may_lose, is_grandfathered, luck
    )
    return find(request.scenario, search, crew, request.model)


def find(
    scenario: Scenario, search: Search, crew: Crew = ALONE, model: Model | None = None
) -> Frontier:
    """Search for programmes that nobody can improve for one side without hurting another.

    Parameters
    ----------
    scenario : its market, horizon and incumbent; its baseline is the programme of reference.
    crew, model : as for `sim.study.experiment.Experiment`.
    """
    search = check(search)
    known = known_programmes(scenario, search.is_grandfathered)
    landscape = Landscape(scenario, search, known[0], model)
    tried = search.population * search.generations * search.search_seeds
    judged = (len(known) + MOST_FOUND) * search.seeds
    first = tried / (tried + judged)
    explore(landscape, search, crew.for_part(0.0, first))
    found = {f"found_{n}": numbers for n, numbers in enumerate(landscape.best(), 1)}
    made = [
        space.as_programme(name, numbers, search.is_grandfathered)
        for name, numbers in found.items()
    ]
    asked = scenario._replace(
        programmes=(*known, *made), baseline=known[0].name, seeds=search.seeds
    )
    rest = crew.for_part(first, 1.0 - first)
    results = run(asked, rest, with_months=False, model=model)
    return judge(asked, search, results, found, landscape)


def kept(studied: Programme, is_grandfathered: bool) -> Programme:
    """Return a programme under which earlier clients keep their contract, if that is asked for."""
    if not is_grandfathered:
        return studied
    return studied._replace(conduct=studied.conduct._replace(grandfather_months=space.ALWAYS))


def known_programmes(scenario: Scenario, is_grandfathered: bool) -> list[Programme]:
    """Return the scenario's programmes, the four named policies and those of shipped scenarios.

    Of the shipped ones, those that live under the same assumptions and do not change on the way.
    Each is there once, under its first name; the scenario's baseline comes first.
    """
    own = sorted(scenario.programmes, key=lambda one: one.name != scenario.baseline)
    shipped = [
        studied._replace(name=f"{name}/{studied.name}")
        for name in scenarios.shipped()
        if (other := scenarios.load(name)).assumptions == scenario.assumptions
        for studied in other.programmes
        if not studied.changes and not studied.incidents
    ]
    once: dict[str, Programme] = {}
    for studied in (*own, *(programme(name) for name in NAMED), *shipped):
        same = kept(studied, is_grandfathered)
        once.setdefault(digest_of_programme(same), same)
    return list(once.values())


def judge(
    asked: Scenario,
    search: Search,
    results: Results,
    found: dict[str, Numbers],
    landscape: Landscape,
) -> Frontier:
    """Return what the runs on fresh seeds say about the programmes found and those known.

    Of those known that are the same for everybody on every seed, only the first is kept, and so
    of those found.
    """
    values = oriented(results.runs, search.aims)
    landscape.defined(values[asked.baseline])
    known = [one.name for one in asked.programmes if one.name not in found]
    first: dict[tuple[bool, bytes], str] = {}
    for name in (*known, *found):
        if not np.isnan(values[name]).any():
            first.setdefault((name in found, values[name].tobytes()), name)
    names = list(first.values())
    better, surely = dominance(np.array([values[name] for name in names]))
    status = {
        name: DOMINATED if by_any[1] else WITHIN_NOISE if by_any[0] else UNDOMINATED
        for name, by_any in zip(names, np.transpose(np.any([better, surely], axis=1)), strict=True)
    }
    ranked = sorted(
        (name for name in names if name in found),
        key=lambda name: (status[name] == DOMINATED, -values[name][:, 0].mean()),
    )
    called = {name: f"p{n:02}" for n, name in enumerate(ranked, 1)}
    shown = {**called, **{name: name for name in known if name in names}}
    rows = []
    for name, title in shown.items():
        over = [shown[names[by]] for by in np.flatnonzero(surely[:, names.index(name)])]
        rows.append(
            {
                "programme": title,
                "is_found": name in found,
                "status": status[name],
                "dominated_by": ", ".join(sorted(over)),
                **measured(values[name], values[asked.baseline], search.aims),
                **(in_search(landscape, found[name]) if name in found else {}),
            }
        )
    by_name = {one.name: one for one in asked.programmes}
    asked = asked._replace(
        programmes=tuple(by_name[name]._replace(name=title) for name, title in shown.items())
    )
    kept_runs = results.runs[results.runs["programme"].isin(shown)]
    told = kept_runs.assign(programme=kept_runs["programme"].map(shown)).reset_index(drop=True)
    table = pd.DataFrame(rows)
    table.attrs = {
        **results.marks,
        "baseline": asked.baseline,
        "units": {aim: BY_NAME[aim].unit for aim in search.aims},
    }
    return Frontier(
        asked,
        search,
        table,
        landscape.table(),
        replace(results, scenario=asked, runs=told),
        landscape.reused + results.reused,
    )


def measured(values: Floats, base: Floats, aims: Sequence[str]) -> dict[str, float]:
    """Return level and paired difference with its interval, aim by aim, in the aims' own signs.

    Parameters
    ----------
    values, base : shape (seeds, aims); more is better.
    """
    signs = np.array([BY_NAME[aim].better for aim in aims], np.float64)
    level, mean = (values * signs).mean(axis=0), ((values - base) * signs).mean(axis=0)
    reach = reach_of(values - base)
    row = {}
    for at, aim in enumerate(aims):
        row[aim] = level[at]
        row[f"{aim}_difference"] = mean[at]
        row[f"{aim}_low"], row[f"{aim}_high"] = mean[at] - reach[at], mean[at] + reach[at]
    return row


def in_search(landscape: Landscape, numbers: Numbers) -> dict[str, Any]:
    """Return what a programme did in the search, and its decisions."""
    told = landscape.differences(numbers)
    return {**{f"{aim}_in_search": value for aim, value in told.items()}, **numbers}


def reach_of(differences: Floats) -> Floats:
    """Return half of the 95 % interval of each mean over seeds (Student's t).

    Parameters
    ----------
    differences : shape (..., seeds, aims).

    Returns
    -------
    shape (..., aims)
    """
    seeds = differences.shape[-2]
    error = differences.std(axis=-2, ddof=1) / seeds**0.5
    return np.asarray(float(stdtrit(seeds - 1, 0.5 + CONFIDENCE / 2.0)) * error)


def dominance(values: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which programme dominates which: by the means, and beyond noise.

    By the means: nowhere worse, somewhere better. Beyond noise: in every aim either better, with
    a paired difference whose 95 % interval leaves out zero, or the same on every seed.

    Parameters
    ----------
    values : shape (programmes, seeds, aims); more is better.

    Returns
    -------
    two of shape (programmes, programmes): the row's programme dominates the column's

    >>> best, good, other = [[3.0], [3.1]], [[1.0], [1.2]], [[2.9], [3.2]]
    >>> [part.astype(int).tolist() for part in dominance(np.array([best, good, other]))]
    [[[0, 1, 0], [0, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 0], [0, 1, 0]]]
    """
    better = np.zeros((len(values), len(values)), np.bool_)
    surely = np.zeros_like(better)
    for at, ours in enumerate(values):
        gains = ours - values
        mean, reach = gains.mean(axis=1), reach_of(gains)
        better[at] = (mean >= 0.0).all(axis=1) & (mean > 0.0).any(axis=1)
        is_same = (gains == 0.0).all(axis=1)
        is_better = mean > reach
        surely[at] = (is_better | is_same).all(axis=1) & is_better.any(axis=1)
    return better, surely
