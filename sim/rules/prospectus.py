"""What a contract promises, read the way a partner reads it: seven plain situations.

Partners do not solve the contract; they ask what it would pay in a handful of situations they
know, month after month. Those answers come from the policy's own rules, so conduct follows any
contract, a user's own included, without a word about it here.

``SERVES``  I won the client and service it.
``DRIFTS``  I won it, another services it; from month ``expected_request`` the client asks.
``TOUCHES`` As before, but now and then I do a token piece of work.
``NEGLECTS`` I won it and service it so badly that the vendor's data show it.
``HELPS``   Another won and served it; I service it now and nobody asks.
``CHOSEN``  As before, and the client asks that I be recognised, from the first month on.
``RESTS``   I won it and service it, and win nobody after it; in all others I go on winning.
"""

import functools

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from policies.contract import AGENT, CURATOR, RECOMMENDER, Account
from policies.registry import Policy
from sim.rules.answers import answer_of
from sim.world.units import NEVER

SERVES, DRIFTS, TOUCHES, HELPS, CHOSEN, NEGLECTS, RESTS = SITUATIONS = range(7)
HORIZON = 120
"""Months a partner looks ahead; at default impatience later ones are under 1 % of a stream."""
EXPECTED_QUALITY, NEGLIGENT_QUALITY = 0.6, 0.1
"""How well a partner thinks clients are served, and how well if nobody cares. Source: A."""
EXPECTED_GROWTH = 0.003
"""Part of the price that a month of service adds. Source: docs/evidence.md §3."""
EXPECTED_CLIENTS = 3
"""Clients a partner thinks it will hold. Source: A."""
RETENTIONS = np.arange(41) * 0.01 + 0.6
"""Monthly retention factors (discount times survival) at which streams are valued."""


def promised_rates(
    policy: Policy,
    expected_request: int,
    expects_consent: bool = False,
    role: int = RECOMMENDER,
) -> npt.NDArray[np.float64]:
    """Return what each situation pays me by month.

    Parameters
    ----------
    expected_request : months after which a client that another serves asks for recognition.
    expects_consent : whether a partner of record would hand an account over.
    role : the role I chose when I joined.

    Returns
    -------
    RUB per RUB invoiced, shape (situations, HORIZON months)

    Raises
    ------
    PolicyFailed
        If the policy gives no sound answer.
    """
    asks_from = {DRIFTS: expected_request, TOUCHES: expected_request, CHOSEN: 0}
    return np.array(
        [
            promised_rate(policy, situation, asks_from.get(situation, NEVER), expects_consent, role)
            for situation in SITUATIONS
        ]
    )


@functools.lru_cache(maxsize=65_536)
def promised_rate(
    policy: Policy, situation: int, asks_from: int, expects_consent: bool, role: int
) -> npt.NDArray[np.float64]:
    """Return what one situation pays me by month, RUB per RUB invoiced, shape (HORIZON,).

    Parameters
    ----------
    asks_from : month from which the client asks that who serves be recognised.
    """
    rates = np.zeros(HORIZON)
    mine = situation not in (HELPS, CHOSEN)
    serving = situation not in (DRIFTS, TOUCHES)
    record_is_mine, record_since = mine, 0 if mine else -NEVER
    for month in range(HORIZON):
        record_serves = record_is_mine == serving
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
            has_record=True,
            originator_idle=0 if mine == serving else idle,
            record_idle=0 if record_serves else idle,
            record_age=min(month - record_since, NEVER),
            servicing_age=month,
            request_age=asked if has_asked else NEVER,
            has_consent=expects_consent,
            quality=NEGLIGENT_QUALITY if situation == NEGLECTS else EXPECTED_QUALITY,
            upsold_share=min(EXPECTED_GROWTH * month, 0.5),
            record_clients=EXPECTED_CLIENTS,
            record_quiet=month if situation == RESTS else 0,
            originator_role=role if mine else 0,
        )
        if not record_serves and answer_of(policy, "record_moves", account):
            record_is_mine, record_since = serving, month
            account = account._replace(record_serves=True, record_idle=0, record_age=0)
        credit = answer_of(policy, "credit", account)
        share = credit.originator if mine else 0.0
        share += credit.partner_of_record if record_is_mine else 0.0
        share += credit.servicing_partner + credit.upseller if serving else 0.0
        rates[month] = share * answer_of(policy, "rate", account)
    return rates


def stream_values(rates: npt.NDArray[np.float64], first: int = 0) -> npt.NDArray[np.float64]:
    """Return the present value of each situation's stream at every retention factor.

    Parameters
    ----------
    rates : RUB per RUB invoiced, shape (situations, months)
    first : leave out what is paid before this month.

    Returns
    -------
    RUB per RUB of monthly price, shape (situations, len(RETENTIONS))
    """
    values = np.zeros((rates.shape[0], len(RETENTIONS)))
    weight = np.ones(len(RETENTIONS))
    for month in range(rates.shape[1]):
        if month >= first:
            values += rates[:, month : month + 1] * weight
        weight = weight * RETENTIONS
    return values


@functools.lru_cache(maxsize=512)
def promised_streams(
    policy: Policy, expected_request: int, consent: float, clawback_months: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what a contract promises a partner of each role: in all, and as a lasting stake.

    The first year's pay is no stake, but for what can be clawed back. Worked out once for each
    contract, however many markets it is put into force in.

    Parameters
    ----------
    expected_request : months after which a client that another serves asks for recognition.
    consent : chance that a partner of record would hand an account over.

    Returns
    -------
    present values, RUB per RUB of monthly price, each of shape (roles, situations,
    len(RETENTIONS))
    """
    rates = []
    for role in (RECOMMENDER, AGENT, CURATOR):
        refused, agreed = (
            promised_rates(policy, expected_request, consents, role) for consents in (False, True)
        )
        rates.append(refused + consent * (agreed - refused))
    first = max(12 - clawback_months, 0)
    return (
        np.array([stream_values(promised) for promised in rates]),
        np.array([stream_values(promised, first=first) for promised in rates]),
    )


@rule
def stream_value(values: npt.NDArray[np.float64], situation: int, retention: float) -> float:
    """Return a stream's present value at one retention factor, between the tabled ones."""
    place = min(max((retention - 0.6) / 0.01, 0.0), 39.999)
    left = int(place)
    part = place - left
    return float(values[situation, left] * (1.0 - part) + values[situation, left + 1] * part)
