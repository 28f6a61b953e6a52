"""Errors a user can act on: what is wrong, where, what is allowed and what to try next."""

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any

LONG = 80
"""characters of a name or value that a message shows"""
MANY = 40
"""names that a message lists"""


class Short(reprlib.Repr):
    """Spells values on a line, however large or nested they are."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = LONG
        self.maxlevel = 3

    def repr_int(self, value: int, level: int) -> str:
        """Spell a whole number; Python refuses to print one of more than 4300 digits."""
        if value.bit_length() < 4 * LONG:
            return repr(value)
        return f"a number of some {int(value.bit_length() * 0.30103)} digits"


class BadInput(Exception):  # noqa: N818 - named for what it tells the user
    """Input that cannot be used; the message says what, where, why and what next."""


class Notice(UserWarning):
    """What a user should know, though nothing is wrong with the input."""


def cut(text: str, most: int = LONG) -> str:
    r"""Return a text as a message shows it: on a line, its ends if it is longer than so much.

    >>> cut("telephony"), cut("x" * 1_000_000, 9), cut("a\nb")
    ('telephony', 'xxx...xxx', 'a\\nb')
    """
    half = (most - 3) // 2
    text = text if len(text) <= most else f"{text[:half]}...{text[-half:]}"
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def shown(value: Any) -> str:
    """Return a value as a message shows it.

    >>> shown("ten"), shown(10**5000), shown([[[[[1]]]]])
    ("'ten'", 'a number of some 5000 digits', '[[[[...]]]]')
    """
    return Short().repr(value)


def nearest(name: str, legal: Iterable[str]) -> str:
    """Return a hint at the nearest legal name, or nothing if none is near."""
    near = difflib.get_close_matches(name[:LONG], list(legal), n=1, cutoff=0.5)
    return f" Did you mean {shown(near[0])}?" if near else ""


def unknown_name(kind: str, name: str, legal: Iterable[str], where: str = "") -> BadInput:
    """Return the error for a name that does not exist, with the nearest legal one."""
    names = sorted(legal)
    place = f"{where}: " if where else ""
    hint = nearest(name, names)
    listed = ", ".join(cut(one) for one in names[:MANY])
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return BadInput(f"{place}there is no {kind} {shown(name)}.{hint} Allowed: {listed}{more}.")
