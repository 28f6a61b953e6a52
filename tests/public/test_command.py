"""The command keeps its promises: output, exit codes, files."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from sim.present.tables import comparison_tables
from sim.study.indicators import INDICATORS

PNG = b"\x89PNG\r\n\x1a\n"
FOUR = ["first_sale_lock", "client_choice", "split_reward", "recurring_forty"]


def test_run_prints_a_table_and_writes_a_whole_result_folder(partnersim, tiny):
    done = partnersim("run", str(tiny), "--out", "results-here")
    assert done.returncode == 0, done.stderr
    folder = tiny.parent / "results-here"
    for word in ("Vendor NPV", "Client churn", "Dead money", "baseline", str(folder)):
        assert word in done.stdout
    assert "interval" in done.stdout
    for name in ("comparison", "runs", "months"):
        parquet, csv = (
            pd.read_parquet(folder / f"{name}.parquet"),
            pd.read_csv(folder / f"{name}.csv"),
        )
        assert list(parquet.columns) == list(csv.columns)
        assert len(parquet) == len(csv) > 0
    for name in ("trajectories", "policy-by-indicator"):
        assert (folder / f"{name}.png").read_bytes().startswith(PNG)


def test_the_folder_is_enough_to_repeat_the_result_to_the_last_bit(partnersim, tiny):
    first = partnersim("run", str(tiny), "--out", "first", "--json")
    again = partnersim(
        "run", str(tiny.parent / "first" / "scenario.toml"), "--out", "again", "--json"
    )
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    ours, theirs = json.loads(first.stdout), json.loads(again.stdout)
    assert ours["results_digest"] == theirs["results_digest"]
    assert (tiny.parent / "first" / "runs.csv").read_bytes() == (
        tiny.parent / "again" / "runs.csv"
    ).read_bytes()
    manifest = json.loads((tiny.parent / "first" / "manifest.json").read_text())
    assert manifest["results_digest"] == ours["results_digest"]
    assert {"python", "mesa", "numpy", "numba"} <= set(manifest["versions"])
    assert manifest["seeds"] == [1, 2]
    assert all(row["source"] for row in manifest["assumptions"])
    assert "def credit" in manifest["inputs"]["programmes"][0]["source"]


def test_compare_takes_policies_years_and_seeds(partnersim):
    done = partnersim(
        "compare",
        "--policies",
        "no_reward,active_servicer",
        "--years",
        "1",
        "--seeds",
        "1",
        "--json",
        "--out",
        "here",
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["baseline"] == "no_reward"
    assert {row["programme"] for row in found["comparison"]} == {"no_reward", "active_servicer"}
    dead = {
        row["programme"]: row["level"]
        for row in found["comparison"]
        if row["indicator"] == "dead_money"
    }
    assert dead == {"no_reward": 0.0, "active_servicer": 0.0}


def test_quiet_prints_only_where_the_results_lie(partnersim, tiny):
    done = partnersim("run", str(tiny), "--quiet")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).joinpath("manifest.json").is_file()
    assert done.stderr == ""


def test_assumptions_as_json_name_value_unit_range_source_and_meaning(partnersim):
    rows = json.loads(partnersim("assumptions", "--json").stdout)
    assert len(rows) > 50
    for row in rows:
        assert set(row) == {
            "name", "value", "unit", "low", "high", "source", "meaning", "default",
        }  # fmt: skip
        assert row["value"] == row["default"]
        assert row["low"] <= row["value"] <= row["high"], row["name"]
        assert row["unit"]
        assert row["source"]
        assert row["meaning"].endswith(".")


def test_assumptions_of_a_market_are_its_own(partnersim):
    rows = json.loads(partnersim("assumptions", "--market", "messenger", "--json").stdout)
    arpa = next(row for row in rows if row["name"] == "arpa")
    assert (arpa["value"], arpa["default"]) == (3_500, 10_000)
    assert arpa["source"] == "stated by the market messenger"
    listed = " ".join(partnersim("assumptions", "--market", "messenger").stdout.split())
    assert "stated by the market" in listed
    assert "shipped: 10 000" in listed
    assert "A; S1 algebra" not in listed


@pytest.mark.parametrize("command", ["policies", "scenarios"])
def test_lists_are_readable_and_machine_readable(partnersim, command):
    table, data, bare = (partnersim(command, *flag) for flag in ((), ("--json",), ("--quiet",)))
    names = [row["name"] for row in json.loads(data.stdout)]
    assert bare.stdout.split() == names
    assert all(name in table.stdout for name in names)


def test_all_named_policies_are_listed(partnersim):
    names = partnersim("policies", "--quiet").stdout.split()
    others = {"active_servicer", "clauses", "inactivity_release", "no_reward"}
    assert {*FOUR, *others} == set(names)


@pytest.mark.parametrize(
    "command",
    [
        "compare",
        "run",
        "robustness",
        "decompose",
        "explain",
        "policies",
        "scenarios",
        "assumptions",
    ],
)
def test_every_command_explains_itself_with_examples(partnersim, command):
    done = partnersim(command, "--help")
    assert done.returncode == 0
    assert "Examples" in done.stdout
    assert f"partnersim {command}" in done.stdout
    for option in ("--json", "--quiet"):
        assert option in done.stdout


BAD = {
    "an unknown key": ("yeers = 3", ["yeers", "years"]),
    "a wrong type": ('years = "ten"', ["years", "integer"]),
    "a number out of range": ("years = 1000", ["years", "1 to 50"]),
    "a number that is none": ("[assumptions]\npoaching = nan", ["assumptions.poaching"]),
    "an unknown assumption": ("[assumptions]\npoching = 0.1", ["assumptions.poching", "poaching"]),
    "a market that does not exist": ('market = "telefony"', ["market", "telephony"]),
    "a baseline that does not exist": ('baseline = "luck"', ["baseline", "lock"]),
    "a policy that does not exist": (
        '[programmes.x]\npolicy = "client_choise"',
        ["programmes.x.policy", "client_choice"],
    ),
    "an unknown term": (
        '[programmes.x]\npolicy = "client_choice"\nrat = 0.1',
        ["programmes.x.rat", "'rate'"],
    ),
    "a term out of range": (
        '[programmes.x]\npolicy = "client_choice"\nrate = 1.5',
        ["programmes.x.rate", "0 to 1"],
    ),
    "something that is not TOML": ("years = = 3", ["not valid TOML", "line"]),
    "a key given twice": ("seeds = 1\nseeds = 2", ["not valid TOML", "line"]),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_scenario_gets_one_message_with_file_and_key(partnersim, tmp_path, what):
    line, told = BAD[what]
    head = 'question = "q"\nprovenance = "p"\n'
    lock = '\n[programmes.lock]\npolicy = "first_sale_lock"\n'
    text = head + (lock + line if line.startswith("[") else line + lock)
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    done = partnersim("run", "bad.toml", "--out", "never")
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "bad.toml" in lines[0]
    for word in told:
        assert word in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.toml"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "four-policy"], "four-policies"),
        (["run", "missing.toml"], "missing.toml"),
        (["compare", "--policies", "first_sale_lok"], "first_sale_lock"),
        (["compare", "--policies", ""], "first_sale_lock"),
        (["compare", "--market", "telefony"], "telephony"),
        (["compare", "--years", "0"], "1 to 50"),
        (["compare", "--years", "ten"], "--years"),
        (["compare", "--seeds", "-3"], "seeds"),
        (["compare", "--worlds", "-3"], "worlds"),
        (["compare", "--nonsense"], "--nonsense"),
        (["compare", "--precision", "abc"], "'abc'"),
        (["compare", "--precision", "0"], "1% or 0.01"),
        (["compare", "--precision=-1%"], "1% or 0.01"),
        (["compare", "--precision", "1%", "--indicator", "npw"], "npv"),
        (["compare", "--precision", "1%", "--max-seeds", "3"], "10 to 100000"),
        (["compare", "--indicator", "npv"], "--precision"),
        (["assumptions", "--market", "telefony"], "telephony"),
    ],
)
def test_bad_words_get_a_message_and_exit_2(partnersim, tmp_path, words, told):
    done = partnersim(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_peoples_files_is_left_alone(partnersim, tiny):
    folder = tiny.parent / "precious"
    folder.mkdir()
    (folder / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    done = partnersim("run", str(tiny), "--out", "precious")
    assert done.returncode == 2
    assert "precious" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_new_results_replace_old_ones_and_notes_stay(partnersim, tiny):
    folder = tiny.parent / "same"
    assert partnersim("run", str(tiny), "--out", "same").returncode == 0
    runs = (folder / "runs.csv").read_bytes()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / "runs.csv").write_text("changed", encoding="utf-8")
    done = partnersim("run", str(tiny), "--out", "same")
    assert done.returncode == 0
    assert "kept as runs.kept.csv" in done.stderr
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "runs.kept.csv").read_text(encoding="utf-8") == "changed"
    assert (folder / "runs.csv").read_bytes() == runs
    assert not [path for path in tiny.parent.iterdir() if path.name.startswith(".")]


def test_results_of_another_study_are_left_alone(partnersim, studied):
    kept = (studied / "runs.csv").read_bytes()
    done = partnersim("run", "debate.toml", "--out", "here", "--seeds", "3")
    assert done.returncode == 2
    assert "another study" in done.stderr
    assert (studied / "runs.csv").read_bytes() == kept


def test_a_place_that_cannot_be_written_is_told_before_the_work(partnersim, tiny):
    done = partnersim("run", str(tiny), "--out", "/proc/results")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_cannot_be_written_is_told_before_the_work(partnersim, tiny):
    (tiny.parent / "notes").write_text("a file", encoding="utf-8")
    done = partnersim("run", str(tiny), "--store", "notes")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "notes" in line
    assert "--store" in line


@pytest.mark.parametrize("place", ["kept", "."])
def test_results_are_not_put_where_finished_runs_are_kept(partnersim, tiny, place):
    done = partnersim("run", str(tiny), "--store", "kept", "--out", place)
    assert done.returncode == 2
    assert "finished runs are kept in it" in done.stderr
    assert not (tiny.parent / "kept").exists()


def test_a_reader_who_stops_early_is_no_fault(partnersim, tmp_path):
    command = f"{Path(sys.executable).parent / 'partnersim'} assumptions --quiet | head -2"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert len(done.stdout.split()) == 2
    assert done.stderr == ""


def test_many_programmes_are_told_whole_in_any_width():
    rows = [
        {
            "programme": name,
            "indicator": indicator.name,
            "unit": indicator.unit,
            "level": 1.5e8,
            "level_low": 1e8,
            "level_high": 2e8,
            "difference": 1e7,
            "low": -1e7,
            "high": 3e7,
            "relative": 0.1,
        }
        for name in ("base", "recurring_forty", "inactivity_release", "c", "d")
        for indicator in INDICATORS
    ]
    comparison = pd.DataFrame(rows)
    comparison.attrs = {"baseline": "base"}
    for width in (80, 100, 145, 300):
        console = Console(width=width, record=True, file=io.StringIO())
        for table in comparison_tables(comparison, width):
            console.print(table)
        text = console.export_text()
        for name in ("recurring_forty", "inactivity_release", "[-10.0, +30.0]"):
            assert name in text, width


def test_findings_name_their_condition(partnersim, tiny):
    found = json.loads(partnersim("run", str(tiny), "--json").stdout)
    assert re.search(r"\[.*,.*\]", found["findings"][0])
    assert any("one set of assumptions" in said for said in found["findings"])


def test_it_is_told_what_is_not_as_shipped_and_that_nobody_looked_elsewhere(partnersim, tiny):
    with tiny.open("a") as file:
        file.write("\n[assumptions]\npoaching = 0.08\n")
    found = json.loads(partnersim("run", str(tiny), "--json", "--out", "own").stdout)
    manifest = json.loads((tiny.parent / "own" / "manifest.json").read_text())
    assert found["departures"] == manifest["departures"]
    (one,) = found["departures"]
    assert (one["name"], one["value"], one["default"]) == ("poaching", 0.08, 0.01)
    assert (one["unit"], one["source"]) == ("per account-month", "stated by this scenario")
    assert found["other_worlds_left_out"] is manifest["other_worlds_left_out"] is True
    own, left_out = found["findings"][-2:]
    assert own.endswith("poaching 0.08 per account-month (shipped: 0.01).")
    assert left_out.startswith("Other plausible worlds were left out")
    assert " ".join(own.split()) in " ".join(partnersim("run", str(tiny)).stdout.split())


def test_a_comparison_says_in_how_many_plausible_worlds_it_holds(partnersim, tiny):
    ask = ("run", str(tiny), "--json", "--worlds", "30")
    found, again = (json.loads(partnersim(*ask).stdout) for _ in range(2))
    assert found["worlds"] == 30
    assert found["other_worlds_left_out"] is False
    assert found["robustness"] == again["robustness"]
    assert re.search(r"choice beats lock .* of 30 plausible worlds", found["findings"][-2])
    for name in ("best", "beats", "conditions"):
        table = pd.read_csv(Path(found["folder"]) / f"robustness-{name}.csv")
        assert len(table) == len(found["robustness"][name])
    assert (Path(found["folder"]) / "robustness-map.png").read_bytes().startswith(PNG)
    assert len(list((tiny.parent / "results" / "runs").iterdir())) == 2 + 30 + 6


def test_a_comparison_in_no_other_worlds_is_another_study(partnersim, tiny):
    alone = json.loads(partnersim("run", str(tiny), "--json", "--worlds", "0").stdout)
    assert alone["robustness"] == {}
    assert not list(Path(alone["folder"]).glob("robustness*"))
    assert len(list((tiny.parent / "results" / "runs").iterdir())) == 2
    mesa = partnersim(
        "run", str(tiny), "--json", "--engine", "mesa", "--seeds", "1", "--worlds", "5"
    )
    assert json.loads(mesa.stdout)["worlds"] == 0
    beside = json.loads(partnersim("run", str(tiny), "--json", "--worlds", "5").stdout)
    assert beside["results_digest"] == alone["results_digest"]
    assert beside["folder"] != alone["folder"]
