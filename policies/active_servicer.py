"""Active servicer: whoever works with the client this month is paid for this month.

The counter-rule that S0 claims for amoCRM and Bitrix24: "who works with the client is the
partner". Nothing is owed for the sale itself, so a seller who does not serve earns nothing.
"""

from typing import NamedTuple

from policies.contract import Account, Complexity, Credit, Rate, rule, share


class Terms(NamedTuple):
    """The numbers of the contract."""

    rate: Rate = 0.20
    complexity: Complexity = 0.5


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the servicing partner if it worked on the account this month, else nobody."""
    if account.is_serviced:
        return share(servicing_partner=1.0)
    return share()
