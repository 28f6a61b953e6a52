"""Whatever becomes of a file on its way, it is read, or refused in a line that names it."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.study import folder
from sim.study.identity import digest_of
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from tests.public.mutations import mutants, shipped, write

A_FEW, ALL = 300, 5_000
A_FEW_RUNS, ALL_RUNS = 6, 200
IS_REDUCED = os.environ.get("PARTNERSIM_SLOW") == "reduced"
TINY = ("--years=1", "--seeds=1", "--worlds=0", "--at-most=3e6", "--quiet")
COMMANDS = {
    "scenario": ("run",),
    "market": ("compare", "--market"),
    "assumptions": ("compare", "--assumptions"),
}
READERS = {
    "scenario": scenarios.load,
    "market": lambda name: scenarios.load(market=name),
    "assumptions": lambda name: scenarios.load(assumptions=name),
}


def assert_read_or_refused(path: Path, kind: str) -> bool:
    """Read a file; return whether it could be."""
    try:
        found = READERS[kind](str(path))
    except BadInput as refusal:
        told = str(refusal)
        assert path.name in told
        assert "\n" not in told
        assert len(told) < 2_000
        return False
    assert isinstance(found, scenarios.Scenario)
    again = path.with_name("again.toml")
    again.write_text(scenarios.dumps(found), encoding="utf-8")
    reread = scenarios.load(str(again))
    assert digest_of(folder.inputs(reread)) == digest_of(
        folder.inputs(found._replace(market=reread.market))
    )
    return True


def read_or_refuse(count: int, seed: int, place: Path) -> int:
    """Read so many spoiled files; return how many could be."""
    read = 0
    for number, (kind, content) in enumerate(mutants(count, shipped(), seed)):
        path = write(place, number, kind, content)
        try:
            read += assert_read_or_refused(path, kind)
        except BaseException as fault:
            fault.add_note(f"mutant {number} of {kind}, seed {seed}: {content[:400]!r}")
            raise
        path.unlink()
    return read


def test_spoiled_files_are_read_or_refused_in_a_line(tmp_path: Path):
    assert 0 < read_or_refuse(A_FEW, 1, tmp_path) < A_FEW


@pytest.mark.slow
def test_all_spoiled_files_are_read_or_refused_in_a_line(tmp_path: Path):
    count = A_FEW if IS_REDUCED else ALL
    assert 0 < read_or_refuse(count, 2, tmp_path) < count


def run_or_refuse(count: int, seed: int, place: Path) -> int:
    """Give the command so many spoiled files; return how many it could run."""
    run = 0
    for number, (kind, content) in enumerate(mutants(count, shipped(), seed)):
        path = write(place, number, kind, content)
        out = place / f"out-{number}"
        asked = (*COMMANDS[kind], str(path), *TINY, f"--out={out}", f"--store={place / 'store'}")
        done = CliRunner().invoke(app, asked)
        about = f"mutant {number} of {kind}, seed {seed}: {done.output[-1000:]}"
        assert done.exit_code in (0, 2), about
        assert "Traceback" not in done.output, about
        if done.exit_code == 2:
            assert done.stderr.startswith("partnersim: "), about
            assert done.stderr.count("\n") == 1, about
            assert not out.exists(), about
        else:
            assert (out / "manifest.json").is_file(), about
            run += 1
    return run


def test_spoiled_files_are_run_or_refused_by_the_command(tmp_path: Path):
    assert 0 < run_or_refuse(A_FEW_RUNS, 4, tmp_path) < A_FEW_RUNS


@pytest.mark.slow
def test_all_spoiled_files_are_run_or_refused_by_the_command(tmp_path: Path):
    count = A_FEW_RUNS if IS_REDUCED else ALL_RUNS
    assert 0 < run_or_refuse(count, 5, tmp_path) < count
