"""A folder in which people keep files of their own beside what the program writes.

The program replaces a file only if it wrote it itself, which it knows by a digest noted in the
folder's ledger: so notes, saved reports and files that somebody has changed stay. Each file is
replaced whole; nothing is deleted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from sim.study.files import beside, sweep

LEDGER = ".partnersim"
"""Digests of all files that the program has written to a folder, as `sha256sum` prints them."""
Tell = Callable[[str], Any]
"""Told, in one line, of a file that was kept under another name."""


def add(folder: Path, fill: Callable[[Path], Any], tell: Tell = warnings.warn) -> None:
    """Add files to a folder, or replace those of them that the program wrote.

    Parameters
    ----------
    fill : writes the files into the folder it is given.

    Raises
    ------
    OSError
        If there is no room or no right to write.
    """
    sweep(folder)
    fresh = beside(folder / "added")
    fresh.mkdir()
    try:
        fill(fresh)
        sync(fresh)
        merge(fresh, folder, tell)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def merge(fresh: Path, folder: Path, tell: Tell = warnings.warn) -> None:
    """Move the files of one folder into another, each in one step.

    What stands in the place of one of them and is somebody's own is kept under another name. The
    digests are noted first, so that whoever is killed half way has written nothing that is later
    taken for somebody's own.
    """
    note(fresh, folder)
    for path in files_in(fresh):
        target = folder / path.relative_to(fresh)
        for parent in reversed(target.relative_to(folder).parents[:-1]):
            make_room(folder / parent, folder, tell)
        if not is_ours(target, folder):
            keep(target, tell)
        path.replace(target)


def make_room(place: Path, folder: Path, tell: Tell) -> None:
    """Make a folder within a folder, whatever stands there."""
    if place.is_symlink() or not place.is_dir():
        if os.path.lexists(place):
            keep(place, tell)
            place.unlink(missing_ok=True)
        place.mkdir(exist_ok=True)


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder, the ledger left out."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / LEDGER)


def sync(folder: Path) -> None:
    """Have the files in a folder on the disk."""
    for path in files_in(folder):
        with path.open("rb") as written:
            os.fsync(written.fileno())


def note(fresh: Path, folder: Path) -> None:
    """Add the digests of new files to the ledger of a folder."""
    ledger = folder / LEDGER
    if os.path.lexists(ledger) and not is_file(ledger):
        raise OSError(f"{ledger} is no file; delete it")
    known = noted(folder)
    lines = "".join(line for path in files_in(fresh) if (line := spell(path, fresh)) not in known)
    torn = "" if all(line.endswith("\n") for line in known) else "\n"
    with ledger.open("ab", buffering=0) as file:  # in one step, whoever else adds
        file.write(f"{torn}{lines}".encode())


def noted(folder: Path) -> set[str]:
    """Return the lines of a folder's ledger."""
    ledger = folder / LEDGER
    if not is_file(ledger):
        return set()
    return set(ledger.read_bytes().decode("utf-8", "replace").splitlines(keepends=True))


def spell(path: Path, folder: Path) -> str:
    """Return a file's line in the ledger of a folder."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{digest}  {path.relative_to(folder).as_posix()}\n"


def is_file(path: Path) -> bool:
    """Return whether a path is a file itself: no link, and nothing that waits for a writer."""
    return os.path.lexists(path) and stat.S_ISREG(path.lstat().st_mode)


def is_ours(target: Path, folder: Path) -> bool:
    """Return whether nothing is in a place, or a file as the program wrote it."""
    if not os.path.lexists(target):
        return True
    return is_file(target) and spell(target, folder) in noted(folder)


def keep(target: Path, tell: Tell) -> None:
    """Keep somebody's own file, link or folder under another name.

    Files and links are copied, so that there is no moment without one, and no moment at which
    another process's file could be taken for the one that was looked at.
    """
    for name in names_beside(target):
        try:
            if is_file(target):
                with name.open("xb") as file:
                    file.write(target.read_bytes())
                shutil.copystat(target, name)
            elif target.is_symlink():
                name.symlink_to(os.readlink(target))
            elif not os.path.lexists(name):
                target.rename(name)
            else:
                continue
        except FileExistsError:
            continue
        except FileNotFoundError:  # another process has just kept it
            return
        tell(f"{target} is not as partnersim wrote it; what was there is kept as {name.name}.")
        return


def names_beside(target: Path) -> Iterator[Path]:
    """Yield names for what is kept: report.kept.html, report.kept-2.html and so on."""
    for number in count(1):
        mark = "kept" if number == 1 else f"kept-{number}"
        yield target.with_name(f"{target.stem}.{mark}{target.suffix}")
