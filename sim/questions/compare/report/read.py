"""What the report reads: a result folder, as `sim.study.folder` and the report's story wrote it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sim.present import departures
from sim.present.plots import SHOWN
from sim.questions.compare.report.account import Story, read_story
from sim.study.folder import MANIFEST
from sim.world.departures import Departure
from sim.world.errors import BadInput
from sim.world.paths import is_folder, shortened

MONTHLY = ["programme", "seed", "month", *(column for column, *_ in SHOWN)]
WRONG = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    pa.ArrowException,
)
"""what a reader may meet in files that are not as they were written"""
ROBUSTNESS = ("best", "beats", "conditions")
"""Tables that tell how robust the answer is, each in a file `robustness-NAME.parquet`."""


@dataclass(frozen=True)
class Result:
    """A comparison as it lies in a folder."""

    manifest: dict[str, Any]
    comparison: pd.DataFrame
    """as from `sim.study.differences.differences`"""
    months: pd.DataFrame
    """by programme, seed and month; columns `MONTHLY`"""
    robustness: dict[str, pd.DataFrame]
    """tables by name, see `sim.questions.robustness.ask.Robustness`; empty if none was made"""
    story: Story | None

    @property
    def inputs(self) -> dict[str, Any]:
        """What was asked for."""
        inputs: dict[str, Any] = self.manifest["inputs"]
        return inputs

    @property
    def baseline(self) -> str:
        """The programme that the others are compared with."""
        return str(self.inputs["baseline"])

    @property
    def own(self) -> list[Departure]:
        """What is not as shipped."""
        return departures.read_all(self.manifest["departures"])

    @property
    def others(self) -> list[str]:
        """The programmes compared with the baseline, in the scenario's order."""
        return [name for name in self.comparison["programme"].unique() if name != self.baseline]


def read(folder: Path) -> Result:
    """Read a result folder.

    Raises
    ------
    BadInput
        If it is not there, holds no comparison, or what it holds cannot be read.
    """
    if not is_folder(folder):
        raise BadInput(
            f"{shortened(folder)}: no such folder. Name a result folder, such as those that "
            "`partnersim compare` writes into results/."
        )
    for name in (MANIFEST, "comparison.parquet", "months.parquet"):
        if not (folder / name).is_file():
            raise BadInput(
                f"{folder}: holds no comparison ({name} is missing). Name a folder that "
                "`partnersim compare` or `run` wrote."
            )
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        comparison = pd.read_parquet(folder / "comparison.parquet")
        months = pd.read_parquet(folder / "months.parquet", columns=MONTHLY)
        robustness = {
            name: pd.read_parquet(folder / f"robustness-{name}.parquet")
            for name in ROBUSTNESS
            if (folder / f"robustness-{name}.parquet").exists()
        }
        inputs = manifest["inputs"]
        comparison.attrs = {
            "baseline": inputs["baseline"],
            "years": inputs["years"],
            "seeds": manifest["seeds"],
            "basis": manifest.get("basis") or {},
            "departures": manifest["departures"],
        }
        return Result(manifest, comparison, months, robustness, read_story(folder))
    except WRONG as fault:
        raise BadInput(
            f"{folder}: its content cannot be read ({type(fault).__name__}: {fault}). Repeat the "
            "command that made it."
        ) from None
