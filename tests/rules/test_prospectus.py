"""What partners read in a contract: eleven situations, month by month."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.contract import AGENT, CURATOR, RECOMMENDER
from policies.registry import available, load
from sim.rules.prospectus import (
    CHOSEN,
    DRIFTS,
    FEARS,
    FOUND,
    HEIR,
    HELPS,
    HORIZON,
    IDLE,
    LEVEL,
    MOST_FEAR,
    NAMED,
    NEGLECTS,
    NEGLIGENT_QUALITY,
    ORPHAN,
    RESTS,
    SERVES,
    SITUATIONS,
    TOUCHES,
    VACANT,
    exposed_shares,
    kept_unserved,
    open_share,
    outlook_of,
    promised_rate,
    promised_rates,
    promised_streams,
    request_months,
    stream_value,
    stream_values,
)
from sim.world.assumptions import Assumptions

ASKED_AFTER = 12
USUAL = outlook_of(Assumptions(), clawback_months=0)
ALIKE = np.full(len(SITUATIONS), USUAL.kept)
"""Every situation's client stays as long."""
CLOSED, OPEN = np.zeros(HORIZON), np.ones(HORIZON)
"""What another could take from me: nothing, or all."""


def promised(name, **terms):
    """What a contract promises, where a request comes at once or after a year."""
    return expected(load(name, terms))


def agreed(consents=False, role=RECOMMENDER, **terms):
    """What a contract of clauses promises, where a request comes at once or after a year."""
    return expected(load("clauses", terms), consents, role)


def expected(policy, consents=False, role=RECOMMENDER):
    rates = promised_rates(policy, USUAL, consents, role)
    for situation in IDLE:
        rates[situation] = promised_rate(policy, situation, ASKED_AFTER, consents, role)
    return rates


@pytest.mark.parametrize("name", available())
def test_promise_is_a_rate_for_every_situation_and_month(name):
    rates = promised(name)
    assert rates.shape == (len(SITUATIONS), HORIZON)
    assert (rates >= 0).all()
    assert (rates <= load(name).terms.rate + 1e-12).all()


@pytest.mark.parametrize("name", available())
def test_service_never_costs_a_seller_its_pay(name):
    """No shipped contract pays more to who drifts than to who serves."""
    rates = promised(name)
    assert (rates[SERVES] >= rates[DRIFTS]).all()
    assert (rates[TOUCHES] >= rates[DRIFTS]).all()
    assert (rates[CHOSEN] >= rates[HELPS]).all()
    assert (rates[SERVES] >= rates[NEGLECTS]).all()


@pytest.mark.parametrize("name", sorted({*available()} - {"clauses"}))
def test_contract_that_measures_nothing_pays_neglect_as_well_as_care(name):
    rates = promised(name)
    assert (rates[NEGLECTS] == rates[SERVES]).all()


@pytest.mark.parametrize("name", ["first_sale_lock", "recurring_forty"])
def test_lock_promises_the_same_whether_or_not_i_serve(name):
    rates = promised(name)
    assert (rates[[SERVES, DRIFTS, TOUCHES]] == load(name).terms.rate).all()


@pytest.mark.parametrize("name", ["first_sale_lock", "recurring_forty"])
def test_lock_promises_nothing_for_anothers_client(name):
    assert (promised(name)[[HELPS, CHOSEN]] == 0).all()


def test_no_reward_promises_nothing_to_anybody():
    assert (promised("no_reward") == 0).all()


def test_active_servicer_promises_nothing_to_who_drifts():
    rates = promised("active_servicer")
    assert (rates[[DRIFTS, TOUCHES]] == 0).all()
    assert (rates[[SERVES, HELPS, CHOSEN]] == 0.20).all()


def test_client_choice_pays_a_drifting_seller_until_the_client_asks():
    rates = promised("client_choice")
    assert (rates[DRIFTS, :ASKED_AFTER] == 0.20).all()
    assert (rates[DRIFTS, ASKED_AFTER:] == 0).all()


def test_client_choice_pays_a_helper_only_once_chosen():
    rates = promised("client_choice")
    assert (rates[HELPS] == 0).all()
    assert (rates[CHOSEN] == 0.20).all()


def test_client_choice_gives_no_reason_for_token_work():
    rates = promised("client_choice")
    assert (rates[TOUCHES] == rates[DRIFTS]).all()


@pytest.mark.parametrize("months", [1, 6, 24])
def test_inactivity_release_pays_a_drifting_seller_for_the_idle_months(months):
    rates = promised("inactivity_release", idle_months=months)
    assert (rates[DRIFTS, :months] == 0.20).all()
    assert (rates[DRIFTS, months:] == 0).all()
    assert (rates[HELPS, :months] == 0).all()
    assert (rates[HELPS, months:] == 0.20).all()


def test_inactivity_release_makes_token_work_pay():
    rates = promised("inactivity_release")
    assert (rates[TOUCHES] == 0.20).all()
    assert rates[TOUCHES].sum() > rates[DRIFTS].sum()


def test_split_reward_pays_winning_and_serving_apart():
    rates = promised("split_reward", originator_share=0.25)
    assert rates[SERVES] == pytest.approx(np.full(HORIZON, 0.20))
    assert rates[DRIFTS] == pytest.approx(np.full(HORIZON, 0.05))
    assert rates[HELPS] == pytest.approx(np.full(HORIZON, 0.15))


def test_split_reward_after_sunset_pays_only_who_serves():
    rates = promised("split_reward", sunset_months=24)
    assert (rates[DRIFTS, :24] == 0.10).all()
    assert (rates[DRIFTS, 24:] == 0).all()
    assert (rates[SERVES] == 0.20).all()


@pytest.mark.parametrize("protection", [13, 24])
def test_protection_beyond_the_usual_wait_delays_the_loss_of_the_record(protection):
    rates = promised("client_choice", protection_months=protection)
    assert (rates[DRIFTS, :protection] == 0.20).all()
    assert (rates[DRIFTS, protection:] == 0).all()


# --- any contract of clauses -----------------------------------------------------------------


def test_quality_weight_promises_less_to_who_neglects():
    rates = agreed(quality_weight=1.0)
    assert rates[NEGLECTS] == pytest.approx(0.20 * NEGLIGENT_QUALITY)
    assert (rates[SERVES] > rates[NEGLECTS]).all()


def test_bounty_is_promised_for_the_first_month_of_ones_own_client():
    rates = agreed(first_rate=3.0)
    assert (rates[[SERVES, DRIFTS, TOUCHES, NEGLECTS], 0] == 3.0).all()
    assert (rates[[SERVES, DRIFTS, TOUCHES, NEGLECTS], 1:] == 0.20).all()
    assert (rates[[HELPS, CHOSEN]] == 0).all()


def test_fixed_term_promises_nothing_after_it():
    rates = agreed(term_months=36)
    assert (rates[SERVES, :36] == 0.20).all()
    assert (rates[SERVES, 36:] == 0).all()


def test_decay_promises_less_each_year():
    rates = agreed(yearly_decay=0.5)
    for year in range(HORIZON // 12):
        assert rates[SERVES, 12 * year : 12 * year + 12] == pytest.approx(0.20 * 0.5**year)


def test_approval_delays_the_loss_of_the_record():
    rates = agreed(moves_on_request=True, approval_months=3)
    assert (rates[DRIFTS, : ASKED_AFTER + 3] == 0.20).all()
    assert (rates[DRIFTS, ASKED_AFTER + 3 :] == 0).all()
    assert (rates[CHOSEN, :3] == 0).all()
    assert (rates[CHOSEN, 3:] == 0.20).all()


@pytest.mark.parametrize("consents", [False, True])
def test_need_for_consent_counts_as_far_as_it_is_expected(consents):
    rates = agreed(consents, moves_on_request=True, needs_consent=True)
    free = agreed(moves_on_request=True)
    lock = agreed()
    held = [each for each in SITUATIONS if each not in VACANT]
    assert (rates == (free if consents else lock))[held].all()


def test_pay_by_role_is_promised_to_that_role():
    for role, rate in ((RECOMMENDER, 0.20), (AGENT, 0.30), (CURATOR, 0.50)):
        rates = agreed(role=role, agent_rate=0.30, curator_rate=0.50)
        assert (rates[SERVES] == rate).all()


def test_curator_who_drifts_is_paid_as_an_agent():
    rates = agreed(role=CURATOR, agent_rate=0.30, curator_rate=0.50)
    assert (rates[DRIFTS] == 0.30).all()


def test_streams_are_those_of_each_role():
    policy = load("clauses", {"agent_rate": 0.30, "curator_rate": 0.50})
    whole, later, _ = promised_streams(policy, USUAL)
    for role in (RECOMMENDER, AGENT, CURATOR):
        rates = promised_rates(policy, USUAL, role=role)
        assert (whole[role, :LEVEL] == stream_values(rates, of_each(), CLOSED)).all()
        assert (later[role, :LEVEL] == stream_values(rates, of_each(), CLOSED, first=12)).all()


def of_each():
    """Each situation's monthly factor."""
    kept = ALIKE.copy()
    kept[list(IDLE)] = USUAL.kept_unserved
    return kept


@pytest.mark.parametrize("clawback", [0, 6, 12, 24])
def test_what_can_be_clawed_back_is_a_stake_from_the_first_year(clawback):
    policy = load("clauses")
    _, stake, _ = promised_streams(policy, USUAL._replace(clawback_months=clawback))
    rates = promised_rates(policy, USUAL)
    left = stream_values(rates, of_each(), CLOSED, first=max(12 - clawback, 0))
    assert (stake[RECOMMENDER, :LEVEL] == left).all()


# --- present values --------------------------------------------------------------------------


def valued(rates, first=0, exposed=OPEN):
    """Present values where all could be taken in any month."""
    return stream_values(rates, np.full(len(rates), USUAL.kept), exposed, first)


def test_steady_pay_is_worth_its_sum_over_all_months():
    kept = USUAL.kept * (1.0 - FEARS)
    exact = 0.20 * (1 - kept**HORIZON) / (1 - kept)
    assert valued(np.full((1, HORIZON), 0.20))[0] == pytest.approx(exact)


def test_fear_makes_a_stream_worth_less():
    assert (np.diff(valued(promised("client_choice"))[SERVES]) < 0).all()


def test_leaving_out_the_first_year_leaves_what_comes_after():
    rates = promised("split_reward", sunset_months=12)
    assert (valued(rates, first=12)[DRIFTS] == 0).all()
    whole, later = valued(rates)[SERVES], valued(rates, first=12)[SERVES]
    assert (later < whole).all()
    assert whole - later == pytest.approx(valued(rates[:, :12])[SERVES])


def test_stream_value_meets_the_table_and_lies_between():
    values = valued(promised("client_choice"))
    for place in range(len(FEARS) - 1):
        here, there = values[SERVES, place], values[SERVES, place + 1]
        assert stream_value(values, SERVES, float(FEARS[place])) == pytest.approx(here)
        between = float(FEARS[place] + FEARS[place + 1]) / 2
        assert here > stream_value(values, SERVES, between) > there


@pytest.mark.parametrize(("fear", "place"), [(0.0, 0), (MOST_FEAR, 40), (1.0, 40)])
def test_fear_beyond_the_table_is_held_at_its_end(fear, place):
    values = valued(promised("client_choice"))
    found = stream_value(values, SERVES, fear)
    assert found == pytest.approx(values[SERVES, place], rel=0.1)


def test_usual_client_at_twenty_per_cent_is_worth_five_months_of_its_price():
    """0.20 / (1 - 0.97 * 0.988) = 4.8."""
    values = valued(promised("first_sale_lock"))
    assert stream_value(values, SERVES, 0.0) == pytest.approx(4.8, abs=0.1)


# --- a client that nobody serves -------------------------------------------------------------


def test_who_is_not_served_leaves_sooner_by_what_the_paid_hours_would_prevent():
    usual = Assumptions()
    lost = 1 - USUAL.kept_unserved / USUAL.kept
    assert lost == pytest.approx(usual.paid_hours * usual.hour_effect)
    assert kept_unserved(0.95, paid_hours=4.0, hour_effect=1.0) == 0


@pytest.mark.parametrize("name", ["first_sale_lock", "recurring_forty"])
def test_under_a_lock_own_pay_holds_a_seller_to_service(name):
    """It is paid as much either way, and longer where it serves."""
    streams, _, _ = promised_streams(load(name), USUAL)
    values = streams[RECOMMENDER, :, 0]
    assert values[SERVES] > 1.1 * values[DRIFTS]


# --- protection, and what fear is for --------------------------------------------------------


def test_requests_are_expected_in_any_month_and_a_year_off_on_average():
    months = request_months(ASKED_AFTER)
    assert months == sorted(set(months))
    assert np.mean(months) == pytest.approx(ASKED_AFTER, rel=0.15)


@pytest.mark.parametrize("name", ["first_sale_lock", "recurring_forty", "no_reward"])
def test_nothing_can_be_taken_under_a_lock(name):
    assert (exposed_shares(load(name), False, RECOMMENDER) == 0).all()


@pytest.mark.parametrize("months", [0, 6, 12])
def test_nothing_can_be_taken_within_protection_and_all_after(months):
    policy = load("client_choice", {"protection_months": months})
    shares = exposed_shares(policy, False, RECOMMENDER)
    assert (shares[:months] == 0).all()
    assert (shares[max(months, 1) :] == 1).all()


def test_where_pay_follows_work_all_of_it_can_be_taken_and_of_a_split_the_half():
    assert (exposed_shares(load("active_servicer"), False, RECOMMENDER) == 1).all()
    half = exposed_shares(load("split_reward"), False, RECOMMENDER)
    assert half == pytest.approx(np.full(HORIZON, 0.5))


def test_what_cannot_be_taken_is_not_feared():
    values = valued(promised("first_sale_lock"), exposed=CLOSED)
    assert (values[SERVES] == values[SERVES, 0]).all()


@given(
    fear=st.floats(0, 1),
    shorter=st.integers(0, 23),
    more=st.integers(1, 12),
)
def test_protection_is_never_worth_less_than_nothing_to_its_holder(fear, shorter, more):
    def worth(months, situation):
        policy = load("client_choice", {"protection_months": min(months, 24)})
        return stream_value(promised_streams(policy, USUAL)[0][RECOMMENDER], situation, fear)

    for situation in (SERVES, DRIFTS, TOUCHES):
        assert worth(shorter + more, situation) >= worth(shorter, situation)


def test_a_year_of_protection_is_worth_something_to_who_fears():
    def worth(months):
        policy = load("client_choice", {"protection_months": months})
        return stream_value(promised_streams(policy, USUAL)[0][RECOMMENDER], SERVES, 0.05)

    assert worth(12) > 1.1 * worth(0)


def test_the_longer_the_protection_the_fewer_accounts_of_others_can_be_gained():
    def share(months):
        policy = load("client_choice", {"protection_months": months})
        return promised_streams(policy, USUAL)[2]

    assert 1 > share(0) > share(6) > share(24) > 0
    assert open_share(CLOSED, USUAL.kept) == 0
    assert open_share(OPEN, USUAL.kept) == 1


# --- an account on nobody's name -------------------------------------------------------------


def test_who_is_named_for_an_account_on_nobodys_name_is_paid_under_choice_only():
    choice, lock = promised("client_choice"), promised("first_sale_lock")
    assert (choice[FOUND] == 0).all()
    assert (choice[NAMED] == 0.20).all()
    assert (lock[[FOUND, NAMED]] == 0).all()


@pytest.mark.parametrize("orphans", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_account_on_nobodys_name_pays_who_is_named_only_where_the_contract_reaches_it(orphans, own):
    rates = promised("client_choice", reaches_orphans=orphans, reaches_own=own)
    assert (rates[NAMED] == (0.20 if own else 0.0)).all()
    assert (rates[HEIR] == (0.20 if orphans else 0.0)).all()
    assert (rates[[FOUND, ORPHAN]] == 0).all()
    assert (rates[CHOSEN] == 0.20).all()


def test_nobodys_consent_is_needed_for_an_account_on_nobodys_name():
    rates = agreed(moves_on_request=True, needs_consent=True)
    assert (rates[CHOSEN] == 0).all()
    assert (rates[NAMED] == 0.20).all()


def test_a_quota_ends_the_pay_of_who_rests_and_of_nobody_else():
    rates = agreed(quota_months=12)
    assert (rates[RESTS, :12] == rates[SERVES, :12]).all()
    assert (rates[RESTS, 12:] == 0).all()
    assert (rates[SERVES] == agreed()[SERVES]).all()
    assert (agreed()[RESTS] == agreed()[SERVES]).all()
