"""What compiled months ask a policy, so that an answer that is none can be told of.

Compiled code cannot say in words what went wrong. It notes which rule it is about to ask about
whom, and stops with the answer left behind; Python reads the note.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba.core.errors import NumbaError

from policies.compiler import inner
from policies.contract import Credit
from policies.registry import Policy
from sim.rules.answers import CREDIT, RATE, RECORD_MOVES, failed, wrong_answer
from sim.world.errors import BadInput, PolicyFailed, spelt

NAMES = ("", CREDIT, RATE, RECORD_MOVES)
CREDIT_ASKED, RATE_ASKED, MOVES_ASKED = range(1, len(NAMES))
ASKED = np.dtype(
    [(name, np.int64) for name in ("month", "note", "payment")]
    + [(name, np.float64) for name in (*Credit._fields, "rate")]
)
"""When and what was asked last, in one number: about whom, which rule, of which contract; and the
answer, if it was not sound."""


@inner
def ask(asked: Any, account: int, rule: int, is_former: bool) -> None:
    """Note which rule is asked about which account."""
    asked.note = 8 * account + 2 * rule + is_former


@inner
def refuse(asked: Any, shares: Credit, rate: float, payment: int) -> int:
    """Note an answer that is not sound; return what stands for it."""
    asked.originator = shares.originator
    asked.partner_of_record = shares.partner_of_record
    asked.servicing_partner = shares.servicing_partner
    asked.upseller = shares.upseller
    asked.rate = rate
    asked.payment = payment
    return -1


def read(asked: Any, policy: Policy, former: Policy | None) -> tuple[Policy, str, int]:
    """Return the policy that was asked last, by which rule and about which account."""
    account, rest = divmod(int(asked["note"]), 8)
    rule, is_former = divmod(rest, 2)
    return former if is_former and former is not None else policy, NAMES[rule], account


def unsound(asked: Any, policy: Policy, former: Policy | None) -> PolicyFailed:
    """Return the error of the answer that months stopped at."""
    shares = Credit(*(float(asked[name]) for name in Credit._fields))
    rule, cause = wrong_answer(shares, float(asked["rate"]), int(asked["payment"]))
    of, _, account = read(asked, policy, former)
    return failed(of, rule, cause, int(asked["month"]), account)


@contextmanager
def telling_of_rules(asked: Any, policy: Policy, former: Policy | None) -> Iterator[None]:
    """Tell of an error which policy, rule and account it came of.

    Raises
    ------
    PolicyFailed
        If a rule raised an error.
    BadInput
        If somebody's own policy does not compile together with the months.
    """
    own = [each for each in (policy, former) if each is not None and not each.is_shipped]
    try:
        yield
    except NumbaError as fault:
        if not own:
            raise
        raise BadInput(
            f"policy {own[0].name}: its rules do not compile into the months of a market "
            f"({spelt(fault)}). Write them of numbers and comparisons, or use --engine mesa."
        ) from fault
    except Exception as fault:  # whatever somebody's code does
        of, rule, account = read(asked, policy, former)
        if not rule or not own:
            raise
        cause = spelt(fault, of.file)
        raise failed(of, rule, cause, int(asked["month"]), account) from fault
