"""The report's pictures: SVG to stand in the page, drawn for a phone's width.

Each picture is as wide as a phone, so that its text stays legible there; a wider page sets several
side by side.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from sim.present.i18n import _, language, named
from sim.present.numbers import grouped
from sim.present.plots import STYLE, colours
from sim.questions.compare.pictures import rolling_band
from sim.questions.compare.report.account import Story
from sim.questions.explain.pictures import UNSERVED, partner_colours, stints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 5.0
"""Inches; 360 units of SVG."""
TEXT = 13.0
LINE = 1.3 * TEXT / 72.0
"""Height of a line of text, inches."""
INK, PALE, GRID = "#333333", "#767676", "#DDDDDD"
PAGE: Any = {
    **STYLE,
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "axes.edgecolor": PALE,
    "axes.unicode_minus": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "partnersim",
}
YEAR = 12
A_LINE = 42
"""Letters that fit into a picture's width."""


class Row(NamedTuple):
    """A named value with its interval."""

    name: str
    colour: str
    value: float
    low: float
    high: float
    label: str


def svg(figure: Figure, name: str, alt: str) -> str:
    """Return a figure as an element of a page, its ids under its own name."""
    drawn = io.StringIO()
    with mpl.rc_context(PAGE):
        figure.savefig(
            drawn,
            format="svg",
            transparent=True,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    text = drawn.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    box = re.search(r'viewBox="([^"]*)"', text)
    assert box is not None
    opening = (
        f'<svg viewBox="{box[1]}" role="img" aria-label="{escape(alt)}" '
        f'lang="{language.get()}" xmlns="SVG">'
    ).replace(' xmlns="SVG"', "")
    return opening + text[text.index(">") + 1 :].strip()


def wrapped(name: str, width: int = 16) -> str:
    """Return a programme's name on lines of a few words."""
    return "\n".join(textwrap.wrap(named(name), width, break_long_words=False))


def rows(
    name: str, alt: str, drawn: Sequence[Row], limits: tuple[float, float], at: float = 0.0
) -> str:
    """Return values with their intervals, one below the other, each named above its mark.

    Parameters
    ----------
    limits : of the scale.
    at : where a line marks what values are compared with.
    """
    lines = 2 if any(len(row.name) + len(row.label) > A_LINE for row in drawn) else 1
    pitch = LINE * lines + 0.4
    with mpl.rc_context(PAGE):
        figure = Figure(figsize=(WIDTH, pitch * len(drawn)))
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        reach = limits[1] - limits[0]
        low, high = limits[0] - 0.03 * reach, limits[1] + 0.03 * reach
        ax.plot([at, at], [0.0, len(drawn)], color=PALE, lw=1)
        for place, row in enumerate(drawn):
            y = place + 1.0 - 0.2 / pitch
            ax.plot([low, high], [y, y], color=GRID, lw=1, zorder=0)
            if np.isfinite(row.value):
                ax.plot([at, row.value], [y, y], color=row.colour, lw=3, alpha=0.35)
                ax.plot(row.value, y, "o", color=row.colour, markersize=9)
            if np.isfinite(row.low):
                ax.plot([row.low, row.high], [y, y], color=row.colour, lw=5,
                        solid_capstyle="butt")  # fmt: skip
            line: Any = {"va": "center", "fontsize": TEXT, "color": INK}
            ax.text(low, place + 0.5 * LINE / pitch, row.name, weight="bold",
                    backgroundcolor="white", **{**line, "color": legible(row.colour)})  # fmt: skip
            ax.text(high, place + (lines - 0.5) * LINE / pitch, row.label, ha="right",
                    backgroundcolor="white", **line)  # fmt: skip
        ax.set_xlim(low, high)
        ax.set_ylim(len(drawn), 0.0)
        ax.set_axis_off()
        return svg(figure, name, alt)


def trajectory(
    name: str, alt: str, months: pd.DataFrame, baseline: str, column: str, divisor: float
) -> str:
    """Return one monthly indicator under every programme, with 95 % bands, named at their ends.

    Parameters
    ----------
    divisor : what the indicator is divided by for its unit.
    """
    names = list(months["programme"].unique())
    palette = colours(names, baseline)
    last = float(months["month"].max()) / YEAR
    with mpl.rc_context(PAGE):
        figure = Figure(figsize=(WIDTH, max(2.9, 2 * LINE * len(names) + 0.7)))
        ax = figure.add_axes((0.125, 0.13, 0.475, 0.84))
        ends = {}
        for programme, table in months.groupby("programme", sort=False):
            band = rolling_band(table, column) / divisor
            if band.empty:
                continue
            years = band.index / YEAR
            colour = palette[str(programme)]
            ax.fill_between(years, band["low"], band["high"], color=colour, alpha=0.2, lw=0)
            ax.plot(years, band["mean"], color=colour, linewidth=1.8)
            if np.isfinite(band["mean"].iloc[-1]):
                ends[str(programme)] = float(band["mean"].iloc[-1])
        ax.axvline(0, color=PALE, linewidth=1, linestyle=":")
        ax.set_xlim(right=last)
        ax.margins(x=0)
        ax.locator_params(axis="y", nbins=5)
        ax.locator_params(axis="x", nbins=5, integer=True)
        ax.tick_params(length=0)
        ax.grid(axis="y", color=GRID, lw=0.8)
        ax.set_axisbelow(True)
        ax.spines["left"].set_visible(False)
        speak_ticks(ax)
        name_ends(ax, ends, palette)
        return svg(figure, name, alt)


def speak_ticks(ax: Axes) -> None:
    """Write the numbers of both axes as the language writes them."""
    for axis in (ax.xaxis, ax.yaxis):
        ticks = [float(tick) for tick in axis.get_majorticklocs()]
        low, high = sorted(axis.get_view_interval())
        ticks = [tick for tick in ticks if low - 1e-9 <= tick <= high + 1e-9]
        digits = max((places_of(tick) for tick in ticks), default=0)
        axis.set_ticks(ticks, [grouped(tick, digits) for tick in ticks])


def places_of(value: float) -> int:
    """Return how many decimals a number has.

    >>> places_of(0.25), places_of(3.0)
    (2, 0)
    """
    return len(f"{value:.6g}".partition(".")[2])


def name_ends(ax: Axes, ends: dict[str, float], palette: dict[str, str]) -> None:
    """Write each line's name beside its end, apart from one another."""
    low, high = ax.get_ylim()
    figure: Any = ax.figure
    line = LINE / (ax.get_position().height * figure.get_figheight())
    labels = {name: wrapped(name, 17) for name in ends}
    heights = {name: line * (labels[name].count("\n") + 1) for name in ends}
    ordered = sorted(ends, key=lambda name: ends[name])
    places: list[float] = []
    for before, name in zip([None, *ordered], ordered, strict=False):
        wanted = (ends[name] - low) / (high - low)
        room = (heights[before] + heights[name]) / 2 if before else 0.0
        places.append(max(wanted, places[-1] + room) if before else wanted)
    top = 1.0
    for back in reversed(range(len(places))):
        half = heights[ordered[back]] / 2
        places[back] = min(places[back], top - half)
        top = places[back] - half
    for place, name in zip(places, ordered, strict=True):
        ax.annotate(
            labels[name],
            (1.0, (ends[name] - low) / (high - low)),
            (1.06, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=legible(palette[name]),
            va="center",
            fontsize=TEXT,
            linespacing=1.0,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": palette[name], "lw": 0.8, "shrinkA": 1,
                        "shrinkB": 1, "relpos": (0.0, 0.5)},
        )  # fmt: skip


def lanes(name: str, alt: str, story: Story, programme: str) -> str:
    """Return who served an account and on whose name it was under one programme."""
    months = story.months[story.months["programme"] == programme]
    events = story.events[story.events["programme"] == programme]
    palette = partner_colours(story.months)
    first = min(float(story.events["month"].min()) if len(story.events) else 0.0, 0.0) - 1.0
    bars = (("servicing_partner", _("served by")), ("partner_of_record", _("of record")))
    with mpl.rc_context(PAGE):
        figure = Figure(figsize=(WIDTH, 1.8))
        ax = figure.add_axes((0.02, 0.2, 0.96, 0.78))
        for place, (column, label) in enumerate(bars):
            ax.text(first / YEAR, 1.55 * place - 0.35, label, va="center", fontsize=TEXT)
            for start, end, holder in stints(months, column):
                start = max(start, first)
                colour = UNSERVED if holder is None else palette.get(holder, UNSERVED)
                ax.broken_barh(
                    [(start / YEAR, (end - start) / YEAR)], (1.55 * place, 0.75), color=colour, lw=0
                )
                if holder is not None and end - start > 0.09 * (12 * story.years - first):
                    ax.text((start + end) / 2 / YEAR, 1.55 * place + 0.38, str(holder),
                            color=readable_on(colour), ha="center", va="center",
                            fontsize=TEXT)  # fmt: skip
        for month in events.loc[events["what"] == "churn", "month"]:
            ax.plot((month - 0.5) / YEAR, 1.15, "X", color=INK, markersize=8)
        ax.axvline(0, color=INK, linewidth=1, linestyle=":")
        ax.set_xlim(first / YEAR, story.years)
        ax.set_ylim(2.4, -0.75)
        ax.set_yticks([])
        ax.locator_params(axis="x", nbins=7, integer=True)
        ticks = [tick for tick in ax.get_xticks() if first / YEAR <= tick <= story.years]
        ax.set_xticks(ticks, [grouped(tick, 0) for tick in ticks])
        ax.tick_params(length=0)
        ax.set_frame_on(False)
        return svg(figure, name, alt)


def readable_on(colour: str) -> str:
    """Return the ink that is read best on a colour.

    >>> readable_on("#333333"), readable_on("#E69F00")
    ('white', 'black')
    """
    light = luminance(colour) + 0.05
    return "white" if 1.05 / light >= light / 0.05 else "black"


def legible(colour: str) -> str:
    """Return a colour darkened until text in it is legible on white (contrast 4.5, WCAG AA).

    >>> legible("#0072B2"), legible("#E69F00")
    ('#0072b2', '#9d6c00')
    """
    red, green, blue = to_rgb(colour)
    while 1.05 / (luminance(to_hex((red, green, blue))) + 0.05) < 4.5:
        red, green, blue = 0.98 * red, 0.98 * green, 0.98 * blue
    return to_hex((red, green, blue))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0-1, as WCAG defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
