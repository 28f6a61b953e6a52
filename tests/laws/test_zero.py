"""As pay goes to nothing, everything goes to what it is without pay."""

import math
from statistics import fmean

import pytest

from sim.engines.build import build
from sim.study.indicators import BY_NAME, summary
from sim.world.assumptions import Assumptions
from sim.world.programme import programme

SEEDS = range(8)
BURN_IN, STUDIED = 60, 120
A_TRIFLE = 0.0001
"""RUB per RUB invoiced: a rouble in ten thousand"""
CLOSE = 0.003
"""of an indicator's level"""


@pytest.fixture(scope="module")
def worlds():
    """Full-size markets that have lived under the lock."""
    grown = []
    for seed in SEEDS:
        market = build(
            "compiled",
            partners=150,
            clients=3_000,
            seed=seed,
            assumptions=Assumptions(),
            incumbent=programme("first_sale_lock"),
            keep_ledger=False,
        )
        market.advance(BURN_IN)
        grown.append(market)
    return grown


@pytest.fixture(scope="module")
def under(worlds):
    """Every indicator under a lock at a rate, mean of all seeds."""

    def lived(rate):
        found = []
        for world in worlds:
            market = world.branch(programme("first_sale_lock", rate=rate))
            market.advance(STUDIED)
            found.append(summary(market.outcome(), BURN_IN, Assumptions()))
        return {name: fmean(each[name] for each in found) for name in found[0]}

    return {rate: lived(rate) for rate in (0.0, A_TRIFLE)}


@pytest.mark.parametrize("name", BY_NAME)
def test_pay_of_a_trifle_changes_next_to_nothing(under, name):
    without, trifle = under[0.0][name], under[A_TRIFLE][name]
    if math.isnan(without):
        pytest.skip("without pay there is no such thing: a share of commission, or work that pays")
    if without == 0.0:
        assert 0.0 <= trifle <= A_TRIFLE * under[A_TRIFLE]["vendor_revenue"]
    else:
        assert trifle == pytest.approx(without, rel=CLOSE)
