"""One account's story, told once by a simulation and kept with the results as data."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.present.i18n import LANGUAGES, speaking
from sim.questions.explain import words as story
from sim.questions.explain.ask import Trace, explain
from sim.study.crew import Progress
from sim.study.experiment import Results

FILE = "story.json"
KEPT = {
    "months": ["programme", "month", "status", "servicing_partner", "partner_of_record"],
    "events": ["programme", "month", "what"],
    "summary": [
        "programme",
        "paid",
        "commission",
        "commission_without_work",
        "vendor_kept",
        "client_months",
        "satisfaction",
    ],
}
"""The columns of a trace that the report needs, by table."""
MOST_ACCOUNTS = 20_000
"""Where there are more, no story is looked for by itself: all of them are held in memory."""


@dataclass(frozen=True)
class Story:
    """An account's story in every language, and the tables behind its picture."""

    number: int
    seed: int
    years: int
    told: dict[str, list[tuple[str, list[tuple[str, str]]]]]
    """by language: headings, each with titles and texts"""
    why: dict[str, str]
    """by language: why this account is worth a look"""
    months: pd.DataFrame
    events: pd.DataFrame
    summary: pd.DataFrame


def story_worth_telling(results: Results, progress: Progress | None = None) -> Trace | None:
    """Return the story of an account that shows how a study's programmes differ.

    None where it would take long: on the slow engine, and where there are very many accounts.

    Parameters
    ----------
    results : of a study; the story is of its first seed.
    progress : told the share of the work done.
    """
    if results.engine != "compiled" or results.scenario.clients > MOST_ACCOUNTS:
        return None
    return explain(results.scenario, seed=results.seeds[0], progress=progress)


def save_story(folder: Path, trace: Trace) -> None:
    """Write an account's story into a folder."""
    told, why = {}, {}
    for code in LANGUAGES:
        with speaking(code):
            told[code] = story.tell(trace)
            offered = story.offers(trace.shortlist)
            why[code] = offered[0].strip().partition("  ")[2] if offered else ""
    kept = {
        "number": trace.number,
        "seed": trace.seed,
        "years": trace.scenario.years,
        "told": told,
        "why": why,
        **{
            name: json.loads(getattr(trace, name)[columns].to_json(orient="split", index=False))
            for name, columns in KEPT.items()
        },
    }
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_story(folder: Path) -> Story | None:
    """Return the story in a folder, if there is one."""
    if not (folder / FILE).exists():
        return None
    kept: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    tables = {
        name: pd.read_json(io.StringIO(json.dumps(kept.pop(name))), orient="split")[columns]
        for name, columns in KEPT.items()
    }
    return Story(**kept, **tables)
