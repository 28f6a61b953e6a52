"""No reward: partners sell and serve without any commission.

A control, not a proposal: what partners do for the client's money alone. The vendor in S0 claims
integrators live on consulting and "would do it for free".
"""

from typing import NamedTuple

from policies.contract import Account, Complexity, Credit, Rate, rule, share


class Terms(NamedTuple):
    """The numbers of the contract."""

    rate: Rate = 0.0
    complexity: Complexity = 0.0


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit nobody."""
    return share()
