"""What the model shows of the evidence's patterns, and what it does not: docs/validation.md.

`partnersim patterns --write` makes it anew after a change of a rule, an assumption, a scenario or
a pattern.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sim.present import plots
from sim.questions.patterns import calibration
from sim.questions.patterns import pictures as drawn
from sim.questions.patterns import words as shown
from sim.questions.patterns.ask import CALIBRATED, DEFAULTS, Patterns
from sim.questions.patterns.measure import MET
from sim.questions.patterns.signs import AXES
from sim.study.files import write_whole
from sim.study.worlds import RANGES
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput

COMMAND = "partnersim patterns --write"
NAME = "validation.md"
HEADER = f"""# Validation

[evidence.md §5](evidence.md) asks twelve patterns of the model. Here is what it shows of each,
with the defaults and with the calibrated assumptions. Calibration may look at P6 and P8–P11 and at
nothing else; P1–P5, P7 and P12 must emerge, and nothing is set on them. The criteria are proposals
around the sources, not published values. What cannot be met honestly stays missed, with the reason.

Written by `{COMMAND}`, which measures them all; do not edit.
"""
LIMITS = """## What this validation does not show

Intervals say how sure the model's own numbers are over its luck; how sure the sources are, nobody
knows. Most criteria are wide, several rest on one vendor's account of itself, and a pattern that
emerges can do so for another reason than in the world. Ulei's pool of partners and their entry were
set so that some 60 have joined at month nine, so the first half of P7 is no finding. The market
sizes and pulls of the messenger market were set on Radist's scale, so P6 is none either. Where a
criterion that is missed would be met with other assumptions within their ranges, this says on what
it hangs; it is no reason to choose them.
"""


def document(found: Patterns) -> str:
    """Return docs/validation.md."""
    criteria = found.criteria
    parts = [
        HEADER,
        *overview(found),
        f"![What the evidence asks, and what is shown](images/{drawn.PICTURES[0]}.png)\n",
        *(chapter(rows) for _, rows in criteria.groupby("pattern", sort=False)),
        map_of(found.map),
        calibrated(),
        LIMITS,
    ]
    return "\n".join(parts)


def overview(found: Patterns) -> list[str]:
    """Return the table of verdicts and what it says."""
    names = shown.sets_of(found.verdicts)
    lines = [
        f"| | pattern | | {' | '.join(names)} |",
        f"| --- | --- | --- |{' --- |' * len(names)}",
    ]
    for pattern, rows in found.verdicts.groupby("pattern", sort=False):
        by_set = rows.set_index("assumptions")["verdict"]
        role = rows["role"].iloc[0]
        verdicts = " | ".join(emphasised(by_set[name]) for name in names)
        lines.append(f"| {pattern} | {rows['title'].iloc[0]} | {role} | {verdicts} |")
    told = [*shown.sentences(found.verdicts), shown.rests_on(found.criteria)]
    return [*lines, "", " ".join(told), ""]


def emphasised(verdict: str) -> str:
    """Return a verdict, in bold unless it is good."""
    return verdict if verdict == MET else f"**{verdict}**"


def chapter(rows: pd.DataFrame) -> str:
    """Return what is asked of one pattern, how it is measured and what came of it."""
    first = rows.iloc[0]
    lines = [
        f"## {first.pattern}. {first.title}",
        "",
        f"*Source* {first.source}. *Asked:* {first.passes}.",
        "",
    ]
    for criterion, several in rows.groupby("criterion", sort=False):
        lines += [f"**{upper(str(criterion))}** ({several['unit'].iloc[0]}). "]
        lines[-1] += f"{upper(several['how'].iloc[0])}."
        lines += ["", *(outcome(row) for row in several.itertuples()), ""]
        lines += reason(several)
    return "\n".join(lines)


def outcome(row: Any) -> str:
    """Return the line on what was measured with one set of assumptions."""
    limits = shown.asked(row.least, row.most, row.unit)
    return f"- {row.assumptions}: {shown.value_of(row)}, asked {limits}: {emphasised(row.verdict)}"


def reason(several: pd.DataFrame) -> list[str]:
    """Return why a criterion is not met and on what that hangs, if it is not."""
    if (several["verdict"] == MET).all() or not several["why"].iloc[0]:
        return []
    told = f"*Why.* {several['why'].iloc[0]}"
    hangs = several[several["would"].notna()]
    for row in hangs.itertuples():
        value = shown.with_interval(row.would_value, row.would_low, row.would_high, row.unit)
        told += f" With {row.would}, within range, it would be {value}."
    return [told, ""]


def map_of(sign_map: pd.DataFrame) -> str:
    """Return the map of P12 as a picture and tables."""
    lines = [
        "### The map",
        "",
        f"![Where choice beats the lock for the vendor](images/{drawn.PICTURES[1]}.png)",
        "",
        f"Gain of choice over the lock, % of the vendor's NPV; down {AXES[0]}, across {AXES[1]}; "
        "in bold where the 95 % interval leaves out zero.",
        "",
    ]
    for name, cells in sign_map.groupby("assumptions", sort=False):
        across = sorted(cells[AXES[1]].unique())
        lines += [f"| {name} | {' | '.join(f'{value:.4f}' for value in across)} |"]
        lines += [f"| ---: |{' ---: |' * len(across)}"]
        for value, row in cells.groupby(AXES[0]):
            told = [cell_of(cell) for cell in row.sort_values(AXES[1]).itertuples()]
            lines += [f"| {value:.4f} | {' | '.join(told)} |"]
        lines += [""]
    return "\n".join(lines)


def cell_of(cell: Any) -> str:
    """Return one world's gain, in bold where it is sure."""
    told = f"{100 * cell.gain:+.1f}"
    return f"**{told}**" if cell.low * cell.high > 0 else told


def calibrated() -> str:
    """Return how the calibrated assumptions were found, and what they are."""
    given = scenarios.read_defaults(CALIBRATED)
    path = scenarios.find(CALIBRATED, "assumptions")
    lines = [
        "## Calibration",
        "",
        f"`{calibration.COMMAND}` searches {len(calibration.NAMES)} assumptions within their "
        "declared ranges, by scipy's COBYQA from the defaults on, for the world nearest to the "
        "defaults among those that show P6 and P8–P11 surely: the distance is how far each "
        "number's 95 % interval reaches out of its criterion, in widths of that, plus "
        f"{calibration.LEAVING:g} for each assumption that goes to the end of its range, "
        f"quadratic before. It uses seeds {calibration.SEEDS[0]}–{calibration.SEEDS[-1]}, the "
        "patterns above are measured with others. The "
        f"result stands in scenarios/assumptions/{path.name}: `partnersim compare --assumptions "
        f'{CALIBRATED}`, or `defaults = "{CALIBRATED}"` in a scenario file; what a market or a '
        "scenario says of its own goes before. The defaults stay as they are.",
        "",
        f"| assumption | {DEFAULTS} | {CALIBRATED} | range |",
        "| --- | ---: | ---: | --- |",
    ]
    usual = Assumptions()._asdict()
    for name, value in given.items():
        low, high = RANGES[name]
        lines.append(f"| {name} | {usual[name]:g} | {value:g} | {low:g} – {high:g} |")
    return "\n".join([*lines, ""])


def upper(text: str) -> str:
    """Return a text that begins with a capital."""
    return text[:1].upper() + text[1:]


def folder() -> Path:
    """Return the folder of the documents, in a checkout.

    Raises
    ------
    BadInput
        If this is no checkout.
    """
    place = scenarios.scenario_folder().parent / "docs"
    if not (place / "evidence.md").is_file():
        raise BadInput("--write: there are no documents here; it needs a checkout of the project.")
    return place


def write(found: Patterns) -> Path:
    """Write the document and its pictures; return its path."""
    place = folder()
    plots.save(place / "images", drawn.pictures(found.criteria, found.map), endings=("png",))
    write_whole(place / NAME, document(found).encode())
    return place / NAME
