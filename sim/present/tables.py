"""Tables for the terminal."""

import math

import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.present.numbers import amount, bare_change, bare_interval
from sim.study.indicators import BY_NAME, HEADLINES


def comparison_table(comparison: pd.DataFrame) -> Table:
    """Return levels and paired differences of the headline indicators, one column a programme."""
    baseline = comparison.attrs["baseline"]
    names = list(comparison["programme"].unique())
    ordered = [baseline, *(name for name in names if name != baseline)]
    rows = comparison.set_index(["indicator", "programme"])
    table = Table(
        caption="Second lines: the baseline's own 95 % interval; paired difference to the baseline "
        "with its 95 % interval (common luck, Student's t over seeds), dim where it includes zero. "
        "– : nobody there.",
        caption_justify="left",
    )
    table.add_column("", no_wrap=False, min_width=16)
    for name in ordered:
        note = "\n(baseline)" if name == baseline else ""
        table.add_column(Text(f"{name}{note}"), justify="right")
    for indicator in HEADLINES:
        declared = BY_NAME[indicator]
        cells = [
            cell(rows.loc[(indicator, name)], declared.unit, declared.better, name == baseline)
            for name in ordered
        ]
        table.add_row(Text(declared.title), *cells)
    return table


def cell(row: pd.Series, unit: str, better: int, is_baseline: bool) -> Text:
    """Return one programme's level and, below it, its difference to the baseline."""
    text = Text(amount(row.level, unit))
    if is_baseline:
        own = bare_interval(row.level_low, row.level_high, row.level, unit)
        return text.append(f"\n{own}", style="dim")
    if math.isnan(row.difference):
        return text
    base = row.level - row.difference
    sure = row.low * row.high > 0
    style = "dim"
    if sure and better:
        style = "green" if better * row.difference > 0 else "red"
    elif sure:
        style = ""
    difference = bare_change(row.difference, row.low, row.high, base, unit)
    return text.append("\n").append(difference, style=style)


def listing(columns: dict[str, str], rows: list[dict[str, object]]) -> Table:
    """Return a plain table; ``columns`` maps a row's keys to headings."""
    table = Table(show_lines=False)
    for place, heading in enumerate(columns.values()):
        table.add_column(heading, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(row[key])) for key in columns))
    return table


def shown(value: object) -> str:
    """Return a value of a listing as text."""
    return f"{value:,g}".replace(",", " ") if isinstance(value, float) else str(value)
