"""Pictures on patterns: what the evidence asks, and what the model shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.present.numbers import counted
from sim.present.plots import BAD, GOOD, NEUTRAL, STYLE
from sim.questions.patterns.measure import MET, MISSED
from sim.questions.patterns.signs import AXES
from sim.questions.patterns.words import asked, sets_of, value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {MET: GOOD, MISSED: BAD}


MARKERS = "oDsv"


BEYOND = 0.9
"""How far the picture reaches out of a criterion, in widths of it."""


PICTURES = ("patterns", "sign-map")


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


def pictures(criteria: pd.DataFrame, sign_map: pd.DataFrame) -> dict[str, Figure]:
    """Return both pictures, by name."""
    return dict(zip(PICTURES, (picture(criteria), map_picture(sign_map)), strict=True))
