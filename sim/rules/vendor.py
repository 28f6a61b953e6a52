"""How the vendor's side works: division of a payment, payout, errors and disputes."""

from policies.compiler import rule

HIGHEST_PRICE = 100_000_000_000
"""Kopecks a month, a billion roubles: sums over any pool of clients still fit in eight bytes."""


@rule
def commission(payment: int, rate: float) -> int:
    """Return the kopecks a role earns from a payment; the fraction of a kopeck stays behind.

    Parameters
    ----------
    payment : kopecks
    rate : RUB per RUB invoiced, for this role; counted in whole millionths, rounded down, so that
        roles together never get more than the rate (a millionth of a millionth makes up for 0.3
        times 0.2 falling just short of 0.06).
    """
    return payment * int(rate * 1000000.0 + 0.000001) // 1000000


@rule
def clawable(before: int, more: int) -> int:
    """Return the commission that can be taken back, kopecks; capped to fit four bytes."""
    return min(before + more, 2_000_000_000)


@rule
def payout_months(payout_days: float) -> int:
    """Return after how many months a commission is paid out, to the nearest whole one."""
    return int((payout_days + 15.0) / 30.0)


@rule
def record_error_chance(complexity: float, record_error: float) -> float:
    """Return the chance that a sale is recorded on nobody.

    Source: S1 (missing promo codes). Assumes: each further clause adds as many errors again.
    """
    return min(record_error * (1.0 + complexity), 1.0)


@rule
def dispute_chance(complexity: float, registry: bool, dispute: float) -> float:
    """Return the chance that a contested move of the record becomes a dispute.

    Parameters
    ----------
    complexity : clauses beyond a flat rate.

    Source: S1 v2 (unclear shares are quarrelled over); S2 (a transparent registry ends most
    disputes). Assumes: each clause adds once the chance; a registry halves it.
    """
    chance = dispute * (1.0 + complexity)
    return min(chance * 0.5 if registry else chance, 1.0)


@rule
def programme_cost(
    care: float,
    training: float,
    registry: bool,
    member_cost: float,
    care_cost: float,
    training_cost: float,
    registry_cost: float,
) -> int:
    """Return what running the programme costs the vendor for one member, kopecks a month.

    Source: A. Assumes: care at the usual half is part of the ordinary cost.
    """
    cost = member_cost + care_cost * (care - 0.5) + training_cost * training
    if registry:
        cost = cost + registry_cost
    return int(max(cost, 0.0) * 100.0)


@rule
def grown(mrr: int, step: float) -> int:
    """Return a client's monthly price after one upsell, in whole kopecks."""
    return mrr + int(mrr * step)
