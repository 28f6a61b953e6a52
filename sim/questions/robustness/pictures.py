"""Pictures on robustness: who is best in which worlds, and in how many."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.present.plots import axes, colours, styled
from sim.present.shares import with_interval
from sim.present.sides import about
from sim.questions.robustness.ask import TIE, Robustness
from sim.study.sides import SIDES, others
from sim.study.worlds import UNITS, value_at
from sim.world.errors import unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNDECIDED = "#BBBBBB"


A_CELL = 12
"""Worlds that a cell of a map should hold, for its commonest winner to mean something."""


def world_map(found: Robustness) -> Figure:
    """Return a map for each side: the two most telling assumptions, worlds coloured by winner."""
    with styled():
        figure = Figure(figsize=(13.5, 5.6), layout="constrained")
        for ax, side in zip(figure.subplots(1, len(SIDES)), SIDES, strict=True):
            winners(found, side.name, ax)
        figure.suptitle(
            f"{found.scenario.question}\nEach point is one of {len(found.worlds)} plausible "
            "worlds, coloured by the programme that is best in it; cells by their commonest. "
            "Axes: the two assumptions that tell most, every quarter of the worlds as wide.",
            x=0.01,
            ha="left",
            fontsize=10,
            wrap=True,
        )
        return figure


def winners(found: Robustness, side: str, ax: Axes | None = None) -> Axes:
    """Draw worlds by the two assumptions that tell most, coloured by who is best for a side.

    The winners are named above in their colours, with their shares of all worlds; cells have the
    colour of their commonest. Every quarter of the worlds is as wide.

    Parameters
    ----------
    found : of `sim.robustness`.
    side : "vendor", "active partners" or "clients".
    ax : where to draw; by default on new axes.

    Raises
    ------
    BadInput
        If there is no such side.
    """
    check_side(side)
    names = [studied.name for studied in found.scenario.programmes]
    palette = {**colours(names, found.scenario.baseline), TIE: UNDECIDED}
    best = found.winners[side].dropna()
    with styled():
        ax = axes(ax, 6.0, 5.0)
        ax.set_title(f"Best for {about(side)}", pad=14.0 * (1 + len(set(best))) + 4.0)
        if best.empty:
            return ax
        ranked = found.telling[found.telling["side"] == side]["assumption"].tolist()
        places = [
            found.worlds[name].rank(method="first", pct=True)[best.index].to_numpy()
            for name in ranked[:2]
        ]
        cells = max(min(int((len(best) / A_CELL) ** 0.5), 10), 2)
        shade(ax, places, best, palette, cells)
        across, up = places
        size = 9 if len(best) > 500 else 16
        ax.scatter(across, up, c=[palette[name] for name in best], s=size, lw=0)
        usual, ticks = found.scenario.assumptions, np.linspace(0.0, 1.0, 5)
        levels = [
            [f"{value_at(usual, name, share):,.3g}" for share in ticks.tolist()]
            for name in ranked[:2]
        ]
        ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
        ax.set_xticks(ticks, levels[0])
        ax.set_yticks(ticks, levels[1])
        ax.set_xlabel(f"{ranked[0]}\n{UNITS[ranked[0]]}")
        ax.set_ylabel(f"{ranked[1]}\n{UNITS[ranked[1]]}")
        ax.spines[["top", "right"]].set_visible(False)
        name_winners(ax, found, side, best, palette)
    return ax


def check_side(side: str) -> None:
    """Refuse a side that does not exist."""
    if side not in {one.name for one in SIDES}:
        raise unknown_name("side", side, [one.name for one in SIDES])


def name_winners(
    ax: Axes, found: Robustness, side: str, best: pd.Series[str], palette: dict[str, str]
) -> None:
    """Name above a map who is best in how many worlds, the commonest on top."""
    rows = found.best[found.best["side"] == side].set_index("programme")
    for line, name in enumerate(reversed(best.value_counts().index.tolist())):
        row = rows.loc[name]
        label = "several alike" if name == TIE else str(name).replace("_", " ")
        ax.annotate(
            f"{label}: {with_interval(row.share, row.low, row.high)}",
            (0.0, 1.0),
            (0.0, 6.0 + 14.0 * line),
            xycoords="axes fraction",
            textcoords="offset points",
            color=palette[name],
            weight="bold",
        )


def shade(
    ax: Axes, places: list[Any], best: pd.Series[str], palette: dict[str, str], cells: int
) -> None:
    """Colour the cells of a map by their commonest winner, the stronger the commoner it is."""
    columns, rows = (np.minimum((place * cells).astype(int), cells - 1) for place in places)
    for column, row in itertools.product(range(cells), repeat=2):
        here = best[(columns == column) & (rows == row)]
        if here.empty:
            continue
        counts = here.value_counts()
        strength = 0.45 * max(2.0 * counts.iloc[0] / len(here) - 0.6, 0.1)
        ax.fill_between(
            [column / cells, (column + 1) / cells],
            row / cells,
            (row + 1) / cells,
            color=palette[counts.index[0]],
            alpha=min(strength, 0.5),
            lw=0,
        )


def share_chart(found: Robustness) -> Figure:
    """Return in what share of worlds each programme beats the baseline, with intervals."""
    scenario = found.scenario
    height = 1.4 + 0.75 * len(SIDES) * len(others(scenario)) ** 0.8
    with styled():
        figure = Figure(figsize=(9.0, height), layout="constrained")
        panels = figure.subplots(len(SIDES), 1, sharex=True, squeeze=False)[:, 0]
        for ax, side in zip(panels, SIDES, strict=True):
            shares(found, side.name, ax)
        for ax in panels[:-1]:
            ax.set_xlabel("")
        figure.suptitle(
            f"{scenario.question}\n{len(found.worlds)} plausible worlds; bars: 95 % interval",
            x=0.01,
            ha="left",
            fontsize=10,
            wrap=True,
        )
        return figure


def shares(found: Robustness, side: str, ax: Axes | None = None) -> Axes:
    """Draw in what share of worlds each programme beats the baseline for a side.

    Bars are 95 % intervals. Parameters as for `winners`.
    """
    check_side(side)
    scenario = found.scenario
    palette = colours([studied.name for studied in scenario.programmes], scenario.baseline)
    names = others(scenario)
    rows = found.beats[found.beats["side"] == side].set_index("programme")
    with styled():
        ax = axes(ax, 9.0, 0.9 + 0.75 * len(names) ** 0.8)
        for place, name in enumerate(names):
            row = rows.loc[name]
            if np.isnan(row.share):
                continue
            ax.plot([100 * row.low, 100 * row.high], [place] * 2, color=palette[name], lw=5,
                    alpha=0.35, solid_capstyle="butt")  # fmt: skip
            ax.plot(100 * row.share, place, "o", color=palette[name], markersize=6)
            ax.annotate(
                with_interval(row.share, row.low, row.high),
                (100 * row.share, place),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=palette[name],
            )
        ax.axvline(50, color="#999999", linewidth=0.8, linestyle=":")
        ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
        for label, name in zip(ax.get_yticklabels(), names, strict=True):
            label.set_color(palette[name])
        ax.set_ylim(len(names) - 0.4, -0.8)
        ax.set_xlim(-4, 104)
        ax.tick_params(axis="y", length=0)
        ax.spines[["left", "top", "right"]].set_visible(False)
        ax.set_title(f"for {about(side)}")
        ax.set_xlabel(f"worlds in which it beats {scenario.baseline.replace('_', ' ')}, %")
    return ax


def pictures(found: Robustness) -> dict[str, Figure]:
    """Return all pictures of a result, by name."""
    return {"robustness-map": world_map(found), "robustness-shares": share_chart(found)}
