"""Reading a TOML file whose author may have erred: every fault is told with its file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from sim.world.errors import BadInput, cut
from sim.world.reading import content_of

MOST_LEVELS = 50
"""of tables in tables; no file of ours has more than five"""
PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
DEEP_KEY = re.compile(rf"(?<![\w.-]){PART}(?:[ \t]*\.[ \t]*{PART}){{{MOST_LEVELS}}}")
"""A dotted key of so many parts, on which the parser would spend memory by the square."""
DECIMAL_COMMA = re.compile(r"=[ \t]*([+-]?\d+),(\d+)")
FAULTY_LINE = re.compile(r"\(at line (\d+)")


def read(path: Path) -> dict[str, Any]:
    """Return a TOML file's content.

    Raises
    ------
    BadInput
        If it cannot be read, or is not valid TOML.
    """
    try:
        text = content_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadInput(
            f"{path}: not a text file in UTF-8 ({fault.reason}). Save it as UTF-8."
        ) from None
    try:
        if DEEP_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        told = cut(str(fault), 300)
        raise BadInput(f"{path}: not valid TOML: {told}.{hint(text, told)}") from None
    except RecursionError:
        raise BadInput(
            f"{path}: tables or lists in it are nested too deeply; {MOST_LEVELS} levels are "
            "more than a scenario needs."
        ) from None
    except ValueError:  # of a number, whose digits Python will not read
        raise BadInput(
            f"{path}: not valid TOML: a number in it has more than 4300 digits."
        ) from None


def hint(text: str, told: str) -> str:
    """Return what to write instead, if the line that is no TOML has a decimal comma; or nothing."""
    place = FAULTY_LINE.search(told)
    lines = text.replace("\r\n", "\n").split("\n")
    line = lines[int(place[1]) - 1] if place else ""
    found = DECIMAL_COMMA.search(line)
    if found is None:
        return ""
    whole, part = (cut(digits, 20) for digits in found.groups())
    return f" Write {whole}.{part}, not {whole},{part}."
