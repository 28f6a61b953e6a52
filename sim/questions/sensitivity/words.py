"""Words on sensitivity: which assumptions decide, and what to measure first."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.shares import bare, level, percent, with_interval
from sim.present.sides import about as side_in_words
from sim.questions.sensitivity.ask import OTHERS, WORTHWHILE, Sensitivity, about
from sim.study.sides import SIDES, others
from sim.study.worlds import RANGES

NAMED, MEASURED_FIRST = 5, 4


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
