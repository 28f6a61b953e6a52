"""What happens to watched accounts and partners, written down by the engine that decides it.

An event says its cause and, where something was weighed, the facts that were weighed. Besides, a
line a month tells how each watched account and partner stood. Nobody need work out afterwards
what the engine knew.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple, get_type_hints

import numpy as np
import numpy.typing as npt

from policies.contract import Account
from sim.world.units import NOBODY

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.void]


class What(NamedTuple):
    """What happens: first to accounts, then to partners."""

    won: int
    servicer: int
    """another partner serves, or nobody does"""
    record: int
    """another is partner of record, or nobody is, from the start"""
    request: int
    """the client asks that its servicing partner be recognised"""
    dispute: int
    upsell: int
    churn: int
    joined: int
    rested: int
    resumed: int
    left: int
    news: int
    """motivation or trust moves on a change of contract or an incident"""


class Cause(NamedTuple):
    """Why it happens."""

    # a client is won; its seller, or by mistake nobody, comes on record; its seller serves it
    sale: int
    lead: int
    return_: int
    direct: int
    mistake: int
    # a servicing partner comes or goes; of a dispute: the change that was disputed
    known: int
    """the client turned to its seller"""
    found: int
    gone: int
    """it had left the programme"""
    stopped: int
    compared: int
    courted: int
    """also of a request, which the courtier has the client make"""
    # a record moves; also of a dispute
    rule: int
    correction: int
    # a request, an upsell
    prompted: int
    service: int
    # a client leaves: whichever part of its chance the draw fell in
    own_will: int
    unpaid: int
    """moved to a rival by who served it unpaid"""
    dispossessed: int
    """moved to a rival by who had lost it"""
    # a partner's own decision, and news
    chance: int
    contract: int
    incident: int


WHAT = What(*range(len(What._fields)))
CAUSE = Cause(*range(len(Cause._fields)))
Names = dict[str, type]
MOOD: Names = {
    "drawn": float,
    "chance": float,
    "motivation": float,
    "trust": float,
    "income_kopecks": int,
    "tenure": int,
}
SEEN_BY_POLICY: Names = {**get_type_hints(Account), "is_under_former": bool}
"""What a policy saw, and whether the client keeps the former contract."""
FACTS: dict[int, Names] = {
    WHAT.won: {"price_kopecks": int, "fit": float},
    WHAT.record: SEEN_BY_POLICY,
    WHAT.dispute: {"cost_kopecks": int},
    WHAT.upsell: {"price_before_kopecks": int, "price_kopecks": int},
    WHAT.churn: {
        "drawn": float,
        "chance": float,
        "own_chance": float,
        "unpaid_chance": float,
        "months_since_change": int,
        "satisfaction": float,
        "fit": float,
        "proneness": float,
        "tenure": int,
        "taken_back_kopecks": int,
        "taken_back_without_work_kopecks": int,
    },
    WHAT.rested: MOOD,
    WHAT.resumed: MOOD,
    WHAT.left: MOOD,
    WHAT.news: {
        "motivation_before": float,
        "motivation": float,
        "trust_before": float,
        "trust": float,
    },
}
"""The numbers behind an event, in order; behind a record, only if a rule moved it."""

EVENT = np.dtype(
    [
        ("month", np.int16),
        ("what", np.int8),
        ("cause", np.int8),
        ("account", np.int32),
        ("to", np.int32),
        ("former", np.int32),
        ("facts", np.int16),
    ]
)
"""``to`` and ``former``: partners from now on and until now; ``facts``: how many belong to it."""
ACCOUNT_MONTH = np.dtype(
    [
        ("month", np.int16),
        ("is_under_former", np.bool_),
        ("account", np.int32),
        ("originator", np.int32),
        ("partner_of_record", np.int32),
        ("servicing_partner", np.int32),
        ("who_worked", np.int32),
        ("satisfaction", np.float64),
        ("hours", np.float64),
        ("paid", np.int64),
        ("commission", np.int64),
    ]
)
"""A client that paid for a month, at its end; kopecks, hours of service."""
FEELINGS = (
    "injustice",
    "undeserved_share",
    "income_swing",
    "chat_grievance",
    "payout_gain",
    "complexity",
    "care",
)
"""What the level to which motivation moves is worked out from: `motivation_target`'s inputs."""
PARTNER_MONTH = np.dtype(
    [
        ("month", np.int16),
        ("status", np.int8),
        ("was_member", np.bool_),
        ("partner", np.int32),
        ("clients_held", np.int32),
        ("clients_served", np.int32),
        *(
            (name, np.int64)
            for name in (
                *("income", "undeserved_income", "serviced_mrr", "unpaid_mrr"),
                *("lost_mrr", "gained_mrr", "disputes"),
            )
        ),
        *(
            (name, np.float64)
            for name in (
                *("motivation", "trust", "target", "jump"),
                *FEELINGS,
            )
        ),
    ]
)
"""A partner at the end of a month. In kopecks: income, the part without work, the MRR served and
served unpaid, the MRR whose commission it lost and gained. Then the level to which motivation
moved, the jump after a loss or gain, and FEELINGS; 0 if it was no member."""


class Watched(NamedTuple):
    """Who is watched; an event is told if its account or one of its partners is."""

    accounts: Bools
    """shape (accounts,)"""
    partners: Bools
    """shape (partners,)"""


class Chronicle(NamedTuple):
    """What was written of the watched: the same bits from every engine."""

    events: Table
    """of type EVENT, by month, then by account; shape (events,)"""
    facts: Floats
    """of all events in order"""
    accounts: Table
    """of type ACCOUNT_MONTH, by month, then by account"""
    partners: Table
    """of type PARTNER_MONTH, by month, then by partner"""


def in_order(events: Table, facts: Floats) -> tuple[Table, Floats]:
    """Return events by month, then by account, each with its facts.

    Engines walk over a month in different orders; what happens to one account, or to partners,
    happens in the same order in all.
    """
    counts = events["facts"].astype(np.int64)
    first = np.cumsum(counts) - counts
    order = np.lexsort((events["account"], events["month"]))
    counts, first = counts[order], first[order]
    begins = np.cumsum(counts) - counts
    places = np.arange(int(counts.sum())) + np.repeat(first - begins, counts)
    return events[order], facts[places]


class Chronicler:
    """Writes down what happens to the watched, for an engine that walks over agents."""

    def __init__(self) -> None:
        self.watched: Watched | None = None
        self.events: list[tuple[int, ...]] = []
        self.facts: list[float] = []
        self.accounts: list[tuple[Any, ...]] = []
        self.partners: list[tuple[Any, ...]] = []

    def tell(
        self,
        month: int,
        what: int,
        cause: int,
        account: int = NOBODY,
        to: int = NOBODY,
        former: int = NOBODY,
        facts: tuple[float, ...] = (),
    ) -> None:
        """Write an event down, if anybody in it is watched."""
        if self.watched is None:
            return
        accounts, partners = self.watched
        if (
            (account >= 0 and accounts[account])
            or (to >= 0 and partners[to])
            or (former >= 0 and partners[former])
        ):
            self.events.append((month, what, cause, account, to, former, len(facts)))
            self.facts.extend(facts)

    def note(self, clients: list[Any], partners: list[Any]) -> None:
        """Write down how the watched stand at the end of a month, each by its ``line``."""
        if self.watched is None:
            return
        held = Counter(client.partner_of_record for client in clients)
        served = Counter(client.servicing_partner for client in clients)
        self.accounts += [
            client.line() for client in clients if self.watched.accounts[client.index]
        ]
        self.partners += [
            partner.line(held[partner], served[partner])
            for partner in partners
            if self.watched.partners[partner.index]
        ]

    def chronicle(self) -> Chronicle:
        """Return all that was written."""
        events, facts = in_order(np.array(self.events, EVENT), np.array(self.facts, np.float64))
        return Chronicle(
            events,
            facts,
            np.array(self.accounts, ACCOUNT_MONTH),
            np.array(self.partners, PARTNER_MONTH),
        )
