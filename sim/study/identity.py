"""What makes a run this run and no other: digests of everything that decides its results."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import policies
from sim.version import __version__
from sim.world.programme import Programme
from sim.world.scenario import Scenario

DECIDING = (
    "sim/world",
    "sim/rules",
    "sim/engines",
    "sim/study/run_one.py",
    "sim/study/indicators.py",
    "policies/compiler.py",
    "policies/contract.py",
)
"""Sources that decide results; a policy's own stands in its programme."""


class World(NamedTuple):
    """What every run of a seed shares, whichever programme is followed."""

    digest: str
    inputs: dict[str, Any]


def digest_of(plain: Any) -> str:
    """Return a short digest of plain data."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def version() -> str:
    """Return the version of the simulation: the package's, and a digest of what decides results."""
    roots = {"sim": Path(__file__).parents[1], "policies": Path(policies.__file__).parent}
    sha = hashlib.sha256()
    for name in DECIDING:
        package, _, rest = name.partition("/")
        path = roots[package] / rest
        for source in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            sha.update(source.relative_to(roots[package]).as_posix().encode())
            sha.update(source.read_bytes())
    return f"{__version__}+{sha.hexdigest()[:12]}"


def describe_programme(studied: Programme) -> dict[str, Any]:
    """Return everything that defines a programme, but its name, as plain data."""
    return {
        "policy": studied.policy.name,
        "terms": studied.policy.terms._asdict(),
        "conduct": studied.conduct._asdict(),
        "source": studied.policy.source,
        "changes": [
            {"month": change.month, **describe_programme(change.programme)}
            for change in studied.changes
        ],
        "incidents": [list(incident) for incident in studied.incidents],
    }


def digest_of_programme(studied: Programme) -> str:
    """Return a digest of what a programme does, whatever it is called in a scenario.

    The text of the policy's file is not enough: from Python, a policy can be given other rules,
    and a rule can call functions of other files. So the digest also covers the rules' own code.
    """
    policy = studied.policy
    rules = [spell_code(rule) for rule in (policy.credit, policy.record_moves, policy.rate) if rule]
    later = [digest_of_programme(change.programme) for change in studied.changes]
    return digest_of({**describe_programme(studied), "rules": rules, "later": later})


def spell_code(function: Callable[..., Any], seen: frozenset[str] = frozenset()) -> list[Any]:
    """Return what a function does as plain data: its code, and what it finds under its names."""
    plain: Any = getattr(function, "py_func", function)
    met = seen | {f"{plain.__module__}.{plain.__qualname__}"}
    instructions, names = spell_instructions(plain.__code__)
    cells = [cell.cell_contents for cell in plain.__closure__ or ()]
    used = [plain.__globals__[name] for name in names if name in plain.__globals__]
    return [
        *instructions,
        repr(plain.__defaults__),
        [spell_value(value, met) for value in (*cells, *used)],
    ]


def spell_instructions(code: CodeType) -> tuple[list[Any], list[str]]:
    """Return a function's instructions and constants as plain data, and the names it uses."""
    names = list(code.co_names)
    constants: list[Any] = []
    for value in code.co_consts:
        if isinstance(value, CodeType):
            inner, inner_names = spell_instructions(value)
            constants.append(inner)
            names += inner_names
        else:
            constants.append(repr(value))
    return [code.co_code.hex(), names, list(code.co_varnames), constants], names


def spell_value(value: Any, seen: frozenset[str]) -> Any:
    """Return what a function finds under a name as plain data."""
    plain = getattr(value, "py_func", value)
    if isinstance(plain, ModuleType):
        file = getattr(plain, "__file__", None)
        content = Path(file).read_bytes() if file else b""
        return [plain.__name__, hashlib.sha256(content).hexdigest()]
    if not hasattr(plain, "__code__"):
        return repr(plain)
    name = f"{plain.__module__}.{plain.__qualname__}"
    return name if name in seen else spell_code(plain, seen)


def marks(scenario: Scenario, digests: Any) -> dict[str, Any]:
    """Return what every table says of itself in ``attrs``: what made it, and of what.

    Parameters
    ----------
    digests : of every bit of each run behind it, with what tells runs apart; as plain data.

    Returns
    -------
    version; digest, of the runs; assumptions: what is not as shipped, and who stated it
    """
    return {
        "version": version(),
        "digest": digest_of(digests),
        "assumptions": [one.plain() for one in scenario.departures],
    }


def world_of(scenario: Scenario, engine: str) -> World:
    """Return the world in which a scenario's programmes are followed, for any of its seeds.

    Parameters
    ----------
    engine : part of the world although results do not depend on it: who asks for the legible
        engine is not given what the other one found.
    """
    inputs = {
        "version": version(),
        "engine": engine,
        "partners": scenario.partners,
        "clients": scenario.clients,
        "burn_in_months": scenario.burn_in_months,
        "years": scenario.years,
        "incumbent": describe_programme(scenario.incumbent),
        "incumbent_digest": digest_of_programme(scenario.incumbent),
        "assumptions": scenario.assumptions._asdict(),
    }
    return World(digest_of(inputs), inputs)
