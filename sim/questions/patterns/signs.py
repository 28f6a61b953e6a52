"""Where choice beats the lock for the vendor and where it loses: P12."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.questions.patterns.measure import Facts, Given
from sim.study.crew import ALONE, Crew
from sim.study.worlds import RANGES, live_in
from sim.world import scenario as scenarios
from sim.world.scenario import Scenario

AXES = ("poaching", "churn_span")
"""How easily clients are courted, and how much service decides whether they stay."""
STEPS = 7
LOCK, CHOICE = "first_sale_lock", "client_choice"


def market(assumptions: Given) -> Scenario:
    """Return the default comparison's market with the lock and client choice alone."""
    scenario = scenarios.load(scenarios.DEFAULT, assumptions=assumptions)
    both = tuple(studied for studied in scenario.programmes if studied.name in (LOCK, CHOICE))
    return scenario._replace(programmes=both)


def worlds() -> pd.DataFrame:
    """Return the worlds of the map: both assumptions in even steps over their declared ranges."""
    first, second = (np.linspace(*RANGES[name], STEPS) for name in AXES)
    return pd.DataFrame([(x, y) for x in first for y in second], columns=list(AXES))


def observe(scenario: Scenario, seeds: Sequence[int], crew: Crew = ALONE) -> list[Facts]:
    """Return the vendor's NPV in every world of the map, RUB, for each seed."""
    cells = worlds()
    results = live_in(scenario, cells, [seeds] * len(cells), crew)
    runs = results.runs.astype({"variant": int})
    npv = runs.pivot_table(index=["programme", "seed"], columns="variant", values="npv")
    return [
        {"lock": npv.loc[LOCK, seed].to_numpy(), "choice": npv.loc[CHOICE, seed].to_numpy()}
        for seed in seeds
    ]


def gain(facts: Facts) -> Any:
    """Return what choice brings the vendor in each world, as a share of NPV under the lock.

    Of its size: where the lock loses the vendor money, a gain is still a gain.
    """
    return (facts["choice"] - facts["lock"]) / np.abs(facts["lock"])


def best(facts: Facts) -> Any:
    """Return the gain in the world where choice does best."""
    return gain(facts).max(axis=-1)


def worst(facts: Facts) -> Any:
    """Return the gain in the world where choice does worst."""
    return gain(facts).min(axis=-1)
