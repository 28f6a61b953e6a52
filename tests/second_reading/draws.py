"""Any legal terms, and any accounts that can be, near enough to every boundary to meet it."""

from typing import Any, NamedTuple

import numpy as np

from policies.contract import Account, declared
from policies.registry import Policy
from tests.second_reading.settlement import NOBODY, Holders, Truth, Whole

PARTNERS = 9
LEFT = 3
"""Partners with the highest numbers have left."""
LONGEST = 240
"""months that an account can have paid"""
NEVER = 9999


class Draw(NamedTuple):
    """Accounts with what is known of them, who holds their roles, and what they pay."""

    account: Account
    """columns of shape (accounts,)"""
    holders: Holders
    payment: Whole
    """kopecks"""


def is_member() -> Truth:
    """Return whether each partner is in the programme, shape (partners,)."""
    return np.arange(PARTNERS) < PARTNERS - LEFT


def other_terms(policy: Policy, usual: Any, terms: Any, luck: np.random.Generator) -> Any:
    """Return other terms that make sense together, by small steps from the given ones.

    Single steps would never get past terms that only make sense together.
    """
    forms = declared(type(terms))
    for _ in range(4 * len(terms)):
        names = luck.choice(terms._fields, size=luck.integers(1, 3))
        step = {name: number(forms[name], getattr(usual, name), luck) for name in names}
        new = terms._replace(**step)
        if policy.objection is None or not policy.objection(new):
            terms = new
    return terms


def number(form: Any, usual: Any, luck: np.random.Generator) -> Any:
    """Return a legal number of the default's type: often the default, a limit, or a round one."""
    kind, value = luck.integers(8), luck.uniform(form.low, form.high)
    if kind < 2:
        return usual
    if isinstance(usual, bool):
        return bool(luck.integers(2))
    if isinstance(usual, int):
        return int(luck.integers(int(form.low), int(form.high) + 1))
    if kind < 4:
        return float(luck.choice([form.low, form.high]))
    return float(round(value, 2) if kind < 6 else value)


def accounts(terms: Any, count: int, luck: np.random.Generator) -> Draw:
    """Return accounts that can be, with counts that fall on the terms' own numbers or next to them.

    Who works is a helper; nobody's idle time is without end; only a client whose helper is not
    its partner of record can have asked for it.
    """
    marks = [int(value) for value in terms if isinstance(value, int)]
    near = np.unique([max(mark + step, 0) for mark in (*marks, 0, 12) for step in (-1, 0, 1)])

    def some(chance: float) -> Truth:
        return luck.random(count) < chance

    def months(limit: Any = LONGEST, never: float = 0.0) -> Whole:
        counts = np.where(some(0.6), luck.choice(near, count), luck.integers(0, LONGEST, count))
        return np.where(some(never), NEVER, np.minimum(counts, limit))

    def partner(nobody: float, known: int = PARTNERS) -> Whole:
        return np.where(some(nobody), NOBODY, luck.integers(0, known, count))

    helper = partner(0.15, PARTNERS - LEFT)
    record = np.where(some(0.4), helper, partner(0.15))
    originator = np.where(some(0.4), helper, np.where(some(0.5), record, partner(0.15)))
    holders = Holders(originator, record, helper, np.where(some(0.3), helper, partner(0.4)))

    tenure = months()
    is_helped, was_won = helper > NOBODY, originator > NOBODY
    has_record = (record > NOBODY) & (record < PARTNERS - LEFT)
    works = is_helped & some(0.7)
    is_own = is_helped & (helper == originator)
    is_recognised = is_helped & (helper == record)
    may_ask = is_helped & ~is_recognised
    asks = may_ask & some(0.6)
    has_asked = asks | (may_ask & some(0.6))
    account = Account(
        tenure=tenure,
        is_serviced=works,
        client_asked=asks,
        originator_serves=is_own,
        record_serves=is_recognised,
        has_record=has_record,
        originator_idle=np.where(was_won, np.where(works & is_own, 0, months(tenure)), NEVER),
        record_idle=np.where(has_record, np.where(works & is_recognised, 0, months(tenure)), NEVER),
        record_age=np.where(has_record, months(tenure), NEVER),
        servicing_age=np.where(is_helped, months(tenure), NEVER),
        request_age=np.where(has_asked, months(tenure), NEVER),
        has_consent=some(0.5),
        quality=np.where(some(0.2), luck.integers(0, 2, count), luck.random(count)),
        upsold_share=np.where(some(0.5), 0.0, luck.random(count)),
        record_clients=np.where(has_record, months(), 0),
        record_quiet=np.where(has_record, months(never=0.1), NEVER),
        originator_role=np.where(was_won, luck.integers(0, 3, count), 0),
        is_old=some(0.4),
        is_orphaned=(record >= PARTNERS - LEFT),
    )
    size = 10 ** luck.uniform(0, 9, count)
    return Draw(account, holders, np.where(some(0.02), 0, size.astype(np.int64)))
