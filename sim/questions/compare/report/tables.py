"""The report's tables."""

from __future__ import annotations

import math
import re
from html import escape
from typing import Any, NamedTuple

import great_tables as gt
import pandas as pd
from markupsafe import Markup

from sim.present import departures
from sim.present.i18n import _, named
from sim.present.numbers import amount, bare_change, bare_interval, plain_number
from sim.questions.compare.report.account import Story
from sim.questions.explain.words import percent, rub
from sim.study.differences import is_sure
from sim.study.indicators import BY_NAME, HEADLINES
from sim.world.departures import Departure

INDICATORS = (*HEADLINES, "income_active", "income_passive", "satisfaction", "clients_end")
"""Those of the table of all results: what every comparison prints, and what the pictures show."""


CODE = re.compile(r"`([^`]*)`")


def marked(text: str) -> Markup:
    """Return a text as HTML, ids in it in a code's letters."""
    return Markup(CODE.sub(r"<code>\1</code>", escape(text, quote=False)))


class Table(NamedTuple):
    """A table as an element of a page, and the style that names its cells where it is narrow."""

    html: Markup
    css: Markup


def made(frame: pd.DataFrame, name: str, headings: dict[str, str]) -> Table:
    """Return a table.

    Parameters
    ----------
    frame : texts in HTML; the first column names the rows.
    name : under which its ids lie.
    headings : of the columns after the first.
    """
    first, *others = frame.columns
    labels: dict[str, Any] = dict(headings)
    table = (
        gt.GT(frame, rowname_col=first, id=name)
        .cols_label(labels)
        .fmt(lambda text: str(text), columns=list(frame.columns))
        .cols_align("left")
    )
    whole = table.as_raw_html()
    inner = whole[whole.index("<table") : whole.index("</table>") + len("</table>")]
    inner = re.sub(r"(<table)[^>]*>", r"\g<1>>", inner)
    narrow = "".join(
        f'#{name} td:nth-of-type({place})::before{{content:"{css(headings[other])}: "}}'
        for place, other in enumerate(others, 1)
    )
    return Table(
        Markup(f'<div class="table" id="{name}">{inner}</div>'),
        Markup(f"@media (max-width:40rem){{{narrow}}}"),
    )


def css(text: str) -> str:
    """Return a text without marks, to stand in a style sheet's quotes."""
    return re.sub(r"<[^>]*>", " ", text).replace("\\", "").replace('"', "'")


def comparison(table: pd.DataFrame, baseline: str, others: list[str]) -> Table:
    """Return levels and paired differences by indicator, a column a programme."""
    rows = table.set_index(["indicator", "programme"])
    names = [baseline, *others]
    lines = []
    for indicator in INDICATORS:
        if (indicator, baseline) not in rows.index:
            continue
        declared = BY_NAME[indicator]
        title = f"{escape(_(declared.title))}<small>{escape(_(declared.meaning))}</small>"
        cells = {
            name: cell(rows.loc[(indicator, name)], declared.unit, declared.better, place == 0)
            for place, name in enumerate(names)
        }
        lines.append({"": title, **cells})
    headings = {name: escape(named(name)) for name in names}
    headings[baseline] += " " + _("(baseline)")
    return made(pd.DataFrame(lines), "results", headings)


def cell(row: Any, unit: str, better: int, is_baseline: bool) -> str:
    """Return one programme's level and, below it, its difference to the baseline."""
    level = f"<b>{amount(row.level, unit)}</b>"
    if is_baseline:
        return (
            f"{level} <span>{bare_interval(row.level_low, row.level_high, row.level, unit)}</span>"
        )
    if math.isnan(row.difference):
        return level
    difference = bare_change(row.difference, row.low, row.high, row.level - row.difference, unit)
    tone = ""
    if is_sure(row):
        sign = better * row.difference
        tone = "good" if sign > 0 else "bad" if sign < 0 else "sure"
    return f'{level} <span class="{tone}">{difference}</span>'


def assumptions(catalogue: list[dict[str, Any]], own: list[Departure]) -> Table:
    """Return every assumption with its value, range and source, or who states it and the default.

    Parameters
    ----------
    own : what is not as shipped.
    """
    lines = []
    stated = {one.name: departures.sourced(one) for one in own}
    for each in catalogue:
        meaning, unit, source = (marked(_(text)) for text in spoken(each))
        source = marked(stated[each["name"]]) if each["name"] in stated else source
        lines.append(
            {
                "": f"{meaning}<small><code>{each['name']}</code></small>",
                "value": f"<b>{plain_number(each['value'])}</b> {unit}",
                "range": f"{plain_number(each['low'])} – {plain_number(each['high'])}",
                "source": source,
            }
        )
    headings = {"value": _("value"), "range": _("plausible range"), "source": _("source")}
    return made(pd.DataFrame(lines), "assumptions", headings)


def spoken(each: dict[str, Any]) -> tuple[str, str, str]:
    """Return the texts of an assumption: meaning, unit and source."""
    return each["meaning"], each["unit"], each["source"]


def account(story: Story) -> Table:
    """Return what became of an account's money under each programme."""
    lines = [
        {
            "": escape(named(row.programme)),
            "paid": rub(row.paid),
            "commission": rub(row.commission),
            "idle": rub(row.commission_without_work),
            "kept": f"{rub(row.vendor_kept)}"
            + (f" ({percent(row.vendor_kept / row.paid)})" if row.paid else ""),
            "months": str(row.client_months),
        }
        for row in story.summary.itertuples()
    ]
    headings = {
        "paid": _("client paid, RUB"),
        "commission": _("partners got, RUB"),
        "idle": _("of it without work"),
        "kept": _("vendor kept, RUB"),
        "months": _("months a client"),
    }
    return made(pd.DataFrame(lines), "account", headings)
