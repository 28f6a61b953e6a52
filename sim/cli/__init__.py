"""The command `partnersim`: parse, call, print."""

from sim.cli import study, robustness, explain, check, patterns, lists  # isort: skip  (the order of the help)
from sim.cli.shared import app

__all__ = ["check", "explain", "lists", "main", "robustness", "study"]


def main() -> None:
    """Run the command."""
    app()
