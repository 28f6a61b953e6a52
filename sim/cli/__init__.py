"""The command `partnersim`: parse, call, print."""

from sim.cli import study, explain, check, lists  # isort: skip  (the order of the help)
from sim.cli.shared import app

__all__ = ["check", "explain", "lists", "main", "study"]


def main() -> None:
    """Run the command."""
    app()
