"""Find a policy by name and give it its terms."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import policies
from policies.contract import Account, Credit, rule

HOUSEKEEPING = {"compiler", "contract", "registry"}


class Policy(NamedTuple):
    """A contract ready to be applied: its rules and the terms they read."""

    name: str
    summary: str
    """First line of the module's docstring."""
    terms: Any
    """An instance of the module's ``Terms``."""
    credit: Callable[[Any, Account], Credit]
    record_moves: Callable[[Any, Account], bool]
    rate: Callable[[Any, Account], float]
    source: str
    """The policy's source text, kept with the results."""


@rule
def never_moves(terms: Any, account: Account) -> bool:
    """Keep the partner of record for ever."""
    return False


@rule
def flat_rate(terms: Any, account: Account) -> float:
    """Pay the same rate on every payment."""
    return terms.rate + 0.0


def available() -> list[str]:
    """Return the names of the shipped policies, in alphabetical order."""
    modules = (module.name for module in pkgutil.iter_modules(policies.__path__))
    return sorted(name for name in modules if name not in HOUSEKEEPING)


def from_module(module: ModuleType, terms: Mapping[str, float] | None = None) -> Policy:
    """Return the policy that a module spells out.

    Parameters
    ----------
    module : a module with ``Terms`` and ``credit``, see `policies.contract`.
    terms : numbers that differ from the module's defaults, by name.
    """
    return Policy(
        name=module.__name__.rpartition(".")[2],
        summary=(module.__doc__ or "").strip().partition("\n")[0],
        terms=module.Terms(**dict(terms or {})),
        credit=module.credit,
        record_moves=getattr(module, "record_moves", never_moves),
        rate=getattr(module, "rate", flat_rate),
        source=Path(module.__file__).read_text(encoding="utf-8") if module.__file__ else "",
    )


def load(name: str, terms: Mapping[str, float] | None = None) -> Policy:
    """Return a shipped policy by name.

    Raises
    ------
    KeyError
        If no policy has this name.
    """
    if name not in available():
        raise KeyError(name)
    return from_module(importlib.import_module(f"policies.{name}"), terms)
