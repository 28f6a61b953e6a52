"""Both engines give the same bits: every field, every ledger entry, every month."""

import numpy as np
import pytest

from policies import registry
from sim.engines.build import build
from sim.study.experiment import run
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.programme import programme

WORLD = {
    "partners": 40,
    "clients": 800,
    "assumptions": Assumptions(poaching=0.05, in_market=0.06),
    "incumbent": programme("first_sale_lock"),
}


def lived(engine, seed, studied, burn_in=18, months=24):
    market = build(engine, seed=seed, **WORLD)
    market.advance(burn_in)
    market.adopt(studied)
    market.advance(months)
    return market.outcome()


def assert_same(ours, theirs):
    for group in ("partners", "accounts", "ledger"):
        left, right = getattr(ours, group), getattr(theirs, group)
        assert left.keys() == right.keys()
        for name in left:
            assert left[name].dtype == right[name].dtype, f"{group}.{name}"
            assert np.array_equal(left[name], right[name]), f"{group}.{name}"
    assert np.array_equal(ours.months, theirs.months)
    assert np.array_equal(ours.tenures, theirs.tenures)
    assert ours.digest() == theirs.digest()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("policy", registry.available())
def test_every_policy(policy, seed):
    studied = programme(policy)
    mesa = lived("mesa", seed, studied)
    assert mesa.ledger["kopecks"].size > 100
    assert mesa.months[:, 1].max() > 50
    assert_same(mesa, lived("compiled", seed, studied))


@pytest.mark.parametrize(
    "numbers",
    [
        {"protection_months": 9, "rate": 0.37, "payout_days": 3, "registry": True},
        {"payout_days": 100, "payout_threshold": 20_000, "care": 1.0, "complexity": 3.0},
    ],
)
def test_every_clause_of_conduct(numbers):
    studied = programme("choice", "client_choice", **numbers)
    assert_same(lived("mesa", 4, studied), lived("compiled", 4, studied))


@pytest.mark.parametrize("name", scenario.shipped())
def test_every_scenario(name):
    small = scenario.load(name)._replace(
        partners=40, clients=600, seeds=2, years=1, burn_in_months=12
    )
    ours, theirs = run(small, engine="compiled"), run(small, engine="mesa", at_once=1)
    assert ours.runs["digest"].tolist() == theirs.runs["digest"].tolist()
    assert len(set(ours.runs["digest"])) == len(ours.runs)


def test_results_do_not_depend_on_the_number_of_threads():
    small = scenario.load()._replace(partners=40, clients=600, seeds=4, years=1)
    digests = [run(small, at_once=number).runs["digest"].tolist() for number in (1, 2, 5)]
    assert digests[0] == digests[1] == digests[2]
