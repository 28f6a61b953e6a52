"""The catalogue of the shipped scenarios, read off their results: scenarios/README.md.

Make it anew after a change of a scenario, a policy, a rule or an assumption::

    python -m sim.questions.compare.catalogue
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pandas as pd

from sim.present.numbers import amount, change, counted
from sim.questions.compare.ask import compare
from sim.questions.compare.words import ASKED, about
from sim.study.differences import is_sure
from sim.study.indicators import BY_NAME
from sim.world import scenario as scenarios
from sim.world.scenario import Scenario

COMMAND = "python -m sim.questions.compare.catalogue"
SHOWN = ("npv", "commission", "clients_end", "client_churn", "motivation_active", "partner_churn")
"""The indicators of each scenario's table."""
HEADER = f"""# Scenarios

Every file here is a question that one command answers: `partnersim run NAME`. A file holds no
code; copy one and change it. Its key `provenance` says what is known, what is assumed (A) and what
the model cannot say yet; the comment above it, why the results are as they are.

Written by `{COMMAND}`, which runs them all; do not edit. Figures: level, then the difference to the
baseline with its 95 % interval, paired by common luck, in bold where the interval leaves out zero.
They hold for one set of assumptions, each programme at the rate it names and not at equal budgets.
"""


def catalogue(store: str | Path | None = None, seeds: int | None = None) -> str:
    """Return the catalogue in Markdown.

    Parameters
    ----------
    store : a folder of finished runs, as `sim.questions.compare.ask.compare` takes it.
    seeds : instead of the scenarios' own.
    """
    parts = [HEADER]
    for name, path in scenarios.shipped().items():
        scenario = scenarios.load(name)
        parts.append(chapter(scenario, reading(path), compare(scenario, store=store, seeds=seeds)))
    return "\n".join(parts)


def reading(path: Path) -> str:
    """Return the comment at the top of a scenario file: why its results are as they are."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
    return " ".join(line.removeprefix("#").strip() for line in comment)


def chapter(scenario: Scenario, why: str, comparison: pd.DataFrame) -> str:
    """Return what one scenario asks, shows and rests on."""
    baseline = comparison.attrs["baseline"]
    indicator, more_is_better, title = ASKED[0]
    shows = about(comparison, baseline, indicator, more_is_better, title)
    years, seeds = comparison.attrs["years"], len(comparison.attrs["seeds"])
    lived = f"{counted(years, 'year')}, {counted(seeds, 'seed')}, market {scenario.market}"
    return "\n".join(
        [
            f"## {scenario.name}",
            "",
            f"**{scenario.question}**",
            "",
            f"{shows} ({lived}: `partnersim run {scenario.name}`)",
            "",
            *table(comparison, baseline),
            "",
            *([f"*Why.* {why}", ""] if why else []),
            f"*Provenance.* {scenario.provenance}",
            "",
        ]
    )


def table(comparison: pd.DataFrame, baseline: str) -> list[str]:
    """Return the lines of a table: one programme a row, the baseline first."""
    others = [name for name in comparison["programme"].unique() if name != baseline]
    titles = [BY_NAME[indicator].title for indicator in SHOWN]
    lines = [f"| | {' | '.join(titles)} |", f"| --- |{' ---: |' * len(titles)}"]
    for name in (baseline, *others):
        rows = comparison[comparison["programme"] == name].set_index("indicator")
        cells = [cell(rows, indicator, name == baseline) for indicator in SHOWN]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def cell(rows: pd.DataFrame, indicator: str, is_baseline: bool) -> str:
    """Return one programme's level and, if it is not the baseline, its difference to that."""
    row, unit = rows.loc[indicator], BY_NAME[indicator].unit
    level = amount(row.level, unit)
    if is_baseline or pd.isna(row.difference):
        return level
    base = row.level - row.difference
    difference = change(row.difference, row.low, row.high, base, unit)
    return f"{level}<br>{f'**{difference}**' if is_sure(row) else difference}"


def main() -> None:
    """Write the catalogue beside the scenarios."""
    place = scenarios.scenario_folder() / "README.md"
    place.write_text(catalogue(store="results"), encoding="utf-8")
    sys.stdout.write(f"{place}\n")


if __name__ == "__main__":
    main()
