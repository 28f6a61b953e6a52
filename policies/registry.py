"""Find a policy by name and give it its terms."""

import functools
import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import policies
from policies.compiler import cloudpickle, is_ours, serialize
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
    objection: Callable[[Any], str] | None = None
    """Says why terms make no sense together; None: any legal terms do."""

    def __post_init__(self) -> None:
        """Name the type of the terms after the policy.

        The compiler tells types apart by this name first; types that share it are 30 times
        slower to call with.
        """
        type(self.terms).__name__ = re.sub(r"\W", "_", f"Terms_of_{self.name}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process: by name if shipped, else with the functions themselves.

        A shipped policy is looked up there, so it is compiled and cached once. Anybody else's
        module may be unknown there, so its rules and terms travel by value.
        """
        if self.name in available() and replace(load(self.name), terms=self.terms) == self:
            return load, (self.name, self.terms._asdict())
        return unpacked, (packed(self),)

    def __deepcopy__(self, memo: Any) -> "Policy":
        """Return itself: nothing in it ever changes."""
        return self

    @property
    def is_shipped(self) -> bool:
        """Whether all its rules are from here; anybody else's may answer what it likes."""
        rules = (self.credit, self.record_moves, self.rate)
        return all(is_ours(rule) for rule in rules if rule is not None)

    @property
    def file(self) -> str:
        """The file that its rules are written in."""
        code = getattr(getattr(self.credit, "py_func", self.credit), "__code__", None)
        return code.co_filename if code is not None else ""

    def credited(self, account: Account) -> Credit:
        """Return the shares of this payment's commission by role."""
        return self.credit(self.terms, account)

    def moves_record(self, account: Account) -> bool:
        """Return whether the servicing partner becomes the partner of record."""
        return self.record_moves is not None and self.record_moves(self.terms, account)

    def commission_rate(self, account: Account) -> float:
        """Return the commission on this payment, RUB per RUB."""
        return float(self.terms.rate if self.rate is None else self.rate(self.terms, account))


PACKING = Lock()
"""Compiled functions cannot be pickled from several threads at once."""


def packed(policy: Policy) -> bytes:
    """Return a policy as bytes that hold its functions, whatever module they are from."""
    held = tuple(getattr(policy, field.name) for field in fields(policy))
    named = (type(policy.terms), policy.credit, policy.record_moves, policy.rate)
    homes = {sys.modules.get(part.__module__) for part in named if part is not None} - {None}
    with PACKING:
        for home in homes:
            cloudpickle.register_pickle_by_value(home)
        try:
            parcel: bytes = serialize.dumps(held)
        finally:
            for home in homes:
                cloudpickle.unregister_pickle_by_value(home)
    return parcel


def unpacked(parcel: bytes) -> Policy:
    """Return the policy that `packed` made bytes of."""
    return Policy(*serialize.loads(parcel))


def available() -> list[str]:
    """Return the names of the shipped policies, in alphabetical order."""
    return list(shipped())


@functools.cache
def shipped() -> tuple[str, ...]:
    """Return the same, found in the folder once; a scenario may have thousands of programmes."""
    modules = (module.name for module in pkgutil.iter_modules(policies.__path__))
    return tuple(sorted(name for name in modules if name not in HOUSEKEEPING))


def from_module(module: ModuleType, terms: Mapping[str, float] | None = None) -> Policy:
    """Return the policy that a module spells out.

    Parameters
    ----------
    module : a module with ``Terms`` and ``credit``, see `policies.contract`.
    terms : numbers that differ from the module's defaults, by name.
    """
    path = getattr(module, "__file__", None)  # a notebook has none
    return Policy(
        name=module.__name__.rpartition(".")[2],
        summary=(module.__doc__ or "").strip().partition("\n")[0],
        terms=module.Terms(**dict(terms or {})),
        credit=module.credit,
        record_moves=getattr(module, "record_moves", None),
        rate=getattr(module, "rate", None),
        source=Path(path).read_text(encoding="utf-8") if path else "",
        objection=getattr(module, "objection", None),
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
