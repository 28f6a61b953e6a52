"""The result folder: tables, manifest and pictures, each written whole or not at all."""

from __future__ import annotations

import errno
import json
import platform
import shlex
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import csv
from pyarrow import parquet as pq

from policies import registry
from sim.study import deposit
from sim.study.experiment import Results
from sim.study.files import beside, sweep
from sim.study.harmless import harmless
from sim.study.identity import (
    describe_programme,
    digest_of,
    digest_of_programme,
    version,
    world_of,
)
from sim.study.precision import Goal, Reached
from sim.study.store import PLACE
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from sim.world.paths import as_text, expanded, shortened
from sim.world.programme import Programme
from sim.world.reading import content_of
from sim.world.scenario import Scenario

MANIFEST = "manifest.json"
MOST_OF_MANIFEST = 2**26
"""bytes: a million runs have about half of them"""
LONGEST_NAME = 120
"""bytes of a scenario's name that stand in that of a folder, of 255 that it may have in all"""
LIBRARIES = ("mesa", "numba", "numpy", "pandas", "matplotlib", "pyarrow", "scipy")


class Study(NamedTuple):
    """What was asked for and what was found."""

    asked: Scenario
    results: Results
    comparison: pd.DataFrame
    goal: Goal | None = None
    reached: Reached | None = None
    basis: Mapping[str, Any] | None = None
    """on which the programmes were put, by ``name``, and the rates found"""
    worlds: int = 0
    """plausible worlds asked for besides"""
    robustness: Mapping[str, pd.DataFrame] | None = None
    """what was found in them, by name"""

    @property
    def inputs(self) -> dict[str, Any]:
        """Everything that was asked for and decides the results, as plain data."""
        basis = self.basis["name"] if self.basis else None
        return inputs(self.asked, self.goal, basis, self.worlds)

    @property
    def other_worlds_left_out(self) -> bool:
        """Whether nobody looked in other worlds, although there is something to look for."""
        return other_worlds_left_out(self.asked, self.worlds)

    def repeat(self, file: Path) -> str:
        """Return the command that repeats the study from its file."""
        return repeat(self.asked, file, options=f"--worlds {self.worlds}")

    def in_other_worlds(self) -> dict[str, pd.DataFrame]:
        """Return what was found in plausible worlds, by the names of the files."""
        return {f"robustness-{name}": table for name, table in (self.robustness or {}).items()}


def other_worlds_left_out(asked: Scenario, worlds: int) -> bool:
    """Return whether a comparison is made in the scenario's own world only."""
    return worlds == 0 and len(asked.programmes) > 1


def what_differs(asked: Scenario) -> dict[str, Any]:
    """Return all assumptions, and those that are not the shipped ones, as plain data."""
    return {
        "departures": [one.plain() for one in asked.departures],
        "assumptions": asked.catalogue,
    }


def inputs(
    asked: Scenario, goal: Goal | None = None, basis: str | None = None, worlds: int = 0
) -> dict[str, Any]:
    """Return everything that was asked for and decides the results, as plain data.

    Parameters
    ----------
    worlds : plausible worlds to live in besides.
    """
    return {
        "version": version(),
        "market": asked.market,
        "partners": asked.partners,
        "clients": asked.clients,
        "years": asked.years,
        "burn_in_months": asked.burn_in_months,
        "seeds": asked.seeds,
        "precision": None if goal is None else goal._asdict(),
        "basis": basis,
        "worlds": worlds,
        "baseline": asked.baseline,
        "incumbent": describe(asked.incumbent),
        "programmes": [describe(studied) for studied in asked.programmes],
        "assumptions": asked.assumptions._asdict(),
    }


def describe(studied: Programme) -> dict[str, Any]:
    """Return everything that defines a programme, as plain data."""
    return {"name": studied.name, **describe_programme(studied)}


def digest_of_runs(runs: pd.DataFrame) -> str:
    """Return a digest of every bit of every run; the same on any machine with IEEE arithmetic."""
    return digest_of(runs[["programme", "seed", "digest"]].to_numpy(object).tolist())


def repeat(scenario: Scenario, file: Path, command: str = "run", options: str = "") -> str:
    """Return the command that repeats a study from its file, with policies of one's own.

    A shell reads it as it is meant, whatever the file is called.

    Parameters
    ----------
    options : as a shell is to read them.
    """
    names = {studied.policy.name for studied in scenario.programmes} - set(registry.available())
    own = " ".join(f"--policy {name}.py" for name in sorted(names))
    place = shlex.quote(str(file))
    return " ".join(word for word in ("partnersim", command, place, options, own) if word)


def manifest(study: Study) -> dict[str, Any]:
    """Return what is enough to repeat the results, and to recognise them."""
    asked, results = study.asked, study.results
    return {
        "made_by": "partnersim",
        "scenario": asked.name,
        "question": asked.question,
        "provenance": asked.provenance,
        "inputs": study.inputs,
        "inputs_digest": digest_of(study.inputs),
        "results_digest": digest_of_runs(results.runs),
        "seeds": list(results.seeds),
        "precision": None if study.reached is None else study.reached._asdict(),
        "basis": study.basis,
        "engine": results.engine,
        "world_digest": world_of(asked, results.engine).digest,
        "runs": runs_used(results),
        **what_differs(asked),
        "other_worlds_left_out": study.other_worlds_left_out,
        **circumstances(),
        "repeat": f"{study.repeat(Path('scenario.toml'))} (the file beside this one)",
    }


def circumstances() -> dict[str, Any]:
    """Return with what and where a study was made, as plain data."""
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in LIBRARIES},
        },
        "machine": f"{platform.system()} {platform.machine()}, {sys.byteorder} endian",
    }


def runs_used(results: Results) -> dict[str, Any]:
    """Return the runs behind the results as the store knows them, by programme and seed."""
    by_programme = results.runs.groupby("programme", sort=False)
    return {
        studied.name: {
            "programme_digest": digest_of_programme(studied),
            "digests": dict(
                by_programme.get_group(studied.name)[["seed", "digest"]].itertuples(index=False)
            ),
        }
        for studied in results.scenario.programmes
    }


def default_folder(
    asked: Scenario, goal: Goal | None = None, basis: str | None = None, worlds: int = 0
) -> Path:
    """Return where results lie if nobody says: named by scenario and by what was asked for."""
    name = f"{short_name(asked)}-{basis}" if basis else short_name(asked)
    return PLACE / f"{name}-{digest_of(inputs(asked, goal, basis, worlds))[:8]}"


def short_name(asked: Scenario) -> str:
    """Return a scenario's name, cut so that a folder can be called by it, and by more."""
    return asked.name.encode()[:LONGEST_NAME].decode(errors="ignore")


def prepare(folder: Path, store: Path, inputs_digest: str) -> Path:
    """Check that results can be written to a folder, before the work; return its full path.

    Parameters
    ----------
    store : where finished runs are kept, which must not lie in the folder.

    Raises
    ------
    BadInput
        If the folder holds something else or the results of another study, or cannot be written.
    """
    folder = as_text(expanded(folder).absolute(), "--out")
    store = expanded(store).absolute()
    if folder in (store, *store.parents):
        raise BadInput(f"--out {folder}: finished runs are kept in it; name another folder.")
    standing = place = folder.resolve()
    try:
        check(folder, inputs_digest)
        above = next(parent for parent in place.parents if parent.exists())
        for standing in (above, place) if digest_in(place) else (above,):
            sweep(standing)
            trial = beside(standing / place.name)
            trial.mkdir()
            trial.rmdir()
    except OSError as fault:
        raise BadInput(
            f"--out {shortened(folder)}: {shortened(standing)} cannot be written to "
            f"({fault.strerror}). Name another folder."
        ) from None
    return folder


def check(folder: Path, inputs_digest: str) -> None:
    """Refuse to replace what is not the same study's results."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadInput(f"--out {folder}: is a file; name a folder.")
    found = digest_in(folder)
    if found and found != inputs_digest:
        raise BadInput(
            f"--out {folder}: holds the results of another study, or of another version of "
            "the simulation; nothing there is touched. Name another folder, or delete that one."
        )
    if any(folder.iterdir()) and not found:
        raise BadInput(
            f"--out {folder}: holds other files than results of partnersim; nothing there is "
            "touched. Name an empty or a new folder."
        )


def digest_in(folder: Path) -> str:
    """Return the digest of the inputs of the results in a folder, empty if it holds none."""
    try:
        found = json.loads(content_of(folder / MANIFEST, MOST_OF_MANIFEST))
    except (BadInput, ValueError, RecursionError):
        return ""
    ours = isinstance(found, dict) and found.get("made_by") == "partnersim"
    return str(found.get("inputs_digest", "unknown")) if ours else ""


def write(
    folder: Path, fill: Callable[[Path], None], tell: Callable[[str], Any] = warnings.warn
) -> None:
    """Write a result folder: filled beside its place, then moved there.

    In one step where there was none; where there are older results of the same study, file by
    file, and what the program has not written stays (`sim.study.deposit`). Of two processes that
    write the same study to one folder, the later one's stays.

    Parameters
    ----------
    folder : a path from `prepare`.
    fill : writes the files into the folder it is given.
    tell : told, in one line, of a file that was changed since, and is kept under another name.

    Raises
    ------
    BadInput
        If there is no room, or another study's results came there meanwhile.
    """
    place = folder.resolve()
    fresh = beside(place)
    try:
        fresh.mkdir(parents=True)
        fill(fresh)
        deposit.sync(fresh)
        deposit.note(fresh, fresh)
        if not move(fresh, place):
            check(folder, digest_in(fresh))
            deposit.merge(fresh, place, tell)
    except OSError as fault:
        raise BadInput(
            f"{folder}: the results cannot be written: {fault.strerror or fault}. Make room, or "
            "name another folder with --out, and repeat the command: finished runs are kept."
        ) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def move(fresh: Path, folder: Path) -> bool:
    """Move a folder to its place, and return whether it was free."""
    try:
        fresh.rename(folder)
    except OSError as fault:
        if fault.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        return False
    return True


def save(folder: Path, study: Study) -> None:
    """Write the tables (Parquet and CSV), the manifest and the scenario into a folder."""
    results = study.results
    tables = {"comparison": study.comparison, "runs": results.runs, "months": results.months}
    save_tables(folder, {**tables, **study.in_other_worlds()})
    (folder / MANIFEST).write_text(
        json.dumps(manifest(study), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / "scenario.toml").write_text(scenarios.dumps(results.scenario), encoding="utf-8")


def save_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as Parquet and CSV into a folder, without their index.

    CSV is for spreadsheets, too, so in it no text is a formula.
    """
    for name, frame in tables.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table, folder / f"{name}.parquet")
        table = pa.Table.from_pandas(harmless(frame), preserve_index=False)
        csv.write_csv(table, folder / f"{name}.csv", csv.WriteOptions(quoting_style="needed"))


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as plain data; what is not a number becomes None."""
    rows: list[dict[str, Any]] = table.astype(object).where(table.notna(), None).to_dict("records")
    return rows


def plain(study: Study, said: list[str], folder: Path) -> dict[str, Any]:
    """Return a comparison as plain data; what is not a number becomes None."""
    return {
        "scenario": study.asked.name,
        "question": study.asked.question,
        "baseline": study.asked.baseline,
        "years": study.asked.years,
        "seeds": list(study.results.seeds),
        "precision": None if study.reached is None else study.reached._asdict(),
        "basis": study.basis,
        "reused": study.results.reused,
        "comparison": plain_rows(study.comparison),
        "departures": [one.plain() for one in study.asked.departures],
        "worlds": study.worlds,
        "other_worlds_left_out": study.other_worlds_left_out,
        "robustness": {name: plain_rows(table) for name, table in (study.robustness or {}).items()},
        "findings": said,
        "folder": str(folder),
        "inputs_digest": digest_of(study.inputs),
        "results_digest": digest_of_runs(study.results.runs),
    }
