"""What a policy answers when it is asked, or why it failed."""

from typing import Any

from policies.contract import Account, Credit, wrong_rate, wrong_shares
from policies.registry import Policy
from sim.rules.vendor import HIGHEST_PRICE
from sim.world.errors import Failure, PolicyFailed, spelt
from sim.world.units import KOPECKS

CREDIT, RATE, RECORD_MOVES, PRICE = "credit", "rate", "record_moves", "price"


def answer_of(policy: Policy, rule: str, account: Account) -> Any:
    """Return what a policy's rule says of an account to a partner who reads the contract.

    Raises
    ------
    PolicyFailed
        If that is no sound answer.
    """
    answer, cause = answered(policy, rule, account)
    if cause:
        usual = Account._field_defaults
        facts = [f"{k} {v:g}" for k, v in account._asdict().items() if v != usual.get(k)]
        raise failed(policy, rule, f"{cause}; asked for {', '.join(facts)}")
    return answer


def answered(policy: Policy, rule: str, account: Account) -> tuple[Any, str]:
    """Return what a policy's rule says of an account, and what is wrong with that, or nothing."""
    try:
        if rule == RECORD_MOVES:
            return policy.moves_record(account), ""
        if rule == CREDIT:
            shares = policy.credited(account)
            return shares, wrong_shares(shares)
        rate = policy.commission_rate(account)
        return rate, wrong_rate(rate)
    except Exception as fault:  # whatever somebody's code does
        return None, spelt(fault, policy.file)


def wrong_answer(shares: Credit, rate: float, payment: int) -> tuple[str, str]:
    """Return which rule gave an answer that is not sound, and what is wrong with it.

    Parameters
    ----------
    payment : kopecks
    """
    if wrong := wrong_shares(shares):
        return CREDIT, wrong
    if wrong := wrong_rate(rate):
        return RATE, wrong
    return PRICE, (
        f"the client pays {payment / KOPECKS:g} RUB a month; beyond "
        f"{HIGHEST_PRICE / KOPECKS:g} sums of kopecks overflow"
    )


def failed(
    policy: Policy, rule: str, cause: str, month: int | None = None, account: int | None = None
) -> PolicyFailed:
    """Return the error of a policy whose rule gave no sound answer."""
    file = "" if policy.is_shipped else policy.file
    return PolicyFailed(Failure(policy.name, file, rule, cause, month, account))
