"""The sides that a programme may serve better or worse, declared once."""

from __future__ import annotations

from typing import NamedTuple

from sim.study.indicators import BY_NAME
from sim.world.scenario import Scenario


class Side(NamedTuple):
    """Somebody whom a programme may serve better or worse, and how that is measured."""

    name: str
    indicator: str

    @property
    def better(self) -> int:
        """1 if more is better, -1 if less is."""
        return BY_NAME[self.indicator].better


SIDES = (
    Side("vendor", "npv"),
    Side("active partners", "income_active"),
    Side("clients", "client_churn"),
)


def others(scenario: Scenario) -> list[str]:
    """Return the programmes that are compared with the baseline."""
    return [studied.name for studied in scenario.programmes if studied.name != scenario.baseline]
