"""First-sale lock: whoever connected the client is paid for it, for ever.

The rule a telephony operator's integrators complain of (S0): no re-assignment and no appeal,
because "we pay for acquisition". Its defenders: a secure residual is what makes partners sell.
"""

from typing import NamedTuple

from policies.contract import Account, Complexity, Credit, Rate, rule, share


class Terms(NamedTuple):
    """The numbers of the contract."""

    rate: Rate = 0.20
    complexity: Complexity = 0.0


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the partner of record, who never changes after the first sale."""
    return share(partner_of_record=1.0)
