"""What a rule answers is tested on every payment: both engines tell the same failure."""

import pickle
from typing import NamedTuple

import pytest

import sim
from policies.contract import HIGHEST_RATE, Credit, Rate, is_sound, rule, share
from policies.registry import Policy, load
from sim.engines.build import build, interpreted
from sim.rules.vendor import HIGHEST_PRICE
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.errors import PolicyFailed
from sim.world.programme import programme


class Terms(NamedTuple):
    rate: Rate = 0.2


@rule
def is_rare(account):
    """Whether an account is served better than any that a partner imagines."""
    return account.tenure >= 9 and account.quality > 0.7


@rule
def fair(terms, account):
    """Credit who sold."""
    return share(originator=1.0)


@rule
def no_number(terms, account):
    """Credit what is not a number, on a rare account."""
    return share(originator=float("nan") if is_rare(account) else 1.0)


@rule
def hidden(terms, account):
    """Credit what is not a number to somebody who may not exist."""
    return share(originator=0.5, upseller=float("nan") if is_rare(account) else 0.0)


@rule
def negative(terms, account):
    """Credit less than nothing."""
    return share(originator=-0.5 if is_rare(account) else 1.0)


@rule
def too_much(terms, account):
    """Credit more than there is."""
    return share(originator=1.0, upseller=0.5 if is_rare(account) else 0.0)


@rule
def raises(terms, account):
    """Have no idea."""
    if is_rare(account):
        raise ValueError("no idea")
    return share(originator=1.0)


@rule
def endless_rate(terms, account):
    """Pay more than any number of roubles."""
    return 1.0 / 0.0 if is_rare(account) else 0.2


@rule
def high_rate(terms, account):
    """Pay a little more than two years' payments."""
    return 24.5 if is_rare(account) else 24.0


@rule
def negative_rate(terms, account):
    """Pay less than nothing."""
    return -0.1 if is_rare(account) else 0.2


@rule
def raises_rate(terms, account):
    """Have no idea."""
    if is_rare(account):
        raise ValueError("no rate")
    return 0.2


@rule
def raises_moves(terms, account):
    """Have no idea."""
    if is_rare(account):
        raise ValueError("no move")
    return False


def made(credit=fair, record_moves=None, rate=None):
    return Policy("own", "", Terms(), credit, record_moves, rate, "")


UNSOUND = {
    "no number": (made(no_number), "credit", "originator nan"),
    "no number for a role that nobody may hold": (made(hidden), "credit", "upseller nan"),
    "negative": (made(negative), "credit", "originator -0.5"),
    "too much": (made(too_much), "credit", "originator 1, upseller 0.5"),
    "an exception": (made(raises), "credit", "no idea"),
    "a rate without end": (made(rate=endless_rate), "rate", "the rate is inf"),
    "a rate too high": (made(rate=high_rate), "rate", "the rate is 24.5"),
    "a negative rate": (made(rate=negative_rate), "rate", "the rate is -0.1"),
    "an exception in a rate": (made(rate=raises_rate), "rate", "no rate"),
    "an exception in a move": (made(record_moves=raises_moves), "record_moves", "no move"),
}


def failed(engine, studied, before=None):
    """Return how a small market ends under a policy, or under what follows it."""
    market = build(
        engine,
        partners=20,
        clients=200,
        seed=1,
        assumptions=Assumptions(in_market=0.06),
        incumbent=programme("first_sale_lock"),
    )
    market.advance(12)
    if before is not None:
        market.adopt(before)
    market.adopt(studied)
    with pytest.raises(PolicyFailed) as found:
        market.advance(60)
    return found.value.failure


@pytest.mark.parametrize("fault", UNSOUND)
def test_both_engines_tell_the_same_failure(fault):
    policy, rule_named, cause = UNSOUND[fault]
    told = failed("compiled", programme("own", policy))
    assert told == failed("mesa", programme("own", policy))
    assert (told.policy, told.rule, told.file) == ("own", rule_named, __file__)
    assert cause in told.cause
    assert told.month > 12
    assert told.account >= 0


def test_rules_in_plain_python_fail_in_the_same_month_and_account():
    plain = scenario.load()._replace(programmes=(programme("own", made(too_much)),))
    plain = interpreted(plain, {"own"}).programmes[0]
    assert not hasattr(plain.policy.credit, "py_func")
    assert failed("mesa", plain) == failed("compiled", programme("own", made(too_much)))


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_who_keeps_a_former_contract_fails_under_that(engine):
    later = programme("later", "first_sale_lock", grandfather_months=600)
    told = failed(engine, later, programme("own", made(no_number)))
    assert (told.policy, told.rule) == ("own", "credit")
    assert told == failed("compiled", later, programme("own", made(no_number)))


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_a_price_beyond_sums_of_kopecks_is_a_failure(engine):
    market = build(
        engine,
        partners=20,
        clients=200,
        seed=1,
        assumptions=Assumptions(in_market=0.06),
        incumbent=programme("first_sale_lock"),
    )
    market.advance(12)
    if engine == "mesa":
        client = market.customers[0]
        client.mrr, index = HIGHEST_PRICE + 1, client.index
    else:
        index = int(market.market.customers[0])
        market.market.clients["mrr"][index] = HIGHEST_PRICE + 1
    with pytest.raises(PolicyFailed, match=f"price failed in month 13.* for account {index}: "):
        market.advance(1)


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_a_contract_that_partners_cannot_read_fails_before_its_first_month(engine):
    @rule
    def by_month(terms, account):
        """Have no idea of one month."""
        if account.tenure == 50:
            raise ValueError("month 50")
        return share(originator=1.0)

    market = build(
        engine,
        partners=20,
        clients=200,
        seed=1,
        assumptions=Assumptions(),
        incumbent=programme("first_sale_lock"),
    )
    with pytest.raises(PolicyFailed, match=r"as partners read it: .*month 50; asked for") as found:
        market.adopt(programme("own", made(by_month)))
    assert found.value.failure.month is None


def test_a_failure_travels_between_processes():
    told = failed("compiled", programme("own", made(negative)))
    travelled = pickle.loads(pickle.dumps(PolicyFailed(told)))
    assert travelled.failure == told
    assert str(travelled) == str(PolicyFailed(told))


@pytest.mark.parametrize(
    ("shares", "rate", "is_fair"),
    [
        ((1.0, 0.0, 0.0, 0.0), 0.0, True),
        ((0.1, 0.2, 0.3, 0.4), HIGHEST_RATE, True),
        ((0.3, 0.3, 0.3, 0.1 + 1e-12), 0.2, True),
        ((-0.0, 0.0, 0.0, 0.0), 0.2, True),
        ((0.3, 0.3, 0.3, 0.11), 0.2, False),
        ((1.5, -0.5, 0.0, 0.0), 0.2, False),
        ((0.0, 0.0, 0.0, -1e-9), 0.2, False),
        ((float("nan"), 0.0, 0.0, 0.0), 0.2, False),
        ((0.0, float("nan"), 0.0, 0.0), 0.2, False),
        ((0.0, 0.0, 0.0, float("nan")), 0.2, False),
        ((float("inf"), float("-inf"), 0.0, 0.0), 0.2, False),
        ((0.0, 0.0, 0.0, 0.0), float("nan"), False),
        ((0.0, 0.0, 0.0, 0.0), -1e-9, False),
        ((0.0, 0.0, 0.0, 0.0), 24.001, False),
    ],
)
def test_an_answer_is_sound_only_as_a_division_at_a_rate_that_can_be(shares, rate, is_fair):
    source = getattr(is_sound, "py_func", is_sound)
    assert bool(is_sound(Credit(*shares), rate)) == bool(source(Credit(*shares), rate)) == is_fair


def test_shipped_policies_are_known_as_such():
    assert load("clauses").is_shipped
    assert not made().is_shipped
    assert not sim.policy("mine", Terms(), fair).is_shipped
