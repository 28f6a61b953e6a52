"""The pictures and the report of a study, made again from what its bundle says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.present.i18n import LANGUAGES
from sim.questions.bundle.recompute import Draw
from sim.questions.compare import pictures as drawn
from sim.questions.compare import report as page
from sim.questions.compare.report.account import FILE as STORY
from sim.questions.robustness.ask import Robustness
from sim.study.folder import Study


def pictures(folder: Path, study: Study, robust: Robustness | None) -> None:
    """Draw all pictures of a study.

    Parameters
    ----------
    robust : what was found in plausible worlds, if it was made again.
    """
    drawn.save(folder, study.results, study.comparison, robust)


def report(folder: Path, study: Study, theirs: Mapping[str, bytes]) -> None:
    """Write the reports of a study, if there were any, and the story in them.

    Parameters
    ----------
    folder : where the study's tables lie.
    theirs : the files of the bundle, by name; a report is written in each of their languages.
    """
    spoken = [code for code in LANGUAGES if page.name_in(code) in theirs]
    told = page.story_worth_telling(study.results) if spoken and STORY in theirs else None
    if told is not None:
        page.save_story(folder, told)
    for code in spoken:
        page.save(folder, code)


REDRAW = Draw(pictures, report)
