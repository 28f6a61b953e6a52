"""Reading files whose names somebody gave: regular ones only, and never more than is declared.

A pipe would keep its reader waiting for ever, a device has no end.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sim.world.errors import BadInput

MOST_BYTES = 2**24
"""of a file that people write: 16 MB"""
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def irregular(path: Path) -> str:
    """Return why a path is no file that can be read to its end; nothing if it is one."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # the latter: a name that no file can have
        return "does not exist"
    return "" if stat.S_ISREG(mode) else f"is {kind_of(mode)}, not a file"


def kind_of(mode: int) -> str:
    """Return what something that is no regular file is."""
    return KINDS.get(stat.S_IFMT(mode), "something else")


def content_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return what a regular file holds.

    Parameters
    ----------
    most : bytes that it may have.

    Raises
    ------
    BadInput
        If it is not there, no regular file, too large, or cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise BadInput(f"{path}: is {kind_of(mode)}, not a file.")
        with open(path, "rb", opener=at_once) as file:
            about = os.fstat(file.fileno())  # of what was opened, whatever was there before
            if not stat.S_ISREG(about.st_mode):
                raise BadInput(f"{path}: is {kind_of(about.st_mode)}, not a file.")
            found = file.read(most + 1)
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror}.") from None
    except ValueError:
        raise BadInput(f"{path}: no file can have this name.") from None
    if len(found) > most:
        raise BadInput(f"{path}: larger than any such file of ours ({most >> 20} MB).")
    return found


def at_once(name: str, flags: int) -> int:
    """Open a file without waiting for whoever writes into it."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
