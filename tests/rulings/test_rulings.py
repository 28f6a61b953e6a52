"""Every ruling in this folder holds; see README.md here for how to propose one."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from policies.contract import CURATOR, Account, declared
from policies.registry import available, load
from sim.rules import vendor

HERE = Path(__file__).parent
NEVER = 9999
ROLES = ("originator", "partner_of_record", "servicing_partner", "upseller")
ORDINARY = Account(
    tenure=12,
    is_serviced=True,
    client_asked=False,
    originator_serves=True,
    record_serves=True,
    has_record=True,
    originator_idle=0,
    record_idle=0,
    record_age=12,
    servicing_age=12,
)
"""A year old, won, serviced and recorded by one and the same partner."""


class BadRuling(Exception):  # noqa: N818 - named for what it tells the reader
    """A ruling that cannot be read; the message says what and what is allowed."""


def only(table, legal, where):
    """Refuse keys that mean nothing here."""
    for key in table:
        if key not in legal:
            raise BadRuling(f"{where}: unknown key {key!r}; allowed: {', '.join(sorted(legal))}")


def kopecks(rub):
    """Return a sum in RUB as whole kopecks."""
    whole = Decimal(rub) * 100
    if isinstance(rub, bool) or whole != int(whole):
        raise BadRuling(f"{rub!r} RUB is not a sum in whole kopecks")
    return int(whole)


def owed(rub):
    """Return a sum in RUB that nobody can owe less than nothing of, as whole kopecks."""
    if kopecks(rub) < 0:
        raise BadRuling(f"{rub!r} RUB is less than nothing")
    return kopecks(rub)


def fact(name, value):
    """Return a fact of an account as the policy is told it, if it can be true."""
    kind = type(getattr(ORDINARY, name))
    told = float(value) if kind is float and type(value) is Decimal else value
    if type(told) is not kind:
        raise BadRuling(f"{name}: {value!r} is not a {kind.__name__}")
    most = {"originator_role": CURATOR}.get(name, 1.0 if kind is float else NEVER)
    if not 0 <= told <= most:
        raise BadRuling(f"{name}: {value!r} is not from 0 to {most:g}")
    return told


def account_of(given, vacant):
    """Return the account of a ruling, if its facts can be true together."""
    account = ORDINARY._replace(**{name: fact(name, value) for name, value in given.items()})
    if account.client_asked and "request_age" not in given:
        account = account._replace(request_age=0)
    contradictions = {
        "record_serves without has_record": account.record_serves and not account.has_record,
        "is_serviced by a vacant servicing_partner": (
            account.is_serviced and "servicing_partner" in vacant
        ),
        "originator_serves, yet is vacant": account.originator_serves and "originator" in vacant,
        "record_serves, yet partner_of_record is vacant": (
            account.record_serves and "partner_of_record" in vacant
        ),
        "record_serves all month, yet record_idle": (
            account.record_serves and account.is_serviced and account.record_idle > 0
        ),
    }
    for contradiction, is_so in contradictions.items():
        if is_so:
            raise BadRuling(f"contradiction: {contradiction}")
    return account


def policy_of(name, terms):
    """Return a policy under a ruling's terms, if they are legal."""
    forms = declared(type(load(name).terms))
    only(terms, forms, "terms")
    for key, value in terms.items():
        if not forms[key].low <= value <= forms[key].high:
            raise BadRuling(f"terms.{key}: {value} is out of range")
    defaults = load(name).terms
    policy = load(name, {key: type(getattr(defaults, key))(terms[key]) for key in terms})
    if policy.objection is not None and (reason := policy.objection(policy.terms)):
        raise BadRuling(f"terms make no sense: {reason}")
    return policy


def decided(name, case):
    """Return what a policy says on a ruling's case, in the ruling's words; money in kopecks."""
    only(case, {"title", "terms", "given", "expect"}, "case")
    only(case["given"], {"payment", "vacant", *Account._fields}, "given")
    given = dict(case["given"])
    payment = owed(given.pop("payment"))
    vacant = list(given.pop("vacant", []))
    only(vacant, ROLES, "given.vacant")
    account = account_of(given, vacant)
    policy = policy_of(name, case.get("terms", {}))
    moves = False if account.record_serves else policy.moves_record(account)
    if moves:
        account = account._replace(has_record=True, record_serves=True, record_idle=0, record_age=0)
        vacant = [role for role in vacant if role != "partner_of_record"]
    elif not account.has_record:
        vacant = [*vacant, "partner_of_record"]
    rate = policy.commission_rate(account)
    credit = policy.credited(account)._asdict()
    paid = {
        role: 0 if role in vacant else vendor.commission(payment, credit[role] * rate)
        for role in ROLES
    }
    return {**paid, "vendor": payment - sum(paid.values()), "record_moves": moves}


def expected(case):
    """Return what a ruling expects; money in kopecks."""
    expect = dict(case["expect"])
    only(expect, {*ROLES, "vendor", "record_moves"}, "expect")
    moves = expect.pop("record_moves")
    vendor_keeps = kopecks(expect.pop("vendor", 0))
    money = dict.fromkeys(ROLES, 0) | {role: owed(rub) for role, rub in expect.items()}
    money["vendor"] = vendor_keeps
    if sum(money.values()) != kopecks(case["given"]["payment"]):
        raise BadRuling("expect: the parts do not add up to the payment")
    return {**money, "record_moves": moves}


def read(path):
    """Return the cases of a ruling file."""
    content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    only(content, {"policy", "case"}, path.name)
    return [(content["policy"], case) for case in content["case"]]


FILES = sorted(HERE.glob("*.toml"))
RULINGS = [ruling for path in FILES for ruling in read(path)]
TITLES = [f"{policy}: {case['title']}" for policy, case in RULINGS]


@pytest.mark.parametrize(("policy", "case"), RULINGS, ids=TITLES)
def test_ruling(policy, case):
    assert decided(policy, case) == expected(case)


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


SOUND = {
    "title": "A sound ruling.",
    "given": {"payment": 100},
    "expect": {"partner_of_record": 20, "vendor": 80, "record_moves": False},
}


def test_sound_ruling_is_sound():
    assert decided("client_choice", SOUND) == expected(SOUND)


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
        {"given": {"payment": 100, "has_record": False}},
        {"expect": {"seller": 20, "vendor": 80, "record_moves": False}},
        {"expect": {"partner_of_record": 20, "vendor": 70, "record_moves": False}},
        {"expect": {"partner_of_record": -20, "vendor": 120, "record_moves": False}},
    ],
    ids=str,
)
def test_ruling_that_cannot_be_read_is_refused(fault):
    case = {**SOUND, **fault}
    with pytest.raises(BadRuling):
        assert decided("client_choice", case) == expected(case)


def test_ruling_on_terms_that_make_no_sense_together_is_refused():
    with pytest.raises(BadRuling, match="requests"):
        decided("clauses", {**SOUND, "terms": {"needs_consent": True}})


def test_client_who_asks_has_asked_this_month_unless_told_otherwise():
    asked = {"client_asked": True, "record_serves": False}
    assert account_of(asked, []).request_age == 0
    assert account_of({**asked, "request_age": 3}, []).request_age == 3
    assert account_of({"record_serves": False}, []).request_age == NEVER
