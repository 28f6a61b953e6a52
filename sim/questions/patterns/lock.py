"""Patterns of an old first-sale lock: P1, P2, P8, P9, P10, P11."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engines.outcome import Outcome
from sim.questions.patterns.measure import Facts, Given
from sim.questions.patterns.watch import Activity, begin, careers, is_client, named, total
from sim.study import indicators
from sim.study.run_one import follow
from sim.world import scenario as scenarios
from sim.world.scenario import Scenario

YEARS = 10
EARLY = 48
"""Months of membership after which partners leave less."""
WHERE = "scenario telephony-lock, programme lock, ten years after five of the same"


def lock(assumptions: Given) -> Scenario:
    """Return the market of the old lock."""
    return scenarios.load("telephony-lock", assumptions=assumptions)


class Served:
    """Counts, a year on, who still serves the clients that pay it nothing."""

    def __init__(self) -> None:
        self.before: dict[str, Any] = {}
        self.unpaid = self.still = 0

    def __call__(self, outcome: Outcome) -> None:
        """Compare the accounts with those of a year ago."""
        now = {
            name: np.array(outcome.accounts[name])
            for name in ("servicing_partner", "partner_of_record", "won_month")
        }
        now["is_client"] = is_client(outcome)
        if self.before:
            was = self.before
            helper = was["servicing_partner"]
            unpaid = was["is_client"] & (helper >= 0) & (helper != was["partner_of_record"])
            stayed = unpaid & now["is_client"] & (now["won_month"] == was["won_month"])
            self.unpaid += int(stayed.sum())
            self.still += int((stayed & (now["servicing_partner"] == helper)).sum())
        self.before = now


def observe(scenario: Scenario, engine: str, seed: int) -> Facts:
    """Return what an old lock shows of its money, its partners and its clients."""
    grown = begin(scenario, engine, seed)
    served, activity = Served(), Activity()
    served(grown.outcome())
    market = grown.branch(named(scenario, "lock"))

    def watch(lived: Any) -> None:
        activity(lived)
        if len(activity.statuses) % 12 == 0:
            served(lived.outcome())

    follow(market, named(scenario, "lock"), 12 * YEARS, watch)
    outcome = market.outcome()
    first, last = scenario.burn_in_months + 1, scenario.burn_in_months + 12 * YEARS
    summary = indicators.summary(outcome, scenario.burn_in_months, scenario.assumptions)
    tenures = outcome.tenures[: indicators.LTV_MONTHS]
    at_risk, leaving = careers(outcome, last)
    return {
        "runs": 1.0,
        **{
            fact: total(outcome, fact, first, last)
            for fact in (
                "dead_money",
                "commission",
                "clients",
                "churned_clients",
                "servicing_paid",
                "servicing_paid_motivation",
                "servicing_unpaid",
                "servicing_unpaid_motivation",
            )
        },
        "unpaid": served.unpaid,
        "still_serving": served.still,
        "members": activity.members,
        "active": activity.active,
        "top_fifth": summary["top_fifth"],
        "careers": at_risk,
        "leaving": leaving,
        "tenures": tenures[:, 0],
        "churned": tenures[:, 1],
    }


def motivation_gap(facts: Facts) -> Any:
    """Return the mean motivation of the paid less that of the unpaid, 0-1."""
    paid = facts["servicing_paid_motivation"] / facts["servicing_paid"]
    unpaid = facts["servicing_unpaid_motivation"] / facts["servicing_unpaid"]
    return (paid - unpaid) / 1e6


def staying(facts: Facts) -> Any:
    """Return the share of partners still in the programme after four years."""
    lost = facts["leaving"][..., :EARLY] / facts["careers"][..., :EARLY]
    return np.prod(1.0 - lost, axis=-1)


def later_loss(facts: Facts) -> Any:
    """Return the share of partners lost in a year after four years."""
    lost = facts["leaving"][..., EARLY:].sum(axis=-1) / facts["careers"][..., EARLY:].sum(axis=-1)
    return 1.0 - (1.0 - lost) ** 12


def ten_years(facts: Facts) -> Any:
    """Return the share of clients won that are still clients after ten years."""
    return np.prod(1.0 - facts["churned"] / facts["tenures"], axis=-1)
