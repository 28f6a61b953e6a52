"""How clients behave, rule by rule: directions, corners and what the evidence says of sizes."""

from itertools import pairwise

import pytest

from sim.rules import client
from sim.world.assumptions import Assumptions

USUAL = Assumptions()
SHARES = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
ONE = {"satisfaction": 0.5, "proneness": 0.8, "months_since_switch": 9999}

# --- service ---------------------------------------------------------------------------------


def test_no_hours_are_no_service(ask):
    assert ask(client.service_quality, hours=0.0, need=1.0, skill=1.0) == 0


def test_reference_hours_bring_63_per_cent_of_full_service(ask):
    quality = ask(client.service_quality, hours=USUAL.service_reference, need=1.0, skill=1.0)
    assert quality == pytest.approx(0.632, abs=0.001)


def test_more_hours_serve_better_but_each_hour_adds_less(answers, rises, falls):
    found = answers(client.service_quality, "hours", SHARES, need=1.0, skill=1.0)
    assert rises(found)
    assert falls([b - a for a, b in pairwise(found)])


def test_more_skill_serves_better(answers, rises):
    facts = {"hours": 0.6, "need": 1.0}
    assert rises(answers(client.service_quality, "skill", [0.5, 1.0, 2.0], **facts))


def test_twice_the_need_takes_twice_the_hours(ask):
    usual = ask(client.service_quality, hours=0.6, need=1.0, skill=1.0)
    assert ask(client.service_quality, hours=1.2, need=2.0, skill=1.0) == usual


def test_better_service_satisfies_more(answers, rises):
    assert rises(answers(client.satisfaction, "quality", SHARES, before=0.5, fit=0.5))


def test_better_fit_satisfies_more(answers, rises):
    assert rises(answers(client.satisfaction, "fit", SHARES, before=0.5, quality=0.5))


def test_satisfaction_is_remembered(answers, rises):
    assert rises(answers(client.satisfaction, "before", SHARES, quality=0.5, fit=0.5))


def test_without_memory_only_this_month_counts(ask):
    found = ask(client.satisfaction, before=0.1, quality=0.6, fit=1.0, satisfaction_memory=0.0)
    assert found == pytest.approx(0.8)


def test_unserved_client_loses_its_satisfaction_within_two_years(ask):
    satisfaction = 1.0
    for _ in range(24):
        satisfaction = ask(client.satisfaction, before=satisfaction, quality=0.0, fit=0.0)
    assert satisfaction < 0.01


# --- churn and growth ------------------------------------------------------------------------


def test_more_satisfaction_means_less_churn(answers, falls):
    facts = {**ONE}
    del facts["satisfaction"]
    assert falls(answers(client.churn_hazard, "satisfaction", SHARES, **facts))


def test_better_fit_means_less_churn(answers, falls):
    assert falls(answers(client.churn_proneness, "fit", SHARES, frailty=1.0))


def test_twice_the_frailty_is_twice_the_hazard(ask):
    proneness = [ask(client.churn_proneness, frailty=frailty, fit=0.5) for frailty in (1.0, 2.0)]
    once, twice = (ask(client.churn_hazard, **{**ONE, "proneness": each}) for each in proneness)
    assert twice == pytest.approx(2 * once)


@pytest.mark.parametrize(("months", "shock"), [(0, 1.3), (5, 1.3), (6, 1.0), (7, 1.0), (9999, 1.0)])
def test_change_of_helper_raises_churn_for_six_months(ask, months, shock):
    hazard = ask(client.churn_hazard, **{**ONE, "months_since_switch": months})
    assert hazard == pytest.approx(shock * ask(client.churn_hazard, **ONE))


def test_satisfied_client_churns_as_hosted_telephony_does(ask):
    usual = ask(client.churn_proneness, frailty=1.0, fit=0.5)
    hazard = ask(client.churn_hazard, **{**ONE, "satisfaction": 1.0, "proneness": usual})
    assert 0.003 <= hazard <= 0.007


def test_served_client_churns_at_four_to_nine_tenths_of_an_unserved_one(ask):
    served = ask(client.churn_hazard, **{**ONE, "satisfaction": 0.8})
    unserved = ask(client.churn_hazard, **{**ONE, "satisfaction": 0.1})
    assert 0.4 <= served / unserved <= 0.85


def test_hopeless_client_leaves_for_certain_and_not_more(ask):
    assert ask(client.churn_hazard, **{**ONE, "proneness": 1e6}) == 1


def test_no_service_sells_nothing_more(ask):
    assert ask(client.upsell_chance, quality=0.0) == 0


def test_better_service_sells_more(answers, rises):
    assert rises(answers(client.upsell_chance, "quality", SHARES))


@pytest.mark.parametrize("step", [0.02, 0.1, 0.5])
def test_size_of_one_upsell_does_not_change_growth(ask, step):
    growth = step * ask(client.upsell_chance, quality=1.0, upsell_step=step)
    assert growth == pytest.approx(USUAL.upsell_rate)


# --- the choice of a helper ------------------------------------------------------------------


@pytest.mark.parametrize(("satisfaction", "more"), [(0.0, True), (0.29, True), (0.3, False)])
def test_only_the_unhappy_look_more_often(ask, satisfaction, more):
    chance = ask(client.attention_chance, satisfaction=satisfaction)
    assert chance == USUAL.attention + (USUAL.attention_unhappy if more else 0)


def test_content_client_compares_in_fewer_than_two_months_of_a_hundred(ask):
    assert ask(client.attention_chance, satisfaction=0.8) < 0.02


def test_better_challenger_wins_more_often(answers, rises):
    found = answers(
        client.switch_chance, "challenger_quality", SHARES, satisfaction=0.5, loyalty=1.5
    )
    assert rises(found)


def test_satisfied_client_switches_less(answers, falls):
    found = answers(
        client.switch_chance, "satisfaction", SHARES, challenger_quality=0.6, loyalty=1.5
    )
    assert falls(found)


def test_loyal_client_switches_less(answers, falls):
    found = answers(
        client.switch_chance, "loyalty", SHARES, satisfaction=0.5, challenger_quality=0.6
    )
    assert falls(found)


def test_inertia_keeps_a_client_from_an_equal_challenger(ask):
    equal = ask(client.switch_chance, satisfaction=0.5, challenger_quality=0.5, loyalty=1.5)
    assert equal < 0.2


def test_without_inertia_equals_are_a_toss_up(ask):
    equal = ask(client.switch_chance, satisfaction=0.5, challenger_quality=0.5, loyalty=0.0)
    assert equal == 0.5


def test_nobody_asks_for_recognition_that_is_worth_nothing(ask):
    assert ask(client.request_chance, satisfaction=1.0, premium=0.0) == 0


def test_dissatisfied_client_does_not_ask_for_its_helper(ask):
    assert ask(client.request_chance, satisfaction=0.0, premium=1.0) == 0


def test_satisfied_client_of_an_unpaid_helper_asks_as_often_as_assumed(ask):
    assert ask(client.request_chance, satisfaction=1.0, premium=1.0) == USUAL.asking


# --- growth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [1, 350_000, 10**11])
def test_nothing_is_upsold_at_the_first_price(ask, price):
    assert ask(client.upsold_share, first_mrr=price, mrr=price) == 0


def test_price_that_doubled_is_half_upsold(ask):
    assert ask(client.upsold_share, first_mrr=350_000, mrr=700_000) == 0.5


# --- screening -------------------------------------------------------------------------------


def test_seller_with_as_much_at_stake_as_with_the_rival_wins_ordinary_clients(ask):
    assert ask(client.fit_of_win, base_fit=0.4, stake=0.5) == 0.4


def test_lasting_stake_wins_better_clients(answers, rises):
    assert rises(answers(client.fit_of_win, "stake", SHARES, base_fit=0.5))


@pytest.mark.parametrize(("base_fit", "stake", "fit"), [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
def test_fit_stays_between_nothing_and_one(ask, base_fit, stake, fit):
    assert ask(client.fit_of_win, base_fit=base_fit, stake=stake) == fit
