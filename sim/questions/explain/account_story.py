"""The tables of one account's story: who sold, served and was paid; what moved, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from policies.contract import RECOMMENDER, Account
from policies.registry import Policy
from sim.engines.outcome import ACCOUNT_STATUS
from sim.rules import client as clients_do
from sim.study.history import HOLDERS, History, era_of_contract
from sim.world.assumptions import Assumptions
from sim.world.units import KOPECKS, NEVER

NEUTRAL = Account(
    tenure=0,
    is_serviced=False,
    client_asked=False,
    originator_serves=False,
    record_serves=False,
    has_record=True,
    originator_idle=0,
    record_idle=0,
    record_age=0,
    servicing_age=0,
    request_age=NEVER,
    has_consent=False,
    quality=0.0,
    upsold_share=0.0,
    record_clients=0,
    record_quiet=0,
    originator_role=RECOMMENDER,
    is_old=False,
    is_orphaned=False,
)
"""Facts, each as it is when it can hardly make a record move."""


def tables(history: History, account: int) -> dict[str, Any]:
    """Return the months, events, payments and summary of an account under one programme."""
    mine = history.account_months.query("account == @account")
    happened = events(history, account, mine)
    months = table(history, mine, happened)
    paid = payments(history, account)
    return {
        "months": months,
        "events": happened,
        "payments": paid,
        "summary": summary(months, paid),
    }


def events(history: History, account: int, mine: pd.DataFrame) -> pd.DataFrame:
    """Return what happened to an account, and which of its holders left the programme.

    Parameters
    ----------
    mine : the account's months.
    """
    told = history.events
    gone = told[told["what"] == "left"]
    held = mine.melt("month", value_vars=["originator", "partner_of_record"]).dropna()
    holders = pd.MultiIndex.from_frame(held[["month", "value"]])
    were_held = pd.MultiIndex.from_frame(gone[["month", "to_partner"]]).isin(holders)
    mentioned = [*told.index[told["account"] == account], *gone.index[were_held]]
    chosen = told.loc[mentioned].sort_values("month", kind="stable")
    return chosen.reset_index(drop=True)


def payments(history: History, account: int) -> pd.DataFrame:
    """Return every commission: month, partner, role, contract, rub, is_for_work."""
    book = history.payments.query("account == @account")
    since = [
        era_of_contract(history.eras, month, bool(is_under_former)).since
        for month, is_under_former in zip(book["month"], book["is_under_former"], strict=True)
    ]
    return pd.DataFrame(
        {
            "month": book["month"],
            "partner": book["partner"],
            "role": book["role"].astype(str),
            "contract_since": np.array(since, np.int64),
            "rub": book["kopecks"] / KOPECKS,
            "is_for_work": book["is_for_work"],
        }
    ).reset_index(drop=True)


def table(history: History, mine: pd.DataFrame, happened: pd.DataFrame) -> pd.DataFrame:
    """Return the account month by month, from the first; money in RUB."""
    months = pd.RangeIndex(1 - history.burn_in, history.last_month + 1, name="month")
    rows = mine.set_index("month").reindex(months)
    is_client = rows["account"].notna()
    status = np.where(is_client, "client", np.where(is_client.cummax(), "lost", "prospect"))
    churn = happened[happened["what"] == "churn"].set_index("month")["facts"]
    taken_back = churn.map(lambda facts: facts["taken_back_kopecks"]).reindex(months)
    lost = taken_back.fillna(0.0).to_numpy(np.float64)
    return pd.DataFrame(
        {
            "month": months,
            "status": pd.Categorical(status, ACCOUNT_STATUS),
            **{name: rows[name].array for name in HOLDERS},
            "satisfaction": rows["satisfaction"].to_numpy(),
            "paid": rows["paid_kopecks"].fillna(0.0).to_numpy() / KOPECKS,
            "commission": (rows["commission_kopecks"].fillna(0.0).to_numpy() - lost) / KOPECKS,
            "taken_back": lost / KOPECKS,
        }
    )


def chance_apart(facts: dict[str, Any], a: Assumptions) -> dict[str, float]:
    """Return a client's chance of leaving taken apart, from the facts that the engine weighed.

    Returns
    -------
    ``floor`` for any client, what ``dissatisfaction`` adds; the factors ``fit``, ``frailty`` and
    ``disruption`` by which their sum is multiplied; what ``unpaid`` and ``contested`` add
    """

    def hazard(satisfaction: float, proneness: float, months_since_change: int) -> float:
        return clients_do.churn_hazard(
            satisfaction,
            proneness,
            months_since_change,
            a.churn_floor,
            a.churn_span,
            a.switch_shock,
            a.switch_shock_months,
        )

    satisfaction, proneness = facts["satisfaction"], facts["proneness"]
    fit = clients_do.churn_proneness(1.0, facts["fit"], a.churn_fit)
    floor = hazard(1.0, 1.0, NEVER)
    return {
        "floor": floor,
        "dissatisfaction": hazard(satisfaction, 1.0, NEVER) - floor,
        "fit": fit,
        "frailty": proneness / fit,
        "disruption": facts["own_chance"] / hazard(satisfaction, proneness, NEVER),
        "unpaid": facts["unpaid_chance"],
        "contested": facts["chance"] - facts["own_chance"] - facts["unpaid_chance"],
    }


def reasons(policy: Policy, seen: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that a policy saw, without any of which it would not have moved a record."""
    account = Account(**{name: seen[name] for name in Account._fields})
    found = {
        name: getattr(account, name)
        for name, neutral in NEUTRAL._asdict().items()
        if getattr(account, name) != neutral
        and name != "has_record"
        and not policy.moves_record(account._replace(**{name: neutral}))
    }
    held = account._replace(has_record=True, record_idle=0, record_age=0, is_orphaned=False)
    if not account.has_record and not policy.moves_record(held):
        found["has_record"] = False
    return found


def summary(months: pd.DataFrame, payments: pd.DataFrame) -> dict[str, Any]:
    """Return an account's sums since the decision; money in RUB."""
    lived = months[months["month"] > 0]
    client = lived[lived["status"] == "client"]
    after = payments[payments["month"] > 0]
    served = client.dropna(subset=["servicing_partner", "originator"])
    paid, commission = float(lived["paid"].sum()), float(lived["commission"].sum())
    taken_back = float(lived["taken_back"].sum())
    return {
        "client_months": len(client),
        "is_client": bool(lived["status"].iloc[-1] == "client"),
        "paid": paid,
        "commission": commission,
        "commission_without_work": float(after.loc[~after["is_for_work"], "rub"].sum()),
        "taken_back": taken_back,
        "vendor_kept": paid - commission,
        "satisfaction": float(client["satisfaction"].mean()),
        "months_served_by_others": int((served["servicing_partner"] != served["originator"]).sum()),
    }
