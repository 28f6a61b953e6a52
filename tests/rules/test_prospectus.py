"""What partners read in a contract: five situations, month by month."""

import numpy as np
import pytest

from policies.registry import available, load
from sim.rules.prospectus import (
    CHOSEN,
    DRIFTS,
    HELPS,
    HORIZON,
    RETENTIONS,
    SERVES,
    TOUCHES,
    promised_rates,
    stream_value,
    stream_values,
)

ASKED_AFTER = 12


def promised(name, **terms):
    return promised_rates(load(name, terms), ASKED_AFTER)


@pytest.mark.parametrize("name", available())
def test_promise_is_a_rate_for_every_situation_and_month(name):
    rates = promised(name)
    assert rates.shape == (5, HORIZON)
    assert (rates >= 0).all()
    assert (rates <= load(name).terms.rate + 1e-12).all()


@pytest.mark.parametrize("name", available())
def test_service_never_costs_a_seller_its_pay(name):
    """No shipped contract pays more to who drifts than to who serves."""
    rates = promised(name)
    assert (rates[SERVES] >= rates[DRIFTS]).all()
    assert (rates[TOUCHES] >= rates[DRIFTS]).all()
    assert (rates[CHOSEN] >= rates[HELPS]).all()


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
