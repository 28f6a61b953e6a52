"""Words on what each clause carries of the difference between two programmes."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.numbers import amount, bare_change, change, counted, scale_of
from sim.study.indicators import BY_NAME


def sentences(table: pd.DataFrame) -> list[str]:
    """Return what was found (`sim.questions.decompose.ask.shares`), how sure, and on what it rests.

    Parameters
    ----------
    table : one row per clause.
    """
    return [
        whole(table),
        carried(table),
        *order_matters(table),
        *table.attrs["joined"],
        rest(table),
        *departures.sentences(departures.read_all(table.attrs["departures"])),
    ]


def whole(table: pd.DataFrame) -> str:
    """Return the sentence on the whole difference."""
    attrs = table.attrs
    title = BY_NAME[attrs["indicator"]].title
    told = change(attrs["difference"], attrs["low"], attrs["high"], attrs["level"], attrs["unit"])
    unsure = "" if sure(attrs["low"], attrs["high"]) else ", which cannot be told from none"
    return f"From {attrs['start']} to {attrs['end']}, {title} changes by {told}{unsure}."


def carried(table: pd.DataFrame) -> str:
    """Return the sentence on what each clause carries, the greatest first."""
    attrs = table.attrs

    def told(row: Any) -> str:
        part = change(row.contribution, row.low, row.high, attrs["level"], attrs["unit"])
        return f"{row.clause} ({row.start} → {row.end}) {part}"

    rows = list(table.itertuples())
    clear = [told(row) for row in rows if sure(row.low, row.high)]
    others = [told(row) for row in rows if not sure(row.low, row.high)]
    parts = [f"Of that, {'; '.join(clear)}"] if clear else ["No clause surely carries any of it"]
    if others:
        parts.append(f"not to be told from nothing: {'; '.join(others)}")
    return f"{'; '.join(parts)}."


def order_matters(table: pd.DataFrame) -> list[str]:
    """Return the sentence on the clause whose effect depends most on the others, if any does."""
    attrs = table.attrs
    spread = (table["alone"] - table["last"]).abs()
    row = table.loc[spread.idxmax()]
    if not spread.max() > 0.1 * table["contribution"].abs().max():
        return []
    none = float("nan")
    alone, last = (
        change(row[when], none, none, attrs["level"], attrs["unit"]) for when in ("alone", "last")
    )
    return [
        f"Clauses act on each other, most of all {row['clause']}: alone it brings {alone}, after "
        f"all others {last}."
    ]


def rest(table: pd.DataFrame) -> str:
    """Return the sentence that says how it was found and on what it rests."""
    attrs = table.attrs
    error = table["sampling_error"].max()
    orders = (
        f"averaged over {attrs['orders']} orders drawn at random, half of them backwards (another "
        f"draw might move a share by up to ±{amount(error, attrs['unit'])})"
        if attrs["orders"]
        else "averaged over all orders"
    )
    left_out = (
        f" ({attrs['left_out']} more left out, as the indicator is undefined there under some)"
        if attrs["left_out"]
        else ""
    )
    return (
        f"A clause's share is what it adds to a mixture of the two programmes, {orders} (Shapley); "
        f"{counted(attrs['mixtures'], 'mixture')}, {counted(len(attrs['seeds']), 'seed')}"
        f"{left_out}, {counted(attrs['years'], 'year')}, the same past and luck for all; 95 % "
        "intervals over seeds. It holds between these two programmes and for one set of "
        "assumptions."
    )


def sure(low: float, high: float) -> bool:
    """Return whether an interval leaves out zero."""
    return low * high > 0


def listing(table: pd.DataFrame) -> Table:
    """Return the terminal's table: each clause with its share, alone and last."""
    attrs = table.attrs
    level, unit = attrs["level"], attrs["unit"]
    is_drawn = bool(attrs["orders"])
    suffix = scale_of(level, unit)[1].strip().replace("%", "points")
    printed = Table(
        caption="Share: what the clause adds, averaged over orders; shares add up to the whole. "
        "Alone: added to the first programme by itself. Last: added where all others are there. "
        "Dim where the interval includes zero.",
        caption_justify="left",
    )
    headings = ["clause", attrs["start"], attrs["end"], f"share, {suffix}", "alone", "last"]
    for place, heading in enumerate([*headings, *(["orders drawn"] if is_drawn else [])]):
        printed.add_column(Text(heading), justify="right" if place > 2 else "left", overflow="fold")
    better = BY_NAME[attrs["indicator"]].better
    for row in table.itertuples():
        ends = [
            bare_change(value, float("nan"), float("nan"), level, unit)
            for value in (row.alone, row.last)
        ]
        error = [f"±{bare_error(row.sampling_error, level, unit)}"] if is_drawn else []
        printed.add_row(
            Text(row.clause),
            Text(row.start),
            Text(row.end),
            Text(
                bare_change(row.contribution, row.low, row.high, level, unit),
                style=style(better * row.contribution, sure(row.low, row.high)),
            ),
            *ends,
            *error,
        )
    printed.add_section()
    told = bare_change(attrs["difference"], attrs["low"], attrs["high"], level, unit)
    printed.add_row("whole difference", "", "", told)
    return printed


def style(good: float, is_sure: bool) -> str:
    """Return the terminal's style of a change that is good (positive) or bad (negative)."""
    if not is_sure:
        return "dim"
    return "green" if good > 0 else "red" if good < 0 else ""


def bare_error(error: float, level: float, unit: str) -> str:
    """Return half of an interval in the scale of the level, without the unit."""
    return bare_change(error, float("nan"), float("nan"), level, unit).removeprefix("+")
