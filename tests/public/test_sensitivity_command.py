"""The command `sensitivity`: what it prints, writes, and does not do twice."""

import json
import signal
import time

import pandas as pd
import pytest

ASK = ("--trajectories", "2", "--deep", "2", "--samples", "8", "--seeds", "2")


def test_it_writes_tables_pictures_and_a_manifest_and_simulates_nothing_twice(partnersim, tiny):
    done = partnersim("sensitivity", str(tiny), *ASK, "--out", "here")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for word in ("All 102 assumptions", "Luck:", "nothing is recommended", "(all others)"):
        assert word in done.stdout
    folder = tiny.parent / "here"
    for name in ("screening", "indices", "ends", "noise", "runs"):
        assert len(pd.read_parquet(folder / f"{name}.parquet"))
    for name in ("tornado", "indices"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"{name}.svg").read_text(encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["repeat"].startswith("partnersim sensitivity scenario.toml --trajectories 2")
    again = partnersim("sensitivity", str(tiny), *ASK, "--json")
    found = json.loads(again.stdout)
    assert found["reused"] == found["runs"] == 2 * (2 * 103 + (8 + 2) * 5 + 2 * 5)
    assert found["results_digest"] == manifest["results_digest"]
    assert found["findings"] == manifest["findings"]


def test_it_continues_where_it_was_killed(start, tiny):
    words = ("sensitivity", str(tiny), *ASK, "--json")
    killed = start(*words)
    store = tiny.parent / "results" / "runs"
    deadline = time.monotonic() + 300
    while len(list(store.glob("*.parquet"))) < 20 and killed.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert killed.poll() is None, "it ended before it could be killed"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    found, undisturbed = (
        json.loads(start(*words, *more).communicate(timeout=300)[0])
        for more in ((), ("--store", "fresh", "--out", "fresh-results"))
    )
    assert found["reused"] >= 40
    for key in ("results_digest", "indices", "noise", "findings"):
        assert found[key] == undisturbed[key]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--samples", "100"], "power of two"),
        (["--deep", "0"], "1 to 101"),
        (["--policies", "no_reward"], "at least two"),
        (["--out", "/proc/results"], "cannot be written"),
    ],
)
def test_bad_words_get_a_message_and_exit_2(partnersim, tmp_path, words, told):
    done = partnersim("sensitivity", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
