"""One account's or one partner's story under several programmes, with the same luck: `explain`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from policies.registry import Policy
from sim.engines.build import settle
from sim.questions.explain import account_story, partner_story
from sim.questions.explain.shortlist import Counts, count, shortlist
from sim.study.chosen import check_seed, choose
from sim.study.columns import STORY, with_units
from sim.study.crew import Crew
from sim.study.history import histories
from sim.study.request import WHAT, Request, takes
from sim.study.user_policy.check import require
from sim.world.errors import BadInput, shown
from sim.world.scenario import Scenario


@dataclass(frozen=True)
class Trace:
    """What happened to one account or partner; months count from the decision, money in RUB.

    Every table has a column ``programme``; what happened before the decision is the same in all.
    In ``attrs["units"]`` it says what its columns count. Nobody is <NA>.
    """

    subject: str
    """ "account" or "partner" """
    number: int
    scenario: Scenario
    seed: int
    months: pd.DataFrame
    """month by month"""
    events: pd.DataFrame
    """what happened: month, what, cause, account, to_partner, from_partner, facts"""
    payments: pd.DataFrame
    """every commission"""
    summary: pd.DataFrame
    """one row a programme: sums since the decision"""
    shortlist: pd.DataFrame
    """other accounts worth a look: account, why, months, programme; empty if one was asked for"""


@takes(
    *WHAT,
    "policies",
    "engine",
    "progress",
    because={
        "seeds": "a story has one seed; name it with seed",
        "store": "every month is lived anew, since accounts must be followed",
        "basis": "a story is told of contracts as they are",
        "worlds": "a story is told in one world",
        "at_once": "it lives one world",
        "cluster": "it lives one world",
    },
)
def explain(
    request: Request,
    crew: Crew,
    *,
    account: int | None = None,
    partner: int | None = None,
    seed: int = 1,
    own: Sequence[Policy] = (),
) -> Trace:
    """Trace one account or one partner under several programmes, with the same luck.

    Parameters
    ----------
    account : its number; if neither this nor ``partner`` is given, an interesting one.
    partner : number of the partner to trace instead.
    seed : keys all luck.
    own : policies to trace besides.

    Raises
    ------
    BadInput
        If a name does not exist or a number is out of range.

    Examples
    --------
    >>> trace = explain(account=7, policies=["first_sale_lock"], partners=20, clients=200, years=1)
    >>> trace.summary["programme"].tolist()
    ['first_sale_lock']
    """
    check_seed(seed)
    chosen = choose(request.scenario, own=own)
    check_subject(chosen, account, partner)
    require(chosen)
    settled = settle(crew.engine, chosen, request.model)
    if settled.note:
        warnings.warn(settled.note, stacklevel=3)
    lives = histories(settled.scenario, seed, settled.engine, crew.progress, request.model)
    told = list(lives)
    listed = pd.DataFrame()
    if partner is None and account is None:
        counts: dict[str, Counts] = {each.studied.name: count(each) for each in told}
        listed = shortlist(counts, chosen.baseline)
        account = int(listed["account"].iloc[0])
    if partner is not None:
        reels = [(each.studied.name, partner_story.tables(each, partner)) for each in told]
        return bound("partner", partner, chosen, seed, reels, listed)
    assert account is not None
    reels = [(each.studied.name, account_story.tables(each, account)) for each in told]
    return bound("account", account, chosen, seed, reels, listed)


def check_subject(scenario: Scenario, account: int | None, partner: int | None) -> None:
    """Refuse an account or a partner that does not exist, or both at once."""
    if account is not None and partner is not None:
        raise BadInput("explain: name an account or a partner, not both.")
    for name, value, size in (
        ("account", account, scenario.clients),
        ("partner", partner, scenario.partners),
    ):
        if value is not None and (type(value) is not int or not 0 <= value < size):
            raise BadInput(
                f"{name}: {shown(value)} does not exist in the market {scenario.market}; its "
                f"{name}s are numbered 0 to {size - 1}."
            )


def bound(
    subject: str,
    number: int,
    scenario: Scenario,
    seed: int,
    reels: list[tuple[str, dict[str, Any]]],
    listed: pd.DataFrame,
) -> Trace:
    """Return the tables of all programmes as one trace."""

    def joined(table: str) -> pd.DataFrame:
        parts = [(name, tables[table].copy()) for name, tables in reels]
        for name, part in parts:
            part.insert(0, "programme", name)
        filled = [part for _, part in parts if len(part)] or [parts[0][1]]
        return with_units(pd.concat(filled, ignore_index=True), STORY)

    summary = pd.DataFrame([{"programme": name, **tables["summary"]} for name, tables in reels])
    return Trace(
        subject=subject,
        number=number,
        scenario=scenario,
        seed=seed,
        months=joined("months"),
        events=joined("events"),
        payments=joined("payments"),
        summary=with_units(summary, STORY),
        shortlist=listed,
    )
