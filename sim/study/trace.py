"""One account's or one partner's story under several programmes, with the same luck: `explain`."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from policies.registry import Policy
from sim.engines.build import settle
from sim.engines.outcome import ACTIVE, CLIENT, DORMANT
from sim.study import trace_account, trace_partner
from sim.study.choice import check_engine, check_numbers, choose
from sim.study.columns import STORY, with_units
from sim.study.film import Film, films
from sim.study.soundness import require
from sim.study.trace_account import Event, Life
from sim.study.trace_partner import Career
from sim.world.errors import BadInput, shown
from sim.world.scenario import Scenario

SHORTLISTED = ("status", "originator", "partner_of_record", "servicing_partner")
Counts = dict[str, npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Trace:
    """What happened to one account or partner; months count from the decision, money in RUB.

    Every table has a column ``programme``; what happened before the decision is the same in all.
    In ``attrs["units"]`` it says what its columns count.
    """

    subject: str
    """ "account" or "partner" """
    number: int
    scenario: Scenario
    seed: int
    months: pd.DataFrame
    """month by month"""
    events: pd.DataFrame
    """what happened: month, what, partner, former, how, facts"""
    payments: pd.DataFrame
    """every commission"""
    summary: pd.DataFrame
    """one row a programme: sums since the decision"""
    shortlist: pd.DataFrame
    """other accounts worth a look: account, why, months, programme; empty if one was asked for"""


def explain(
    scenario: str | Scenario | None = None,
    *,
    account: int | None = None,
    partner: int | None = None,
    policies: Sequence[str | Policy] | None = None,
    market: str | None = None,
    seed: int = 1,
    years: int | None = None,
    partners: int | None = None,
    clients: int | None = None,
    own: Sequence[Policy] = (),
    engine: str = "auto",
    progress: Callable[[float], None] | None = None,
) -> Trace:
    """Trace one account or one partner under several programmes, with the same luck.

    Parameters
    ----------
    scenario : name or path of a scenario; by default the four-policy comparison.
    account : its number; if neither this nor ``partner`` is given, an interesting one.
    partner : number of the partner to trace instead.
    policies : policies or programmes of the scenario; by default the scenario's own.
    market : name or path of a market, instead of the scenario's own.
    seed : keys all luck.
    years : years after the decision, instead of the scenario's own.
    partners, clients : size of the pool, instead of the market's own.
    own : policies to trace besides.
    engine : "compiled", "mesa" (slower, the same to the last bit), or "auto" for the former.
    progress : told the share of the work done.

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
    check_engine(engine)
    chosen = choose(
        scenario,
        policies=policies,
        market=market,
        years=years,
        partners=partners,
        clients=clients,
        own=own,
    )
    check_numbers(seed=seed, years=chosen.years, burn_in=chosen.burn_in_months)
    check_subject(chosen, account, partner)
    require(chosen)
    settled = settle(engine, chosen)
    if settled.note:
        warnings.warn(settled.note, stacklevel=2)
    watched = functools.partial(films, settled.scenario, seed, settled.engine)
    tell = progress or (lambda share: None)
    if partner is not None:
        reels = [
            tell_partner(film, partner)
            for film in watched(columns=trace_partner.COLUMNS, progress=tell)
        ]
        return bound("partner", partner, chosen, seed, reels, pd.DataFrame())
    listed = pd.DataFrame()
    if account is None:
        counts = {
            film.studied.name: count(film)
            for film in watched(columns=SHORTLISTED, progress=lambda share: tell(share / 2))
        }
        listed = shortlist(counts, chosen.baseline)
        account = int(listed["account"].iloc[0])
    done = 0.5 if len(listed) else 0.0
    reels = [
        tell_account(film, account)
        for film in watched([account], progress=lambda share: tell(done + (1.0 - done) * share))
    ]
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


Reel = tuple[str, dict[str, Any]]
"""a programme's name, and its tables"""


def tell_account(film: Film, account: int) -> Reel:
    """Return the tables of an account under one programme."""
    life = Life(film, account, place=0)
    months, payments = life.table(), life.payments()
    return film.studied.name, {
        "months": months,
        "events": life.events(),
        "payments": payments,
        "summary": trace_account.summary(months, payments),
    }


def tell_partner(film: Film, partner: int) -> Reel:
    """Return the tables of a partner under one programme."""
    career = Career(film, partner)
    months, payments = career.table(), career.payments()
    return film.studied.name, {
        "months": months,
        "events": career.events(months),
        "payments": payments,
        "summary": {**career.traits(), **trace_partner.summary(months, payments)},
    }


def bound(
    subject: str,
    number: int,
    scenario: Scenario,
    seed: int,
    reels: list[Reel],
    listed: pd.DataFrame,
) -> Trace:
    """Return the tables of all programmes as one trace."""

    def joined(table: str) -> pd.DataFrame:
        parts = [(name, pd.DataFrame(tables[table])) for name, tables in reels]
        for name, part in parts:
            part.insert(0, "programme", name)
        filled = [part for _, part in parts if len(part)] or [parts[0][1]]
        return with_units(pd.concat(filled, ignore_index=True), STORY)

    events = [
        {"programme": name, **event._asdict()}
        for name, tables in reels
        for event in tables["events"]
    ]
    summary = pd.DataFrame([{"programme": name, **tables["summary"]} for name, tables in reels])
    return Trace(
        subject=subject,
        number=number,
        scenario=scenario,
        seed=seed,
        months=joined("months"),
        events=pd.DataFrame(events, columns=["programme", *Event._fields]),
        payments=joined("payments"),
        summary=with_units(summary, STORY),
        shortlist=listed,
    )


# --- accounts worth a look ---------------------------------------------------------------------


def count(film: Film) -> Counts:
    """Return what is counted of every account since the decision, each of shape (accounts,)."""
    seen = film.accounts
    lived = film.end[film.decision :]
    is_client = seen["status"][lived] == CLIENT
    stays = is_client[1:] & is_client[:-1]
    served = is_client & (seen["servicing_partner"][lived] >= 0) & (seen["originator"][lived] >= 0)
    own = served & (seen["servicing_partner"][lived] == seen["originator"][lived])
    seller = np.maximum(seen["originator"][lived], 0)
    status = np.take_along_axis(film.partners["status"][lived], seller, axis=1)
    may_be_paid = (status == ACTIVE) | (status == DORMANT)

    def changes(role: str) -> npt.NDArray[np.int64]:
        held = seen[role][lived]
        moved: npt.NDArray[np.int64] = ((held[1:] != held[:-1]) & stays).sum(axis=0)
        return moved

    return {
        "client": is_client[1:].sum(axis=0),
        "was_client": is_client[0].astype(np.int64),
        "apart": (served & ~own & may_be_paid)[1:].sum(axis=0),
        "own": own[1:].sum(axis=0),
        "helpers": changes("servicing_partner"),
        "records": changes("partner_of_record"),
    }


def shortlist(counts: dict[str, Counts], baseline: str) -> pd.DataFrame:
    """Return accounts whose stories say most about the difference between programmes.

    Of accounts that are equal in this, the one whose time as a client differs most between
    programmes is taken; no account twice.

    Returns
    -------
    account, why, months (or times), programme
    """
    base = counts[baseline]
    stayed = np.array([each["client"] for each in counts.values()])
    spread = stayed.max(axis=0) - stayed.min(axis=0)
    records = np.array([each["records"] for each in counts.values()])
    names = list(counts)
    wanted: list[tuple[str, npt.NDArray[np.int64], str]] = [
        ("apart", base["apart"], baseline),
        ("fate", spread * base["was_client"], ""),
        ("records", records.max(axis=0), ""),
        ("helpers", base["helpers"], baseline),
        ("own", base["own"] * (base["helpers"] == 0), baseline),
    ]
    rows: list[dict[str, Any]] = []
    for why, score, programme in wanted:
        ranked = np.argsort(-(score * 1_000 + spread), kind="stable")
        taken = [row["account"] for row in rows]
        account = next(int(each) for each in ranked if int(each) not in taken)
        if not score[account] and rows:
            continue
        if why == "records":
            programme = names[int(records[:, account].argmax())]
        if why == "fate":
            programme = names[int(stayed[:, account].argmax())]
        rows.append(
            {"account": account, "why": why, "count": int(score[account]), "programme": programme}
        )
    return pd.DataFrame(rows)
