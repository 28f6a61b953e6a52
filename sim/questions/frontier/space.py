"""The programmes a search may try: points of a cube, each read as a programme that makes sense.

A programme is a record rule, a division, a schedule, payout terms and care, put together from the
policy `clauses` and the vendor's conduct. Ranges are the declared ones, in steps that people write
into contracts; a clause that can be absent is so in half of the cube. What would make no sense is
mended before it is tried, so that it is never simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies import clauses
from policies.contract import declared
from sim.world.programme import Conduct, Programme, programme

Number = float | str
Numbers = Mapping[str, Number]
"""A programme by its decisions: their values by name."""
ALWAYS = 600
"""Months of grandfathering that outlast any study."""
LOCK, REQUEST, IDLE, SERVING = RECORD_RULES = ("lock", "request", "idle", "serving")
"""The record never moves; moves when the client asks; once idle; to who has served for long."""
RECORD_TERMS = {REQUEST: "protection_months", IDLE: "idle_months", SERVING: "serving_months"}
"""The term of each rule that `record_months` says."""
RECORD_STEP = 3
LIMITS = {**declared(clauses.Terms), **declared(Conduct)}
DEFAULTS = {**clauses.Terms._field_defaults, **Conduct._field_defaults}


class Decision(NamedTuple):
    """A number of a programme that the search decides on."""

    name: str
    step: float
    can_be_absent: bool = True
    """whether 0 means that there is no such clause"""
    complexity: float = 0.0
    """clauses that it adds to what a partner keeps in mind"""

    def levels(self) -> list[float]:
        """Return the values it can have where it is present."""
        return grid(self.name, self.step, with_zero=not self.can_be_absent)


DECISIONS = (
    Decision("rate", 0.01, can_be_absent=False),
    Decision("originator_share", 0.1),
    Decision("servicing_share", 0.1),
    Decision("sunset_months", 12, complexity=0.5),
    Decision("sunset_passes_on", 1),
    Decision("managed_months", 3, complexity=1.0),
    Decision("first_rate", 0.5, complexity=0.5),
    Decision("term_months", 12, complexity=0.5),
    Decision("yearly_decay", 0.05, complexity=0.5),
    Decision("quality_weight", 0.1, complexity=1.0),
    Decision("upsell_rate", 0.05, complexity=0.5),
    Decision("payout_days", 15, can_be_absent=False),
    Decision("clawback_months", 3, complexity=0.5),
    Decision("care", 0.1, can_be_absent=False),
    Decision("training", 0.1),
    Decision("registry", 1),
    Decision("lead_share", 0.1, can_be_absent=False),
)
"""Half a clause for what can be read off the contract, a whole one for what is judged afterwards,
as the shipped policies and scenarios count them. Source: A."""
NAMES = ("record_rule", "record_months", *(decision.name for decision in DECISIONS))
"""All decisions, in the order of the cube's axes."""
RECORD_COMPLEXITY = {LOCK: 0.0, REQUEST: 0.5, IDLE: 1.0, SERVING: 0.5}


def grid(name: str, step: float, with_zero: bool) -> list[float]:
    """Return the values of a term or of conduct over its declared range, in steps."""
    low, high = LIMITS[name].low, LIMITS[name].high
    values = [round(low + step * n, 6) for n in range(int((high - low) / step + 1e-9) + 1)]
    return [value for value in values if value or with_zero]


def record_levels(record_rule: str) -> list[float]:
    """Return what `record_months` can be under a rule for the record."""
    if record_rule == LOCK:
        return [0.0]
    return grid(RECORD_TERMS[record_rule], RECORD_STEP, with_zero=record_rule == REQUEST)


def usual() -> dict[str, Number]:
    """Return the first-sale lock with the usual conduct."""
    numbers = {decision.name: float(DEFAULTS[decision.name]) for decision in DECISIONS}
    return {"record_rule": LOCK, "record_months": 0.0, **numbers}


def known() -> list[dict[str, Number]]:
    """Return programmes that a search begins from: the shipped policies in this space."""
    differences: list[dict[str, Number]] = [
        {},
        {"record_rule": REQUEST},
        {"record_rule": IDLE, "record_months": 6.0},
        {"originator_share": 0.5, "servicing_share": 0.5},
        {"servicing_share": 1.0},
        {"rate": 0.4},
        {"rate": 0.0},
    ]
    return [mended({**usual(), **numbers}) for numbers in differences]


def pick(levels: list[float], share: float) -> float:
    """Return the level at a share of the way through all of them."""
    return levels[min(int(share * len(levels)), len(levels) - 1)]


def place(levels: list[float], value: float) -> float:
    """Return the middle of the shares at which a level, or the one nearest to it, is picked."""
    nearest = min(range(len(levels)), key=lambda at: abs(levels[at] - value))
    return (nearest + 0.5) / len(levels)


def numbers_at(point: npt.NDArray[np.float64]) -> dict[str, Number]:
    """Return the programme at a point of the unit cube, by its decisions.

    Parameters
    ----------
    point : shape (len(NAMES),), 0-1.
    """
    shares = dict(zip(NAMES, map(float, point), strict=True))
    rule = RECORD_RULES[min(int(4.0 * shares["record_rule"]), 3)]
    numbers: dict[str, Number] = {
        "record_rule": rule,
        "record_months": pick(record_levels(rule), shares["record_months"]),
    }
    for decision in DECISIONS:
        share = shares[decision.name]
        if decision.can_be_absent and share < 0.5:
            numbers[decision.name] = 0.0
        else:
            part = 2.0 * share - 1.0 if decision.can_be_absent else share
            numbers[decision.name] = pick(decision.levels(), part)
    return mended(numbers)


def point_of(numbers: Numbers) -> npt.NDArray[np.float64]:
    """Return the point of the unit cube that stands for a programme, shape (len(NAMES),)."""
    rule = str(numbers["record_rule"])
    shares = [
        (RECORD_RULES.index(rule) + 0.5) / 4.0,
        place(record_levels(rule), float(numbers["record_months"])),
    ]
    for decision in DECISIONS:
        value = float(numbers[decision.name])
        if decision.can_be_absent:
            shares.append(0.5 + 0.5 * place(decision.levels(), value) if value else 0.25)
        else:
            shares.append(place(decision.levels(), value))
    return np.array(shares)


def mended(numbers: Numbers) -> dict[str, Number]:
    """Return a programme without the clauses that make no sense beside its others.

    Shares that add up to more than the whole shrink in proportion; what is left of the whole is
    for the record.
    """
    value = {name: float(numbers[name]) for name in NAMES[1:]}
    rule = str(numbers["record_rule"])
    shares = value["originator_share"] + value["servicing_share"]
    if shares > 1.0:
        value["originator_share"] = round(value["originator_share"] / shares, 1)
        value["servicing_share"] = round(1.0 - value["originator_share"], 1)
    if not record_share(value):
        rule = LOCK
    if rule == LOCK:
        value["record_months"] = 0.0
    is_after_term = 0.0 < value["term_months"] <= value["sunset_months"]
    if not value["originator_share"] or is_after_term:
        value["sunset_months"] = 0.0
    if not value["sunset_months"]:
        value["sunset_passes_on"] = 0.0
    if value["servicing_share"] == 1.0:
        value["managed_months"] = 0.0
    if not value["rate"]:
        value |= dict.fromkeys(("term_months", "yearly_decay", "quality_weight"), 0.0)
    return {"record_rule": rule, **value}


def record_share(numbers: Numbers) -> float:
    """Return what of a commission is for the partner of record."""
    paid = float(numbers["originator_share"]) + float(numbers["servicing_share"])
    return round(1.0 - paid, 6)


def complexity(numbers: Numbers) -> float:
    """Return how many clauses a partner must keep in mind beyond a flat rate, at most 5.

    Being paid for serving is half a clause, and so is a division among several.
    """
    shares = numbers["originator_share"], numbers["servicing_share"], record_share(numbers)
    of_division = 0.5 * bool(shares[1]) + 0.5 * (sum(map(bool, shares)) > 1)
    of_clauses = sum(one.complexity for one in DECISIONS if numbers[one.name] and one.can_be_absent)
    return float(
        min(RECORD_COMPLEXITY[str(numbers["record_rule"])] + of_division + of_clauses, 5.0)
    )


def as_programme(name: str, numbers: Numbers, is_grandfathered: bool) -> Programme:
    """Return a programme that can be simulated.

    Parameters
    ----------
    is_grandfathered : clients won before keep the former contract for ever.

    Raises
    ------
    BadInput
        If its clauses make no sense together.
    """
    rule = str(numbers["record_rule"])
    terms: dict[str, Any] = {one.name: float(numbers[one.name]) for one in DECISIONS}
    if rule != LOCK:
        terms[RECORD_TERMS[rule]] = float(numbers["record_months"])
    return programme(
        name,
        "clauses",
        moves_on_request=rule == REQUEST,
        record_share=record_share(numbers),
        complexity=complexity(numbers),
        grandfather_months=ALWAYS if is_grandfathered else 0,
        **terms,
    )
