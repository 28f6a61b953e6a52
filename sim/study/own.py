"""A user's own policy: read from a file when asked for by name, and what it pays."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from policies.contract import Account, Credit, declared
from policies.registry import Policy, available, from_module
from sim.world.errors import BadInput, nearest, shown
from sim.world.paths import spelled
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
HIGHEST_RATE = 12.0
"""RUB per RUB invoiced: a bounty of a year's payments"""


def from_file(path: Path) -> Policy:
    """Return the policy that a file spells out; this runs the code in it.

    Raises
    ------
    BadInput
        If there is no such file, its code fails, or it does not spell out a policy that answers
        in ten situations.
    """
    if reason := irregular(path):
        raise BadInput(f"{spelled(path)}: {reason}.")
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise BadInput(f"{path}: name it like my_rule.py: letters, digits and _.")
    if path.stem in available():
        raise BadInput(f"{path}: a shipped policy is called {path.stem}; rename the file.")
    return policy_in(path)


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
            reason = fault_in_situations(policy)
    except (Exception, SystemExit) as fault:
        reason = spelt(fault)
    if reason:
        raise BadInput(f"{path}: {reason}. Correct it; README.md, Write your own, shows the form.")
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
    reason = undeclared(module.Terms)
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


def takes(rule: Any, count: int) -> bool:
    """Return whether something can be called with so many arguments."""
    try:
        inspect.signature(getattr(rule, "py_func", rule)).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


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
    return ""


def fault_in_answer(policy: Policy, account: Account) -> str:
    """Return what is wrong with what a policy says of an account, or nothing."""
    name = "credit"
    try:
        shares: Any = policy.credit(policy.terms, account)
        if not isinstance(shares, Credit):
            return f"credit answers {shown(shares)}; end it with return share(...)"
        if not (min(shares) >= 0.0 and sum(shares) <= 1.0 + 1e-9):
            parts = ", ".join(f"{role} {part:g}" for role, part in shares._asdict().items() if part)
            return f"credit answers {parts}; each share is at least 0, and all together at most 1"
        name = "rate"
        rate = policy.commission_rate(account)
        if not 0.0 <= rate <= HIGHEST_RATE:
            return f"the rate is {rate:g}; it is from 0 to {HIGHEST_RATE:g} RUB per RUB (20 %: 0.2)"
        name = "record_moves"
        moves: Any = policy.record_moves and policy.record_moves(policy.terms, account)
        if moves is not None and not isinstance(moves, bool | np.bool_):
            return f"record_moves answers {shown(moves)}; it is True or False"
    except (Exception, SystemExit) as fault:
        return f"{name}: {spelt(fault)}"
    return ""


def in_python(policy: Policy) -> Policy:
    """Return a policy with its rules as they are written, not compiled."""
    rules = {name: getattr(policy, name) for name in RULES}
    return replace(policy, **{name: getattr(rule, "py_func", rule) for name, rule in rules.items()})


def spelt(fault: BaseException) -> str:
    """Return a fault of a policy's code in a line: where, what, and a name that is near."""
    if isinstance(fault, SyntaxError) and fault.lineno:
        return f"line {fault.lineno}: {fault.msg}"
    what = str(fault).strip().partition("\n")[0].rstrip(".") or type(fault).__name__
    if isinstance(fault, SystemExit):
        what = "it ends the program"
    if isinstance(fault, AttributeError):
        hint = nearest(fault.name or "", getattr(fault.obj, "_fields", ()))
        what = f"{what}.{hint}".rstrip(".?")
    files = {module.__file__ for name, module in sys.modules.items() if name.startswith("own.")}
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename in files]
    return f"line {lines[-1]}: {what}" if lines else what


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
