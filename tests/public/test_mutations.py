"""Whatever becomes of a file on its way, it is read, or refused in a line that names it."""

import os
from pathlib import Path

import pytest

from sim.study import folder
from sim.study.identity import digest_of
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from tests.public.mutations import mutants, shipped, write

A_FEW, ALL = 300, 5_000
IS_REDUCED = os.environ.get("PARTNERSIM_SLOW") == "reduced"
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
