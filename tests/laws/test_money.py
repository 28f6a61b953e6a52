"""Money, clients and partners are conserved: to the kopeck and to the head, every month."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from policies.registry import available
from sim.engines.model import PartnerMarket
from sim.engines.outcome import CLAWBACK, PAYOUT_QUEUE, RETAINER, ROLES, Month, Outcome, Tenure
from sim.world.programme import programme

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A world that breaks a law is worth knowing; the smallest such seed is not worth the wait."""
BURN_IN, STUDIED = 24, 24
STUDY = slice(BURN_IN + 1, None)
"""the months under the programme studied"""


class Lived(NamedTuple):
    """A market that has lived under the lock and then under another programme."""

    market: PartnerMarket
    outcome: Outcome
    claws_back: bool
    """the programme may take a commission back"""
    pays_bounties: bool
    """the programme may pay more than the client does"""
    by_month: dict[str, Any]
    """whole numbers, each of shape (months since the founding,)"""


@pytest.fixture(scope="session")
def lived(market, later):
    def live(policy, seed, **numbers):
        world = market(seed=seed, months=BURN_IN)
        world.adopt(programme(policy, **numbers))
        outcome = later(world, STUDIED).outcome()
        return Lived(
            world,
            outcome,
            claws_back=numbers.get("clawback_months", 0) > 0,
            pays_bounties=numbers.get("first_rate", 0.0) > 0.0,
            by_month=dict(zip(Month._fields, outcome.months.T, strict=True)),
        )

    return live


# --- the laws --------------------------------------------------------------------------------


def every_payment_is_kept_or_credited(world):
    months = world.by_month
    assert months["payments"].sum() > 0
    assert np.array_equal(months["payments"], months["vendor_kept"] + months["commission"])


def every_commission_is_paid_out_or_owed(world):
    """What was taken back is no commission."""
    months = world.by_month
    paid_out = months["paid_out"].cumsum()
    assert np.array_equal(months["commission"].cumsum(), paid_out + months["payables"])
    assert world.outcome.partners["payable"].sum() == months["payables"][-1]


def who_left_is_paid_all_it_earned(world):
    """Once the last commission has fallen due, whatever the threshold.

    Of what is taken back later, it owes what is lacking.
    """
    left = world.outcome.partners["left_month"]
    long_gone = (left >= 0) & (left < world.market.month - PAYOUT_QUEUE)
    owed = world.outcome.partners["payable"][long_gone]
    assert (owed <= 0).all()
    assert world.claws_back or (owed == 0).all()


def nothing_is_negative(world):
    """Unless commission can be taken back, or be more than the payment."""
    reversible = {"payables", "commission", "dead_money", "active_type_commission"}
    may_be = set(reversible) if world.claws_back else set()
    if world.claws_back or world.pays_bounties:
        may_be.add("vendor_kept")
    for name, column in world.by_month.items():
        assert name in may_be or (column >= 0).all(), name
    counts = world.outcome.tenures
    assert (counts[:, : -1 if world.claws_back else None] >= 0).all()
    assert world.claws_back or (world.outcome.partners["payable"] >= 0).all()


def nothing_is_taken_back_but_by_agreement(world):
    months = world.by_month
    assert world.claws_back or not months["clawed_back"].any()
    assert (months["commission"].cumsum() >= 0).all()


def ledger_adds_up_to_commission(world):
    ledger = world.outcome.ledger
    is_reversal = ledger["role"] == CLAWBACK
    assert np.array_equal(booked(world, np.ones_like(is_reversal)), world.by_month["commission"])
    assert np.array_equal(booked(world, is_reversal), -world.by_month["clawed_back"])
    assert (ledger["kopecks"][~is_reversal] > 0).all()
    assert (ledger["kopecks"][is_reversal] < 0).all()
    assert set(ledger["role"].tolist()) <= set(range(len(ROLES)))


def booked(world, chosen):
    """Sum chosen entries of the ledger by month."""
    ledger = world.outcome.ledger
    total = np.zeros(world.market.month + 1, np.int64)
    np.add.at(total, ledger["month"][chosen], ledger["kopecks"][chosen])
    return total


def ledger_adds_up_to_what_each_partner_earned(world):
    ledger = world.outcome.ledger
    studied = ledger["month"] > world.market.study_month
    earned = np.zeros(len(world.market.partners), np.int64)
    np.add.at(earned, ledger["partner"][studied], ledger["kopecks"][studied])
    assert np.array_equal(earned, world.outcome.partners["earned"])


def ledger_adds_up_to_the_income_of_each_type(world):
    ledger, partners = world.outcome.ledger, world.outcome.partners
    of_active = booked(world, partners["is_active_type"][ledger["partner"]])
    assert np.array_equal(of_active, world.by_month["active_type_commission"])


def every_table_agrees_on_commission(world):
    """The months studied, by month, by tenure, by partner and in the ledger, to the kopeck."""
    outcome = world.outcome
    studied = outcome.ledger["month"] > world.market.study_month
    sums = {
        int(world.by_month["commission"][STUDY].sum()),
        int(outcome.tenures[:, Tenure._fields.index("commission")].sum()) + retainers(world),
        int(outcome.partners["earned"].sum()),
        int(outcome.ledger["kopecks"][studied].sum()),
    }
    assert len(sums) == 1


def retainers(world):
    """Sum what was paid for no account in particular, in the months studied."""
    ledger = world.outcome.ledger
    studied = ledger["month"] > world.market.study_month
    return int(ledger["kopecks"][studied & (ledger["role"] == RETAINER)].sum())


def only_members_are_credited(world):
    ledger, partners = world.outcome.ledger, world.outcome.partners
    ledger = {name: column[ledger["role"] != CLAWBACK] for name, column in ledger.items()}
    joined, left = partners["joined_month"], partners["left_month"]
    gone = np.where(left >= 0, left, world.market.month)
    assert (joined[ledger["partner"]] >= 0).all()
    assert (joined[ledger["partner"]] <= ledger["month"]).all()
    assert (ledger["month"] <= gone[ledger["partner"]]).all()


def nobody_is_credited_twice_in_one_role(world):
    ledger = world.outcome.ledger
    entries = zip(*(ledger[key].tolist() for key in ("month", "account", "role")), strict=True)
    assert len(set(entries)) == len(ledger["month"])


def dead_money_is_part_of_commission(world):
    """So far: what is taken back in a month may have been paid for work."""
    dead, commission = (world.by_month[name].cumsum() for name in ("dead_money", "commission"))
    assert (dead >= 0).all()
    assert (dead <= commission).all()


def price_of_all_clients_is_what_they_paid_plus_what_they_bought_on_top(world):
    months = world.by_month
    assert np.array_equal(months["mrr"], months["payments"] + months["upsell_mrr"])


def counts_by_tenure_add_up_to_the_months_studied(world):
    months = world.by_month
    total = dict(zip(Tenure._fields, world.outcome.tenures.sum(axis=0), strict=True))
    lost = months["churned_clients"][STUDY].sum()
    assert total["payments"] == months["payments"][STUDY].sum()
    assert total["commission"] == months["commission"][STUDY].sum()
    assert total["churned"] == lost
    assert total["at_risk"] == lost + months["clients"][STUDY].sum()


def every_client_is_won_and_lost_once(world):
    months = world.by_month
    ways = ("won_by_partners", "won_by_leads", "won_directly", "returned")
    won = sum(months[way] for way in ways)
    change = won - months["churned_clients"]
    assert np.array_equal(np.diff(months["clients"]), change[1:])
    assert (months["serviced_clients"] <= months["clients"]).all()
    assert (months["mismatched_clients"] <= months["serviced_clients"]).all()


def every_partner_joins_and_leaves_once(world):
    """A month's members are those who were in the programme before anybody left it."""
    months = world.by_month
    members = months["members"]
    stayed = members - months["exited"]
    assert np.array_equal(members[1:], stayed[:-1] + months["entered"][1:])
    assert np.array_equal(members[1:], (months["active_type"] + months["passive_type"])[1:])
    assert (months["active_members"] <= stayed).all()
    assert (months["earning_members"] <= members).all()
    assert (months["servicing_unpaid"] + months["servicing_paid"] <= members).all()


def feelings_are_between_nothing_and_one(world):
    for feeling in ("motivation", "trust", "fear_of_loss"):
        assert (world.outcome.partners[feeling] >= 0).all()
        assert (world.outcome.partners[feeling] <= 1).all()
    assert (world.outcome.accounts["satisfaction"] >= 0).all()
    assert (world.outcome.accounts["satisfaction"] <= 1).all()


LAWS = (
    every_payment_is_kept_or_credited,
    every_commission_is_paid_out_or_owed,
    who_left_is_paid_all_it_earned,
    nothing_is_negative,
    nothing_is_taken_back_but_by_agreement,
    ledger_adds_up_to_commission,
    ledger_adds_up_to_what_each_partner_earned,
    ledger_adds_up_to_the_income_of_each_type,
    every_table_agrees_on_commission,
    only_members_are_credited,
    nobody_is_credited_twice_in_one_role,
    dead_money_is_part_of_commission,
    price_of_all_clients_is_what_they_paid_plus_what_they_bought_on_top,
    counts_by_tenure_add_up_to_the_months_studied,
    every_client_is_won_and_lost_once,
    every_partner_joins_and_leaves_once,
    feelings_are_between_nothing_and_one,
)


CONTRACTS = {
    **{name: {} for name in available()},
    "bounty": {"first_rate": 3.0, "term_months": 12, "yearly_decay": 0.2},
    "slow request": {"moves_on_request": True, "approval_months": 2, "needs_consent": True},
    "measured": {"quality_weight": 0.8, "upsell_rate": 0.1, "quota_months": 6},
    "by role": {"agent_rate": 0.3, "curator_rate": 0.5, "tier_clients": 3, "tier_rate": 0.45},
    "three ways": {
        "idle_months": 6,
        "serving_months": 12,
        "originator_share": 0.2,
        "record_share": 0.5,
        "servicing_share": 0.3,
        "sunset_months": 12,
    },
}
"""The shipped policies, and contracts put together from clauses."""


@pytest.mark.parametrize("contract", CONTRACTS)
@settings(max_examples=5, phases=UNSHRUNK)
@given(
    seed=st.integers(0, 2**31),
    payout_days=st.floats(0, 120),
    payout_threshold=st.sampled_from([0.0, 0.01, 5_000.0, 100_000.0]),
    clawback_months=st.sampled_from([0, 0, 6, 24]),
    gate_hours=st.sampled_from([0.0, 60.0]),
    onboarding_months=st.integers(0, 3),
    training=st.floats(0, 1),
    care=st.floats(0, 1),
    chat_openness=st.floats(0, 1),
    registry=st.booleans(),
    corrects_records=st.booleans(),
    leads_by_merit=st.booleans(),
    non_compete=st.booleans(),
    grandfather_months=st.sampled_from([0, 12]),
    notice_months=st.sampled_from([0, 6]),
    returns_pinned=st.booleans(),
)
def test_money_clients_and_partners_are_conserved(lived, contract, seed, **conduct):
    policy = contract if contract in available() else "clauses"
    world = lived(policy, seed, **CONTRACTS[contract], **conduct)
    for law in LAWS:
        law(world)


def test_longer_clawback_takes_more_back(lived):
    taken = [
        lived("first_sale_lock", 7, clawback_months=months).by_month["clawed_back"].sum()
        for months in (0, 3, 24)
    ]
    assert 0 == taken[0] < taken[1] < taken[2]


def test_bounty_may_be_more_than_the_first_payment_and_is_paid_once(lived):
    tenures = lived("clauses", 7, first_rate=12.0, rate=0.0).outcome.tenures
    paid, commission = (
        tenures[:, Tenure._fields.index(name)] for name in ("payments", "commission")
    )
    assert paid[0] < commission[0] <= 12 * paid[0]
    assert (paid[1:] > 0).any()
    assert (commission[1:] == 0).all()


def test_former_clients_return_to_their_sellers_only_where_agreed(lived):
    assert lived("first_sale_lock", 7).by_month["returned"].sum() == 0
    assert lived("first_sale_lock", 7, returns_pinned=True).by_month["returned"].sum() > 0


def test_vendor_that_does_not_compete_sells_nothing_itself(lived):
    months = lived("first_sale_lock", 7, non_compete=True).by_month
    assert months["won_directly"][: BURN_IN + 1].sum() > 0
    assert months["won_directly"][STUDY].sum() == 0
    assert months["won_by_leads"][STUDY].sum() > 0


# --- when it is paid -------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "months"), [(0, 0), (3, 0), (30, 1), (45, 2), (120, 4)])
def test_commission_is_paid_out_after_the_agreed_delay(lived, days, months):
    by_month = lived("first_sale_lock", 7, payout_days=float(days)).by_month
    settled = slice(BURN_IN + 6, None)
    assert by_month["paid_out"][settled].sum() > 0
    due = np.roll(by_month["commission"], months)
    assert np.array_equal(by_month["paid_out"][settled], due[settled])


def test_change_of_delay_loses_nothing_that_was_already_due(lived):
    by_month = lived("first_sale_lock", 7, payout_days=120.0).by_month
    assert by_month["paid_out"][BURN_IN + 1] == by_month["commission"][BURN_IN]


def test_sums_below_the_threshold_wait(lived):
    partners = lived("first_sale_lock", 7, payout_threshold=100_000.0).market.partners
    waiting = [partner.ready for partner in partners]
    assert 0 < max(waiting) < 100_000 * 100


def test_without_a_reward_nothing_is_credited(lived):
    world = lived("no_reward", 7)
    assert world.by_month["commission"][: BURN_IN + 1].sum() > 0
    assert world.by_month["commission"][STUDY].sum() == 0
    assert (world.outcome.ledger["month"] <= BURN_IN).all()
