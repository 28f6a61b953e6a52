"""The contract as agents ask it, account after account: the policy's own rules, quicker to call.

Handing two named tuples from Python to compiled code takes five microseconds, handing over the
numbers in them less than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from policies.compiler import compiled
from policies.contract import Account, Credit, is_sound
from policies.registry import Policy
from sim.rules.answers import answered, failed, wrong_answer
from sim.rules.vendor import HIGHEST_PRICE
from sim.world.errors import PolicyFailed

SPREAD: dict[Any, Any] = {}
"""functions of numbers, by the rules they ask and the type of their terms"""


class Contract:
    """What a policy says of accounts; its rules may be compiled or plain Python."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.terms = policy.terms
        self.divides = spread(policy.terms, policy.credit, policy.rate)
        """gives shares, rate and whether both are sound, of the numbers of terms and account"""
        self.moves = policy.record_moves and spread(policy.terms, policy.record_moves)
        """says whether the servicing partner becomes the partner of record; None: never"""

    def __deepcopy__(self, memo: Any) -> Contract:
        """Return itself: nothing in it ever changes."""
        return self

    def failure(
        self, rules: Sequence[str], account: Account, price: int, month: int, index: int
    ) -> PolicyFailed:
        """Return the error of a contract that gave no sound answer about an account.

        Parameters
        ----------
        rules : those that were asked.
        price : kopecks a month.
        month, index : of the market, and of the account.
        """
        answers = {rule: answered(self.policy, rule, account) for rule in rules}
        for rule, (_, cause) in answers.items():
            if cause:
                return failed(self.policy, rule, cause, month, index)
        if price <= HIGHEST_PRICE:
            return failed(self.policy, rules[0], "asked again, it answers otherwise", month, index)
        shares, rate = (answer for answer, _ in answers.values())
        return failed(self.policy, *wrong_answer(shares, rate, price), month, index)


def spread(terms: Any, *rules: Any) -> Callable[..., Any]:
    """Return a rule, or a credit with its rate, as a function of numbers in a row.

    The numbers are those of the terms and of an account.
    """
    kind, size = type(terms), len(terms)
    given = [rule for rule in rules if rule is not None]
    is_compiled = all(hasattr(rule, "py_func") for rule in given)
    ask = rules[0] if len(rules) == 1 else division(rules[0], rules[1], is_compiled)

    def asked(*numbers: Any) -> Any:
        return ask(kind(*numbers[:size]), Account(*numbers[size:]))

    if not is_compiled:
        return asked
    if (rules, kind) not in SPREAD:
        SPREAD[rules, kind] = compiled(asked, is_cached=False)
    found: Callable[..., Any] = SPREAD[rules, kind]
    return found


def division(credit: Any, rate: Any, is_compiled: bool) -> Callable[..., Any]:
    """Return a rule that gives shares, rate, and whether both are sound."""
    sound = is_sound if is_compiled else getattr(is_sound, "py_func", is_sound)

    def at_one_rate(terms: Any, account: Account) -> tuple[Credit, float, bool]:
        shares, paid = credit(terms, account), float(terms.rate)
        return shares, paid, sound(shares, paid)

    def at_its_own(terms: Any, account: Account) -> tuple[Credit, float, bool]:
        shares, paid = credit(terms, account), float(rate(terms, account))
        return shares, paid, sound(shares, paid)

    chosen = at_one_rate if rate is None else at_its_own
    return compiled(chosen, is_cached=False) if is_compiled else chosen
