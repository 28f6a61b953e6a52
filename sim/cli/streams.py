"""Where the command prints: whatever a terminal can show, and nothing once nobody reads."""

from __future__ import annotations

import codecs
import errno
import io
import os
import stat
import sys
import unicodedata
from typing import Any

from sim.world.errors import BadInput

NEAREST = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’‚", "'"),
        **{"·": "*", "×": "x", "…": "...", "≥": ">=", "≤": "<=", "→": "->", "±": "+-", "§": "S."},
    }
)
"""What stands for a character that a terminal's encoding lacks."""


def nearest(fault: UnicodeError) -> tuple[str | bytes, int]:
    """Return what is printed for characters that an encoding lacks, and where to go on.

    A letter without its accent, a sign of like meaning, or the character's number.
    """
    assert isinstance(fault, UnicodeEncodeError)
    told = []
    for character in fault.object[fault.start : fault.end]:
        plain = unicodedata.normalize("NFKD", character.translate(NEAREST))
        known = plain.encode(fault.encoding, "ignore").decode(fault.encoding)
        told.append(known or ascii(character)[1:-1])
    return "".join(told), fault.end


class Outlet(io.TextIOWrapper):
    """A stream of the command's: what its encoding lacks is told nearly, and its reader may leave.

    Parameters
    ----------
    stream : what it stands in for.
    is_result : it carries what was asked for, so that it is a fault if it cannot be written.
    """

    def __init__(self, stream: Any, is_result: bool) -> None:
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors="partnersim",
            line_buffering=stream.line_buffering,
        )
        self.is_result = is_result

    def write(self, text: str, /) -> int:
        """Write a text, if there is still somebody to read it."""
        try:
            return super().write(text)
        except OSError as fault:
            self.close_off(fault)
            return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        try:
            super().flush()
        except OSError as fault:
            self.close_off(fault)

    def close_off(self, fault: OSError) -> None:
        """Pass nothing on from now on; a full device is told, a reader who has left is not."""
        mode = os.fstat(self.fileno()).st_mode
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if self.is_result and not has_left(fault, mode):
            raise BadInput(
                f"what the command prints cannot be written: {fault.strerror}."
            ) from None


def has_left(fault: OSError, mode: int) -> bool:
    """Return whether there is nobody to read any more: a pipe or a terminal was closed."""
    return isinstance(fault, BrokenPipeError) or (fault.errno == errno.EIO and stat.S_ISCHR(mode))


def open_up() -> None:
    """Print through such streams from now on; what is closed, or no file, stays what it is."""
    codecs.register_error("partnersim", nearest)
    if hasattr(sys.stdout, "buffer"):
        sys.stdout = Outlet(sys.stdout, is_result=True)
    if hasattr(sys.stderr, "buffer"):
        sys.stderr = Outlet(sys.stderr, is_result=False)


def pass_on() -> None:
    """Pass on what is not yet printed, while whatever goes wrong can still be told."""
    for stream in filter(None, (sys.stderr, sys.stdout)):
        stream.flush()


def speaks_unicode() -> bool:
    """Return whether whatever the command prints arrives as it is."""
    return codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name.startswith("utf")
