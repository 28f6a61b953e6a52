"""The contract as agents ask it, account after account: the policy's own rules, quicker to call.

Handing two named tuples from Python to compiled code takes five microseconds, handing over the
numbers in them less than one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policies.compiler import compiled
from policies.contract import Account, Credit
from policies.registry import Policy

SPREAD: dict[Any, Any] = {}
"""functions of numbers, by the rule they ask and the type of its terms"""


class Contract:
    """What a policy says of accounts; its rules may be compiled or plain Python."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.terms = policy.terms
        self.shares = spread(policy.credit, policy.terms)
        self.moves = policy.record_moves and spread(policy.record_moves, policy.terms)
        self.rate = policy.rate and spread(policy.rate, policy.terms)

    def __deepcopy__(self, memo: Any) -> Contract:
        """Return itself: nothing in it ever changes."""
        return self

    def credited(self, account: Account) -> Credit:
        """Return the shares of this payment's commission by role."""
        shares: Credit = self.shares(*self.terms, *account)
        return shares

    def moves_record(self, account: Account) -> bool:
        """Return whether the servicing partner becomes the partner of record."""
        return self.moves is not None and bool(self.moves(*self.terms, *account))

    def commission_rate(self, account: Account) -> float:
        """Return the commission on this payment, RUB per RUB."""
        return float(self.terms.rate if self.rate is None else self.rate(*self.terms, *account))


def spread(rule: Callable[..., Any], terms: Any) -> Callable[..., Any]:
    """Return a rule as a function of the numbers of its terms and of an account, in a row."""
    kind, size = type(terms), len(terms)

    def asked(*numbers: Any) -> Any:
        return rule(kind(*numbers[:size]), Account(*numbers[size:]))

    if not hasattr(rule, "py_func"):
        return asked
    if (rule, kind) not in SPREAD:
        SPREAD[rule, kind] = compiled(asked, is_cached=False)
    found: Callable[..., Any] = SPREAD[rule, kind]
    return found
