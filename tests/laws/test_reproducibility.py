"""The same seed gives the same bits: run again, branched, adopted or sent elsewhere."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from policies.registry import available
from sim.world.programme import programme

every_policy = pytest.mark.parametrize("policy", available())
few = settings(max_examples=2, phases=(Phase.explicit, Phase.reuse, Phase.generate))
SEEDS = st.integers(0, 2**31)


@every_policy
@few
@given(seed=SEEDS)
def test_same_seed_gives_the_same_outcome(market, difference, policy, seed):
    assert difference(market(policy, seed=seed), market(policy, seed=seed)) == set()


@few
@given(seed=SEEDS)
def test_another_seed_gives_another_outcome(market, difference, seed):
    touched = difference(market(seed=seed), market(seed=seed + 1))
    assert {"months.payments", "partners.productivity", "accounts.need"} <= touched


@every_policy
def test_branch_lives_on_as_if_the_market_itself_had_adopted(market, later, difference, policy):
    grown = market(seed=3)
    branched = later(grown.branch(programme(policy)), 24)
    grown.adopt(programme(policy))
    assert difference(branched, later(grown, 24)) == set()


def test_branches_do_not_touch_the_market_they_grew_from(market, later, difference):
    grown = market(seed=3)
    for policy in available():
        later(grown.branch(programme(policy)), 6)
    assert difference(grown, market(seed=3)) == set()
    assert grown.vendor.programme.name == "first_sale_lock"


@every_policy
def test_market_sent_elsewhere_lives_on_the_same(market, later, difference, policy):
    here = market(policy, seed=3)
    there = pickle.loads(pickle.dumps(here))
    assert difference(later(there, 24), later(here, 24)) == set()


def test_market_sent_elsewhere_can_adopt_another_programme(market, later, difference):
    here = market(seed=3)
    there = pickle.loads(pickle.dumps(here))
    for world in (here, there):
        world.adopt(pickle.loads(pickle.dumps(programme("split_reward", sunset_months=12))))
    assert difference(later(there, 24), later(here, 24)) == set()


def test_markets_side_by_side_do_not_disturb_each_other(market, difference):
    one, other = market(seed=3, months=0), market("client_choice", seed=4, months=0)
    for _ in range(24):
        one.step()
        other.step()
    assert difference(one, market(seed=3)) == set()
    assert difference(other, market("client_choice", seed=4)) == set()


DIGEST = """
import hashlib
from sim.engines.model import PartnerMarket
market = PartnerMarket(partners=30, clients=300, seed=3, policy="client_choice")
for _ in range(24):
    market.step()
outcome = market.outcome()
parts = [outcome.months, *outcome.partners.values(), *outcome.accounts.values()]
digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
print(digest)
"""


def test_another_process_gives_the_same_outcome(capsys):
    """Whatever Python's hashing, which orders sets and dictionaries, may be there."""
    exec(DIGEST, {})
    here = capsys.readouterr().out
    there = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout == here
