"""Every clause at its boundary, and what the named contracts are in clauses."""

from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.contract import AGENT, CURATOR, RECOMMENDER, Account, Credit, declared
from policies.registry import load

NEVER = 9999
DRAWN = {bool: st.booleans(), int: st.integers(0, NEVER), float: st.floats(0, 1)}
ACCOUNTS = st.builds(
    Account,
    **{name: DRAWN[kind] for name, kind in get_type_hints(Account).items()}
    | {"originator_role": st.sampled_from([RECOMMENDER, AGENT, CURATOR])},
)
"""Any account, even one whose facts contradict each other."""


def agreed(**terms):
    """A contract of the clauses given."""
    contract = load("clauses", terms)
    assert contract.objection(contract.terms) == ""
    return contract


def answers(policy, account):
    """All that a policy says of an account."""
    return policy.credited(account), policy.moves_record(account), policy.commission_rate(account)


def around(month):
    """The months before, at and after a boundary."""
    return (month - 1, month, month + 1)


# --- without clauses -------------------------------------------------------------------------


@given(ACCOUNTS)
def test_without_clauses_it_is_the_first_sale_lock(account):
    assert answers(agreed(), account) == answers(load("first_sale_lock"), account)


@given(ACCOUNTS)
def test_another_rate_makes_forty_per_cent(account):
    assert answers(agreed(rate=0.40), account) == answers(load("recurring_forty"), account)


@given(ACCOUNTS)
def test_no_rate_and_no_share_is_no_reward(account):
    nothing = agreed(rate=0.0, record_share=0.0)
    assert answers(nothing, account) == answers(load("no_reward"), account)


REACH = st.fixed_dictionaries({"reaches_orphans": st.booleans(), "reaches_own": st.booleans()})


@given(ACCOUNTS, st.integers(0, 24), REACH)
def test_moving_on_request_is_client_choice(account, months, reach):
    choice = load("client_choice", {"protection_months": months, **reach})
    clauses = agreed(moves_on_request=True, protection_months=months, **reach)
    assert answers(clauses, account) == answers(choice, account)


@given(ACCOUNTS, st.integers(1, 36), REACH)
def test_idle_months_are_inactivity_release(account, months, reach):
    release = load("inactivity_release", {"idle_months": months, **reach})
    assert answers(agreed(idle_months=months, **reach), account) == answers(release, account)


WORK = {"record_share": 0.0, "servicing_share": 1.0}


@given(ACCOUNTS)
def test_a_share_for_work_alone_is_active_servicer(account):
    assert answers(agreed(**WORK), account) == answers(load("active_servicer"), account)


HALVES = {"record_share": 0.0, "originator_share": 0.5, "servicing_share": 0.5}


@given(ACCOUNTS)
def test_halves_for_winning_and_serving_are_split_reward(account):
    assert answers(agreed(**HALVES), account) == answers(load("split_reward"), account)


@given(ACCOUNTS, st.integers(1, 120))
def test_sunset_is_split_rewards_but_what_sets_stays_with_the_vendor(account, months):
    split = load("split_reward", {"sunset_months": months})
    clauses = agreed(**HALVES, sunset_months=months)
    if account.tenure < months:
        assert answers(clauses, account) == answers(split, account)
    else:
        assert clauses.credited(account) == Credit(0, 0, 0.5 * account.is_serviced, 0)
        assert split.credited(account) == Credit(0, 0, 1.0 * account.is_serviced, 0)


WITNESSES = {
    "rate": ({"rate": 0.3}, {}),
    "moves_on_request": ({"moves_on_request": True}, {"client_asked": True}),
    "approval_months": (
        {"moves_on_request": True, "approval_months": 2},
        {"client_asked": True, "request_age": 0},
    ),
    "needs_consent": (
        {"moves_on_request": True, "needs_consent": True},
        {"client_asked": True, "has_consent": False},
    ),
    "protection_months": (
        {"moves_on_request": True, "protection_months": 6},
        {"client_asked": True, "record_age": 1},
    ),
    "renewal_months": (
        {"moves_on_request": True, "renewal_months": 12},
        {"client_asked": True, "tenure": 13},
    ),
    "idle_months": ({"idle_months": 6}, {"record_idle": 6}),
    "serving_months": ({"serving_months": 6}, {"servicing_age": 6}),
    "originator_share": ({"record_share": 0.0, "originator_share": 0.5}, {}),
    "record_share": ({"record_share": 0.5}, {}),
    "servicing_share": ({"record_share": 0.5, "servicing_share": 0.5}, {}),
    "may_match": (
        {"moves_on_request": True, "approval_months": 2, "may_match": True},
        {"request_age": 2, "record_idle": 1},
    ),
    "sunset_passes_on": (
        {
            "record_share": 0.5,
            "originator_share": 0.5,
            "sunset_months": 12,
            "sunset_passes_on": True,
        },
        {"tenure": 12},
    ),
    "managed_months": ({"managed_months": 6}, {"record_idle": 6}),
    "old_managed_months": (
        {"term_months": 12, "old_managed_months": 6},
        {"tenure": 12, "is_old": True, "record_idle": 1},
    ),
    "upsell_rate": ({"upsell_rate": 0.1}, {"upsold_share": 0.2}),
    "sunset_months": (
        {"record_share": 0.5, "originator_share": 0.5, "sunset_months": 12},
        {"tenure": 12},
    ),
    "first_rate": ({"first_rate": 3.0}, {"tenure": 0}),
    "term_months": ({"term_months": 12}, {"tenure": 12}),
    "yearly_decay": ({"yearly_decay": 0.1}, {"tenure": 12}),
    "quality_weight": ({"quality_weight": 0.5}, {"quality": 0.4}),
    "tier_clients": ({"tier_clients": 10, "tier_rate": 0.45}, {"record_clients": 10}),
    "tier_rate": ({"tier_clients": 10, "tier_rate": 0.45}, {"record_clients": 10}),
    "top_tier_clients": (
        {"tier_clients": 5, "tier_rate": 0.3, "top_tier_clients": 10, "top_tier_rate": 0.6},
        {"record_clients": 10},
    ),
    "top_tier_rate": (
        {"tier_clients": 5, "tier_rate": 0.3, "top_tier_clients": 10, "top_tier_rate": 0.6},
        {"record_clients": 10},
    ),
    "quota_months": ({"quota_months": 12}, {"record_quiet": 12}),
    "agent_rate": ({"agent_rate": 0.3}, {"originator_role": AGENT}),
    "curator_rate": (
        {"curator_rate": 0.5},
        {"originator_role": CURATOR, "originator_serves": True},
    ),
}
"""For each clause, a contract and a case in which it matters."""


def test_every_clause_has_a_witness():
    assert set(WITNESSES) | {"complexity"} == set(declared(type(load("clauses").terms)))


@pytest.mark.parametrize("clause", WITNESSES)
def test_every_clause_says_something(drifted, clause):
    terms, facts = WITNESSES[clause]
    without = load("clauses", {name: terms[name] for name in terms if name != clause})
    assert answers(agreed(**terms), drifted(**facts)) != answers(without, drifted(**facts))


# --- the record ------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [False, True])
def test_record_moves_on_request_only_where_agreed(drifted, asked):
    account = drifted(client_asked=asked)
    assert agreed(moves_on_request=True).moves_record(account) == asked
    assert not agreed().moves_record(account)


@pytest.mark.parametrize("age", around(3))
def test_request_takes_effect_after_the_months_of_approval(drifted, age):
    slow = agreed(moves_on_request=True, approval_months=3)
    assert slow.moves_record(drifted(request_age=age)) == (age >= 3)


def test_approval_waits_for_a_request(drifted):
    slow = agreed(moves_on_request=True, approval_months=12)
    assert not slow.moves_record(drifted(request_age=NEVER))
    assert slow.moves_record(drifted(request_age=NEVER - 1))


@pytest.mark.parametrize("consents", [False, True])
def test_consent_is_asked_of_the_partner_of_record(drifted, consents):
    account = drifted(client_asked=True, has_consent=consents)
    assert agreed(moves_on_request=True, needs_consent=True).moves_record(account) == consents
    assert agreed(moves_on_request=True).moves_record(account)


@pytest.mark.parametrize("age", around(12))
def test_young_record_is_protected_from_requests(drifted, age):
    protected = agreed(moves_on_request=True, protection_months=12)
    assert protected.moves_record(drifted(client_asked=True, record_age=age)) == (age >= 12)


def test_nobodys_record_is_neither_protected_nor_anyones_to_give(drifted):
    hard = agreed(moves_on_request=True, protection_months=24, needs_consent=True)
    facts = {"has_record": False, "record_age": 0, "has_consent": False}
    assert hard.moves_record(drifted(client_asked=True, **facts))
    assert not hard.moves_record(drifted(client_asked=False, **facts))


@pytest.mark.parametrize("tenure", [1, *around(12), *around(24)])
def test_requests_count_only_when_a_term_ends(drifted, tenure):
    yearly = agreed(moves_on_request=True, renewal_months=12)
    for request in ({"client_asked": True}, {"request_age": 5}):
        assert yearly.moves_record(drifted(**request, tenure=tenure)) == (tenure in (12, 24))
    assert not yearly.moves_record(drifted(tenure=tenure))


@pytest.mark.parametrize("idle", around(12))
def test_record_is_released_after_the_idle_months(drifted, idle):
    assert agreed(idle_months=12).moves_record(drifted(record_idle=idle)) == (idle >= 12)


@pytest.mark.parametrize("months", around(12))
def test_record_goes_to_who_has_served_long_enough(drifted, months):
    served = agreed(serving_months=12)
    assert served.moves_record(drifted(servicing_age=months)) == (months >= 12)


@pytest.mark.parametrize("clause", ["idle_months", "serving_months"])
def test_work_of_nobody_moves_nothing(drifted, clause):
    account = drifted(is_serviced=False, record_idle=NEVER, servicing_age=NEVER)
    assert not agreed(**{clause: 1}).moves_record(account)


def test_request_moves_the_record_to_a_helper_who_has_not_begun(drifted):
    account = drifted(client_asked=True, is_serviced=False, servicing_age=0)
    assert agreed(moves_on_request=True).moves_record(account)


def test_either_way_is_enough_where_several_are_agreed(drifted):
    any_way = agreed(moves_on_request=True, idle_months=6, serving_months=12)
    busy = {"record_idle": 0, "servicing_age": 0}
    assert not any_way.moves_record(drifted(**busy))
    for facts in ({"client_asked": True}, {"record_idle": 6}, {"servicing_age": 12}):
        assert any_way.moves_record(drifted(**{**busy, **facts}))


# --- the division ----------------------------------------------------------------------------


def test_three_roles_share_as_agreed(drifted):
    thirds = agreed(originator_share=0.2, record_share=0.5, servicing_share=0.3)
    assert thirds.credited(drifted()) == Credit(0.2, 0.5, 0.3, 0)
    assert thirds.credited(drifted(is_serviced=False)) == Credit(0.2, 0.5, 0, 0)


@pytest.mark.parametrize("tenure", around(12))
def test_originators_share_ends_with_its_sunset(drifted, tenure):
    tail = agreed(originator_share=0.3, record_share=0.7, sunset_months=12)
    part = 0.3 if tenure < 12 else 0.0
    assert tail.credited(drifted(tenure=tenure)) == Credit(part, 0.7, 0, 0)


@pytest.mark.parametrize("tenure", around(12))
def test_originators_share_passes_to_who_works_after_its_sunset(drifted, tenure):
    tail = agreed(
        originator_share=0.3,
        record_share=0.0,
        servicing_share=0.7,
        sunset_months=12,
        sunset_passes_on=True,
    )
    parts = (0.3, 0, 0.7, 0) if tenure < 12 else (0, 0, 1, 0)
    assert tail.credited(drifted(tenure=tenure)) == Credit(*parts)


@pytest.mark.parametrize("idle", around(6))
def test_who_has_not_managed_an_account_so_long_is_paid_nothing(drifted, idle):
    managed = agreed(originator_share=0.3, record_share=0.7, managed_months=6)
    credit = managed.credited(drifted(originator_idle=idle, record_idle=2))
    assert credit == Credit(0.3 if idle < 6 else 0, 0.7, 0, 0)
    credit = managed.credited(drifted(originator_idle=2, record_idle=idle))
    assert credit == Credit(0.3, 0.7 if idle < 6 else 0, 0, 0)


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("idle", [0, 3])
def test_old_clients_have_no_term_but_must_be_managed(drifted, is_old, idle):
    hubspot = agreed(term_months=36, old_managed_months=3)
    account = drifted(tenure=60, is_old=is_old, record_idle=idle)
    paid = hubspot.credited(account).partner_of_record * hubspot.commission_rate(account)
    assert paid == (0.2 if is_old and idle < 3 else 0)


@pytest.mark.parametrize("upsold", [0.0, 0.2, 1.0])
def test_upsells_are_paid_to_who_sold_them_at_their_own_rate(drifted, upsold):
    account = drifted(upsold_share=upsold)
    rule = agreed(upsell_rate=0.1)
    credit, rate = rule.credited(account), rule.commission_rate(account)
    assert credit.upseller * rate == pytest.approx(0.1 * upsold)
    assert credit.partner_of_record * rate == pytest.approx(0.2 * (1 - upsold))


def test_upsells_are_paid_on_after_the_term(drifted):
    account = drifted(tenure=36, upsold_share=0.2)
    rule = agreed(term_months=36, upsell_rate=0.1)
    assert rule.credited(account).upseller == 1
    assert rule.commission_rate(account) == pytest.approx(0.02)


# --- the schedule ----------------------------------------------------------------------------


@pytest.mark.parametrize(("tenure", "rate"), [(0, 3.0), (1, 0.2), (2, 0.2)])
def test_bounty_takes_the_place_of_the_rate_on_the_first_payment(situation, tenure, rate):
    assert agreed(first_rate=3.0).commission_rate(situation(tenure=tenure)) == rate


def test_bounty_is_paid_whatever_else_is_agreed(situation):
    hard = agreed(first_rate=3.0, quota_months=1, quality_weight=1.0, yearly_decay=0.9)
    account = situation(tenure=0, record_quiet=NEVER, quality=0.0)
    assert hard.commission_rate(account) == 3.0


@pytest.mark.parametrize("tenure", around(12))
def test_commission_ends_with_its_term(situation, tenure):
    rate = agreed(term_months=12).commission_rate(situation(tenure=tenure))
    assert rate == (0.2 if tenure < 12 else 0)


@pytest.mark.parametrize(
    ("tenure", "rate"), [(0, 0.2), (11, 0.2), (12, 0.15), (23, 0.15), (24, 0.1125), (36, 0.084375)]
)
def test_rate_falls_each_year(situation, tenure, rate):
    found = agreed(yearly_decay=0.25).commission_rate(situation(tenure=tenure))
    assert found == pytest.approx(rate)


@pytest.mark.parametrize(("quality", "rate"), [(0.0, 0.1), (0.5, 0.15), (1.0, 0.2)])
def test_what_follows_measured_conduct_is_lost_if_unserved(situation, quality, rate):
    found = agreed(quality_weight=0.5).commission_rate(situation(quality=quality))
    assert found == pytest.approx(rate)


@pytest.mark.parametrize("clients", around(10))
def test_tier_begins_with_its_number_of_clients(situation, clients):
    tier = agreed(tier_clients=10, tier_rate=0.45)
    rate = tier.commission_rate(situation(record_clients=clients))
    assert rate == (0.45 if clients >= 10 else 0.2)


@pytest.mark.parametrize("quiet", around(12))
def test_who_has_won_nobody_so_long_is_paid_nothing(situation, quiet):
    rate = agreed(quota_months=12).commission_rate(situation(record_quiet=quiet))
    assert rate == (0.2 if quiet < 12 else 0)


ROLES = {"agent_rate": 0.3, "curator_rate": 0.5}


@pytest.mark.parametrize(
    ("role", "serves", "rate"),
    [
        (RECOMMENDER, False, 0.2),
        (RECOMMENDER, True, 0.2),
        (AGENT, False, 0.3),
        (AGENT, True, 0.3),
        (CURATOR, False, 0.3),
        (CURATOR, True, 0.5),
    ],
)
def test_rate_is_that_of_the_role_and_a_curators_of_one_who_accompanies(
    situation, role, serves, rate
):
    account = situation(originator_role=role, originator_serves=serves)
    assert agreed(**ROLES).commission_rate(account) == rate
    assert agreed().commission_rate(account) == 0.2


def test_role_counts_before_tier(situation):
    both = agreed(**ROLES, tier_clients=10, tier_rate=0.45)
    assert both.commission_rate(situation(record_clients=10, originator_role=AGENT)) == 0.3
    assert both.commission_rate(situation(record_clients=10)) == 0.45


@given(ACCOUNTS)
def test_schedule_says_nothing_of_who_is_paid_and_record_nothing_of_how_much(account):
    schedule = agreed(term_months=12, yearly_decay=0.1, quota_months=6, **ROLES)
    record = agreed(moves_on_request=True, idle_months=6, serving_months=12)
    assert schedule.credited(account) == agreed().credited(account)
    assert schedule.moves_record(account) == agreed().moves_record(account)
    assert record.commission_rate(account) == agreed().commission_rate(account)
    assert record.credited(account) == agreed().credited(account)


# --- what makes no sense ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"approval_months": 1}, "approval_months is about requests"),
        ({"needs_consent": True}, "needs_consent is about requests"),
        ({"protection_months": 6, "idle_months": 6}, "protection_months is about requests"),
        ({"renewal_months": 12}, "renewal_months is about requests"),
        ({"originator_share": 0.1}, "add up to 1.1, above 1"),
        ({"servicing_share": 0.001}, "add up to 1.001, above 1"),
        ({"sunset_months": 12}, "originator_share is 0"),
        ({"tier_clients": 10}, "tier_clients and tier_rate go together"),
        ({"tier_rate": 0.45}, "tier_clients and tier_rate go together"),
        ({"moves_on_request": True, **WORK}, "record_share is 0"),
        ({"idle_months": 6, **WORK}, "record_share is 0"),
        ({"serving_months": 6, **WORK}, "record_share is 0"),
    ],
    ids=str,
)
def test_terms_that_make_no_sense_together_are_refused(terms, reason):
    contract = load("clauses", terms)
    assert reason in contract.objection(contract.terms)


@pytest.mark.parametrize(
    "terms",
    [
        {"moves_on_request": True, "approval_months": 1, "needs_consent": True},
        {"moves_on_request": True, "renewal_months": 12, "approval_months": 12},
        {"originator_share": 0.1, "record_share": 0.2, "servicing_share": 0.7},
        {"originator_share": 0.1, "record_share": 0.9, "sunset_months": 12},
        {"tier_clients": 10, "tier_rate": 0.45},
        {"moves_on_request": True, "record_share": 0.001},
    ],
    ids=str,
)
def test_terms_just_short_of_nonsense_are_accepted(terms):
    contract = load("clauses", terms)
    assert contract.objection(contract.terms) == ""
