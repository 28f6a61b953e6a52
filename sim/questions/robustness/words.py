"""Words on robustness: who is best in how many worlds, and where that flips."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.numbers import counted
from sim.present.shares import bare, level, percent, with_interval
from sim.present.sides import about
from sim.questions.robustness.ask import TIE, Robustness
from sim.study.indicators import BY_NAME
from sim.study.sides import SIDES, others
from sim.study.worlds import RANGES, UNITS


def condition(assumption: str, sign: str, bound: float) -> str:
    """Return a condition in words.

    >>> condition("arpa", "<=", 8300.0)
    'arpa is at most 8 300 RUB per month'
    """
    told = "above" if sign == ">" else "at most"
    return f"{assumption} is {told} {level(bound)} {UNITS[assumption]}"


def sentences(found: Robustness) -> list[str]:
    """Return what was found, with its uncertainty and what it rests on."""
    own = departures.sentences(found.scenario.departures)
    return [whole(found), best(found), *closing(found), *own]


def whole(found: Robustness) -> str:
    """Return the sentence that says what the worlds are."""
    shares = "Shares of worlds are no probabilities of being right; intervals are 95 %, binomial."
    if found.are_given:
        return (
            f"{counted(len(found.worlds), 'world')} as given, each with its own luck: they differ "
            f"in {', '.join(found.worlds)}, and count as was said. {shares}"
        )
    usual = found.scenario.assumptions
    at_ends = [name for name in found.worlds if getattr(usual, name) in RANGES[name]]
    kept = (
        f" ({', '.join(at_ends)}: as it is in half of the worlds, since the scenario's own value "
        "is an end of the range)"
        if at_ends
        else ""
    )
    return (
        f"{counted(len(found.worlds), 'plausible world')}, each with its own luck: all "
        f"{len(found.worlds.columns)} assumptions drawn independently from their declared ranges, "
        f"as often below the scenario's own value as above it{kept}. {shares}"
    )


def best(found: Robustness) -> str:
    """Return the sentence on who is best for whom."""
    parts = []
    for side in SIDES:
        all_rows = found.best[found.best["side"] == side.name]
        rows = all_rows[all_rows["share"] > 0.0]
        ranked = rows.sort_values("share", ascending=False, kind="stable")
        told = [
            f"{'several alike' if row.programme == TIE else row.programme} in "
            f"{with_interval(row.share, row.low, row.high)}"
            for row in ranked.itertuples()
        ]
        of_all = defined(found, int(all_rows["worlds"].max()))
        parts.append(f"for {about(side.name)}{of_all} {', '.join(told) or 'nobody is known to be'}")
    return f"Best {'; '.join(parts)}."


def defined(found: Robustness, worlds: int) -> str:
    """Return in how many worlds an indicator is defined, if not in all.

    A world in which nobody of a kind is there under some programme counts for none, so that a
    share is one of the other worlds.
    """
    return "" if worlds == len(found.worlds) else f", defined in {worlds} worlds,"


def closing(found: Robustness) -> list[str]:
    """Return a sentence on each programme against the baseline, and one on luck."""
    said = [against(found, name) for name in others(found.scenario)]
    return [*said, luck(found)]


def against(found: Robustness, name: str) -> str:
    """Return the sentence on where one programme beats the baseline."""
    rows = found.beats[found.beats["programme"] == name].set_index("side")
    shares = [
        f"for {about(side.name)}{defined(found, rows.loc[side.name, 'worlds'])} in "
        f"{with_interval(*rows.loc[side.name, ['share', 'low', 'high']])}"
        for side in SIDES
    ]
    told = (
        f"{name} beats {found.scenario.baseline} {shares[0]} of "
        f"{counted(rows.loc[SIDES[0].name, 'worlds'], 'plausible world')}, {shares[1]}, {shares[2]}"
    )
    return f"{told}; {flip(found, name)}."


def flip(found: Robustness, name: str) -> str:
    """Return where the vendor's answer flips, in worlds that say so and in others."""
    rows = found.conditions
    rows = rows[(rows["programme"] == name) & (rows["side"] == SIDES[0].name)]
    if rows.empty:
        beats = found.beats.set_index(["side", "programme"]).loc[(SIDES[0].name, name)]
        return (
            "for the vendor no few conditions tell where"
            if can_flip(beats)
            else "for the vendor it never turns the other way"
        )
    box = rows[rows["box"] == 1]
    first = box.iloc[0]
    wins = "wins" if first["flip"] == "beats" else "loses"
    often = "mostly" if first["coverage"] > 0.5 else "more often"
    held = [condition(row.assumption, row.sign, row.bound) for row in box.itertuples()]
    boxes = int(rows["box"].max())
    such = "such conditions" if boxes == 1 else f"all {boxes} sets of such conditions together"
    return (
        f"for the vendor it {wins} {often} where {' and '.join(held)} "
        f"({percent(first['coverage'])} of the worlds in which it {wins}; it {wins} in "
        f"{percent(first['density'])} of such worlds; {such}, in worlds from which they were not "
        f"made: {percent(first['held_out_coverage'])} and {percent(first['held_out_density'])})"
    )


def can_flip(beats: Any) -> bool:
    """Return whether a comparison with the baseline goes one way in some worlds, not in others.

    Parameters
    ----------
    beats : a row of `Robustness.beats`.
    """
    return bool(min(beats["share"], beats["loses"]) > 0.0)


def luck(found: Robustness) -> str:
    """Return the sentence on how much luck is left in the shares."""
    parts = []
    for side in SIDES:
        rows = found.beats[found.beats["side"] == side.name].dropna(subset="turns")
        if len(rows):
            ends = sorted({bare(rows["turns"].min()), bare(rows["turns"].max())}, key=float)
            parts.append(f"{'–'.join(ends)} % of worlds for {about(side.name)}")
    few, many = int(found.beats["twice"].min()), int(found.beats["twice"].max())
    least = "" if few == many else f", defined in both lives in {few} of them or more"
    return (
        f"Luck, told by a second seed in {many} of the worlds{least}: the sign against "
        f"{found.scenario.baseline} turns in {', '.join(parts) or 'no known share of worlds'}."
    )


def tables(found: Robustness) -> list[Table]:
    """Return the terminal's tables: who is best, and where the answer flips."""
    first = Table(
        caption=f"Share of {len(found.worlds)} plausible worlds in which a programme is best, with "
        "its 95 % interval; below, that in which it beats the baseline.",
        caption_justify="left",
    )
    first.add_column("")
    for side in SIDES:
        first.add_column(f"{side.name}\n{BY_NAME[side.indicator].title}", justify="right")
    bests, beats = (table.set_index(["side", "programme"]) for table in (found.best, found.beats))
    for name in found.best["programme"].unique():
        cells = []
        for side in SIDES:
            row = bests.loc[(side.name, name)]
            text = Text(with_interval(row.share, row.low, row.high))
            if (side.name, name) in beats.index:
                row = beats.loc[(side.name, name)]
                beaten = with_interval(row.share, row.low, row.high)
                text.append(f"\nbeats it in {beaten}", style="dim")
            cells.append(text)
        is_base = name == found.scenario.baseline
        label = "several alike" if name == TIE else f"{name}\n(baseline)" if is_base else name
        first.add_row(Text(label), *cells)
    return [first, flips(found)] if len(found.conditions) else [first]


def flips(found: Robustness) -> Table:
    """Return the table of boxes: conditions, coverage and density."""
    table = Table(
        caption="Coverage: share of the flipped worlds that lie in the box. Density: share of the "
        "box's worlds that are flipped; with all boxes together, in worlds they were not made "
        "from, in brackets.",
        caption_justify="left",
    )
    for heading in ("where", "it", "against the baseline for", "coverage", "density"):
        table.add_column(heading, overflow="fold")
    keys = ["side", "programme", "flip", "box"]
    for (side, name, kind, _), box in found.conditions.groupby(keys, sort=False):
        first = box.iloc[0]
        held = [condition(row.assumption, row.sign, row.bound) for row in box.itertuples()]
        table.add_row(
            Text("\n".join(held)),
            Text(f"{name} {'wins' if kind == 'beats' else 'loses'}"),
            Text(str(side)),
            f"{percent(first['coverage'])} ({percent(first['held_out_coverage'])})",
            f"{percent(first['density'])} ({percent(first['held_out_density'])})",
        )
    return table
