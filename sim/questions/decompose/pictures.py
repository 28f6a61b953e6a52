"""The picture of what each clause carries: a waterfall."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from sim.present.numbers import amount, bare_change, counted, scale_of
from sim.present.plots import BAD, GOOD, NEUTRAL, axes, styled
from sim.questions.decompose.words import sure
from sim.study.indicators import BY_NAME

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHOLE = "#777777"


def waterfall(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the way from one programme to the other, clause by clause.

    Each bar begins where the one above ends; whiskers are a clause's own 95 % interval.

    Parameters
    ----------
    table : of `sim.decompose`.
    ax : where to draw; by default on new axes.
    """
    attrs = table.attrs
    divisor, suffix = scale_of(attrs["level"], attrs["unit"])
    with styled():
        ax = axes(ax, 11.0, 1.6 + 0.62 * len(table))
        labels, at = [], 0.0
        for place, row in enumerate(table.itertuples()):
            draw_step(ax, place, at, row, attrs, divisor)
            labels.append(spelt_label(row))
            at += row.contribution / divisor
        ends = [attrs[key] / divisor for key in ("difference", "low", "high")]
        bar(ax, len(table), 0.0, ends[0], ends[1:], WHOLE)
        write_change(ax, len(table), (0.0, *ends), attrs)
        ax.axvline(0.0, color="#999999", linewidth=0.8)
        ax.set_yticks(range(len(table) + 1), [*labels, "whole difference"])
        ax.get_yticklabels()[-1].set_fontweight("bold")
        ax.set_ylim(len(table) + 0.6, -0.6)
        ax.use_sticky_edges = False
        ax.margins(x=0.2)
        ax.spines[["top", "right"]].set_visible(False)
        unit = suffix.strip().replace("%", "points")
        title = BY_NAME[attrs["indicator"]].title
        ax.set_xlabel(f"{title}: change against {attrs['start']}{', ' if unit else ''}{unit}")
    return ax


def picture(table: pd.DataFrame, question: str) -> Figure:
    """Return the waterfall under the question that it answers."""
    attrs = table.attrs
    with styled():
        figure = Figure(figsize=(11.0, 2.4 + 0.62 * len(table)), layout="constrained")
        waterfall(table, figure.subplots())
        figure.suptitle(
            f"{question}\nFrom {attrs['start']} "
            f"({amount(attrs['level'], attrs['unit'])}) to {attrs['end']} "
            f"({amount(attrs['level'] + attrs['difference'], attrs['unit'])}): what each clause "
            f"carries. Whiskers: 95 % interval over {counted(len(attrs['seeds']), 'seed')} with "
            "common luck; pale where it includes zero.",
            x=0.01,
            ha="left",
            fontsize=10,
            wrap=True,
        )
        return figure


def spelt_label(row: Any) -> str:
    """Return a clause with what it says under either programme, in short lines."""
    told = f"{row.clause}: {row.start} → {row.end}"
    return "\n".join(textwrap.wrap(told, 46))


def draw_step(ax: Axes, place: int, at: float, row: Any, attrs: Any, divisor: float) -> None:
    """Draw one clause's bar, from where the clauses before it led."""
    step, low, high = (value / divisor for value in (row.contribution, row.low, row.high))
    good = BY_NAME[attrs["indicator"]].better * step
    colour = GOOD if good > 0 else BAD if good < 0 else NEUTRAL
    alpha = 0.85 if sure(low, high) else 0.3
    bar(ax, place, at, step, (at + low, at + high), colour, alpha)
    ax.plot([at + step] * 2, [place - 0.32, place + 1.32], color="#999999", linewidth=0.7)
    ends = (at, at + step, at + low, at + high)
    told = {"difference": row.contribution, "low": row.low, "high": row.high}
    write_change(ax, place, ends, {**attrs, **told})


def bar(
    ax: Axes, place: int, at: float, step: float, ends: Any, colour: str, alpha: float = 1.0
) -> None:
    """Draw a bar with whiskers."""
    ax.barh(place, step, left=at, height=0.64, color=colour, alpha=alpha)
    ax.plot(ends, [place] * 2, color="black", linewidth=1.1)
    for end in ends:
        ax.plot([end] * 2, [place - 0.1, place + 0.1], color="black", linewidth=1.1)


def write_change(ax: Axes, place: int, ends: tuple[float, ...], attrs: Any) -> None:
    """Write a change with its interval beside its bar and whiskers."""
    told = bare_change(*(attrs[key] for key in ("difference", "low", "high", "level", "unit")))
    ax.annotate(
        told,
        (max(end for end in ends if end == end), place),
        (6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
    )


def pictures(table: pd.DataFrame, question: str) -> dict[str, Figure]:
    """Return all pictures of a result, by name."""
    return {"waterfall": picture(table, question)}
