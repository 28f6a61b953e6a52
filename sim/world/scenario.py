"""Scenarios: a question, a market, an incumbent and the programmes to compare, read from TOML.

A scenario file is data. It names policies that are shipped; nothing in it can run code. Every
fault is told with the file, the key and what is allowed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from policies import registry
from policies.contract import declared
from sim.world.assumptions import Assumptions
from sim.world.departures import CALL, FILE, MARKET, Departure, Stated, catalogue, departures
from sim.world.errors import BadInput, cut, nearest, shown, unknown_name
from sim.world.paths import expanded, shortened
from sim.world.programme import Change, Conduct, Incident, Programme, programme
from sim.world.reading import irregular
from sim.world.toml import read

DEFAULT = "four-policies"
DEFAULT_MARKET = "telephony"
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,20},\d{1,20}")
LONGEST_NAME = 100
"""characters of a programme's name, which stands in every table and picture"""
STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Scenario(NamedTuple):
    """A scenario ready to be simulated."""

    name: str
    question: str
    provenance: str
    market: str
    partners: int
    clients: int
    years: int
    burn_in_months: int
    seeds: int
    baseline: str
    incumbent: Programme
    programmes: tuple[Programme, ...]
    assumptions: Assumptions
    stated: tuple[Stated, ...] = ()
    """what others than the scenario state of its numbers, a later one before an earlier one"""

    @property
    def departures(self) -> list[Departure]:
        """What differs from the shipped assumptions, and who stated it."""
        return departures(self)

    @property
    def catalogue(self) -> list[dict[str, Any]]:
        """Every assumption: name, value, unit, low, high, source, meaning, shipped default."""
        return catalogue(self)


def numbers_model(name: str, *kinds: Any) -> type[BaseModel]:
    """Return the form that numbers declared with a `Term` must fit: name, type and range."""
    fields: dict[str, Any] = {}
    for kind in kinds:
        for field, term in declared(kind).items():
            of_type = type(kind._field_defaults[field])
            bounds: dict[str, Any] = {} if of_type is bool else {"ge": term.low, "le": term.high}
            fields[field] = (of_type | None, Field(None, description=term.unit, **bounds))
    return create_model(name, __config__=STRICT, **fields)


SIZE, POOL = Field(ge=2, le=100_000), Field(ge=10, le=10_000_000)
Size = Annotated[int, SIZE]
Pool = Annotated[int, POOL]
AssumptionsForm: Any = numbers_model("assumptions", Assumptions)


class ChangeForm(BaseModel):
    """When another programme follows."""

    model_config = STRICT
    month: Annotated[int, Field(ge=1, le=600, description="months after the decision")]


class IncidentForm(BaseModel):
    """Something that happens to all partners at once."""

    model_config = STRICT
    month: Annotated[int, Field(ge=1, le=600, description="months after the decision")]
    harm: Annotated[float, Field(ge=-1, le=1, description="of motivation, 0-1")]
    what: str = ""


class MarketForm(BaseModel):
    """A market file."""

    model_config = STRICT
    title: str
    provenance: str
    partners: Size
    clients: Pool
    assumptions: AssumptionsForm = AssumptionsForm()


class DefaultsForm(BaseModel):
    """A file of assumptions that stand in place of the defaults, on any market."""

    model_config = STRICT
    title: str
    provenance: str
    assumptions: AssumptionsForm


class ScenarioForm(BaseModel):
    """A scenario file."""

    model_config = STRICT
    name: Annotated[str | None, Field(pattern=r"^[\w-]+$")] = None
    question: Annotated[str, Field(min_length=1)]
    provenance: Annotated[str, Field(min_length=1)]
    market: str = DEFAULT_MARKET
    defaults: str | None = None
    partners: Annotated[int | None, SIZE] = None
    clients: Annotated[int | None, POOL] = None
    years: Annotated[int, Field(ge=1, le=50)] = 10
    burn_in_months: Annotated[int, Field(ge=0, le=600)] = 60
    seeds: Annotated[int, Field(ge=1, le=100_000)] = 8
    baseline: str | None = None
    incumbent: dict[str, Any] = {"policy": "first_sale_lock"}
    programmes: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    assumptions: AssumptionsForm = AssumptionsForm()


def scenario_folder() -> Path:
    """Return the folder of shipped scenarios, in an installed package or a checkout."""
    installed = Path(__file__).parent / "scenarios"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "scenarios"


FOLDERS = {"scenario": "", "market": "markets", "assumptions": "assumptions"}
"""Where files of each kind lie, in the folder of scenarios."""


def shipped(kind: str = "scenario") -> dict[str, Path]:
    """Return the shipped scenarios (or, with ``kind``, markets or assumptions) by name."""
    folder = scenario_folder() / FOLDERS[kind]
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find(name: str, kind: str, beside: Path | None = None, where: str = "") -> Path:
    """Return the file of a shipped name or of a path, the latter seen from ``beside``.

    Parameters
    ----------
    where : file and key that asked for it, for the error.
    """
    if name.endswith(".toml") or "/" in name:
        path = (beside or Path()) / expanded(name, where)
        reason = irregular(path)
        if not reason:
            return path
        place = f"{where}: " if where else ""
        hint = nearest(path.name, sibling(path)) if reason == "does not exist" else ""
        raise BadInput(f"{place}{shortened(path)}: this {kind} file {reason}.{hint}")
    files = shipped(kind)
    if name not in files:
        raise unknown_name(kind, name, files, where)
    return files[name]


def sibling(path: Path) -> list[str]:
    """Return the names of the TOML files beside a path."""
    try:
        return [other.name for other in path.parent.glob("*.toml")]
    except (OSError, ValueError):  # a folder that may not be read, or that cannot be
        return []


def check(path: Path, form: type[BaseModel], content: dict[str, Any], where: str = "") -> Any:
    """Return the content as its form, or tell its first fault."""
    try:
        return form.model_validate(content)
    except ValidationError as faults:
        found = faults.errors()
        more = f" ({len(found) - 1} more to fix after that.)" if len(found) > 1 else ""
        raise BadInput(f"{path}: {describe(form, found[0], where)}{more}") from None


def describe(form: type[BaseModel], fault: Any, where: str) -> str:
    """Return one fault in a reader's words."""
    keys = [str(part) for part in fault["loc"]]
    place = ".".join(cut(key) for key in [*([where] if where else []), *keys])
    inner = inner_form(form, keys)
    field = inner.model_fields.get(keys[-1]) if keys else None
    given, limits = fault.get("input"), fault.get("ctx", {})
    unit = f" {field.description}" if field is not None and field.description else ""
    if fault["type"] == "extra_forbidden":
        legal = sorted(inner.model_fields)
        hint = nearest(keys[-1], legal)
        of_contract = place.startswith(("programmes", "incumbent"))
        listed = "policies" if of_contract else "assumptions"
        allowed = ", ".join(legal) if len(legal) <= 20 else f"see `partnersim {listed}`"
        return f"{place}: unknown key.{hint} Allowed here: {allowed}."
    if fault["type"] == "missing":
        return f"{place}: this key is required and missing."
    if "ge" in limits or "le" in limits:
        low, high = bounds(field)
        allowed = f"{low:.12g} to {high:.12g}{unit}"
        return f"{place}: {shown(given)} is out of range; allowed: {allowed}."
    if fault["type"] == "finite_number":
        return f"{place}: {shown(given)} is not a number{unit and ' of'}{unit}."
    told = f"{place}: {shown(given)} does not fit: {fault['msg'].lower()}{unit and ';'}{unit}."
    if isinstance(given, str) and DECIMAL_COMMA.fullmatch(given):
        return f"{told} Write {given.replace(',', '.')}, not {given}."
    return told


def inner_form(form: type[BaseModel], keys: list[str]) -> type[BaseModel]:
    """Return the form in which the last of some keys stands."""
    for key in keys[:-1]:
        field = form.model_fields.get(key)
        inner = field.annotation if field is not None else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            form = inner
    return form


def bounds(field: Any) -> tuple[float, float]:
    """Return the least and greatest value a field allows."""
    limits = {
        name: getattr(part, name)
        for part in field.metadata
        for name in ("ge", "le")
        if hasattr(part, name)
    }
    return limits.get("ge", float("-inf")), limits.get("le", float("inf"))


@functools.cache
def form_of(policy: str) -> type[BaseModel]:
    """Return the form that the numbers of a programme under a policy must fit."""
    return numbers_model(policy, type(registry.load(policy).terms), Conduct)


def read_programme(path: Path, name: str, table: dict[str, Any], where: str) -> Programme:
    """Return one programme of a scenario: policy, terms, conduct, changes and incidents."""
    policy = table.get("policy")
    if not isinstance(policy, str):
        raise BadInput(f"{path}: {where}.policy: this key is required: the name of a policy.")
    if policy not in registry.available():
        raise unknown_name("policy", policy, registry.available(), f"{path}: {where}.policy")
    form = form_of(policy)
    apart = ("policy", "changes", "incidents")
    numbers = {key: value for key, value in table.items() if key not in apart}
    given = check(path, form, numbers, where).model_dump(exclude_unset=True)
    changes = [
        Change(month, read_programme(path, name, later, f"{where}.changes"))
        for month, later in read_changes(path, table, f"{where}.changes")
    ]
    incidents = [
        Incident(**check(path, IncidentForm, incident, f"{where}.incidents").model_dump())
        for incident in tables_of(path, table, "incidents", where)
    ]
    try:
        return programme(name, policy, changes=changes, incidents=incidents, **given)
    except BadInput as fault:
        raise BadInput(f"{path}: {where}: {fault}") from None


def check_name(path: Path, name: str) -> str:
    """Return a programme's name, if it can be read in a table."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BadInput(
            f"{path}: programmes: {shown(name)}: a programme's name has 1 to {LONGEST_NAME} "
            "characters."
        )
    return name


def read_changes(
    path: Path, table: dict[str, Any], where: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the month and the table of each programme that follows."""
    for later in tables_of(path, table, "changes", where.rpartition(".")[0]):
        if "changes" in later or "incidents" in later:
            raise BadInput(f"{path}: {where}: changes and incidents stand beside each other.")
        month = check(path, ChangeForm, {"month": later.get("month")}, where).month
        yield month, {key: value for key, value in later.items() if key != "month"}


def tables_of(path: Path, table: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """Return a list of tables under a key, empty if it is missing."""
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadInput(f"{path}: {where}.{key}: write [[{where}.{key}]] above each of them.")
    return found


def read_market(name: str, beside: Path | None = None, where: str = "") -> MarketForm:
    """Return a market by shipped name or path."""
    path = find(name, "market", beside, where)
    market: MarketForm = check(path, MarketForm, read(path))
    return market


def read_defaults(
    given: str | Mapping[str, float] | None, beside: Path | None = None, where: str = ""
) -> dict[str, Any]:
    """Return assumptions by a file's shipped name or path, or as given; none for None."""
    if given is None:
        return {}
    if not isinstance(given, str):
        numbers = check(Path("assumptions"), AssumptionsForm, dict(given))
        return dict(numbers.model_dump(exclude_unset=True))
    path = find(given, "assumptions", beside, where)
    form: DefaultsForm = check(path, DefaultsForm, read(path))
    return dict(form.assumptions.model_dump(exclude_unset=True))


def of_market(name: str, market: MarketForm) -> Stated:
    """Return what a market states: its sizes, and the assumptions that it names."""
    sizes = {"partners": market.partners, "clients": market.clients}
    return Stated(MARKET, name, {**sizes, **market.assumptions.model_dump(exclude_unset=True)})


def of_defaults(given: str | Mapping[str, float], numbers: Mapping[str, float]) -> Stated:
    """Return what a file or a call states in place of the defaults."""
    return Stated(FILE, given, numbers) if isinstance(given, str) else Stated(CALL, "", numbers)


def load(
    name: str | Mapping[str, Any] = DEFAULT,
    market: str | None = None,
    assumptions: str | Mapping[str, float] | None = None,
) -> Scenario:
    """Return a scenario by shipped name or path, on its own market or another.

    What a market says of its own goes before the defaults, what a scenario says before both.

    Parameters
    ----------
    name : a name from ``partnersim scenarios``, the path of a TOML file, or what stands in one.
    market : a market's name or path, instead of the scenario's own.
    assumptions : what stands in place of the defaults, by name, or the name or path of a file
        of it; instead of the file that the scenario names.

    Raises
    ------
    BadInput
        With file, key, what is allowed and the nearest legal name.
    """
    if isinstance(name, str):
        path = find(name, "scenario")
        content = read(path)
    else:
        path, content = Path("scenario"), dict(name)
    form: ScenarioForm = check(path, ScenarioForm, content)
    if market is None:
        chosen = read_market(form.market, path.parent, f"{path}: market")
    else:
        chosen = read_market(market)
    programmes = tuple(
        read_programme(path, check_name(path, key), table, f"programmes.{cut(key)}")
        for key, table in form.programmes.items()
    )
    baseline = form.baseline or programmes[0].name
    if baseline not in form.programmes:
        raise unknown_name("programme", baseline, form.programmes, f"{path}: baseline")
    replaced = form.defaults if assumptions is None else assumptions
    if assumptions is None:
        defaults = read_defaults(form.defaults, path.parent, f"{path}: defaults")
    else:
        defaults = read_defaults(assumptions)
    numbers = {
        **defaults,
        **chosen.assumptions.model_dump(exclude_unset=True),
        **form.assumptions.model_dump(exclude_unset=True),
    }
    return Scenario(
        name=form.name or path.stem.encode(errors="replace").decode(),
        question=form.question,
        provenance=form.provenance,
        market=market or form.market,
        partners=form.partners or chosen.partners,
        clients=form.clients or chosen.clients,
        years=form.years,
        burn_in_months=form.burn_in_months,
        seeds=form.seeds,
        baseline=baseline,
        incumbent=read_programme(path, "incumbent", form.incumbent, "incumbent"),
        programmes=programmes,
        assumptions=Assumptions()._replace(**numbers),
        stated=(
            *([of_defaults(replaced, defaults)] if replaced is not None else []),
            of_market(market or form.market, chosen),
        ),
    )


def file_saying(key: str, name: str, market: str | None = None) -> Path:
    """Return the file from which a number of a scenario comes: its own, or its market's.

    Parameters
    ----------
    name, market : as for `load`.
    """
    path = find(name, "scenario")
    content = read(path)
    if key in content or key not in MarketForm.model_fields:
        return path
    if market is not None:
        return find(market, "market")
    return find(content.get("market", DEFAULT_MARKET), "market", path.parent)


def dumps(scenario: Scenario) -> str:
    """Return a scenario file that says everything, so that it runs the same anywhere.

    Programmes under a policy that is not shipped are left out: no file can name such a policy.
    Where the numbers were shipped, it names the market and the assumptions that they come from.
    """
    files = [one.name for one in scenario.stated if one.by == FILE]
    named = {"defaults": files[0]} if files and files[0] in shipped("assumptions") else {}
    return tomli_w.dumps(
        {
            "name": scenario.name,
            "question": scenario.question,
            "provenance": scenario.provenance,
            "market": scenario.market if scenario.market in shipped("market") else DEFAULT_MARKET,
            **named,
            "partners": scenario.partners,
            "clients": scenario.clients,
            "years": scenario.years,
            "burn_in_months": scenario.burn_in_months,
            "seeds": scenario.seeds,
            "baseline": scenario.baseline,
            "incumbent": spell_out(scenario.incumbent),
            "programmes": {
                studied.name: spell_out(studied)
                for studied in scenario.programmes
                if studied.policy.name in registry.available()
            },
            "assumptions": scenario.assumptions._asdict(),
        }
    )


def spell_out(studied: Programme) -> dict[str, Any]:
    """Return a programme's table of a scenario file, every term and conduct named."""
    policy = studied.policy
    table = {"policy": policy.name, **policy.terms._asdict(), **studied.conduct._asdict()}
    if studied.changes:
        table["changes"] = [
            {"month": change.month, **spell_out(change.programme)} for change in studied.changes
        ]
    if studied.incidents:
        table["incidents"] = [incident._asdict() for incident in studied.incidents]
    return table


def describe_shipped(name: str) -> dict[str, Any]:
    """Return a shipped scenario as plain data: name, question, provenance, market, programmes."""
    scenario = load(name)
    return {
        "name": name,
        "question": scenario.question,
        "provenance": scenario.provenance,
        "market": scenario.market,
        "programmes": [studied.name for studied in scenario.programmes],
    }
