"""Every ruling in this folder holds; see README.md here for how to propose one."""

from decimal import Decimal
from pathlib import Path
from typing import get_type_hints

import pytest

from policies.contract import Account
from policies.registry import available, load
from sim.world.units import NEVER
from tests.rulings.ruling import BadRuling, decided, expected, given_in, read

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.toml"))
RULINGS = [ruling for path in FILES for ruling in read(path)]
TITLES = [f"{policy}: {case['title']}" for policy, case in RULINGS]


@pytest.mark.parametrize(("policy", "case"), RULINGS, ids=TITLES)
def test_ruling(policy, case):
    found, wanted = decided(policy, case), expected(case)
    assert {key: found[key] for key in wanted} == wanted


def test_every_policy_has_rulings_in_a_file_of_its_name():
    assert [path.stem for path in FILES] == available()
    assert all(policy == path.stem for path in FILES for policy, _ in read(path))
    assert all(len(read(path)) >= 5 for path in FILES)


@pytest.mark.parametrize(("policy", "case"), RULINGS, ids=TITLES)
def test_title_is_a_sentence(policy, case):
    assert case["title"][0].isupper()
    assert case["title"].endswith(".")


def test_titles_are_unique():
    assert len(set(TITLES)) == len(TITLES)


KINDS = {
    "the first payment": lambda case, given: given.account.tenure == 0,
    **{
        f"month {month}": lambda case, given, month=month: case["given"].get("tenure") == month
        for month in (11, 12, 13)
    },
    "who won the client serves it": lambda case, given: given.account.originator_serves,
    "another serves it": lambda case, given: (
        given.account.is_serviced and not given.account.originator_serves
    ),
    "nobody serves it": lambda case, given: "servicing_partner" in given.vacant,
    "a payee has left": lambda case, given: bool(given.left),
    "too little for the payout threshold": lambda case, given: (
        "payout_threshold" in case.get("terms", {}) and case["expect"].get("paid_out") == 0
    ),
    "enough for the payout threshold": lambda case, given: (
        "payout_threshold" in case.get("terms", {}) and case["expect"].get("paid_out", 0) > 0
    ),
    "the client leaves while commission can be taken back": lambda case, given: (
        given.leaves and given.account.tenure <= case.get("terms", {}).get("clawback_months", 0)
    ),
    "the client leaves later": lambda case, given: (
        given.leaves and given.account.tenure > case.get("terms", {}).get("clawback_months", 0)
    ),
}
"""What a council asks about any contract."""


@pytest.mark.parametrize("policy", available())
@pytest.mark.parametrize("kind", KINDS)
def test_every_policy_is_asked_what_a_council_asks_about_any(policy, kind):
    cases = read(HERE / f"{policy}.toml")
    assert any(KINDS[kind](case, given_in(case)) for _, case in cases)


COUNTED = {
    "approval_months": "request_age",
    "protection_months": "record_age",
    "renewal_months": "tenure",
    "idle_months": "record_idle",
    "serving_months": "servicing_age",
    "sunset_months": "tenure",
    "managed_months": "record_idle",
    "old_managed_months": "record_idle",
    "term_months": "tenure",
    "tier_clients": "record_clients",
    "top_tier_clients": "record_clients",
    "quota_months": "record_quiet",
}
"""The fact that each counted term is compared with; a term of another name, with any of `FACTS`."""
FACTS = [fact for fact, kind in get_type_hints(Account).items() if kind is int]
TERMS = [
    (policy, term)
    for policy in available()
    for term in load(policy).terms._fields
    if term != "complexity"  # it changes what partners grasp, not what they are owed
]


@pytest.mark.parametrize(("policy", "term"), TERMS)
def test_every_term_is_ruled_on_and_a_counted_one_before_at_and_after_its_boundary(policy, term):
    usual = getattr(load(policy).terms, term)
    cases = [case for _, case in read(HERE / f"{policy}.toml")]
    agreed = [case.get("terms", {}).get(term, usual) for case in cases]
    if type(usual) is int:
        facts = [COUNTED[term]] if term in COUNTED else FACTS
        accounts = [given_in(case).account for case in cases]
        asked = {
            (fact, number, getattr(account, fact) - number)
            for fact in facts
            for account, number in zip(accounts, agreed, strict=True)
        }
        assert any(
            {(fact, number, step) for step in (-1, 0, 1)} <= asked for fact, number, _ in asked
        )
    else:
        assert {*agreed} - {usual}


SOUND = {
    "title": "A sound ruling.",
    "given": {"payment": 100},
    "expect": {"partner_of_record": 20, "vendor": 80, "record_moves": False},
}


def test_sound_ruling_is_sound():
    assert expected(SOUND).items() <= decided("client_choice", SOUND).items()


@pytest.mark.parametrize(
    "fault",
    [
        {"comment": "a key that does not exist"},
        {"terms": {"protection": 6}},
        {"terms": {"protection_months": 600}},
        {"given": {"payment": 100, "is_servised": True}},
        {"given": {"payment": 100, "is_serviced": 1}},
        {"given": {"payment": 100, "tenure": True}},
        {"given": {"payment": Decimal("0.001")}},
        {"given": {"payment": -100}},
        {"given": {"payment": 100, "tenure": -1}},
        {"given": {"payment": 100, "quality": 1}},
        {"given": {"payment": 100, "quality": Decimal("1.1")}},
        {"given": {"payment": 100, "originator_role": 3}},
        {"given": {"payment": 100, "vacant": ["seller"]}},
        {"given": {"payment": 100, "vacant": ["servicing_partner"]}},
        {"given": {"payment": 100, "has_record": False, "record_serves": True}},
        {"expect": {"seller": 20, "vendor": 80, "record_moves": False}},
        {"expect": {"partner_of_record": 20, "vendor": 70, "record_moves": False}},
        {"expect": {"partner_of_record": -20, "vendor": 120, "record_moves": False}},
    ],
    ids=str,
)
def test_ruling_that_cannot_be_read_is_refused(fault):
    case = {**SOUND, **fault}
    with pytest.raises(BadRuling):
        assert expected(case).items() <= decided("client_choice", case).items()


def test_ruling_on_terms_that_make_no_sense_together_is_refused():
    with pytest.raises(BadRuling, match="requests"):
        decided("clauses", {**SOUND, "terms": {"needs_consent": True}})


def test_client_who_asks_has_asked_this_month_unless_told_otherwise():
    asked = {"client_asked": True, "record_serves": False}
    for facts, age in ((asked, 0), ({**asked, "request_age": 3}, 3), ({}, NEVER)):
        assert given_in({"given": {"payment": 100, **facts}}).account.request_age == age
