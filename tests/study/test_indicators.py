"""Indicators count what their definition says, where a short cut would not."""

import numpy as np
import pytest

from sim.engines.build import build
from sim.engines.outcome import Month
from sim.study.indicators import present_value, summary
from sim.world.assumptions import Assumptions
from sim.world.programme import programme

BURN_IN, MONTHS = 12, 36
USUAL = Assumptions()
SMALL = {"partners": 30, "clients": 500, "seed": 5, "assumptions": USUAL, "keep_ledger": False}


def lived(**terms):
    market = build("compiled", incumbent=programme("first_sale_lock"), **SMALL)
    market.advance(BURN_IN)
    market.adopt(programme("studied", "clauses", **terms))
    market.advance(MONTHS)
    return market.outcome()


def discounted(outcome):
    """Return all commission of the months studied, discounted, with none after them, RUB."""
    months = outcome.months[BURN_IN + 1 :]
    commission = months[:, Month._fields.index("commission")] / 100
    factor = (1.0 + USUAL.vendor_discount) ** (-1.0 / 12.0)
    return float(np.sum(commission * factor ** np.arange(1, MONTHS + 1)))


def test_a_bounty_does_not_go_on_without_new_clients():
    outcome = lived(rate=0.0, first_rate=3.0)
    found = summary(outcome, BURN_IN, USUAL)
    assert found["commission"] > 0.0
    assert found["commission_pv"] == pytest.approx(discounted(outcome))


def test_recurring_pay_goes_on_with_the_clients_left():
    outcome = lived(rate=0.2)
    found = summary(outcome, BURN_IN, USUAL)
    assert found["commission_pv"] > 1.1 * discounted(outcome)


def test_a_bounty_beside_recurring_pay_leaves_the_recurring_pay_going_on():
    found = [
        summary(lived(rate=0.2, first_rate=first), BURN_IN, USUAL)["commission_pv"]
        - discounted(lived(rate=0.2, first_rate=first))
        for first in (0.2, 6.0)
    ]
    assert found[0] > 0.0
    assert found[1] == pytest.approx(found[0], rel=0.3)  # more clients are won for a bounty


def test_the_book_at_the_end_is_the_last_year_for_ever():
    facts = {"clients": np.full(24, 99.0), "churned_clients": np.full(24, 1.0)}
    flow, running, factor = np.zeros(24), np.full(24, 100.0), 0.99
    keep = 0.99 * factor
    worth = 100.0 * sum(keep**month for month in range(1, 5_000)) * factor**24
    assert present_value(facts, flow, running, factor) == pytest.approx(worth)
