"""Split reward: whoever won the client and whoever serves it share each commission.

The compromise between the lock and client choice. S1's second version shows its risk: shares
judged after the fact confuse both sides, which is why it counts as more complex here.
"""

from typing import Annotated, NamedTuple

from policies.contract import Account, Complexity, Credit, Rate, Term, rule, share


class Terms(NamedTuple):
    """The numbers of the contract."""

    rate: Rate = 0.20
    originator_share: Annotated[
        float, Term("share of commission", 0, 1, "A", "The part that rewards winning the client.")
    ] = 0.50
    sunset_months: Annotated[
        int, Term("months since the first invoice; 0 = never", 0, 120, "A", "End of that part.")
    ] = 0
    complexity: Complexity = 1.0


def objection(terms: Terms) -> str:
    """Return why terms make no sense together, or nothing."""
    if terms.sunset_months and not terms.originator_share:
        return "sunset_months ends the originator's share, but originator_share is 0"
    return ""


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit both partners until the originator's tail sunsets, then all to who serves.

    A share for service that nobody gives stays with the vendor.
    """
    tail = terms.originator_share
    if terms.sunset_months > 0 and account.tenure >= terms.sunset_months:
        tail = 0.0
    if account.is_serviced:
        return share(originator=tail, servicing_partner=1.0 - tail)
    return share(originator=tail)
