"""What a pattern is: a criterion, facts of many runs, a measured value with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.study.differences import interval
from sim.world.scenario import Scenario

Floats = npt.NDArray[np.float64]
Facts = Mapping[str, Any]
"""What one run, or the sum of many, holds of a pattern, by name: numbers, or arrays by month of
tenure along the last axis."""
Given = str | Mapping[str, float] | None
"""Assumptions that stand in place of the defaults, as `sim.world.scenario.load` takes them."""
MET, MISSED, UNSURE = "met", "missed", "not distinguishable"


class Place(NamedTuple):
    """Where patterns are measured: a scenario, and what is looked at in each of its runs."""

    name: str
    scenario: Callable[[Given], Scenario]
    """with assumptions in place of the defaults"""
    observe: Callable[[Scenario, str, int], Facts]
    """the facts of a scenario's run on an engine with a seed"""


class Criterion(NamedTuple):
    """One number of a pattern and the interval in which it is to lie."""

    what: str
    unit: str
    low: float
    high: float
    place: str
    formula: Callable[[Facts], Any]
    """the number, from the summed facts of the place"""
    how: str
    """market, programme, horizon and indicator, exactly"""
    why: str = ""
    """what in the model speaks against it"""
    would: Mapping[str, float] = {}
    """assumptions within their declared ranges at which it should be met, to show what it hangs
    on; nothing is set on them"""


class Pattern(NamedTuple):
    """A pattern of docs/evidence.md §5."""

    name: str
    title: str
    source: str
    passes: str
    """what the evidence asks for, in its words"""
    criteria: tuple[Criterion, ...]
    role: str
    """"emerges", or "calibrated" where assumptions may be set on it"""


class Measured(NamedTuple):
    """A criterion's number over many seeds, with its 95 % interval."""

    value: float
    low: float
    high: float
    seeds: int


def measure(runs: list[Facts], formula: Callable[[Facts], Any]) -> Measured:
    """Return a number of the summed facts of some runs, with its jackknife interval.

    Each run is left out once; the spread of what the formula then gives says how sure it is, also
    where the number is a ratio of sums or a product of survival.

    >>> found = measure([{"a": 1, "b": 2}, {"a": 3, "b": 2}], lambda facts: facts["a"] / facts["b"])
    >>> [round(number, 2) for number in found]
    [1.0, -5.35, 7.35, 2]
    """
    columns = {name: np.array([run[name] for run in runs], np.float64) for name in runs[0]}
    whole = {name: column.sum(axis=0) for name, column in columns.items()}
    number = len(runs)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(formula(whole))
        if number < 2:
            return Measured(value, float("nan"), float("nan"), number)
        spared = formula({name: whole[name] - column for name, column in columns.items()})
    if not np.isfinite([value, *np.broadcast_to(spared, (number,))]).all():
        return Measured(value, float("nan"), float("nan"), number)
    pseudo = number * value - (number - 1) * np.broadcast_to(spared, (number,))
    middle, low, high = interval(pseudo)
    return Measured(value, value + low - middle, value + high - middle, number)


def verdict(measured: Measured, criterion: Criterion) -> str:
    """Return whether a number is surely inside its criterion, surely outside, or neither."""
    if measured.low >= criterion.low and measured.high <= criterion.high:
        return MET
    if measured.high < criterion.low or measured.low > criterion.high:
        return MISSED
    return UNSURE


def whole_verdict(verdicts: list[str]) -> str:
    """Return a pattern's verdict from its criteria's: as good as the worst of them.

    >>> whole_verdict(["met", "not distinguishable"])
    'not distinguishable'
    """
    return next((one for one in (MISSED, UNSURE) if one in verdicts), MET)
