"""A policy written in a notebook, or anywhere else in Python: `policy`, and `check`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pandas as pd

from policies.contract import Account, Credit, declared
from policies.registry import Policy, available, from_module
from sim.study.user_policy import aside
from sim.study.user_policy.load import fault_of_code, misshapen, payments
from sim.world.errors import BadInput, shown


def policy(
    name: str,
    terms: Any,
    credit: Callable[[Any, Account], Credit],
    record_moves: Callable[[Any, Account], bool] | None = None,
    rate: Callable[[Any, Account], float] | None = None,
    objection: Callable[[Any], str] | None = None,
) -> Policy:
    """Return a policy from its terms and rules, in the form of `policies.contract`.

    Parameters
    ----------
    name : of one's own, in letters, digits and _.
    terms : its numbers, such as ``Terms()`` or ``Terms(rate=0.25)``.
    credit, record_moves, rate, objection : its rules; what is not given is as in the contract.

    Raises
    ------
    BadInput
        If something is missing, a number is out of range, or it does not answer in ten situations.
    """
    if not name.isidentifier() or name in available():
        raise BadInput(
            f"policy {shown(name)}: choose a name of letters, digits and _ not yet taken."
        )
    rules = {
        "credit": credit,
        "record_moves": record_moves,
        "rate": rate,
        "objection": objection,
    }
    module = ModuleType(name, credit.__doc__)
    given = {key: rule for key, rule in rules.items() if rule is not None}
    vars(module).update(given, Terms=type(terms))
    reason = misshapen(module) or out_of_range(terms)
    if not reason:
        written = from_module(module, terms._asdict())
        reason = fault_of_code(written)
    if reason:
        raise BadInput(f"policy {name}: {reason}.")
    return written


def out_of_range(terms: Any) -> str:
    """Return the first term that is not a number in its range, or nothing."""
    for name, term in declared(type(terms)).items():
        value = getattr(terms, name)
        if not isinstance(value, int | float) or not term.low <= value <= term.high:
            return f"{name}: {shown(value)} is not a number from {term.low:g} to {term.high:g}"
    return ""


def check(written: Policy) -> pd.DataFrame:
    """Return what a policy pays in ten situations, RUB per 100 RUB invoiced, if it is sound.

    Sound: documented, a fair division for any account, the same answer whenever it is asked, and
    the same bits compiled and in both engines.

    Returns
    -------
    one row a situation: what originator, partner of record, servicing partner and upseller are
    paid, and whether the record moves

    Raises
    ------
    BadInput
        If something does not hold.
    """
    for one in aside.check_policy(written):
        if one.fault:
            raise BadInput(f'policy {written.name}: "{one.claim[:-1]}" does not hold: {one.fault}.')
    table = pd.DataFrame(payments(written)).set_index("situation")
    paid = [column for column in table.columns if column != "record_moves"]
    table.attrs["units"] = dict.fromkeys(paid, "RUB per 100 RUB invoiced")
    return table
