"""Words and pictures on patterns: what the evidence asks of the model, and what it shows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.numbers import DASH, counted, digits_for, grouped, scale_of
from sim.present.plots import BAD, GOOD, NEUTRAL, STYLE
from sim.questions.patterns.measure import MET, MISSED
from sim.questions.patterns.signs import AXES
from sim.world.departures import FILE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {MET: GOOD, MISSED: BAD}
STYLES = {MET: "green", MISSED: "red"}
MARKERS = "oDsv"
BEYOND = 0.9
"""How far the picture reaches out of a criterion, in widths of it."""
PICTURES = ("patterns", "sign-map")


# --- words -------------------------------------------------------------------------------------


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


# --- pictures ----------------------------------------------------------------------------------


def place_of(value: float, least: float, most: float) -> float:
    """Return where a value stands against a criterion: 0 its lower limit, 1 its upper one.

    Where there is one limit, the picture's unit is that limit, or a tenth where it is zero.

    >>> place_of(0.35, 0.25, 0.45), place_of(0.09, 0.10, float("nan"))
    (0.5, -0.1)
    """
    if math.isnan(most):
        return round((value - least) / (least or 0.1), 9)
    if math.isnan(least):
        return round(1.0 + (value - most) / (abs(most) or 0.1), 9)
    return round((value - least) / (most - least), 9)


def picture(criteria: pd.DataFrame) -> Figure:
    """Return a picture of every criterion: its band, and what was measured with its interval."""
    names = sets_of(criteria)
    groups = list(criteria.groupby(["pattern", "criterion"], sort=False))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 1.6 + 0.36 * len(groups)), layout="constrained")
        ax = figure.subplots()
        for y, (_, rows) in enumerate(groups):
            draw_row(ax, y, rows, names)
        ax.set_ylim(len(groups) - 0.4, -0.6)
        ax.set_xlim(-BEYOND, 1.0 + BEYOND)
        ax.set_xticks([])
        ax.set_yticks(range(len(groups)))
        ax.set_yticklabels([f"{pattern}  {criterion}" for (pattern, criterion), _ in groups])
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)
        handles = [
            ax.plot([], [], MARKERS[n % len(MARKERS)], color=NEUTRAL, label=name)[0]
            for n, name in enumerate(names)
        ]
        figure.legend(handles=handles, loc="outside lower center", frameon=False, ncols=len(names))
        figure.suptitle(
            "What the evidence asks (grey bands) and what the model shows, with 95 % intervals "
            f"over {counted(int(criteria['seeds'].max()), 'seed')}.\nBlue: met; orange: missed; "
            "grey: not distinguishable. Each row has a scale of its own; what is farther out "
            "stands at the edge.",
            x=0.01,
            ha="left",
            fontsize=9,
        )
        return figure


def draw_row(ax: Axes, y: int, rows: pd.DataFrame, names: list[str]) -> None:
    """Draw one criterion's band, and what was measured with each set of assumptions."""
    first = rows.iloc[0]
    left = -BEYOND if math.isnan(first.least) else 0.0
    right = 1.0 + BEYOND if math.isnan(first.most) else 1.0
    ax.fill_between([left, right], y - 0.36, y + 0.36, color="#E4E4E4", lw=0)
    told = []
    for row in rows.itertuples():
        n = names.index(row.assumptions)
        at = y + 0.2 * (n - (len(names) - 1) / 2.0)
        ends = [place_of(one, row.least, row.most) for one in (row.low, row.value, row.high)]
        low, middle, high = np.clip(ends, -BEYOND + 0.02, 0.98 + BEYOND)
        colour = COLOURS.get(row.verdict, NEUTRAL)
        ax.plot([low, high], [at, at], color=colour, lw=1.4)
        ax.plot(middle, at, MARKERS[n % len(MARKERS)], color=colour, ms=4.5)
        told.append(value_of(row))
    limits = asked(first.least, first.most, first.unit)
    ax.annotate(
        f"{limits}:  {';  '.join(told)}",
        (1.01, y),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=7.5,
        annotation_clip=False,
    )


def map_picture(sign_map: pd.DataFrame) -> Figure:
    """Return the map of P12: where choice beats the lock for the vendor, and where it loses."""
    names = sets_of(sign_map)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1.2 + 5.4 * len(names), 5.0), layout="constrained")
        axes = figure.subplots(1, len(names), squeeze=False)[0]
        for ax, name in zip(axes, names, strict=True):
            draw_map(ax, sign_map[sign_map["assumptions"] == name], name)
        figure.suptitle(
            "What client choice brings the vendor against the first-sale lock, % of NPV, at the "
            "rates they name.\nBlue: surely a gain; orange: surely a loss; white: not "
            f"distinguishable ({counted(int(sign_map['seeds'].max()), 'seed')}, 95 %).",
            x=0.01,
            ha="left",
            fontsize=9,
        )
        return figure


def draw_map(ax: Axes, cells: pd.DataFrame, name: str) -> None:
    """Draw the map with one set of assumptions."""
    steps = [sorted(cells[axis].unique()) for axis in AXES]
    for cell in cells.itertuples():
        y, x = (steps[n].index(getattr(cell, axis)) for n, axis in enumerate(AXES))
        is_sure = cell.low * cell.high > 0
        colour = (GOOD if cell.gain > 0 else BAD) if is_sure else "white"
        strength = 0.12 + 0.6 * min(abs(cell.gain) / 0.1, 1.0)
        ax.fill_between([x, x + 0.97], y, y + 0.97, color=colour, alpha=strength, lw=0)
        ax.text(
            x + 0.485,
            y + 0.485,
            f"{100 * cell.gain:+.1f}",
            ha="center",
            va="center",
            fontsize=8,
            color="black" if is_sure else "#777777",
        )
    for axis, ticks, label, values in (
        (ax.yaxis, ax.set_yticks, ax.set_ylabel, steps[0]),
        (ax.xaxis, ax.set_xticks, ax.set_xlabel, steps[1]),
    ):
        ticks(np.arange(len(values)) + 0.485, [f"{value:.3f}" for value in values])
        label(AXES[0] if axis is ax.yaxis else AXES[1])
    ax.tick_params(length=0)
    ax.set_title(f"assumptions: {name}")
    for side in ax.spines.values():
        side.set_visible(False)


def save(
    folder: Path,
    criteria: pd.DataFrame,
    sign_map: pd.DataFrame,
    endings: tuple[str, ...] = ("png", "svg"),
) -> None:
    """Write both pictures into a folder."""
    drawn = zip(PICTURES, (picture(criteria), map_picture(sign_map)), strict=True)
    for name, figure in drawn:
        for ending in endings:
            figure.savefig(folder / f"{name}.{ending}", dpi=150)
