"""Words and pictures on sensitivity: which assumptions decide, and what to measure first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.plots import BAD, GOOD, NEUTRAL, STYLE
from sim.questions.robustness.ask import SIDES, others
from sim.questions.robustness.words import about as side_in_words
from sim.questions.robustness.words import bare, level, percent, with_interval
from sim.questions.sensitivity.ask import OTHERS, WORTHWHILE, Sensitivity, about
from sim.study.worlds import RANGES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOW, HIGH = GOOD, BAD
"""Colours of the low and the high end of an assumption's range."""
NAMED, MEASURED_FIRST, BARS = 5, 4, 8


# --- words -------------------------------------------------------------------------------------


def sentences(found: Sensitivity) -> list[str]:
    """Return what was found, with its uncertainty and what it rests on."""
    decided = [
        decides(found, name, side.name, side.indicator)
        for name in others(found.scenario)
        for side in SIDES
    ]
    own = departures.sentences(found.scenario.departures)
    return [ground(found), *decided, luck(found), to_measure(found), *own]


def ground(found: Sensitivity) -> str:
    """Return the sentence that says what was varied."""
    return (
        f"All {len(RANGES)} assumptions varied over their declared ranges, under the same luck: "
        f"{found.size.trajectories} trajectories of screening (Morris) chose the "
        f"{found.size.deep} whose shares of variance were worked out (Sobol', "
        f"{found.size.samples} base samples, all other assumptions as one group). Differences are "
        "relative: over the mean of both sizes, so that the size of the market does not drown "
        "them. Total index: the share of variance that an assumption has a hand in; in brackets "
        "its 95 % interval over base samples, for one luck."
    )


def decides(found: Sensitivity, name: str, side: str, indicator: str) -> str:
    """Return the sentence on what decides one difference."""
    subject = f"What {name} does against {found.scenario.baseline} for {side_in_words(side)}"
    subject += undefined(found, name, indicator)
    rows = found.decisive(name, indicator, NAMED)
    everything = about(found.indices, name, indicator, "relative").set_index("assumption")
    if everything.empty:
        return f"{subject} is the same in all worlds, or not defined in them."
    rest = everything.loc[OTHERS]
    left = (
        f"the {len(RANGES) - found.size.deep} that screening put aside have together "
        f"{with_interval(*ends_of(rest, 'total'))}"
    )
    if rows.empty:
        return (
            f"{subject} rests on no single assumption that these samples can tell from luck; "
            f"{left}."
        )
    told = [
        f"{row.assumption} {with_interval(*ends_of(row, 'total'))}" for row in rows.itertuples()
    ]
    return f"{subject} rests most on {', '.join(told)}; {left}."


def undefined(found: Sensitivity, name: str, indicator: str) -> str:
    """Return of how many base samples something is told, if it is undefined in some.

    A base sample counts only if the difference is defined in all of its worlds, so that what is
    told then leaves out worlds in which nobody of that kind is there.
    """
    samples = about(found.indices, name, indicator, "relative")["samples"]
    if samples.empty or samples.iloc[0] == found.size.samples:
        return ""
    return f" (defined in {samples.iloc[0]} of {found.size.samples} base samples)"


def ends_of(row: Any, index: str) -> tuple[float, float, float]:
    """Return an index with its interval, within 0 and 1."""
    parts = (getattr(row, f"{index}{end}") for end in ("", "_low", "_high"))
    value, low, high = (min(max(float(part), 0.0), 1.0) for part in parts)
    return value, low, high


def luck(found: Sensitivity) -> str:
    """Return the sentence on how much luck is left, and how much of it is in the indices."""
    deep = found.indices[found.indices["assumption"] != OTHERS]
    everywhere, at_home = (of_luck(found, found.noise, at) for at in ("share_worlds", "share"))
    return (
        "Luck: of the variance of these differences over plausible worlds so much is luck: "
        f"{everywhere} (told by a second seed in {found.size.twice} of the base samples; "
        f"{found.size.seeds} seeds in the scenario's own world vary by {at_home} of it). With the "
        "same luck for all less of it is in a total index, of a single assumption "
        f"{of_luck(found, deep, 'luck')}; one is named only where its interval lies above its "
        f"part, and from {percent(WORTHWHILE)} on."
    )


def of_luck(found: Sensitivity, table: pd.DataFrame, column: str) -> str:
    """Return for each side from where to where a share of luck goes."""
    parts = []
    for side in SIDES:
        shares = [
            about(table, name, side.indicator, "relative")[column]
            for name in others(found.scenario)
        ]
        known = pd.concat(shares).dropna()
        if len(known):
            ends = sorted({bare(known.min()), bare(known.max())}, key=float)
            parts.append(f"{'–'.join(ends)} % for {side_in_words(side.name)}")
    return ", ".join(parts) or "not known"


def to_measure(found: Sensitivity) -> str:
    """Return the sentence on what to measure to settle the debate, if that can be told."""
    if not found.deciding():
        return (
            "There is nothing to measure: no difference varies over these worlds, or none is "
            "defined in them."
        )
    names = found.told_from_luck()[:MEASURED_FIRST]
    if not names:
        return (
            "At this size nothing can be told from luck, so nothing is recommended to be measured: "
            f"no assumption has a hand in {percent(WORTHWHILE)} of a difference or more with an "
            "interval that lies above luck's part. Take more worlds "
            f"(--samples, here {found.size.samples}; --trajectories, here "
            f"{found.size.trajectories}) and more seeds (--seeds, here {found.size.seeds}), or a "
            "larger market, in which luck weighs less."
        )
    records = {each["name"]: each for each in found.scenario.catalogue}
    own = {one.name: departures.sourced(one) for one in found.scenario.departures}
    told = [measured(records[name], own.get(name)) for name in names]
    return f"To settle the debate, measure first: {'; '.join(told)}."


def measured(record: dict[str, Any], own: str | None) -> str:
    """Return an assumption with its value, range and source.

    Parameters
    ----------
    own : who stated the value, and the default, if it is not the shipped one.
    """
    low, high = (level(end) for end in RANGES[record["name"]])
    return (
        f"{record['name']} ({record['meaning'].rstrip('.')}; here {level(record['value'])}, "
        f"{own or 'source ' + record['source']}; plausible {low} to {high} {record['unit']})"
    )


def tables(found: Sensitivity) -> list[Table]:
    """Return the terminal's table: total index of each deep assumption for each difference."""
    names = others(found.scenario)
    table = Table(
        caption="Share of the variance of a relative difference to the baseline that an assumption "
        "has a hand in (total index), with its 95 % interval; strong where surely above what luck "
        "makes of it.",
        caption_justify="left",
    )
    table.add_column("")
    for name in names:
        for side in SIDES:
            table.add_column(Text(f"{name}\n{side.name}"), justify="right", overflow="fold")
    for assumption in [*found.deciding(), OTHERS]:
        cells = []
        for name in names:
            for side in SIDES:
                rows = about(found.indices, name, side.indicator, "relative")
                rows = rows[rows["assumption"] == assumption]
                cells.append(cell(rows.iloc[0]) if len(rows) else Text("–"))
        table.add_row(Text(assumption), *cells)
    return [table]


def cell(row: Any) -> Text:
    """Return one total index with its interval."""
    value, low, high = ends_of(row, "total")
    is_sure = row.total_low > row.luck
    return Text(f"{percent(value)}\n[{bare(low)}, {bare(high)}]", style="" if is_sure else "dim")


# --- pictures ----------------------------------------------------------------------------------

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


def save(folder: Path, found: Sensitivity) -> list[Path]:
    """Write both pictures as PNG and SVG into a folder; return where."""
    figures = {"tornado": tornado(found), "indices": index_bars(found)}
    paths = []
    with mpl.rc_context({"svg.hashsalt": "partnersim"}):
        for name, figure in figures.items():
            for kind in ("png", "svg"):
                about_file: Any = {"Date": None} if kind == "svg" else None
                paths.append(folder / f"{name}.{kind}")
                figure.savefig(paths[-1], dpi=150, metadata=about_file)
    return paths
