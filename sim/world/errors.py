"""Errors a user can act on: what is wrong, where, what is allowed and what to try next."""

import difflib
from collections.abc import Iterable


class BadInput(Exception):
    """Input that cannot be used; the message says what, where, why and what next."""


def unknown_name(kind: str, name: str, legal: Iterable[str], where: str = "") -> BadInput:
    """Return the error for a name that does not exist, with the nearest legal one."""
    names = sorted(legal)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    place = f"{where}: " if where else ""
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return BadInput(
        f"{place}there is no {kind} {name!r}.{hint} Allowed: {', '.join(names)}."
    )
