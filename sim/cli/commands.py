"""All commands, in the order of the help."""

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
from sim.cli.shared import app

__all__ = [
    "app",
    "bundle",
    "check",
    "decompose",
    "explain",
    "frontier",
    "lists",
    "patterns",
    "report",
    "robustness",
    "sensitivity",
    "study",
]
