"""What the report says on robustness: shares of worlds, and where the answer flips."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.present.i18n import N_, _, capital, code, named
from sim.present.numbers import plain_number
from sim.present.plots import colours
from sim.questions.compare.report import charts
from sim.questions.compare.report.charts import Row
from sim.questions.compare.report.read import Result
from sim.questions.explain.words import listed, percent
from sim.questions.robustness.ask import TIE
from sim.world.departures import catalogue

BEST_FOR = {
    "vendor": N_("Best for the vendor: the greatest NPV"),
    "active partners": N_("Best for active partners: the greatest income"),
    "clients": N_("Best for clients: the least churn"),
}
SIDES = {
    "vendor": N_("for the vendor"),
    "active partners": N_("for active partners"),
    "clients": N_("for clients"),
}


def spread(row: Any) -> str:
    """Return a share with its interval."""
    if pd.isna(row.share):
        return "–"
    return f"{percent(row.share)} " + _("[{}, {}]").format(percent(row.low), percent(row.high))


def closing(result: Result) -> str:
    """Return the sentence on in how many worlds the answer for the vendor holds."""
    rows = result.robustness["beats"]
    rows = rows[rows["side"] == "vendor"].dropna(subset="share")
    if rows.empty:
        return ""
    parts = [f"{named(row.programme)} — {spread(row)}" for row in rows.itertuples()]
    return _(
        "In {worlds} plausible worlds with other assumptions, a programme is better for the vendor "
        "than {baseline} in this share of them: {parts}."
    ).format(
        worlds=int(rows["worlds"].max()), baseline=named(result.baseline), parts="; ".join(parts)
    )


def pictures(result: Result) -> list[dict[str, str]]:
    """Return, for each side, in what share of worlds each programme is best."""
    names = [result.baseline, *result.others]
    palette = {**colours(names, result.baseline), TIE: charts.PALE}
    drawn = []
    for place, (side, table) in enumerate(result.robustness["best"].groupby("side", sort=False)):
        rows = [
            Row(
                _("several alike") if row.programme == TIE else named(str(row.programme)),
                palette.get(str(row.programme), charts.PALE),
                float(row.share),
                float(row.low),
                float(row.high),
                spread(row),
            )
            for row in table.itertuples()
            if row.programme != TIE or row.share > 0
        ]
        title = _(BEST_FOR[str(side)])
        alt = f"{title}: {'; '.join(f'{row.name} {row.label}' for row in rows)}"
        drawn.append({"title": title, "svg": charts.rows(f"worlds-{place}", alt, rows, (0.0, 1.0))})
    return drawn


def beats(result: Result) -> list[str]:
    """Return, for each programme, in what share of worlds it beats the baseline for whom."""
    told = []
    for name, table in result.robustness["beats"].groupby("programme", sort=False):
        parts = [f"{_(SIDES[str(row.side)])} — {spread(row)}" for row in table.itertuples()]
        told.append(
            _("{name} beats {baseline} in this share of worlds: {parts}.").format(
                name=named(str(name)), baseline=named(result.baseline), parts=", ".join(parts)
            )
        )
    return told


def flips(result: Result) -> list[str]:
    """Return where each comparison with the baseline flips."""
    if "conditions" not in result.robustness:
        return []
    meanings = {each["name"]: each for each in catalogue()}
    told = []
    keys = ["side", "programme", "flip", "box"]
    for (side, name, flip, _box), box in result.robustness["conditions"].groupby(keys, sort=False):
        first = box.iloc[0]
        text = N_(
            "{side} {name} loses to {baseline} more often where {conditions}: {coverage} of such "
            "worlds lie there, and of the worlds there it does in {density}. In worlds from which "
            "the conditions were not made, all of them together: {held_coverage} and "
            "{held_density}."
        )
        if flip == "beats":
            text = N_(
                "{side} {name} beats {baseline} more often where {conditions}: {coverage} of such "
                "worlds lie there, and of the worlds there it does in {density}. In worlds from "
                "which the conditions were not made, all of them together: {held_coverage} and "
                "{held_density}."
            )
        told.append(
            _(text).format(
                side=capital(_(SIDES[str(side)])),
                name=named(str(name)),
                baseline=named(result.baseline),
                conditions=listed([condition(row, meanings) for row in box.itertuples()]),
                coverage=percent(first["coverage"]),
                density=percent(first["density"]),
                held_coverage=percent(first["held_out_coverage"]),
                held_density=percent(first["held_out_density"]),
            )
        )
    return told


def condition(row: Any, meanings: dict[str, Any]) -> str:
    """Return a bound on an assumption in words."""
    text = N_("{name} is above {bound}") if row.sign == ">" else N_("{name} is at most {bound}")
    each = meanings[row.assumption]
    meaning, unit = each["meaning"], each["unit"]
    meaning = _(meaning).rstrip(".")
    return _(text).format(
        name=f"{code(row.assumption)} ({meaning[0].lower()}{meaning[1:]})",
        bound=f"{plain_number(row.bound)} {_(unit)}",
    )
