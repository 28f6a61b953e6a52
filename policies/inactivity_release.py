"""Inactivity release: the record is protected while its partner works, and released after.

Protection conditional on activity satisfies both S0 and S2: nobody is intercepted while working,
nobody collects for ever without work. Its risk is ritual activity that only keeps the record.
"""

from typing import Annotated, NamedTuple

from policies.contract import (
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


class Terms(NamedTuple):
    """The numbers of the contract."""

    rate: Rate = 0.20
    idle_months: Annotated[
        int,
        Term(
            "months",
            1,
            36,
            "F, docs/evidence.md §2: HubSpot, Shopify; A",
            "Released after so long idle.",
        ),
    ] = 6
    complexity: Complexity = 1.0
    reaches_orphans: ReachesOrphans = True
    reaches_own: ReachesOwn = True


@rule
def record_moves(terms: Terms, account: Account) -> bool:
    """Move the record to who serves once its partner has been idle for the agreed months."""
    if not is_within_reach(account, terms.reaches_orphans, terms.reaches_own):
        return False
    return account.is_serviced and (
        not account.has_record or account.record_idle >= terms.idle_months
    )


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the partner of record."""
    return share(partner_of_record=1.0)
