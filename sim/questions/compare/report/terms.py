"""What each programme says: its rule in a sentence, and in which terms it is unlike the usual."""

from __future__ import annotations

import ast
from typing import Any

from policies import registry
from policies.contract import Term, declared
from sim.present.i18n import _, code
from sim.present.numbers import plain_number
from sim.questions.explain.words import percent, spell
from sim.world.programme import Conduct


def summary(described: dict[str, Any]) -> str:
    """Return a programme's rule: the first line of its policy's file, without its name."""
    words = ast.get_docstring(ast.parse(described["source"])) or ""
    line = words.strip().partition("\n")[0]
    said = _(line).partition(": ")[2] or _(line)
    return said[:1].upper() + said[1:]


def on_basis(described: dict[str, Any], basis: dict[str, Any] | None) -> dict[str, Any]:
    """Return a programme with the rate that was found for it on a basis, if it was put on one."""
    found = {
        each["term"]: each["rate"]
        for each in (basis or {}).get("rates", ())
        if each["programme"] == described["name"] and each["term"]
    }
    return {**described, "terms": {**described["terms"], **found}}


def rate(described: dict[str, Any]) -> str:
    """Return what is paid of each payment, or nothing where the contract has no plain rate."""
    found = described["terms"].get("rate")
    return "" if found is None else share(found)


def share(value: float) -> str:
    """Return a share as a percentage with the decimals it needs, one at most."""
    return percent(value, 0 if round(100.0 * value, 1) % 1.0 == 0.0 else 1)


def unusual(described: dict[str, Any]) -> list[str]:
    """Return a line for each term that differs from its default; of a policy of one's own, all."""
    shipped = described["policy"] in registry.available()
    policy = registry.load(described["policy"]).terms if shipped else None
    usual = {**(policy._asdict() if policy else {}), **Conduct()._asdict()}
    known = {**(declared(type(policy)) if policy else {}), **declared(Conduct)}
    given = {**described["terms"], **described["conduct"]}
    return [
        line(name, value, known.get(name), usual.get(name))
        for name, value in given.items()
        if name == "rate" or name not in usual or value != usual[name]
    ]


def line(name: str, value: Any, term: Term | None, usual: Any) -> str:
    """Return a term with its value, and with the usual one where that is another."""
    if term is None:
        return f"{code(name)} = {spell(value)}"
    meaning = _(term.meaning).rstrip(".")
    notes = [code(name)]
    if value != usual:
        notes.append(_("usually {value}").format(value=quantity(usual, term.unit)))
    return f"{meaning}: {quantity(value, term.unit)} ({'; '.join(notes)})"


def quantity(value: Any, unit: str) -> str:
    """Return a value in its unit."""
    if isinstance(value, bool):
        return spell(value)
    if unit.startswith("share") or unit == "RUB per RUB invoiced":
        return share(value)
    return f"{plain_number(value)} {_(unit.partition(';')[0])}"
