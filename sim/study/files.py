"""Files and folders that are whole or not there: made beside their place, then moved into it."""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import time
from pathlib import Path
from uuid import uuid4

from sim.world.reading import irregular

DAY = 86_400.0
IN_THE_MAKING = re.compile(r"\..+~(?P<host>[\w-]+)~(?P<process>\d+)~[0-9a-f]{8}")


def this_host() -> str:
    """Return this machine's name, as it stands in file names."""
    return re.sub(r"\W", "-", platform.node()) or "unnamed"


def beside(path: Path) -> Path:
    """Return a name in the same folder for what is still in the making, told by host and process.

    It begins with a dot and has no known ending, so whoever reads a whole folder passes over it.
    """
    return path.with_name(f".{path.name}~{this_host()}~{os.getpid()}~{uuid4().hex[:8]}")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, whole.

    Raises
    ------
    OSError
        If there is no room or no right to write, or something else than a file is there, such as
        a device or a folder; nothing is left behind.
    """
    if path.exists() and (reason := irregular(path)):
        raise OSError(errno.EINVAL, reason)
    fresh = beside(path)
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed processes left in the making; what others still write stays."""
    for path in folder.glob(".*~*~*~*"):
        made = IN_THE_MAKING.fullmatch(path.name)
        if made and is_abandoned(path, made["host"], int(made["process"])):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def is_abandoned(path: Path, host: str, process: int) -> bool:
    """Return whether nobody is left who could finish what is in the making."""
    try:
        if time.time() - path.stat().st_mtime > DAY:
            return True
    except FileNotFoundError:  # finished or swept by somebody else just now
        return False
    if host != this_host() or os.name != "posix":
        return False
    try:
        os.kill(process, 0)  # asks whether the process exists, sends nothing
    except OSError as fault:
        return isinstance(fault, ProcessLookupError)
    return False
