"""A user's own policy: read from a file when asked for by name, and checked."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from policies.contract import Account, declared
from policies.registry import Policy, available, from_module
from sim.engines.build import build, settle
from sim.study.choice import choose
from sim.world.errors import BadInput
from sim.world.programme import programme
from sim.world.units import NEVER

SITUATIONS = {
    "won and served by one partner, first payment": Account(
        0, True, False, True, True, True, 0, 0, 0, NEVER
    ),
    "the same, a year later": Account(12, True, False, True, True, True, 0, 0, 12, NEVER),
    "the same, ten years later": Account(120, True, False, True, True, True, 0, 0, 120, NEVER),
    "won by one, served by another for a year": Account(
        24, True, False, False, False, True, 12, 12, 24, 12
    ),
    "the same, and the client asks for who serves": Account(
        24, True, True, False, False, True, 12, 12, 24, 12, 0
    ),
    "the record moved to who serves a month ago": Account(
        24, True, False, False, True, True, 12, 0, 1, 12
    ),
    "nobody serves, the seller idle for 14 months": Account(
        30, False, False, False, False, True, 14, 14, 30, 14
    ),
    "served badly by its seller": Account(
        12, True, False, True, True, True, 0, 0, 12, NEVER, quality=0.1
    ),
    "on nobody's name, served by one who asks": Account(
        6, True, True, False, False, False, NEVER, NEVER, NEVER, 6, 0
    ),
    "grown by half through upsells": Account(
        36, True, False, True, True, True, 0, 0, 36, NEVER, upsold_share=1 / 3
    ),
}
"""Ten situations a partner knows, by name."""


def from_file(path: Path) -> Policy:
    """Return the policy that a file spells out; this runs the code in it.

    Raises
    ------
    BadInput
        If there is no such file, its code fails, or it does not spell out a policy.
    """
    if not path.is_file():
        raise BadInput(f"--policy {path}: there is no such file.")
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise BadInput(f"--policy {path}: name it like my_rule.py: letters, digits and _.")
    if path.stem in available():
        raise BadInput(f"--policy {path}: a shipped policy is called {path.stem}; rename the file.")
    name = f"own.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        for part in ("Terms", "credit"):
            if not hasattr(module, part):
                raise AttributeError(f"it has no {part}; see README.md, Your own policy")
        policy = from_module(module)
        declared(type(policy.terms))
    except Exception as fault:
        raise BadInput(f"--policy {path}: {place_in(path, fault)}{fault}.") from None
    return policy


def place_in(path: Path, fault: Exception) -> str:
    """Return the line of a file in which a fault arose, for a message."""
    if isinstance(fault, SyntaxError):
        return ""
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"line {lines[-1]}: " if lines else ""


class Check(NamedTuple):
    """One thing that a policy must be, and whether it is."""

    claim: str
    fault: str
    """empty if it holds"""


def check(policy: Policy, trials: int = 2_000) -> list[Check]:
    """Return what a policy must be, and whether it is.

    Parameters
    ----------
    trials : how many random accounts and terms are tried.
    """
    settled = settle("auto", studied_under(policy))
    cases = list(random_cases(settled.scenario.programmes[0].policy, trials))
    return [
        Check("Every term has unit, range, source and meaning.", undocumented(policy)),
        Check("Its rules say in their first line what they do.", unexplained(policy)),
        Check("It can be compiled.", settled.note.removesuffix(".")),
        Check("Shares are at least 0 and at most 1 together.", outside_simplex(cases)),
        Check("It answers the same whenever it is asked.", impure(cases)),
        Check("Compiled, it answers what its source says.", compiled_differently(cases)),
        Check("Both engines give the same market to the last bit.", engines_differ(policy)),
    ]


def payments(policy: Policy) -> list[dict[str, Any]]:
    """Return what a policy pays in ten typical situations, RUB per 100 RUB invoiced.

    A role that nobody holds is paid nothing.
    """
    rows = []
    policy = settle("auto", studied_under(policy)).scenario.programmes[0].policy
    for situation, account in SITUATIONS.items():
        paid = np.array(policy.credited(account)) * policy.commission_rate(account) * 100.0
        rows.append(
            {
                "situation": situation,
                "originator": float(paid[0]),
                "partner_of_record": float(paid[1]),
                "servicing_partner": float(paid[2]) if account.is_serviced else 0.0,
                "upseller": float(paid[3]),
                "record_moves": bool(policy.moves_record(account)),
            }
        )
    return rows


def random_cases(policy: Policy, trials: int) -> Iterator[tuple[Policy, Account]]:
    """Yield the policy under random legal terms, with random accounts."""
    luck = np.random.default_rng(1)
    for _ in range(trials):
        yield with_random_terms(policy, luck), random_account(luck)


def with_random_terms(policy: Policy, luck: np.random.Generator) -> Policy:
    """Return the policy under random legal terms, or its own if these make no sense together."""
    numbers: dict[str, Any] = {}
    for name, term in declared(type(policy.terms)).items():
        usual = getattr(policy.terms, name)
        if isinstance(usual, bool):
            numbers[name] = bool(luck.integers(2))
        elif isinstance(usual, int):
            numbers[name] = int(luck.integers(int(term.low), int(term.high) + 1))
        else:
            numbers[name] = float(luck.uniform(term.low, term.high))
    terms = policy.terms._replace(**numbers)
    if policy.objection is not None and policy.objection(terms):
        return policy
    return replace(policy, terms=terms)


def random_account(luck: np.random.Generator) -> Account:
    """Return an account whose facts need not be true together."""
    flags = [bool(flag) for flag in luck.integers(2, size=6)]
    months = [int(month) for month in luck.choice([0, 1, 5, 11, 12, 13, 24, 120, NEVER], size=7)]
    return Account(
        tenure=months[0],
        is_serviced=flags[0],
        client_asked=flags[1],
        originator_serves=flags[2],
        record_serves=flags[3],
        has_record=flags[4],
        originator_idle=months[1],
        record_idle=months[2],
        record_age=months[3],
        servicing_age=months[4],
        request_age=months[5],
        has_consent=flags[5],
        quality=float(luck.random()),
        upsold_share=float(luck.random()),
        record_clients=int(luck.integers(100)),
        record_quiet=months[6],
        originator_role=int(luck.integers(3)),
    )


def studied_under(policy: Policy) -> Any:
    """Return a small scenario with the policy as its only programme."""
    return choose(policies=[policy], partners=30, clients=400, years=1, seeds=1)


def undocumented(policy: Policy) -> str:
    """Return the first term that lacks something, or nothing."""
    for name, term in declared(type(policy.terms)).items():
        for part in ("unit", "source", "meaning"):
            if not getattr(term, part):
                return f"{name} has no {part}"
        if not term.low <= getattr(policy.terms, name) <= term.high:
            return f"{name}: its default is outside {term.low:g} to {term.high:g}"
    return ""


def unexplained(policy: Policy) -> str:
    """Return the first rule without a docstring, or nothing."""
    if not policy.summary:
        return "the file has no docstring"
    for name in ("credit", "record_moves", "rate"):
        rule = getattr(policy, name)
        if rule is not None and not (rule.__doc__ or "").strip():
            return f"{name} has no docstring"
    return ""


def outside_simplex(cases: list[tuple[Policy, Account]]) -> str:
    """Return the first case in which a division is none, or nothing."""
    for policy, account in cases:
        shares = tuple(policy.credited(account))
        if min(shares) < 0.0 or not sum(shares) <= 1.0 + 1e-9:
            return f"shares {shares} under {policy.terms} for {account}"
        if not 0.0 <= policy.commission_rate(account) <= 12.0:
            return f"rate {policy.commission_rate(account)} under {policy.terms} for {account}"
    return ""


def impure(cases: list[tuple[Policy, Account]]) -> str:
    """Return the first case that is answered otherwise when all are asked backwards, or nothing."""
    forth = [answer(policy, account) for policy, account in cases]
    back = [answer(policy, account) for policy, account in reversed(cases)][::-1]
    for (policy, account), first, second in zip(cases, forth, back, strict=True):
        if first != second:
            return f"{first}, then {second} under {policy.terms} for {account}"
    return ""


def compiled_differently(cases: list[tuple[Policy, Account]]) -> str:
    """Return the first case that the source answers otherwise, or nothing."""
    for policy, account in cases:
        plain = replace(
            policy,
            **{
                name: getattr(getattr(policy, name), "py_func", getattr(policy, name))
                for name in ("credit", "record_moves", "rate")
            },
        )
        compiled, source = answer(policy, account), answer(plain, account)
        if compiled != source:
            return f"{compiled}, its source {source}, under {policy.terms} for {account}"
    return ""


def answer(policy: Policy, account: Account) -> tuple[Any, ...]:
    """Return all that a policy says of an account."""
    shares = tuple(policy.credited(account))
    return shares, policy.commission_rate(account), bool(policy.moves_record(account))


def engines_differ(policy: Policy) -> str:
    """Return how the engines' markets differ under the policy, or nothing."""
    settled = settle("auto", studied_under(policy))
    digests = []
    for engine in ("mesa", settled.engine):
        scenario = settled.scenario
        market = build(
            engine,
            partners=scenario.partners,
            clients=scenario.clients,
            seed=1,
            assumptions=scenario.assumptions,
            incumbent=scenario.incumbent,
        )
        market.advance(12)
        market.adopt(programme(policy.name, settled.scenario.programmes[0].policy))
        market.advance(24)
        digests.append(market.outcome().digest())
    return "" if digests[0] == digests[1] else "a small market ends otherwise in the Mesa engine"
