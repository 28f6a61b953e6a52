"""What is found of a question: how it is read and shown, and the folder that holds it."""

from __future__ import annotations

import html
import importlib
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pandas as pd

from sim.study import folder
from sim.study.identity import digest_of
from sim.study.store import PLACE
from sim.world import scenario as scenarios
from sim.world.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Result:
    """What was found, to be read as tables, sentences and pictures.

    Words and pictures stand in the question's own room (``words.py``, ``pictures.py``), so that
    terminal, report and notebook say the same.
    """

    room: ClassVar[str]
    """the question, as its room and its command are called"""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what was found, by name."""
        raise NotImplementedError

    def sentences(self) -> list[str]:
        """Return what was found in words."""
        said: list[str] = self.of_room("words").sentences(self)
        return said

    def pictures(self) -> dict[str, Figure]:
        """Return pictures of what was found, by name."""
        drawn: dict[str, Figure] = self.of_room("pictures").pictures(self)
        return drawn

    def of_room(self, name: str) -> Any:
        """Return a module of the question's room, imported when it is asked for."""
        return importlib.import_module(f"sim.questions.{self.room}.{name}")

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what was found in words, then the tables."""
        said = "".join(f"<p>{html.escape(one)}</p>" for one in self.sentences())
        listed = "".join(
            f"<h4>{html.escape(name)}</h4>{table.to_html(index=False, max_rows=20)}"
            for name, table in self.tables().items()
        )
        return said + listed


class Question(NamedTuple):
    """What was asked for."""

    command: str
    """of `partnersim`"""
    scenario: Scenario
    options: dict[str, Any]
    """of the command that decide the answer besides, spelled as there, such as worlds"""

    @property
    def inputs(self) -> dict[str, Any]:
        """Everything that decides the answer, as plain data."""
        return {"command": self.command, **folder.inputs(self.scenario), **self.options}

    @property
    def digest(self) -> str:
        """A digest of everything that decides the answer."""
        return digest_of(self.inputs)

    def place(self) -> Path:
        """Return where the answer lies if nobody says."""
        return PLACE / f"{self.command}-{folder.short_name(self.scenario)}-{self.digest[:8]}"

    def repeat(self, file: Path) -> str:
        """Return the command that asks again."""
        options = " ".join(
            f"--{name.replace('_', '-')} {shlex.quote(str(value))}"
            for name, value in self.options.items()
        )
        return folder.repeat(self.scenario, file, self.command, options)


class Answer(NamedTuple):
    """What was found."""

    question: Question
    tables: dict[str, pd.DataFrame]
    runs: pd.DataFrame
    """programme, seed and digest of every run behind it, and the variant"""
    findings: list[str]
    details: Mapping[str, pd.DataFrame] = MappingProxyType({})
    """further tables, which are written but not printed"""

    def results_digest(self) -> str:
        """Return a digest of every bit of every run."""
        columns = ["variant", "programme", "seed", "digest"]
        return digest_of(self.runs[columns].to_numpy(object).tolist())

    def manifest(self) -> dict[str, Any]:
        """Return what is enough to repeat the answer, and to recognise it."""
        asked = self.question.scenario
        return {
            "made_by": "partnersim",
            "command": self.question.command,
            "scenario": asked.name,
            "question": asked.question,
            "provenance": asked.provenance,
            "inputs": self.question.inputs,
            "inputs_digest": self.question.digest,
            "results_digest": self.results_digest(),
            "findings": self.findings,
            **folder.what_differs(asked),
            **folder.circumstances(),
            "repeat": f"{self.question.repeat(Path('scenario.toml'))} (the file beside this one)",
        }

    def save(self, place: Path) -> None:
        """Write tables (Parquet and CSV), runs, manifest and scenario into a folder."""
        folder.save_tables(place, {**self.tables, **self.details, "runs": self.runs})
        (place / folder.MANIFEST).write_text(
            json.dumps(self.manifest(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        written = scenarios.dumps(self.question.scenario)
        (place / "scenario.toml").write_text(written, encoding="utf-8")

    def plain(self, place: Path, reused: int) -> dict[str, Any]:
        """Return the answer as plain data.

        Parameters
        ----------
        reused : how many of the runs were there already.
        """
        asked = self.question.scenario
        return {
            "scenario": asked.name,
            "question": asked.question,
            "baseline": asked.baseline,
            "years": asked.years,
            "departures": [one.plain() for one in asked.departures],
            **self.question.options,
            "runs": len(self.runs),
            "reused": reused,
            **{name: folder.plain_rows(table) for name, table in self.tables.items()},
            "findings": self.findings,
            "folder": str(place),
            "inputs_digest": self.question.digest,
            "results_digest": self.results_digest(),
        }
