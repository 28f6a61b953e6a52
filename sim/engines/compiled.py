"""The compiled engine: the same market as the Mesa model, to the last bit, over columns."""

from __future__ import annotations

import hashlib
from types import FunctionType
from typing import Any

import numba
import numpy as np

from policies.registry import Policy
from sim.engines import kernels
from sim.engines.columns import Market, account_state, columns_of, partner_state
from sim.engines.kernels import (
    CLIENT,
    Desk,
    acquire,
    as_seen_by_policy,
    bill,
    enter_and_plan,
    feel,
    observe,
    pay_out,
    serve_and_reconsider,
    share_payment,
    update_record,
)
from sim.engines.ledger import COLUMNS
from sim.engines.outcome import Month, Outcome, Tenure
from sim.rules import partner as partners_do
from sim.rules import prospectus, vendor
from sim.world.assumptions import Assumptions
from sim.world.population import populate
from sim.world.programme import Programme
from sim.world.units import KOPECKS, micro


def never_moves(terms: Any, account: Any) -> bool:
    """Keep the partner of record for ever."""
    return False


def flat_rate(terms: Any, account: Any) -> float:
    """Pay the same rate on every payment."""
    return terms.rate + 0.0


def months(
    terms: Any, count: int, seed: int, first: int, pulls: Any, market: Any, desk: Any,
    history: Any, tenures: Any, ledger: Any,
) -> int:
    """Simulate ``count`` months after month ``first``; return the number of ledger entries.

    `record_moves`, `credit` and `commission_rate` are the policy's own, see `bound_to`.
    """
    entries = 0
    c = market.accounts
    for month in range(first + 1, first + count + 1):
        row = history[month]
        pull = enter_and_plan(market, desk, seed, month, pulls, row)
        acquire(market, desk, pull, seed, month, row)
        serve_and_reconsider(market, desk, pull, seed, month, row)
        for i in range(c.status.size):
            if c.status[i] == CLIENT:
                helper = c.servicing_partner[i]
                moves = (
                    helper >= 0
                    and helper != c.partner_of_record[i]
                    and record_moves(terms, as_seen_by_policy(c, i, month))  # noqa: F821
                )
                if moves or c.partner_of_record[i] < 0:
                    update_record(market, desk, i, moves, seed, month, row)
        bill(market, seed, month, row, tenures)
        for i in range(c.status.size):
            if c.status[i] == CLIENT:
                account = as_seen_by_policy(c, i, month)
                entries = share_payment(
                    market, desk, i, credit(terms, account),  # noqa: F821
                    commission_rate(terms, account), month, row, tenures, ledger, entries,  # noqa: F821
                )
        pay_out(market.partners, desk, row)
        feel(market, desk, seed, month, row)
        observe(c, month, row)
    return entries


BOUND: dict[str, Any] = {}


def bound_to(policy: Policy) -> Any:
    """Return `months` compiled with a policy's own rules in it.

    The compiled code is cached on disk under the digest of the policy's source, so a policy is
    compiled once and never served after it has changed.
    """
    identity = f"{policy.credit!r} {policy.record_moves!r} {policy.rate!r}"
    source = hashlib.sha256(policy.source.encode()).hexdigest()[:16]
    if identity not in BOUND:
        rules = {
            "credit": policy.credit,
            "record_moves": policy.record_moves or numba.njit(never_moves),
            "commission_rate": policy.rate or numba.njit(flat_rate),
        }
        name = f"months_{policy.name}_{source}"
        bound = FunctionType(months.__code__, {**months.__globals__, **rules}, name)
        bound.__qualname__ = name
        bound.__module__ = months.__module__
        BOUND[identity] = numba.njit(cache=True, nogil=True)(bound)
    return BOUND[identity]


@numba.njit(cache=True)
def read_all(market: Any, desk: Any) -> None:
    """Let every partner read the contract."""
    for k in range(market.partners.status.size):
        kernels.read_contract(market.assumptions, market.partners, k, desk)


@numba.njit(cache=True)
def promises(market: Any, desk: Any) -> Any:
    """Return the value of a client to each partner under a programme, shape (partners,)."""
    p = market.partners
    out = np.empty(p.status.size)
    for k in range(p.status.size):
        situation = prospectus.SERVES if p.is_active_type[k] else prospectus.DRIFTS
        out[k] = prospectus.stream_value(desk.streams, situation, p.retention[k])
    return out


@numba.njit(cache=True)
def hear_of_change(market: Any, before: Any, now: Any) -> None:
    """Let members react to a new programme: a cut shocks and costs trust, a rise pleases."""
    a, p = market.assumptions, market.partners
    for k in range(p.status.size):
        if kernels.is_member(p.status[k]) and p.held_mrr[k] != 0 and before[k] > 0.0:
            change = now[k] / before[k] - 1.0
            lost = max(-change, 0.0)
            kernels.be_shocked(a, p, k, lost, min(max(change, 0.0), 1.0))
            p.trust[k] = partners_do.trust_after_cut(
                p.trust[k], lost, a.loss_aversion, a.shock_weight
            )
        p.earned[k] = 0


class CompiledMarket:
    """A market simulated by compiled months; the interface of `PartnerMarket` for studies."""

    def __init__(
        self,
        *,
        partners: int,
        clients: int,
        seed: int,
        assumptions: Assumptions,
        incumbent: Programme,
        keep_ledger: bool = True,
    ) -> None:
        self.seed = seed
        self.month = 0
        self.keep_ledger = keep_ledger
        self.entries: list[Any] = []
        self.market: Market = columns_of(
            populate(seed, partners, clients, assumptions), assumptions
        )
        hundreds = clients / 100.0
        self.pulls = (
            micro(assumptions.direct_pull * hundreds),
            micro(assumptions.outside_pull * hundreds),
        )
        self.history = np.zeros((1, len(Month._fields)), np.int64)
        members = int(np.sum(self.market.partners.status == kernels.ACTIVE))
        self.history[0, kernels.AT.members] = members
        self.history[0, kernels.AT.active_members] = members
        self.tenures = np.zeros((0, len(Tenure._fields)), np.int64)
        self.install(incumbent)
        read_all(self.market, self.desk)

    def install(self, new: Programme) -> None:
        """Put a programme into force and work out what it promises partners."""
        conduct = new.conduct
        rates = prospectus.promised_rates(new.policy, self.market.assumptions.expected_request)
        self.programme = new
        self.desk = Desk(
            streams=prospectus.stream_values(rates),
            streams_after_year=prospectus.stream_values(rates, first=12),
            payout_days=conduct.payout_days,
            payout_threshold=conduct.payout_threshold * KOPECKS,
            payout_lag=vendor.payout_months(conduct.payout_days),
            care=conduct.care,
            registry=conduct.registry,
            complexity=new.complexity,
        )

    def adopt(self, new: Programme) -> None:
        """Put another programme into force; its months of study begin here."""
        before = promises(self.market, self.desk)
        self.install(new)
        read_all(self.market, self.desk)
        hear_of_change(self.market, before, promises(self.market, self.desk))
        self.tenures = np.zeros((0, len(Tenure._fields)), np.int64)

    def advance(self, count: int) -> None:
        """Simulate so many months."""
        grow = np.zeros((count, len(Month._fields)), np.int64)
        self.history = np.concatenate([self.history, grow])
        rows = self.month + count + 1
        tenures = np.zeros((rows, len(Tenure._fields)), np.int64)
        tenures[: len(self.tenures)] = self.tenures
        simulate = bound_to(self.programme.policy)
        batch = 1 if self.keep_ledger else count
        room = 4 * len(self.market.accounts.status) if self.keep_ledger else 0
        ledger = np.empty((room, len(COLUMNS)), np.int64)
        for _ in range(0, count, batch):
            used = simulate(
                self.programme.policy.terms, batch, self.seed, self.month, self.pulls,
                self.market, self.desk, self.history, tenures, ledger,
            )
            self.month += batch
            if self.keep_ledger:
                self.entries.append(ledger[:used].copy())
        lived = np.flatnonzero(tenures[:, kernels.AT_RISK])
        self.tenures = tenures[: lived[-1] + 1 if len(lived) else 0]

    def outcome(self) -> Outcome:
        """Return the run so far in whole columns."""
        book = np.concatenate([np.empty((0, len(COLUMNS)), np.int64), *self.entries])
        return Outcome(
            months=self.history,
            tenures=self.tenures,
            partners=partner_state(self.market.partners),
            accounts=account_state(self.market.accounts),
            ledger={name: book[:, place] for place, name in enumerate(COLUMNS)},
        )
