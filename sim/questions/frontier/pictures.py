"""The picture of a frontier: what is good for one side against what is good for another."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.present import plots
from sim.present.numbers import counted, scale_of
from sim.present.plots import styled
from sim.questions.frontier.ask import DOMINATED, UNDOMINATED, Frontier
from sim.questions.frontier.words import programmes, scenario_of
from sim.study.indicators import BY_NAME
from sim.world import scenario as scenarios

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (11.5, 7.5)
FRAME = (0.08, 0.09, 0.80, 0.77)
"""Left, bottom, width and height of the plot in the picture; fixed, so labels can be placed."""
TRIED = "#CCCCCC"
LINE = 150
"""Characters in a line above the picture."""
MARGIN = 0.06
"""Of the range of what is drawn, on each side."""
PLACES = tuple(
    (far * x, far * y)
    for far in (7.0, 13.0, 21.0, 32.0, 45.0)
    for x, y in (
        (1, 0),
        (-1, 0),
        (0.7, 0.9),
        (0.7, -0.9),
        (-0.7, 0.9),
        (-0.7, -0.9),
        (0, 1),
        (0, -1),
    )
)
"""Where a label may stand beside its point, points of print, in order of preference."""


def picture(found: Frontier) -> Figure:
    """Return the frontier, with everything that was tried."""
    with styled():
        figure = Figure(figsize=SIZE)
        ax = frontier(found, figure.add_axes(FRAME))
        draw_tried(ax, found)
        figure.text(0.01, 0.985, caption(found), va="top", fontsize=9.5)
        return figure


def frontier(found: Frontier, ax: Axes | None = None) -> Axes:
    """Draw a frontier: the second aim across, the first upward, the third as colour.

    Round: found, on the frontier, with the 95 % intervals of their differences to the baseline; a
    grey rim: not distinguishable from a better one. Diamonds: known programmes.

    Parameters
    ----------
    found : of `sim.frontier`.
    ax : where to draw; by default on new axes.
    """
    table = found.table
    aims = list(table.attrs["units"])
    with styled():
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.figure(figsize=SIZE).add_axes(FRAME)
        scales = scales_of(table)
        points = {aim: table[aim] / scales[aim][0] for aim in aims}
        limit(ax, *(drawn_range(table, aim, scales[aim][0]) for aim in (aims[1], aims[0])))
        draw_programmes(ax, table, points, scales)
        label(ax, table, points)
        titles = [f"{BY_NAME[aim].title},{scales[aim][1]}{per(BY_NAME[aim].unit)}" for aim in aims]
        ax.set_ylabel(titles[0])
        ax.set_xlabel(titles[1])
        ax.spines[["top", "right"]].set_visible(False)
    return ax


def scales_of(table: pd.DataFrame) -> dict[str, tuple[float, str]]:
    """Return the divisor and suffix in which each aim is best read."""
    return {
        aim: scale_of(float(table[aim].abs().median()), BY_NAME[aim].unit)
        for aim in table.attrs["units"]
    }


def per(unit: str) -> str:
    """Return what a sum of money is counted by.

    >>> per("RUB per member-year"), per("per month")
    (' per member-year', '')
    """
    return unit.removeprefix("RUB") if unit.startswith("RUB per") else ""


def drawn_range(table: pd.DataFrame, aim: str, divisor: float) -> Any:
    """Return the levels of an aim with the ends of the bars of those on the frontier."""
    is_front = table["is_found"] & (table["status"] != DOMINATED)
    ends = [
        (table[aim] - table[f"{aim}_difference"] + table[f"{aim}_{end}"])[is_front]
        for end in ("low", "high")
    ]
    return pd.concat([table[aim], *ends]) / divisor


def limit(ax: Axes, across: Any, upward: Any) -> None:
    """Set the axes to what is drawn, with a margin."""
    for values, put in ((across, ax.set_xlim), (upward, ax.set_ylim)):
        low, high = float(values.min()), float(values.max())
        room = MARGIN * ((high - low) or 1.0)
        put(low - room, high + 2.0 * room)


def draw_tried(ax: Axes, found: Frontier) -> None:
    """Draw all programmes tried, where the search saw them less the luck of its seeds.

    That luck is how much better the finds did on the search's seeds than on others, on average.
    """
    base = found.table.set_index("programme").loc[found.scenario.baseline]
    finds = found.table[found.table["is_found"]]
    scales = scales_of(found.table)
    up, across = (
        (
            base[aim]
            + found.tried[aim]
            + (finds[f"{aim}_difference"] - finds[f"{aim}_in_search"]).mean()
        )
        / scales[aim][0]
        for aim in found.search.aims[:2]
    )
    ax.scatter(across, up, s=5, color=TRIED, linewidths=0, zorder=1)


def draw_programmes(
    ax: Axes,
    table: pd.DataFrame,
    points: dict[str, Any],
    scales: dict[str, tuple[float, str]],
) -> None:
    """Draw the frontier, with the 95 % intervals of its differences, and what is known."""
    aims = list(points)
    is_front = table["is_found"] & (table["status"] != DOMINATED)
    third = aims[2] if len(aims) > 2 else None
    colour = points[third] if third else pd.Series("#0072B2", table.index)
    look: Any = {"zorder": 5}
    if third:
        shown = colour[is_front | ~table["is_found"]]
        look |= {"cmap": "viridis_r" if BY_NAME[third].better > 0 else "viridis"}
        look |= {"vmin": float(shown.min()), "vmax": float(shown.max())}
    x, y = points[aims[1]], points[aims[0]]
    reach = [
        ((table[f"{aim}_high"] - table[f"{aim}_low"]) / 2.0 / scales[aim][0])[is_front]
        for aim in aims
    ]
    bars: Any = {"xerr": reach[1], "yerr": reach[0], "fmt": "none", "ecolor": "#999999"}
    ax.errorbar(x[is_front], y[is_front], **bars, lw=0.7, zorder=2)
    rims = list(np.where(table["status"][is_front] == UNDOMINATED, "black", "#AAAAAA"))
    drawn = ax.scatter(
        x[is_front], y[is_front], s=75, c=colour[is_front], edgecolors=rims, linewidths=0.9, **look
    )
    known = ~table["is_found"]
    ax.scatter(x[known], y[known], s=30, marker="D", c=colour[known], linewidths=0, **look)
    if third:
        figure: Any = ax.figure
        bar = figure.colorbar(drawn, cax=ax.inset_axes((1.025, 0.08, 0.021, 0.78)))
        bar.set_label(f"{BY_NAME[third].title},{scales[third][1]}{per(BY_NAME[third].unit)}")


def label(ax: Axes, table: pd.DataFrame, points: dict[str, Any]) -> None:
    """Write each programme's name beside its point, the frontier's and the scenario's first."""
    aims = list(points)
    is_drawn = ~(table["is_found"] & (table["status"] == DOMINATED))
    rows = pd.DataFrame(
        {
            "name": table["programme"],
            "is_found": table["is_found"],
            "is_other": table["programme"].str.contains("/"),
            "x": points[aims[1]],
            "y": points[aims[0]],
        }
    )[is_drawn]
    dots_per_point = ax.figure.dpi / 72.0
    at = ax.transData.transform(rows[["x", "y"]].to_numpy(np.float64)) / dots_per_point
    taken = [(x - 4.0, y - 4.0, x + 4.0, y + 4.0) for x, y in at]
    short = rows["name"].str.rpartition("/")[2]
    is_clear = ~short.duplicated(keep=False) | ~rows["is_other"]
    rows["text"] = short.where(is_clear, rows["name"]).str.replace("_", " ").str.replace("/", ": ")
    order = np.lexsort((rows["is_other"], ~rows["is_found"]))
    for place in order:
        row = rows.iloc[place]
        size = 6.5 if row["is_other"] else 8.5
        text = row["text"]
        width, height = 0.52 * size * len(text), 1.1 * size
        box, (dx, dy) = free_place(at[place], width, height, taken)
        taken.append(box)
        far = abs(dx) + abs(dy) > 22.0
        ax.annotate(
            text,
            (row["x"], row["y"]),
            (dx, dy),
            textcoords="offset points",
            ha="left" if dx > 0 else "right" if dx < 0 else "center",
            va="center",
            fontsize=size,
            weight="normal" if row["is_other"] else "bold",
            color="#666666" if row["is_other"] else "black",
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#999999"} if far else None,
            zorder=6,
        )


Box = tuple[float, float, float, float]


def free_place(
    point: Any, width: float, height: float, taken: list[Box]
) -> tuple[Box, tuple[float, float]]:
    """Return the box and offset of a label that covers least of what is there.

    Parameters
    ----------
    point : where the label belongs, points of print; so are the rest.
    taken : boxes that are not free: left, bottom, right, top.
    """
    best: tuple[float, Box, tuple[float, float]] | None = None
    for dx, dy in PLACES:
        left = point[0] + dx - (0.0 if dx > 0 else width if dx < 0 else width / 2.0)
        box = (left, point[1] + dy - height / 2.0, left + width, point[1] + dy + height / 2.0)
        covered = sum(overlap(box, other) for other in taken)
        if best is None or covered < best[0]:
            best = (covered, box, (dx, dy))
        if not covered:
            break
    assert best is not None
    return best[1], best[2]


def overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share.

    >>> overlap((0.0, 0.0, 2.0, 2.0), (1.0, 1.0, 5.0, 5.0))
    1.0
    """
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def caption(found: Frontier) -> str:
    """Return what the picture shows."""
    search = found.search
    kept = "earlier clients keep their contract" if search.is_grandfathered else "for all clients"
    told = (
        f"Round: found, and judged again on {counted(search.seeds, 'seed')} that the search had "
        "not seen (bars: 95 % interval of the paired difference to "
        f"{found.scenario.baseline}; grey rim: not distinguishable from a better one). Diamonds: "
        f"known programmes, small names from other scenarios; {kept}. Grey dots: all "
        f"{len(found.tried)} tried, on {counted(search.search_seeds, 'seed')}, less the luck of "
        "these."
    )
    first = "Programmes that nobody can improve for one side without hurting another"
    return "\n".join([f"{first}: {found.scenario.name}", *textwrap.wrap(told, LINE)])


def pictures(found: Frontier) -> dict[str, Figure]:
    """Return all pictures of a result, by name."""
    return {"frontier": picture(found)}


def save(folder: Path, found: Frontier) -> None:
    """Write the picture (PNG, SVG) and each programme on the frontier as a scenario file."""
    plots.save(folder, {"frontier": picture(found)})
    place = folder / "programmes"
    place.mkdir()
    for one in programmes(found):
        text = scenarios.dumps(scenario_of(found, one["programme"], one["says"]))
        (folder / one["scenario"]).write_text(text, encoding="utf-8")
