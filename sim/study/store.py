"""The store of finished runs: what was simulated once is never simulated again.

Two tables in two folders, ``runs/`` (a run's indicators) and ``months/`` (the same by month), each
in Parquet parts of one simulated world. A part is named by the digest of everything that decides
its results and by the seed, so nothing stale can be found under its name; its rows are the
programmes followed in that world. A part is written whole or not at all, its months before its
runs, so that a run that is found is complete. Nothing is locked: of two processes that add
different programmes to one world at the same instant, one may lose its own and simulate them again.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.study.files import beside, sweep, write_whole
from sim.study.identity import World, describe_programme, digest_of
from sim.study.indicators import INDICATORS
from sim.study.run_one import Finished
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.paths import as_text, expanded, shortened
from sim.world.programme import Programme
from sim.world.reading import irregular

PLACE = Path("results")
"""Where finished runs lie if nobody says, beside the result folders."""
RUNS, MONTHS = "runs", "months"
TEXTS = ("version", "engine", "world_digest", "programme_digest", "policy", "terms", "conduct")


class Store:
    """Finished runs in a folder.

    Parameters
    ----------
    folder : where ``runs/`` and ``months/`` lie or will lie.
    tell : told, in one line, of a damaged part.

    Raises
    ------
    BadInput
        If the folder cannot be written.
    """

    def __init__(
        self, folder: str | Path = PLACE, tell: Callable[[str], Any] = warnings.warn
    ) -> None:
        self.folder = as_text(expanded(folder), "--store")
        self.tell = tell
        try:
            for table in (RUNS, MONTHS):
                place = self.folder / table
                place.mkdir(parents=True, exist_ok=True)
                sweep(place)
                trial = beside(place / "trial")
                trial.touch()
                trial.unlink()
        except OSError as fault:
            raise BadInput(
                f"{shortened(fault.filename or self.folder)}: finished runs cannot be kept there: "
                f"{fault.strerror}. Name another folder with --store."
            ) from None

    def part(self, table: str, world: World, seed: int) -> Path:
        """Return the file of a world's runs or months."""
        return self.folder / table / f"{world.digest}-{seed}.parquet"

    def find(self, world: World, seed: int, with_months: bool) -> dict[str, Finished]:
        """Return the finished runs of a world by the digest of their programme.

        Parameters
        ----------
        with_months : leave out runs whose months were not kept.
        """
        runs = self.read(self.part(RUNS, world, seed), world)
        months = (
            self.read(self.part(MONTHS, world, seed), world)
            if runs is not None and with_months
            else None
        )
        by_month = {} if months is None else split(months)
        found = {}
        for row in [] if runs is None else runs.to_pylist():
            name = row["programme_digest"]
            if with_months and name not in by_month:
                continue
            values = [row[indicator.name] for indicator in INDICATORS]
            found[name] = Finished(row["digest"], np.array(values, np.float64), by_month.get(name))
        return found

    def keep(
        self, world: World, seed: int, finished: Mapping[str, tuple[Programme, Finished]]
    ) -> None:
        """Add finished runs of a world, by the digest of their programme.

        Raises
        ------
        BadInput
            If they cannot be written.
        """
        with_months = {
            name: (programme, run)
            for name, (programme, run) in finished.items()
            if run.months is not None
        }
        if with_months:
            rows = [
                months_table(world, seed, name, programme, run)
                for name, (programme, run) in with_months.items()
            ]
            self.add(self.part(MONTHS, world, seed), world, rows, with_months)
        rows = [
            run_table(world, seed, name, programme, run)
            for name, (programme, run) in finished.items()
        ]
        self.add(self.part(RUNS, world, seed), world, rows, finished)

    def add(
        self,
        path: Path,
        world: World,
        rows: list[pa.Table],
        finished: Mapping[str, tuple[Programme, Finished]],
    ) -> None:
        """Write a part with new rows beside the ones it has."""
        sources: dict[str, str] = {}
        programmes = {
            name: apart(describe_programme(studied), sources)
            for name, (studied, _) in finished.items()
        }
        older = self.read(path, world)
        if older is not None:
            notes = older.schema.metadata
            programmes = {**json.loads(notes[b"programmes"]), **programmes}
            sources = {**json.loads(notes.get(b"sources", b"{}")), **sources}
            names = pa.array(list(finished))
            is_kept = pc.invert(pc.is_in(older["programme_digest"], names))
            rows = [older.filter(is_kept), *rows]
        try:
            write_whole(path, encode(pa.concat_tables(rows), world, programmes, sources))
        except OSError as fault:
            raise BadInput(
                f"{path}: a finished run cannot be written: {fault.strerror}. Make room, or name "
                "another folder with --store; all runs that finished before are kept, and the "
                "same command continues there."
            ) from None

    def read(self, path: Path, world: World) -> pa.Table | None:
        """Return a part, or nothing if there is none; what is no sound one is set aside."""
        if not path.exists():
            return None
        try:
            reason = irregular(path)  # to read a pipe would take for ever
            content = b"" if reason else path.read_bytes()
        except FileNotFoundError:  # another process has just set it aside
            return None
        except OSError as fault:
            raise BadInput(f"{path}: cannot be read: {fault.strerror}.") from None
        try:
            if reason:
                raise ValueError(reason)
            return decode(content, world)
        except Exception as fault:  # whatever a decoder makes of damaged bytes
            aside = path.with_name(f".{path.name}.damaged")
            reason = str(fault).partition("\n")[0]
            try:
                path.rename(aside)
            except FileNotFoundError:  # another process has just set it aside
                return None
            except OSError as refusal:
                raise BadInput(
                    f"{path}: damaged ({reason}) and cannot be set aside: {refusal.strerror}. "
                    "Delete it, or name another folder with --store."
                ) from None
            self.tell(
                f"{path}: damaged ({reason}); set aside as {aside.name}, its runs are simulated "
                "again."
            )
            return None


def labels(world: World, name: str, studied: Programme) -> dict[str, Any]:
    """Return the columns that say which programme a row is about."""
    return {
        "version": world.inputs["version"],
        "engine": world.inputs["engine"],
        "world_digest": world.digest,
        "programme_digest": name,
        "policy": studied.policy.name,
    }


def run_table(world: World, seed: int, name: str, studied: Programme, run: Finished) -> pa.Table:
    """Return the row of one finished run."""
    usual = Assumptions()._asdict()
    changed = {k: v for k, v in world.inputs["assumptions"].items() if v != usual[k]}
    row = {
        **labels(world, name, studied),
        "terms": json.dumps(studied.policy.terms._asdict()),
        "conduct": json.dumps(studied.conduct._asdict()),
        "assumptions": json.dumps(changed),
        "incumbent": world.inputs["incumbent"]["policy"],
        "partners": world.inputs["partners"],
        "clients": world.inputs["clients"],
        "burn_in_months": world.inputs["burn_in_months"],
        "years": world.inputs["years"],
        "seed": seed,
    }
    values = {i.name: run.values[at : at + 1] for at, i in enumerate(INDICATORS)}
    return pa.table(
        {
            **{key: [value] for key, value in row.items()},
            **{key: pa.array(value, from_pandas=True) for key, value in values.items()},
            "digest": [run.digest],
        }
    )


def months_table(world: World, seed: int, name: str, studied: Programme, run: Finished) -> pa.Table:
    """Return the rows of one finished run, month by month."""
    assert run.months is not None
    size = len(run.months["month"])
    fixed = {**labels(world, name, studied), "seed": seed}
    return pa.table(
        {
            **{key: pa.repeat(value, size) for key, value in fixed.items()},
            **{key: pa.array(column, from_pandas=True) for key, column in run.months.items()},
        }
    )


def split(months: pa.Table) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """Return the months of a part as columns, by the digest of their programme."""
    names = months["programme_digest"].to_numpy()
    starts = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
    fixed = months.column_names.index("seed") + 1
    columns = {key: months[key].to_numpy() for key in months.column_names[fixed:]}
    return {
        str(names[first]): {key: column[first:last] for key, column in columns.items()}
        for first, last in pairwise(starts)
    }


def apart(plain: dict[str, Any], sources: dict[str, str]) -> dict[str, Any]:
    """Return a described programme that names its policy's text by a digest, and note the text.

    A world can hold thousands of programmes under one policy.
    """
    name = digest_of(plain["source"])
    sources[name] = plain["source"]
    changes = [apart(change, sources) for change in plain["changes"]]
    return {**plain, "source": name, "changes": changes}


def encode(
    table: pa.Table, world: World, programmes: Mapping[str, Any], sources: Mapping[str, str]
) -> bytes:
    """Return a part as Parquet that explains itself and notices damage."""
    notes = {
        "inputs": json.dumps(world.inputs),
        "programmes": json.dumps(programmes),
        "sources": json.dumps(sources),
        "content": digest_of_content(table, programmes),
    }
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema,
        use_dictionary=[name for name in TEXTS if name in table.column_names],
        write_statistics=False,
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(notes)
    return bytes(sink.getvalue())


def decode(content: bytes, world: World) -> pa.Table:
    """Return a part's table.

    Raises
    ------
    Exception
        If a bit of it has changed since it was written.
    """
    source = pa.BufferReader(content)
    table = pq.ParquetFile(source, page_checksum_verification=True).read(use_threads=False)
    notes = table.schema.metadata
    if digest_of(json.loads(notes[b"inputs"])) != world.digest:
        raise ValueError("its inputs are not those of its name")
    if digest_of_content(table, json.loads(notes[b"programmes"])).encode() != notes[b"content"]:
        raise ValueError("its content has changed since it was written")
    sources = json.loads(notes.get(b"sources", b"{}"))
    if any(digest_of(text) != name for name, text in sources.items()):
        raise ValueError("a policy's text in it has changed since it was written")
    return table


def digest_of_content(table: pa.Table, programmes: Mapping[str, Any]) -> str:
    """Return a digest of a part's columns, names and values; page checksums leave gaps."""
    sha = hashlib.sha256(digest_of(programmes).encode())
    for name, column in zip(table.column_names, table.columns, strict=True):
        sha.update(f"{name} {column.type}\n".encode())
        if pa.types.is_string(column.type):
            sha.update(spelt(column.to_pylist()))
        else:
            sha.update(np.ascontiguousarray(column.to_numpy()).tobytes())
    return sha.hexdigest()


def spelt(texts: Iterable[str]) -> bytes:
    """Return texts as bytes that tell where each ends."""
    return "\n".join(texts).encode()
