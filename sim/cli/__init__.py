"""The command `partnersim`: parse, call, print."""

import functools
import os
import sys
import warnings

# In the order of the help.
from sim.cli import study  # isort: skip
from sim.cli import robustness  # isort: skip
from sim.cli import sensitivity  # isort: skip
from sim.cli import decompose  # isort: skip
from sim.cli import frontier  # isort: skip
from sim.cli import report  # isort: skip
from sim.cli import explain  # isort: skip
from sim.cli import bundle  # isort: skip
from sim.cli import check  # isort: skip
from sim.cli import patterns  # isort: skip
from sim.cli import lists  # isort: skip
from sim.cli import streams
from sim.cli.shared import app, ending, show_warning

__all__ = [
    "bundle",
    "check",
    "decompose",
    "explain",
    "frontier",
    "lists",
    "main",
    "patterns",
    "report",
    "robustness",
    "sensitivity",
    "study",
]


def main() -> None:
    """Run the command, on whatever terminal and from whatever program it was started."""
    os.environ["MPLBACKEND"] = "agg"  # a notebook's own may not be installed here
    streams.open_up()
    warnings.showwarning = functools.partial(show_warning, warnings.showwarning)
    with ending():
        try:
            app()
        finally:
            for stream in filter(None, (sys.stderr, sys.stdout)):
                stream.flush()
