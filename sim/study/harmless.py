"""Tables that a spreadsheet shows and does not run: no text in them is a formula."""

from __future__ import annotations

import re

import pandas as pd

FORMULA = re.compile(
    r"""(^|[;\t\r\n])                       # where a cell begins, whatever parts cells
    (?= [\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028\u2029\u2060\ufeff"']*  # passed over
        [-=+@\uff0d\uff1d\uff0b\uff20]    # begins a formula, in their wide forms, too
      | [\t\r] )""",
    re.VERBOSE,
)
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table in whose texts an apostrophe stands before what would be a formula."""
    tame = {name: tamed(frame[name]) for name in frame.columns if frame[name].dtype.kind == "O"}
    return frame.assign(**tame).rename(columns=tamed_text)


def tamed(column: pd.Series) -> pd.Series:
    """Return a column of texts that are no formulas."""
    told = {text: tamed_text(text) for text in column.dropna().unique()}
    if all(text == tame for text, tame in told.items()):
        return column
    return column.map(told)


def tamed_text(text: object) -> object:
    """Return a text that is no formula; what is a number stays one.

    >>> [tamed_text(text) for text in ("=1+1", "-3.5", " @x", "rate -1", "a;=1")]
    ["'=1+1", '-3.5', "' @x", 'rate -1', "a;'=1"]
    """
    if not isinstance(text, str) or NUMBER.fullmatch(text):
        return text
    return FORMULA.sub(r"\1'", text)
