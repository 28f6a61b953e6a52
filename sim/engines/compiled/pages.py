"""The pages on which a compiled month writes what happens to those who are watched.

Where nobody is watched, `Now.is_watching` is a constant, and the compiler leaves all of this out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import inner
from sim.engines.events import (
    ACCOUNT_MONTH,
    EVENT,
    PARTNER_MONTH,
    SEEN_BY_POLICY,
    Bools,
    Chronicle,
    Table,
    Watched,
    in_order,
)

if TYPE_CHECKING:
    from sim.engines.compiled.month import Now

EVENTS, ACCOUNTS = range(2)
A_MONTH = 12
"""More events than one account or partner can have in a month."""
PAGE = np.dtype([*((name, EVENT[name]) for name in EVENT.names or ()),
                 ("numbers", np.float64, len(SEEN_BY_POLICY))])  # fmt: skip
"""An event with room for its facts."""


class Pages(NamedTuple):
    """What is written of one month."""

    watched: Bools
    """first of accounts, then of partners, shape (accounts + partners,)"""
    events: Table
    """of type PAGE, with room for a month"""
    accounts: Table
    """of type ACCOUNT_MONTH, shape (accounts,)"""
    partners: Table
    """of type PARTNER_MONTH, shape (partners,)"""
    used: npt.NDArray[np.int64]
    """how many events and accounts are written"""


def blank(watched: Watched | None, accounts: int, partners: int) -> Pages:
    """Return empty pages; without room if nobody is watched."""
    if watched is None:
        accounts = partners = 0
        watched = Watched(np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    return Pages(
        watched=np.concatenate(watched),
        events=np.empty(A_MONTH * (accounts + partners), PAGE),
        accounts=np.empty(accounts, ACCOUNT_MONTH),
        partners=np.zeros(partners, PARTNER_MONTH),
        used=np.zeros(2, np.int64),
    )


def turned(pages: Pages) -> Chronicle:
    """Return what was written of a month, in the order of the walk, and blank the pages.

    Raises
    ------
    RuntimeError
        If more happened than there was room for.
    """
    events, accounts = map(int, pages.used)
    if events > pages.events.size:
        raise RuntimeError("more happened in a month than the pages hold: raise A_MONTH")
    lines = pages.events[:events]
    is_fact = np.arange(len(SEEN_BY_POLICY)) < lines["facts"][:, None]
    written = Chronicle(
        lines[list(EVENT.names or ())].astype(EVENT),
        lines["numbers"][is_fact],
        pages.accounts[:accounts].copy(),
        pages.partners[pages.watched[len(pages.accounts) :]],
    )
    pages.used[:] = 0
    pages.partners[:] = 0
    return written


def bound_together(written: list[Chronicle]) -> Chronicle:
    """Return the chronicle of all months."""
    kinds: tuple[Any, ...] = (EVENT, np.float64, ACCOUNT_MONTH, PARTNER_MONTH)
    parts = [
        np.concatenate([np.empty(0, kind), *(month[place] for month in written)])
        for place, kind in enumerate(kinds)
    ]
    return Chronicle(*in_order(parts[0], parts[1]), parts[2], parts[3])


@inner
def tell(now: Now, what: int, cause: int, account: int, to: int, former: int) -> bool:
    """Write an event down; return whether anybody in it is watched."""
    if not now.is_watching:
        return False
    pages, accounts = now.pages, now.rows.clients.size
    is_told = (
        (account >= 0 and pages.watched[account])
        or (to >= 0 and pages.watched[accounts + to])
        or (former >= 0 and pages.watched[accounts + former])
    )
    if is_told:
        place = pages.used[EVENTS]
        pages.used[EVENTS] = place + 1
        if place < pages.events.size:
            event = pages.events[place]
            event.month = now.month
            event.what = what
            event.cause = cause
            event.account = account
            event.to = to
            event.former = former
            event.facts = 0
    return is_told


@inner
def add(now: Now, fact: float) -> None:
    """Write a fact of the last event down."""
    last = now.pages.used[EVENTS] - 1
    if last < now.pages.events.size:
        event = now.pages.events[last]
        event.numbers[event.facts] = fact
        event.facts += 1


@inner
def note_client(
    now: Now, client: Any, i: int, who_worked: int, hours: float, paid: int, commission: int
) -> None:
    """Write down how a client stands that paid for the month."""
    pages = now.pages
    record, servicer = int(client.partner_of_record), int(client.servicing_partner)
    if record >= 0:
        pages.partners[record].clients_held += 1
    if servicer >= 0:
        pages.partners[servicer].clients_served += 1
    if pages.watched[i]:
        line = pages.accounts[pages.used[ACCOUNTS]]
        pages.used[ACCOUNTS] += 1
        line.month = now.month
        line.account = i
        line.is_under_former = (
            client.won_month <= now.desk.former_month and now.month <= now.desk.former_until
        )
        line.originator = client.originator
        line.partner_of_record = record
        line.servicing_partner = servicer
        line.who_worked = who_worked
        line.satisfaction = client.satisfaction
        line.hours = hours
        line.paid = paid
        line.commission = commission


@inner
def note_partners(now: Now) -> None:
    """Write down how every partner stands at the end of the month; `feel_one` wrote how it felt."""
    p, work = now.rows.partners, now.rows.work
    for k in range(p.size):
        line = now.pages.partners[k]
        line.month = now.month
        line.partner = k
        line.status = p[k].status
        line.was_member = work[k].is_member
        line.motivation = p[k].motivation
        line.trust = p[k].trust
        if work[k].is_member:
            line.income = work[k].income
            line.undeserved_income = work[k].undeserved_income
            line.serviced_mrr = work[k].serviced_mrr
            line.unpaid_mrr = work[k].unpaid_mrr
            line.lost_mrr = p[k].lost_mrr
            line.gained_mrr = p[k].gained_mrr
            line.disputes = p[k].disputes
