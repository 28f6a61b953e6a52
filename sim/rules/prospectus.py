"""What a contract promises, read the way a partner reads it: eleven plain situations.

Partners do not solve the contract; they ask what it would pay in a handful of situations they
know, month after month. Those answers come from the policy's own rules, so conduct follows any
contract, a user's own included, without a word about it here.

``SERVES``  I won the client and service it.
``DRIFTS``  I won it and no longer service it; some month the client asks for who does.
``TOUCHES`` As before, but now and then I do a token piece of work.
``HELPS``   Another won and served it; I service it now and nobody asks.
``CHOSEN``  As before, and the client asks that I be recognised, from the first month on.
``NEGLECTS`` I won it and service it so badly that the vendor's data show it.
``RESTS``   I won it and service it, and win nobody after it; in all others I go on winning.
``FOUND``   It is on nobody's name; I service it and nobody asks.
``NAMED``   As before, and the client asks that I be recognised, from the first month on.
``ORPHAN``  The partner it was recorded on has left; I service it and nobody asks.
``HEIR``    As before, and the client asks that I be recognised, from the first month on.

A client whom its holder no longer serves leaves sooner, by what an hour of service prevents; what
another may take from me is feared only in months in which the contract would let it go.
"""

import functools
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from policies.contract import AGENT, CURATOR, RECOMMENDER, Account
from policies.registry import Policy
from sim.rules.answers import answer_of
from sim.rules.partner import retention_factor
from sim.world.units import NEVER

Floats = npt.NDArray[np.float64]

SITUATIONS = range(11)
SERVES, DRIFTS, TOUCHES, HELPS, CHOSEN, NEGLECTS, RESTS, FOUND, NAMED, ORPHAN, HEIR = SITUATIONS
LEVEL = 11
"""The row of a table that holds what a rouble each month is worth in ``SERVES``."""
MINE = (SERVES, DRIFTS, TOUCHES, NEGLECTS, RESTS)
IDLE = (DRIFTS, TOUCHES)
VACANT = (FOUND, NAMED, ORPHAN, HEIR)
"""Nobody in the programme is recorded."""
HORIZON = 120
"""Months a partner looks ahead; at default impatience later ones are under 1 % of a stream."""
EXPECTED_QUALITY, NEGLIGENT_QUALITY = 0.6, 0.1
"""How well a partner thinks clients are served, and how well if nobody cares. Source: A."""
EXPECTED_GROWTH = 0.003
"""Part of the price that a month of service adds. Source: docs/evidence.md §3."""
EXPECTED_CLIENTS = 3
"""Clients a partner thinks it will hold. Source: A."""
WAITS = (0.125, 0.375, 0.625, 0.875)
"""Quantiles of the wait for a client's request that a partner has in mind: it comes any month."""
MOST_FEAR = 0.4
FEARS = MOST_FEAR * (np.arange(41) / 40.0) * (np.arange(41) / 40.0)
"""Chances of a loss in a month at which streams are valued, denser where they are small."""


class Outlook(NamedTuple):
    """What a partner reckons with when it reads a contract."""

    expected_request: int
    """months after which, on average, a client that another serves asks for recognition"""
    consent: float
    """chance that a partner of record would hand an account over"""
    kept: float
    """monthly factor of a stream that nothing threatens: patience times a served client's stay"""
    kept_unserved: float
    """the same of a client whom its holder does not serve"""
    clawback_months: int


def outlook_of(a: Any, clawback_months: int) -> Outlook:
    """Return what partners reckon with in a world under some assumptions."""
    kept = retention_factor(0.0, a.partner_discount, a.expected_churn)
    unserved = kept_unserved(kept, a.paid_hours, a.hour_effect)
    return Outlook(a.expected_request, a.consent, kept, unserved, clawback_months)


@rule
def kept_unserved(kept: float, paid_hours: float, hour_effect: float) -> float:
    """Return the monthly factor of a client whom its holder does not serve.

    Source: docs/evidence.md §3 (what an hour does to churn). Assumes: the holder would give the
    hours that the client pays for, and knows what they prevent.
    """
    return kept * (1.0 - min(paid_hours * hour_effect, 1.0))


def promised_rates(policy: Policy, outlook: Outlook, consents: bool = False,
                   role: int = RECOMMENDER) -> Floats:  # fmt: skip
    """Return what each situation pays me by month.

    Parameters
    ----------
    consents : whether a partner of record would hand an account over.
    role : the role I chose when I joined.

    Returns
    -------
    RUB per RUB invoiced, shape (situations, HORIZON months)

    Raises
    ------
    PolicyFailed
        If the policy gives no sound answer.
    """

    def from_month(situation: int, asks_from: int) -> Floats:
        return promised_rate(policy, situation, asks_from, consents, role)

    waits = request_months(outlook.expected_request)
    rows = []
    for situation in SITUATIONS:
        if situation in IDLE:
            rows.append(np.mean([from_month(situation, wait) for wait in waits], axis=0))
        else:
            rows.append(from_month(situation, 0 if situation in (CHOSEN, NAMED, HEIR) else NEVER))
    return np.array(rows)


def request_months(expected: int) -> list[int]:
    """Return months in which a request may come, as likely before as after each of `WAITS`.

    >>> request_months(12)
    [2, 6, 12, 25]
    """
    return [round(-expected * float(np.log1p(-part))) for part in WAITS]


@functools.lru_cache(maxsize=65_536)
def promised_rate(
    policy: Policy, situation: int, asks_from: int, consents: bool, role: int
) -> Floats:
    """Return what one situation pays me by month, RUB per RUB invoiced, shape (HORIZON,).

    Parameters
    ----------
    asks_from : month from which the client asks that who serves be recognised.
    """
    rates = np.zeros(HORIZON)
    mine = situation in MINE
    serving = situation not in IDLE
    has_record = situation not in VACANT
    record_is_mine, record_since = mine, 0 if mine else -NEVER
    for month in range(HORIZON):
        record_serves = has_record and record_is_mine == serving
        idle = month
        if situation == TOUCHES:
            idle = 0 if record_is_mine else month - record_since
        asked = month - asks_from
        has_asked = not record_serves and asked >= 0
        account = Account(
            tenure=month if mine else month + 1,
            is_serviced=True,
            client_asked=has_asked,
            originator_serves=mine == serving,
            record_serves=record_serves,
            has_record=has_record,
            originator_idle=0 if mine == serving else idle,
            record_idle=(0 if record_serves else idle) if has_record else NEVER,
            record_age=min(month - record_since, NEVER) if has_record else NEVER,
            servicing_age=month,
            request_age=asked if has_asked else NEVER,
            has_consent=consents or not has_record,
            quality=NEGLIGENT_QUALITY if situation == NEGLECTS else EXPECTED_QUALITY,
            upsold_share=min(EXPECTED_GROWTH * month, 0.5),
            record_clients=EXPECTED_CLIENTS,
            record_quiet=month if situation == RESTS else 0,
            originator_role=role if mine else 0,
            is_orphaned=situation in (ORPHAN, HEIR) and not has_record,
        )
        if not record_serves and answer_of(policy, "record_moves", account):
            has_record, record_is_mine, record_since = True, serving, month
            account = account._replace(
                has_record=True, record_serves=True, record_idle=0, record_age=0, is_orphaned=False
            )
        credit = answer_of(policy, "credit", account)
        share = credit.originator if mine else 0.0
        share += credit.partner_of_record if record_is_mine else 0.0
        share += credit.servicing_partner + credit.upseller if serving else 0.0
        rates[month] = share * answer_of(policy, "rate", account)
    return rates


@functools.lru_cache(maxsize=4_096)
def exposed_shares(policy: Policy, consents: bool, role: int) -> Floats:
    """Return which part of what a client pays me another could take, by month since I won it.

    All of it in a month in which the record would move, were another to serve and the client to
    ask; else the part that goes to whoever serves.

    Returns
    -------
    0-1, shape (HORIZON,)
    """
    shares = np.zeros(HORIZON)
    for month in range(HORIZON):
        mine = Account(
            month, True, False, True, True, True, 0, 0, month, month, originator_role=role,
            has_consent=consents, record_clients=EXPECTED_CLIENTS, quality=EXPECTED_QUALITY,
        )  # fmt: skip
        lost = mine._replace(
            client_asked=True, request_age=min(month, 12), originator_serves=False,
            record_serves=False, originator_idle=1, record_idle=1, servicing_age=1,
        )  # fmt: skip
        credit = answer_of(policy, "credit", mine)
        whole = sum(credit)
        if month > 0 and answer_of(policy, "record_moves", lost):
            shares[month] = 1.0
        elif whole > 0.0:
            shares[month] = (credit.servicing_partner + credit.upseller) / whole
    return shares


def open_share(exposed: Floats, kept: float) -> float:
    """Return the part of all accounts of others that could be gained in a month, 0-1.

    Parameters
    ----------
    exposed : by month since it was won, shape (HORIZON,).
    kept : of accounts, the factor by which each month of age is rarer than the one before.
    """
    taken, whole, weight = 0.0, 0.0, 1.0
    for month in range(HORIZON):
        taken += float(exposed[month]) * weight
        whole += weight
        weight *= kept
    return taken / whole


def stream_values(rates: Floats, kept: Floats, exposed: Floats, first: int = 0) -> Floats:
    """Return the present value of each situation's stream at every fear of a loss.

    Parameters
    ----------
    rates : RUB per RUB invoiced, shape (situations, months)
    kept : monthly factor of each situation where nothing is feared, shape (situations,)
    exposed : part that another could take, by month, shape (months,)
    first : leave out what is paid before this month.

    Returns
    -------
    RUB per RUB of monthly price, shape (situations, len(FEARS))
    """
    values = np.zeros((rates.shape[0], len(FEARS)))
    weight = np.ones_like(values)
    for month in range(rates.shape[1]):
        if month >= first:
            values += rates[:, month : month + 1] * weight
        weight = weight * (kept[:, np.newaxis] * (1.0 - FEARS * exposed[month]))
    return values


@functools.lru_cache(maxsize=512)
def promised_streams(policy: Policy, outlook: Outlook) -> tuple[Floats, Floats, float]:
    """Return what a contract promises a partner of each role: in all, and as a lasting stake.

    The first year's pay is no stake, but for what can be clawed back. Worked out once for each
    contract and outlook, however many markets it is put into force in.

    Returns
    -------
    present values, RUB per RUB of monthly price, each of shape (roles, situations + 1,
    len(FEARS)), the last row `LEVEL`; and the part of others' accounts that can be gained
    """
    rates, exposed = [], []
    for role in (RECOMMENDER, AGENT, CURATOR):
        refused, agreed = (promised_rates(policy, outlook, yes, role) for yes in (False, True))
        level = np.ones((1, HORIZON))
        mixed = (1.0 - outlook.consent) * refused + outlook.consent * agreed
        rates.append(np.concatenate([mixed, level]))
        held, given = (exposed_shares(policy, yes, role) for yes in (False, True))
        exposed.append((1.0 - outlook.consent) * held + outlook.consent * given)
    kept = np.full(len(SITUATIONS) + 1, outlook.kept)
    kept[list(IDLE)] = outlook.kept_unserved
    first = max(12 - outlook.clawback_months, 0)
    pairs = list(zip(rates, exposed, strict=True))
    return (
        np.array([stream_values(promised, kept, taken) for promised, taken in pairs]),
        np.array([stream_values(promised, kept, taken, first) for promised, taken in pairs]),
        open_share(exposed[0], outlook.kept),
    )


@rule
def stream_value(values: npt.NDArray[np.float64], situation: int, fear: float) -> float:
    """Return a stream's present value at one fear of a loss, between the tabled ones."""
    place = min(sqrt(max(fear, 0.0) / MOST_FEAR) * 40.0, 39.999)
    left = int(place)
    low = MOST_FEAR * (left / 40.0) * (left / 40.0)
    high = MOST_FEAR * ((left + 1) / 40.0) * ((left + 1) / 40.0)
    part = min((max(fear, 0.0) - low) / (high - low), 1.0)
    return float(values[situation, left] * (1.0 - part) + values[situation, left + 1] * part)
