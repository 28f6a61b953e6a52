"""The result folder of the patterns: tables and a manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.questions.patterns import signs
from sim.questions.patterns.ask import DEFAULTS, Patterns, check
from sim.questions.patterns.catalogue import MAP, PLACES
from sim.study import folder
from sim.study.identity import digest_of, version
from sim.study.store import PLACE
from sim.world import scenario as scenarios


def inputs(names: Sequence[str], seeds: int) -> dict[str, Any]:
    """Return everything that decides what is measured, as plain data.

    Raises
    ------
    BadInput
        If there is no such file of assumptions, it has a fault, or there are too few seeds.
    """
    check(seeds)
    sets = {name: scenarios.read_defaults(None if name == DEFAULTS else name) for name in names}
    return {
        "command": "patterns",
        "version": version(),
        "seeds": seeds,
        "assumptions": sets,
        "scenarios": [
            folder.inputs(place.scenario(numbers))
            for numbers in sets.values()
            for place in PLACES.values()
        ],
    }


def departures(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is not as shipped wherever patterns are measured, as plain data.

    Returns
    -------
    one record a number: assumptions (the set), place, and those of `sim.world.departures.Departure`
    """
    markets = {**{place.name: place.scenario for place in PLACES.values()}, MAP: signs.market}
    return [
        {"assumptions": name, "place": place, **one.plain()}
        for name in names
        for place, market in markets.items()
        for one in market(None if name == DEFAULTS else name).departures
    ]


def digest(asked: dict[str, Any]) -> str:
    """Return a digest of everything that decides what is measured."""
    return digest_of(asked)


def place(asked: dict[str, Any]) -> Path:
    """Return where the results lie if nobody says."""
    return PLACE / f"patterns-{digest(asked)[:8]}"


def save(at: Path, asked: dict[str, Any], found: Patterns) -> None:
    """Write tables (Parquet and CSV) and manifest into a folder."""
    folder.save_tables(at, found.tables())
    manifest = {
        "made_by": "partnersim",
        "command": "patterns",
        "inputs": asked,
        "inputs_digest": digest(asked),
        "departures": departures(list(asked["assumptions"])),
        **folder.circumstances(),
        "repeat": f"partnersim patterns --assumptions {','.join(asked['assumptions'])} "
        f"--seeds {asked['seeds']}",
    }
    (at / folder.MANIFEST).write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def plain(found: Patterns) -> dict[str, Any]:
    """Return what was measured as plain data."""
    return {name: folder.plain_rows(table) for name, table in found.tables().items()}
