"""`partnersim patterns`: table, folder, machine-readable result, faults."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.questions.patterns import signs
from sim.questions.patterns.catalogue import PATTERNS


@pytest.fixture
def partnersim(tmp_path, monkeypatch):
    """The command, in an empty folder, with a map of four worlds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signs, "STEPS", 2)
    return lambda *words: CliRunner().invoke(app, ["patterns", *words])


def test_it_prints_every_criterion_and_writes_a_whole_folder(partnersim, tmp_path):
    done = partnersim("--seeds", "2", "--assumptions", "defaults", "--out", "found")
    assert done.exit_code == 0, done.output
    for pattern in PATTERNS:
        assert f"{pattern.name} " in done.stdout
    criteria = pd.read_parquet(tmp_path / "found" / "criteria.parquet")
    assert len(criteria) == sum(len(pattern.criteria) for pattern in PATTERNS)
    assert len(pd.read_csv(tmp_path / "found" / "map.csv")) == 4
    manifest = json.loads((tmp_path / "found" / "manifest.json").read_text())
    assert manifest["repeat"] == "partnersim patterns --assumptions defaults --seeds 2"
    assert (tmp_path / "found" / "patterns.png").stat().st_size > 0


def test_json_is_the_same_whenever_it_is_asked(partnersim):
    ask = ("--seeds", "2", "--assumptions", "calibrated", "--json")
    first, again = json.loads(partnersim(*ask).stdout), json.loads(partnersim(*ask).stdout)
    assert first == again
    assert {row["verdict"] for row in first["criteria"]} <= {
        "met",
        "missed",
        "not distinguishable",
    }
    assert {row["assumptions"] for row in first["criteria"]} == {"calibrated"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--assumptions", "calibratd"), "calibrated"),
        (("--seeds", "1"), "seeds"),
        (("--assumptions", ""), "assumptions"),
    ],
)
def test_bad_input_ends_in_one_message_before_the_work(partnersim, words, told):
    done = partnersim(*words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
