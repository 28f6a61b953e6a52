"""Find a policy by name and give it its terms."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

import policies
from policies.contract import Account, Credit, declared

HOUSEKEEPING = {"compiler", "contract", "registry"}


@dataclass(frozen=True)
class Policy:
    """A contract ready to be applied: its rules and the terms they read."""

    name: str
    summary: str
    """First line of the module's docstring."""
    terms: Any
    """An instance of the module's ``Terms``."""
    credit: Callable[[Any, Account], Credit]
    record_moves: Callable[[Any, Account], bool] | None
    """None: the partner of record never changes."""
    rate: Callable[[Any, Account], float] | None
    """None: ``terms.rate`` on every payment."""
    source: str
    """The policy's source text, kept with the results."""

    def __post_init__(self) -> None:
        """Name the type of the terms after the policy.

        The compiler tells types apart by this name first; types that share it are 30 times
        slower to call with.
        """
        type(self.terms).__name__ = f"Terms of {self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild in another process by the same door."""
        return Policy, tuple(getattr(self, field.name) for field in fields(self))

    def credited(self, account: Account) -> Credit:
        """Return the shares of this payment's commission by role."""
        return self.credit(self.terms, account)

    def moves_record(self, account: Account) -> bool:
        """Return whether the servicing partner becomes the partner of record."""
        return self.record_moves is not None and self.record_moves(self.terms, account)

    def commission_rate(self, account: Account) -> float:
        """Return the commission on this payment, RUB per RUB."""
        return float(self.terms.rate if self.rate is None else self.rate(self.terms, account))


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
        record_moves=getattr(module, "record_moves", None),
        rate=getattr(module, "rate", None),
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


def describe(name: str) -> dict[str, Any]:
    """Return a shipped policy as plain data: name, summary, declared terms."""
    policy = load(name)
    values = policy.terms._asdict()
    return {
        "name": name,
        "summary": policy.summary,
        "terms": [
            {"name": term, "value": values[term], **declaration._asdict()}
            for term, declaration in declared(type(policy.terms)).items()
        ],
    }


def spell_terms(terms: list[dict[str, Any]]) -> str:
    """Return described terms as a reader's lines: name, default, unit and range."""
    return "\n".join(
        f"{term['name']} {term['value']:g} {term['unit']} ({term['low']:g}–{term['high']:g})"
        for term in terms
    )
