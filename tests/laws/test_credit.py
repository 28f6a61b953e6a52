"""What any policy says, under any legal terms, of any account: a fair division, always the same."""

import pickle
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.contract import AGENT, CURATOR, RECOMMENDER, Account, Credit, declared
from policies.registry import Policy, available, load
from sim.rules.vendor import commission

POLICIES = available()
MONTHS = st.integers(0, 9_999)
ACCOUNTS = st.builds(
    Account,
    tenure=MONTHS,
    is_serviced=st.booleans(),
    client_asked=st.booleans(),
    originator_serves=st.booleans(),
    record_serves=st.booleans(),
    has_record=st.booleans(),
    originator_idle=MONTHS,
    record_idle=MONTHS,
    record_age=MONTHS,
    servicing_age=MONTHS,
    request_age=MONTHS,
    has_consent=st.booleans(),
    quality=st.floats(0, 1),
    upsold_share=st.floats(0, 1),
    record_clients=MONTHS,
    record_quiet=MONTHS,
    originator_role=st.sampled_from([RECOMMENDER, AGENT, CURATOR]),
)
"""Any account, even one whose facts contradict each other."""
PAYMENTS = st.integers(0, 10**11)
"""kopecks; up to a thousand million RUB a month"""
RATES = st.floats(0, 1)
BOUNTY = 12
"""RUB per RUB of the first payment, at most; every other payment is shared, not exceeded"""


def drawn(term, default):
    """Numbers of the declared range, of the default's type."""
    if type(default) is bool:
        return st.booleans()
    if type(default) is int:
        return st.integers(int(term.low), int(term.high))
    return st.floats(term.low, term.high)


def terms_of(name):
    """Any legal terms of a policy that make sense together.

    Any number of terms differ from their defaults, so that few make no sense together.
    """
    usual = load(name).terms
    forms = declared(type(usual))
    changed = {term: drawn(forms[term], getattr(usual, term)) for term in usual._fields}
    return st.fixed_dictionaries({}, optional=changed).filter(partial(make_sense, name))


def make_sense(name, terms):
    """Whether a policy has nothing to object to in its terms."""
    policy = load(name, terms)
    return policy.objection is None or not policy.objection(policy.terms)


def in_python(rule):
    """The Python source of a compiled rule."""
    return getattr(rule, "py_func", rule)


every_policy = pytest.mark.parametrize("name", POLICIES)


@every_policy
@given(data=st.data(), account=ACCOUNTS)
def test_credit_is_a_point_of_the_simplex(name, data, account):
    credit = load(name, data.draw(terms_of(name))).credited(account)
    assert isinstance(credit, Credit)
    assert all(part >= 0 for part in credit)
    assert sum(credit) <= (1 + 1e-9 if name == "clauses" else 1)  # as far as clauses allow


@every_policy
@given(data=st.data(), account=ACCOUNTS)
def test_rate_is_a_share_of_the_payment_but_for_a_bounty_on_the_first(name, data, account):
    rate = load(name, data.draw(terms_of(name))).commission_rate(account)
    assert type(rate) is float
    assert 0 <= rate <= (BOUNTY if account.tenure == 0 else 1)


@every_policy
@given(data=st.data(), account=ACCOUNTS, other=ACCOUNTS)
def test_policy_has_no_memory(name, data, account, other):
    policy = load(name, data.draw(terms_of(name)))

    def answers():
        return (
            policy.credited(account),
            policy.moves_record(account),
            policy.commission_rate(account),
        )

    first = answers()
    policy.credited(other)
    policy.moves_record(other)
    assert answers() == first


@every_policy
@given(data=st.data(), account=ACCOUNTS)
def test_compiled_policy_says_what_its_source_says(name, data, account):
    policy = load(name, data.draw(terms_of(name)))
    for compiled in (policy.credit, policy.record_moves, policy.rate):
        if compiled is not None:
            source = in_python(compiled)
            assert compiled(policy.terms, account) == source(policy.terms, account)


@every_policy
@settings(max_examples=10)
@given(data=st.data(), account=ACCOUNTS)
def test_policy_says_the_same_after_a_journey_to_another_process(name, data, account):
    policy = load(name, data.draw(terms_of(name)))
    travelled: Policy = pickle.loads(pickle.dumps(policy))
    assert travelled.credited(account) == policy.credited(account)
    assert travelled.moves_record(account) == policy.moves_record(account)
    assert travelled.terms == policy.terms


@every_policy
@given(data=st.data(), account=ACCOUNTS, clauses=st.floats(0, 5))
def test_complexity_changes_nobodys_pay(name, data, account, clauses):
    """It is what partners feel about the contract, not what the contract says."""
    terms = data.draw(terms_of(name))
    policy = load(name, terms)
    plain = load(name, {**terms, "complexity": clauses})
    assert policy.credited(account) == plain.credited(account)
    assert policy.moves_record(account) == plain.moves_record(account)
    assert policy.commission_rate(account) == plain.commission_rate(account)


# --- from shares to kopecks ------------------------------------------------------------------


@given(PAYMENTS, RATES)
def test_commission_is_between_nothing_and_the_payment(payment, rate):
    assert 0 <= commission(payment, rate) <= payment


@given(PAYMENTS, RATES)
def test_commission_falls_short_by_less_than_a_millionth_and_a_kopeck(payment, rate):
    short = payment * rate - commission(payment, rate)
    assert -1e-4 - payment * 1e-12 <= short <= 1 + payment * 1e-6


@given(PAYMENTS, PAYMENTS, RATES)
def test_larger_payment_earns_no_less(payment, more, rate):
    assert commission(payment + more, rate) >= commission(payment, rate)


@given(PAYMENTS, RATES, RATES)
def test_higher_rate_earns_no_less(payment, rate, other):
    low, high = sorted((rate, other))
    assert commission(payment, low) <= commission(payment, high)


@given(PAYMENTS, st.integers(0, 1_000_000))
def test_rate_in_whole_millionths_is_exact(payment, millionths):
    assert commission(payment, millionths / 1_000_000) == payment * millionths // 1_000_000


@every_policy
@given(data=st.data(), account=ACCOUNTS, payment=PAYMENTS)
def test_roles_together_never_get_more_than_the_rate(name, data, account, payment):
    policy = load(name, data.draw(terms_of(name)))
    rate = policy.commission_rate(account)
    total = sum(commission(payment, part * rate) for part in policy.credited(account))
    assert total <= payment * rate + payment * 4e-12 + 1e-4


@pytest.mark.parametrize(("rate", "originator_share"), [(1.0, 5e-7), (0.25, 0.333_33)])
def test_no_kopeck_is_made_by_rounding_both_parts_up(rate, originator_share):
    payment = 10**9
    terms = {"rate": rate, "originator_share": originator_share}
    account = Account(12, True, False, False, False, True, 12, 12, 12, 12)
    credit = load("split_reward", terms).credited(account)
    assert sum(commission(payment, part * rate) for part in credit) <= round(payment * rate)
