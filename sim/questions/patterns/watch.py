"""Looking at a market as it lives: what patterns need besides a run's indicators."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engines.build import Market
from sim.engines.outcome import ACTIVE, CLIENT, DORMANT, Month, Outcome
from sim.study.run_one import start
from sim.world.programme import Programme
from sim.world.scenario import Scenario

Floats = npt.NDArray[np.float64]
HALF_A_YEAR = 6


def begin(scenario: Scenario, engine: str, seed: int) -> Market:
    """Return a scenario's market at the decision."""
    market = start(scenario, seed, engine, keep_ledger=False)
    market.advance(scenario.burn_in_months)
    return market


def named(scenario: Scenario, name: str) -> Programme:
    """Return one of a scenario's programmes by name."""
    return next(studied for studied in scenario.programmes if studied.name == name)


def total(outcome: Outcome, fact: str, first: int, last: int) -> float:
    """Return the sum of a month's fact from one month of the run to another, both counted."""
    return float(outcome.months[first : last + 1, Month._fields.index(fact)].sum())


def is_member(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Return which partners are in the programme."""
    return np.isin(outcome.partners["status"], (ACTIVE, DORMANT))


def is_client(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Return which accounts are clients."""
    return np.asarray(outcome.accounts["status"] == CLIENT)


def holds(outcome: Outcome, role: str) -> npt.NDArray[np.bool_]:
    """Return which accounts have a partner in a role, such as its originator."""
    return np.asarray(outcome.accounts[role].astype(np.int64) >= 0)


class Activity:
    """Counts members who were active in at least one of the last six months, once a year."""

    def __init__(self) -> None:
        self.statuses: list[npt.NDArray[np.generic]] = []
        self.members = self.active = 0

    def __call__(self, market: Market) -> None:
        """Look at a market after one more month."""
        outcome = market.outcome()
        self.statuses.append(np.array(outcome.partners["status"]))
        if len(self.statuses) % 12 == 0:
            lately = np.array(self.statuses[-HALF_A_YEAR:]) == ACTIVE
            members = is_member(outcome)
            self.members += int(members.sum())
            self.active += int((lately.any(axis=0) & members).sum())


def careers(outcome: Outcome, months: int) -> tuple[Floats, Floats]:
    """Return partners at risk of leaving and leaving, by month of membership.

    Those who joined after the start, until the run ends; founders came before.

    Parameters
    ----------
    months : the last month of membership that counts.

    Returns
    -------
    two columns, each of shape (months,)
    """
    joined = outcome.partners["joined_month"].astype(np.int64)
    left = outcome.partners["left_month"].astype(np.int64)
    end = len(outcome.months) - 1
    entered = joined >= 1
    served = np.where(left >= 0, left, end)[entered] - joined[entered]
    has_left = left[entered] >= 0
    tenure = np.arange(1, months + 1)
    at_risk = (served[:, None] >= tenure).sum(axis=0)
    leaving = ((served[:, None] == tenure) & has_left[:, None]).sum(axis=0)
    return at_risk.astype(np.float64), leaving.astype(np.float64)
