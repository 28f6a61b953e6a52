"""What differs from the shipped assumptions, in words: the number, who stated it, the default."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from policies.contract import declared
from sim.present.i18n import N_, _, capital, code, named
from sim.present.numbers import plain_number
from sim.world.assumptions import Assumptions
from sim.world.departures import MARKET, SCENARIO, SIZES, SOURCES, Departure, read
from sim.world.scenario import shipped

LEFT_OUT = N_(
    "Other plausible worlds were left out, so nothing here says how often this holds under other "
    "assumptions; `partnersim robustness` does."
)


def read_all(plain: Iterable[Any]) -> list[Departure]:
    """Return what was written as plain data."""
    return [read(one) for one in plain]


def source(one: Departure) -> str:
    """Return who stated a number."""
    is_shipped = one.by == MARKET and one.file in shipped("market")
    return _(SOURCES[one.by]).format(name=named(one.file) if is_shipped else one.file)


def usual(one: Departure) -> str:
    """Return what stands where nobody states a number of their own."""
    text = N_("the market's own: {default}") if one.name in SIZES else N_("shipped: {default}")
    return _(text).format(default=plain_number(one.default))


def sourced(one: Departure) -> str:
    """Return who stated a number, with the default beside it."""
    return f"{source(one)}; {usual(one)}"


def amount(one: Departure) -> str:
    """Return a number with its unit."""
    return f"{plain_number(one.value)} {_(one.unit)}"


def called(one: Departure) -> str:
    """Return an assumption's name before its amount; a size's unit names it."""
    return "" if one.name in SIZES else f"{code(one.name)} "


def sentences(departures: Iterable[Departure]) -> list[str]:
    """Return a sentence for each who stated numbers of their own."""
    ranked = sorted(departures, key=lambda one: (one.by != SCENARIO, one.by, one.file))
    said = []
    for _by, group in groupby(ranked, key=lambda one: (one.by, one.file)):
        several = list(group)
        numbers = [f"{called(one)}{amount(one)} ({usual(one)})" for one in several]
        text = _("{source}, unlike the shipped assumptions: {numbers}").format(
            source=source(several[0]), numbers="; ".join(numbers)
        )
        said.append(f"{capital(text)}.")
    return said


def items(departures: Iterable[Departure]) -> list[str]:
    """Return a line for each number: what it means, its value, who stated it, the default."""
    meanings = {name: term.meaning for name, term in declared(Assumptions).items()}
    return [
        f"{_(meanings[one.name]).rstrip('.')}: {amount(one)} ({code(one.name)}) — {sourced(one)}"
        if one.name in meanings
        else f"{amount(one)} — {sourced(one)}"
        for one in departures
    ]
