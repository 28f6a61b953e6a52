"""What each clause carries of the difference between two programmes: Shapley values.

Two programmes differ in clauses: terms of the policy, conduct, later changes. Taking some clauses
from one programme and the others from the other makes a mixture. A clause's share of the whole
difference is what it adds to a mixture, averaged over all orders in which the clauses can be
taken over (Shapley 1953); the shares add up to the whole difference, seed by seed. All mixtures
share the past and all luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from policies import registry
from policies.registry import Policy
from sim.engines.build import Model
from sim.questions.basis.ask import on_basis
from sim.study.chosen import Studied, choose
from sim.study.crew import ALONE, Crew
from sim.study.differences import interval
from sim.study.experiment import Experiment, Results
from sim.study.indicators import BY_NAME
from sim.study.request import WHAT, WHO, Request, takes
from sim.world.errors import BadInput, unknown_name
from sim.world.programme import Change, Conduct, Incident, Programme, objection
from sim.world.scenario import Scenario

Floats = npt.NDArray[np.float64]
Parts = dict[str, Any]
"""What a programme consists of, by name: its policy, each term and conduct, each later month."""
Mixture = frozenset[int]
"""The clauses that a mixture has from the other programme, by their place."""
EXACT = 8
"""Clauses up to which all mixtures are simulated."""
ORDERS = 24
"""Orders drawn where there are more clauses: half of them, and each of these backwards."""
DIVISION = ("originator_share", "record_share", "servicing_share")
"""Terms that divide a commission: one of them alone would divide more or less than all of it."""
EQUAL: dict[str, dict[str, Any]] = {
    "active_servicer": {"record_share": 0.0, "servicing_share": 1.0},
    "client_choice": {"moves_on_request": True},
    "first_sale_lock": {},
    "inactivity_release": {},
    "no_reward": {"record_share": 0.0},
    "recurring_forty": {},
    "split_reward": {"record_share": 0.0},
}
"""Terms of `clauses`, besides those of the same name, that make each named policy."""


class Clause(NamedTuple):
    """What two programmes say differently, in one or several parts."""

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Mixtures:
    """Two programmes, the clauses in which they differ, and the mixtures to simulate."""

    scenario: Scenario
    """with the two programmes, the first the baseline"""
    clauses: tuple[Clause, ...]
    joined: tuple[str, ...]
    """why clauses stand together, a sentence for each time"""
    orders: tuple[tuple[int, ...], ...]
    """drawn at random; none if all are counted"""
    programmes: dict[Mixture, Programme]

    def experiment(self, crew: Crew = ALONE, model: Model | None = None) -> Experiment:
        """Return the runs of all mixtures, to be asked for seeds."""
        programmes = tuple(self.programmes.values())
        named = self.scenario._replace(programmes=programmes, baseline=programmes[0].name)
        return Experiment(named, crew, with_months=False, model=model)


@takes(
    *WHAT,
    "seeds",
    "basis",
    *WHO,
    because={
        "policies": "name both programmes with start and end",
        "worlds": "it takes a difference apart in the scenario's own world",
        "precision": "ask for more seeds",
        "indicators": "name one that the model declares with indicator",
    },
)
def decompose(
    request: Request,
    crew: Crew,
    *,
    start: Studied | None = None,
    end: Studied | None = None,
    indicator: str = "npv",
) -> pd.DataFrame:
    """Return what each clause carries of the difference between two programmes.

    Parameters
    ----------
    start, end : programmes of the scenario, or policies; by default its baseline and its last.
    indicator : whose difference is taken apart.

    Returns
    -------
    one row per clause, the greatest first, see `shares`

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range, or the programmes do not differ.
    """
    check_indicator(indicator)
    both = pair(request.scenario, start, end)
    chosen, _ = on_basis(replace(request, scenario=both), crew)
    mixtures = mix(chosen)
    experiment = mixtures.experiment(crew, model=request.model)
    experiment.simulate(experiment.look_up(request.seeds))
    return shares(mixtures, experiment.results(), indicator)


def check_indicator(name: str) -> None:
    """Refuse an indicator that does not exist."""
    if name not in BY_NAME:
        raise unknown_name("indicator", name, BY_NAME)


def pair(scenario: Scenario, start: Studied | None, end: Studied | None) -> Scenario:
    """Return a scenario of two of its programmes (or policies), the first the baseline."""
    names = [studied.name for studied in scenario.programmes]
    first = start or scenario.baseline
    others = [name for name in names if name != first]
    if not (end or others):
        raise BadInput(f"decompose: {scenario.name} has one programme; name another one with --to.")
    chosen = choose(scenario, policies=[first, end or others[-1]])
    if len(chosen.programmes) < 2:
        raise BadInput(f"decompose: {chosen.baseline} does not differ from itself; name two.")
    return chosen._replace(baseline=chosen.programmes[0].name)


# --- clauses ---------------------------------------------------------------------------------


def mix(scenario: Scenario) -> Mixtures:
    """Return the mixtures of a scenario's two programmes.

    Clauses whose mixtures make no sense (`sim.world.programme.objection`) are joined until all
    mixtures that are needed do.

    Raises
    ------
    BadInput
        If the programmes do not differ.
    """
    first, last = scenario.programmes
    ours, theirs = parts_of(first, last)
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    if not names:
        raise BadInput(
            f"decompose: {first.name} and {last.name} say the same, so there is nothing to take "
            "apart."
        )
    groups, joined = together(names), []

    def mixture(taken: Mixture) -> Programme:
        swapped = {name for place in taken for name in groups[place]}
        parts = {n: (theirs if n in swapped else ours).get(n) for n in {**ours, **theirs}}
        name = "".join("1" if place in taken else "0" for place in range(len(groups)))
        return assembled(name, parts)

    while True:
        orders = draw_orders(len(groups))
        made = {taken: mixture(taken) for taken in needed(len(groups), orders)}
        bad = next((taken for taken, programme in made.items() if objection(programme)), None)
        if bad is None:
            break
        why = objection(made[bad])
        one, other = culprits(bad, len(groups), lambda taken: not objection(mixture(taken)))
        joined.append(f"{title(groups[one])} and {title(groups[other])} stand together: {why}.")
        groups[one] += groups.pop(other)
    clauses = tuple(Clause(title(group), group) for group in groups)
    return Mixtures(scenario, clauses, tuple(joined), orders, made)


def parts_of(first: Programme, last: Programme) -> tuple[Parts, Parts]:
    """Return the parts of two programmes, in the same words as far as there are such.

    Different policies are put in `clauses` if both equal some; if not, the policy is one part,
    with those of its terms that the other has not.
    """
    policies = first.policy, last.policy
    if replace(policies[0], terms=policies[1].terms) != policies[1]:
        spoken = in_clauses(policies[0]), in_clauses(policies[1])
        policies = (spoken[0] or policies[0], spoken[1] or policies[1]) if all(spoken) else policies
    common = set(policies[0].terms._fields) & set(policies[1].terms._fields)
    of_one_kind = replace(policies[0], terms=policies[1].terms) == policies[1]
    both = []
    for studied, policy in zip((first, last), policies, strict=True):
        terms = {name: value for name, value in policy.terms._asdict().items() if name in common}
        later = {f"from month {change.month}": change.programme for change in studied.changes}
        events: dict[str, tuple[Incident, ...]] = {}
        for one in studied.incidents:
            name = f"incident of month {one.month}"
            events[name] = (*events.get(name, ()), one)
        kept = policies[0] if of_one_kind else policy
        both.append({"policy": kept, **terms, **studied.conduct._asdict(), **later, **events})
    return both[0], both[1]


def in_clauses(policy: Policy) -> Policy | None:
    """Return a policy as the `clauses` that it equals for any account; None if nobody knows them.

    >>> in_clauses(registry.load("split_reward")).terms.servicing_share
    0.5
    """
    is_shipped = policy.name in registry.available()
    if not is_shipped or replace(registry.load(policy.name), terms=policy.terms) != policy:
        return None
    if policy.name == "clauses":
        return policy
    if policy.name not in EQUAL:
        return None
    terms = {**policy.terms._asdict(), **EQUAL[policy.name]}
    if policy.name == "split_reward":
        tail = policy.terms.originator_share
        sunset = policy.terms.sunset_months if tail else 0
        terms |= {"servicing_share": 1.0 - tail, "sunset_months": sunset}
        terms |= {"sunset_passes_on": sunset > 0}
    return registry.load("clauses", terms)


def together(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return parts in groups: those that divide a commission are one."""
    dividing = tuple(name for name in names if name in DIVISION)
    alone: list[tuple[str, ...]] = [(name,) for name in names if name not in DIVISION]
    return [dividing, *alone] if dividing else alone


def title(group: Sequence[str]) -> str:
    """Return what a group of parts is called."""
    named = ["division of commission"] if set(group) & set(DIVISION) else []
    return ", ".join([*named, *(name for name in group if name not in DIVISION)])


def assembled(name: str, parts: Mapping[str, Any]) -> Programme:
    """Return the programme that some parts make."""
    policy = parts["policy"]
    terms = {name: value for name, value in parts.items() if name in policy.terms._fields}
    changes = [
        Change(int(name.removeprefix("from month ")), programme)
        for name, programme in parts.items()
        if name.startswith("from month ") and programme is not None
    ]
    incidents = [
        incident
        for name, some in parts.items()
        if name.startswith("incident of month ")
        for incident in some or ()
    ]
    return Programme(
        name,
        replace(policy, terms=policy.terms._replace(**terms)),
        Conduct(**{name: parts[name] for name in Conduct._fields}),
        tuple(sorted(changes, key=lambda change: change.month)),
        tuple(sorted(incidents, key=lambda incident: incident.month)),
    )


def culprits(bad: Mixture, size: int, makes_sense: Any) -> tuple[int, int]:
    """Return two clauses of which a mixture that makes no sense has one and lacks the other.

    Each of them alone, if there is such a one, would mend it: taken out, or put in.
    """
    has, lacks = sorted(bad), sorted(set(range(size)) - bad)
    out = next((place for place in has if makes_sense(bad - {place})), has[0])
    into = next((place for place in lacks if makes_sense(bad | {place})), lacks[0])
    return min(out, into), max(out, into)


def draw_orders(size: int) -> tuple[tuple[int, ...], ...]:
    """Return orders in which clauses are taken over, each with its reverse; none for few clauses.

    >>> draw_orders(3), len(draw_orders(9))
    ((), 24)
    """
    if size <= EXACT:
        return ()
    drawn = np.random.default_rng(1)
    halves = [tuple(map(int, drawn.permutation(size))) for _ in range(ORDERS // 2)]
    return tuple(order for half in halves for order in (half, half[::-1]))


def needed(size: int, orders: Sequence[Sequence[int]]) -> list[Mixture]:
    """Return the mixtures to simulate: neither end, one clause or all but one, and on the way."""
    everything = range(size)
    if not orders:
        return [
            frozenset(place for place in everything if number >> place & 1)
            for number in range(2**size)
        ]
    ends = [frozenset[int](), *(frozenset({place}) for place in everything)]
    ends += [frozenset(everything) - {place} for place in everything] + [frozenset(everything)]
    ways = [frozenset(order[:steps]) for order in orders for steps in range(size + 1)]
    return list(dict.fromkeys([*ends, *ways]))


# --- shares ----------------------------------------------------------------------------------


def shares(mixtures: Mixtures, results: Results, indicator: str) -> pd.DataFrame:
    """Return what each clause carries of the difference in an indicator.

    Parameters
    ----------
    results : the runs of all mixtures.

    Returns
    -------
    one row per clause, the greatest first: clause, start and end (what it says under either),
    contribution (with low and high, 95 % over seeds), sampling_error (half of the 95 % interval
    over orders drawn; 0 if all were counted), alone (what it adds to the first programme) and
    last (what it adds where all others are there). ``attrs`` has the whole difference, which the
    contributions add up to, and how it was found; left_out: seeds in which the indicator is
    undefined under some mixture.

    Raises
    ------
    BadInput
        If the indicator is undefined under one of the mixtures in every seed.
    """
    size = len(mixtures.clauses)
    by_name = results.runs.pivot(index="seed", columns="programme", values=indicator)
    kept = by_name.dropna()
    if kept.empty:
        raise BadInput(f"decompose: {indicator} is undefined in every seed; name another one.")
    values = {
        taken: kept[programme.name].to_numpy(np.float64)
        for taken, programme in mixtures.programmes.items()
    }
    if mixtures.orders:
        carried, error = sampled(values, mixtures.orders, size)
    else:
        carried, error = counted(values, size), np.zeros(size)
    nothing, everything = frozenset[int](), frozenset(range(size))
    first, last = mixtures.scenario.programmes
    ours, theirs = parts_of(first, last)
    rows = []
    for place, clause in enumerate(mixtures.clauses):
        contribution, low, high = interval(carried[place])
        one = frozenset({place})
        rows.append(
            {
                "clause": clause.name,
                "start": said(clause, ours),
                "end": said(clause, theirs),
                "contribution": contribution,
                "low": low,
                "high": high,
                "sampling_error": float(error[place]),
                "alone": float((values[one] - values[nothing]).mean()),
                "last": float((values[everything] - values[everything - one]).mean()),
            }
        )
    table = pd.DataFrame(rows).sort_values("contribution", key=abs, ascending=False, kind="stable")
    difference, low, high = interval(values[everything] - values[nothing])
    table.attrs = {
        **results.marks,
        "scenario": mixtures.scenario.name,
        "start": first.name,
        "end": last.name,
        "indicator": indicator,
        "unit": BY_NAME[indicator].unit,
        "level": float(values[nothing].mean()),
        "difference": difference,
        "low": low,
        "high": high,
        "seeds": [int(seed) for seed in kept.index],
        "left_out": len(by_name) - len(kept),
        "years": mixtures.scenario.years,
        "mixtures": len(mixtures.programmes),
        "orders": len(mixtures.orders),
        "joined": list(mixtures.joined),
        "departures": [one.plain() for one in mixtures.scenario.departures],
    }
    return table.reset_index(drop=True)


def listed(mixtures: Mixtures) -> pd.DataFrame:
    """Return which clauses each mixture has from which programme, one row for each of both."""
    first, last = mixtures.scenario.programmes
    return pd.DataFrame(
        {
            "programme": programme.name,
            "clause": clause.name,
            "as_in": last.name if place in taken else first.name,
        }
        for taken, programme in mixtures.programmes.items()
        for place, clause in enumerate(mixtures.clauses)
    )


def counted(values: Mapping[Mixture, Floats], size: int) -> Floats:
    """Return each clause's share over all orders, shape (clauses, seeds).

    >>> together = {frozenset(): np.array([0.0]), frozenset({0}): np.array([1.0])}
    >>> together |= {frozenset({1}): np.array([0.0]), frozenset({0, 1}): np.array([3.0])}
    >>> counted(together, 2).tolist()
    [[2.0], [1.0]]
    """
    found = np.zeros((size, len(next(iter(values.values())))))
    for taken, value in values.items():
        for place in range(size):
            if place not in taken:
                ways = factorial(len(taken)) * factorial(size - len(taken) - 1) / factorial(size)
                found[place] += ways * (values[taken | {place}] - value)
    return found


def sampled(
    values: Mapping[Mixture, Floats], orders: Sequence[Sequence[int]], size: int
) -> tuple[Floats, Floats]:
    """Return each clause's share over some orders, and how far other orders might move its mean.

    Parameters
    ----------
    orders : each followed by its reverse.

    Returns
    -------
    shares of shape (clauses, seeds), and half of their means' 95 % interval over pairs of orders
    """
    found = np.zeros((len(orders), size, len(next(iter(values.values())))))
    for number, order in enumerate(orders):
        for step, place in enumerate(order):
            before = frozenset(order[:step])
            found[number, place] = values[before | {place}] - values[before]
    pairs = found.mean(axis=2).reshape(-1, 2, size).mean(axis=1)
    ends = [interval(pairs[:, place]) for place in range(size)]
    return found.mean(axis=0), np.array([(high - low) / 2.0 for _, low, high in ends])


def said(clause: Clause, parts: Mapping[str, Any]) -> str:
    """Return what a programme says in a clause.

    >>> said(Clause("care", ("care",)), {"care": 0.8})
    '0.8'
    """
    told = [(name, spelt(parts.get(name))) for name in clause.parts]
    if len(told) == 1:
        return told[0][1]
    return ", ".join(f"{name} {value}" for name, value in told)


def spelt(value: Any) -> str:
    """Return a part of a programme in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Policy):
        return value.name
    if isinstance(value, Programme):
        return in_short(value)
    if isinstance(value, tuple):
        return ", ".join(incident.what or f"harm {incident.harm:g}" for incident in value)
    return "no change" if value is None else f"{value:g}"


def in_short(studied: Programme) -> str:
    """Return a programme as its policy and what differs from the defaults."""
    terms = type(studied.policy.terms)._field_defaults
    usual = {**terms, **Conduct._field_defaults}
    numbers = {**studied.policy.terms._asdict(), **studied.conduct._asdict()}
    told = [f"{n} {spelt(value)}" for n, value in numbers.items() if value != usual.get(n)]
    return " with ".join([studied.policy.name, *([", ".join(told)] if told else [])])
