"""One run, as a person asks for it: `simulate`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from policies.registry import Policy
from sim.engines.build import Model, settle
from sim.engines.outcome import ACCOUNT_STATUS, PARTNER_STATUS, ROLES, Outcome
from sim.study import indicators
from sim.study.columns import MONTHLY, STATE, named, or_nobody, with_units
from sim.study.history import History, watched
from sim.study.request import check_engine, check_numbers, choose_programme, resolve
from sim.study.run_one import follow, start
from sim.study.user_policy.check import require
from sim.world.errors import BadInput
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


def simulate(
    scenario: str | Scenario | None = None,
    *,
    policy: str | Policy | None = None,
    market: str | None = None,
    seed: int = 1,
    years: int | None = None,
    burn_in: int | None = None,
    partners: int | None = None,
    clients: int | None = None,
    engine: str = "auto",
    model: Model | None = None,
    watch: Literal["all", "none"] | Mapping[str, Iterable[int]] = "all",
) -> Run:
    """Simulate one world under one programme.

    Parameters
    ----------
    scenario : name or path of a scenario; by default the four-policy comparison's market.
    policy : a policy or its name, or the name of one of the scenario's programmes; by default
        the scenario's baseline.
    market : name or path of a market, instead of the scenario's own.
    seed : keys all luck; the same seed meets the same luck under every policy.
    years : years under the programme, instead of the scenario's own.
    burn_in : months under the incumbent programme before, instead of the scenario's own.
    partners, clients : size of the pool, instead of the market's own.
    engine : "compiled", "mesa" (slower, the same to the last bit), or "auto" for the former.
    model : a subclass of `PartnerMarket`, or a function that builds one from the same keywords;
        it runs on the Mesa engine.
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
    check_engine(engine)
    chosen = resolve(scenario, market, partners, clients)
    years = chosen.years if years is None else years
    burn_in = chosen.burn_in_months if burn_in is None else burn_in
    check_numbers(seed=seed, years=years, burn_in=burn_in)
    studied = choose_programme(chosen, policy)
    require(chosen._replace(programmes=(studied,)))
    settled = settle(engine, chosen._replace(programmes=(studied,)), model)
    if settled.note:
        warnings.warn(settled.note, stacklevel=2)
    who = watched(watch, chosen.partners, chosen.clients)
    world = start(settled.scenario, seed, settled.engine, model=model)
    if who is not None:
        world.watch(who)
    world.advance(burn_in)
    studied = settled.scenario.programmes[0]
    world.adopt(studied)
    follow(world, studied, 12 * years)
    outcome = world.outcome()
    lived = chosen._replace(burn_in_months=burn_in)
    history = None if who is None else History(outcome, lived, studied)
    return present(outcome, chosen, burn_in, history)


def present(
    outcome: Outcome, chosen: Scenario, burn_in: int, history: History | None = None
) -> Run:
    """Return an outcome as tables with names and human units."""
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
    return Run(
        months=with_units(months, MONTHLY),
        partners=with_units(partners, STATE),
        accounts=with_units(accounts, STATE),
        ledger=with_units(ledger, STATE),
        summary=indicators.summary(outcome, burn_in, chosen.assumptions),
        history=history,
    )
