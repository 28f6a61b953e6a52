"""The result folder: tables, manifest and pictures, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from sim.study.experiment import Results
from sim.world import assumptions
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from sim.world.programme import Programme
from sim.world.scenario import Scenario

MANIFEST = "manifest.json"
LIBRARIES = ("mesa", "numba", "numpy", "pandas", "matplotlib", "pyarrow", "scipy")


def describe_programme(studied: Programme) -> dict[str, Any]:
    """Return everything that defines a programme, as plain data."""
    return {
        "name": studied.name,
        "policy": studied.policy.name,
        "terms": studied.policy.terms._asdict(),
        "conduct": studied.conduct._asdict(),
        "source": studied.policy.source,
    }


def inputs(scenario: Scenario) -> dict[str, Any]:
    """Return everything that decides a scenario's results, as plain data."""
    return {
        "version": metadata.version("partnersim"),
        "market": scenario.market,
        "partners": scenario.partners,
        "clients": scenario.clients,
        "years": scenario.years,
        "burn_in_months": scenario.burn_in_months,
        "seeds": scenario.seeds,
        "baseline": scenario.baseline,
        "incumbent": describe_programme(scenario.incumbent),
        "programmes": [describe_programme(studied) for studied in scenario.programmes],
        "assumptions": scenario.assumptions._asdict(),
    }


def digest_of(plain: Any) -> str:
    """Return a short digest of plain data."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of_runs(runs: pd.DataFrame) -> str:
    """Return a digest of every bit of every run; the same on any machine with IEEE arithmetic."""
    return digest_of(runs[["programme", "seed", "digest"]].to_numpy(object).tolist())


def manifest(results: Results) -> dict[str, Any]:
    """Return what is enough to repeat the results, and to recognise them."""
    scenario = results.scenario
    return {
        "made_by": "partnersim",
        "scenario": scenario.name,
        "question": scenario.question,
        "provenance": scenario.provenance,
        "inputs": inputs(scenario),
        "inputs_digest": digest_of(inputs(scenario)),
        "results_digest": digest_of_runs(results.runs),
        "seeds": list(results.seeds),
        "engine": results.engine,
        "assumptions": assumptions.catalogue(scenario.assumptions),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in LIBRARIES},
        },
        "machine": f"{platform.system()} {platform.machine()}, {sys.byteorder} endian",
        "repeat": "partnersim run scenario.toml (the file beside this one)",
    }


def default_folder(scenario: Scenario) -> Path:
    """Return where results lie if nobody says: named by scenario and inputs."""
    return Path("results") / f"{scenario.name}-{digest_of(inputs(scenario))[:8]}"


def prepare(folder: Path, scenario: Scenario) -> Path:
    """Check that results can be written to a folder, before the work; return its full path.

    Raises
    ------
    BadInput
        If the folder holds something else or the results of another study, or cannot be written.
    """
    folder = folder.expanduser().absolute()
    if folder.exists():
        if not folder.is_dir():
            raise BadInput(f"--out {folder}: is a file; name a folder.")
        found = digest_in(folder)
        if found and found != digest_of(inputs(scenario)):
            raise BadInput(
                f"--out {folder}: holds the results of another study; nothing there is touched. "
                "Name another folder, or delete that one."
            )
        if any(folder.iterdir()) and not found:
            raise BadInput(
                f"--out {folder}: holds other files than results of partnersim; nothing there is "
                "touched. Name an empty or a new folder."
            )
    standing = next(parent for parent in folder.parents if parent.exists())
    try:
        Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=standing)).rmdir()
    except OSError as fault:
        raise BadInput(
            f"--out {folder}: {standing} cannot be written to ({fault.strerror}). "
            "Name another folder."
        ) from None
    return folder


def digest_in(folder: Path) -> str:
    """Return the digest of the inputs of the results in a folder, empty if it holds none."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    ours = isinstance(found, dict) and found.get("made_by") == "partnersim"
    return str(found.get("inputs_digest", "unknown")) if ours else ""


def write(folder: Path, fill: Callable[[Path], None]) -> None:
    """Write a whole folder at once: filled beside its place, then moved there.

    Parameters
    ----------
    folder : a path from `prepare`; older results in it are replaced when the new are complete.
    fill : writes the files into the folder it is given.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(fresh)
        fresh.chmod(0o755)
        for path in fresh.rglob("*"):
            if path.is_file():
                with path.open("rb") as written:
                    os.fsync(written.fileno())
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            folder.rename(old / "old")
            fresh.rename(folder)
            shutil.rmtree(old)
        else:
            fresh.rename(folder)
    except OSError as fault:
        raise BadInput(f"{folder}: the results cannot be written: {fault.strerror}.") from fault
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def save(folder: Path, results: Results, comparison: pd.DataFrame) -> None:
    """Write the tables (Parquet and CSV), the manifest and the scenario into a folder."""
    tables = {"comparison": comparison, "runs": results.runs, "months": results.months}
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / MANIFEST).write_text(
        json.dumps(manifest(results), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / "scenario.toml").write_text(scenarios.dumps(results.scenario), encoding="utf-8")


def plain(
    results: Results, comparison: pd.DataFrame, said: list[str], folder: Path
) -> dict[str, Any]:
    """Return a comparison as plain data; what is not a number becomes None."""
    rows = comparison.astype(object).where(comparison.notna(), None).to_dict(orient="records")
    return {
        "scenario": results.scenario.name,
        "question": results.scenario.question,
        "baseline": results.scenario.baseline,
        "years": results.scenario.years,
        "seeds": list(results.seeds),
        "comparison": rows,
        "findings": said,
        "folder": str(folder),
        "inputs_digest": digest_of(inputs(results.scenario)),
        "results_digest": digest_of_runs(results.runs),
    }
