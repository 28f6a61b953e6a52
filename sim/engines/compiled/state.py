"""The state of a market in rows: the same facts as the Mesa agents hold, one row an agent."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engines.outcome import (
    ACCOUNT_COLUMNS,
    CLIENT,
    LOST,
    PARTNER_COLUMNS,
    PAYOUT_QUEUE,
    PROSPECT,
)
from sim.world.assumptions import Assumptions
from sim.world.population import Population
from sim.world.units import NOBODY


def row_type(kinds: dict[type[np.generic], str], align: bool = False) -> np.dtype[np.void]:
    """Return the type of a row with fields of some kinds, each named in words."""
    fields = [(name, kind) for kind, names in kinds.items() for name in names.split()]
    return np.dtype(fields, align=align)


PARTNER_ROW = row_type(
    {
        # traits; what the contract promises; state
        np.float64: "productivity skill hours hour_cost "
        "worth assured retention months_ahead cost_of_work at_stake service_premium "
        "recognition_premium naming_premium heir_premium quality_premium level_rate "
        "value_of_win value_of_gain steering lasting_stake "
        "motivation trust fear_of_loss reference_income reference_value effort",
        # kopecks, and this month's rare events
        np.int64: "earned ready lost_mrr gained_mrr disputes clawed_back",
        np.int16: "joined_month left_month",
        np.int8: "status role",
        np.bool_: "is_active_type is_cash_constrained touching_pays",
    }
)
"""A partner."""
WORK_ROW = row_type(
    {
        np.float64: "unasked_hours zeal stake_of_rouble capacity skill restlessness "
        "unpaid_move_chance",
        np.int16: "held_clients last_win_month",
        np.bool_: "is_member touches_ritually asks",
        np.int64: "load income undeserved_income held_mrr serviced_mrr unpaid_mrr envied_mrr",
        np.int32: "serviced_of_others held_clients_now",
    },
    align=True,
)
"""What clients meet in a partner this month, and what they bring it: millionths of hours, kopecks,
counts. Two neighbouring lines of the processor's cache, since clients come in no order."""
ACCOUNT_ROW = row_type(
    {
        np.float64: "fit proneness satisfaction take record_credit service_credit",
        np.int64: "mrr",
        np.float32: "need",
        np.int32: "originator partner_of_record servicing_partner upseller paid_to_originator "
        "dead_to_originator",
        np.int16: "won_month switch_month helper_month asked_month record_month contested_month "
        "grudge originator_worked record_worked",
    }
)
"""An account; traits that matter only on the day it is won are drawn anew."""
Table = npt.NDArray[np.void]
CACHE_LINES = 128
IS_CLIENT = 32_767


class Rows(NamedTuple):
    """What compiled months read and write."""

    assumptions: Any
    """a record with the fields of `Assumptions`"""
    partners: Table
    """of type PARTNER_ROW, shape (partners,)"""
    work: Table
    """of type WORK_ROW, shape (partners,)"""
    clients: Table
    """of type ACCOUNT_ROW, shape (accounts,)"""
    may_look_month: npt.NDArray[np.int16]
    """when an account may look for a product: 0 if it never was a client, IS_CLIENT while it is
    one; shape (accounts,)"""
    customers: npt.NDArray[np.int32]
    """accounts that are clients this month, in order; shape (accounts,)"""
    queues: npt.NDArray[np.int64]
    """kopecks that fall due in 0, 1, 2, ... months, shape (partners, PAYOUT_QUEUE)"""
    sums: npt.NDArray[np.int64]
    """running sums of selling, serving and courting weights, shape (4, partners): SELLERS, ..."""
    mood: npt.NDArray[np.float64]
    """of partners: reputation, chat grievance, share leaving, losses heard of; shape (4,)"""


def rows_of(pool: Population, assumptions: Assumptions) -> Rows:
    """Return a market before its first month."""
    base = assumptions.motivation_base
    size = len(pool.partners.skill)
    partners = table(PARTNER_ROW, pool.partners._asdict(), size)
    partners["status"] = pool.partners.is_founder
    partners["joined_month"] = np.where(pool.partners.is_founder, 0, -1)
    partners["left_month"] = -1
    work = aligned(size, WORK_ROW)
    work["last_win_month"] = partners["joined_month"]
    partners["motivation"] = base
    partners["trust"] = 1.0
    partners["reference_value"] = -1.0
    clients = table(ACCOUNT_ROW, pool.accounts._asdict(), len(pool.accounts.need))
    clients["fit"] = pool.accounts.base_fit
    for name, (kind, *_) in (ACCOUNT_ROW.fields or {}).items():
        if kind in (np.int16, np.int32) and not name.endswith("to_originator"):
            clients[name] = NOBODY
    clients["grudge"] = 0
    return Rows(
        assumptions=as_record(assumptions),
        partners=partners,
        work=work,
        clients=clients,
        may_look_month=np.zeros(len(clients), np.int16),
        customers=np.zeros(len(clients), np.int32),
        queues=np.zeros((size, PAYOUT_QUEUE), np.int64),
        sums=np.zeros((4, size), np.int64),
        mood=np.array([base, 0.0, 0.0, 0.0]),
    )


def table(kind: np.dtype[np.void], traits: dict[str, Any], size: int) -> Table:
    """Return rows of a type with their traits filled in and all else zero."""
    filled = np.zeros(size, kind)
    for name in set(traits) & set(kind.names or ()):
        filled[name] = traits[name]
    return filled


def as_record(numbers: Any) -> Any:
    """Return named numbers as one record, which compiled code passes by address."""
    fields = {bool: np.bool_, int: np.int64, float: np.float64}
    kinds = [(name, fields[type(usual)]) for name, usual in numbers._field_defaults.items()]
    return np.array([tuple(numbers)], np.dtype(kinds))[0]


def partner_state(rows: Rows) -> dict[str, npt.NDArray[np.generic]]:
    """Return the partners' columns of an outcome."""
    payable = rows.partners["ready"] + rows.queues.sum(axis=1)
    return {
        name: payable
        if name == "payable"
        else widened((rows.work if name == "last_win_month" else rows.partners)[name])
        for name in PARTNER_COLUMNS
    }


def account_state(rows: Rows) -> dict[str, npt.NDArray[np.generic]]:
    """Return the accounts' columns of an outcome."""
    looks = rows.may_look_month
    is_client = looks == IS_CLIENT
    apart: dict[str, Any] = {
        "status": np.where(is_client, CLIENT, np.where(looks > 0, LOST, PROSPECT)),
        "may_look_month": np.where(is_client, 0, looks),
        "originator": np.where(is_client, rows.clients["originator"], NOBODY),
    }
    return {
        name: widened(apart[name] if name in apart else rows.clients[name])
        for name in ACCOUNT_COLUMNS
    }


def widened(column: npt.NDArray[Any]) -> npt.NDArray[np.generic]:
    """Return a contiguous copy in which numbers have 64 bits."""
    wide: dict[str, Any] = {"i": np.int64, "f": np.float64}
    return column.astype(wide.get(column.dtype.kind, column.dtype))


def aligned(size: int, kind: np.dtype[np.void]) -> Table:
    """Return rows of zeros that begin where two lines of the processor's cache do."""
    room = np.zeros(size * kind.itemsize + CACHE_LINES, np.uint8)
    first = -room.ctypes.data % CACHE_LINES
    table: Table = room[first : first + size * kind.itemsize].view(kind)
    return table


def copied(part: Any) -> Any:
    """Return a copy of a part of a market, rows as well placed as before."""
    if part.dtype == WORK_ROW:
        twin = aligned(part.size, part.dtype)
        twin[:] = part
        return twin
    return part.copy()
