"""How clients behave: satisfaction, churn, growth, and the choice of who helps them.

Every argument is a number of one client in one month, or an assumption under its own name
(sim/world/assumptions.py gives unit, range and source).
"""

from policies.compiler import rule
from sim.world.exact import clamp, exp, logistic


@rule
def service_quality(hours: float, need: float, skill: float, service_reference: float) -> float:
    """Return how well a client is served this month, 0-1, with diminishing returns to hours.

    Parameters
    ----------
    need : service need of the client; one with twice the need takes twice the hours.

    Source: A. Assumes: skill makes up for hours.
    """
    return 1.0 - exp(-hours * skill / (need * service_reference))


@rule
def satisfaction(before: float, quality: float, fit: float, satisfaction_memory: float) -> float:
    """Return satisfaction after this month's service, 0-1.

    Source: A. Assumes: fit is worth a fifth of full service.
    """
    target = quality + 0.2 * fit
    return clamp(satisfaction_memory * before + (1.0 - satisfaction_memory) * target, 0.0, 1.0)


@rule
def churn_proneness(frailty: float, fit: float, churn_fit: float) -> float:
    """Return how prone a client is to leave, for as long as it is a client; 1 is usual.

    Source: F hosted telephony. Assumes: proportional hazards; frailty makes the hazard of a
    cohort decline with age.
    """
    return frailty * exp(-churn_fit * fit)


@rule
def churn_hazard(
    satisfaction: float,
    proneness: float,
    months_since_switch: int,
    churn_floor: float,
    churn_span: float,
    switch_shock: float,
    switch_shock_months: int,
) -> float:
    """Return the chance that a client leaves the vendor this month.

    Source: F hosted telephony; Shi 2017 for the months after a change of servicing partner.
    """
    hazard = proneness * (churn_floor + churn_span * (1.0 - satisfaction))
    if months_since_switch < switch_shock_months:
        hazard = hazard * switch_shock
    return min(hazard, 1.0)


@rule
def upsell_chance(quality: float, upsell_rate: float, upsell_step: float) -> float:
    """Return the chance that service leads to an upsell this month.

    Source: K. Assumes: growth comes in steps of equal size, so that each has a seller.
    """
    return upsell_rate / upsell_step * quality


@rule
def upsold_share(first_mrr: int, mrr: int) -> float:
    """Return the share of a client's price that upsells have added, 0-1.

    Parameters
    ----------
    first_mrr, mrr : price of the first month and now, kopecks.
    """
    return max(1.0 - first_mrr / mrr, 0.0)


@rule
def attention_chance(satisfaction: float, attention: float, attention_unhappy: float) -> float:
    """Return the chance that a client compares its servicing partner with another this month.

    Source: F Hortacsu, Madanizadeh, Puller 2017. Assumes: the unhappy look more often.
    """
    if satisfaction < 0.3:
        return attention + attention_unhappy
    return attention


@rule
def switch_chance(
    satisfaction: float, challenger_quality: float, loyalty: float, taste: float
) -> float:
    """Return the chance that a comparing client changes its servicing partner.

    Parameters
    ----------
    satisfaction : with the present servicing partner, 0-1.
    challenger_quality : service quality the challenger would bring, 0-1.
    loyalty : inertia, plus what the incumbent does to keep the client; logit.

    Source: F Hortacsu, Madanizadeh, Puller 2017 (inertia). Assumes: a binary logit.
    """
    return logistic(taste * (challenger_quality - satisfaction) - loyalty)


@rule
def request_chance(satisfaction: float, asking: float, premium: float) -> float:
    """Return the chance that a client asks that its servicing partner be recognised.

    Parameters
    ----------
    premium : what recognition is worth to the servicing partner, as a share of the stream, 0-1.

    Source: docs/evidence.md §4.6. Assumes: clients do not ask unprompted; a prompted one agrees
    as far as it is satisfied, and a partner prompts as far as it pays.
    """
    return asking * premium * satisfaction


@rule
def fit_of_win(base_fit: float, stake: float, screening: float) -> float:
    """Return the fit of a client just won, 0-1.

    Parameters
    ----------
    stake : the seller's lasting stake against the rival's, 0-1; a half is neutral.

    Source: F Kim, Sudhir, Uetake, Canales 2019. Assumes: a seller with a stake screens clients.
    """
    return clamp(base_fit + screening * (stake - 0.5), 0.0, 1.0)
