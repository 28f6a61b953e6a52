"""One simulated world: a seed's burn-in, and each programme followed from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engines.build import Market, Model, build
from sim.study import indicators
from sim.study.indicators import INDICATORS, Indicator, measured
from sim.world.errors import Failure, PolicyFailed
from sim.world.programme import Change, Incident, Programme
from sim.world.scenario import Scenario


class Finished(NamedTuple):
    """A finished run, as small plain data."""

    digest: str
    """of every bit of the run"""
    values: npt.NDArray[np.float64]
    """of the indicators, in the order of `INDICATORS`, and of those of one's own"""
    months: dict[str, npt.NDArray[np.generic]] | None
    """indicators by month, each of shape (months,); None if they were not asked for"""


def start(
    chosen: Scenario,
    seed: int,
    engine: str,
    keep_ledger: bool = True,
    model: Model | None = None,
) -> Market:
    """Return a scenario's market before its first month, under the incumbent programme."""
    return build(
        engine,
        partners=chosen.partners,
        clients=chosen.clients,
        seed=seed,
        assumptions=chosen.assumptions,
        incumbent=chosen.incumbent,
        keep_ledger=keep_ledger,
        model=model,
    )


def pass_months(market: Market, months: int, watch: Callable[[Market], None] | None = None) -> None:
    """Let a market live so many months; ``watch`` looks at it after each."""
    if watch is None:
        market.advance(months)
        return
    for _ in range(months):
        market.advance(1)
        watch(market)


def follow(
    market: Market,
    studied: Programme,
    months: int,
    watch: Callable[[Market], None] | None = None,
) -> None:
    """Let a market live on under a programme just adopted, with its changes and incidents.

    Parameters
    ----------
    watch : looks at the market after each month, change and incident.
    """
    events: list[Change | Incident] = sorted(
        [*studied.changes, *studied.incidents], key=lambda event: event.month
    )
    lived = 0
    for event in events:
        if event.month >= months:
            break
        pass_months(market, event.month - lived, watch)
        lived = event.month
        if isinstance(event, Change):
            market.change_to(event.programme)
        else:
            market.suffer(event.harm)
        if watch is not None:
            watch(market)
    pass_months(market, months - lived, watch)


def live(
    scenario: Scenario,
    seed: int,
    engine: str,
    with_months: bool,
    model: Model | None = None,
    own: Sequence[Indicator] = (),
) -> list[Finished | Failure]:
    """Simulate one world: the past once, then each of the scenario's programmes from there.

    Parameters
    ----------
    seed : keys all luck of this world.
    engine : "compiled" or "mesa".
    with_months : keep the indicators by month, too.
    model : builds the market from agents of one's own.
    own : indicators of one's own, measured after ours.

    Returns
    -------
    the finished runs, in the order of the scenario's programmes; the failure of a policy stands
    for a run that has none
    """
    try:
        grown = start(scenario, seed, engine, keep_ledger=False, model=model)
        grown.advance(scenario.burn_in_months)
    except PolicyFailed as fault:
        return [fault.failure] * len(scenario.programmes)
    return [
        live_under(studied, grown, scenario, with_months, own) for studied in scenario.programmes
    ]


def live_under(
    studied: Programme,
    grown: Market,
    scenario: Scenario,
    with_months: bool,
    own: Sequence[Indicator] = (),
) -> Finished | Failure:
    """Simulate one of a scenario's programmes from the market that the past has left."""
    try:
        market = grown.branch(studied)
        follow(market, studied, 12 * scenario.years)
    except PolicyFailed as fault:
        return fault.failure
    outcome = market.outcome()
    about = outcome, scenario.burn_in_months, scenario.assumptions
    found = indicators.summary(*about)
    found |= measured(own, *about)
    values = np.array([found[indicator.name] for indicator in (*INDICATORS, *own)])
    months = indicators.monthly(*about) if with_months else None
    return Finished(outcome.digest(), values, months)
