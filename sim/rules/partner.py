"""How partners behave: what they see in a contract, where their hours go, how they feel.

Every argument is a number of one partner in one month, or an assumption under its own name
(sim/world/assumptions.py gives unit, range and source).
"""

from policies.compiler import rule
from sim.world.exact import clamp, exp, log, logistic, power

# --- what a partner sees in a contract ---------------------------------------------------------


@rule
def days_to_payout(payout_days: float, payout_threshold: float, income: float) -> float:
    """Return the days that a partner expects to wait for a commission.

    Parameters
    ----------
    payout_threshold : RUB. income : commission it is used to, RUB per month; 1 000 is added.

    Source: S1 (others pay from a threshold). Assumes: on average a sum waits half as long as it
    takes to reach the threshold, at most four months.
    """
    return payout_days + min(15.0 * payout_threshold / (income + 1000.0), 120.0)


@rule
def payout_perception(
    payout_days: float,
    is_cash_constrained: bool,
    partner_discount: float,
    present_bias: float,
    waiting_pain: float,
) -> float:
    """Return the worth now of a rouble of commission paid after some days.

    Source: F IZA DP 14625 (present bias); S1 (payout speed relieves the cash gap).
    Assumes: a cash-constrained partner's pain grows until 45 days.
    """
    worth = present_bias * exp(-partner_discount * payout_days / 30.0)
    if is_cash_constrained:
        worth = worth * (1.0 - waiting_pain * min(payout_days / 45.0, 1.0))
    return worth


@rule
def retention_factor(
    chance_of_loss: float, partner_discount: float, expected_churn: float
) -> float:
    """Return the monthly factor at which a partner values a stream of commission.

    Source: hold-up, docs/evidence.md §4.1. Assumes: losses to partners and churn are independent.
    """
    return (1.0 - partner_discount) * (1.0 - expected_churn) * (1.0 - chance_of_loss)


@rule
def premium(better: float, worse: float) -> float:
    """Return the share of a better stream that is lost by settling for a worse one, 0-1."""
    return max(better - worse, 0.0) / better if better > 0.0 else 0.0


@rule
def felt(pay: float, cost_of_work: float) -> float:
    """Return how far pay is felt, 0-1: in full once it is worth the work.

    Parameters
    ----------
    pay, cost_of_work : RUB per month.

    Source: docs/evidence.md §4.5 (the client pays for the first hours anyway); A. Assumes: what
    is at stake moves people by its size, so that a rouble in ten thousand moves nobody.
    """
    return min(max(pay, 0.0) / cost_of_work, 1.0)


@rule
def rival_stream(
    worth_of_rouble: float, partner_discount: float, expected_churn: float, rival_rate: float
) -> float:
    """Return the perceived commission from one client brought to the rival, months of its price.

    Parameters
    ----------
    worth_of_rouble : payout perception at the rival's 30 days.

    Source: S3. Assumes: the rival pays its rate for the client's life, to whoever brought it.
    """
    undisturbed = retention_factor(0.0, partner_discount, expected_churn)
    return rival_rate * worth_of_rouble / (1.0 - undisturbed)


@rule
def rival_tail(stream: float, partner_discount: float, expected_churn: float) -> float:
    """Return the part of the rival's stream that is paid after the first year."""
    kept = retention_factor(0.0, partner_discount, expected_churn)
    kept_3 = kept * kept * kept
    kept_6 = kept_3 * kept_3
    return stream * kept_6 * kept_6


@rule
def assured_share(quota_premium: float, months_since_win: int) -> float:
    """Return the share of a stream that a partner counts on, where selling no more would cost it.

    Parameters
    ----------
    quota_premium : share of the stream that ends if the partner wins nobody else, 0-1.

    Source: A. Assumes: one who won a client just now counts on winning more; after a year without
    a win it gives itself even odds.
    """
    return 1.0 - quota_premium * (1.0 - 1.0 / (1.0 + months_since_win / 12.0))


@rule
def stake_in_winning(
    quota_premium: float, income: float, retainer: float, worth_of_rouble: float, arpa: float
) -> float:
    """Return what one more client keeps or opens besides its own commission, months of its price.

    Parameters
    ----------
    income : commission of an ordinary month, RUB.
    retainer : fixed monthly pay that the client would open, RUB.

    Source: F Shopify 2017, Umnico (pay that lasts while one brings clients); S4 (fixed budgets).
    Assumes: a win keeps or opens a year of that pay.
    """
    return worth_of_rouble * 12.0 * (quota_premium * income + retainer) / arpa


@rule
def value_held(if_serving: float, if_drifting: float, undeserved_share: float) -> float:
    """Return the value of the accounts a partner holds, RUB per RUB of monthly price.

    Parameters
    ----------
    undeserved_share : share of its income from accounts it does not service, 0-1.
    """
    return (1.0 - undeserved_share) * if_serving + undeserved_share * if_drifting


@rule
def value_of_win(
    if_serving: float, if_drifting: float, service_chance: float, worth_of_rouble: float
) -> float:
    """Return the perceived commission from one client won, in months of its price.

    Parameters
    ----------
    if_serving, if_drifting : present value of the stream, RUB per RUB of monthly price.
    service_chance : chance that this partner would service the client.
    worth_of_rouble : payout perception times trust.
    """
    return worth_of_rouble * (service_chance * if_serving + (1.0 - service_chance) * if_drifting)


@rule
def steering(value: float, rival_value: float, services: float, rival_theta: float) -> float:
    """Return the share of its buyers that a partner steers to this vendor, not the rival.

    Parameters
    ----------
    value, rival_value : perceived commission per client, months of its price.
    services : income from the client's own payments, the same with either vendor.

    Source: S3 (rival offers contest attention); docs/evidence.md §4.1, §4.5.
    Assumes: a logit in the log of total value, so commission matters less to those who live on
    services.
    """
    ours = value + services
    if ours <= 0.0:
        return 0.0
    return logistic(rival_theta * log(ours / (rival_value + services + 1e-9)))


@rule
def felt_value(value: float, used_to: float, loss_aversion: float) -> float:
    """Return what a win feels worth to a partner that was used to another value.

    Parameters
    ----------
    value, used_to : perceived commission per client, months of its price.

    Source: F Kube, Marechal, Puppe 2013 (a cut costs more effort than an equal rise wins);
    Brown, Imai, Vieider, Camerer 2024. Assumes: what is lost against what one is used to counts
    loss_aversion times; one gets used to anything.
    """
    return max(value - (loss_aversion - 1.0) * max(used_to - value, 0.0), 0.0)


@rule
def lasting_stake(value_after_year: float, rival_value_after_year: float) -> float:
    """Return the seller's lasting stake in a client against the rival's, 0-1, a half if equal.

    Source: F Kim, Sudhir, Uetake, Canales 2019. Assumes: the first year's pay is no stake.
    """
    return value_after_year / (value_after_year + rival_value_after_year + 1e-9)


@rule
def gain_appetite(value_of_gain: float, value_of_win: float) -> float:
    """Return how attractive gaining another's client is against winning a new one, 0-1."""
    return value_of_gain / (value_of_gain + value_of_win + 1e-9)


# --- where its hours go ------------------------------------------------------------------------


@rule
def service_capacity(hours: float, load: float) -> float:
    """Return the part of the hours it means to give that a partner has, 0-1.

    Parameters
    ----------
    load : hours it meant to give all its clients last month.
    """
    return 1.0 if load <= hours else hours / load


@rule
def free_hours(hours: float, load: float) -> float:
    """Return the hours left beside service; a tenth is never given away."""
    return max(hours - load, 0.1 * hours)


@rule
def habitual(before: float, wanted: float, habit: float) -> float:
    """Return this month's effort: part habit, part what is wanted now."""
    return habit * before + (1.0 - habit) * wanted


@rule
def selling_effort(
    productivity: float,
    free_hours: float,
    courting: float,
    motivation: float,
    steering: float,
    partner_hours: float,
    effort_elasticity: float,
) -> float:
    """Return effective selling effort; an ordinary, fully steering partner brings about 1.

    Parameters
    ----------
    free_hours : hours a month not taken by service.
    courting : share of them spent on other partners' clients.

    Source: F Albers, Mantrala, Sridhar 2010 (elasticity). Assumes: motivation scales hours.
    """
    hours = free_hours * (1.0 - courting) * (0.4 + motivation)
    return productivity * power(hours / partner_hours, effort_elasticity) * steering


@rule
def stake_of_rouble(
    months_ahead: float, worth_of_rouble: float, hour_effect: float, hour_cost: float
) -> float:
    """Return what a rouble a month from a client makes a service hour worth, over its cost.

    A stake is this times what the partner gets from the client each month, RUB.

    Parameters
    ----------
    months_ahead : what a rouble each month from a client is worth at once, RUB.
    hour_cost : RUB.

    Source: Holmstrom-Milgrom; docs/evidence.md §3. Assumes: experience of the last payment.
    """
    return worth_of_rouble * months_ahead * hour_effect / hour_cost


@rule
def unasked_hours(
    motivation: float,
    quality_premium: float,
    paid_hours: float,
    goodwill_hours: float,
    diligence_hours: float,
) -> float:
    """Return the hours a month that a partner gives a usual client, however much it brings.

    Parameters
    ----------
    quality_premium : share of the stream lost by serving badly, 0-1.

    Source: docs/evidence.md §4.5: the client pays for the first hours anyway. Assumes: motivation
    scales what nobody pays for; S2: terms that follow measured conduct make partners diligent.
    """
    return paid_hours + goodwill_hours * motivation + diligence_hours * quality_premium


@rule
def zeal(motivation: float, stake_hours: float) -> float:
    """Return the hours a month that each e-fold of the stake adds."""
    return stake_hours * (0.4 + motivation)


@rule
def service_hours(need: float, unasked: float, zeal: float, stake: float) -> float:
    """Return the hours a servicing partner means to give one client this month.

    Parameters
    ----------
    stake : perceived value of one service hour to the partner over the cost of the hour.

    Source: Holmstrom-Milgrom. Assumes: a stake below 1 buys nothing.
    """
    if stake > 1.0:
        return need * (unasked + zeal * log(stake))
    return need * unasked


@rule
def holding_power(
    premium: float, take: float, mrr: float, paid_hours: float, hour_cost: float
) -> float:
    """Return the monthly pay that stopping service would forfeit, over the cost of serving.

    Parameters
    ----------
    premium : share of the stream that depends on serving, 0-1.
    take : RUB per RUB invoiced. mrr, hour_cost : RUB.
    """
    return premium * take * mrr / (paid_hours * hour_cost)


@rule
def start_chance(own_chance: float, holding: float) -> float:
    """Return the chance that a seller starts servicing the client it won.

    Source: S1's two camps. Assumes: pay that depends on service draws in the passive.
    """
    return 1.0 - (1.0 - own_chance) / (1.0 + holding)


@rule
def restlessness(
    is_active_type: bool,
    is_dormant: bool,
    motivation: float,
    motivation_base: float,
    lapse: float,
    passive_lapse: float,
    dormant_lapse: float,
) -> float:
    """Return the chance that a partner stops working this month for a client that pays nothing.

    Source: S0 (the first seller does nothing more); A. Assumes: a motivated one lapses less.
    """
    if is_dormant:
        return dormant_lapse
    chance = lapse * exp(motivation_base - motivation)
    if not is_active_type:
        chance = chance * passive_lapse
    return min(chance, 1.0)


@rule
def lapse_chance(restlessness: float, holding: float) -> float:
    """Return the chance that a servicing partner stops working for a client this month.

    Source: A. Assumes: pay that depends on serving holds a partner.
    """
    return restlessness / (1.0 + holding)


@rule
def grudge(at_stake: float, share: float, months_idle: int, dispossessed_months: int) -> float:
    """Return how much a partner resents that a client's pay goes to another, 0-1.

    Parameters
    ----------
    at_stake : how far the pay of an ordinary client is felt, 0-1.
    share : of the commission on this one.
    months_idle : since it last worked for the client.

    Source: A; docs/evidence.md §4.9. Assumes: who has lost touch resents it less, and cannot do
    much about it.
    """
    return at_stake * share * fading(months_idle, dispossessed_months)


@rule
def fading(months: int, lasting_months: int) -> float:
    """Return what is left of something that fades evenly, and is half gone after a time, 0-1."""
    if lasting_months <= 0:
        return 0.0
    return max(1.0 - months / (2.0 * lasting_months), 0.0)


@rule
def unpaid_move_chance(motivation: float, motivation_base: float, unpaid_steering: float) -> float:
    """Return the chance that an unpaid servicing partner moves its client to a rival vendor.

    Source: A; the mirror of F: trail commission keeps brokers from moving clients.
    Assumes: it grows as motivation falls below base; a contented partner does not.
    """
    return unpaid_steering * max(motivation_base - motivation, 0.0) / motivation_base


# --- how it feels ------------------------------------------------------------------------------


@rule
def believed(before: float, outcome: float, belief_speed: float) -> float:
    """Return a belief after one more month's outcome: an exponential average."""
    return before + belief_speed * (outcome - before)


@rule
def income_swing(income: float, reference: float, income_weight: float) -> float:
    """Return the motivation that income against its reference adds or takes.

    Parameters
    ----------
    income, reference : RUB per month; 1 000 RUB is added to both, so small sums stay small.

    Source: Adams 1963 (equity); S1. Assumes: bounded by half the weight each way.
    """
    ratio = (income + 1000.0) / (reference + 1000.0)
    return income_weight * (ratio / (1.0 + ratio) - 0.5)


@rule
def visibility(observability: float, registry: bool) -> float:
    """Return how far contributions are visible, 0-1; a deal registry halves what is hidden.

    Source: F Breza, Kaur, Shamdasani 2018; S2.
    """
    return observability + 0.5 * (1.0 - observability) if registry else observability


@rule
def felt_injustice(
    paying_others: float,
    paying_nobody: float,
    serviced: float,
    envy: float,
    unpaid_weight: float,
    observability: float,
) -> float:
    """Return the grievance of servicing clients without pay.

    Parameters
    ----------
    paying_others : MRR one services whose commission goes to others only, RUB.
    paying_nobody : MRR one services on which nobody earns a commission, RUB.
    serviced : all MRR one services, RUB.

    Source: F Nunnari & Pozzi 2022; Breza, Kaur, Shamdasani 2018; Adams 1963. Assumes: what
    everyone can see offends less.
    """
    if serviced <= 0.0:
        return 0.0
    unpaid = (paying_others + unpaid_weight * paying_nobody) / serviced
    return envy * (1.0 - observability) * unpaid


@rule
def motivation_target(
    injustice: float,
    undeserved_share: float,
    income_swing: float,
    chat_grievance: float,
    payout_gain: float,
    complexity: float,
    care: float,
    motivation_base: float,
    guilt: float,
    chat_weight: float,
    speed_weight: float,
    clarity_weight: float,
    care_weight: float,
) -> float:
    """Return the level to which motivation moves, 0-1.

    Parameters
    ----------
    undeserved_share : share of own income that comes from accounts one does not service.
    chat_grievance : mean grievance of the members last month, 0-1.
    payout_gain : worth of a rouble against one paid after 30 days, minus 1.
    care : the vendor's care, 0-1; a half is neutral.

    Source: Adams 1963; Fehr-Schmidt; S1, S2. Assumes: the parts add up.
    """
    target = motivation_base - injustice + income_swing
    target = target - 0.1 * guilt * undeserved_share
    target = target - chat_weight * chat_grievance
    target = target + speed_weight * payout_gain
    target = target - clarity_weight * complexity
    target = target + care_weight * (care - 0.5)
    return clamp(target, 0.0, 1.0)


@rule
def shock(
    share_lost: float,
    share_gained: float,
    loss_aversion: float,
    shock_weight: float,
    gain_weight: float,
) -> float:
    """Return the sudden change of motivation when pay or records are lost or gained.

    Source: F Kube, Marechal, Puppe 2013; Brown, Imai, Vieider, Camerer 2024 (loss aversion).
    """
    return gain_weight * min(share_gained, 1.0) - loss_aversion * shock_weight * share_lost


@rule
def shocked(motivation: float, jump: float) -> float:
    """Return motivation after a sudden change, 0-1."""
    return clamp(motivation + jump, 0.0, 1.0)


@rule
def softened_loss(
    share_lost: float,
    retention: float,
    grandfather_months: int,
    notice_months: int,
    notice_relief: float,
) -> float:
    """Return the loss felt when a contract worsens for later, or with notice.

    Parameters
    ----------
    share_lost : share of the value of what one holds, without grandfathering.

    Source: K; HubSpot 2023 kept old deals' terms for two years. Assumes: what is lost only later
    is discounted as any stream is; a month of notice softens as much as it says.
    """
    later = power(retention, 1.0 * grandfather_months)
    return share_lost * later / (1.0 + notice_relief * notice_months)


@rule
def trust_after_cut(
    trust: float, share_lost: float, loss_aversion: float, shock_weight: float
) -> float:
    """Return trust in the vendor after a retroactive cut of one's pay, 0-1.

    Source: docs/evidence.md §4.8; F Kube, Marechal, Puppe 2013.
    """
    return max(trust - loss_aversion * shock_weight * share_lost, 0.0)


@rule
def trust_after_month(
    trust: float, disputes: int, trust_speed: float, dispute_harm: float
) -> float:
    """Return trust in the vendor a month on: it heals, and disputes harm it.

    Source: S2 (opaque terms destroy trust).
    """
    return max(believed(trust, 1.0, trust_speed) - dispute_harm * disputes, 0.0)


@rule
def dormancy_chance(
    is_active_type: bool,
    motivation: float,
    residual: float,
    motivation_base: float,
    dormancy: float,
    passive_dormancy: float,
    aspiration: float,
) -> float:
    """Return the chance that an active partner falls dormant.

    Parameters
    ----------
    residual : commission per month that comes without service, RUB.

    Source: S0; S4 (who expects a magic button does nothing). Assumes: a comfortable residual lets
    partners coast, up to three aspirations.
    """
    chance = dormancy if is_active_type else dormancy * passive_dormancy
    comfort = 1.0 + 0.5 * min(residual / aspiration, 3.0)
    return min(chance * comfort * exp(-2.0 * (motivation - motivation_base)), 1.0)


@rule
def revival_chance(
    motivation: float, holding: float, motivation_base: float, revival: float
) -> float:
    """Return the chance that a dormant partner comes back.

    Parameters
    ----------
    holding : pay that depends on serving, over the cost of serving.

    Source: S0; F HubSpot 2023, Shopify 2017. Assumes: pay tied to work brings some back.
    """
    return min(revival * (1.0 + min(holding, 3.0)) * exp(2.0 * (motivation - motivation_base)), 1.0)


@rule
def exit_chance(
    motivation: float,
    trust: float,
    tenure: int,
    income: float,
    peers_leaving: float,
    motivation_base: float,
    exit: float,
    early_exit: float,
    peer_exit: float,
    aspiration: float,
) -> float:
    """Return the chance that a partner leaves the programme.

    Parameters
    ----------
    tenure : months in the programme.
    income : commission per month, RUB; leaving forfeits it.
    peers_leaving : share of partners who left last month.

    Source: F LIMRA, Sunder 2017. Assumes: income holds, mistrust doubles the pull of the door.
    """
    chance = exit * exp(-3.0 * (motivation - motivation_base)) * (2.0 - trust)
    if tenure < 24:
        chance = chance * early_exit
    chance = chance * (1.0 + peer_exit * peers_leaving)
    return min(chance / (1.0 + income / aspiration), 1.0)


@rule
def may_join(is_active_type: bool, hours: float, gate_hours: float, gate_service: bool) -> bool:
    """Return whether a programme's gate lets a partner in.

    Parameters
    ----------
    hours : the partner has for all vendors' clients, a month.

    Source: S3. Assumes: hours stand for staff.
    """
    return hours >= gate_hours and (is_active_type or not gate_service)


@rule
def trained(skill: float, training: float, training_gain: float) -> float:
    """Return a partner's service skill with the vendor's training.

    Source: S2, S3. Assumes: skill rises in proportion, for as long as training lasts.
    """
    return skill * (1.0 + training_gain * training)


@rule
def entry_chance(
    reputation: float,
    steering: float,
    complexity: float,
    onboarding_months: int,
    motivation_base: float,
    entry: float,
    onboarding_deterrence: float,
) -> float:
    """Return the chance that a potential partner joins the programme this month.

    Parameters
    ----------
    reputation : mean motivation of the members, 0-1.
    steering : share of buyers it would steer here; a half when pay equals the rival's.

    Source: S1, S3, S4. Assumes: pay, reputation and simplicity multiply.
    """
    appeal = reputation / motivation_base * 2.0 * steering
    appeal = appeal * max(1.0 - onboarding_deterrence * onboarding_months, 0.0)
    return min(entry * appeal * max(1.0 - 0.1 * complexity, 0.0), 1.0)
