"""Words on patterns: what the evidence asks of the model, and what it shows."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.numbers import DASH, counted, digits_for, grouped, scale_of
from sim.questions.patterns.measure import MET, MISSED
from sim.world.departures import FILE

STYLES = {MET: "green", MISSED: "red"}


def with_interval(value: float, low: float, high: float, unit: str) -> str:
    """Return a number with its interval and unit.

    >>> with_interval(0.617, 0.603, 0.631, "share of commission"), with_interval(1.1, 1.0, 1.2, "")
    ('61.7 [60.3, 63.1] %', '1.10 [1.00, 1.20]')
    """
    divisor, suffix = scale_of(value, unit)
    if math.isnan(value):
        return DASH
    digits = digits_for(value / divisor)
    middle, *ends = (grouped(one / divisor, digits) for one in (value, low, high))
    return f"{middle}{suffix}" if math.isnan(low) else f"{middle} [{', '.join(ends)}]{suffix}"


def asked(least: float, most: float, unit: str) -> str:
    """Return a criterion's limits.

    >>> asked(0.25, 0.6, "share of commission"), asked(0.0, float("nan"), "share of members")
    ('25–60 %', 'above 0 %')
    """
    divisor, suffix = scale_of(least if not math.isnan(least) else most, unit)
    low, high = (f"{bound / divisor:,.6g}".replace(",", " ") for bound in (least, most))
    if math.isnan(most):
        return f"{'above 0' if least == 0.0 else f'at least {low}'}{suffix}"
    if math.isnan(least):
        return f"{'below 0' if most == 0.0 else f'at most {high}'}{suffix}"
    return f"{low}–{high}{suffix}"


def value_of(row: Any) -> str:
    """Return what was measured of a criterion."""
    return with_interval(row.value, row.low, row.high, row.unit)


def sets_of(table: pd.DataFrame) -> list[str]:
    """Return the sets of assumptions with which something was measured."""
    return list(table["assumptions"].unique())


def sentences(verdicts: pd.DataFrame) -> list[str]:
    """Return how many patterns are met, for each set of assumptions, and which are not."""
    return [summary(name, verdicts[verdicts["assumptions"] == name]) for name in sets_of(verdicts)]


def summary(name: str, verdicts: pd.DataFrame) -> str:
    """Return the sentence on one set of assumptions."""
    told = [
        f"{', '.join(rows['pattern'])} {verdict}"
        for verdict, rows in verdicts.groupby("verdict", sort=False)
    ]
    return f"Assumptions {name}: {'; '.join(told)}."


def rests_on(criteria: pd.DataFrame) -> str:
    """Return the sentence on what the verdicts rest on."""
    return (
        f"{counted(int(criteria['seeds'].max()), 'seed')}; intervals are 95 % over seeds "
        "(jackknife), so they say how sure the model's own numbers are, not the evidence's. Met: "
        "the whole interval fits the criterion; missed: none of it does."
    )


def differing(numbers: list[dict[str, Any]]) -> list[str]:
    """Return the sentences on what is not as shipped where something was measured.

    Parameters
    ----------
    numbers : of `sim.questions.patterns.answer.departures`.
    """
    found = list(dict.fromkeys(departures.read_all(numbers)))
    in_sets = [one for one in found if one.by == FILE]
    others = len({one.name for one in found if one.by != FILE})
    kept = (
        f"With every set, the markets and scenarios on which patterns are measured state "
        f"{counted(others, 'number')} of their own; the manifest says which."
    )
    return [*departures.sentences(in_sets), *([kept] if others else [])]


def table(criteria: pd.DataFrame) -> Table:
    """Return all criteria with what was measured, for the terminal."""
    names = sets_of(criteria)
    shown = Table()
    for heading in ("", "criterion", "source", "asked"):
        shown.add_column(heading, overflow="fold")
    for name in names:
        shown.add_column(name, justify="right", overflow="fold")
    for (pattern, criterion), rows in criteria.groupby(["pattern", "criterion"], sort=False):
        by_set = {row.assumptions: row for row in rows.itertuples()}
        first = rows.iloc[0]
        cells = [verdict_cell(by_set[name]) for name in names]
        limits = asked(first.least, first.most, first.unit)
        shown.add_row(pattern, criterion, first.source, limits, *cells)
    return shown


def verdict_cell(row: Any) -> Text:
    """Return what was measured of a criterion, and below it the verdict."""
    text = Text(value_of(row))
    return text.append(f"\n{row.verdict}", style=STYLES.get(row.verdict, "yellow"))
