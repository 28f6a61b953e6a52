"""The command `robustness`: what it prints, writes, and does not do twice."""

import json
from pathlib import Path

import pandas as pd
import pytest

ASK = ("robustness", "--worlds", "20")


def test_it_writes_tables_pictures_and_a_manifest_that_repeats_it(partnersim, tiny):
    done = partnersim(*ASK, str(tiny), "--out", "here")
    assert done.returncode == 0, done.stderr
    for word in ("20 plausible worlds", "choice beats lock", "second seed in 4", "interval"):
        assert word in done.stdout
    folder = tiny.parent / "here"
    for name in ("best", "beats", "conditions", "telling", "worlds", "runs"):
        assert list(pd.read_parquet(folder / f"{name}.parquet").columns)
    for name in ("robustness-map", "robustness-shares"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"{name}.svg").read_text(encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    words = manifest["repeat"].split(" (")[0].split()[1:]
    words[words.index("scenario.toml")] = str(folder / "scenario.toml")
    again = partnersim(*words, "--json", "--out", "again", "--store", "fresh")
    assert again.returncode == 0, again.stderr
    found = json.loads(again.stdout)
    assert found["results_digest"] == manifest["results_digest"]
    *findings, own = found["findings"]
    assert findings == manifest["findings"]
    assert own.startswith("Stated by this scenario")  # the file has the numbers of the own market
    assert found["reused"] == 0


def test_a_repeated_command_simulates_nothing_and_says_the_same(partnersim, tiny):
    first, again = (json.loads(partnersim(*ASK, str(tiny), "--json").stdout) for _ in range(2))
    assert (first.pop("reused"), again.pop("reused")) == (0, first["runs"])
    assert first == again
    assert first["worlds"] == 20
    best = pd.DataFrame(first["best"])
    assert best.groupby("side")["share"].sum().to_numpy() == pytest.approx(1.0)


def test_quiet_prints_only_where_the_results_lie(partnersim, tiny):
    done = partnersim(*ASK, str(tiny), "--quiet")
    assert Path(done.stdout.strip()).joinpath("manifest.json").is_file()
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--worlds", "0"], "1 to 100000"),
        (["--worlds", "many"], "--worlds"),
        (["--policies", "no_reward"], "at least two"),
        (["four-policy"], "four-policies"),
        (["--out", "/proc/results"], "cannot be written"),
    ],
)
def test_bad_words_get_a_message_and_exit_2(partnersim, tmp_path, words, told):
    done = partnersim("robustness", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
