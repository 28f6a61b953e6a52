"""Each clause's share: they add up, need no order, and are taken from mixtures that make sense."""

from itertools import permutations
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from policies import registry
from policies.contract import Account
from sim.questions.decompose import ask as study
from sim.questions.decompose import pictures as drawn
from sim.questions.decompose import words as shown
from sim.study.experiment import run
from sim.world import scenario
from sim.world.errors import BadInput
from sim.world.programme import Change, Incident, objection, programme
from tests.settled import SETTLED

SMALL = {"partners": 30, "clients": 400, "years": 1, "burn_in_months": 18, "seeds": 4}
FOUR = {"rate": 0.4, "payout_days": 3.0, "payout_threshold": 0.0, "care": 0.8}
LOCK = programme("lock", "first_sale_lock", payout_days=45, payout_threshold=5_000)
V4 = programme("v4", "clauses", **FOUR)


def between(first, last, **changed):
    """A small market with two programmes."""
    given = {**SMALL, "programmes": (first, last), "baseline": first.name, **changed}
    return scenario.load()._replace(**given)


def taken_apart(first, last, indicator="npv", **changed):
    """The shares of the clauses in which two programmes differ."""
    mixtures = study.mix(between(first, last, **changed))
    experiment = mixtures.experiment()
    experiment.simulate(experiment.look_up(range(1, mixtures.scenario.seeds + 1)))
    return study.shares(mixtures, experiment.results(), indicator)


@pytest.fixture(scope="module")
def radist():
    return taken_apart(LOCK, V4)


# --- shares ----------------------------------------------------------------------------------


def test_shares_add_up_to_the_whole_difference(radist):
    assert set(radist["clause"]) == set(FOUR)
    runs = run(between(LOCK, V4)).runs.pivot(index="seed", columns="programme", values="npv")
    assert radist["contribution"].sum() == pytest.approx((runs["v4"] - runs["lock"]).mean())
    assert radist.attrs["difference"] == pytest.approx((runs["v4"] - runs["lock"]).mean())


def test_seeds_left_out_are_told():
    mixtures = study.mix(between(LOCK, V4))
    experiment = mixtures.experiment()
    experiment.simulate(experiment.look_up([1, 2, 3]))
    results = experiment.results()
    whole = study.shares(mixtures, results, "npv")
    assert "left out" not in shown.rest(whole)
    results.runs.loc[results.runs["seed"] == 2, "npv"] = np.nan
    table = study.shares(mixtures, results, "npv")
    assert (table.attrs["seeds"], table.attrs["left_out"]) == ([1, 3], 1)
    assert "2 seeds (1 more left out" in shown.rest(table)


def test_every_share_has_an_interval_around_it_and_the_greatest_comes_first(radist):
    assert (radist["low"] < radist["contribution"]).all()
    assert (radist["contribution"] < radist["high"]).all()
    assert radist["contribution"].abs().is_monotonic_decreasing
    assert radist.attrs["unit"] == "RUB"


def test_one_clause_carries_the_whole():
    table = taken_apart(V4, V4._replace(name="cold", conduct=V4.conduct._replace(care=0.2)))
    (row,) = table.itertuples()
    assert (row.clause, row.start, row.end) == ("care", "0.8", "0.2")
    assert row.contribution == row.alone == row.last
    assert row.contribution == pytest.approx(table.attrs["difference"], rel=1e-12)


def test_a_clause_that_does_nothing_carries_nothing():
    """Notice eases a loss; where the contract stays as it was there is none to ease."""
    first = programme("first", "first_sale_lock")
    last = programme("last", "first_sale_lock", notice_months=6, care=0.9)
    table = taken_apart(first, last).set_index("clause")["contribution"]
    assert table["notice_months"] == 0.0
    assert table["care"] != 0.0


NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8)


def made_up(numbers, size):
    """A value for each mixture of so many clauses, of one seed."""
    mixtures = study.needed(size, ())
    return {m: np.array([n]) for m, n in zip(mixtures, numbers, strict=True)}


@given(NUMBERS)
def test_counting_mixtures_is_averaging_over_all_orders(numbers):
    values = made_up(numbers, 3)
    orders = tuple(permutations(range(3)))
    over_all, _ = study.sampled(values, orders, 3)
    assert study.counted(values, 3) == pytest.approx(over_all, abs=1e-6)


@given(NUMBERS, st.permutations(range(3)))
def test_shares_over_some_orders_add_up_too(numbers, order):
    values = made_up(numbers, 3)
    found, _ = study.sampled(values, (order, order[::-1]), 3)
    whole = values[frozenset(range(3))] - values[frozenset()]
    assert found.sum(axis=0) == pytest.approx(whole, abs=1e-6)


def test_where_clauses_do_not_act_on_each_other_no_order_matters():
    worth = np.arange(1.0, 10.0)
    orders = study.draw_orders(9)
    values = {m: np.array([sum(worth[p] for p in m)]) for m in study.needed(9, orders)}
    found, error = study.sampled(values, orders, 9)
    assert found[:, 0] == pytest.approx(worth)
    assert error == pytest.approx(np.zeros(9))


def test_where_they_do_the_error_of_drawing_orders_is_told():
    """All nine pay only together: each carries a ninth, whatever was drawn."""
    orders = study.draw_orders(9)
    values = {m: np.array([9.0 * (len(m) == 9)]) for m in study.needed(9, orders)}
    found, error = study.sampled(values, orders, 9)
    assert found.sum() == pytest.approx(9.0)
    assert (np.abs(found[:, 0] - 1.0) <= 2.0 * error).mean() >= 0.7
    assert error.max() > 0.0


def test_more_than_eight_clauses_are_sampled_and_still_add_up():
    last = programme(
        "last",
        "clauses",
        rate=0.1,
        idle_months=6,
        quality_weight=0.3,
        complexity=2.0,
        registry=True,
        training=0.5,
        onboarding_months=1,
        lead_share=0.5,
        care=0.8,
        payout_days=3.0,
    )
    table = taken_apart(programme("first", "first_sale_lock"), last, seeds=2)
    assert len(table) == 10
    assert table.attrs["orders"] == study.ORDERS
    assert table.attrs["mixtures"] < 2**10
    assert table["contribution"].sum() == pytest.approx(table.attrs["difference"])
    assert (table["sampling_error"] > 0.0).any()
    assert f"{study.ORDERS} orders drawn at random" in " ".join(shown.sentences(table))


# --- clauses ---------------------------------------------------------------------------------

DRAWN = {bool: st.booleans(), int: st.integers(0, 200), float: st.floats(0, 1)}
ACCOUNTS = st.builds(
    Account,
    **{name: DRAWN[kind] for name, kind in get_type_hints(Account).items()}
    | {"originator_role": st.integers(0, 2)},
)
TERMS = {
    "client_choice": {"protection_months": st.integers(0, 24)},
    "inactivity_release": {"idle_months": st.integers(1, 36)},
    "split_reward": {
        "originator_share": st.floats(0, 1),
        "sunset_months": st.sampled_from([0, 1, 12, 24, 120]),
    },
}


@pytest.mark.parametrize("name", study.EQUAL)
@given(account=ACCOUNTS, drawn=st.data())
def test_named_policies_are_said_in_clauses_to_the_last_bit(name, account, drawn):
    terms = {term: drawn.draw(range_) for term, range_ in TERMS.get(name, {}).items()}
    named = registry.load(name, terms)
    same = study.in_clauses(named)
    assert same.objection(same.terms) == ""
    assert same.credited(account) == named.credited(account)
    assert same.moves_record(account) == named.moves_record(account)
    assert same.commission_rate(account) == named.commission_rate(account)
    assert same.terms.complexity == named.terms.complexity


def test_every_shipped_policy_is_said_in_clauses():
    assert {*SETTLED} <= {*study.EQUAL, "clauses"} <= set(registry.available())


@pytest.mark.parametrize("name", study.EQUAL)
def test_the_ends_are_the_two_programmes_themselves(name):
    studied = programme("named", name, rate=0.3)
    mixtures = study.mix(between(studied, programme("other", "clauses", care=0.9)))
    ends = mixtures.experiment()
    ends.simulate(ends.look_up([1]))
    runs = ends.results().runs.set_index("programme")["digest"]
    known = run(between(*mixtures.scenario.programmes, seeds=1)).runs
    assert runs.iloc[0] == known["digest"].iloc[0]
    assert runs["1" * len(mixtures.clauses)] == known["digest"].iloc[1]


def test_parts_that_divide_a_commission_are_one_clause():
    split = programme("split", "split_reward")
    names = {clause.name for clause in study.mix(between(LOCK, split)).clauses}
    assert "division of commission" in names
    assert not names & set(study.DIVISION)


def test_clauses_that_make_no_sense_apart_are_joined_and_that_is_told():
    paid = programme("paid", "clauses", retainer=10_000, retainer_clients=5, care=0.8)
    mixtures = study.mix(between(programme("first", "first_sale_lock"), paid))
    names = {clause.name for clause in mixtures.clauses}
    assert names == {"retainer, retainer_clients", "care"}
    assert "retainer_clients says who gets the retainer" in mixtures.joined[0]


def test_every_mixture_makes_sense():
    tangled = programme(
        "tangled",
        "clauses",
        moves_on_request=True,
        approval_months=2,
        may_match=True,
        protection_months=6,
        originator_share=0.3,
        record_share=0.7,
        sunset_months=12,
        tier_clients=10,
        tier_rate=0.4,
        non_compete=True,
    )
    other = programme("other", "clauses", lead_share=0.4, term_months=24, old_managed_months=6)
    mixtures = study.mix(between(tangled, other))
    assert len(mixtures.clauses) > 2
    assert mixtures.joined
    assert [objection(made) for made in mixtures.programmes.values() if objection(made)] == []


def test_a_policy_of_ones_own_is_one_clause_beside_the_terms_both_have():
    from dataclasses import replace

    own = replace(registry.load("active_servicer", {"rate": 0.3}), name="own")
    mixtures = study.mix(between(LOCK, programme("own", own)))
    assert {"policy", "rate"} <= {clause.name for clause in mixtures.clauses}


def test_later_changes_and_incidents_are_clauses_by_month():
    turned = LOCK._replace(
        name="turned",
        changes=(Change(3, V4), Change(6, LOCK)),
        incidents=(Incident(4, 0.2, "a quarrel"),),
    )
    mixtures = study.mix(between(LOCK, turned))
    names = [clause.name for clause in mixtures.clauses]
    assert names == ["from month 3", "from month 6", "incident of month 4"]
    assert mixtures.programmes[frozenset({0, 1, 2})]._replace(name="turned", policy=None) == (
        turned._replace(policy=None)
    )
    alone = mixtures.programmes[frozenset({1})]
    assert ([change.month for change in alone.changes], alone.incidents) == ([6], ())


def test_programmes_that_say_the_same_are_refused():
    with pytest.raises(BadInput, match="say the same"):
        study.mix(between(LOCK, LOCK._replace(name="again")))


# --- from outside ----------------------------------------------------------------------------


def test_decompose_from_python():
    small = {key: SMALL[key] for key in ("partners", "clients", "years", "seeds")}
    table = sim.decompose("radist-v4", start="first_sale_lock", end="v4", **small)
    assert set(table["clause"]) == {"rate", "payout_days", "care", "chat_openness"}
    assert table.attrs["start"] == "first_sale_lock"
    by_default = sim.decompose("radist-forty", indicator="client_churn", **small)
    assert by_default.attrs["end"] == "forty_in_three_days"
    assert by_default.attrs["unit"] == "per month"


def test_the_sentences_tell_every_clause_and_the_picture_every_bar(radist):
    said = " ".join(shown.sentences(radist))
    assert all(f"{clause} (" in said for clause in radist["clause"])
    assert "Vendor NPV" in said
    axes = drawn.picture(radist, "?").axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()][-1] == "whole difference"
    widths = [bar.get_width() for bar in axes.patches]
    assert sum(widths[:-1]) == pytest.approx(widths[-1])
