"""Who exists: the pool of potential partners and accounts, fixed before the first month.

Identities and traits depend on the seed and the assumptions only, never on a policy, so that
"what became of account 123 under each policy" is a question with an answer.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from policies.contract import AGENT, CURATOR, RECOMMENDER
from sim.world.assumptions import Assumptions
from sim.world.exact import clamp, exp, normal_quantile
from sim.world.luck import Draw, draws

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Partners(NamedTuple):
    """Traits of potential partners, each of shape (partners,)."""

    is_active_type: Flags
    is_cash_constrained: Flags
    is_founder: Flags
    role: Ints
    """the role it chooses when it joins: RECOMMENDER, AGENT or CURATOR"""
    productivity: Floats
    skill: Floats
    hours: Floats
    """per month"""
    hour_cost: Floats
    """RUB"""


class Accounts(NamedTuple):
    """Traits of potential client accounts, each of shape (accounts,)."""

    first_mrr: Ints
    """kopecks a month when the account becomes a client"""
    need: Floats
    """service need, 1 is usual; single precision, to be kept in four bytes"""
    base_fit: Floats
    frailty: Floats


class Population(NamedTuple):
    """The whole pool."""

    partners: Partners
    accounts: Accounts


@rule
def multiple(uniform: float, spread: float) -> float:
    """Return a lognormal multiple with median 1 from a uniform draw."""
    return exp(spread * normal_quantile(clamp(uniform, 1e-12, 1.0 - 1e-12)))


@rule
def first_mrr(uniform: float, arpa: float, mrr_spread: float) -> int:
    """Return an account's price when it becomes a client, kopecks a month, from a draw."""
    return int(arpa * multiple(uniform, mrr_spread) * 100.0)


@rule
def frailty(uniform: float, frailty_spread: float) -> float:
    """Return an account's frailty from a draw; the mean over accounts is 1."""
    return multiple(uniform, frailty_spread) * exp(-0.5 * frailty_spread * frailty_spread)


@rule
def fill_multiples(uniforms: Floats, spread: float, out: Floats) -> None:
    """Fill in lognormal multiples with median 1 from uniform draws."""
    for i in range(uniforms.size):
        out[i] = multiple(uniforms[i], spread)


@rule
def fill_first_mrrs(uniforms: Floats, arpa: float, mrr_spread: float, out: Ints) -> None:
    """Fill in `first_mrr` of each draw."""
    for i in range(uniforms.size):
        out[i] = first_mrr(uniforms[i], arpa, mrr_spread)


@rule
def fill_frailties(uniforms: Floats, frailty_spread: float, out: Floats) -> None:
    """Fill in `frailty` of each draw."""
    for i in range(uniforms.size):
        out[i] = frailty(uniforms[i], frailty_spread)


def multiples(uniforms: Floats, spread: float) -> Floats:
    """Return lognormal multiples with median 1 from uniform draws, shape of the draws."""
    out = np.empty_like(uniforms)
    fill_multiples(uniforms, spread, out)
    return out


def first_mrrs(uniforms: Floats, arpa: float, mrr_spread: float) -> Ints:
    """Return prices in kopecks a month from uniform draws, shape of the draws."""
    out = np.empty(uniforms.size, np.int64)
    fill_first_mrrs(uniforms, arpa, mrr_spread, out)
    return out


def frailties(uniforms: Floats, frailty_spread: float) -> Floats:
    """Return frailties with mean 1 from uniform draws, shape of the draws."""
    out = np.empty_like(uniforms)
    fill_frailties(uniforms, frailty_spread, out)
    return out


def populate(seed: int, partners: int, accounts: int, assumptions: Assumptions) -> Population:
    """Return the pool of one simulated world.

    Parameters
    ----------
    seed : keys all luck.
    partners, accounts : size of the pool.
    """
    a = assumptions

    def partner(decision: int) -> Floats:
        return draws(seed, 0, decision, partners)

    def account(decision: int) -> Floats:
        return draws(seed, 0, decision, accounts)

    is_active_type = partner(Draw.PARTNER_DISPOSITION) < a.active_share
    passive_role = np.where(partner(Draw.PARTNER_ROLE) < a.agent_share, AGENT, RECOMMENDER)
    return Population(
        Partners(
            is_active_type=is_active_type,
            is_cash_constrained=partner(Draw.PARTNER_CASH) < a.cash_constrained_share,
            is_founder=partner(Draw.PARTNER_FOUNDER) < a.founders,
            role=np.where(is_active_type, CURATOR, passive_role).astype(np.int64),
            productivity=multiples(partner(Draw.PARTNER_PRODUCTIVITY), a.productivity_spread),
            skill=multiples(partner(Draw.PARTNER_SKILL), 0.25),
            hours=a.partner_hours * multiples(partner(Draw.PARTNER_HOURS), 0.5),
            hour_cost=a.hour_cost * multiples(partner(Draw.PARTNER_HOUR_COST), 0.3),
        ),
        Accounts(
            first_mrr=first_mrrs(account(Draw.ACCOUNT_MRR), a.arpa, a.mrr_spread),
            need=multiples(account(Draw.ACCOUNT_NEED), 0.3).astype(np.float32).astype(float),
            base_fit=account(Draw.ACCOUNT_FIT),
            frailty=frailties(account(Draw.ACCOUNT_FRAILTY), a.frailty_spread),
        ),
    )
