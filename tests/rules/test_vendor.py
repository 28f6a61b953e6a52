"""The vendor's side: kopecks, delays, errors and disputes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import vendor
from sim.world.assumptions import Assumptions

USUAL = Assumptions()


@pytest.mark.parametrize(
    ("payment", "rate", "earned"),
    [
        (1_000_000, 0.20, 200_000),
        (1_000_000, 0.40, 400_000),
        (350_000, 0.29, 101_500),
        (9_999, 0.20, 1_999),
        (4, 0.20, 0),
        (5, 0.20, 1),
        (0, 0.40, 0),
        (1_000_000, 0.0, 0),
        (1_000_000, 1.0, 1_000_000),
        (10**12, 1 / 3, 333_333_000_000),
    ],
)
def test_commission_by_hand(payment, rate, earned):
    assert vendor.commission(payment, rate) == earned


@given(st.integers(0, 100))
def test_whole_per_cents_of_a_round_sum_are_exact(per_cent):
    assert vendor.commission(1_000_000, per_cent / 100) == 10_000 * per_cent


@pytest.mark.parametrize(
    ("days", "months"),
    [(0, 0), (3, 0), (14, 0), (15, 1), (30, 1), (44, 1), (45, 2), (60, 2), (90, 3), (120, 4)],
)
def test_commission_is_paid_after_the_nearest_whole_months(days, months):
    assert vendor.payout_months(float(days)) == months


def test_each_clause_adds_as_many_errors_again(ask):
    simple = ask(vendor.record_error_chance, complexity=0.0)
    assert simple == USUAL.record_error
    assert ask(vendor.record_error_chance, complexity=1.0) == 2 * simple
    assert ask(vendor.record_error_chance, complexity=2.0) == pytest.approx(3 * simple)


def test_registry_halves_disputes(ask):
    assert ask(vendor.dispute_chance, complexity=0.0, registry=False) == USUAL.dispute
    assert ask(vendor.dispute_chance, complexity=0.0, registry=True) == USUAL.dispute / 2


def test_each_clause_to_keep_in_mind_adds_disputes(ask):
    two = ask(vendor.dispute_chance, complexity=2.0, registry=False)
    assert two == pytest.approx(3 * USUAL.dispute)
    assert ask(vendor.dispute_chance, complexity=5.0, registry=False, dispute=0.5) == 1.0


def test_upsell_adds_a_step_in_whole_kopecks():
    assert vendor.grown(1_000_000, 0.1) == 1_100_000
    assert vendor.grown(9, 0.1) == 9


@given(st.integers(0, 10**11), st.floats(0.02, 0.5))
def test_upsell_never_makes_a_client_cheaper(mrr, step):
    assert mrr <= vendor.grown(mrr, step) <= mrr * (1 + step) + 0.001


def test_what_can_be_clawed_back_adds_up_to_what_four_bytes_hold():
    assert vendor.clawable(0, 200_000) == 200_000
    assert vendor.clawable(200_000, 200_000) == 400_000
    assert vendor.clawable(2_000_000_000, 1) == 2_000_000_000
    assert vendor.clawable(1_999_999_999, 1) < 2**31


PROGRAMME = {"care": 0.5, "training": 0.0, "registry": False}


def test_plain_programme_costs_what_a_member_does(ask):
    cost = ask(vendor.programme_cost, **PROGRAMME)
    assert cost == int(USUAL.member_cost * 100)


@pytest.mark.parametrize("fact", ["care", "training"])
def test_more_of_it_costs_more(answers, rises, fact):
    facts = {name: value for name, value in PROGRAMME.items() if name != fact}
    assert rises(answers(vendor.programme_cost, fact, [0.5, 0.75, 1.0], **facts))


def test_registry_costs_what_is_assumed(ask):
    plain = ask(vendor.programme_cost, **PROGRAMME)
    registry = ask(vendor.programme_cost, **{**PROGRAMME, "registry": True})
    assert registry - plain == USUAL.registry_cost * 100


def test_neglect_saves_no_more_than_the_programme_costs(ask):
    assert ask(vendor.programme_cost, care=0.0, training=0.0, registry=False, care_cost=1e9) == 0
