"""What the months of partners and clients share: places, keys, the vendor's desk, lotteries."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import inner
from sim.engines.compiled.pages import Pages
from sim.engines.compiled.state import Rows
from sim.engines.outcome import ACTIVE, DORMANT, ROLES, Month
from sim.rules import partner as partners_do
from sim.world.luck import Draw, stream
from sim.world.units import NOBODY

REPUTATION, CHAT, LEAVING, LOSSES = range(4)
SELLERS, SERVICERS, COURTIERS, ACTIVES = range(4)
IN_ALL, LASTING = range(2)
AT_RISK, CHURNED, PAID, CREDITED = range(4)
AT = Month(*range(len(Month._fields)))
"""place of each fact in a month's row"""
places: list[Any] = [np.int64(place) for place in range(len(ROLES))]
ORIGINATOR, OF_RECORD, SERVICING, UPSELLING, FIXED, REVERSED = places
"""Places of ROLES. Like NOONE no literals, with each of which a callee would be compiled anew."""
NOONE: Any = np.int64(NOBODY)
Row = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


class Desk(NamedTuple):
    """What the vendor's programme means to compiled months."""

    streams: npt.NDArray[np.float64]
    """what the contract promises, in all and as a lasting stake: IN_ALL, LASTING; each as
    `promised_streams` gives it"""
    open_share: float
    """part of others' accounts that can be gained in a month"""
    payout_lag: int
    conduct: Any
    """a record with the fields of `Conduct`"""
    seed: int
    in_force_month: int
    """when the contract came into force"""
    study_month: int
    """clients won up to then were won before the programme under study began"""
    former_month: int
    """clients won up to then keep the former contract ..."""
    former_until: int
    """... up to this month"""
    cost_of_member: int
    """kopecks a month"""
    complexity: float


class Pull(NamedTuple):
    """The month's markets for sales and service, in whole millionths of effort."""

    sellers: int
    servicers: int
    courtiers: int
    actives: int
    direct: int
    outside: int
    courting_chance: float


class Now(NamedTuple):
    """A market in a month: what its rules read, and where they write what happens."""

    rows: Rows
    desk: Desk
    pull: Pull
    keys: Keys
    """of this month's luck, shape (draws,)"""
    month: int
    is_watching: bool
    """a constant to the compiler"""
    pages: Pages
    facts: Row
    """the month's facts, shape (len(Month._fields),)"""
    tenures: npt.NDArray[np.int64]
    """shape (months of tenure, len(Tenure._fields))"""
    ledger: npt.NDArray[np.int64]
    """shape (room for entries, len(COLUMNS)); without room nothing is kept"""


@inner
def wide(number: Any) -> int:
    """Return a whole number in 64 bits; a callee would be compiled anew for a narrow one."""
    return int(np.int64(number))


@inner
def keys_of(seed: int, month: int, keys: Keys) -> None:
    """Fill in the key of every decision: of traits for good, of all else for the month."""
    for decision in range(keys.size):
        keys[decision] = stream(seed, month if decision >= Draw.ENTRY else 0, decision)


@inner
def pick(sums: Row, total: int, luck: float) -> int:
    """Return the partner that a uniform draw falls on, given running sums of weights."""
    target = int(luck * total)
    low, high = 0, sums.size
    while low < high:
        middle = (low + high) // 2
        if sums[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


@inner
def is_member(status: int) -> bool:
    """Return whether a partner is in the programme."""
    return status in (ACTIVE, DORMANT)


@inner
def service_chance(a: Any, is_active_type: bool) -> float:
    """Return a partner's own chance of servicing a client."""
    return float(a.active_service if is_active_type else a.passive_service)


@inner
def holding_power(a: Any, partner: Any, take: float, mrr: int, is_own: bool) -> float:
    """Return the pay that stopping service would forfeit, over the cost of serving."""
    return partners_do.holding_power(
        partner.service_premium if is_own else 1.0,
        max(take, 0.0),
        mrr / 100,
        a.paid_hours,
        partner.hour_cost,
    )


@inner
def enter(now: Now, entries: int, account: int, partner: int, role: int, kopecks: int) -> int:
    """Enter a commission in the ledger, if there is one and it is kept; return its length."""
    if kopecks == 0 or entries == now.ledger.shape[0]:
        return entries
    now.ledger[entries, 0] = now.month
    now.ledger[entries, 1] = account
    now.ledger[entries, 2] = partner
    now.ledger[entries, 3] = role
    now.ledger[entries, 4] = kopecks
    return entries + 1
