"""Questions asked with a command: on which basis, and which clause carries what."""

import json

import pandas as pd
import pytest

PNG = b"\x89PNG\r\n\x1a\n"


def test_on_a_basis_the_folder_repeats_what_was_found_without_searching(partnersim, tiny):
    bare = ("--worlds", "0", "--json")
    first = partnersim("run", str(tiny), "--basis", "budget", "--out", "fair", *bare)
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    again = partnersim("run", "fair/scenario.toml", "--out", "again", *bare)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["results_digest"] == found["results_digest"]
    manifest = json.loads((tiny.parent / "fair" / "manifest.json").read_text())
    assert manifest["basis"] == found["basis"]
    assert manifest["basis"]["name"] == manifest["inputs"]["basis"] == "budget"
    assert "Equal budget" in found["findings"][0]


def test_an_unknown_basis_is_told_before_the_work(partnersim, tiny):
    done = partnersim("run", str(tiny), "--basis", "buget")
    assert done.returncode == 2
    assert "budget" in done.stderr
    assert done.stderr.count("\n") == 1


def test_decompose_writes_a_whole_folder_that_repeats_itself(partnersim, tiny):
    first = partnersim("decompose", str(tiny), "--out", "apart", "--json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    folder = tiny.parent / "apart"
    clauses = pd.read_parquet(folder / "decomposition.parquet")
    assert clauses["contribution"].sum() == pytest.approx(found["whole"]["difference"])
    assert len(pd.read_csv(folder / "decomposition.csv")) == len(clauses) == 2
    assert (folder / "waterfall.png").read_bytes().startswith(PNG)
    assert "<svg" in (folder / "waterfall.svg").read_text()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["repeat"].startswith("partnersim decompose scenario.toml --from lock --to ch")
    words = ("--from", "lock", "--to", "choice", "--indicator", "npv")
    again = partnersim("decompose", "apart/scenario.toml", *words, "--out", "again", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["results_digest"] == manifest["results_digest"]


def test_decompose_prints_each_clause_and_what_it_rests_on(partnersim, tiny):
    done = partnersim("decompose", str(tiny), "--indicator", "client_churn")
    assert done.returncode == 0, done.stderr
    for words in ("moves_on_request", "complexity", "whole difference", "Shapley", "95 %"):
        assert words in done.stdout
    bare = partnersim("decompose", str(tiny), "--indicator", "client_churn", "--quiet")
    assert (tiny.parent / bare.stdout.strip() / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--to", "chioce"), "choice"),
        (("--to", "lock"), "does not differ"),
        (("--indicator", "npw"), "npv"),
        (("--from", "choice", "--to", "client_choice"), "say the same"),
    ],
)
def test_decompose_tells_what_cannot_be_taken_apart(partnersim, tiny, words, told):
    done = partnersim("decompose", str(tiny), *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
