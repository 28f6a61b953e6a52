"""Errors a user can act on: what is wrong, where, what is allowed and what to try next."""

from __future__ import annotations

import difflib
import reprlib
import sys
import traceback
from collections.abc import Iterable
from typing import Any, NamedTuple

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


class Failure(NamedTuple):
    """Where and why a policy failed while a market lived under it, as plain data."""

    policy: str
    file: str
    """in which its rules are written; empty for a shipped one"""
    rule: str
    """"credit", "rate", "record_moves", or "price" if that outgrew what can be summed"""
    cause: str
    month: int | None = None
    """from the founding of the market; None: partners asked, who read the contract"""
    account: int | None = None

    def __str__(self) -> str:
        name = f"policy {self.policy}" + (f" ({self.file})" if self.file else "")
        when = (
            "as partners read it" if self.month is None else f"in month {self.month} of the market"
        )
        where = "" if self.account is None else f" for account {self.account}"
        return f"{name}: {self.rule} failed {when}{where}: {self.cause}"


class PolicyFailed(BadInput):
    """A policy that gave no sound answer while a market lived under it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


def spelt(fault: BaseException, file: str = "") -> str:
    """Return a fault of a policy's code in a line: where, what, and a name that is near.

    Parameters
    ----------
    file : in which the code is written, if it is not in a module of a user's own.
    """
    if isinstance(fault, SyntaxError) and fault.lineno:
        return f"line {fault.lineno}: {fault.msg}"
    what = str(fault).strip().partition("\n")[0].rstrip(".") or type(fault).__name__
    if isinstance(fault, SystemExit):
        what = "it ends the program"
    if isinstance(fault, AttributeError):
        hint = nearest(fault.name or "", getattr(fault.obj, "_fields", ()))
        what = f"{what}.{hint}".rstrip(".?")
    files = {module.__file__ for name, module in sys.modules.items() if name.startswith("own.")}
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename in {file, *files}]
    return f"line {lines[-1]}: {what}" if lines else what


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
