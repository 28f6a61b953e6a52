"""What partners read in a contract: seven situations, month by month."""

import numpy as np
import pytest

from policies.contract import AGENT, CURATOR, RECOMMENDER
from policies.registry import available, load
from sim.rules.prospectus import (
    CHOSEN,
    DRIFTS,
    HELPS,
    HORIZON,
    NEGLECTS,
    NEGLIGENT_QUALITY,
    RESTS,
    RETENTIONS,
    SERVES,
    SITUATIONS,
    TOUCHES,
    promised_rates,
    promised_streams,
    stream_value,
    stream_values,
)
from tests.settled import CONTRACTS, SETTLED

ASKED_AFTER = 12


def promised(name, **terms):
    return promised_rates(load(name, terms), ASKED_AFTER)


def agreed(consents=False, role=RECOMMENDER, **terms):
    """What a contract of clauses promises."""
    return promised_rates(load("clauses", terms), ASKED_AFTER, consents, role)


@pytest.mark.parametrize("name", available())
def test_promise_is_a_rate_for_every_situation_and_month(name):
    rates = promised(name)
    assert rates.shape == (len(SITUATIONS), HORIZON)
    assert (rates >= 0).all()


@pytest.mark.parametrize("name", SETTLED)
def test_no_shipped_contract_promises_more_than_its_rate(name):
    assert (promised(name) <= load(name).terms.rate + 1e-12).all()


@pytest.mark.parametrize("name", SETTLED)
def test_service_never_costs_a_seller_its_pay(name):
    """No shipped contract pays more to who drifts than to who serves."""
    rates = promised(name)
    assert (rates[SERVES] >= rates[DRIFTS]).all()
    assert (rates[TOUCHES] >= rates[DRIFTS]).all()
    assert (rates[CHOSEN] >= rates[HELPS]).all()
    assert (rates[SERVES] >= rates[NEGLECTS]).all()


@pytest.mark.parametrize("name", CONTRACTS)
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


@pytest.mark.parametrize("protection", [0, 6, 12])
def test_protection_within_the_usual_wait_changes_no_expectation(protection):
    assert (
        promised("client_choice", protection_months=protection) == promised("client_choice")
    ).all()


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
    assert (rates == (free if consents else lock)).all()


def test_pay_by_role_is_promised_to_that_role():
    for role, rate in ((RECOMMENDER, 0.20), (AGENT, 0.30), (CURATOR, 0.50)):
        rates = agreed(role=role, agent_rate=0.30, curator_rate=0.50)
        assert (rates[SERVES] == rate).all()


def test_curator_who_drifts_is_paid_as_an_agent():
    rates = agreed(role=CURATOR, agent_rate=0.30, curator_rate=0.50)
    assert (rates[DRIFTS] == 0.30).all()


def test_streams_are_those_of_each_role():
    policy = load("clauses", {"agent_rate": 0.30, "curator_rate": 0.50})
    whole, later = promised_streams(policy, ASKED_AFTER, 0.3, 0)
    for role in (RECOMMENDER, AGENT, CURATOR):
        rates = promised_rates(policy, ASKED_AFTER, False, role)
        assert (whole[role] == stream_values(rates)).all()
        assert (later[role] == stream_values(rates, first=12)).all()


@pytest.mark.parametrize("clawback", [0, 6, 12, 24])
def test_what_can_be_clawed_back_is_a_stake_from_the_first_year(clawback):
    policy = load("clauses")
    _, stake = promised_streams(policy, ASKED_AFTER, 0.3, clawback)
    rates = promised_rates(policy, ASKED_AFTER)
    assert (stake[RECOMMENDER] == stream_values(rates, first=max(12 - clawback, 0))).all()


# --- present values --------------------------------------------------------------------------


def test_steady_pay_is_worth_its_sum_over_all_months():
    values = stream_values(np.full((1, HORIZON), 0.20))
    exact = 0.20 * (1 - RETENTIONS**HORIZON) / np.where(RETENTIONS < 1, 1 - RETENTIONS, np.inf)
    exact[RETENTIONS >= 1 - 1e-12] = 0.20 * HORIZON
    assert values[0] == pytest.approx(exact)


def test_patience_makes_a_stream_worth_more():
    values = stream_values(promised("client_choice"))
    assert (np.diff(values[SERVES]) > 0).all()


def test_leaving_out_the_first_year_leaves_what_comes_after():
    rates = promised("split_reward", sunset_months=12)
    assert (stream_values(rates, first=12)[DRIFTS] == 0).all()
    whole, later = stream_values(rates)[SERVES], stream_values(rates, first=12)[SERVES]
    assert (later < whole).all()
    assert whole - later == pytest.approx(stream_values(rates[:, :12])[SERVES])


def test_stream_value_meets_the_table_and_lies_between():
    values = stream_values(promised("client_choice"))
    for place in range(len(RETENTIONS) - 1):
        here, there = values[SERVES, place], values[SERVES, place + 1]
        retention = float(RETENTIONS[place])
        assert stream_value(values, SERVES, retention) == pytest.approx(here)
        assert here < stream_value(values, SERVES, retention + 0.005) < there


@pytest.mark.parametrize(("retention", "place"), [(0.0, 0), (0.6, 0), (0.999, 40), (1.0, 40)])
def test_retention_beyond_the_table_is_held_at_its_ends(retention, place):
    values = stream_values(promised("client_choice"))
    found = stream_value(values, SERVES, retention)
    assert found == pytest.approx(values[SERVES, place], rel=0.1)


def test_usual_client_at_twenty_per_cent_is_worth_five_months_of_its_price():
    """0.20 / (1 - 0.97 * 0.988) = 4.8."""
    values = stream_values(promised("first_sale_lock"))
    assert stream_value(values, SERVES, 0.97 * 0.988) == pytest.approx(4.8, abs=0.1)


def test_a_quota_ends_the_pay_of_who_rests_and_of_nobody_else():
    rates = agreed(quota_months=12)
    assert (rates[RESTS, :12] == rates[SERVES, :12]).all()
    assert (rates[RESTS, 12:] == 0).all()
    assert (rates[SERVES] == agreed()[SERVES]).all()
    assert (agreed()[RESTS] == agreed()[SERVES]).all()
