"""Fair bases: equal rates are equal, budgets are met, the best is best, and nobody confiscates."""

import numpy as np
import pytest

import sim
from policies import registry
from sim.questions.basis import ask as bases
from sim.questions.basis import words as told
from sim.questions.compare import words as findings
from sim.study.differences import differences
from sim.study.experiment import run
from sim.world import scenario
from sim.world.errors import BadInput
from sim.world.programme import Change, programme

SMALL = {"partners": 40, "clients": 600, "years": 2, "burn_in_months": 24, "seeds": 6}
LOCK = programme("lock", "first_sale_lock")
CHOICE = programme("choice", "client_choice")
FORTY = programme("forty", "recurring_forty")
ROLES = programme("roles", "clauses", rate=0.1, agent_rate=0.15, curator_rate=0.25)
BOUNTY = programme("bounty", "clauses", rate=0.0, first_rate=3.0)
NOTHING = programme("nothing", "no_reward")
COSTLY = programme("costly", "clauses", rate=0.1, retainer=50_000)


def small(*programmes, **changed):
    """A small market under a lock, in which the first programme is the baseline."""
    given = {**SMALL, "programmes": programmes, "baseline": programmes[0].name, **changed}
    return scenario.load()._replace(**given)


def levels(found, indicator):
    """Mean level of an indicator by programme."""
    return run(found.scenario).runs.groupby("programme")[indicator].mean()


@pytest.fixture(scope="module")
def budget():
    return bases.put_on(small(LOCK, CHOICE, FORTY, ROLES, BOUNTY, NOTHING, COSTLY), "budget")


@pytest.fixture(scope="module")
def by_name(budget):
    return {rate.programme: rate for rate in budget.rates}


# --- the headline ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("studied", "term"),
    [(LOCK, "rate"), (ROLES, "rate"), (BOUNTY, "first_rate"), (NOTHING, ""), (COSTLY, "rate")],
)
def test_headline_is_the_rate_on_every_payment_or_else_what_there_is(studied, term):
    assert bases.headline(studied.policy) == term


def test_rates_move_in_proportion_and_as_far_as_all_are_legal():
    assert bases.legal_rates(ROLES.policy, "rate") == pytest.approx((0.0, 0.4))
    doubled = bases.at_rate(ROLES.policy, "rate", 0.2).terms
    assert (doubled.rate, doubled.agent_rate) == (0.2, 0.3)
    assert doubled.curator_rate == 0.5
    assert doubled.record_share == 1.0


def test_a_rate_at_which_the_clauses_contradict_each_other_is_not_tried():
    tiers = registry.load("clauses", {"tier_clients": 10, "tier_rate": 0.4})
    low, high = bases.legal_rates(tiers, "rate")
    assert tiers.objection(bases.at_rate(tiers, "rate", 0.0).terms)
    for end in (low, high):
        assert tiers.objection(bases.at_rate(tiers, "rate", end).terms) == ""


# --- equal rates -----------------------------------------------------------------------------


def test_at_an_equal_rate_forty_per_cent_is_the_lock():
    found = bases.put_on(small(LOCK, FORTY), "rate")
    runs = run(found.scenario).runs.pivot(index="seed", columns="programme", values="npv")
    assert (runs["forty"] == runs["lock"]).all()


def test_at_an_equal_rate_who_has_none_keeps_what_it_has():
    found = bases.put_on(small(LOCK, ROLES, BOUNTY, NOTHING), "rate")
    terms = {studied.name: studied.policy.terms for studied in found.scenario.programmes}
    assert (terms["roles"].rate, terms["roles"].curator_rate) == (0.2, 0.5)
    assert (terms["bounty"].rate, terms["bounty"].first_rate) == (0.0, 3.0)
    assert terms["nothing"].rate == 0.0
    said = " ".join(told.sentences(found, differences(run(found.scenario))))
    assert "bounty has no rate on every payment" in said
    assert "nothing stays as it is" in said


def test_a_rate_beyond_what_is_legal_is_told_with_the_nearest():
    found = bases.put_on(small(programme("half", "first_sale_lock", rate=0.5), ROLES), "rate")
    _, roles = found.rates
    assert (roles.rate, roles.is_reached) == (pytest.approx(0.4), False)
    assert "nearest legal 40 %" in told.at_one_rate(found, None)


# --- equal budgets ---------------------------------------------------------------------------


def test_budgets_are_equal_at_the_rates_found(budget):
    paid = levels(budget, "commission_pv")
    for name in ("choice", "forty", "roles", "bounty"):
        assert paid[name] == pytest.approx(paid["lock"], rel=0.02), name


def test_the_baseline_keeps_its_rate_and_what_equals_it_finds_it(by_name):
    assert by_name["lock"].rate == 0.2
    assert by_name["forty"].rate == pytest.approx(0.2, abs=2e-5)


def test_a_budget_out_of_reach_is_told_with_the_nearest(budget, by_name):
    assert not by_name["costly"].is_reached
    assert by_name["costly"].rate == 0.0
    said = told.sentences(budget, differences(run(budget.scenario)))[0]
    assert "costly cannot reach it at any legal rate, nearest 0 %" in said


def test_who_cannot_be_put_on_the_basis_is_not_said_to_be(budget):
    comparison = differences(run(budget.scenario))
    comparison.attrs["basis"] = budget.plain()
    assert "all at an equal budget (but for nothing, costly);" in findings.condition(comparison)
    comparison.attrs["basis"]["rates"] = [
        rate for rate in budget.plain()["rates"] if rate["programme"] in ("lock", "choice")
    ]
    assert "all at an equal budget;" in findings.condition(comparison)
    comparison.attrs["basis"]["rates"] = [
        rate for rate in budget.plain()["rates"] if rate["programme"] in ("lock", "costly")
    ]
    said = findings.condition(comparison)
    assert "no legal rate brings any programme there" in said
    assert "but for" not in said


def test_rates_are_corrected_on_seeds_beyond_the_few_they_are_searched_on():
    many = small(LOCK, CHOICE, seeds=bases.FEW + 14, years=1)
    found = bases.put_on(many, "budget")
    only_few = bases.put_on(many._replace(seeds=bases.FEW), "budget")
    assert found.seeds == only_few.seeds == bases.FEW
    paid = levels(found, "commission_pv")
    missed = abs(paid["choice"] / paid["lock"] - 1.0)
    before = levels(
        found.__class__(
            "budget", only_few.scenario._replace(seeds=many.seeds), only_few.rates, bases.FEW
        ),
        "commission_pv",
    )
    assert missed < 0.01
    assert missed < abs(before["choice"] / before["lock"] - 1.0)


def test_a_rate_whose_effect_is_not_known_is_left_where_it_is():
    """At a rate of zero nothing can be nudged, and where nothing moves no slope tells how far."""
    movers = [bases.Mover(LOCK, "rate", 0.0, 1.0)] * 3
    trials = bases.Trials(small(LOCK), movers, 1, None, {})
    asked = []

    def excess(rates, who, seeds=2):
        asked.append(rates)
        return np.where(who == 2, rates - 0.3, 0.01)

    with np.errstate(all="raise"):
        found = bases.corrected(trials, excess, np.array([0.0, 0.2, 0.31]), np.arange(3))
    assert np.isfinite(np.concatenate(asked)).all()
    assert found.tolist() == [0.0, 0.2, 0.3]


# --- the best --------------------------------------------------------------------------------


def test_the_best_rate_beats_others_and_says_how_flat_it_is():
    found = bases.put_on(small(LOCK, NOTHING), "best")
    lock, nothing = found.rates
    assert nothing.term == ""
    assert lock.low <= lock.rate <= lock.high
    best = levels(found, "npv")["lock"]
    for rate in (0.0, 0.35, 0.9):
        other = small(programme("lock", "first_sale_lock", rate=rate, grandfather_months=600))
        assert levels(bases.Basis("best", other, (), 0), "npv")["lock"] <= best
    assert lock.high < 0.9


def test_a_best_rate_at_the_edge_is_said_to_be_there():
    dear = small(COSTLY)
    found = bases.put_on(dear, "best")
    (rate,) = found.rates
    assert (rate.rate, rate.is_reached) == (0.0, False)
    assert "at the edge" in told.sentences(found, differences(run(found.scenario)))[0]


# --- fairness --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bases.BASES)
def test_on_every_basis_old_clients_keep_their_contract(name):
    """Under no reward an old client pays its partner what the incumbent promised, a new nothing."""
    found = bases.put_on(small(LOCK, NOTHING, seeds=2), name)
    kept = {studied.conduct.grandfather_months for studied in found.scenario.programmes}
    assert kept == {bases.FOR_GOOD}
    once = sim.simulate(found.scenario, policy="nothing", years=2, burn_in=24)
    won = once.accounts.set_index("account")["won_month"]
    paid = once.ledger[once.ledger["month"] > 0]
    assert len(paid) > 50
    assert (won.loc[paid["account"].unique()] <= 0).mean() > 0.9


def test_a_programme_that_changes_is_refused_with_what_to_do():
    turns = LOCK._replace(name="turns", changes=(Change(12, CHOICE),))
    with pytest.raises(BadInput, match=r"turns becomes .* month 12.*--policies lock,choice"):
        bases.put_on(small(LOCK, CHOICE, turns), "budget")


@pytest.mark.parametrize(
    ("name", "baseline", "told"),
    [
        ("rate", NOTHING, "no rate on every payment"),
        ("rate", BOUNTY, "no rate on every payment"),
        ("budget", NOTHING, "pays nothing at any rate"),
        ("fairness", LOCK, "budget"),
    ],
)
def test_what_no_fair_basis_can_be_found_for_is_refused(name, baseline, told):
    with pytest.raises(BadInput, match=told):
        bases.put_on(small(baseline, CHOICE), name)


# --- from outside ----------------------------------------------------------------------------


def test_compare_takes_a_basis_and_tells_its_rates():
    table = sim.compare(small(LOCK, CHOICE), basis="budget")
    rates = {row["programme"]: row["rate"] for row in table.attrs["basis"]["rates"]}
    assert rates["lock"] == 0.2
    assert 0.05 < rates["choice"] < 0.3
    row = table.set_index(["programme", "indicator"]).loc[("choice", "commission_pv")]
    assert abs(row.relative) < 0.02
    assert np.isfinite([row.low, row.high]).all()
