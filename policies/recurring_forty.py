"""Recurring 40 %: one high rate on every payment, for as long as the client pays.

The fourth programme of a messenger integrator (S1): after three tries it pays 40 % of every
payment, one rate for all. Here on top of a first-sale record, so that only the rate differs.
"""

from typing import NamedTuple

from policies.contract import Account, Complexity, Credit, Rate, rule, share


class Terms(NamedTuple):
    """The numbers of the contract."""

    rate: Rate = 0.40
    complexity: Complexity = 0.0


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the partner of record, who never changes after the first sale."""
    return share(partner_of_record=1.0)
