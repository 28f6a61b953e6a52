"""Every text that can be said: those marked in the code, and those that the data carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from jinja2.ext import babel_extract

from policies import registry
from policies.contract import declared
from sim.present.i18n import NAMES
from sim.present.plots import SHOWN
from sim.study.indicators import INDICATORS
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions
from sim.world.departures import SIZES, SOURCES
from sim.world.programme import Conduct

CODE = Path(__file__).parents[2]
COUNTED = (
    "seed", "draw", "month", "year", "programme", "payment", "client", "account", "dispute",
)  # fmt: skip
"""Nouns that are counted."""
TITLES = ("The same", "Left", "Who")
"""Of the parts of a story."""


class Text(NamedTuple):
    """A text as it is written in English."""

    one: str
    many: str = ""
    """its plural, if it counts something"""
    context: str = ""


def texts() -> set[Text]:
    """Return every text that can be said, in English."""
    return {text for text in (*in_code(), *in_data(), *in_scenarios()) if text.one.strip()}


def in_code() -> Iterator[Text]:
    """Yield the texts marked in the code and in the report's page."""
    for path in (*sorted(CODE.rglob("*.py")), *sorted(CODE.rglob("*.html"))):
        method: str | Callable[..., Any] = "python" if path.suffix == ".py" else babel_extract
        for _line, found, *_ in extract_from_file(method, path, keywords=DEFAULT_KEYWORDS):
            if isinstance(found, tuple):
                yield Text(str(found[0]), str(found[1]))
            elif found:
                yield Text(found)
    for noun in COUNTED:
        yield Text(f"{{n}} {noun}", f"{{n}} {noun}s")


def in_data() -> Iterator[Text]:
    """Yield what indicators, assumptions, terms and policies are called and mean."""
    yield from map(Text, TITLES)
    for _name, title, _divisor, unit in SHOWN:
        yield from map(Text, (title, unit))
    for indicator in INDICATORS:
        yield from map(Text, (indicator.title, indicator.meaning))
    for term in declared(Assumptions).values():
        yield from map(Text, (term.meaning, term.unit, term.source))
    yield from map(Text, (*SOURCES.values(), *SIZES.values()))
    for term in declared(Conduct).values():
        yield from map(Text, (term.meaning, term.unit.partition(";")[0]))
    for name in registry.available():
        yield Text(name, context=NAMES)
        policy = registry.load(name)
        for term in declared(type(policy.terms)).values():
            yield from map(Text, (term.meaning, term.unit.partition(";")[0]))
        yield Text(policy.summary.strip().partition("\n")[0])
        for rule in (policy.credit, policy.record_moves):
            yield Text((rule.__doc__ or "").strip().partition("\n")[0] if rule else "")


def in_scenarios() -> Iterator[Text]:
    """Yield what the shipped scenarios ask, where they come from and what they compare."""
    for market in scenarios.shipped("market"):
        yield Text(market, context=NAMES)
    for name in scenarios.shipped():
        scenario = scenarios.load(name)
        yield from map(Text, (scenario.question, scenario.provenance))
        for studied in scenario.programmes:
            yield Text(studied.name, context=NAMES)


def renewed(old: Catalog, keep_empty: bool) -> Catalog:
    """Return a catalogue of every text that can be said, with the translations there are.

    Parameters
    ----------
    keep_empty : whether texts without a translation stay, to be filled in.
    """
    fresh = Catalog(
        locale=old.locale,
        header_comment="# What is said in this language; see sim/present/i18n/__init__.py.",
        project="partnersim",
        version="1",
        copyright_holder="The partnersim authors",
        msgid_bugs_address="-",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        last_translator="The partnersim authors",
        language_team="-",
        fuzzy=False,
    )
    for text in sorted(texts()):
        known = old.get(text.one, text.context or None)
        string = known.string if known is not None else ""
        if string or keep_empty:
            identity = (text.one, text.many) if text.many else text.one
            fresh.add(identity, string, context=text.context or None)
    return fresh
