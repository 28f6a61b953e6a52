"""Fair bases: programmes at an equal rate, at an equal budget, or each at its own best rate.

A scenario's programmes differ in their rates as well as in their rules. A rule can look good only
because it pays less, and a rule that takes from partners what they were promised saves money that
is no merit of the rule. So on every basis clients won before the decision keep the incumbent's
contract for good, and the vendor's NPV counts the clients left at the end.

The rate of a programme is its headline: ``rate``, or its first other rate if it has no ``rate``.
All its rates move in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.contract import declared
from policies.registry import Policy
from sim.engines.build import Model
from sim.study.crew import ALONE, Crew
from sim.study.differences import interval
from sim.study.experiment import Experiment
from sim.study.request import Request
from sim.study.user_policy.load import payments
from sim.world.errors import BadInput, unknown_name
from sim.world.programme import Conduct, Programme, objection
from sim.world.scenario import Scenario

Floats = npt.NDArray[np.float64]
BASES = {
    "rate": "equal rate",
    "budget": "equal commission budget",
    "best": "each at its own best rate",
}
FOR_GOOD = int(declared(Conduct)["grandfather_months"].high)
FEW = 16
"""Seeds on which rates are searched."""
CLOSE = 5e-4
"""Share of the budget by which commission may miss it."""
CORRECTIONS = 4
"""Most times that a rate found on few seeds is tried on all."""
NUDGE = 1.1
"""Factor of a rate by which its effect on commission is measured."""
GRID = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8, 1.0)
"""Shares of a headline's range from which the search for the best begins."""
STEP = 0.0025
"""How exactly the best rate is sought; its optimum is flatter than that."""
SEARCHES = 14
"""Rates of each programme that a search tries, about; for the progress."""


class Rate(NamedTuple):
    """The rate at which a programme takes part."""

    programme: str
    term: str
    """the headline; empty if no rate moves what the programme pays"""
    asked: float
    """as the scenario says, RUB per RUB"""
    rate: float
    """as found"""
    is_reached: bool = True
    """what the basis asks for lies within the legal range; if not, the nearest end was taken"""
    low: float = float("nan")
    high: float = float("nan")
    """ends of the rates tried whose NPV the seeds cannot tell from the best; only for "best\""""


@dataclass(frozen=True)
class Basis:
    """A scenario put on a fair basis."""

    name: str
    scenario: Scenario
    """ready to run: with the rates found, and old clients under the incumbent's contract"""
    rates: tuple[Rate, ...]
    seeds: int
    """on which rates were searched"""

    def plain(self) -> dict[str, Any]:
        """Return the basis as plain data."""
        rows = [
            {key: None if value != value else value for key, value in rate._asdict().items()}
            for rate in self.rates
        ]
        return {"name": self.name, "searched_on_seeds": self.seeds, "rates": rows}


def check(name: str, scenario: Scenario) -> None:
    """Refuse a basis that does not exist, or a scenario that no fair basis can be found for.

    Raises
    ------
    BadInput
        If a programme changes in the course of the study.
    """
    if name not in BASES:
        raise unknown_name("basis", name, BASES)
    for studied in scenario.programmes:
        refuse_changes(studied, scenario)


def headline(policy: Policy) -> str:
    """Return the term that is a policy's rate; empty if no rate moves what it pays.

    >>> from policies.registry import load
    >>> headline(load("split_reward")), headline(load("no_reward"))
    ('rate', '')
    >>> headline(load("clauses", {"rate": 0.0, "first_rate": 3.0}))
    'first_rate'
    """
    paid = [name for name in rates_of(policy) if getattr(policy.terms, name) > 0]
    name = next(iter(paid or rates_of(policy)), "")
    if not name:
        return ""
    ends = [at_rate(policy, name, rate) for rate in legal_rates(policy, name)]
    low, high = (payments(end) for end in ends)
    return name if low != high else ""


def rates_of(policy: Policy) -> list[str]:
    """Return the terms of a policy that are rates, ``rate`` first."""
    units = {name: term.unit for name, term in declared(type(policy.terms)).items()}
    names = [n for n, unit in units.items() if n == "rate" or unit.startswith("RUB per RUB")]
    return sorted(names, key=lambda name: name != "rate")


def legal_rates(policy: Policy, name: str) -> tuple[float, float]:
    """Return the least and the greatest headline at which all of a policy's rates are legal."""
    terms, legal = policy.terms, declared(type(policy.terms))
    asked = getattr(terms, name)
    if not asked:
        return legal[name].low, legal[name].high
    used = [other for other in rates_of(policy) if getattr(terms, other) > 0]
    low = max(legal[other].low / getattr(terms, other) for other in used) * asked
    high = min(legal[other].high / getattr(terms, other) for other in used) * asked
    at_low = at_rate(policy, name, low)
    if policy.objection is not None and policy.objection(at_low.terms):
        low = high / 1000.0  # a clause that pays nothing at all can contradict another
    return low, high


def at_rate(policy: Policy, name: str, rate: float) -> Policy:
    """Return a policy at another headline, its other rates in proportion."""
    asked = getattr(policy.terms, name)
    if not asked:
        return replace(policy, terms=policy.terms._replace(**{name: rate}))
    moved = {n: getattr(policy.terms, n) * (rate / asked) for n in rates_of(policy)}
    return replace(policy, terms=policy.terms._replace(**{**moved, name: rate}))


class Mover(NamedTuple):
    """A programme whose rate can be moved."""

    studied: Programme
    term: str
    low: float
    high: float

    @property
    def asked(self) -> float:
        """The rate that the scenario says."""
        return float(getattr(self.studied.policy.terms, self.term))

    def at(self, rate: float) -> Programme:
        """Return the programme at another rate."""
        return self.studied._replace(policy=at_rate(self.studied.policy, self.term, rate))


class Trials:
    """What programmes bring at other rates, on common seeds; nothing is tried twice.

    Parameters
    ----------
    movers : the programmes whose rates move.
    fixed : programmes tried beside them, as they are.
    planned : worlds that will be simulated, about; for the progress.
    crew, model : as for `Experiment`.
    """

    def __init__(
        self,
        scenario: Scenario,
        movers: Sequence[Mover],
        planned: int,
        crew: Crew,
        model: Model | None,
    ) -> None:
        self.scenario = scenario
        self.movers = movers
        self.planned = planned
        self.crew = crew
        self.model = model
        self.lived = 0
        self.found: dict[tuple[int, float, int], dict[str, Floats]] = {}

    def at(self, who: Sequence[int], rates: Sequence[float], indicator: str, seeds: int) -> Floats:
        """Return an indicator of programmes at rates.

        Parameters
        ----------
        who : the programmes, by their place among the movers.
        seeds : the first so many.

        Returns
        -------
        shape (len(who), seeds)
        """
        wanted = [(place, rate, seeds) for place, rate in zip(who, rates, strict=True)]
        lacking = [key for key in dict.fromkeys(wanted) if key not in self.found]
        if lacking:
            self.live(lacking, seeds)
        return np.array([self.found[key][indicator] for key in wanted])

    def live(self, lacking: Sequence[tuple[int, float, int]], seeds: int) -> None:
        """Simulate programmes at rates, all in the same worlds."""
        tried = tuple(
            self.movers[place].at(rate)._replace(name=f"{number}")
            for number, (place, rate, _) in enumerate(lacking)
        )
        baseline = tried[0].name
        experiment = Experiment(
            self.scenario._replace(programmes=tried, baseline=baseline),
            replace(self.crew, progress=lambda share: self.tell(share * seeds * len(tried))),
            model=self.model,
        )
        experiment.simulate(experiment.look_up(range(1, seeds + 1)))
        self.lived += seeds * len(tried)
        by_name = experiment.results().runs.groupby("programme", sort=False)
        for number, key in enumerate(lacking):
            runs = by_name.get_group(f"{number}").sort_values("seed")
            self.found[key] = {
                name: runs[name].to_numpy(np.float64) for name in ("commission_pv", "npv")
            }

    def tell(self, lived: float) -> None:
        """Tell the progress of how much has been tried."""
        if self.crew.progress is not None:
            self.crew.progress(min((self.lived + lived) / self.planned, 0.99))


def put_on(
    scenario: Scenario,
    name: str,
    crew: Crew = ALONE,
    model: Model | None = None,
) -> Basis:
    """Put a scenario's programmes on a fair basis.

    Parameters
    ----------
    name : "rate": all at the baseline's rate; "budget": at the rate at which discounted
        commission is the baseline's; "best": at the rate that is best for the vendor's NPV.
    crew, model : as for `sim.study.experiment.Experiment`.

    Rates are searched on the first
    FEW seeds; those for an equal budget are then corrected on all. A programme that pays the same
    at any rate stays as it is.

    Raises
    ------
    BadInput
        If there is no such basis, a programme changes in the course of the study, or the baseline
        has no rate or budget to be equal to.
    """
    check(name, scenario)
    fair = scenario._replace(programmes=tuple(map(grandfathered, scenario.programmes)))
    terms = {studied.name: headline(studied.policy) for studied in fair.programmes}
    movers = [
        Mover(studied, terms[studied.name], *legal_rates(studied.policy, terms[studied.name]))
        for studied in fair.programmes
        if terms[studied.name]
    ]
    few = min(FEW, scenario.seeds)
    if name == "rate":
        found, few = equal_rates(movers, scenario), 0
    else:
        planned = len(movers) * SEARCHES * few
        if name == "budget":
            planned += 2 * len(movers) * scenario.seeds * (scenario.seeds > few)
        trials = Trials(fair, movers, planned, crew, model)
        solve = equal_budgets if name == "budget" else best_rates
        found = solve(trials, few)
    by_name = {rate.programme: rate for rate in found}
    still = [
        Rate(studied.name, "", rate, rate)
        for studied in fair.programmes
        for rate in [float(getattr(studied.policy.terms, "rate", float("nan")))]
        if studied.name not in by_name
    ]
    by_name.update({rate.programme: rate for rate in still})
    settled = {mover.studied.name: mover.at(by_name[mover.studied.name].rate) for mover in movers}
    programmes = tuple(settled.get(studied.name, studied) for studied in fair.programmes)
    for studied in programmes:
        if reason := objection(studied):
            raise BadInput(f"--basis {name}: {studied.name}: makes no sense: {reason}.")
    rates = tuple(by_name[studied.name] for studied in programmes)
    ready = fair._replace(
        name=f"{scenario.name}-{name}",
        provenance=f"{scenario.provenance} Put on a fair basis: {BASES[name]}; clients won before "
        "the decision keep the incumbent's contract for good.",
        programmes=programmes,
    )
    return Basis(name, ready, rates, few)


def on_basis(request: Request, crew: Crew) -> tuple[Scenario, Basis | None]:
    """Return what a request asks about, on the basis that it asks for, if it does."""
    if request.basis is None:
        return request.scenario, None
    fair = put_on(request.scenario, request.basis, crew, request.model)
    return fair.scenario, fair


def lives_for(name: str | None, scenario: Scenario) -> int:
    """Return how many lives of all programmes a search for rates takes, about.

    Parameters
    ----------
    name : of the basis; None: there is no search.
    """
    if name in (None, "rate"):
        return 0
    few = min(FEW, scenario.seeds)
    return SEARCHES * few + (CORRECTIONS * scenario.seeds if name == "budget" else 0)


def refuse_changes(studied: Programme, scenario: Scenario) -> None:
    """Refuse a programme that another follows in the course of the study."""
    if not studied.changes:
        return
    others = [one.name for one in scenario.programmes if not one.changes]
    leave = f" Leave it out: compare --policies {','.join(others)}." if others else ""
    raise BadInput(
        f"--basis: {studied.name} becomes another programme in month {studied.changes[0].month}. "
        "Clients can keep one former contract only, so a second change would take from those won "
        f"before the decision the contract that a fair basis leaves them.{leave}"
    )


def grandfathered(studied: Programme) -> Programme:
    """Return a programme under which old clients keep the incumbent's contract for good."""
    return studied._replace(conduct=studied.conduct._replace(grandfather_months=FOR_GOOD))


def equal_rates(movers: Sequence[Mover], scenario: Scenario) -> list[Rate]:
    """Return every programme at the baseline's rate, as far as that is legal."""
    by_name = {mover.studied.name: mover for mover in movers}
    base = by_name.get(scenario.baseline)
    if base is None or base.term != "rate":
        raise BadInput(
            f"--basis rate: the baseline {scenario.baseline} has no rate on every payment to be "
            "equal to. Name another baseline, or take --basis budget."
        )
    found = []
    for mover in movers:
        if mover.term == "rate":
            rate = min(max(base.asked, mover.low), mover.high)
            found.append(
                Rate(mover.studied.name, mover.term, mover.asked, rate, rate == base.asked)
            )
        else:
            found.append(Rate(mover.studied.name, mover.term, mover.asked, mover.asked, False))
    return found


def equal_budgets(trials: Trials, few: int) -> list[Rate]:
    """Return every programme at the rate at which it pays what the baseline pays.

    Commission is discounted to the decision, with that on the clients left at the end. Roots are
    found on few seeds, then corrected on all by the slope that those few show.
    """
    from scipy.optimize import elementwise

    movers, seeds = trials.movers, trials.scenario.seeds
    names = [mover.studied.name for mover in movers]
    if trials.scenario.baseline not in names:
        raise BadInput(
            f"--basis budget: the baseline {trials.scenario.baseline} pays nothing at any rate, so "
            "there is no budget to be equal to. Name another baseline."
        )
    base = names.index(trials.scenario.baseline)

    def excess(rates: Floats, who: npt.NDArray[np.int64], seeds: int = few) -> Floats:
        places, asked = [base, *map(int, who)], [movers[base].asked, *spelt(rates)]
        means = trials.at(places, asked, "commission_pv", seeds).mean(axis=1)
        if not means[0]:
            raise BadInput(
                f"--basis budget: {names[base]} pays no commission, so there is no budget to be "
                "equal to. Name another baseline."
            )
        return np.asarray(means[1:] / means[0] - 1.0)

    who = np.array([place for place in range(len(movers)) if place != base], np.int64)
    rates = np.array([mover.asked for mover in movers])
    is_reached = np.ones(len(movers), bool)
    if len(who):
        low = np.array([movers[place].low for place in who])
        high = np.array([movers[place].high for place in who])
        ends = excess(np.concatenate([low, high]), np.concatenate([who, who])).reshape(2, -1)
        root = elementwise.find_root(excess, (low, high), args=(who,), tolerances={"xatol": 5e-6})
        is_within = ends[0] * ends[1] <= 0.0
        nearest = np.where(np.abs(ends[0]) <= np.abs(ends[1]), low, high)
        rates[who] = spelt(np.where(is_within, root.x, nearest))
        is_reached[who] = is_within
        solved = who[is_within]
        if len(solved) and seeds > few:
            rates[solved] = corrected(trials, excess, rates[solved], solved)
    return [
        Rate(mover.studied.name, mover.term, mover.asked, float(rate), bool(reached))
        for mover, rate, reached in zip(movers, rates, is_reached, strict=True)
    ]


def corrected(trials: Trials, excess: Any, rates: Floats, who: npt.NDArray[np.int64]) -> Floats:
    """Return rates found on few seeds, corrected on all of the scenario's."""
    low = np.array([trials.movers[place].low for place in who])
    high = np.array([trials.movers[place].high for place in who])
    around = np.clip([rates / NUDGE, rates * NUDGE], low, high)
    at_ends = excess(around.ravel(), np.tile(who, 2)).reshape(2, -1)
    gains, moves = at_ends[1] - at_ends[0], around[1] - around[0]
    is_known = (gains != 0.0) & (moves > 0.0)  # else there is no telling where to go
    slopes = np.divide(gains, moves, out=np.ones(len(who)), where=is_known)
    best, least = rates, np.full(len(who), np.inf)
    for _ in range(CORRECTIONS):
        missed = excess(rates, who, trials.scenario.seeds)
        is_better = np.abs(missed) < least
        best, least = np.where(is_better, rates, best), np.where(is_better, np.abs(missed), least)
        if least.max() <= CLOSE:
            break
        steps = np.where((least <= CLOSE) | ~is_known, 0.0, missed / slopes)
        rates = np.array(spelt(np.clip(rates - steps, low, high)))
    return np.asarray(best)


def spelt(rates: Floats, digits: int = 5) -> list[float]:
    """Return rates as a contract could say them: by default to a thousandth of a percent."""
    return [round(float(rate), digits) for rate in rates]


def best_rates(trials: Trials, few: int) -> list[Rate]:
    """Return every programme at the rate that is best for the vendor's NPV.

    From a grid over the legal range, then between the neighbours of its best. The range told is
    that of the rates tried around the best whose paired difference to it is not sure.
    """
    from scipy.optimize import elementwise

    movers = trials.movers
    grid = np.array([[m.low + (m.high - m.low) * share for share in GRID] for m in movers])
    everyone = np.arange(len(movers))

    def cost(rates: Floats, who: npt.NDArray[np.int64]) -> Floats:
        brought = trials.at([*map(int, who)], spelt(rates, 3), "npv", few)
        return np.asarray(-brought.mean(axis=1))

    costs = cost(grid.T.ravel(), np.tile(everyone, len(GRID))).reshape(len(GRID), -1)
    place = costs.argmin(axis=0)
    who = everyone[(place > 0) & (place < len(GRID) - 1)]
    if len(who):
        bracket = tuple(grid[who, place[who] + step] for step in (-1, 0, 1))
        elementwise.find_minimum(
            cost, bracket, args=(who,), tolerances={"xatol": STEP}, maxiter=SEARCHES
        )
    return [best_of(trials, number, few) for number in range(len(movers))]


def best_of(trials: Trials, number: int, seeds: int) -> Rate:
    """Return the best of the rates that were tried of a programme, and how flat that is."""
    mover = trials.movers[number]
    tried = sorted(rate for place, rate, _ in trials.found if place == number)
    values = np.array([trials.found[number, rate, seeds]["npv"] for rate in tried])
    best = int(values.mean(axis=1).argmax())
    is_flat = [not interval(value - values[best])[2] < 0.0 for value in values]
    low = high = best
    while low > 0 and is_flat[low - 1]:
        low -= 1
    while high < len(tried) - 1 and is_flat[high + 1]:
        high += 1
    is_inside = round(mover.low, 3) < tried[best] < round(mover.high, 3)
    return Rate(
        mover.studied.name,
        mover.term,
        mover.asked,
        tried[best],
        is_inside,
        tried[low],
        tried[high],
    )
