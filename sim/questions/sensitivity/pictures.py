"""Pictures on sensitivity: what each assumption does, and its share of the variance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from sim.present.plots import BAD, GOOD, NEUTRAL, STYLE
from sim.present.shares import level, percent
from sim.present.sides import about as side_in_words
from sim.questions.sensitivity.ask import OTHERS, Sensitivity, about
from sim.questions.sensitivity.words import ends_of
from sim.study.sides import SIDES, others

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOW, HIGH = GOOD, BAD
"""Colours of the low and the high end of an assumption's range."""


BARS = 8


Draw = Callable[["Axes", Sensitivity, str, str], None]


def tornado(found: Sensitivity) -> Figure:
    """Return what each deep assumption's range does to each relative difference, widest first."""
    return panels(
        found,
        draw_tornado,
        "Each bar: the difference to the baseline, over the mean of both sizes, when one "
        "assumption goes from the low (blue) to the high end (orange) of its range and all else "
        f"stays; mean of {found.size.seeds} seeds with its 95 % interval. Line: as in the "
        "scenario.",
        "difference over the mean of both, %",
    )


def index_bars(found: Sensitivity) -> Figure:
    """Return the Sobol' indices of the deep assumptions for each relative difference."""
    return panels(
        found,
        draw_indices,
        "Share of the variance of each relative difference over plausible worlds. Pale: an "
        "assumption has a hand in it (total index, with its 95 % interval); dark: it alone "
        "(first-order index).",
        "share of variance, %",
    )


def panels(found: Sensitivity, draw: Draw, caption: str, label: str) -> Figure:
    """Return a picture of one panel per programme and side."""
    names = others(found.scenario)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1.0 + 4.2 * len(names), 1.2 + 2.9 * len(SIDES)),
                        layout="constrained")  # fmt: skip
        axes = figure.subplots(len(SIDES), len(names), squeeze=False)
        for row, side in zip(axes, SIDES, strict=True):
            for ax, name in zip(row, names, strict=True):
                draw(ax, found, name, side.indicator)
                ax.tick_params(axis="y", length=0)
                ax.set_title(
                    f"{name.replace('_', ' ')}, for {side_in_words(side.name)}", fontsize=9
                )
        for ax in axes[-1]:
            ax.set_xlabel(label)
        figure.suptitle(
            f"{found.scenario.question}\n{caption}", x=0.01, ha="left", fontsize=10, wrap=True
        )
        return figure


def draw_tornado(ax: Axes, found: Sensitivity, name: str, indicator: str) -> None:
    """Draw the widest bars of one difference."""
    rows = about(found.ends, name, indicator, "relative").dropna(subset="mean")
    wide = rows.pivot(index="assumption", columns="end", values="mean").dropna()
    if wide.empty:
        return
    ranked = (wide["high"] - wide["low"]).abs().sort_values(ascending=False, kind="stable")
    shown = list(ranked.index[:BARS])
    for place, assumption in enumerate(shown):
        for end, colour, shift in (("low", LOW, -0.16), ("high", HIGH, 0.16)):
            row = rows[(rows["assumption"] == assumption) & (rows["end"] == end)].iloc[0]
            bar = 100.0 * (row["mean"] - row["centre"])
            ax.barh(place + shift, bar, 0.3, left=100.0 * row["centre"], color=colour, alpha=0.8)
            ax.plot([100.0 * row["low"], 100.0 * row["high"]], [place + shift] * 2, color="#333333",
                    lw=0.8)  # fmt: skip
            ax.annotate(
                level(row["value"]),
                (100.0 * row["high" if bar >= 0 else "low"], place + shift),
                (3 if bar >= 0 else -3, 0),
                textcoords="offset points",
                ha="left" if bar >= 0 else "right",
                va="center",
                fontsize=6.5,
                color=colour,
            )
    ax.axvline(100.0 * float(rows["centre"].iloc[0]), color="#333333", lw=1.0)
    ax.axvline(0.0, color="#999999", lw=0.8, linestyle=":")
    ax.set_yticks(range(len(shown)), shown)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.margins(x=0.12)


def draw_indices(ax: Axes, found: Sensitivity, name: str, indicator: str) -> None:
    """Draw the largest indices of one difference, and that of all other assumptions."""
    rows = about(found.indices, name, indicator, "relative")
    rows = rows.sort_values("total", ascending=False, kind="stable")
    rows = pd.concat(
        [rows[rows["assumption"] != OTHERS].head(BARS), rows[rows["assumption"] == OTHERS]]
    )
    for place, row in enumerate(rows.itertuples()):
        total, low, high = ends_of(row, "total")
        first, _, _ = ends_of(row, "first")
        colour = NEUTRAL if row.assumption == OTHERS else GOOD
        ax.barh(place, 100.0 * total, 0.7, color=colour, alpha=0.35)
        ax.barh(place, 100.0 * first, 0.35, color=colour)
        ax.plot([100.0 * low, 100.0 * high], [place] * 2, color="#333333", lw=0.9)
        ax.annotate(percent(total), (100.0 * high, place), (4, 0), textcoords="offset points",
                    va="center", fontsize=7.5)  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows["assumption"]))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0.0, 112.0)


def pictures(found: Sensitivity) -> dict[str, Figure]:
    """Return all pictures of a result, by name."""
    return {"tornado": tornado(found), "indices": index_bars(found)}
