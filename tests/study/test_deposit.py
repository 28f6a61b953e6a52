"""What people keep in a result folder stays; what the program wrote is replaced, each whole."""

import os
from pathlib import Path

import pytest

from sim.study import deposit, folder
from sim.world.errors import BadInput

MANIFEST = '{"made_by": "partnersim", "inputs_digest": "ours"}'
OWN = {"manifest.json": MANIFEST, "runs.csv": "first", "programmes/one.toml": "first"}


def filler(files):
    def fill(fresh: Path) -> None:
        for name, text in files.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            (fresh / name).write_text(text)

    return fill


def write(place, text="first"):
    """Write results whose tables have a text; return what was told."""
    told: list[str] = []
    files = {name: text if old == "first" else old for name, old in OWN.items()}
    folder.write(place, filler(files), told.append)
    return told


@pytest.fixture
def place(tmp_path) -> Path:
    write(tmp_path / "here")
    return tmp_path / "here"


def content(place):
    return {
        path.relative_to(place).as_posix(): path.read_text()
        for path in place.rglob("*")
        if path.is_file() and path.name != deposit.LEDGER
    }


def test_what_the_program_wrote_is_replaced_and_everything_else_stays(place):
    notes = {
        "notes.txt": "mine",
        "programmes/notes.txt": "mine",
        "own/a.csv": "mine",
        ".hidden": "mine",
    }
    filler(notes)(place)
    inode = (place / "notes.txt").stat().st_ino
    (place / "elsewhere").symlink_to("/nowhere")
    assert write(place, "second") == []
    written = dict.fromkeys(OWN, "second") | {"manifest.json": MANIFEST}
    assert content(place) == written | notes
    assert (place / "notes.txt").stat().st_ino == inode
    assert (place / "elsewhere").is_symlink()
    assert [path.name for path in place.parent.iterdir()] == ["here"]


def test_a_file_that_somebody_changed_is_kept_and_told_in_one_line(place):
    for number, name in enumerate(("runs.kept.csv", "runs.kept-2.csv")):
        (place / "runs.csv").write_text(f"changed {number}")
        (line,) = write(place, "second")
        assert "runs.csv is not as partnersim wrote it" in line
        assert name in line
        assert (place / name).read_text() == f"changed {number}"
        assert (place / "runs.csv").read_text() == "second"


def test_a_file_that_is_as_it_would_be_written_is_nobodys_own(place):
    (place / deposit.LEDGER).unlink()
    assert write(place) == []


def test_a_folder_without_a_ledger_loses_nothing(place):
    (place / deposit.LEDGER).unlink()
    assert len(write(place, "second")) == 2
    assert (place / "programmes" / "one.kept.toml").read_text() == "first"


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_writer_killed_half_way_leaves_whole_files_and_nothing_to_keep(place, monkeypatch, most):
    replaced = []
    replace = Path.replace

    def stopped(path, target):
        if len(replaced) == most:
            raise KeyboardInterrupt
        replaced.append(target)
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            write(place, "second")
    assert set(content(place).values()) <= {"first", "second", MANIFEST}
    assert len(content(place)) == len(OWN)
    assert write(place, "third") == []
    assert set(content(place).values()) == {"third", MANIFEST}


def test_nothing_is_written_through_a_link(place, tmp_path):
    mine, own = tmp_path / "mine.csv", tmp_path / "own"
    mine.write_text("mine")
    own.mkdir()
    (place / "runs.csv").unlink()
    (place / "runs.csv").symlink_to(mine)
    (place / "programmes").rename(own / "programmes")
    (place / "programmes").symlink_to(own / "programmes")
    assert len(write(place, "second")) == 2
    assert mine.read_text() == "mine"
    assert content(own) == {"programmes/one.toml": "first"}
    assert not (place / "runs.csv").is_symlink()
    assert not (place / "programmes").is_symlink()
    assert Path(os.readlink(place / "runs.kept.csv")) == mine
    assert (place / "programmes.kept").is_symlink()


def test_a_folder_that_is_a_link_is_written_where_it_points(place, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(place)
    (place / "notes.txt").write_text("mine")
    write(link, "second")
    assert link.is_symlink()
    assert content(place)["runs.csv"] == "second"
    assert content(place)["notes.txt"] == "mine"


def test_folders_and_files_in_the_way_are_kept(place):
    (place / "runs.csv").unlink()
    (place / "runs.csv").mkdir()
    (place / "runs.csv" / "notes.txt").write_text("mine")
    (place / "programmes" / "one.toml").unlink()
    (place / "programmes").rmdir()
    (place / "programmes").write_text("mine")
    assert len(write(place, "second")) == 2
    assert (place / "runs.kept.csv" / "notes.txt").read_text() == "mine"
    assert (place / "programmes.kept").read_text() == "mine"
    assert (place / "programmes" / "one.toml").read_text() == "second"


def test_a_pipe_in_the_way_is_kept_and_not_waited_for(place):
    (place / "runs.csv").unlink()
    os.mkfifo(place / "runs.csv")
    assert len(write(place, "second")) == 1
    assert (place / "runs.csv").read_text() == "second"


def test_the_ledger_is_not_written_through_a_link(place, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (place / deposit.LEDGER).unlink()
    (place / deposit.LEDGER).symlink_to(mine)
    with pytest.raises(BadInput, match="delete it"):
        write(place, "second")
    assert mine.read_text() == "mine"
    assert content(place) == OWN


def test_a_torn_line_of_the_ledger_costs_only_itself(place):
    ledger = place / deposit.LEDGER
    ledger.write_bytes(ledger.read_bytes()[:-5])
    write(place, "second")
    assert write(place, "third") == []


def test_files_added_to_a_folder_follow_the_same_rule(tmp_path):
    (tmp_path / "picture.svg").write_text("mine")
    told: list[str] = []
    for text in ("first", "second"):
        deposit.add(tmp_path, filler({"picture.svg": text, "picture.png": text}), told.append)
    assert content(tmp_path) == {
        "picture.svg": "second",
        "picture.png": "second",
        "picture.kept.svg": "mine",
    }
    assert len(told) == 1
