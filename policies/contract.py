"""What a policy sees of an account, and what it says about it.

A policy is a module with ``Terms`` (its numbers) and up to three rules:

``credit(terms, account) -> Credit``
    Who earns which share of the commission on this payment. Required.
``record_moves(terms, account) -> bool``
    Whether the servicing partner becomes the partner of record this month. Default: never.
``rate(terms, account) -> float``
    Commission in RUB per RUB invoiced. Default: ``terms.rate``.
``objection(terms) -> str``
    Why terms make no sense together, or nothing; plain Python. Default: nothing.
"""

import functools
from typing import Annotated, Any, NamedTuple, get_type_hints

from policies.compiler import rule

__all__ = [
    "Account",
    "Complexity",
    "Credit",
    "Rate",
    "ReachesOrphans",
    "ReachesOwn",
    "Term",
    "declared",
    "is_within_reach",
    "rule",
    "share",
]

HIGHEST_RATE = 24.0
"""RUB per RUB invoiced: two years' payments for one"""
HIGHEST_SUM = 1.0 + 1e-9
"""of the shares of one commission; rounding may lift a sum of fractions above one"""


class Term(NamedTuple):
    """The declaration that stands behind a number: its unit, legal range, source and meaning."""

    unit: str
    low: float
    high: float
    source: str
    meaning: str = ""


def declared(numbers: Any) -> dict[str, Term]:
    """Return the declaration behind each field of a class of annotated numbers, by name.

    Raises
    ------
    TypeError
        If a number is not declared.
    """
    return dict(declarations(numbers))


@functools.lru_cache(maxsize=256)
def declarations(numbers: Any) -> dict[str, Term]:
    """Return the same, looked up once."""
    hints = get_type_hints(numbers, include_extras=True)
    for name, hint in hints.items():
        if not any(isinstance(part, Term) for part in getattr(hint, "__metadata__", ())):
            raise TypeError(
                f"{numbers.__name__}.{name}: give its unit, range and source, such as "
                'Annotated[float, Term("months", 0, 12, "A")]'
            )
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


class Account(NamedTuple):
    """What a policy may know of one client account in one month.

    Months are whole; a count that cannot apply (no such partner) is 9999.
    """

    tenure: int
    """Months since the first invoice; 0 on the first."""
    is_serviced: bool
    """A servicing partner worked on the account this month."""
    client_asked: bool
    """The client asked this month that its servicing partner be recognised."""
    originator_serves: bool
    """The partner who won the client is the one who services it now."""
    record_serves: bool
    """The partner of record is the one who services the client now."""
    has_record: bool
    """The account has a partner of record, who has not left the programme."""
    originator_idle: int
    """Months since the originator last worked on the account."""
    record_idle: int
    """Months since the partner of record last worked on the account."""
    record_age: int
    """Months since the partner of record last changed."""
    servicing_age: int
    """Months since its present servicing partner began."""
    request_age: int = 9999
    """Months since the client asked that its present servicing partner be recognised."""
    has_consent: bool = True
    """The partner of record would agree to hand the account over."""
    quality: float = 0.5
    """How well the client was served this month, 0-1, as the vendor's own data show it."""
    upsold_share: float = 0.0
    """Share of this payment that upsells have added since the first."""
    record_clients: int = 1
    """Paying clients on the partner of record's name last month."""
    record_quiet: int = 0
    """Months since the partner of record last won a client."""
    originator_role: int = 0
    """Role the originator chose when it joined: 0 recommends, 1 registers, 2 accompanies."""
    is_old: bool = False
    """The client was won before the programme under study began."""
    is_orphaned: bool = False
    """The partner of record has left the programme, and nobody has been recognised since."""


class Credit(NamedTuple):
    """Shares of one commission by role: each at least 0, together at most 1.

    What is not credited stays with the vendor, and so does the share of a role that nobody
    holds or whose holder has left the programme.
    """

    originator: float
    partner_of_record: float
    servicing_partner: float
    upseller: float


@rule
def share(
    originator: float = 0.0,
    partner_of_record: float = 0.0,
    servicing_partner: float = 0.0,
    upseller: float = 0.0,
) -> Credit:
    """Name the roles that share a commission; a role not named gets nothing."""
    return Credit(
        originator + 0.0, partner_of_record + 0.0, servicing_partner + 0.0, upseller + 0.0
    )


@rule
def is_sound(credit: Credit, rate: float) -> bool:
    """Return whether an answer divides a commission fairly, at a rate that can be.

    It is asked of every payment; a share that is not a number shows in the sum.
    """
    shared = credit.originator + credit.partner_of_record
    shared += credit.servicing_partner + credit.upseller
    least = least_of(credit.originator, credit.partner_of_record)
    least = least_of(least, least_of(credit.servicing_partner, credit.upseller))
    return (least >= 0.0) & (shared <= HIGHEST_SUM) & (rate >= 0.0) & (rate <= HIGHEST_RATE)


@rule
def least_of(one: float, other: float) -> float:
    """Return the lesser of two numbers."""
    return one if one < other else other


def wrong_shares(shares: Any) -> str:
    """Return what is wrong with shares of a commission, or nothing."""
    if not isinstance(shares, Credit):
        return f"credit answers {shares!r}; end it with return share(...)"
    if is_sound(shares, 0.0):
        return ""
    parts = ", ".join(f"{role} {part:g}" for role, part in shares._asdict().items() if part)
    return f"credit answers {parts}; each share is at least 0, and all together at most 1"


def wrong_rate(rate: float) -> str:
    """Return what is wrong with a rate, or nothing."""
    if is_sound(share(), rate):
        return ""
    return f"the rate is {rate:g}; it is from 0 to {HIGHEST_RATE:g} RUB per RUB (20 %: 0.2)"


@rule
def is_within_reach(account: Account, reaches_orphans: bool, reaches_own: bool) -> bool:
    """Return whether somebody else may be recognised for an account.

    A client recorded on a partner is always within reach of a rule that moves records; one whose
    partner left, and one on nobody's name, the vendor's own, only where the contract says so.
    """
    if account.has_record:
        return True
    return reaches_orphans if account.is_orphaned else reaches_own


ReachesOrphans = Annotated[
    bool,
    Term(
        "yes or no",
        0,
        1,
        "S0; A",
        "Who serves a client whose partner of record left may be recognised for it.",
    ),
]
ReachesOwn = Annotated[
    bool,
    Term(
        "yes or no",
        0,
        1,
        "S0; A",
        "Who serves a client on nobody's name, the vendor's own, may be recognised for it.",
    ),
]
Rate = Annotated[
    float,
    Term(
        "RUB per RUB invoiced",
        0,
        1,
        "S1, F; docs/evidence.md §3: 10-60 %",
        "Commission on each payment.",
    ),
]
RECOMMENDER, AGENT, CURATOR = range(3)
"""Roles that S4's partners choose in advance."""
Complexity = Annotated[
    float,
    Term(
        "clauses", 0, 5, "A; S1 v2, S2", "Clauses a partner must keep in mind beyond a flat rate."
    ),
]
