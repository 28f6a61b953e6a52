"""A user's own policy: read from a file when asked for by name, and what it pays."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from policies.contract import Account, declared, wrong_rate, wrong_shares
from policies.registry import Policy, available, from_module
from sim.study.user_policy.memory import remembering
from sim.world.errors import BadInput, shown, spelt
from sim.world.paths import shortened
from sim.world.programme import Conduct
from sim.world.reading import irregular
from sim.world.units import NEVER

ORDINARY = Account(
    tenure=12,
    is_serviced=True,
    client_asked=False,
    originator_serves=True,
    record_serves=True,
    has_record=True,
    originator_idle=0,
    record_idle=0,
    record_age=12,
    servicing_age=12,
)
"""Won a year ago, and recorded on and serviced by one and the same partner ever since."""
DRIFTED = ORDINARY._replace(
    originator_serves=False,
    record_serves=False,
    originator_idle=12,
    record_idle=12,
)
"""Won and recorded by one partner, serviced by another for a year."""
SITUATIONS = {
    "won and served by one partner, first payment": ORDINARY._replace(
        tenure=0, record_age=0, servicing_age=0
    ),
    "the same, a year later": ORDINARY,
    "the same, ten years later": ORDINARY._replace(tenure=120, record_age=120, servicing_age=120),
    "won two years ago by one, served by another for a year": DRIFTED._replace(
        tenure=24, record_age=24
    ),
    "the same, and the client asks for who serves": DRIFTED._replace(
        tenure=24, record_age=24, client_asked=True, request_age=0
    ),
    "the record moved to who serves a month ago": DRIFTED._replace(
        tenure=24, record_serves=True, record_idle=0, record_age=1
    ),
    "nobody serves, the seller idle for 14 months": DRIFTED._replace(
        tenure=30,
        is_serviced=False,
        originator_idle=14,
        record_idle=14,
        record_age=30,
        servicing_age=NEVER,
    ),
    "served badly by its seller": ORDINARY._replace(quality=0.1),
    "on nobody's name, served by one who asks": DRIFTED._replace(
        tenure=6,
        client_asked=True,
        has_record=False,
        originator_idle=NEVER,
        record_idle=NEVER,
        record_age=NEVER,
        servicing_age=6,
        request_age=0,
    ),
    "grown by half through upsells": ORDINARY._replace(
        tenure=36, record_age=36, servicing_age=36, upsold_share=1 / 3
    ),
}
"""Ten situations a partner knows, by name."""
RULES = ("credit", "record_moves", "rate")
RESERVED = ("name", "policy", "changes", "incidents", "month")
"""Keys of a programme in a scenario that are no terms."""


def from_file(path: Path) -> Policy:
    """Return the policy that a file spells out; this runs the code in it.

    Raises
    ------
    BadInput
        If there is no such file, its code fails, or it does not spell out a policy that answers
        in ten situations.
    """
    check_place(path)
    return policy_in(path)


def check_place(path: Path) -> None:
    """Refuse a file that cannot be a policy's, before the code in it is run."""
    if reason := irregular(path):
        raise BadInput(f"{shortened(path)}: {reason}.")
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise BadInput(f"{path}: name it like my_rule.py: letters, digits and _.")
    if path.stem in available():
        raise BadInput(f"{path}: a shipped policy is called {path.stem}; rename the file.")


def policy_in(path: Path) -> Policy:
    """Return the policy that a file spells out, whatever it is called; this runs the code in it.

    Raises
    ------
    BadInput
        If its code fails, or it does not spell out a policy that answers in ten situations.
    """
    try:
        module = module_of(path)
        reason = misshapen(module)
        if not reason:
            policy = from_module(module)
            reason = fault_of_code(policy)
    except (Exception, SystemExit) as fault:
        reason = spelt(fault)
    if reason:
        raise BadInput(f"{path}: {reason}. Correct it; docs/use/policies.md shows the form.")
    return policy


def module_of(path: Path) -> ModuleType:
    """Return the module that a file is; this runs the code in it."""
    name = f"own.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def misshapen(module: ModuleType) -> str:
    """Return what a module lacks to be a policy, or nothing."""
    for part in ("Terms", "credit"):
        if not hasattr(module, part):
            return f"it has no {part}"
    if not hasattr(module.Terms, "_field_defaults"):
        return "Terms: write class Terms(NamedTuple)"
    reason = undeclared(module.Terms) or taken(module.Terms._fields)
    if reason:
        return f"Terms.{reason}"
    if "rate" not in module.Terms._fields and not hasattr(module, "rate"):
        return "Terms has no rate; give it one, such as rate: Rate = 0.20, or write a rule rate"
    for name in (*RULES, "objection"):
        rule = getattr(module, name, None)
        given = ("terms",) if name == "objection" else ("terms", "account")
        if rule is not None and not takes(rule, len(given)):
            return f"{name}: write def {name}({', '.join(given)})"
    return ""


def undeclared(kind: Any) -> str:
    """Return the first term without a number as its default, or a range around it, or nothing."""
    for name, term in declared(kind).items():
        if name not in kind._field_defaults:
            return f"{name} has no default; write a number behind it, such as = 12"
        default = kind._field_defaults[name]
        for number, what in ((default, "default"), (term.low, "low"), (term.high, "high")):
            if not isinstance(number, int | float) or not abs(number) < float("inf"):
                return f"{name}: its {what} {shown(number)} is not a number"
        if not term.low <= default <= term.high:
            return f"{name}: its default {default:g} is outside {term.low:g} to {term.high:g}"
    return ""


def taken(names: Sequence[str]) -> str:
    """Return the first term whose name means something else, and what, or nothing."""
    meanings = {
        "how the vendor runs a programme": Conduct._fields,
        "a fact of an account": Account._fields,
        "a key of a programme in a scenario": RESERVED,
    }
    for name in names:
        for meaning, theirs in meanings.items():
            if name in theirs:
                return f"{name}: this name is taken, by {meaning}; call the term otherwise"
    return ""


def takes(rule: Any, count: int) -> bool:
    """Return whether something can be called with so many arguments."""
    try:
        inspect.signature(getattr(rule, "py_func", rule)).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def fault_of_code(policy: Policy) -> str:
    """Return what is wrong with a policy before it is tried on more than ten accounts, or nothing.

    It might remember, object to its own terms, or give no answer.
    """
    rules = (*(getattr(policy, name) for name in RULES), policy.objection)
    return remembering(rule for rule in rules if rule is not None) or fault_in_situations(policy)


def fault_in_situations(policy: Policy) -> str:
    """Return what is wrong with a policy's objection or answers in ten situations, or nothing."""
    if policy.objection is not None:
        told: Any = policy.objection(policy.terms)
        if not isinstance(told, str):
            return f"objection answers {shown(told)}; return a text, empty if nothing is wrong"
        if told:
            return f"objection refuses the terms at their defaults: {told}"
    for situation, account in SITUATIONS.items():
        reason = fault_in_answer(in_python(policy), account)
        if reason:
            return f'for "{situation}", {reason}'
    least = min(policy.commission_rate(account) for account in SITUATIONS.values())
    if least > 1.0:
        return (
            f"in every situation it pays {least:g} RUB or more per RUB invoiced, so never less "
            "than all; is the rate in per cent (20 %: 0.2)"
        )
    return ""


def fault_in_answer(policy: Policy, account: Account) -> str:
    """Return what is wrong with what a policy says of an account, or nothing."""
    name = "credit"
    try:
        shares: Any = policy.credit(policy.terms, account)
        if wrong := wrong_shares(shares):
            return wrong
        name = "rate"
        if wrong := wrong_rate(policy.commission_rate(account)):
            return wrong
        name = "record_moves"
        moves: Any = policy.record_moves and policy.record_moves(policy.terms, account)
        if moves is not None and not isinstance(moves, bool | np.bool_):
            return f"record_moves answers {shown(moves)}; it is True or False"
    except (Exception, SystemExit) as fault:
        return f"{name}: {spelt(fault, policy.file)}"
    return ""


def in_python(policy: Policy) -> Policy:
    """Return a policy with its rules as they are written, not compiled."""
    rules = {name: getattr(policy, name) for name in RULES}
    return replace(policy, **{name: getattr(rule, "py_func", rule) for name, rule in rules.items()})


def payments(policy: Policy) -> list[dict[str, Any]]:
    """Return what a policy pays in ten typical situations, RUB per 100 RUB invoiced.

    A role that nobody holds is paid nothing; who bought directly has no originator.
    """
    rows = []
    policy = in_python(policy)
    for situation, account in SITUATIONS.items():
        holds = (
            account.originator_serves or account.originator_idle < NEVER,
            account.has_record,
            account.is_serviced,
            account.upsold_share > 0.0,
        )
        rate = policy.commission_rate(account)
        paid = np.where(holds, policy.credited(account), 0.0) * rate * 100.0
        rows.append(
            {
                "situation": situation,
                "originator": float(paid[0]),
                "partner_of_record": float(paid[1]),
                "servicing_partner": float(paid[2]),
                "upseller": float(paid[3]),
                "record_moves": bool(policy.moves_record(account)),
            }
        )
    return rows
