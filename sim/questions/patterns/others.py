"""Patterns of a bounty and of a programme begun from nothing: P4, P7, and the gate of P9."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engines.build import Market
from sim.questions.patterns.measure import Facts, Given
from sim.questions.patterns.watch import Activity, begin, holds, is_client, is_member, named
from sim.study.run_one import follow
from sim.world import scenario as scenarios
from sim.world.programme import programme
from sim.world.scenario import Scenario

YOUNG = 24
"""Months of client tenure in which churn is compared."""
RAMP = 9
"""Months after which Ulei counted its partners."""
DIRECT_YEARS = 5


def bounty(assumptions: Given) -> Scenario:
    """Return the market in which a bounty is compared with recurring pay."""
    return scenarios.load("bounty-only", assumptions=assumptions)


class Young:
    """Counts, month by month, young clients whom a partner won, and those lost in the next.

    Parameters
    ----------
    since : the month after which they were won.
    """

    def __init__(self, since: int) -> None:
        self.since = since
        self.won: Any = None
        self.young: Any = None
        self.tenures = self.churned = 0

    def __call__(self, market: Market) -> None:
        """Look at a market after one more month."""
        outcome = market.outcome()
        won = outcome.accounts["won_month"].astype(np.int64)
        here = is_client(outcome)
        if self.won is not None:
            stayed = here & (won == self.won)
            self.tenures += int(self.young.sum())
            self.churned += int((self.young & ~stayed).sum())
        age = len(outcome.months) - 1 - won
        self.won = won
        self.young = here & holds(outcome, "originator") & (won > self.since) & (age < YOUNG)


def observe_bounty(scenario: Scenario, engine: str, seed: int) -> Facts:
    """Return the young clients of recurring pay and of a bounty of equal worth, and their loss."""
    grown = begin(scenario, engine, seed)
    facts: dict[str, Any] = {}
    for name in ("recurring", "bounty_of_equal_worth"):
        market, young = grown.branch(named(scenario, name)), Young(scenario.burn_in_months)
        follow(market, named(scenario, name), 12 * scenario.years, young)
        facts[f"{name}_tenures"], facts[f"{name}_churned"] = young.tenures, young.churned
    return facts


def churn_avoided(facts: Facts) -> Any:
    """Return by how much recurring pay lowers young clients' churn, as a share of a bounty's."""
    recurring = facts["recurring_churned"] / facts["recurring_tenures"]
    paid_once = facts["bounty_of_equal_worth_churned"] / facts["bounty_of_equal_worth_tenures"]
    return 1.0 - recurring / paid_once


def ramp(assumptions: Given) -> Scenario:
    """Return Ulei's market after five years in which the vendor sold alone.

    Nobody gets through the gate of the programme before, so earlier clients are direct ones.
    """
    closed = programme("direct_sales", "clauses", gate_hours=200, gate_service=True, lead_share=0)
    scenario = scenarios.load("ulei-from-zero", assumptions=assumptions)
    return scenario._replace(incumbent=closed, burn_in_months=12 * DIRECT_YEARS)


def observe_ramp(scenario: Scenario, engine: str, seed: int) -> Facts:
    """Return Ulei's partners after nine months and what their clients pay."""
    grown = begin(scenario, engine, seed)
    market = grown.branch(named(scenario, "ulei"))
    follow(market, named(scenario, "ulei"), RAMP)
    outcome = market.outcome()
    mrr = np.where(is_client(outcome), outcome.accounts["mrr"], 0.0)
    return {
        "runs": 1.0,
        "partners": int(is_member(outcome).sum()),
        "mrr": float(mrr.sum()),
        "brought": float(mrr[holds(outcome, "originator")].sum()),
    }


def gate(assumptions: Given) -> Scenario:
    """Return Ulei's market from its first day, with and without a gate."""
    return scenarios.load("ulei-from-zero", assumptions=assumptions)


def observe_gate(scenario: Scenario, engine: str, seed: int) -> Facts:
    """Return members and active ones with and without a gate."""
    grown = begin(scenario, engine, seed)
    facts = {}
    for name in ("ulei", "without_gate"):
        market, activity = grown.branch(named(scenario, name)), Activity()
        follow(market, named(scenario, name), 12 * scenario.years, activity)
        facts[f"{name}_members"] = activity.members
        facts[f"{name}_active"] = activity.active
    return facts


def gate_gain(facts: Facts) -> Any:
    """Return the active share behind a gate less that without one."""
    gated = facts["ulei_active"] / facts["ulei_members"]
    return gated - facts["without_gate_active"] / facts["without_gate_members"]
