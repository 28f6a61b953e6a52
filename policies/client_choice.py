"""Client choice: the client names its partner, and whoever it names is paid from then on.

The rule that S0 holds up against the lock, and the published rule of Bitrix24's help desk: the
client invites one partner; inviting another replaces the first. Its critics: partners poach.
Whether clients whose partner left, and the vendor's own, may name one, too, is a term.
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
    protection_months: Annotated[
        int,
        Term(
            "months",
            0,
            24,
            "F, docs/evidence.md §3: 60-180 days",
            "A new record cannot be moved so soon.",
        ),
    ] = 0
    complexity: Complexity = 0.5
    reaches_orphans: ReachesOrphans = True
    reaches_own: ReachesOwn = True


@rule
def record_moves(terms: Terms, account: Account) -> bool:
    """Move the record when the client asks and the present partner's protection is over."""
    if not is_within_reach(account, terms.reaches_orphans, terms.reaches_own):
        return False
    return account.client_asked and (
        not account.has_record or account.record_age >= terms.protection_months
    )


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the partner of record, whom the client has chosen."""
    return share(partner_of_record=1.0)
