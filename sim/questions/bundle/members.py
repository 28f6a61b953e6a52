"""What a bundle may hold: the files that a command's results have, and nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sim.questions.bundle.inert import alive, kind_of
from sim.study.folder import MANIFEST

POLICIES, RESULT = "policies/", "result/"


class Files(NamedTuple):
    """The files of a command's results, without those that all have."""

    tables: str
    """each in Parquet and CSV"""
    pictures: str = ""
    others: str = ""


FILES = {
    "run": Files(
        "comparison runs months robustness-best robustness-beats robustness-conditions "
        "robustness-telling",
        "trajectories.png policy-by-indicator.png robustness-map.png robustness-map.svg "
        "robustness-shares.png robustness-shares.svg",
        "report.html report-ru.html story.json",
    ),
    "robustness": Files(
        "runs best beats conditions telling worlds",
        "robustness-map.png robustness-map.svg robustness-shares.png robustness-shares.svg",
    ),
    "sensitivity": Files(
        "runs indices noise screening ends", "tornado.png tornado.svg indices.png indices.svg"
    ),
    "decompose": Files("runs decomposition mixtures", "waterfall.png waterfall.svg"),
    "frontier": Files("runs frontier tried", "frontier.png frontier.svg"),
}
"""By command; `compare` writes what `run` does."""
FOUND = re.compile(r"programmes/[\w.-]+\.toml", re.ASCII)
"""What a frontier has besides: a scenario for each programme found."""


def files_of(command: str) -> set[str]:
    """Return the names of the files that a command's results may have."""
    known = FILES.get(command, Files(""))
    tables = {f"{name}.{kind}" for name in known.tables.split() for kind in ("csv", "parquet")}
    return {MANIFEST, "scenario.toml", *tables, *known.pictures.split(), *known.others.split()}


def is_known(name: str, command: str) -> bool:
    """Return whether a command's results may have such a file."""
    return name in files_of(command) or (command == "frontier" and bool(FOUND.fullmatch(name)))


def is_picture(member: str) -> bool:
    """Return whether a member is nothing but a picture."""
    return member.endswith((".png", ".svg"))


def suspect(members: Mapping[str, bytes], command: str, policies: Iterable[str]) -> str:
    """Return what a bundle holds that no bundle of ours does, or nothing.

    Parameters
    ----------
    command : whose results they are, as the manifest says.
    policies : names of those in its manifest.
    """
    texts = {f"{POLICIES}{name}.py" for name in policies}
    for member, content in members.items():
        name = member.removeprefix(RESULT)
        if member not in texts and not (name != member and is_known(name, command)):
            return f"{member[:80]!r} is no file of ours"
        if kind_of(member) and (reason := alive(member, content)):
            return f"{member} {reason}"
    return ""
