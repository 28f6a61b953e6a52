"""A fault of ours ends in exit code 1 and says whose it is."""

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.world import departures


def test_our_own_fault_is_exit_1_and_says_so(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(departures, "catalogue", broken)
    done = CliRunner().invoke(app, ["assumptions", "--json"])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "a fault of ours" in done.stderr
    assert "ZeroDivisionError" in done.stderr
