"""Who exists: the pool of potential partners and accounts, fixed before the first month.

Identities and traits depend on the seed and the assumptions only, never on a policy, so that
"what became of account 123 under each policy" is a question with an answer.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from sim.world.assumptions import Assumptions
from sim.world.exact import clamp, exp, normal_quantile
from sim.world.luck import Decision, draws
from sim.world.units import KOPECKS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Partners(NamedTuple):
    """Traits of potential partners, each of shape (partners,)."""

    is_active_type: Flags
    is_cash_constrained: Flags
    is_founder: Flags
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
    """service need, 1 is usual"""
    base_fit: Floats
    frailty: Floats


class Population(NamedTuple):
    """The whole pool."""

    partners: Partners
    accounts: Accounts


@rule
def lognormal(uniforms: Floats, spread: float) -> Floats:
    """Return lognormal multiples with median 1 from uniform draws, shape of the draws."""
    out = np.empty(uniforms.size, np.float64)
    for i in range(uniforms.size):
        out[i] = exp(spread * normal_quantile(clamp(uniforms[i], 1e-12, 1.0 - 1e-12)))
    return out


def populate(seed: int, partners: int, accounts: int, assumptions: Assumptions) -> Population:
    """Return the pool of one simulated world.

    Parameters
    ----------
    seed : keys all luck.
    partners, accounts : size of the pool.
    """
    a = assumptions

    def partner(decision: Decision) -> Floats:
        return draws(seed, 0, int(decision), partners)

    def account(decision: Decision) -> Floats:
        return draws(seed, 0, int(decision), accounts)

    spread = a.frailty_spread
    mean_one = float(exp(-0.5 * spread * spread))
    return Population(
        Partners(
            is_active_type=partner(Decision.PARTNER_DISPOSITION) < a.active_share,
            is_cash_constrained=partner(Decision.PARTNER_CASH) < a.cash_constrained_share,
            is_founder=partner(Decision.PARTNER_FOUNDER) < a.founders,
            productivity=lognormal(partner(Decision.PARTNER_PRODUCTIVITY), a.productivity_spread),
            skill=lognormal(partner(Decision.PARTNER_SKILL), 0.25),
            hours=a.partner_hours * lognormal(partner(Decision.PARTNER_HOURS), 0.5),
            hour_cost=a.hour_cost * lognormal(partner(Decision.PARTNER_HOUR_COST), 0.3),
        ),
        Accounts(
            first_mrr=(
                KOPECKS * a.arpa * lognormal(account(Decision.ACCOUNT_MRR), a.mrr_spread)
            ).astype(np.int64),
            need=lognormal(account(Decision.ACCOUNT_NEED), 0.3),
            base_fit=account(Decision.ACCOUNT_FIT),
            frailty=mean_one * lognormal(account(Decision.ACCOUNT_FRAILTY), spread),
        ),
    )
