"""One world watched month by month, under one programme after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.registry import Policy
from sim.engines.build import Market
from sim.engines.outcome import ACCOUNT_COLUMNS, ACTIVE, DORMANT, Ints, Outcome
from sim.study.world import follow, pass_months, start
from sim.world.luck import draws
from sim.world.population import populate
from sim.world.programme import Programme
from sim.world.scenario import Scenario

Columns = dict[str, npt.NDArray[Any]]


class Film(NamedTuple):
    """What was seen of one world under one programme; months count from the world's first.

    A moment is the end of a month, or follows what happened between two: a programme adopted or
    changed, an incident.
    """

    scenario: Scenario
    seed: int
    studied: Programme
    end: Ints
    """the moment that ends each month, shape (months + 1,)"""
    accounts: Columns
    """some columns of some accounts, each of shape (moments, accounts seen)"""
    partners: Columns
    """all columns of all partners, each of shape (moments, partners)"""
    facts: Ints
    """shape (months + 1, len(Month._fields))"""
    ledger: dict[str, Ints]
    """month, account, partner, role, kopecks, of every account, each of shape (entries,)"""
    first_mrr: Ints
    """price on the day an account is won, kopecks a month, shape (accounts seen,)"""

    @property
    def decision(self) -> int:
        """The last month before the programme under study."""
        return self.scenario.burn_in_months

    @property
    def months(self) -> range:
        """The months lived."""
        return range(1, len(self.end))

    def was_member(self, moment: int, partner: int) -> bool:
        """Return whether a partner was in the programme at a moment."""
        return int(self.partners["status"][moment, partner]) in (ACTIVE, DORMANT)

    def luck(self, month: int, decision: int, entity: int) -> float:
        """Return what was drawn for an account or a partner in a month."""
        return float(draws(self.seed, month, decision, entity + 1)[entity])

    def is_old(self, won: int, month: int) -> bool:
        """Return whether a client was won before the programme in force came under study."""
        return month > self.decision and won <= self.decision

    def eras(self) -> list[tuple[int, Programme]]:
        """Return the programmes in force, each with the last month before its first."""
        later = [(self.decision + each.month, each.programme) for each in self.studied.changes]
        return [(-1, self.scenario.incumbent), (self.decision, self.studied), *later]

    def in_force(self, month: int) -> Programme:
        """Return the programme in force in a month."""
        return [each for since, each in self.eras() if since < month][-1]

    def contract(self, won: int, month: int) -> tuple[int, Policy]:
        """Return the policy that holds for a client in a month, and from which month it held.

        Parameters
        ----------
        won : month in which the client was won; it may keep the former contract for a while.
        """
        eras = [era for era in self.eras() if era[0] < month]
        since, programme = eras[-1]
        if len(eras) > 1 and won <= since and month <= since + programme.conduct.grandfather_months:
            since, programme = eras[-2]
        return since, programme.policy


class Moment(NamedTuple):
    """What is kept of a market at one moment."""

    month: int
    accounts: Columns
    partners: Columns


def films(
    scenario: Scenario,
    seed: int,
    engine: str,
    accounts: Sequence[int] | None = None,
    columns: tuple[str, ...] = ACCOUNT_COLUMNS,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Film]:
    """Watch one world: the past once, then each of the scenario's programmes from there.

    Parameters
    ----------
    accounts : which are seen; by default all.
    columns : what is seen of them.
    progress : told the share of the work done.
    """
    seen: npt.NDArray[np.intp] = np.arange(scenario.clients)[
        slice(None) if accounts is None else list(accounts)
    ]
    pool = populate(seed, scenario.partners, scenario.clients, scenario.assumptions)
    past: list[Moment] = []
    lived = 0
    whole = scenario.burn_in_months + 12 * scenario.years * len(scenario.programmes)

    def look(market: Market) -> Moment:
        outcome = market.outcome()
        return Moment(
            int(outcome.months[-1, 0]),
            {name: outcome.accounts[name][seen] for name in columns},
            dict(outcome.partners),
        )

    def into(moments: list[Moment]) -> Callable[[Market], None]:
        def watch(market: Market) -> None:
            nonlocal lived
            moment = look(market)
            lived += moment.month > moments[-1].month
            moments.append(moment)
            if progress is not None:
                progress(min(lived / whole, 1.0))

        return watch

    grown = start(scenario, seed, engine)
    past.append(look(grown))
    pass_months(grown, scenario.burn_in_months, into(past))
    for studied in scenario.programmes:
        market = grown.branch(studied)
        moments = [*past, look(market)]
        follow(market, studied, 12 * scenario.years, into(moments))
        yield developed(
            scenario, seed, studied, moments, market.outcome(), pool.accounts.first_mrr[seen]
        )


def developed(
    scenario: Scenario,
    seed: int,
    studied: Programme,
    moments: list[Moment],
    outcome: Outcome,
    first_mrr: Ints,
) -> Film:
    """Return moments in whole columns."""
    months = np.array([moment.month for moment in moments])
    return Film(
        scenario=scenario,
        seed=seed,
        studied=studied,
        end=np.flatnonzero(np.diff(months, prepend=-1)),
        accounts=stacked([moment.accounts for moment in moments]),
        partners=stacked([moment.partners for moment in moments]),
        facts=outcome.months,
        ledger=outcome.ledger,
        first_mrr=first_mrr,
    )


def stacked(moments: list[Columns]) -> Columns:
    """Return columns of moments as columns with a row for each moment."""
    return {name: np.array([moment[name] for moment in moments]) for name in moments[0]}
