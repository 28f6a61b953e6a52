"""Both engines give the same bits: every field, every ledger entry, every month."""

import numpy as np
import pytest

from policies import registry
from sim.engines.build import build
from sim.engines.events import Watched
from sim.engines.outcome import CLIENT, ROLES
from sim.rules.vendor import commission
from sim.study.crew import Crew
from sim.study.experiment import run
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.programme import programme
from tests.engines.bits import assert_same

WORLD = {
    "partners": 40,
    "clients": 800,
    "assumptions": Assumptions(
        poaching=0.05, in_market=0.08, asking=0.3, return_months=6, founders=0.6
    ),
    "incumbent": programme("first_sale_lock"),
}


EVERYBODY = Watched(np.ones(800, np.bool_), np.ones(40, np.bool_))


def lived(engine, seed, studied, burn_in=18, months=24, watched=EVERYBODY):
    market = build(engine, seed=seed, **WORLD)
    if watched is not None:
        market.watch(watched)
    market.advance(burn_in)
    market.adopt(studied)
    market.advance(months)
    return market.outcome()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("policy", registry.available())
def test_every_policy(policy, seed):
    studied = programme(policy)
    mesa = lived("mesa", seed, studied)
    assert mesa.ledger["kopecks"].size > 100
    assert mesa.months[:, 1].max() > 50
    assert len(mesa.chronicle.events) > 500
    assert_same(mesa, lived("compiled", seed, studied))


@pytest.mark.parametrize("engine", ["mesa", "compiled"])
def test_old_clients_keep_the_former_contract_until_grandfathering_ends(engine):
    """From a lock at 20 % to 10 % for whoever serves: roles and kopecks in the ledger say which."""
    market = build(engine, seed=1, **WORLD)
    market.advance(24)
    new = {"record_share": 0.0, "servicing_share": 1.0, "rate": 0.10, "grandfather_months": 8}
    market.change_to(programme("new", "clauses", **new))
    market.advance(16)
    outcome = market.outcome()
    accounts, ledger = outcome.accounts, outcome.ledger
    is_old = (accounts["won_month"] <= 24) & (accounts["status"] == CLIENT)
    is_new = (accounts["won_month"] > 24) & (accounts["status"] == CLIENT)
    later = (ledger["month"] > 24) & (ledger["month"] >= accounts["won_month"][ledger["account"]])
    kept = later & is_old[ledger["account"]] & (ledger["month"] <= 24 + 8)
    ended = later & is_old[ledger["account"]] & (ledger["month"] > 24 + 8)
    fresh = later & is_new[ledger["account"]]
    constant = accounts["upseller"] < 0
    """never upsold, so that the last price is every month's"""
    for entries, role, rate in (
        (kept, "partner_of_record", 0.20),
        (ended, "servicing_partner", 0.10),
        (fresh, "servicing_partner", 0.10),
    ):
        assert entries.sum() > 50
        assert set(ledger["role"][entries]) == {ROLES.index(role)}
        for place in np.flatnonzero(entries & constant[ledger["account"]]):
            price = int(accounts["mrr"][ledger["account"][place]])
            assert ledger["kopecks"][place] == commission(price, rate)


def within_a_year(studied):
    """Bring what is to happen to a programme into its first months, in the same order."""
    events = sorted([*studied.changes, *studied.incidents], key=lambda event: event.month)
    months = {event: 2 + place for place, event in enumerate(events)}
    return studied._replace(
        changes=tuple(event._replace(month=months[event]) for event in studied.changes),
        incidents=tuple(event._replace(month=months[event]) for event in studied.incidents),
    )


@pytest.mark.parametrize("name", scenario.shipped())
def test_every_scenario(name):
    given = scenario.load(name)
    small = given._replace(
        partners=40,
        clients=600,
        seeds=2,
        years=1,
        burn_in_months=12,
        programmes=tuple(map(within_a_year, given.programmes)),
    )
    ours, theirs = run(small, Crew("compiled")), run(small, Crew("mesa", at_once=1))
    assert ours.runs["digest"].tolist() == theirs.runs["digest"].tolist()
    assert len(set(ours.runs["digest"])) > small.seeds


def test_results_do_not_depend_on_the_number_of_threads():
    small = scenario.load()._replace(partners=40, clients=600, seeds=4, years=1)
    digests = [run(small, Crew(at_once=number)).runs["digest"].tolist() for number in (1, 2, 5)]
    assert digests[0] == digests[1] == digests[2]
