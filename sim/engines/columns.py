"""The state of a market in columns: the same facts as the Mesa agents hold, one array a field."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engines.outcome import ACCOUNT_COLUMNS, PARTNER_COLUMNS, PAYOUT_QUEUE
from sim.world.assumptions import Assumptions
from sim.world.population import Population
from sim.world.units import NOBODY

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]


class PartnerColumns(NamedTuple):
    """Partners, each of shape (partners,) unless said otherwise; kopecks unless said otherwise."""

    # traits
    is_active_type: Flags
    is_cash_constrained: Flags
    productivity: Floats
    skill: Floats
    hours: Floats
    hour_cost: Floats
    # state
    status: Whole
    joined_month: Whole
    left_month: Whole
    motivation: Floats
    trust: Floats
    fear_of_loss: Floats
    reference_income: Floats
    effort: Floats
    load: Whole
    earned: Whole
    ready: Whole
    queue: Whole
    """shape (partners, PAYOUT_QUEUE)"""
    # what the contract promises
    worth: Floats
    retention: Floats
    service_premium: Floats
    recognition_premium: Floats
    touching_pays: Flags
    level_rate: Floats
    value_of_win: Floats
    value_of_gain: Floats
    steering: Floats
    lasting_stake: Floats
    # the month
    capacity: Floats
    income: Whole
    undeserved_income: Whole
    held_mrr: Whole
    lost_mrr: Whole
    gained_mrr: Whole
    serviced_mrr: Whole
    unpaid_mrr: Whole
    envied_mrr: Whole
    serviced_of_others: Whole
    disputes: Whole
    sellers: Whole
    """running sum of selling weights"""
    helpers: Whole
    courtiers: Whole


class AccountColumns(NamedTuple):
    """Accounts, each of shape (accounts,)."""

    first_mrr: Whole
    need: Floats
    base_fit: Floats
    frailty: Floats
    status: Whole
    originator: Whole
    partner_of_record: Whole
    servicing_partner: Whole
    upseller: Whole
    worker: Whole
    mrr: Whole
    payment: Whole
    satisfaction: Floats
    fit: Floats
    hours: Floats
    take: Floats
    record_credit: Floats
    service_credit: Floats
    won_month: Whole
    switch_month: Whole
    record_month: Whole
    contested_month: Whole
    originator_worked: Whole
    record_worked: Whole
    may_look_month: Whole
    client_asked: Flags


class Market(NamedTuple):
    """What compiled months read and write."""

    assumptions: Assumptions
    partners: PartnerColumns
    accounts: AccountColumns
    mood: Floats
    """of partners: reputation, chat grievance, share leaving, losses heard of; shape (4,)"""


def columns_of(pool: Population, assumptions: Assumptions) -> Market:
    """Return a market before its first month."""
    partners, accounts = pool.partners, pool.accounts
    size, base = len(partners.skill), assumptions.motivation_base
    founder = partners.is_founder

    def whole(fill: int = 0) -> Any:
        return np.full(size, fill, np.int64)

    def real(fill: float = 0.0) -> Any:
        return np.full(size, fill, np.float64)

    month_counts = {
        name: whole() for name in PartnerColumns._fields[PartnerColumns._fields.index("income") :]
    }
    promises = {
        name: real()
        for name in PartnerColumns._fields[
            PartnerColumns._fields.index("worth") : PartnerColumns._fields.index("income")
        ]
    }
    promises["touching_pays"] = np.zeros(size, np.bool_)
    partner_columns = PartnerColumns(
        is_active_type=partners.is_active_type,
        is_cash_constrained=partners.is_cash_constrained,
        productivity=partners.productivity,
        skill=partners.skill,
        hours=partners.hours,
        hour_cost=partners.hour_cost,
        status=np.where(founder, 1, 0).astype(np.int8),
        joined_month=np.where(founder, 0, -1).astype(np.int16),
        left_month=np.full(size, -1, np.int16),
        motivation=real(base),
        trust=real(1.0),
        fear_of_loss=real(),
        reference_income=real(),
        effort=real(),
        load=whole(),
        earned=whole(),
        ready=whole(),
        queue=np.zeros((size, PAYOUT_QUEUE), np.int64),
        **promises,
        **month_counts,
    )
    return Market(
        assumptions, partner_columns, account_columns(accounts), np.array([base, 0.0, 0.0, 0.0])
    )


def account_columns(accounts: Any) -> AccountColumns:
    """Return all accounts as prospects.

    Parameters
    ----------
    accounts : their traits, `sim.world.population.Accounts`.
    """
    size = len(accounts.need)
    kinds: dict[str, Any] = {
        **dict.fromkeys(("originator", "partner_of_record", "servicing_partner", "upseller",
                         "worker"), (NOBODY, np.int32)),
        **dict.fromkeys(("won_month", "switch_month", "record_month", "contested_month",
                         "originator_worked", "record_worked"), (-1, np.int16)),
        "may_look_month": (0, np.int16),
        "status": (0, np.int8),
        "mrr": (0, np.int64),
        "payment": (0, np.int64),
        "client_asked": (False, np.bool_),
    }
    traits = {name: getattr(accounts, name) for name in accounts._fields}
    state = {
        name: np.full(size, *kinds.get(name, (0.0, np.float64)))
        for name in AccountColumns._fields
        if name not in traits and name != "fit"
    }
    return AccountColumns(**traits, **state, fit=accounts.base_fit.copy())


def partner_state(partners: PartnerColumns) -> dict[str, npt.NDArray[np.generic]]:
    """Return the partners' columns of an outcome."""
    payable = partners.ready + partners.queue.sum(axis=1)
    return {
        name: widened(payable if name == "payable" else getattr(partners, name))
        for name in PARTNER_COLUMNS
    }


def account_state(accounts: AccountColumns) -> dict[str, npt.NDArray[np.generic]]:
    """Return the accounts' columns of an outcome."""
    return {name: widened(getattr(accounts, name)) for name in ACCOUNT_COLUMNS}


def widened(column: npt.NDArray[Any]) -> npt.NDArray[np.generic]:
    """Return a copy in which whole numbers have 64 bits."""
    return column.astype(np.int64 if column.dtype.kind == "i" else column.dtype)
