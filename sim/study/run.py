"""One run, as a person asks for it: `simulate`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from sim.engines.build import settle
from sim.engines.outcome import ACCOUNT_STATUS, PARTNER_STATUS, ROLES, Outcome
from sim.study import indicators
from sim.study.chosen import Studied, check_seed, choose_programme
from sim.study.columns import MONTHLY, STATE, named, or_nobody, with_units
from sim.study.crew import Crew
from sim.study.history import History, watched
from sim.study.identity import marks
from sim.study.indicators import Indicator
from sim.study.request import WHAT, Request, takes
from sim.study.run_one import follow, start
from sim.study.user_policy.check import require
from sim.world.errors import BadInput
from sim.world.programme import refuse_out_of_range
from sim.world.scenario import Scenario

PARTNER_FIELDS = ("originator", "partner_of_record", "servicing_partner", "upseller")


@dataclass(frozen=True)
class Run:
    """A finished run; months count from the decision, money is in RUB unless it says kopecks.

    The tables say in ``attrs["units"]`` what their columns count.
    """

    months: pd.DataFrame
    """indicators by month"""
    partners: pd.DataFrame
    """state of every potential partner at the end"""
    accounts: pd.DataFrame
    """state of every account at the end; originator, partner_of_record, servicing_partner apart"""
    ledger: pd.DataFrame
    """who was credited what, for which account, in which month and role"""
    summary: dict[str, float]
    """every indicator over the months studied, by name; units in sim.study.indicators"""
    history: History | None = None
    """what was written of those watched; None if nobody was"""

    @property
    def events(self) -> pd.DataFrame:
        """What happened to those watched: month, what, cause, account, partners, facts."""
        return self.told().events

    @property
    def spells(self) -> pd.DataFrame:
        """Clients' spells: start, end, price, seller, server, payee; what ended them."""
        return self.told().spells

    def panel(self, of: str) -> pd.DataFrame:
        """Return "account" or "partner" by month: those watched, one row for each and each month.

        Raises
        ------
        BadInput
            If nobody was watched, or it is neither.
        """
        return self.told().panel(of)

    def network(self, month: int) -> pd.DataFrame:
        """Return the edges between accounts and partners in a month, a row a role.

        ``networkx.from_pandas_edgelist(edges, "account", "partner", ["role"], nx.MultiGraph)``
        makes a graph of it, once both are given names of their own.

        Raises
        ------
        BadInput
            If nobody was watched.
        """
        return self.told().network(month)

    def told(self) -> History:
        """Return the history, or refuse."""
        if self.history is None:
            raise BadInput('nobody was watched: simulate(..., watch="all") writes it down.')
        return self.history


@takes(
    *WHAT,
    "engine",
    "indicators",
    because={
        "policies": "a run has one programme; name it with policy",
        "seeds": "a run has one seed; name it with seed",
        "store": "a run with its tables is not stored",
        "worlds": "a run lives in one world; change it with assumptions",
        "basis": "a run has one programme",
        "at_once": "it is one run",
        "cluster": "it is one run",
    },
)
def simulate(
    request: Request,
    crew: Crew,
    *,
    policy: Studied | None = None,
    seed: int = 1,
    watch: Literal["all", "none"] | Mapping[str, Iterable[int]] = "all",
) -> Run:
    """Simulate one world under one programme.

    Parameters
    ----------
    policy : a policy or its name, or the name of one of the scenario's programmes; by default
        the scenario's baseline.
    seed : keys all luck; the same seed meets the same luck under every policy.
    watch : whose history is written down for ``events``, ``panel``, ``spells`` and ``network``:
        "all", "none", or numbers such as ``{"accounts": [7], "partners": range(20)}``. All of
        it makes a compiled run two to three times as long and keeps some 80 bytes for each month
        of each client.

    Returns
    -------
    the run, with DataFrames ``months``, ``partners``, ``accounts`` and ``ledger``, and a history

    Raises
    ------
    BadInput
        If a name does not exist or a number is out of range.

    Examples
    --------
    >>> run = simulate(policy="client_choice", partners=20, clients=200, years=1, burn_in=12)
    >>> len(run.months)
    25
    """
    check_seed(seed)
    studied = choose_programme(request.scenario, policy)
    refuse_out_of_range(studied)
    chosen = request.scenario._replace(programmes=(studied,), baseline=studied.name)
    require(chosen)
    settled = settle(crew.engine, chosen, request.model)
    if settled.note:
        warnings.warn(settled.note, stacklevel=3)
    who = watched(watch, chosen.partners, chosen.clients)
    world = start(settled.scenario, seed, settled.engine, model=request.model)
    if who is not None:
        world.watch(who)
    world.advance(chosen.burn_in_months)
    studied = settled.scenario.programmes[0]
    world.adopt(studied)
    follow(world, studied, 12 * chosen.years)
    outcome = world.outcome()
    history = None if who is None else History(outcome, chosen, studied)
    return present(outcome, chosen, request.indicators, history)


def present(
    outcome: Outcome,
    chosen: Scenario,
    own: Sequence[Indicator] = (),
    history: History | None = None,
) -> Run:
    """Return an outcome as tables with names and human units."""
    burn_in = chosen.burn_in_months
    partners = pd.DataFrame(outcome.partners)
    partners.insert(0, "partner", range(len(partners)))
    partners["status"] = named(partners["status"], PARTNER_STATUS)
    accounts = pd.DataFrame(outcome.accounts)
    accounts.insert(0, "account", range(len(accounts)))
    accounts["status"] = named(accounts["status"], ACCOUNT_STATUS)
    for field in PARTNER_FIELDS:
        accounts[field] = or_nobody(accounts[field])
    ledger = pd.DataFrame(outcome.ledger)
    ledger["role"] = named(ledger["role"], ROLES)
    ledger["month"] -= burn_in
    ledger["account"] = or_nobody(ledger["account"])
    for table in (partners, accounts):
        for field in table.columns:
            if field.endswith(("_month", "_worked")):
                table[field] = (table[field] - burn_in).astype("Int64").where(table[field] >= 0)
    months = pd.DataFrame(indicators.monthly(outcome, burn_in, chosen.assumptions))
    partners = partners.rename(columns={"earned": "earned_kopecks", "payable": "payable_kopecks"})
    accounts = accounts.rename(columns={"mrr": "mrr_kopecks"})
    about = outcome, burn_in, chosen.assumptions
    summary = {**indicators.summary(*about), **indicators.measured(own, *about)}
    tables = {"months": months, "partners": partners, "accounts": accounts, "ledger": ledger}
    told = marks(chosen, outcome.digest())
    for name, table in tables.items():
        with_units(table, MONTHLY if name == "months" else STATE).attrs.update(told)
    return Run(
        **tables,
        summary=summary,
        history=history,
    )
