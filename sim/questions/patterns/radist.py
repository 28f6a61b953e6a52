"""Patterns of Radist's way through four programmes: P3, P5, P6."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.questions.patterns.measure import Facts, Given
from sim.questions.patterns.watch import begin, holds, is_client, is_member, named, total
from sim.study.run_one import follow
from sim.world import scenario as scenarios
from sim.world.scenario import Scenario

BACK = 36
"""Months after which the second programme has lasted twelve and the flat one twenty-four."""
SETTLED = 72
"""Months after which the fourth programme has lasted four years."""
ENTRY = 24
"""Months in which those who join a programme just begun are counted."""


def timeline(assumptions: Given) -> Scenario:
    """Return Radist's market and its programmes one after another."""
    return scenarios.load("radist-timeline", assumptions=assumptions)


def observe_timeline(scenario: Scenario, engine: str, seed: int) -> Facts:
    """Return what the second programme did, and how large the fourth became."""
    grown = begin(scenario, engine, seed)
    told = named(scenario, "as_it_was")
    flat_again = told._replace(changes=told.changes[:1])
    start = scenario.burn_in_months
    facts: dict[str, Any] = {}
    for name, studied in (("stayed", named(scenario, "v1_for_ever")), ("turned", flat_again)):
        market = grown.branch(studied)
        follow(market, studied, BACK)
        outcome = market.outcome()
        for year, first in (("second", start + 1), ("back", start + 25)):
            for fact in ("exited", "members", "disputes"):
                facts[f"{name}_{year}_{fact}"] = total(outcome, fact, first, first + 11)
    market = grown.branch(told)
    follow(market, told, SETTLED)
    outcome = market.outcome()
    paying = is_client(outcome) & holds(outcome, "partner_of_record")
    return {
        "runs": 1.0,
        **facts,
        "commission": total(outcome, "commission", start + SETTLED - 11, start + SETTLED),
        "member_months": total(outcome, "members", start + SETTLED - 11, start + SETTLED),
        "partners": int(is_member(outcome).sum()),
        "clients": int(paying.sum()),
    }


def exits(year: str, facts: Facts) -> Any:
    """Return the rate of exits after turning to the second programme, over that of staying."""
    turned = facts[f"turned_{year}_exited"] / facts[f"turned_{year}_members"]
    stayed = facts[f"stayed_{year}_exited"] / facts[f"stayed_{year}_members"]
    return turned / stayed


def disputes(facts: Facts) -> Any:
    """Return the disputes of the second programme over those of the first, one added to each."""
    return (facts["turned_second_disputes"] + 1.0) / (facts["stayed_second_disputes"] + 1.0)


def income(facts: Facts) -> Any:
    """Return the commission of a partner-year, RUB."""
    return 12.0 * facts["commission"] / facts["member_months"] / 100.0


def payout(assumptions: Given) -> Scenario:
    """Return Radist's market with its fourth programme and the same paid late."""
    return scenarios.load("radist-v4", assumptions=assumptions)


def observe_payout(scenario: Scenario, engine: str, seed: int) -> Facts:
    """Return who joins a programme that pays within three days, and the same one paid late."""
    grown = begin(scenario, engine, seed)
    entered = {}
    for name in ("v4", "paid_late"):
        market = grown.branch(named(scenario, name))
        follow(market, named(scenario, name), ENTRY)
        partners = market.outcome().partners
        entered[name] = np.array(
            partners["joined_month"].astype(np.int64) >= scenario.burn_in_months + 1
        )
    hurt = np.array(partners["is_cash_constrained"], bool)
    fast, late = entered["v4"], entered["paid_late"]
    return {
        "fast": int(fast.sum()),
        "late": int(late.sum()),
        "constrained": int((fast & hurt).sum()),
        "pivotal": int((fast & hurt & ~late).sum()),
    }
