"""What differs from the shipped assumptions, and who stated it: worked out here, read elsewhere.

A number that somebody states of their own has not the source of the shipped one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from policies.contract import declared
from sim.world.assumptions import Assumptions

if TYPE_CHECKING:
    from sim.world.scenario import Scenario

SCENARIO, MARKET, FILE, CALL = "scenario", "market", "assumptions", "call"
SOURCES = {
    SCENARIO: "stated by this scenario",
    MARKET: "stated by the market {name}",
    FILE: "stated by the assumptions file {name}",
    CALL: "stated in the call from Python",
}
"""Who can state a number of their own, and how that is said."""
SIZES = {"partners": "potential partners", "clients": "accounts"}
"""Numbers of a market that are no assumptions, and what they count."""


class Stated(NamedTuple):
    """Numbers that somebody besides the scenario states."""

    by: str
    """`MARKET`, `FILE` or `CALL`"""
    name: str
    """of the market or the file, as it was asked for; empty for a call"""
    numbers: Mapping[str, float]


class Departure(NamedTuple):
    """A number that differs from the shipped assumption, or a size that is not the market's."""

    name: str
    value: float
    default: float
    """the shipped assumption, or the market's size"""
    unit: str
    by: str
    """who stated it, a key of `SOURCES`"""
    file: str
    """name of the market or the file that states it; empty for a scenario or a call"""

    @property
    def source(self) -> str:
        """Who stated it, in words."""
        return SOURCES[self.by].format(name=self.file)

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**self._asdict(), "source": self.source}


def read(plain: Mapping[str, Any]) -> Departure:
    """Return what was written as plain data."""
    return Departure(**{field: plain[field] for field in Departure._fields})


def departures(scenario: Scenario) -> list[Departure]:
    """Return every number of a scenario that differs from what is shipped, and who stated it.

    Assumptions first, then the sizes that are not those of the scenario's market. Whose number it
    is goes by its value: one that nobody else states is the scenario's.
    """
    return list(differing(scenario))


def differing(scenario: Scenario) -> Iterator[Departure]:
    """Yield what `departures` returns."""
    shipped = Assumptions()._asdict()
    market = next((one.numbers for one in scenario.stated if one.by == MARKET), {})
    sizes = {size: getattr(scenario, size) for size in SIZES}
    units = {name: term.unit for name, term in declared(Assumptions).items()} | SIZES
    usual = {**shipped, **{size: market.get(size, value) for size, value in sizes.items()}}
    for name, value in {**scenario.assumptions._asdict(), **sizes}.items():
        if value != usual[name]:
            by, file = stated_by(scenario, name, value)
            yield Departure(name, value, usual[name], units[name], by, file)


def stated_by(scenario: Scenario, name: str, value: float) -> tuple[str, str]:
    """Return who states such a number, and the name of the market or the file if it is one."""
    for one in reversed(scenario.stated):
        if one.numbers.get(name) == value:
            return one.by, one.name
    return SCENARIO, ""


def catalogue(scenario: Scenario | None = None) -> list[dict[str, Any]]:
    """Return a record for each assumption: name, value, unit, low, high, source, meaning, default.

    Parameters
    ----------
    scenario : whose numbers are given, each with its own source; None: the shipped ones.
    """
    own = {} if scenario is None else {one.name: one for one in departures(scenario)}
    shipped = Assumptions()._asdict()
    return [
        {
            "name": name,
            "value": own[name].value if name in own else shipped[name],
            "unit": term.unit,
            "low": term.low,
            "high": term.high,
            "source": own[name].source if name in own else term.source,
            "meaning": term.meaning,
            "default": shipped[name],
        }
        for name, term in declared(Assumptions).items()
    ]
