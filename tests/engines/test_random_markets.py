"""Both engines give the same bits in random markets: any clauses, assumptions and timelines.

A market is made by its number alone; one that fails says how to repeat it.
"""

import os
import random
from typing import Any, NamedTuple

import numpy as np
import pytest

from policies import registry
from policies.contract import declared
from sim.engines.build import build
from sim.engines.events import Watched
from sim.engines.outcome import Month
from sim.study.run_one import follow
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.programme import Change, Conduct, Incident, Programme, programme
from tests.engines.bits import assert_same

CLAUSES = {**declared(type(registry.load("clauses").terms)), **declared(Conduct)}
USUAL = {**registry.load("clauses").terms._asdict(), **Conduct._field_defaults}
WORLD = declared(Assumptions)
FEW = len(CLAUSES) // 2 + 1
"""markets that leave no clause out"""
MANY = 60 if os.environ.get("PARTNERSIM_SLOW") == "reduced" else 300
NUMBERS = [
    pytest.param(number, marks=pytest.mark.slow if number >= FEW else ()) for number in range(MANY)
]


def differing(studied):
    """The clauses of a programme that are not the usual ones, with their numbers."""
    numbers = {**studied.policy.terms._asdict(), **studied.conduct._asdict()}
    return {name: value for name, value in numbers.items() if value != USUAL[name]}


class Case(NamedTuple):
    """A random market and what becomes of it."""

    seed: int
    partners: int
    clients: int
    assumptions: dict[str, Any]
    """those that differ from a busy market's"""
    burn_in: int
    months: int
    incumbent: Programme
    studied: Programme
    """with its changes and incidents"""

    def __str__(self) -> str:
        """Tell how to repeat it, and all that is random about it, were it to be written by hand."""
        contracts = {"incumbent": self.incumbent, "studied": self.studied}
        contracts |= {f"from month {when}": later for when, later in self.studied.changes}
        told = {
            **self._asdict(),
            **{name: differing(one) for name, one in contracts.items()},
            "incidents": [(one.month, one.harm) for one in self.studied.incidents],
        }
        test = f"tests/engines/test_random_markets.py::test_engines_agree[{self.seed}]"
        return "\n".join(
            [
                f'repeat: pytest -m "slow or not slow" "{test}"',
                *(f"{name} = {one}" for name, one in told.items()),
            ]
        )


BUSY = {"poaching": 0.05, "in_market": 0.08, "asking": 0.3, "return_months": 6, "founders": 0.6}


def any_of(luck, kind, term):
    """A random number of a kind within its declared range, often an end of it."""
    if kind is bool:
        return luck.random() < 0.5
    if luck.random() < 0.2:
        return kind(luck.choice((term.low, term.high)))
    if kind is int:
        return luck.randint(int(term.low), int(term.high))
    return luck.uniform(term.low, term.high)


def contract(luck, clause=None):
    """The numbers of random clauses that make sense together, a given one among them."""
    while True:
        numbers = {
            name: any_of(luck, type(USUAL[name]), CLAUSES[name])
            for name in CLAUSES
            if name == clause or luck.random() < 0.3
        }
        if clause is not None and numbers[clause] == USUAL[clause]:
            continue
        try:
            programme("drawn", "clauses", **numbers)
        except BadInput:
            continue
        return numbers


def case(number):
    """The random market of a number: two clauses in turn are always among its own."""
    luck = random.Random(number)
    names = list(CLAUSES)
    first, second = (names[(2 * number + place) % len(names)] for place in (0, 1))
    months = luck.randint(6, 30)
    changes = [
        Change(month, programme("later", "clauses", **contract(luck, clause)))
        for month, clause in zip(
            luck.sample(range(1, months), luck.randint(1, 3)), (second, None, None), strict=False
        )
    ]
    incidents = [
        Incident(luck.randint(1, months), luck.uniform(-1, 1), "drawn")
        for _ in range(luck.randint(0, 2))
    ]
    assumed = {
        name: any_of(luck, type(Assumptions._field_defaults[name]), term)
        for name, term in WORLD.items()
        if luck.random() < 0.3
    }
    return Case(
        seed=number,
        partners=luck.randint(1, 40),
        clients=luck.randint(1, 600),
        assumptions=assumed,
        burn_in=luck.randint(0, 24),
        months=months,
        incumbent=programme("incumbent", "clauses", **contract(luck)),
        studied=programme(
            "studied",
            "clauses",
            changes=changes,
            incidents=incidents,
            **contract(luck, first),
        ),
    )


def lived(engine, given):
    """What becomes of a random market on one engine."""
    market = build(
        engine,
        partners=given.partners,
        clients=given.clients,
        seed=given.seed,
        assumptions=Assumptions(**{**BUSY, **given.assumptions}),
        incumbent=given.incumbent,
    )
    market.watch(Watched(np.ones(given.clients, np.bool_), np.ones(given.partners, np.bool_)))
    market.advance(given.burn_in)
    twin = market.branch(given.studied)
    follow(twin, given.studied, given.months)
    return twin.outcome()


@pytest.mark.parametrize("number", NUMBERS)
def test_engines_agree(number):
    given = case(number)
    try:
        assert_same(lived("mesa", given), lived("compiled", given))
    except Exception as fault:
        fault.add_note(str(given))
        raise


def test_few_markets_leave_no_clause_out():
    drawn = [case(number).studied for number in range(FEW)]
    contracts = [one for first in drawn for one in (first, first.changes[0].programme)]
    assert {name for one in contracts for name in differing(one)} == set(CLAUSES)


def test_few_markets_leave_no_assumption_out():
    assert {name for number in range(FEW) for name in case(number).assumptions} == set(WORLD)


def test_few_markets_are_full_of_life():
    """Most have many clients and commissions, which go to partners in several roles."""
    outcomes = [lived("compiled", case(number)) for number in range(FEW)]
    paid = [len(outcome.ledger["kopecks"]) for outcome in outcomes]
    clients = [outcome.months[:, Month._fields.index("clients")].max() for outcome in outcomes]
    assert sum(entries > 100 for entries in paid) > FEW / 2
    assert sum(number > 20 for number in clients) > FEW / 2
    assert {int(role) for outcome in outcomes for role in set(outcome.ledger["role"])} >= {0, 1, 2}


def test_market_is_made_by_its_number_alone():
    assert case(3) == case(3)
    assert case(3) != case(4)
