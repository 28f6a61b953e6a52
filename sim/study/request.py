"""One way to ask: what every question takes, resolved and checked before anything slow begins."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

import pandas as pd

from sim.engines.build import Model
from sim.study.chosen import (
    MOST_SEEDS,
    Assumed,
    Source,
    Studied,
    check_engine,
    check_number,
    check_seed,
    choose,
)
from sim.study.crew import Crew, Progress
from sim.study.indicators import BY_NAME, Indicator
from sim.study.precision import Goal, goal_of
from sim.study.store import Store
from sim.world.errors import BadInput, shown, unknown_name
from sim.world.scenario import Scenario

R = TypeVar("R")


class Said(TypedDict, total=False):
    """What questions take besides a scenario; `MEANINGS` says what each does."""

    assumptions: Assumed
    market: str | Path | None
    policies: Sequence[Studied] | None
    model: Model | None
    seeds: int | Sequence[int] | None
    worlds: int | pd.DataFrame | None
    years: int | None
    burn_in: int | None
    partners: int | None
    clients: int | None
    basis: str | None
    indicators: Sequence[Indicator] | None
    precision: str | float | None
    indicator: str | None
    max_seeds: int | None
    engine: str | None
    at_once: int | None
    cluster: Any
    store: str | Path | Store | None
    progress: Progress | None


MEANINGS: Mapping[str, str] = {
    "assumptions": "numbers by name, or `Assumptions`, that win over the scenario's own; or the "
    'name or path of a file of them, such as "calibrated", that stand in place of the defaults',
    "market": "name or path of a market, instead of the scenario's own",
    "policies": "policies or their names, or programmes of the scenario by name, instead of all "
    "of its own; the scenario's baseline stays if it is among them, else the first is the baseline",
    "model": "a subclass of `PartnerMarket`, or a function that builds one from the same keywords; "
    "it runs on the Mesa engine, and its runs are not stored",
    "seeds": "how many seeds, or a list of them, instead of the scenario's own number",
    "worlds": "how many other worlds to live in, or a DataFrame of them: a row each, a column for "
    "each assumption that differs, and ``weight`` if they do not count alike",
    "years": "years after the decision, instead of the scenario's own",
    "burn_in": "months under the incumbent programme before, instead of the scenario's own",
    "partners": "potential partners, instead of the market's own",
    "clients": "accounts, instead of the market's own",
    "basis": '"rate", "budget" or "best": put the programmes at the baseline\'s rate, at its '
    "commission budget, or each at its own best rate",
    "indicators": "indicators of one's own, to be measured besides; their runs are not stored",
    "precision": 'such as "1%" or 0.01: add seeds until half of the 95 % interval of every '
    "difference is at most this share of the baseline's level",
    "indicator": "the one that is to be so precise, by default NPV",
    "max_seeds": "where to stop if that is not reached, by default at 10 000",
    "engine": '"compiled", "mesa" (slower, the same to the last bit), or "auto" for the former',
    "at_once": "how many worlds at once, by default one for each processor",
    "cluster": "a dask cluster whose workers do the work: its scheduler's address, or a client "
    "of it",
    "store": 'a folder in which finished runs are found and kept, such as "results"; by default '
    "none",
    "progress": "told the share of the work that is done, 0-1",
}
"""What each of `Said` does, for docstrings and refusals."""
WHAT = ("assumptions", "market", "years", "burn_in", "partners", "clients", "model")
"""What decides the world of every question."""
WHO = ("engine", "at_once", "cluster", "store", "progress")
"""Who does the work of every question."""


@dataclass(frozen=True)
class Request:
    """What is asked, with everything that the call says in its place."""

    scenario: Scenario
    seeds: tuple[int, ...]
    are_named: bool = False
    """seeds were listed rather than counted"""
    worlds: int | pd.DataFrame | None = None
    basis: str | None = None
    goal: Goal | None = None
    indicators: tuple[Indicator, ...] = ()
    model: Model | None = None


def takes(
    *names: str, because: Mapping[str, str] | None = None
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Let a question be asked as all are: what is said becomes a request and a crew.

    Parameters
    ----------
    names : what of `Said` has an effect on the question; the rest is refused.
    because : why something has none, by name.
    """

    def register(body: Callable[..., R]) -> Callable[..., R]:
        own = list(inspect.signature(body).parameters.values())[2:]

        @functools.wraps(body)
        def asked(scenario: Source = None, **said: Any) -> R:
            options = {one.name: said.pop(one.name) for one in own if one.name in said}
            for name in said:
                if name not in MEANINGS:
                    legal = [*names, *(one.name for one in own)]
                    raise unknown_name("argument", name, legal, body.__name__)
                if name not in names:
                    reason = (because or {}).get(name, "nothing in this question depends on it")
                    raise BadInput(f"{body.__name__}: {name} has no effect here: {reason}.")
            request, crew = ask(scenario, **said)
            return body(request, crew, **options)

        told: Any = asked
        told.__signature__ = signature(own, names)
        told.__doc__ = documented(body.__doc__ or "", names)
        return asked

    return register


def signature(own: Sequence[inspect.Parameter], names: Sequence[str]) -> inspect.Signature:
    """Return the signature of a question: a scenario, its own options, and what all take."""
    kind = inspect.Parameter.KEYWORD_ONLY
    first = inspect.Parameter("scenario", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
    shared = [inspect.Parameter(name, kind, default=None) for name in names]
    return inspect.Signature([first, *(one.replace(kind=kind) for one in own), *shared])


def documented(text: str, names: Sequence[str]) -> str:
    """Return a docstring with what is asked alike everywhere among its parameters."""
    lines = ["scenario : its name or path, the content of its file, or a `Scenario`."]
    lines += [f"{name} : {MEANINGS[name]}." for name in names]
    told, title = "\n".join(lines), "Parameters\n----------\n"
    text = inspect.cleandoc(text)
    if title in text:
        return text.replace(title, f"{title}{told}\n", 1)
    head, after, rest = text.partition("Returns\n-------\n")
    return f"{head}{title}{told}\n\n{after}{rest}"


def ask(scenario: Source = None, **said: Unpack[Said]) -> tuple[Request, Crew]:
    """Return what is asked, and who does the work.

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    engine = said.get("engine") or "auto"
    check_engine(engine)
    goal = goal_of(said.get("precision"), said.get("indicator"), said.get("max_seeds"))
    given = said.get("seeds")
    seeds = seeds_of(given)
    are_named = seeds is not None and not isinstance(given, int)
    for name, value in (("precision", goal), ("basis", said.get("basis"))):
        if are_named and value is not None:
            raise BadInput(
                f"seeds: {name} searches on the first so many seeds. Give their number, no list."
            )
    chosen = choose(
        scenario,
        policies=said.get("policies"),
        market=said.get("market"),
        assumptions=said.get("assumptions"),
        seeds=None if seeds is None else len(seeds),
        years=said.get("years"),
        burn_in=said.get("burn_in"),
        partners=said.get("partners"),
        clients=said.get("clients"),
    )
    request = Request(
        chosen,
        seeds or tuple(range(1, chosen.seeds + 1)),
        are_named,
        said.get("worlds"),
        said.get("basis"),
        goal,
        own_indicators(said.get("indicators") or ()),
        said.get("model"),
    )
    store = said.get("store")
    kept = Store(store) if isinstance(store, str | Path) else store
    cluster = address_of(said.get("cluster"))
    crew = Crew(engine, said.get("at_once"), cluster, kept, said.get("progress"))
    return request, crew


def address_of(cluster: Any) -> str | None:
    """Return the address of a dask cluster's scheduler, given it or a client of it."""
    if cluster is None or isinstance(cluster, str):
        return cluster
    address = getattr(getattr(cluster, "scheduler", None), "address", None)
    if not isinstance(address, str):
        raise BadInput(
            f"cluster: {shown(cluster)} is neither the address of a scheduler of dask, such as "
            "tcp://host:8786, nor a client that is connected to one."
        )
    return address


def seeds_of(given: int | Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the seeds that are asked for: the first so many, or those that are listed.

    >>> seeds_of(3), seeds_of([7, 2]), seeds_of(None)
    ((1, 2, 3), (7, 2), None)
    """
    if given is None:
        return None
    if isinstance(given, range | list | tuple):
        if not given or len(set(given)) < len(given):
            raise BadInput(f"seeds: {shown(given)}: list at least one seed, and none twice.")
        for seed in given:
            check_seed(seed)
        return tuple(given)
    check_number("seeds", given, 1, MOST_SEEDS)
    assert isinstance(given, int)
    return tuple(range(1, given + 1))


def own_indicators(given: Sequence[Indicator]) -> tuple[Indicator, ...]:
    """Return indicators of somebody's own, which say how they are measured, and are not ours."""
    names = [one.name for one in given]
    for one in given:
        if one.measure is None:
            raise BadInput(f"indicators: {one.name}: say how it is measured: Indicator(measure=).")
        if one.name in BY_NAME or names.count(one.name) > 1:
            raise BadInput(f"indicators: {one.name}: there is one of that name; choose another.")
    return tuple(given)
