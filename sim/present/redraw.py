"""The pictures and the report of a study, made again from what its bundle says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sim.evidence.rewriting import Draw
from sim.evidence.robustness import Robustness
from sim.present import plots
from sim.present import report as page
from sim.present import robustness as in_worlds
from sim.present.report.account import FILE as STORY
from sim.present.words import LANGUAGES
from sim.study.folder import Study

LANGUAGE = re.compile(rb'<html[^>]* lang="(\w\w)"')


def pictures(folder: Path, study: Study, robust: Robustness | None) -> None:
    """Draw all pictures of a study.

    Parameters
    ----------
    robust : what was found in plausible worlds, if it was made again.
    """
    plots.save(folder, study.results, study.comparison)
    if robust is not None:
        in_worlds.save(folder, robust)


def report(folder: Path, study: Study, theirs: Mapping[str, bytes]) -> None:
    """Write the report of a study, if there was one, and the story in it.

    Parameters
    ----------
    folder : where the study's tables lie.
    theirs : the files of the bundle, by name; its report tells the language.
    """
    if page.PAGE not in theirs:
        return
    told = page.story_worth_telling(study.results) if STORY in theirs else None
    if told is not None:
        page.save_story(folder, told)
    found = LANGUAGE.search(theirs[page.PAGE][:1_000])
    code = found[1].decode() if found else ""
    page.save(folder, code if code in LANGUAGES else "en")


REDRAW = Draw(pictures, report)
