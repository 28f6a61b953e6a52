"""A run's history as tables: what happened to those who were watched, as the engine wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.engines.build import Market, Model
from sim.engines.events import FACTS, FEELINGS, Cause, Chronicle, Watched, What
from sim.engines.outcome import PARTNER_STATUS, ROLES, Ints, Outcome
from sim.study.columns import HISTORY, named, or_nobody, with_units
from sim.study.run_one import follow, pass_months, start
from sim.world.errors import BadInput, unknown_name
from sim.world.programme import Programme
from sim.world.scenario import Scenario
from sim.world.units import NOBODY

HOLDERS = ("originator", "partner_of_record", "servicing_partner")
PARTNER_PANEL = {
    "income": "income_kopecks",
    "undeserved_income": "income_without_work_kopecks",
    "serviced_mrr": "mrr_served_kopecks",
    "unpaid_mrr": "mrr_served_unpaid_kopecks",
    "lost_mrr": "mrr_lost_kopecks",
    "gained_mrr": "mrr_gained_kopecks",
}
"""What a partner's month is called in a table, where that differs."""
FELT = ["target", "jump", *FEELINGS]
"""What only members feel."""


def watched(who: Any, partners: int, clients: int) -> Watched | None:
    """Return who is watched.

    Parameters
    ----------
    who : "all", "none", or lists of numbers under the names "accounts" and "partners".
    partners, clients : size of the pool.

    Raises
    ------
    BadInput
        If it is none of these, or somebody does not exist.
    """
    if who == "none":
        return None
    asked = {"accounts": range(clients), "partners": range(partners)} if who == "all" else who
    sizes = {"accounts": clients, "partners": partners}
    if not isinstance(asked, dict) or not set(asked) <= set(sizes):
        raise BadInput(
            f'watch: {who!r} is not "all", "none" or {{"accounts": [...], "partners": [...]}}.'
        )
    masks = {name: np.zeros(size, np.bool_) for name, size in sizes.items()}
    for name, numbers in asked.items():
        for number in numbers:
            if not isinstance(number, int | np.integer) or not 0 <= number < sizes[name]:
                raise BadInput(
                    f"watch: {name[:-1]} {number!r} does not exist; {name} are numbered 0 to "
                    f"{sizes[name] - 1}."
                )
            masks[name][number] = True
    return Watched(**masks)


class Era(NamedTuple):
    """A stretch of a run under one programme."""

    since: int
    """its first month"""
    programme: Programme


def eras(scenario: Scenario, studied: Programme) -> list[Era]:
    """Return the programmes in force, one after another; months count from the decision."""
    later = [Era(each.month + 1, each.programme) for each in studied.changes]
    return [Era(1 - scenario.burn_in_months, scenario.incumbent), Era(1, studied), *later]


def era_of_contract(held: list[Era], month: int, is_under_former: bool) -> Era:
    """Return the era whose contract holds for a client in a month.

    Parameters
    ----------
    is_under_former : the client was won before and keeps the contract of the era before.
    """
    begun = [era for era in held if era.since <= month]
    return begun[-2 if is_under_former else -1]


class History:
    """The tables of a run; months count from the decision, nobody is <NA>.

    Parameters
    ----------
    scenario : whose world it was; its burn-in came before the decision.
    studied : the programme since the decision.
    """

    def __init__(self, outcome: Outcome, scenario: Scenario, studied: Programme) -> None:
        self.chronicle: Chronicle = outcome.chronicle
        self.book = outcome.ledger
        self.market_months = outcome.months
        self.ends = outcome.partners
        self.scenario = scenario
        self.studied = studied
        self.burn_in = scenario.burn_in_months
        self.last_month = int(outcome.months[-1, 0]) - self.burn_in

    @cached_property
    def eras(self) -> list[Era]:
        """The programmes in force, one after another."""
        return eras(self.scenario, self.studied)

    def traits(self, partner: int) -> dict[str, bool]:
        """Return what kind of partner it is."""
        return {
            name: bool(self.ends[name][partner])
            for name in ("is_active_type", "is_cash_constrained")
        }

    # --- what happened -------------------------------------------------------------------------

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened: month, what, cause, account, to_partner, from_partner, facts."""
        rows = self.chronicle.events
        table = pd.DataFrame(
            {
                "month": rows["month"].astype(np.int64) - self.burn_in,
                "what": named(rows["what"], What._fields),
                "cause": named(rows["cause"], [name.rstrip("_") for name in Cause._fields]),
                "account": or_nobody(rows["account"]),
                "to_partner": or_nobody(rows["to"]),
                "from_partner": or_nobody(rows["former"]),
                "facts": self.facts(),
            }
        )
        return with_units(table, HISTORY)

    def facts(self) -> pd.Series[Any]:
        """Return the facts behind each event by name; None where nothing was weighed."""
        counts = self.chronicle.events["facts"].astype(np.int64)
        ends = np.cumsum(counts)
        found = np.full(len(counts), None, object)
        for place in np.flatnonzero(counts):
            values = self.chronicle.facts[ends[place] - counts[place] : ends[place]].tolist()
            names = FACTS[int(self.chronicle.events["what"][place])]
            found[place] = {
                name: kind(value) for (name, kind), value in zip(names.items(), values, strict=True)
            }
        return pd.Series(found, dtype=object)

    # --- month by month ------------------------------------------------------------------------

    def panel(self, of: str) -> pd.DataFrame:
        """Return accounts or partners month by month.

        Parameters
        ----------
        of : "account" (months in which it was a client and paid) or "partner" (every month).

        Raises
        ------
        BadInput
            If it is neither.
        """
        panels = {"account": "account_months", "partner": "partner_months"}
        if of not in panels:
            raise unknown_name("panel", of, panels, "panel")
        table: pd.DataFrame = getattr(self, panels[of])
        return table

    @cached_property
    def account_months(self) -> pd.DataFrame:
        """Every client that paid for a month: who stood around it, what it paid."""
        rows = self.chronicle.accounts
        table = pd.DataFrame(
            {
                "month": rows["month"].astype(np.int64) - self.burn_in,
                "account": rows["account"].astype(np.int64),
                **{name: or_nobody(rows[name]) for name in (*HOLDERS, "who_worked")},
                "satisfaction": rows["satisfaction"],
                "service_hours": rows["hours"],
                "paid_kopecks": rows["paid"],
                "commission_kopecks": rows["commission"],
                "is_under_former": rows["is_under_former"],
            }
        )
        return with_units(table, HISTORY)

    @cached_property
    def partner_months(self) -> pd.DataFrame:
        """Every partner at the end of every month; what only members feel is missing for others."""
        rows = self.chronicle.partners
        table = pd.DataFrame({name: rows[name] for name in rows.dtype.names or ()})
        table = table.rename(columns=PARTNER_PANEL)
        table["month"] = table["month"].astype(np.int64) - self.burn_in
        table["partner"] = table["partner"].astype(np.int64)
        table["status"] = named(rows["status"], PARTNER_STATUS)
        table[FELT] = table[FELT].where(table.pop("was_member"))
        return with_units(table, HISTORY)

    # --- commissions ---------------------------------------------------------------------------

    @cached_property
    def payments(self) -> pd.DataFrame:
        """Every commission on a watched account, with whether its partner worked that month."""
        table = pd.DataFrame(self.book)
        table["month"] -= self.burn_in
        seen = self.account_months[["month", "account", "who_worked", "is_under_former"]]
        table = table.merge(seen, on=["month", "account"], how="left")
        is_fixed = table["account"] == NOBODY
        table["is_for_work"] = is_fixed | (table["partner"] == table["who_worked"]).fillna(False)
        table["is_for_work"] = table["is_for_work"].astype(bool)
        table["role"] = named(table["role"], ROLES)
        return table[is_fixed | table["is_under_former"].notna()].reset_index(drop=True)

    # --- spells and the network ----------------------------------------------------------------

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Unbroken spans of a client's life under one price, seller, server and payee.

        ``start`` and ``end`` are its first and last month; ``ends`` says whether "churn", a
        "change" or the run's end ("open") closed it; ``stay`` counts the account's stays as a
        client. ``payee`` is who got most of the month's commission, the lower number in a tie,
        ``payees`` how many got any.
        """
        rows = self.account_months.merge(self.payees(), on=["month", "account"], how="left")
        rows["payees"] = rows["payees"].fillna(0).astype(np.int64)
        rows = rows.rename(
            columns={
                "originator": "seller",
                "servicing_partner": "server",
                "paid_kopecks": "price_kopecks",
            }
        ).sort_values(["account", "month"], kind="stable", ignore_index=True)
        kept = ["price_kopecks", "seller", "server", "payee", "payees"]
        states = rows[kept].fillna(NOBODY).to_numpy(np.int64)
        is_same = np.ones(len(rows), np.bool_)
        is_same[:1] = False
        is_same[1:] = (np.diff(rows["account"]) == 0) & (np.diff(rows["month"]) == 1)
        goes_on = is_same.copy()
        is_same[1:] &= (states[1:] == states[:-1]).all(axis=1)
        first = np.flatnonzero(~is_same)
        last = np.append(first[1:], len(rows))[: len(first)] - 1
        table = rows.loc[first, ["account", *kept]].reset_index(drop=True)
        table.insert(1, "stay", stays(rows["account"].to_numpy(), goes_on)[first])
        table.insert(2, "start", rows["month"].to_numpy()[first])
        table.insert(3, "end", rows["month"].to_numpy()[last])
        is_open = table["end"] == self.last_month
        changes = np.append(goes_on[first[1:]], False)[: len(first)]
        table["ends"] = pd.Categorical(
            np.where(changes, "change", np.where(is_open, "open", "churn")),
            ["change", "churn", "open"],
        )
        return with_units(table, HISTORY)

    def payees(self) -> pd.DataFrame:
        """Return who got most of the commission on an account in a month, and how many got any."""
        book = pd.DataFrame(self.book)
        book = book[book["account"] != NOBODY]
        book["month"] -= self.burn_in
        sums = book.groupby(["month", "account", "partner"], as_index=False)["kopecks"].sum()
        sums = sums.sort_values(["kopecks", "partner"], ascending=[False, True], kind="stable")
        table = sums.groupby(["month", "account"], as_index=False).agg(
            payee=("partner", "first"), payees=("partner", "size")
        )
        table["payee"] = table["payee"].astype("Int64")
        return table

    def network(self, month: int) -> pd.DataFrame:
        """Return who stood around whom in a month: a bipartite network as a table of edges.

        Returns
        -------
        a row for each account and partner and role between them, with the account's price and
        the commission that the role got
        """
        rows = self.account_months[self.account_months["month"] == month]
        edges = rows.melt(
            id_vars=["month", "account", "paid_kopecks"],
            value_vars=list(HOLDERS),
            var_name="role",
            value_name="partner",
        ).dropna(subset="partner")
        paid = self.payments[self.payments["month"] == month].dropna(subset="is_under_former")
        paid = paid[["month", "account", "partner", "role", "kopecks"]].astype({"role": str})
        edges = edges.merge(paid, on=["month", "account", "partner", "role"], how="outer")
        prices = rows.set_index("account")["paid_kopecks"]
        edges["price_kopecks"] = edges["account"].map(prices)
        edges["commission_kopecks"] = edges["kopecks"].fillna(0).astype(np.int64)
        edges["role"] = pd.Categorical(edges["role"], list(ROLES))
        edges = edges.sort_values(["account", "role"], kind="stable", ignore_index=True)
        columns = ["month", "account", "partner", "role", "price_kopecks", "commission_kopecks"]
        return with_units(edges[columns].astype({"partner": np.int64}), HISTORY)


def stays(accounts: Ints, goes_on: Any) -> Ints:
    """Return of each month of a client the how-manieth stay it is in, from 1.

    Parameters
    ----------
    accounts : in order.
    goes_on : it was a client in the month before, too.
    """
    begun = np.cumsum(~goes_on)
    first = np.append(True, np.diff(accounts) != 0)[: len(accounts)]
    numbers: Ints = begun - np.maximum.accumulate(np.where(first, begun, 0)) + 1
    return numbers


def histories(
    scenario: Scenario,
    seed: int,
    engine: str,
    progress: Callable[[float], None] | None = None,
    model: Model | None = None,
) -> Iterator[History]:
    """Watch everybody in one world: the past once, then each programme from there.

    Parameters
    ----------
    progress : told the share of the work done.
    model : builds the market from agents of one's own.
    """
    whole = scenario.burn_in_months + 12 * scenario.years * len(scenario.programmes)
    lived = 0

    def tell(market: Market) -> None:
        nonlocal lived
        lived += 1
        if progress is not None:
            progress(min(lived / whole, 1.0))

    grown = start(scenario, seed, engine, model=model)
    everybody = watched("all", scenario.partners, scenario.clients)
    if everybody is not None:
        grown.watch(everybody)
    pass_months(grown, scenario.burn_in_months, tell)
    for studied in scenario.programmes:
        market = grown.branch(studied)
        follow(market, studied, 12 * scenario.years, tell)
        yield History(market.outcome(), scenario, studied)
