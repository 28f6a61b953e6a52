"""Tables for the terminal."""

import math
import re
import textwrap
from collections.abc import Sequence

import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.present.numbers import amount, bare_change, bare_interval
from sim.study.differences import is_sure
from sim.study.indicators import BY_NAME, HEADLINES

NAME_WIDTH, CELL_WIDTH = 34, 27
NO_BREAK = "\N{NO-BREAK SPACE}"


def comparison_tables(comparison: pd.DataFrame, width: int) -> list[Table]:
    """Return levels and paired differences of the headline indicators, one column a programme.

    Parameters
    ----------
    width : characters in a line; what does not fit beside the baseline follows in a table below.
    """
    baseline = comparison.attrs["baseline"]
    others = [name for name in comparison["programme"].unique() if name != baseline]
    beside = max((width - NAME_WIDTH) // CELL_WIDTH - 1, 1)
    parts = [others[at : at + beside] for at in range(0, len(others), beside)] or [[]]
    return [table_of(comparison, [baseline, *part]) for part in parts]


def table_of(comparison: pd.DataFrame, names: list[str]) -> Table:
    """Return the table of some programmes, the baseline first."""
    baseline = names[0]
    rows = comparison.set_index(["indicator", "programme"])
    table = Table(
        caption="Second lines: the baseline's own 95 % interval; paired difference to the baseline "
        "with its 95 % interval (common luck, Student's t over seeds), dim where it includes zero. "
        "– : no such partner.",
        caption_justify="left",
    )
    table.add_column("")
    for name in names:
        note = "\n(baseline)" if name == baseline else ""
        table.add_column(Text(f"{name}{note}"), justify="right", overflow="fold")
    for indicator in HEADLINES:
        declared = BY_NAME[indicator]
        cells = [
            cell(rows.loc[(indicator, name)], declared.unit, declared.better, name == baseline)
            for name in names
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
    sure = is_sure(row)
    style = "dim"
    if sure and better:
        style = "green" if better * row.difference > 0 else "red"
    elif sure:
        style = ""
    difference = bare_change(row.difference, row.low, row.high, base, unit)
    return text.append("\n").append(difference, style=style)


def sections(told: Sequence[tuple[str, str]], width: int) -> Table:
    """Return titled parts of a text, the titles beside it.

    Parameters
    ----------
    width : characters in a line; no number is broken between two.
    """
    room = width - max(len(name) for name, _ in told) - 4
    table = Table(box=None, show_header=False)
    table.add_column("", no_wrap=True, style="dim")
    table.add_column("")
    for name, text in told:
        whole = re.sub(r"(?<=\d) (?=\d{3}\b)", NO_BREAK, text)
        table.add_row(Text(name), Text(textwrap.fill(whole, max(room, 20))))
    return table


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
