"""Words and pictures on robustness: who is best in how many worlds, and where that flips."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.numbers import counted
from sim.present.plots import axes, colours, styled
from sim.questions.robustness.ask import SIDES, TIE, Robustness, others
from sim.study.indicators import BY_NAME
from sim.study.worlds import RANGES, UNITS, value_at
from sim.world.errors import unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNDECIDED = "#BBBBBB"
MEASURED = {"vendor": "NPV", "active partners": "income", "clients": "least churn"}
"""What a side is judged by, in a word or two; `SIDES` names the indicators."""
A_CELL = 12
"""Worlds that a cell of a map should hold, for its commonest winner to mean something."""


def percent(share: float) -> str:
    """Return a share as a percentage.

    >>> percent(0.184), percent(0.004)
    ('18 %', '0.4 %')
    """
    return f"{bare(share)} %"


def bare(share: float) -> str:
    """Return a share as a percentage without the sign; what is not all is never 100.

    >>> bare(0.996), bare(0.99999), bare(1.0)
    ('99.6', '99.9', '100')
    """
    value = 100.0 * share
    if 99.05 < value < 100.0:
        return f"{min(value, 99.9):.1f}"
    return f"{value:.1f}" if 0.0 < value < 0.95 else f"{value:.0f}"


def with_interval(share: float, low: float, high: float) -> str:
    """Return a share with its interval.

    >>> with_interval(0.18, 0.13, 0.24)
    '18 % [13, 24]'
    """
    if np.isnan(share):
        return "no known share"
    return f"{percent(share)} [{bare(low)}, {bare(high)}]"


def level(value: float) -> str:
    """Return the value of an assumption, to three digits.

    >>> level(30_000.0), level(0.01254)
    ('30 000', '0.0125')
    """
    return f"{float(f'{value:.3g}'):,.6g}".replace(",", " ")


def condition(assumption: str, sign: str, bound: float) -> str:
    """Return a condition in words.

    >>> condition("arpa", "<=", 8300.0)
    'arpa is at most 8 300 RUB per month'
    """
    told = "above" if sign == ">" else "at most"
    return f"{assumption} is {told} {level(bound)} {UNITS[assumption]}"


# --- words -------------------------------------------------------------------------------------


def sentences(found: Robustness) -> list[str]:
    """Return what was found, with its uncertainty and what it rests on."""
    own = departures.sentences(found.scenario.departures)
    return [whole(found), best(found), *closing(found), *own]


def whole(found: Robustness) -> str:
    """Return the sentence that says what the worlds are."""
    usual = found.scenario.assumptions
    at_ends = [name for name in found.worlds if getattr(usual, name) in RANGES[name]]
    kept = (
        f" ({', '.join(at_ends)}: as it is in half of the worlds, since the scenario's own value "
        "is an end of the range)"
        if at_ends
        else ""
    )
    return (
        f"{counted(len(found.worlds), 'plausible world')}, each with its own luck: all "
        f"{len(found.worlds.columns)} assumptions drawn independently from their declared ranges, "
        f"as often below the scenario's own value as above it{kept}. Shares of worlds are no "
        "probabilities of being right; intervals are 95 %, binomial."
    )


def best(found: Robustness) -> str:
    """Return the sentence on who is best for whom."""
    parts = []
    for side in SIDES:
        all_rows = found.best[found.best["side"] == side.name]
        rows = all_rows[all_rows["share"] > 0.0]
        ranked = rows.sort_values("share", ascending=False, kind="stable")
        told = [
            f"{'several alike' if row.programme == TIE else row.programme} in "
            f"{with_interval(row.share, row.low, row.high)}"
            for row in ranked.itertuples()
        ]
        of_all = defined(found, int(all_rows["worlds"].max()))
        parts.append(f"for {about(side.name)}{of_all} {', '.join(told) or 'nobody is known to be'}")
    return f"Best {'; '.join(parts)}."


def defined(found: Robustness, worlds: int) -> str:
    """Return in how many worlds an indicator is defined, if not in all.

    A world in which nobody of a kind is there under some programme counts for none, so that a
    share is one of the other worlds.
    """
    return "" if worlds == len(found.worlds) else f", defined in {worlds} worlds,"


def about(side: str) -> str:
    """Return a side with what it is judged by."""
    return f"{'active partners' if side == 'active partners' else f'the {side}'} ({MEASURED[side]})"


def closing(found: Robustness) -> list[str]:
    """Return a sentence on each programme against the baseline, and one on luck."""
    said = [against(found, name) for name in others(found.scenario)]
    return [*said, luck(found)]


def against(found: Robustness, name: str) -> str:
    """Return the sentence on where one programme beats the baseline."""
    rows = found.beats[found.beats["programme"] == name].set_index("side")
    shares = [
        f"for {about(side.name)}{defined(found, rows.loc[side.name, 'worlds'])} in "
        f"{with_interval(*rows.loc[side.name, ['share', 'low', 'high']])}"
        for side in SIDES
    ]
    told = (
        f"{name} beats {found.scenario.baseline} {shares[0]} of "
        f"{counted(rows.loc[SIDES[0].name, 'worlds'], 'plausible world')}, {shares[1]}, {shares[2]}"
    )
    return f"{told}; {flip(found, name)}."


def flip(found: Robustness, name: str) -> str:
    """Return where the vendor's answer flips, in worlds that say so and in others."""
    rows = found.conditions
    rows = rows[(rows["programme"] == name) & (rows["side"] == SIDES[0].name)]
    if rows.empty:
        beats = found.beats.set_index(["side", "programme"]).loc[(SIDES[0].name, name)]
        return (
            "for the vendor no few conditions tell where"
            if can_flip(beats)
            else "for the vendor it never turns the other way"
        )
    box = rows[rows["box"] == 1]
    first = box.iloc[0]
    wins = "wins" if first["flip"] == "beats" else "loses"
    often = "mostly" if first["coverage"] > 0.5 else "more often"
    held = [condition(row.assumption, row.sign, row.bound) for row in box.itertuples()]
    boxes = int(rows["box"].max())
    such = "such conditions" if boxes == 1 else f"all {boxes} sets of such conditions together"
    return (
        f"for the vendor it {wins} {often} where {' and '.join(held)} "
        f"({percent(first['coverage'])} of the worlds in which it {wins}; it {wins} in "
        f"{percent(first['density'])} of such worlds; {such}, in worlds from which they were not "
        f"made: {percent(first['held_out_coverage'])} and {percent(first['held_out_density'])})"
    )


def can_flip(beats: Any) -> bool:
    """Return whether a comparison with the baseline goes one way in some worlds, not in others.

    Parameters
    ----------
    beats : a row of `Robustness.beats`.
    """
    return bool(min(beats["share"], beats["loses"]) > 0.0)


def luck(found: Robustness) -> str:
    """Return the sentence on how much luck is left in the shares."""
    parts = []
    for side in SIDES:
        rows = found.beats[found.beats["side"] == side.name].dropna(subset="turns")
        if len(rows):
            ends = sorted({bare(rows["turns"].min()), bare(rows["turns"].max())}, key=float)
            parts.append(f"{'–'.join(ends)} % of worlds for {about(side.name)}")
    few, many = int(found.beats["twice"].min()), int(found.beats["twice"].max())
    least = "" if few == many else f", defined in both lives in {few} of them or more"
    return (
        f"Luck, told by a second seed in {many} of the worlds{least}: the sign against "
        f"{found.scenario.baseline} turns in {', '.join(parts) or 'no known share of worlds'}."
    )


def tables(found: Robustness) -> list[Table]:
    """Return the terminal's tables: who is best, and where the answer flips."""
    first = Table(
        caption=f"Share of {len(found.worlds)} plausible worlds in which a programme is best, with "
        "its 95 % interval; below, that in which it beats the baseline.",
        caption_justify="left",
    )
    first.add_column("")
    for side in SIDES:
        first.add_column(f"{side.name}\n{BY_NAME[side.indicator].title}", justify="right")
    bests, beats = (table.set_index(["side", "programme"]) for table in (found.best, found.beats))
    for name in found.best["programme"].unique():
        cells = []
        for side in SIDES:
            row = bests.loc[(side.name, name)]
            text = Text(with_interval(row.share, row.low, row.high))
            if (side.name, name) in beats.index:
                row = beats.loc[(side.name, name)]
                beaten = with_interval(row.share, row.low, row.high)
                text.append(f"\nbeats it in {beaten}", style="dim")
            cells.append(text)
        is_base = name == found.scenario.baseline
        label = "several alike" if name == TIE else f"{name}\n(baseline)" if is_base else name
        first.add_row(Text(label), *cells)
    return [first, flips(found)] if len(found.conditions) else [first]


def flips(found: Robustness) -> Table:
    """Return the table of boxes: conditions, coverage and density."""
    table = Table(
        caption="Coverage: share of the flipped worlds that lie in the box. Density: share of the "
        "box's worlds that are flipped; with all boxes together, in worlds they were not made "
        "from, in brackets.",
        caption_justify="left",
    )
    for heading in ("where", "it", "against the baseline for", "coverage", "density"):
        table.add_column(heading, overflow="fold")
    keys = ["side", "programme", "flip", "box"]
    for (side, name, kind, _), box in found.conditions.groupby(keys, sort=False):
        first = box.iloc[0]
        held = [condition(row.assumption, row.sign, row.bound) for row in box.itertuples()]
        table.add_row(
            Text("\n".join(held)),
            Text(f"{name} {'wins' if kind == 'beats' else 'loses'}"),
            Text(str(side)),
            f"{percent(first['coverage'])} ({percent(first['held_out_coverage'])})",
            f"{percent(first['density'])} ({percent(first['held_out_density'])})",
        )
    return table


# --- pictures ----------------------------------------------------------------------------------


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


def save(folder: Path, found: Robustness) -> list[Path]:
    """Write both pictures as PNG and SVG into a folder; return where."""
    figures = {"robustness-map": world_map(found), "robustness-shares": share_chart(found)}
    paths = []
    with mpl.rc_context({"svg.hashsalt": "partnersim"}):
        for name, figure in figures.items():
            for kind in ("png", "svg"):
                about_file: Any = {"Date": None} if kind == "svg" else None
                paths.append(folder / f"{name}.{kind}")
                figure.savefig(paths[-1], dpi=150, metadata=about_file)
    return paths
