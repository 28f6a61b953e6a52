"""What a bundle tells, read as data: its manifest as a scenario, its tables as columns.

Nothing in it is believed or run: everything must fit a form, and policies that are not shipped
here are stood in for, unless they are handed in.
"""

from __future__ import annotations

import io
import json
from collections import namedtuple
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from policies import registry
from policies.registry import Policy
from sim.questions.bundle.members import RESULT, suspect
from sim.questions.bundle.pack import MOST_BYTES, Bundle, foreign_to_us, policies_of
from sim.study.folder import MANIFEST, MOST_OF_MANIFEST
from sim.study.indicators import BY_NAME
from sim.study.precision import FEWEST, MOST, Goal
from sim.study.worlds import MOST_WORLDS
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions
from sim.world.departures import FILE, MARKET, SCENARIO, SIZES, Stated
from sim.world.errors import BadInput
from sim.world.programme import Change, Conduct, Incident, Programme, programme
from sim.world.scenario import AssumptionsForm, Pool, Scenario, Size

MOST_RUNS = 1_000_000
MOST_CELLS = 2**27
"""of a table"""
MOST_TEXT = 2**27
"""characters of a column of a table"""
LONGEST = 500
"""Characters of an error about somebody's manifest."""
LOOSE = ConfigDict(strict=True, extra="ignore", frozen=True, allow_inf_nan=False)
"""Keys that do not matter here are compared later, with those that there should be."""


def printable(text: str) -> str:
    """Return a text that can be shown as it is.

    Raises
    ------
    ValueError
        If it holds what a terminal might obey.
    """
    if not text.isprintable():
        raise ValueError("it holds characters that cannot be printed")
    return text


def harmless(text: str) -> str:
    """Return a text in which a terminal finds nothing to obey, and no more of it than one reads."""
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
Numbers = dict[Identifier, bool | int | float]
Programmes = Field(min_length=1, max_length=1_000)


class LaterForm(BaseModel):
    """A programme that follows in a later month."""

    model_config = LOOSE
    month: Annotated[int, Field(ge=1, le=600)]
    policy: Identifier
    terms: Numbers
    conduct: Numbers
    source: str
    changes: Annotated[list[Any], Field(max_length=0)]
    incidents: Annotated[list[Any], Field(max_length=0)]


class ProgrammeForm(BaseModel):
    """A programme, as a manifest describes it."""

    model_config = LOOSE
    name: Name
    policy: Identifier
    terms: Numbers
    conduct: Numbers
    source: str
    changes: list[LaterForm]
    incidents: list[list[Any]]


class GoalForm(BaseModel):
    """How precise an answer was to be."""

    model_config = LOOSE
    share: Annotated[float, Field(gt=0, lt=1)]
    indicator: str
    max_seeds: Annotated[int, Field(ge=FEWEST, le=MOST)]


class InputsForm(BaseModel):
    """What was asked for."""

    model_config = LOOSE
    version: Name
    market: Name
    partners: Size
    clients: Pool
    years: Annotated[int, Field(ge=1, le=50)]
    burn_in_months: Annotated[int, Field(ge=0, le=600)]
    seeds: Annotated[int, Field(ge=1, le=100_000)]
    precision: GoalForm | None
    baseline: Name
    incumbent: ProgrammeForm
    programmes: Annotated[list[ProgrammeForm], Programmes]
    assumptions: AssumptionsForm
    basis: str | None = None
    worlds: Annotated[int, Field(ge=0, le=MOST_WORLDS)] = 0


class DepartureForm(BaseModel):
    """A number that is said not to be as shipped, and who is said to have stated it."""

    model_config = LOOSE
    name: Identifier
    value: int | float
    default: int | float
    by: Literal["scenario", "market", "assumptions", "call"]
    file: Annotated[str, Field(max_length=4_096), AfterValidator(printable)]


class ManifestForm(BaseModel):
    """What a manifest must say so that anything can be simulated again."""

    model_config = LOOSE
    command: Identifier = "run"
    scenario: Name
    question: str
    provenance: str
    inputs: InputsForm
    seeds: Annotated[list[int], Field(max_length=100_000)] = []
    engine: Literal["compiled", "mesa"] = "compiled"
    findings: list[str] = []
    departures: Annotated[list[DepartureForm], Field(max_length=1_000)] = []
    versions: dict[Name, Name]
    machine: Name


def read_manifest(path: Path, bundle: Bundle) -> tuple[ManifestForm, dict[str, Any]]:
    """Return a bundle's manifest, checked and as it stands.

    Raises
    ------
    BadInput
        If nothing can be simulated from it.
    """
    where = path / RESULT / MANIFEST
    text = bundle.members.get(RESULT + MANIFEST, b"null")
    if len(text) > MOST_OF_MANIFEST:
        raise BadInput(f"{where}: larger than any of ours ({MOST_OF_MANIFEST >> 20} MB).")
    try:
        plain = json.loads(text.decode())
    except (ValueError, RecursionError) as fault:
        raise BadInput(f"{where}: not valid JSON ({str(fault)[:100]}).") from None
    if not isinstance(plain, dict):
        raise BadInput(f"{where}: is missing, or no manifest.")
    try:
        form: ManifestForm = scenarios.check(where, ManifestForm, plain)
    except BadInput as fault:
        raise BadInput(harmless(str(fault))) from None
    names = [studied.name for studied in form.inputs.programmes]
    if len(set(names)) < len(names) or form.inputs.baseline not in names:
        raise BadInput(f"{where}: two programmes have one name, or the baseline is none of them.")
    if form.inputs.precision and form.inputs.precision.indicator not in BY_NAME:
        raise BadInput(f"{where}: inputs.precision.indicator: there is no such indicator.")
    runs = len(names) * max(form.inputs.seeds, len(form.seeds), form.inputs.worlds)
    if runs > MOST_RUNS:
        raise BadInput(f"{where}: describes {runs} runs; at most {MOST_RUNS} are checked.")
    try:
        policies = policies_of(plain)
    except ValueError as fault:
        raise BadInput(f"{where}: inputs: {fault}.") from None
    if reason := suspect(bundle.members, form.command, policies):
        raise foreign_to_us(path, reason)
    return form, plain


def goal_of(told: ManifestForm) -> Goal | None:
    """Return how precise the answer was to be."""
    asked = told.inputs.precision
    return None if asked is None else Goal(asked.share, asked.indicator, asked.max_seeds)


def is_shipped(told: ProgrammeForm | LaterForm) -> bool:
    """Return whether a programme's policy is shipped here, with the same text."""
    is_known = told.policy in registry.available()
    return is_known and registry.load(told.policy).source == told.source


def foreign(told: ProgrammeForm, own: Mapping[str, Policy]) -> set[str]:
    """Return the policies of a programme that are neither shipped here nor handed in."""
    parts: list[ProgrammeForm | LaterForm] = [told, *told.changes]
    return {part.policy for part in parts if not is_shipped(part) and part.policy not in own}


def scenario_of(path: Path, told: ManifestForm, own: Mapping[str, Policy]) -> Scenario:
    """Return the scenario that a manifest describes.

    Parameters
    ----------
    own : policies that are not shipped, by name; who is not among them is stood in for.

    Raises
    ------
    BadInput
        If it could not have been a scenario.
    """
    asked = told.inputs
    numbers = asked.assumptions.model_dump(exclude_none=True)
    try:
        return Scenario(
            name=told.scenario,
            question=told.question,
            provenance=told.provenance,
            market=asked.market,
            partners=asked.partners,
            clients=asked.clients,
            years=asked.years,
            burn_in_months=asked.burn_in_months,
            seeds=asked.seeds,
            baseline=asked.baseline,
            incumbent=programme_of(path, asked.incumbent, own),
            programmes=tuple(programme_of(path, one, own) for one in asked.programmes),
            assumptions=Assumptions()._replace(**numbers),
            stated=tuple(stated(told)),
        )
    except (BadInput, TypeError, ValueError) as fault:
        told_why = harmless(str(fault))
        raise BadInput(f"{path / RESULT / MANIFEST}: inputs: {told_why}") from None


def stated(told: ManifestForm) -> Iterator[Stated]:
    """Yield what others than the scenario are said to state.

    What is shipped here says so itself, and nobody else in its name.
    """
    market, own = told.inputs.market, [one for one in told.departures if one.by != SCENARIO]
    for by, file in dict.fromkeys((one.by, one.file) for one in own):
        numbers = {one.name: one.value for one in own if (one.by, one.file) == (by, file)}
        if by == FILE and file in scenarios.shipped("assumptions"):
            yield Stated(FILE, file, scenarios.read_defaults(file))
        elif by != MARKET:
            yield Stated(by, file, numbers)
    if market in scenarios.shipped("market"):
        yield scenarios.of_market(market, scenarios.read_market(market))
    else:
        usual = {one.name: one.default for one in told.departures if one.name in SIZES}
        sizes = {"partners": told.inputs.partners, "clients": told.inputs.clients, **usual}
        numbers = {one.name: one.value for one in own if (one.by, one.file) == (MARKET, market)}
        yield Stated(MARKET, market, {**numbers, **sizes})


def programme_of(path: Path, told: ProgrammeForm, own: Mapping[str, Policy]) -> Programme:
    """Return a programme with its changes and incidents."""
    keys = ("month", "harm", "what")
    incidents = [
        Incident(
            **scenarios.check(
                path, scenarios.IncidentForm, dict(zip(keys, one, strict=True))
            ).model_dump()
        )
        for one in told.incidents
    ]
    changes = [Change(later.month, made(told.name, later, own, (), ())) for later in told.changes]
    return made(told.name, told, own, changes, incidents)


def made(
    name: str,
    told: ProgrammeForm | LaterForm,
    own: Mapping[str, Policy],
    changes: Any,
    incidents: Any,
) -> Programme:
    """Return a programme under a shipped policy, one handed in, or a stand-in."""
    numbers = {**told.terms, **told.conduct}
    if is_shipped(told):
        return programme(name, told.policy, changes=changes, incidents=incidents, **numbers)
    if told.policy in own:
        policy = own[told.policy]
        return programme(name, policy, changes=changes, incidents=incidents, **numbers)
    conduct = Conduct(**told.conduct)  # type: ignore[arg-type]
    return Programme(name, stand_in(told), conduct, tuple(changes), tuple(incidents))


def stand_in(told: ProgrammeForm | LaterForm) -> Policy:
    """Return a policy that can be described, and must not be applied."""
    terms: Any = namedtuple("Terms", list(told.terms))(**told.terms)
    return Policy(told.policy, "", terms, refuse, None, None, told.source)


def refuse(*_: Any) -> Any:
    """Stand in for a rule."""
    raise AssertionError("a policy that nobody trusts was to be run")


class Unlike(Exception):  # noqa: N818 - named for what it says of a member
    """A member that cannot be what its name says; the message says why."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}")
        self.member = member
        self.reason = reason


PLAIN = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_boolean,
    pa.types.is_int64,
    pa.types.is_float64,
    pa.types.is_null,
)
"""Kinds of columns in tables of ours."""


def read_table(bundle: Bundle, name: str, rows: int | None = None) -> pd.DataFrame:
    """Return a table of a bundle, of which only plain columns are read.

    Its size is looked at before its content: a small file can unpack to a very large one. Texts
    are read as they are packed, each once, and counted before they are spread over the rows.

    Parameters
    ----------
    rows : how many it must have; None: a million at most.

    Raises
    ------
    Unlike
        If it has not, or is no plain table.
    """
    member = f"{RESULT}{name}.parquet"
    if member not in bundle.members:
        raise Unlike(member, "is missing")
    try:
        file = pq.ParquetFile(io.BytesIO(bundle.members[member]), page_checksum_verification=True)
        about = file.metadata
        groups = [about.row_group(place) for place in range(about.num_row_groups)]
        if rows is None:
            rows = min(about.num_rows, 1_000_000)
        if about.num_rows != rows or sum(group.num_rows for group in groups) != rows:
            raise Unlike(member, f"has {about.num_rows} rows, not {rows}")
        size = sum(group.total_byte_size for group in groups)
        if size > MOST_BYTES or rows * max(1, about.num_columns) > MOST_CELLS:
            raise Unlike(member, "is larger than any of ours")
        schema = file.schema_arrow
        for field in schema:
            if not any(fits(field.type) for fits in PLAIN):
                raise Unlike(member, f"column {field.name[:80]!r} holds no numbers and no text")
        if len(set(schema.names)) < len(schema.names):
            raise Unlike(member, "two columns have one name")
        if not is_seen_as_it_is(schema):
            raise Unlike(member, "would be shown by pandas with other columns than it has")
        texts = [field.name for field in schema if is_text(field.type)]
        file = pq.ParquetFile(
            io.BytesIO(bundle.members[member]),
            page_checksum_verification=True,
            read_dictionary=texts,
        )
        table = file.read(use_threads=False)
        if table.num_rows != rows:
            raise Unlike(member, f"has {table.num_rows} rows, not {rows}")
        return pd.DataFrame({key: plain(member, key, table[key]) for key in schema.names})
    except Unlike:
        raise
    except Exception as fault:  # whatever a decoder makes of somebody's bytes
        reason = str(fault).partition("\n")[0][:100]
        raise Unlike(member, f"cannot be read ({reason!r})") from None


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_seen_as_it_is(schema: pa.Schema) -> bool:
    """Return whether pandas shows a table's columns under their own names, and nothing else.

    What a table says about itself for pandas can rename its columns, exchange them, make an index
    of them or read numbers as something else; who opens the file would see another table.
    """
    told = schema.pandas_metadata
    if told is None:
        return True
    columns = [(one["name"], one["field_name"], one["metadata"]) for one in told["columns"]]
    kinds = {one["numpy_type"] for one in told["columns"]}
    return (
        columns == [(name, name, None) for name in schema.names]
        and told["index_columns"] == told["column_indexes"] == []
        and kinds <= {"float64", "int64", "bool", "object", "str", "string"}
    )


def plain(member: str, key: str, column: pa.ChunkedArray) -> npt.NDArray[np.generic]:
    """Return a column as an array: numbers, or objects, None where there is nothing."""
    if pa.types.is_float64(column.type):
        return np.asarray(column.to_numpy(), np.float64)
    if pa.types.is_int64(column.type):
        if column.null_count:
            raise Unlike(member, f"column {key[:80]!r} has gaps")
        return np.asarray(column.to_numpy(), np.int64)
    if pa.types.is_dictionary(column.type):
        return np.concatenate(
            [np.empty(0, object), *(spread(member, key, c) for c in column.chunks)]
        )
    return np.array(column.to_pylist(), object)


def spread(member: str, key: str, texts: pa.DictionaryArray) -> npt.NDArray[np.object_]:
    """Return a column's texts row by row; equal ones are one object."""
    known: npt.NDArray[np.object_] = np.array([*texts.dictionary.to_pylist(), None], object)
    at = np.asarray(texts.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False))
    lengths = np.array([len(text or "") for text in known], np.int64)
    if int(lengths[at].sum()) > MOST_TEXT:
        raise Unlike(member, f"column {key[:80]!r} holds more text than any of ours")
    return np.asarray(known[at], object)
