"""What follows from a bundle's runs, written again and compared with what the bundle has."""

from __future__ import annotations

import io
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from sim.questions.bundle.case import STUDY, Case
from sim.questions.bundle.members import POLICIES, RESULT
from sim.questions.bundle.pack import policies_of
from sim.questions.bundle.read import Unlike, goal_of, read_table
from sim.questions.robustness.ask import Robustness
from sim.study import folder
from sim.study.differences import differences
from sim.study.experiment import Results
from sim.study.folder import MANIFEST, Study
from sim.study.identity import digest_of, version
from sim.study.precision import Goal, Reached, first_seeds, next_seeds, widest
from sim.world.errors import BadInput


class Draw(NamedTuple):
    """How a study's pictures and its report are written into its folder."""

    pictures: Callable[[Path, Study, Robustness | None], Any]
    report: Callable[[Path, Study, Mapping[str, bytes]], Any]
    """given the files of the bundle, by name"""


class Fault(NamedTuple):
    """Something that is not reproduced."""

    member: str
    where: dict[str, Any]
    """what tells it from others: programme, seed, month, indicator; or key, or line"""
    stored: Any
    recomputed: Any


def rewrite(
    case: Case, place: Path, robust: Robustness | None, draw: Draw | None
) -> Iterator[tuple[str, Fault | None]]:
    """Write again what follows from the runs; yield each member and how it differs.

    Pictures that were drawn with other versions are passed over, those in a report, too.

    Parameters
    ----------
    place : an empty folder.
    robust : what was found again in plausible worlds; None: nobody looked.
    draw : writes pictures and report; None: nobody does.
    """
    texts = policies_of(case.plain)
    for name in sorted(texts):
        yield compare(case, f"{POLICIES}{name}.py", texts[name].encode())
    if case.told.command != STUDY or (case.told.inputs.basis and case.basis is None):
        return
    try:
        study, fault = study_of(case, robust)
    except BadInput as unlikely:  # numbers that no study with such a goal ends with
        yield (
            f"{RESULT}{MANIFEST}",
            Fault(f"{RESULT}{MANIFEST}", {"key": "precision"}, "reached", str(unlikely)),
        )
        return
    folder.save(place, study)
    tables = {"comparison": study.comparison, **study.in_other_worlds()}
    for name, table in tables.items():
        member, unlike_cell = compare_table(case, name, table)
        yield member, unlike_cell or unlike_file(case, member, place)
    for member in (f"{RESULT}runs.parquet", f"{RESULT}months.parquet"):
        if unlike_bytes := unlike_file(case, member, place):
            yield member, unlike_bytes
    for name in ("runs", "months", *tables):
        yield compare(case, f"{RESULT}{name}.csv", (place / f"{name}.csv").read_bytes())
    manifest = manifest_of(case, study)
    yield f"{RESULT}{MANIFEST}", fault or unlike_manifest(case, manifest)
    yield compare(case, f"{RESULT}scenario.toml", (place / "scenario.toml").read_bytes())
    if draw is None:
        return
    (place / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for member in told_elsewhere(case, robust):
        (place / member.removeprefix(RESULT)).write_bytes(case.bundle.members[member])
    written = set(place.rglob("*"))
    theirs = {name.removeprefix(RESULT): content for name, content in case.bundle.members.items()}
    # whatever pictures and words about numbers that nobody has checked may end in
    with suppress(Exception):
        draw.report(place, study, theirs)
    if is_same_workshop(case):
        with suppress(Exception):
            draw.pictures(place, study, robust)
    for path in sorted(set(place.rglob("*")) - written):
        member = RESULT + path.relative_to(place).as_posix()
        if path.is_file() and member in case.bundle.members:
            yield compare(case, member, path.read_bytes())


def told_elsewhere(case: Case, robust: Robustness | None) -> Iterator[str]:
    """Yield the tables that the report reads and nobody has made again, if they are harmless."""
    for member in case.bundle.members if robust is None else ():
        name = member.removeprefix(RESULT).removesuffix(".parquet")
        if name.startswith("robustness-") and f"{RESULT}{name}.parquet" == member:
            with suppress(Unlike):
                read_table(case.bundle, name)
                yield member


def is_same_workshop(case: Case) -> bool:
    """Return whether pictures and files made here must be the same, bit by bit."""
    ours = folder.circumstances()
    is_same_code = case.told.inputs.version == version()
    return is_same_code and all(case.plain.get(key) == value for key, value in ours.items())


def study_of(case: Case, robust: Robustness | None) -> tuple[Study, Fault | None]:
    """Return the study that the runs make, and whether it stopped where it should."""
    assert case.months is not None
    seeds, goal = case.seeds[0], goal_of(case.told)
    ready = case.ready._replace(seeds=len(seeds))
    results = Results(ready, tuple(seeds), case.told.engine, case.runs, case.months)
    comparison = differences(results)
    fault = reached = None
    if goal is not None:
        reached = reached_by(results, goal, case.scenario.seeds)
        if reached.seeds != len(seeds):
            fault = Fault(f"{RESULT}{MANIFEST}", {"key": "seeds"}, len(seeds), reached.seeds)
    if case.basis is not None:
        comparison.attrs["basis"] = case.basis.plain()
    study = Study(
        case.scenario,
        results,
        comparison,
        goal,
        reached,
        case.basis.plain() if case.basis else None,
        case.told.inputs.worlds,
        robust.tables() if robust else None,
    )
    return study, fault


def reached_by(results: Results, goal: Goal, asked: int) -> Reached:
    """Return where a study with a goal must have stopped, as `sim.study.precision.gather` does."""
    seeds = first_seeds(asked, goal)
    while True:
        runs = results.runs[results.runs["seed"] <= seeds]
        known = Results(results.scenario, results.seeds[:seeds], results.engine, runs, runs)
        share = widest(differences(known), goal.indicator)
        is_last = seeds >= min(goal.max_seeds, len(results.seeds))
        if share <= goal.share or is_last:
            return Reached(share, seeds, share <= goal.share)
        seeds = min(next_seeds(seeds, share, goal.share), goal.max_seeds)


def same(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return where two columns have the same bits; what is not a number is like any other such."""
    if ours.dtype == theirs.dtype == np.float64:
        bits = ours.view(np.int64) == theirs.view(np.int64)
        return np.asarray(bits | (np.isnan(ours) & np.isnan(theirs)))
    if ours.dtype.kind == "f" or theirs.dtype.kind == "f":
        return np.zeros(len(ours), bool)
    alike: npt.NDArray[np.bool_] = ours.astype(object) == theirs.astype(object)
    return alike


def compare(case: Case, member: str, ours: bytes) -> tuple[str, Fault | None]:
    """Return a member and how it differs from what was written again."""
    theirs = case.bundle.members.get(member)
    if theirs == ours:
        return member, None
    if theirs is None:
        return member, Fault(member, {}, "missing", f"{len(ours)} bytes")
    if member.endswith(".png"):
        return member, Fault(member, {}, "another picture", "the one that the runs give")
    try:
        stored = theirs.decode()
    except UnicodeDecodeError as fault:
        return member, Fault(member, {"byte": fault.start + 1}, "no text in UTF-8", "text")
    if member.endswith(".csv"):
        return member, unlike_cells(case, member, stored, ours.decode())
    if member.endswith(".html") and not is_same_workshop(case):
        return member, unlike_lines(member, readable(stored), readable(ours.decode()))
    return member, unlike_lines(member, stored, ours.decode())


def readable(page: str) -> str:
    """Return a page with of each picture only what is read: what it is called, and its words.

    Numbers on their own are left out there: which of them an axis names is up to the library. How
    its words are drawn stays as it is, so that nothing in a picture lies over the page.
    """
    return PICTURE.sub(lambda found: "\n".join([found[1], *words_in(found[2])]), page)


def words_in(picture: str) -> Iterator[str]:
    """Yield the words of a picture, and how it is to be drawn."""
    for found in WORDS.finditer(picture):
        if found["style"] is not None or not BARE.fullmatch(found["word"]):
            yield found[0] if found["style"] is not None else found["word"]


PICTURE = re.compile(r"(<svg\b[^>]*>)(.*?)</svg>", re.DOTALL)
WORDS = re.compile(r"<style[^>]*>(?P<style>[^<]*)|<t(?:ext|span|itle)\b[^>]*>(?P<word>[^<]*)")
BARE = re.compile(r"[\s\d.,\N{MINUS SIGN}\N{NO-BREAK SPACE}-]*")


def unlike_lines(member: str, theirs: str, ours: str) -> Fault | None:
    """Return the first line in which two texts differ, if they do."""
    if theirs == ours:
        return None
    pairs = enumerate(zip_longest(theirs.split("\n"), ours.split("\n")), 1)
    line, (stored, found) = next((line, pair) for line, pair in pairs if pair[0] != pair[1])
    at = next(
        (
            at
            for at, pair in enumerate(zip(stored or "", found or "", strict=False))
            if len(set(pair)) > 1
        ),
        0,
    )
    return Fault(member, {"line": line}, excerpt(stored, at), excerpt(found, at))


def excerpt(line: str | None, at: int) -> str | None:
    """Return a long line from a little before the place at which it differs."""
    return line if line is None or at < LONG // 2 else f"…{line[at - LONG // 4 :]}"


def unlike_cells(case: Case, member: str, theirs: str, ours: str) -> Fault | None:
    """Return the first cell in which two tables differ.

    Where other versions wrote a table, a number may be spelled in another way, and a text quoted
    that need not be; all else is the same to the letter.
    """
    alike = operator.eq if is_same_workshop(case) else is_same_cell
    stored, found = ([cells(line) for line in table.split("\n")] for table in (theirs, ours))
    none: list[str] = []
    for line, (row, mine) in enumerate(zip_longest(stored, found, fillvalue=none), 1):
        for at, (cell, right) in enumerate(zip_longest(row, mine)):
            if not alike(cell, right):
                named = dict(zip(map(bare, found[0]), map(bare, mine), strict=False))
                keys = {key: named[key] for key in KEYS if key in named}
                column = bare(found[0][at]) if at < len(found[0]) else str(at + 1)
                where = {"line": line, **keys, "column": column}
                return Fault(member, where, *told_apart(cell, right))
    return None


LONG = 80
"""Characters of a line that are looked at together."""
KEYS = ("variant", "programme", "seed", "month", "indicator")
CELL = re.compile(r'"(?:[^"]|"")*"|[^,]*')
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
"""A number as a table spells it; what else Python would read as one is none."""


def cells(line: str) -> list[str]:
    """Return the cells of a table's line as they are spelled.

    >>> cells('a,"b,c",,1.5')
    ['a', '"b,c"', '', '1.5']
    """
    found, at = [], 0
    while at <= len(line):
        cell = CELL.match(line, at)
        assert cell is not None
        end = cell.end() if line[cell.end() : cell.end() + 1] in ("", ",") else len(line)
        found.append(line[at:end])
        at = end + 1
    return found


def bare(cell: str) -> str:
    """Return a cell without its quotes."""
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def told_apart(cell: str | None, right: str | None) -> tuple[str | None, str | None]:
    """Return two cells without their quotes, unless they differ in nothing else."""
    plain = tuple(None if one is None else bare(one) for one in (cell, right))
    return (cell, right) if plain[0] == plain[1] else (plain[0], plain[1])


def is_same_cell(cell: str | None, right: str | None) -> bool:
    """Return whether two cells hold the same text, or spell the same number.

    >>> is_same_cell("1e3", "1000"), is_same_cell("1_000", "1000"), is_same_cell("1000", "0x3e8")
    (True, False, False)
    >>> is_same_cell('"1000"', "1000"), is_same_cell('"lock"', "lock"), is_same_cell("-0", "0")
    (False, True, False)
    """
    if cell is None or right is None or cell == right:
        return cell == right
    if NUMBER.fullmatch(right):
        is_like = NUMBER.fullmatch(cell) and cell.startswith("-") == right.startswith("-")
        return bool(is_like) and Decimal(cell) == Decimal(right)
    return bare(cell) == bare(right)


def compare_table(case: Case, name: str, ours: pd.DataFrame) -> tuple[str, Fault | None]:
    """Return a table of the bundle and the first of its cells that does not follow."""
    member = f"{RESULT}{name}.parquet"
    try:
        theirs = read_table(case.bundle, name, len(ours))
    except Unlike as unlike:
        return member, Fault(member, {}, unlike.reason, "a table of ours")
    if list(theirs.columns) != list(ours.columns):
        return member, Fault(member, {"key": "columns"}, list(theirs.columns), list(ours.columns))
    wrong = [
        (int(np.flatnonzero(~alike)[0]), column)
        for column in ours.columns
        if not (alike := same(array(ours[column]), array(theirs[column]))).all()
    ]
    if not wrong:
        return member, None
    row, column = min(wrong, key=lambda cell: cell[0])
    keys = {key: ours[key].iloc[row] for key in KEYS if key in ours}
    stored, found = theirs[column].iloc[row], ours[column].iloc[row]
    return member, Fault(member, {**keys, "column": column}, stored, found)


def unlike_file(case: Case, member: str, place: Path) -> Fault | None:
    """Return how a table's file differs from the one written again, although its cells do not.

    A file also holds notes and summaries of its columns, by which some readers go. All of it is
    compared where the same libraries wrote it, elsewhere what is said about the whole table.
    """
    theirs = case.bundle.members[member]
    ours = (place / member.removeprefix(RESULT)).read_bytes()
    if theirs == ours:
        return None
    notes, right = (attributes(content) for content in (theirs, ours))
    if notes != right:
        return Fault(member, {"key": "attributes"}, notes, right)
    if is_same_workshop(case):
        return Fault(member, {}, "another file of the same cells", "the one that the runs give")
    return None


def attributes(content: bytes) -> Any:
    """Return what a table's file says about the whole table, if anything."""
    return (pq.read_schema(io.BytesIO(content)).pandas_metadata or {}).get("attributes", {})


def array(column: pd.Series[Any]) -> npt.NDArray[Any]:
    """Return a column as an array: numbers, or objects, None where there is nothing."""
    if column.dtype.kind in "if":
        return np.asarray(column.to_numpy())
    return np.asarray(column.astype(object).where(column.notna(), None), object)


def manifest_of(case: Case, study: Study) -> Any:
    """Return the manifest that the runs give, made with and where the bundle says it was."""
    ours = json.loads(json.dumps(folder.manifest(study)))
    theirs = case.plain
    for key in folder.circumstances():
        ours[key] = theirs.get(key)
    is_same_code = case.told.inputs.version == version()
    if not is_same_code:
        ours["inputs"]["version"] = case.told.inputs.version
        ours["inputs_digest"] = digest_of(ours["inputs"])
    if not is_same_code or not is_same_python(case) or any(case.untrusted.values()):
        ours["world_digest"] = theirs.get("world_digest")
        for name, used in ours["runs"].items():
            used["programme_digest"] = digest_told(theirs, name)
    return ours


def unlike_manifest(case: Case, ours: Any) -> Fault | None:
    """Return the first thing in which the manifest differs from the one that the runs give."""
    member = f"{RESULT}{MANIFEST}"
    found = next(unlike(case.plain, ours), None)
    if found is not None:
        key, stored, right = found
        return Fault(member, {"key": key}, stored, right)
    spelt = json.dumps(case.plain, indent=2, ensure_ascii=False) + "\n"
    return unlike_lines(member, case.bundle.members[member].decode(), spelt)


def is_same_python(case: Case) -> bool:
    """Return whether digests of code can be the same: they differ between minor versions."""
    ours = folder.circumstances()["versions"]["python"].split(".")
    return bool(case.told.versions.get("python", "").split(".")[:2] == ours[:2])


def digest_told(plain: Any, name: str) -> Any:
    """Return what a manifest says is a programme's digest."""
    try:
        return plain["runs"][name]["programme_digest"]
    except (KeyError, TypeError):
        return None


def unlike(theirs: Any, ours: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two pieces of plain data differ: key, theirs, ours."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in (*ours, *(name for name in theirs if name not in ours)):
            inner = f"{key}.{name}" if key else str(name)
            yield from unlike(theirs.get(name, "missing"), ours.get(name, "nothing"), inner)
    elif isinstance(theirs, list) and isinstance(ours, list):
        for at, (one, other) in enumerate(zip_longest(theirs, ours, fillvalue="missing"), 1):
            yield from unlike(one, other, f"{key}[{at}]")
    elif type(theirs) is not type(ours) or theirs != ours:
        yield key, theirs, ours
