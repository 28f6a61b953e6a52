"""What is printed cannot steer the terminal: names and messages may be a stranger's."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

if TYPE_CHECKING:
    from rich.console import Console

STEERING = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and line feed; \x1b and \x9b begin a command
    "\xad\u200b\u2060-\u2065\ufeff\U000e0000-\U000e007f"  # not seen
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # change the direction of what follows
    "\u2028\u2029\ufff9-\ufffb"  # break lines, annotate
    "\ud800-\udfff"  # bytes of a file's name that are no text
    "]"
)


def spelled(text: str) -> str:
    r"""Return a text whose characters that steer a terminal are spelled as in Python, as \x1b."""
    return STEERING.sub(lambda found: ascii(found[0])[1:-1], text)


def spelled_json(text: str) -> str:
    """Return JSON that says the same, with such characters spelled as JSON spells them."""
    return STEERING.sub(lambda found: json.dumps(found[0])[1:-1], text)


def guard() -> None:
    """Let nothing that steers the terminal through, whoever prints it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None:  # as when it is closed
            setattr(sys, name, Guarded(stream))


class Guarded:
    """A stream that spells what could steer a terminal, and is otherwise the one it is given."""

    def __init__(self, stream: Any) -> None:
        self.rich_proxied_file = stream
        """on which rich, asked for its consoles, writes colours; see `wide_console`"""

    def write(self, text: str) -> int:
        """Write a text, spelled."""
        self.rich_proxied_file.write(spelled(text))
        return len(text)

    def writelines(self, texts: list[str]) -> None:
        """Write texts, spelled."""
        for text in texts:
            self.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


def wide_console() -> Console:
    """Return a console as wide as the terminal, or of 145 characters where there is none.

    Its colours are its own; what steers the terminal in what it is given is spelled.
    """
    from rich.console import Console

    from sim.cli.console import Spelling

    console = Console()
    console = console if console.is_terminal else Console(width=145)
    console.push_render_hook(Spelling())
    return console


class Commands(TyperGroup):
    """Commands whose usage errors are spelled, since they repeat words of the command line."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the words before the command's name."""
        with spelled_faults():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Read the words after it, and run it."""
        with spelled_faults():
            return super().invoke(ctx)


@contextmanager
def spelled_faults() -> Iterator[None]:
    """Spell the messages of faults in the command line."""
    try:
        yield
    except Exception as fault:
        told = getattr(fault, "message", None)
        if isinstance(told, str):
            fault.message = spelled(told)  # type: ignore[attr-defined]
        raise
