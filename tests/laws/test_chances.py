"""Every chance that a rule returns is a chance, in any state and under any legal assumptions."""

import inspect
import math
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.contract import declared
from sim.rules import client, partner, vendor
from sim.world.assumptions import Assumptions

ASSUMED = declared(Assumptions)
USUAL = Assumptions()

SHARE = st.floats(0, 1)
MONTHS = st.integers(0, 9_999)
MONEY = st.floats(0, 1e9)
PRICE = st.integers(1, 10**11)
STATE = {
    "at_stake": SHARE,
    "base_fit": SHARE,
    "capacity": SHARE,
    "challenger_quality": SHARE,
    "chance_of_loss": SHARE,
    "complexity": st.floats(0, 5),
    "cost_of_work": st.floats(1, 10**5),
    "before": SHARE,
    "better": st.floats(0, 100),
    "disputes": st.integers(0, 50),
    "first_mrr": PRICE,
    "fit": SHARE,
    "frailty": st.floats(0.01, 30),
    "gate_hours": st.floats(0, 200),
    "gate_service": st.booleans(),
    "grandfather_months": st.integers(0, 600),
    "holding": st.floats(0, 1_000),
    "hours": st.floats(0, 500),
    "if_drifting": st.floats(0, 100),
    "if_serving": st.floats(0, 100),
    "income": MONEY,
    "is_active_type": st.booleans(),
    "is_cash_constrained": st.booleans(),
    "is_dormant": st.booleans(),
    "jump": st.floats(-2, 2),
    "lasting_months": st.integers(0, 120),
    "load": st.floats(0, 5_000),
    "loyalty": st.floats(0, 5),
    "months": MONTHS,
    "months_idle": MONTHS,
    "months_since_switch": MONTHS,
    "motivation": SHARE,
    "mrr": PRICE,
    "need": st.floats(0.1, 10),
    "notice_months": st.integers(0, 24),
    "onboarding_months": st.integers(0, 12),
    "own_chance": SHARE,
    "pay": MONEY,
    "payout_days": st.floats(0, 120),
    "peers_leaving": SHARE,
    "premium": SHARE,
    "proneness": st.floats(0.001, 30),
    "quality": SHARE,
    "quality_premium": SHARE,
    "registry": st.booleans(),
    "reputation": SHARE,
    "residual": MONEY,
    "restlessness": SHARE,
    "retention": SHARE,
    "rival_value": st.floats(0, 100),
    "rival_value_after_year": st.floats(0, 100),
    "satisfaction": SHARE,
    "services": st.floats(0, 30),
    "share": SHARE,
    "share_lost": SHARE,
    "skill": st.floats(0.1, 10),
    "stake": SHARE,
    "steering": SHARE,
    "tenure": MONTHS,
    "training": SHARE,
    "trust": SHARE,
    "used_to": st.floats(0, 100),
    "value": st.floats(0, 100),
    "value_after_year": st.floats(0, 100),
    "value_of_gain": st.floats(0, 100),
    "value_of_win": st.floats(0, 100),
    "worse": st.floats(0, 100),
}
"""What a client, a partner or the vendor can be like in one month; money in RUB."""


def rules(*modules):
    """The rules that modules spell out, by name."""
    found = {}
    for module in modules:
        for name, rule in vars(module).items():
            source = getattr(rule, "py_func", rule)
            if inspect.isfunction(source) and source.__module__ == module.__name__:
                found[f"{module.__name__.rpartition('.')[2]}.{name}"] = rule
    return found


def arguments(rule):
    """Any legal arguments of a rule: assumptions in their declared ranges, states in theirs."""
    drawn = {}
    for name in inspect.signature(getattr(rule, "py_func", rule)).parameters:
        if name in ASSUMED:
            low, high = ASSUMED[name].low, ASSUMED[name].high
            whole = type(getattr(USUAL, name)) is int
            drawn[name] = st.integers(int(low), int(high)) if whole else st.floats(low, high)
        else:
            assert name in STATE, f"say in STATE what {name!r} can be, or declare it an assumption"
            drawn[name] = STATE[name]
    return st.fixed_dictionaries(drawn)


RULES = rules(client, partner, vendor)
CHANCES = sorted(name for name in RULES if name.endswith(("_chance", "hazard")))
SHARES = [
    "client.fit_of_win",
    "client.satisfaction",
    "client.service_quality",
    "client.upsold_share",
    "partner.fading",
    "partner.felt",
    "partner.gain_appetite",
    "partner.grudge",
    "partner.lasting_stake",
    "partner.payout_perception",
    "partner.premium",
    "partner.restlessness",
    "partner.retention_factor",
    "partner.service_capacity",
    "partner.shocked",
    "partner.softened_loss",
    "partner.steering",
    "partner.trust_after_cut",
    "partner.trust_after_month",
    "partner.visibility",
]


def test_chances_are_found():
    assert {"client.churn_hazard", "partner.exit_chance", "vendor.dispute_chance"} <= set(CHANCES)
    assert len(CHANCES) >= 13


@pytest.mark.parametrize("name", CHANCES)
@given(data=st.data())
def test_chance_is_between_nothing_and_certainty(name, data):
    chance = RULES[name](**data.draw(arguments(RULES[name])))
    assert 0 <= chance <= 1


@pytest.mark.parametrize("name", SHARES)
@given(data=st.data())
def test_share_is_between_nothing_and_the_whole(name, data):
    share = RULES[name](**data.draw(arguments(RULES[name])))
    assert 0 <= share <= 1


@pytest.mark.parametrize("name", CHANCES + SHARES)
@given(data=st.data())
def test_compiled_rule_says_what_its_source_says(name, data):
    given_arguments = data.draw(arguments(RULES[name]))
    source = getattr(RULES[name], "py_func", RULES[name])
    assert RULES[name](**given_arguments) == source(**given_arguments)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_says_what_it_returns(name):
    first = (RULES[name].__doc__ or "").strip().partition("\n")[0]
    assert first.startswith("Return ")
    assert first.endswith(".")


# --- the assumptions themselves --------------------------------------------------------------


@pytest.mark.parametrize("name", Assumptions._fields)
def test_every_assumption_has_unit_source_meaning_and_a_default_in_its_range(name):
    term, value = ASSUMED[name], getattr(USUAL, name)
    assert term.unit
    assert term.source
    assert term.meaning.endswith(".")
    assert term.low < term.high
    assert term.low <= value <= term.high
    assert math.isfinite(value)


@pytest.mark.parametrize("name", Assumptions._fields)
def test_every_assumption_is_a_number_of_its_declared_type(name):
    assert type(getattr(USUAL, name)) is get_type_hints(Assumptions)[name]
