"""Pictures of a comparison: trajectories with uncertainty, and every policy by every indicator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.present import plots
from sim.present.numbers import amount, bare_change, bare_interval, counted, scale_of
from sim.present.plots import BAD, GOOD, NEUTRAL, SHOWN, YEAR, axes, colours, styled
from sim.questions.robustness import pictures as in_worlds
from sim.questions.robustness.ask import Robustness
from sim.study.columns import MONTHLY
from sim.study.differences import interval, is_sure
from sim.study.experiment import Results
from sim.study.indicators import BY_NAME, HEADLINES
from sim.world.errors import unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEYS = {"programme", "seed", "month"}


def rolling_band(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the mean over seeds of a year's rolling mean, with its 95 % interval, by month."""
    wide = table.pivot(index="month", columns="seed", values=column)
    smooth = wide.rolling(YEAR, min_periods=YEAR).mean().dropna(how="all")
    bands = [interval(row) for row in smooth.to_numpy(np.float64)]
    return pd.DataFrame(bands, index=smooth.index, columns=["mean", "low", "high"])


def trajectories(
    months: pd.DataFrame, indicator: str, ax: Axes | None = None, *, baseline: str | None = None
) -> Axes:
    """Draw a monthly indicator under every programme: a year's rolling mean, with its 95 % band.

    Parameters
    ----------
    months : indicators by month, such as those of `sim.simulate`, with the columns programme and
        seed; or those of a single run, without.
    indicator : a column of it.
    ax : where to draw; by default on new axes.
    baseline : the programme in black; by default the first.

    Raises
    ------
    BadInput
        If there is no such column.
    """
    if indicator not in months.columns or indicator in KEYS:
        raise unknown_name("indicator", indicator, set(months.columns) - KEYS)
    if "programme" not in months:
        months = months.assign(programme="", seed=1)
    title, divisor, unit = caption(months, indicator)
    names = [str(name) for name in months["programme"].unique()]
    palette = colours(names, names[0] if baseline is None else baseline)
    ends = {}
    with styled():
        ax = axes(ax, 8.0, 3.6)
        for name, table in months.groupby("programme", sort=False):
            band = rolling_band(table, indicator) / divisor
            if band.empty:
                continue
            years, colour = band.index / YEAR, palette[str(name)]
            ax.plot(years, band["mean"], color=colour, linewidth=1.6)
            ax.fill_between(years, band["low"], band["high"], color=colour, alpha=0.18, lw=0)
            ends[str(name)] = float(band["mean"].iloc[-1])
        ax.axvline(0, color="#999999", linewidth=0.8, linestyle=":")
        ax.set_title(title)
        ax.set_ylabel(unit)
        ax.set_xlabel("years after the decision")
        ax.spines[["top", "right"]].set_visible(False)
        label_ends(ax, ends, palette, float(months["month"].max()) / YEAR)
    return ax


def caption(months: pd.DataFrame, indicator: str) -> tuple[str, float, str]:
    """Return an indicator's title, divisor and unit, a month's."""
    for name, title, divisor, unit in SHOWN:
        if name == indicator:
            return title, divisor, unit
    unit = MONTHLY.get(indicator, "")
    divisor, suffix = scale_of(float(months[indicator].abs().max()), unit)
    suffix = suffix.strip().replace("%/month", "% a month")
    title = BY_NAME[indicator].title if indicator in BY_NAME else indicator.replace("_", " ")
    told = f"{suffix} a month" if unit == "RUB per month" else suffix or unit
    return f"{title[0].upper()}{title[1:]}", divisor, told


def label_ends(ax: Axes, ends: dict[str, float], palette: dict[str, str], years: float) -> None:
    """Write each line's name at its end, apart from one another."""
    low, high = ax.get_ylim()
    gap = 0.075 * (high - low)
    ordered = sorted(ends.items(), key=lambda item: item[1])
    places: list[float] = []
    for _, value in ordered:
        places.append(max(value, places[-1] + gap) if places else value)
    pushed = sum(place - value for place, (_, value) in zip(places, ordered, strict=True))
    for place, (name, value) in zip(places, ordered, strict=True):
        ax.annotate(
            name.replace("_", " "),
            (years, value),
            (years * 1.03, place - pushed / len(places)),
            color=palette[name],
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    ax.set_xlim(right=years)


def small_multiples(results: Results) -> Figure:
    """Return small multiples of the main monthly indicators, before and after the decision."""
    with styled():
        figure = Figure(figsize=(12, 9.5), layout="constrained")
        panels = figure.subplots(3, 2, sharex=True)
        for ax, (column, *_) in zip(panels.flat, SHOWN, strict=True):
            trajectories(results.months, column, ax, baseline=results.scenario.baseline)
        for ax in panels[:-1].flat:
            ax.set_xlabel("")
        seeds = results.months["seed"].nunique()
        figure.suptitle(
            f"{results.scenario.question}\n"
            f"Rolling 12-month means over {counted(seeds, 'seed')} with common luck; bands: 95 % "
            "interval of the mean. "
            f"Before the dotted line: {results.scenario.incumbent.policy.name}.",
            x=0.01,
            ha="left",
            fontsize=10,
        )
        return figure


def differences(
    comparison: pd.DataFrame, indicators: Sequence[str] = HEADLINES, ax: Axes | None = None
) -> Axes:
    """Draw every programme's paired difference to the baseline, indicator by indicator.

    A cell says level and difference with its 95 % interval; its colour says for whom the sign is
    good (blue: better for whom the row is about; orange: worse; grey: one side's gain is another's
    cost), its strength how large the change is against the baseline. It is white where the
    interval includes zero.

    Parameters
    ----------
    comparison : of `sim.compare`.
    indicators : the rows, from the top.
    ax : where to draw; by default on new axes.

    Raises
    ------
    BadInput
        If there is no such indicator.
    """
    for indicator in indicators:
        if indicator not in BY_NAME:
            raise unknown_name("indicator", indicator, BY_NAME)
    baseline = comparison.attrs["baseline"]
    names = [baseline, *(n for n in comparison["programme"].unique() if n != baseline)]
    rows = comparison.set_index(["indicator", "programme"])
    with styled():
        ax = axes(ax, 2.8 + 2.25 * len(names), 0.7 + 0.52 * len(indicators))
        for y, indicator in enumerate(indicators):
            for x, name in enumerate(names):
                draw_cell(ax, x, y, rows.loc[(indicator, name)], indicator, name == baseline)
        ax.set_xlim(0, len(names))
        ax.set_ylim(len(indicators), 0)
        ax.set_xticks(np.arange(len(names)) + 0.5)
        ax.set_xticklabels(
            [
                name.replace("_", " ") + ("\n(baseline)" if name == baseline else "")
                for name in names
            ],
            weight="bold",
        )
        ax.set_yticks(np.arange(len(indicators)) + 0.5)
        ax.set_yticklabels([BY_NAME[indicator].title for indicator in indicators])
        ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
        for side in ax.spines.values():
            side.set_visible(False)
    return ax


def policy_by_indicator(comparison: pd.DataFrame, question: str) -> Figure:
    """Return a picture of the differences under the question they answer."""
    names = comparison["programme"].unique()
    with styled():
        figure = Figure(
            figsize=(2.8 + 2.25 * len(names), 1.6 + 0.52 * len(HEADLINES)), layout="constrained"
        )
        ax = differences(comparison, HEADLINES, figure.subplots())
        ax.set_title(
            f"{question}\nLevel, and difference to the baseline with its 95 % interval, "
            f"{counted(len(comparison.attrs['seeds']), 'seed')}. Blue: better for whom the row is "
            "about; orange: worse; grey: one side's gain is another's cost; white: not "
            "distinguishable.",
            fontsize=9,
            pad=14,
            weight="normal",
            wrap=True,
        )
        return figure


def draw_cell(ax: Axes, x: int, y: int, row: Any, indicator: str, is_baseline: bool) -> None:
    """Draw one cell of the policy-by-indicator picture."""
    declared = BY_NAME[indicator]
    sure = is_sure(row)
    colour, strength = "white", 0.0
    if sure and not is_baseline:
        sign = declared.better * row.difference
        colour = NEUTRAL if sign == 0 else GOOD if sign > 0 else BAD
        strength = 0.10 + 0.5 * min(abs(row.relative) / 0.5, 1.0)
    if is_baseline:
        below = bare_interval(row.level_low, row.level_high, row.level, declared.unit)
    elif np.isnan(row.difference):
        below = ""
    else:
        base = row.level - row.difference
        below = bare_change(row.difference, row.low, row.high, base, declared.unit)
    words: Any = {"ha": "center", "va": "center"}
    level = amount(row.level, declared.unit)
    ax.fill_between([x + 0.02, x + 0.98], y + 0.04, y + 0.96, color=colour, alpha=strength, lw=0)
    ax.text(x + 0.5, y + (0.30 if below else 0.5), level, fontsize=9, color="#333333", **words)
    ax.text(x + 0.5, y + 0.70, below, fontsize=8, color="black" if sure else "#777777", **words)


def pictures(results: Results, comparison: pd.DataFrame) -> dict[str, Figure]:
    """Return all pictures of a comparison, by name."""
    return {
        "trajectories": small_multiples(results),
        "policy-by-indicator": policy_by_indicator(comparison, results.scenario.question),
    }


def save(
    folder: Path, results: Results, comparison: pd.DataFrame, robust: Robustness | None = None
) -> None:
    """Write the pictures of a comparison, and of what was found in other worlds, into a folder."""
    plots.save(folder, pictures(results, comparison), endings=("png",))
    if robust is not None:
        plots.save(folder, in_worlds.pictures(robust))
