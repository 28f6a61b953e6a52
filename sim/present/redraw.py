"""The pictures of a study, drawn again from what its bundle says."""

from __future__ import annotations

from pathlib import Path

from sim.evidence.robustness import Robustness
from sim.present import plots
from sim.present import robustness as in_worlds
from sim.study.folder import Study


def redraw(folder: Path, study: Study, robust: Robustness | None) -> None:
    """Draw all pictures of a study into a folder."""
    plots.save(folder, study.results, study.comparison)
    if robust is not None:
        in_worlds.save(folder, robust)
