"""Luck is a fixed function of seed, month, decision and entity, and looks like chance."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import chdtrc

from sim.world.assumptions import Assumptions
from sim.world.luck import Draw, draws
from sim.world.population import populate

SEEDS = st.integers(0, 2**63 - 1)
MONTHS = st.integers(0, 10_000)
DECISIONS = st.sampled_from(sorted(Draw))

FROZEN = {
    "PARTNER_DISPOSITION": 1, "PARTNER_PRODUCTIVITY": 2, "PARTNER_SKILL": 3, "PARTNER_HOURS": 4,
    "PARTNER_HOUR_COST": 5, "PARTNER_CASH": 6, "PARTNER_FOUNDER": 7, "ACCOUNT_MRR": 8,
    "ACCOUNT_NEED": 9, "ACCOUNT_FIT": 10, "ACCOUNT_FRAILTY": 11, "ENTRY": 20, "DORMANCY": 21,
    "EXIT": 22, "IN_MARKET": 40, "CHANNEL": 41, "SELLER": 42, "LEAD": 43, "FIRST_SERVICE": 44,
    "RECORD_ERROR": 45, "CORRECTION": 46, "RITUAL": 47, "LAPSE": 48, "SERVICER": 49,
    "SERVICER_CHOICE": 50, "ATTENTION": 51, "CHALLENGER": 52, "SWITCH": 53, "COURTED": 54,
    "COURTIER": 55, "COURTED_SWITCH": 56, "REQUEST": 57, "DISPUTE": 58, "DISPUTE_COST": 59,
    "CHURN": 60, "UPSELL": 61, "KNOWN_PARTNER": 62,
    "PARTNER_ROLE": 12, "CONSENT": 63,
}  # fmt: skip
"""Numbers that are part of every published result; new decisions get new ones."""

# --- the same everywhere and for ever --------------------------------------------------------


def splitmix(x):
    """SplitMix64's output function, written from the paper in whole numbers."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) % 2**64
    return x ^ (x >> 31)


def by_hand(seed, month, decision, entity):
    """One draw, worked out apart from the code under test."""
    golden = 0x9E3779B97F4A7C15
    key = splitmix((seed + golden) % 2**64)
    key = splitmix((key + golden * (month + 1)) % 2**64)
    key = splitmix((key + golden * decision) % 2**64)
    return (splitmix((key + golden * (entity + 1)) % 2**64) >> 11) / 2**53


def test_luck_never_changes():
    drawn = [x.hex() for x in draws(1, 1, Draw.CHURN, 3)]
    assert drawn == ["0x1.5a0beed53b203p-1", "0x1.c0d7df49780eep-1", "0x1.ef34bcb78f141p-1"]


def test_numbers_of_decisions_never_change():
    now = Draw._asdict()
    assert now | FROZEN == now


def test_no_two_decisions_share_a_number():
    assert len(Draw) == len(set(Draw))


@given(SEEDS, MONTHS, DECISIONS, st.integers(1, 20))
def test_draws_are_those_of_the_published_generator(seed, month, decision, entities):
    expected = [by_hand(seed, month, decision, entity) for entity in range(entities)]
    assert draws(seed, month, decision, entities).tolist() == expected


@given(SEEDS, MONTHS, DECISIONS)
def test_draws_lie_between_nothing_and_one(seed, month, decision):
    drawn = draws(seed, month, decision, 1_000)
    assert drawn.dtype == np.float64
    assert (drawn >= 0).all()
    assert (drawn < 1).all()


@given(SEEDS, MONTHS, DECISIONS, st.integers(0, 50), st.integers(0, 50))
def test_draws_do_not_depend_on_how_many_are_drawn(seed, month, decision, few, more):
    drawn = draws(seed, month, decision, few + more)
    assert drawn[:few].tolist() == draws(seed, month, decision, few).tolist()


def test_traits_do_not_depend_on_the_size_of_the_pool():
    small, large = (populate(5, size, 2 * size, Assumptions()) for size in (200, 2_000))
    for kind in ("partners", "accounts"):
        few, many = getattr(small, kind), getattr(large, kind)
        for trait in few._fields:
            whole = getattr(few, trait)
            assert np.array_equal(whole, getattr(many, trait)[: len(whole)])


def test_traits_are_the_draws_of_their_own_entity():
    pool = populate(5, 20, 200, Assumptions())
    assert np.array_equal(pool.accounts.base_fit, draws(5, 0, Draw.ACCOUNT_FIT, 200))
    liking = draws(5, 0, Draw.PARTNER_DISPOSITION, 20)
    assert np.array_equal(pool.partners.is_active_type, liking < Assumptions().active_share)
    sizes = draws(5, 0, Draw.ACCOUNT_MRR, 200)
    assert np.array_equal(np.argsort(pool.accounts.first_mrr), np.argsort(sizes))


@pytest.mark.parametrize("assumption", ["churn_floor", "poaching", "entry", "rival_rate"])
def test_traits_do_not_depend_on_assumptions_about_conduct(assumption):
    usual = Assumptions()
    changed = usual._replace(**{assumption: getattr(usual, assumption) * 1.5})
    one, other = populate(5, 20, 200, usual), populate(5, 20, 200, changed)
    for here, there in zip(one, other, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(here, there, strict=True))


# --- like chance -----------------------------------------------------------------------------

ENTITIES = 20_000


def worst_correlation(rows):
    """The largest correlation between any two rows, in standard errors."""
    together = np.corrcoef(rows)
    return np.abs(together[np.triu_indices(len(rows), 1)]).max() * np.sqrt(rows.shape[1])


def test_distinct_decisions_are_uncorrelated():
    rows = np.array([draws(1, 7, decision, ENTITIES) for decision in Draw])
    assert worst_correlation(rows) < 4.5


def test_distinct_months_are_uncorrelated():
    rows = np.array([draws(1, month, Draw.CHURN, ENTITIES) for month in range(60)])
    assert worst_correlation(rows) < 4.5


def test_distinct_seeds_are_uncorrelated():
    rows = np.array([draws(seed, 7, Draw.CHURN, ENTITIES) for seed in range(60)])
    assert worst_correlation(rows) < 4.5


def test_months_and_seeds_and_decisions_do_not_mirror_each_other():
    """Keys that add up to the same total must not meet the same luck."""
    keys = itertools.product(range(1, 5), range(1, 5), range(1, 5))
    rows = np.array([draws(seed, month, decision, 2_000) for seed, month, decision in keys])
    assert worst_correlation(rows) < 4.5
    assert len(np.unique(rows)) == rows.size


@pytest.mark.parametrize("lag", [1, 2, 3, 16, 300])
def test_neighbours_are_uncorrelated(lag):
    drawn = draws(1, 7, Draw.CHURN, 100_000)
    assert worst_correlation(np.array([drawn[lag:], drawn[:-lag]])) < 4


def evenness(counts):
    """The chance that equal odds give counts as uneven as these (chi-squared)."""
    expected = counts.sum() / counts.size
    return chdtrc(counts.size - 1, ((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("decision", [Draw.ENTRY, Draw.CHURN, Draw.ACCOUNT_MRR])
def test_draws_are_spread_evenly(decision):
    counts, _ = np.histogram(draws(1, 7, decision, 100_000), 100, (0, 1))
    assert 1e-4 < evenness(counts) < 1 - 1e-4


def test_small_chances_come_true_as_often_as_they_should():
    """A monthly churn of 1.2 % is decided in the lowest hundredth of the range."""
    drawn = np.array([draws(1, month, Draw.CHURN, ENTITIES) for month in range(120)])
    happened = (drawn < 0.012).sum()
    expected = 0.012 * drawn.size
    assert abs(happened - expected) < 4 * np.sqrt(expected)
    by_account = np.bincount((drawn < 0.012).sum(axis=0), minlength=8)[:5] / ENTITIES
    binomial = [0.2348, 0.3423, 0.2473, 0.1182, 0.0420]
    assert np.allclose(by_account, binomial, atol=0.015)


@pytest.mark.slow
def test_pairs_of_draws_fill_the_square_evenly():
    """Serial, cross-month, cross-decision and cross-seed pairs in a 32 by 32 grid."""
    size = 1_000_000
    base = draws(1, 7, Draw.CHURN, size)
    others = {
        "next entity": np.roll(base, 1),
        "next month": draws(1, 8, Draw.CHURN, size),
        "next decision": draws(1, 7, Draw.CHURN + 1, size),
        "next seed": draws(2, 7, Draw.CHURN, size),
    }
    for name, other in others.items():
        counts, *_ = np.histogram2d(base, other, 32, ((0, 1), (0, 1)))
        assert 1e-5 < evenness(counts) < 1 - 1e-5, name


@pytest.mark.slow
def test_every_bit_that_decides_is_fair():
    bits = (draws(1, 7, Draw.CHURN, 1_000_000) * 2**53).astype(np.int64)
    for place in range(53):
        ones = int(((bits >> place) & 1).sum())
        assert abs(ones - 500_000) < 5 * 500
