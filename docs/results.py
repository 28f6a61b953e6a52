"""The figures that the documents speak of, read off results: docs/results.md.

Make it anew after a change of a scenario, a policy, a rule or an assumption; it takes some minutes,
and finished runs are kept in ``results``::

    python docs/results.py
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from sim import compare, decompose, narrate, robustness
from sim.present.numbers import change
from sim.present.shares import with_interval
from sim.questions.compare.catalogue import table
from sim.questions.robustness.words import Robustness

HEADER = """# Results

The figures that these documents speak of, each with the command that finds it. Levels, then
differences to the baseline with 95 % intervals, paired by common luck, in bold where the interval
leaves out zero. What the shipped scenarios show, the default comparison (`four-policies`) among
them, is in [their catalogue](../scenarios/README.md); what the model shows of the evidence's
patterns, in [validation](validation.md).

Written by `python docs/results.py`, which finds them all anew; do not edit.
"""


def document(**ask: Any) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    ask : what every question is asked with, such as ``store`` or ``years``.
    """
    return "\n".join([HEADER, *(chapter(name, **ask) for name in CHAPTERS)])


def chapter(title: str, **ask: Any) -> str:
    """Return one of the page's chapters: its command, its tables, and what they show in words."""
    command, find = CHAPTERS[title]
    lines, found = find(ask)
    return "\n".join([f"## {title}", "", f"`{command}`", "", *lines, "", narrate(found), ""])


# --- chapters: what is asked, and its tables ---------------------------------------------------


def on_a_basis(basis: str) -> Callable[[dict[str, Any]], tuple[list[str], pd.DataFrame]]:
    """Return how the default comparison is found on a basis."""

    def find(ask: dict[str, Any]) -> tuple[list[str], pd.DataFrame]:
        found = compare(basis=basis, **ask)
        rates = [f"{one['programme']} {one['rate']:.1%}" for one in found.attrs["basis"]["rates"]]
        told = f"Rates: {', '.join(rates)}.".replace("%", " %")
        return [told, "", *table(found, found.attrs["baseline"])], found

    return find


def in_plausible_worlds(ask: dict[str, Any]) -> tuple[list[str], Robustness]:
    """Return in what share of worlds the default comparison's programmes beat the baseline."""
    found = robustness(**ask)
    shares = {
        (row.programme, row.side): with_interval(row.share, row.low, row.high)
        for row in found.beats.itertuples()
    }
    sides = list(found.beats["side"].unique())
    lines = [f"| beats {found.scenario.baseline} for | {' | '.join(sides)} |"]
    lines.append(f"| --- |{' ---: |' * len(sides)}")
    for name in found.beats["programme"].unique():
        lines.append(f"| {name} | {' | '.join(shares[name, side] for side in sides)} |")
    return lines, found


def by_clause(
    scenario: str, **ends: str
) -> Callable[[dict[str, Any]], tuple[list[str], pd.DataFrame]]:
    """Return how the difference between a scenario's programmes is taken apart."""

    def find(ask: dict[str, Any]) -> tuple[list[str], pd.DataFrame]:
        found = decompose(scenario, **ends, **ask)
        lines = ["| clause | change | its share |", "| --- | --- | ---: |"]
        for row in found.itertuples():
            scale = found.attrs["level"], found.attrs["unit"]
            share = change(row.contribution, row.low, row.high, *scale)
            lines.append(f"| {row.clause} | {row.start} → {row.end} | {share} |")
        return lines, found

    return find


CHAPTERS: dict[str, tuple[str, Callable[[dict[str, Any]], tuple[list[str], Any]]]] = {
    "At one rate": ("partnersim compare --basis rate", on_a_basis("rate")),
    "At an equal budget": ("partnersim compare --basis budget", on_a_basis("budget")),
    "Each at its best rate": ("partnersim compare --basis best", on_a_basis("best")),
    "In plausible worlds": ("partnersim robustness", in_plausible_worlds),
    "What Radist's clauses carry": (
        "partnersim decompose radist-timeline",
        by_clause("radist-timeline"),
    ),
    "What Synergy's clauses carry": (
        "partnersim decompose synergy-roles --to roles_in_advance",
        by_clause("synergy-roles", end="roles_in_advance"),
    ),
}


if __name__ == "__main__":
    place = Path(__file__).with_name("results.md")
    place.write_text(document(store="results"), encoding="utf-8")
    sys.stdout.write(f"{place}\n")
