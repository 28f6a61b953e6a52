"""A change that touches nothing changes nothing, not by one bit; luck is the same for all."""

from dataclasses import replace

import pytest

from policies.registry import available, load
from sim.engines.outcome import Tenure
from sim.world.luck import Draw, draws
from sim.world.programme import programme

BURN_IN, STUDIED = 24, 24
FEES = ("gross_margin", "vendor_discount", "direct_cac", "unserved_cost")
"""prices that only the indicators read"""


def in_python(rule):
    """The Python source of a compiled rule."""
    return getattr(rule, "py_func", rule)


@pytest.fixture(scope="module")
def grown(market):
    """A market under a contract that has moved records and made partners wary."""
    return market("client_choice", seed=11, months=BURN_IN)


@pytest.fixture(scope="module")
def under(grown, later):
    """What becomes of that market under a programme."""
    return lambda *name, **numbers: later(grown.branch(programme(*name, **numbers)), STUDIED)


# --- the same contract in other words --------------------------------------------------------


def test_forty_per_cent_is_a_lock_at_another_rate(under, difference):
    lock = under("first_sale_lock", rate=0.40)
    assert difference(under("recurring_forty"), lock) == set()


def test_no_reward_is_a_lock_at_no_rate(under, difference):
    """Only the share of nothing that is credited to the record differs."""
    lock = under("first_sale_lock", rate=0.0)
    assert difference(under("no_reward"), lock) == {"accounts.record_credit"}


IN_CLAUSES = {
    "first_sale_lock": {},
    "recurring_forty": {"rate": 0.40},
    "no_reward": {"rate": 0.0, "record_share": 0.0},
    "client_choice": {"moves_on_request": True},
    "inactivity_release": {"idle_months": 6},
    "active_servicer": {"record_share": 0.0, "servicing_share": 1.0},
    "split_reward": {"record_share": 0.0, "originator_share": 0.5, "servicing_share": 0.5},
}


@pytest.mark.parametrize("name", sorted({*available()} - {"clauses"}))
def test_contract_put_together_from_clauses_lives_as_the_named_one(under, difference, name):
    complexity = load(name).terms.complexity
    clauses = under("clauses", **IN_CLAUSES[name], complexity=complexity)
    assert difference(clauses, under(name)) == set()


@pytest.mark.parametrize("shipped", ["client_choice", "inactivity_release", "split_reward"])
def test_name_of_a_policy_does_not_matter(under, difference, renamed, shipped):
    own = renamed(shipped, "my_own_rule")
    assert own.name == "my_own_rule"
    assert difference(under("theirs", own), under("ours", shipped)) == set()


@pytest.mark.parametrize("shipped", ["client_choice", "inactivity_release", "split_reward"])
def test_policy_in_plain_python_lives_the_same(under, difference, shipped):
    compiled = load(shipped)
    plain = replace(
        compiled,
        credit=in_python(compiled.credit),
        record_moves=in_python(compiled.record_moves),
    )
    assert difference(under("plain", plain), under("compiled", compiled)) == set()


def test_term_spelled_out_at_its_default_does_not_matter(under, difference):
    spelled = under("client_choice", protection_months=0, rate=0.20, payout_days=30.0)
    assert difference(spelled, under("client_choice")) == set()


@pytest.mark.parametrize("protection", [1, 6])
def test_protection_from_clients_who_never_ask_does_not_matter(
    market, later, difference, protection
):
    """Nor do partners expect them to ask sooner, or court them."""
    quiet = market().assumptions._replace(
        asking=0.0, poaching=0.0, courting_hours=0.0, expected_request=60
    )
    grown = market("client_choice", seed=11, months=BURN_IN, assumptions=quiet)
    protected = grown.branch(programme("client_choice", protection_months=protection))
    free = grown.branch(programme("client_choice"))
    assert difference(later(protected, STUDIED), later(free, STUDIED)) == set()


def test_protection_enters_expectations(under, difference):
    """Twelve months of it change conduct, though records are older than that."""
    touched = difference(under("client_choice", protection_months=12), under("client_choice"))
    assert "partners.effort" in touched


FOR_NOBODY = {
    "a tier that nobody reaches": {"tier_clients": 200, "tier_rate": 0.9},
    "a second tier that nobody reaches": {
        "tier_clients": 199,
        "tier_rate": 0.9,
        "top_tier_clients": 200,
        "top_tier_rate": 0.99,
    },
    "a term that nobody lives to see": {"term_months": 120},
    "merit of leads that nobody gives": {"leads_by_merit": False, "lead_share": 0.0},
}


@pytest.mark.parametrize("clause", FOR_NOBODY)
def test_clause_switched_on_for_nobody_changes_nothing(under, difference, clause):
    base = {"lead_share": 0.0}
    switched = under("clauses", **{**base, **FOR_NOBODY[clause]})
    assert difference(switched, under("clauses", **base)) == set()


@pytest.mark.parametrize("term", ["grandfather_months", "notice_months"])
def test_easing_of_a_change_that_changes_nothing_does_not_matter(under, difference, term):
    assert difference(under("client_choice", **{term: 12}), under("client_choice")) == set()


@pytest.mark.parametrize("consent", [0.0, 1.0])
def test_consent_that_nobody_needs_does_not_matter(market, difference, consent):
    usual = market("client_choice")
    other = usual.assumptions._replace(consent=consent)
    assert difference(market("client_choice", assumptions=other), usual) == set()


@pytest.mark.parametrize("assumption", ["training_gain", "onboarding_deterrence", "notice_relief"])
def test_what_no_clause_calls_for_does_not_matter(market, difference, assumption):
    usual = market("client_choice")
    other = usual.assumptions._replace(**{assumption: 0.0})
    assert difference(market("client_choice", assumptions=other), usual) == set()


def test_consent_always_given_is_as_if_none_were_needed(market, later, difference):
    agreeable = market(months=0).assumptions._replace(consent=1.0)
    grown = market("client_choice", seed=11, months=BURN_IN, assumptions=agreeable)
    free, asked = (
        later(
            grown.branch(programme("clauses", moves_on_request=True, needs_consent=is_so)), STUDIED
        )
        for is_so in (False, True)
    )
    assert difference(asked, free) == set()


PATIENT = {"partner_discount": 0.0, "waiting_pain": 0.0}
"""To whom a rouble is worth the same whenever it is paid."""


@pytest.fixture(scope="module")
def among_the_patient(market, later):
    """What becomes of a market of patient partners under a programme."""
    assumptions = market(months=0).assumptions._replace(**PATIENT)
    grown = market("client_choice", seed=11, months=BURN_IN, assumptions=assumptions)
    return lambda **numbers: later(grown.branch(programme("client_choice", **numbers)), STUDIED)


def test_threshold_of_one_kopeck_does_not_matter_to_the_patient(among_the_patient, difference):
    assert difference(among_the_patient(payout_threshold=0.01), among_the_patient()) == set()


@pytest.mark.parametrize("term", [{"payout_threshold": 50_000.0}, {"payout_days": 90.0}])
def test_patient_partners_do_not_mind_when_they_are_paid(among_the_patient, difference, term):
    """They look at what they are credited, not at their bank account."""
    touched = difference(among_the_patient(**term), among_the_patient())
    assert touched == {"months.paid_out", "months.payables", "partners.payable"}


@pytest.mark.parametrize("term", [{"payout_threshold": 50_000.0}, {"payout_days": 90.0}])
def test_all_others_mind(under, difference, term):
    touched = difference(under("client_choice", **term), under("client_choice"))
    assert "partners.motivation" in touched


# --- what the vendor's books cost ------------------------------------------------------------


@pytest.mark.parametrize("fee", FEES)
def test_prices_in_the_vendors_books_change_nobodys_conduct(market, difference, fee):
    usual = market(months=12)
    dearer = usual.assumptions._replace(**{fee: getattr(usual.assumptions, fee) * 1.1})
    assert difference(market(months=12, assumptions=dearer), usual) == set()


def test_cost_of_a_dispute_changes_nothing_else(market, difference):
    usual = market("client_choice")
    dearer = usual.assumptions._replace(dispute_cost_high=90_000.0)
    touched = difference(market("client_choice", assumptions=dearer), usual)
    assert touched == {"months.dispute_cost"}


@pytest.mark.parametrize("fee", ["member_cost", "care_cost", "training_cost", "registry_cost"])
def test_cost_of_the_programme_changes_nothing_else(market, difference, fee):
    costly = programme("client_choice", care=0.8, training=0.5, registry=True)
    usual = market(incumbent=costly, months=12)
    dearer = usual.assumptions._replace(**{fee: getattr(usual.assumptions, fee) * 1.1})
    touched = difference(market(incumbent=costly, months=12, assumptions=dearer), usual)
    assert touched == {"months.programme_cost"}


def test_keeping_no_ledger_changes_nothing_else(market, difference):
    touched = difference(market(keep_ledger=False), market())
    assert touched == {
        f"ledger.{name}" for name in ("month", "account", "partner", "role", "kopecks")
    }


# --- the moment of decision ------------------------------------------------------------------


@pytest.mark.parametrize("policy", available())
def test_past_is_the_same_under_every_programme(grown, under, policy):
    then, now = grown.outcome(), under(policy).outcome()
    assert (now.months[: BURN_IN + 1] == then.months).all()
    past = now.ledger["month"] <= BURN_IN
    assert all((now.ledger[name][past] == then.ledger[name]).all() for name in now.ledger)


@pytest.mark.parametrize("policy", available())
def test_who_exists_is_the_same_under_every_programme(grown, under, policy):
    then, now = grown.outcome(), under(policy).outcome()
    for trait in ("is_active_type", "is_cash_constrained", "productivity", "skill", "hour_cost"):
        assert (now.partners[trait] == then.partners[trait]).all()
    assert (now.accounts["need"] == then.accounts["need"]).all()


@pytest.mark.parametrize("policy", available())
def test_luck_is_the_same_under_every_programme(under, policy):
    world = under(policy)
    for decision in (Draw.ENTRY, Draw.EXIT, Draw.CHURN, Draw.SELLER):
        met = world.luck(decision)
        assert met == draws(11, BURN_IN + STUDIED, decision, len(met)).tolist()


def test_decision_itself_changes_no_client_and_no_record(grown):
    """Only partners have heard of the new programme; its first month is still to come."""
    branched = grown.branch(programme("no_reward"))
    then, now = grown.outcome(), branched.outcome()
    assert all((now.accounts[name] == then.accounts[name]).all() for name in now.accounts)
    assert (now.partners["payable"] == then.partners["payable"]).all()
    assert (now.partners["status"] == then.partners["status"]).all()
    assert branched.study_month == branched.month == BURN_IN


@pytest.mark.parametrize("policy", available())
def test_adopting_the_programme_in_force_changes_nothing(market, later, difference, policy):
    """But for the counts that begin anew with the months studied."""
    straight = market(policy, seed=11, months=BURN_IN)
    adopted = straight.branch(straight.vendor.programme)
    begun_anew = {"partners.earned", *(f"tenures.{name}" for name in Tenure._fields)}
    assert difference(later(adopted, STUDIED), later(straight, STUDIED)) <= begun_anew
