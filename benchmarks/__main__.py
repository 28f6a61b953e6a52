"""Measure everything side by side: print a table, write it as JSON and into docs/performance.md."""

import argparse
import json
import platform
import subprocess
from pathlib import Path

from benchmarks.answers import answers
from benchmarks.command import command
from benchmarks.engines import ensembles, one_run, yardsticks
from benchmarks.machine import distance
from benchmarks.size import growth, memory
from benchmarks.watching import watching
from benchmarks.worlds import worlds

PARTS = {
    "one run": one_run,
    "ensembles": ensembles,
    "yardsticks": yardsticks,
    "machine": distance,
    "growth": growth,
    "memory": memory,
    "command": command,
    "worlds": worlds,
    "answers": answers,
    "watching": watching,
}
RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def table(found):
    """The figures of every part as one Markdown table."""
    lines = ["| | measured | | target |", "| --- | ---: | --- | --- |"]
    for part, figures in found.items():
        lines.append(f"| **{part}** | | | |")
        for figure in figures:
            mark = "" if figure.is_met else " — missed"
            target = figure.target.replace(">=", "≥").replace("<=", "≤") + mark
            lines.append(f"| {figure.what} | {figure.value:,.3g} | {figure.unit} | {target} |")
    return "\n".join(lines)


def main():
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="tiny: see that it runs, no figures")
    parser.add_argument("--record", action="store_true", help="write results.json and the page")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {sorted(unknown)}; there are {', '.join(PARTS)}")
    found = {}
    for part in asked.parts or PARTS:
        found[part] = PARTS[part](asked.quick)
        print(table({part: found[part]}), flush=True)
    if asked.record:
        record(found)


def record(found):
    """Write the figures down."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "commit": commit,
    }
    parts = {part: [figure._asdict() for figure in figures] for part, figures in found.items()}
    RESULTS.write_text(json.dumps({**machine, "parts": parts}, indent=2) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(found)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
