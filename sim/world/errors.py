"""Errors a user can act on: what is wrong, where, what is allowed and what to try next."""

import difflib
from collections.abc import Iterable


class BadInput(Exception):  # noqa: N818 - named for what it tells the user
    """Input that cannot be used; the message says what, where, why and what next."""


def nearest(name: str, legal: Iterable[str]) -> str:
    """Return a hint at the nearest legal name, or nothing if none is near."""
    near = difflib.get_close_matches(name, list(legal), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown_name(kind: str, name: str, legal: Iterable[str], where: str = "") -> BadInput:
    """Return the error for a name that does not exist, with the nearest legal one."""
    names = sorted(legal)
    place = f"{where}: " if where else ""
    hint = nearest(name, names)
    return BadInput(f"{place}there is no {kind} {name!r}.{hint} Allowed: {', '.join(names)}.")
