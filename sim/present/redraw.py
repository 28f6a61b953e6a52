"""The pictures and the report of a study, made again from what its bundle says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.evidence.robustness import Robustness
from sim.present import plots
from sim.present import report as page
from sim.present import robustness as in_worlds
from sim.present.report.account import FILE as STORY
from sim.present.words import LANGUAGES
from sim.study.folder import Study


def redraw(
    folder: Path, study: Study, robust: Robustness | None, theirs: Mapping[str, bytes]
) -> None:
    """Draw all pictures of a study, and write its reports if there were any.

    Parameters
    ----------
    folder : where the study's tables lie.
    robust : what was found in plausible worlds, if it was made again.
    theirs : the files of the bundle, by name; a report is written in each of their languages.
    """
    plots.save(folder, study.results, study.comparison)
    if robust is not None:
        in_worlds.save(folder, robust)
    spoken = [code for code in LANGUAGES if page.name_in(code) in theirs]
    if not spoken:
        return
    told = page.story_worth_telling(study.results) if STORY in theirs else None
    if told is not None:
        page.save_story(folder, told)
    for code in spoken:
        page.save(folder, code)
