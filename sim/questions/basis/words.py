"""Words on the basis that a comparison stands on: which rates, found how, and how sure."""

from __future__ import annotations

import pandas as pd

from sim.present.numbers import amount, counted
from sim.questions.basis.ask import Basis, Rate


def sentences(basis: Basis, comparison: pd.DataFrame) -> list[str]:
    """Return what the basis is and at which rates the programmes take part.

    Parameters
    ----------
    comparison : of `sim.study.differences.differences`, on that basis.
    """
    told = {"rate": at_one_rate, "budget": at_one_budget, "best": at_their_best}[basis.name]
    fixed = [f"{rate.programme} stays as it is" for rate in basis.rates if not rate.term]
    where = " Rates were found in the scenario's own world; others would need others."
    why = ": no rate moves what it pays" if len(fixed) == 1 else ": no rate moves what they pay"
    return [
        told(basis, comparison),
        *([f"{'; '.join(fixed)}{why}."] if fixed else []),
        "Clients won before the decision keep the incumbent's contract for good under every "
        "programme, so that none wins by taking what was promised; NPV counts the clients left."
        + (where if basis.name != "rate" else ""),
    ]


def at_one_rate(basis: Basis, comparison: pd.DataFrame) -> str:
    """Return the sentence on an equal rate."""
    base = next(rate for rate in basis.rates if rate.programme == basis.scenario.baseline)
    moved = [
        f"{rate.programme} {percent(rate.rate)} instead of {percent(rate.asked)}"
        for rate in basis.rates
        if rate.is_reached and rate.rate != rate.asked
    ]
    able = any(rate.is_reached and rate.term for rate in basis.rates if rate is not base)
    who = "every programme" if able else "no other programme can be"
    parts = [f"Equal rate: {who} at {base.programme}'s {percent(base.rate)}"]
    parts += [", ".join(moved)] if moved else []
    parts += [told for rate in basis.rates if (told := not_equal(rate))]
    return f"{'; '.join(parts)}."


def not_equal(rate: Rate) -> str:
    """Return why a programme is not at the baseline's rate, if it is not."""
    if rate.is_reached or not rate.term:
        return ""
    if rate.term != "rate":
        return (
            f"{rate.programme} has no rate on every payment and keeps its {rate.term} of "
            f"{percent(rate.rate)}"
        )
    return f"{rate.programme} at the nearest legal {percent(rate.rate)}"


def at_one_budget(basis: Basis, comparison: pd.DataFrame) -> str:
    """Return the sentence on an equal budget, with what is left of the difference."""
    rows = comparison[comparison["indicator"] == "commission_pv"].set_index("programme")
    base = basis.scenario.baseline
    budget = amount(rows.loc[base, "level"], "RUB")
    told = []
    for rate in basis.rates:
        if not rate.term or rate.programme == base:
            continue
        row = rows.loc[rate.programme]
        share = 100.0 / rows.loc[base, "level"]
        left = f"{missed(share * row.difference)} %"
        if not pd.isna(row.low):
            left = f"{left} [{missed(share * row.low)}, {missed(share * row.high)}]"
        unmet = "" if rate.is_reached else "cannot reach it at any legal rate, nearest "
        told.append(f"{rate.programme} {unmet}{at(rate)} (missed by {left})")
    return (
        f"Equal budget: rates at which discounted commission is {base}'s {budget}: "
        f"{', '.join(told) or 'nobody else has a rate'}."
    )


def missed(percentage: float) -> str:
    """Return by how many per cent a budget is missed, to two digits.

    >>> missed(0.0123), missed(104.2)
    ('+0.012', '+104')
    """
    return f"{percentage:+.0f}" if abs(percentage) >= 10.0 else f"{percentage:+.2g}"


def at_their_best(basis: Basis, comparison: pd.DataFrame) -> str:
    """Return the sentence on each programme's best rate and how flat that is."""
    told = []
    for rate in basis.rates:
        if not rate.term:
            continue
        flat = (
            f"{percent(rate.low)} to {percent(rate.high)} not distinguishable"
            if rate.low < rate.high
            else "no other rate tried comes near"
        )
        edge = "" if rate.is_reached else "; at the edge of what is legal, so none beyond was tried"
        told.append(f"{rate.programme} {at(rate)} ({flat}{edge})")
    return (
        f"Each at its own best rate for the vendor's NPV, searched on "
        f"{counted(basis.seeds, 'seed')}: {', '.join(told) or 'none has a rate'}."
    )


def at(rate: Rate) -> str:
    """Return a rate as found; one that is not on every payment, with its name.

    >>> at(Rate("bounty", "first_rate", 3.0, 2.5)), at(Rate("lock", "rate", 0.2, 0.12672))
    ('first_rate 250 %', '12.672 %')
    """
    return percent(rate.rate) if rate.term == "rate" else f"{rate.term} {percent(rate.rate)}"


def percent(rate: float) -> str:
    """Return a rate as a percentage.

    >>> percent(0.2)
    '20 %'
    """
    return f"{100.0 * rate:.6g} %"
