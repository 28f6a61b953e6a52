"""Clauses: any contract that can be put together from the clauses of the evidence.

Each term is one clause and does nothing at its default, which makes the first-sale lock. Any
rule for the record goes with any division, schedule and payout; what makes no sense is refused.
"""

from typing import Annotated, NamedTuple

from policies.contract import (
    AGENT,
    CURATOR,
    Account,
    Complexity,
    Credit,
    Rate,
    ReachesOrphans,
    ReachesOwn,
    Term,
    is_within_reach,
    rule,
    share,
)

NEVER = 9999


class Terms(NamedTuple):
    """The numbers of the contract, clause by clause."""

    rate: Rate = 0.20

    # the record: when the servicing partner becomes the partner of record
    moves_on_request: Annotated[
        bool, Term("yes or no", 0, 1, "S0; F Bitrix24", "It moves when the client asks.")
    ] = False
    approval_months: Annotated[
        int,
        Term("months", 0, 12, "S2; A", "A request stands, and takes effect only after so long."),
    ] = 0
    may_match: Annotated[
        bool,
        Term("yes or no", 0, 1, "A", "Not if the present partner has worked on it within them."),
    ] = False
    needs_consent: Annotated[
        bool, Term("yes or no", 0, 1, "A", "A request needs the present partner's consent.")
    ] = False
    protection_months: Annotated[
        int, Term("months", 0, 24, "F: 60-180 days", "No request moves a record so young.")
    ] = 0
    renewal_months: Annotated[
        int,
        Term(
            "months; 0 = any month",
            0,
            36,
            "K",
            "Requests stand, and wait until tenure is a multiple.",
        ),
    ] = 0
    idle_months: Annotated[
        int,
        Term(
            "months; 0 = never",
            0,
            36,
            "F HubSpot, Shopify; S2",
            "Goes to a helper that works, once idle so long.",
        ),
    ] = 0
    serving_months: Annotated[
        int,
        Term("months; 0 = never", 0, 36, "S0", "It goes to a helper that has served so long."),
    ] = 0
    reaches_orphans: ReachesOrphans = True
    reaches_own: ReachesOwn = True

    # the division of a commission
    originator_share: Annotated[
        float, Term("share of commission", 0, 1, "A", "For having won the client.")
    ] = 0.0
    record_share: Annotated[
        float, Term("share of commission", 0, 1, "S0", "For the partner of record.")
    ] = 1.0
    servicing_share: Annotated[
        float, Term("share of commission", 0, 1, "S1 v2, S4", "For who works this month.")
    ] = 0.0
    sunset_months: Annotated[
        int,
        Term(
            "months since the first invoice; 0 = never",
            0,
            120,
            "A",
            "End of it; it stays with the vendor then.",
        ),
    ] = 0
    sunset_passes_on: Annotated[
        bool, Term("yes or no", 0, 1, "A", "Then it goes to who works that month instead.")
    ] = False
    managed_months: Annotated[
        int,
        Term(
            "months; 0 = not asked",
            0,
            36,
            "F HubSpot 2025; S2",
            "No share as originator or of record for who has not worked on it so long.",
        ),
    ] = 0
    old_managed_months: Annotated[
        int,
        Term(
            "months; 0 = as others",
            0,
            36,
            "F HubSpot 2023",
            "So for clients won before the programme began, and no term for them.",
        ),
    ] = 0

    # the schedule
    first_rate: Annotated[
        float,
        Term("RUB per RUB of the first invoice", 0, 12, "F; K", "Bounty in place of all else."),
    ] = 0.0
    term_months: Annotated[
        int,
        Term("months; 0 = for ever", 0, 120, "F HubSpot 2023: 36", "Commission ends after it."),
    ] = 0
    yearly_decay: Annotated[
        float,
        Term("share per year", 0, 0.9, "K", "The rate falls by this share of itself each year."),
    ] = 0.0
    quality_weight: Annotated[
        float,
        Term(
            "share of commission",
            0,
            1,
            "S2: terms follow measured conduct",
            "Lost as far as quality lacks.",
        ),
    ] = 0.0
    tier_clients: Annotated[
        int,
        Term(
            "clients; 0 = no tier",
            0,
            200,
            "F Umnico: 30/45/60 %",
            "On one's name, for another rate.",
        ),
    ] = 0
    tier_rate: Annotated[
        float, Term("RUB per RUB invoiced", 0, 1, "F Umnico", "That other rate.")
    ] = 0.0
    top_tier_clients: Annotated[
        int,
        Term(
            "clients; 0 = no such tier",
            0,
            500,
            "F Umnico: 30/45/60 %",
            "For a third rate.",
        ),
    ] = 0
    top_tier_rate: Annotated[
        float, Term("RUB per RUB invoiced", 0, 1, "F Umnico", "That third rate.")
    ] = 0.0
    upsell_rate: Annotated[
        float,
        Term(
            "RUB per RUB upsold; 0 = as the rest",
            0,
            1,
            "F HubSpot 2025",
            "Of what upsells added, to who sold them, in place of all else and without end.",
        ),
    ] = 0.0
    quota_months: Annotated[
        int,
        Term(
            "months; 0 = no quota",
            0,
            36,
            "F Shopify: 12",
            "Nothing if its partner won no client so long.",
        ),
    ] = 0
    agent_rate: Annotated[
        float,
        Term(
            "RUB per RUB invoiced; 0 = same",
            0,
            1,
            "S4",
            "Of who registers clients, or accompanies them; before tiers.",
        ),
    ] = 0.0
    curator_rate: Annotated[
        float,
        Term(
            "RUB per RUB invoiced; 0 = same",
            0,
            1,
            "S4",
            "Of who accompanies them, and serves; before tiers.",
        ),
    ] = 0.0
    complexity: Complexity = 0.0


def objection(terms: Terms) -> str:
    """Return why terms make no sense together, or nothing."""
    on_request = ("approval_months", "needs_consent", "protection_months", "renewal_months")
    if terms.may_match and not terms.approval_months:
        return "may_match gives the present partner time to work, but approval_months is 0"
    shares = terms.originator_share + terms.record_share + terms.servicing_share
    if shares > 1.0 + 1e-9:
        return f"originator_share, record_share and servicing_share add up to {shares:g}, above 1"
    idle = [name for name in on_request if getattr(terms, name)]
    if idle and not terms.moves_on_request:
        return f"{idle[0]} is about requests, but moves_on_request is false"
    ends_all = terms.term_months and not terms.old_managed_months
    if ends_all and terms.sunset_months >= terms.term_months:
        return "sunset_months is not before term_months, when all pay ends"
    if terms.sunset_months and not terms.originator_share:
        return "sunset_months ends the originator's share, but originator_share is 0"
    if terms.sunset_passes_on and not terms.sunset_months:
        return "sunset_passes_on is about what follows a sunset, but sunset_months is 0"
    if bool(terms.tier_clients) != bool(terms.tier_rate):
        return "tier_clients and tier_rate go together"
    if bool(terms.top_tier_clients) != bool(terms.top_tier_rate):
        return "top_tier_clients and top_tier_rate go together"
    if terms.top_tier_clients and not terms.tier_clients:
        return "top_tier_clients is a second step, but tier_clients is 0"
    if terms.top_tier_clients and terms.top_tier_clients <= terms.tier_clients:
        return "top_tier_clients is to be above tier_clients"
    if terms.renewal_months == 1:
        return "renewal_months is 1: every month ends a term, as 0 says"
    if terms.managed_months and not (terms.originator_share or terms.record_share):
        return "managed_months is about the originator's and the record's share; both are 0"
    rates = ("rate", "first_rate", "tier_rate", "agent_rate", "curator_rate", "upsell_rate")
    if not any(getattr(terms, name) for name in rates):
        for name in ("yearly_decay", "quality_weight", "term_months", "quota_months"):
            if getattr(terms, name):
                return f"{name} is about the rate, but rate is 0"
    if terms.old_managed_months and not (terms.term_months or terms.managed_months):
        return "old_managed_months spares old clients a term or another demand; there is none"
    moving = terms.moves_on_request or terms.idle_months or terms.serving_months
    for name in ("reaches_orphans", "reaches_own"):
        if not moving and not getattr(terms, name):
            return f"{name} says whom a moving record reaches, but the record never moves"
    if moving and not terms.record_share:
        return "the record can move, but record_share is 0: it would pay nobody"
    return ""


@rule
def request_counts(terms: Terms, account: Account) -> bool:
    """Return whether a client's request moves the record this month."""
    if terms.approval_months > 0:
        if account.request_age == NEVER or account.request_age < terms.approval_months:
            return False
    elif terms.renewal_months > 0:
        if account.request_age == NEVER and not account.client_asked:
            return False
    elif not account.client_asked:
        return False
    months = terms.renewal_months
    if months > 0 and (account.tenure == 0 or account.tenure % months != 0):
        return False
    if not account.has_record:
        return True
    if account.record_age < terms.protection_months:
        return False
    if terms.may_match and account.record_idle < terms.approval_months:
        return False
    return account.has_consent or not terms.needs_consent


@rule
def record_moves(terms: Terms, account: Account) -> bool:
    """Move the record by request, after long idleness, or to whoever has served long enough."""
    if not is_within_reach(account, terms.reaches_orphans, terms.reaches_own):
        return False
    if terms.moves_on_request and request_counts(terms, account):
        return True
    if not account.is_serviced:
        return False
    if terms.idle_months > 0 and (
        not account.has_record or account.record_idle >= terms.idle_months
    ):
        return True
    return terms.serving_months > 0 and account.servicing_age >= terms.serving_months


@rule
def base_rate(terms: Terms, account: Account) -> float:
    """Return the rate that tenure, quota, role, volume and quality of service leave."""
    is_old = terms.old_managed_months > 0 and account.is_old
    if terms.first_rate > 0.0 and account.tenure == 0:
        return terms.first_rate
    if terms.term_months > 0 and account.tenure >= terms.term_months and not is_old:
        return 0.0
    if terms.quota_months > 0 and account.record_quiet >= terms.quota_months:
        return 0.0
    paid = terms.rate
    if terms.tier_clients > 0 and account.record_clients >= terms.tier_clients:
        paid = terms.tier_rate
    if terms.top_tier_clients > 0 and account.record_clients >= terms.top_tier_clients:
        paid = terms.top_tier_rate
    if terms.agent_rate > 0.0 and account.originator_role >= AGENT:
        paid = terms.agent_rate
    accompanies = account.originator_role == CURATOR and account.originator_serves
    if terms.curator_rate > 0.0 and accompanies:
        paid = terms.curator_rate
    for _ in range(account.tenure // 12):
        paid = paid * (1.0 - terms.yearly_decay)
    return paid * (1.0 - terms.quality_weight * (1.0 - account.quality))


@rule
def upsell_part(terms: Terms, account: Account) -> float:
    """Return what is paid for upsells alone, RUB per RUB invoiced."""
    return terms.upsell_rate * account.upsold_share


@rule
def rest_part(terms: Terms, account: Account) -> float:
    """Return what is paid for all else, RUB per RUB invoiced."""
    if terms.upsell_rate > 0.0:
        return base_rate(terms, account) * (1.0 - account.upsold_share)
    return base_rate(terms, account)


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Divide the commission among originator, partner of record, who serves and who upsold."""
    first, recorded, working = terms.originator_share, terms.record_share, terms.servicing_share
    if terms.sunset_months > 0 and account.tenure >= terms.sunset_months:
        if terms.sunset_passes_on:
            working = working + first
        first = 0.0
    managed = terms.managed_months
    if account.is_old and terms.old_managed_months > 0:
        managed = terms.old_managed_months
    if managed > 0 and account.originator_idle >= managed:
        first = 0.0
    if managed > 0 and account.record_idle >= managed:
        recorded = 0.0
    if not account.is_serviced:
        working = 0.0
    upsold, rest = upsell_part(terms, account), rest_part(terms, account)
    if upsold <= 0.0:
        return share(first, recorded, working)
    part = rest / (rest + upsold)
    return share(first * part, recorded * part, working * part, upsold / (rest + upsold))


@rule
def rate(terms: Terms, account: Account) -> float:
    """Pay the rate for the first sale's part of the price, and that for upsells on the rest."""
    return rest_part(terms, account) + upsell_part(terms, account)
