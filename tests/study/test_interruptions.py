"""Whatever happens to a study, the same command ends in the same result."""

import json
import os
import re
import resource
import signal
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from sim.study import folder
from sim.world.errors import BadInput

PATIENCE = 300.0


def parts(place: Path) -> list[Path]:
    return sorted((place / "results" / "runs").glob("*.parquet"))


def wait_for(process, place, least):
    """Wait until a study has stored so many worlds."""
    deadline = time.monotonic() + PATIENCE
    while len(parts(place)) < least and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert process.poll() is None, "the study ended before it could be disturbed"


def leftovers(place: Path) -> list[Path]:
    return [path for path in place.rglob(".*") if "~" in path.name]


def test_a_study_killed_again_and_again_ends_as_if_undisturbed(start, debate, tmp_path):
    for least in (0, 1, 12, 30):
        killed = start("run", str(debate))
        wait_for(killed, tmp_path, least)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
    stored = len(parts(tmp_path))
    assert 30 <= stored < 60
    told, faults = start("run", str(debate), "--out", "disturbed").communicate(timeout=PATIENCE)
    assert faults == ""
    assert f"{2 * stored} of 120 runs were there already" in told
    assert leftovers(tmp_path) == []
    start("run", str(debate), "--store", "fresh", "--out", "undisturbed").communicate()
    ours, theirs = tmp_path / "disturbed", tmp_path / "undisturbed"
    for name in ("runs.csv", "months.csv", "comparison.csv"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    manifests = [json.loads((one / "manifest.json").read_text()) for one in (ours, theirs)]
    assert manifests[0] == manifests[1]
    used = manifests[0]["runs"]["choice"]["digests"]
    by_programme = pd.read_parquet(tmp_path / "results" / "runs").groupby("programme_digest")
    kept = by_programme.get_group(manifests[0]["runs"]["choice"]["programme_digest"])
    assert used == dict(zip(kept["seed"].astype(str), kept["digest"], strict=True))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_study_says_what_is_kept(start, debate, tmp_path, how):
    stopped = start("run", str(debate))
    wait_for(stopped, tmp_path, 5)
    stopped.send_signal(how)
    _, told = stopped.communicate(timeout=PATIENCE)
    assert stopped.returncode == 130
    (line,) = told.strip().splitlines()
    stored = 2 * len(parts(tmp_path))
    said = int(re.search(r"(\d+) of 120 runs are kept", line)[1])
    assert said in (stored, stored - 2)  # stopped before the last world was counted
    assert "same command continues" in line
    assert leftovers(tmp_path) == []


def test_a_closed_terminal_ends_a_study_on_the_slow_engine_in_one_line(start, debate, tmp_path):
    words = ("run", str(debate), "--engine", "mesa")
    stopped = start(*words, start_new_session=True)
    wait_for(stopped, tmp_path, 1)
    os.killpg(stopped.pid, signal.SIGHUP)  # as a terminal tells all who run in it
    _, told = stopped.communicate(timeout=PATIENCE)
    assert stopped.returncode == 130
    (line,) = told.strip().splitlines()
    assert "of 120 runs are kept" in line


def test_who_is_told_to_go_on_without_a_terminal_does(start, debate):
    ignoring = start(
        "run",
        str(debate),
        "--quiet",
        "--seeds",
        "12",
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    while ignoring.poll() is None:
        ignoring.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    assert ignoring.communicate()[1] == ""
    assert ignoring.returncode == 0


def test_a_full_disk_is_told_and_what_was_finished_is_kept(start, debate, tmp_path):
    assert start("run", str(debate), "--seeds", "2").wait(PATIENCE) == 0

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    full = start("run", str(debate), preexec_fn=no_room)
    _, told = full.communicate(timeout=PATIENCE)
    assert full.returncode == 2
    (line,) = told.strip().splitlines()
    for word in ("results/months/", "cannot be written", "File too large", "Make room", "--store"):
        assert word in line
    assert leftovers(tmp_path) == []
    assert len(parts(tmp_path)) == 2
    told, _ = start("run", str(debate), "--seeds", "4").communicate(timeout=PATIENCE)
    assert "4 of 8 runs were there already" in told


def test_a_disk_too_full_for_the_result_folder_keeps_the_old_one(start, debate, tmp_path):
    words = ("run", str(debate), "--seeds", "2", "--out", "here")
    assert start(*words).wait(PATIENCE) == 0
    kept = {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()}

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    full = start(*words, preexec_fn=little_room)
    _, told = full.communicate(timeout=PATIENCE)
    assert full.returncode == 2
    (line,) = told.strip().splitlines()
    assert "here: the results cannot be written" in line
    assert {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()} == kept
    assert leftovers(tmp_path) == []


def test_two_at_once_on_one_store_and_one_folder_agree(start, debate, tmp_path):
    both = [start("run", str(debate), "--out", "here", "--json") for _ in range(2)]
    said = [process.communicate(timeout=PATIENCE) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    alone = start("run", str(debate), "--out", "alone", "--store", "fresh", "--json")
    found = [json.loads(out) for out, _ in (*said, alone.communicate(timeout=PATIENCE))]
    assert len({one["results_digest"] for one in found}) == 1
    assert len(pd.read_parquet(tmp_path / "results" / "runs")) == 120
    for name in ("runs.csv", "months.csv", "comparison.csv"):
        ours, theirs = tmp_path / "here" / name, tmp_path / "alone" / name
        assert ours.read_bytes() == theirs.read_bytes()
    assert leftovers(tmp_path) == []


def test_many_writers_of_one_folder_leave_it_whole(tmp_path):
    place = tmp_path / "here"
    faults = []

    def fill(fresh: Path) -> None:
        content = {"made_by": "partnersim", "inputs_digest": "the same"}
        (fresh / "manifest.json").write_text(json.dumps(content))
        (fresh / "table.csv").write_text("a,b\n")

    def write() -> None:
        try:
            for _ in range(20):
                folder.write(place, fill)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        ".partnersim",
        "here",
        "manifest.json",
        "table.csv",
    ]


@pytest.mark.parametrize("content", ['{"made_by": "partnersim", "inputs_digest": "other"}', "{}"])
def test_what_others_put_there_meanwhile_is_left_alone(tmp_path, content):
    place = tmp_path / "here"

    def fill(fresh: Path) -> None:
        (fresh / "manifest.json").write_text('{"made_by": "partnersim", "inputs_digest": "ours"}')
        place.mkdir()
        (place / "manifest.json").write_text(content)

    with pytest.raises(BadInput, match="nothing there is touched"):
        folder.write(place, fill)
    assert (place / "manifest.json").read_text() == content
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
