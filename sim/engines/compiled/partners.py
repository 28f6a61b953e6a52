"""A month of the partners, compiled: what the methods of `sim.engines.agents.Partner` do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from policies.compiler import inner
from sim.engines.compiled.month import (
    ACTIVES,
    AT,
    CHAT,
    COURTIERS,
    HELPERS,
    LEAVING,
    LOSSES,
    REPUTATION,
    SELLERS,
    Desk,
    Keys,
    Pull,
    Row,
    enter,
    holding_power,
    is_member,
    service_chance,
)
from sim.engines.compiled.state import Market, Rows
from sim.engines.outcome import ACTIVE, DORMANT, LEFT, PAYOUT_QUEUE, POTENTIAL, RETAINER
from sim.rules import partner as partners_do
from sim.rules import prospectus
from sim.world.luck import Decision, draw
from sim.world.units import NEVER, NOBODY


@inner
def worth_after(a: Any, p: Rows, k: int, days: float) -> float:
    """Return the worth now of a rouble that partner ``k`` gets after some days."""
    return partners_do.payout_perception(
        days, p[k].is_cash_constrained, a.partner_discount, a.present_bias, a.waiting_pain
    )


@inner
def expected_wait(p: Rows, k: int, desk: Desk) -> float:
    """Return the days that partner ``k`` expects to wait for a commission."""
    conduct = desk.conduct
    return partners_do.days_to_payout(
        conduct.payout_days, conduct.payout_threshold, p[k].reference_income
    )


@inner
def read_contract(market: Market, k: int, desk: Desk, month: int) -> None:
    """Work out what the programme promises partner ``k``."""
    a, p, helper = market.assumptions, market.partners, market.helpers[k]
    retention = partners_do.retention_factor(
        p[k].fear_of_loss, a.partner_discount, a.expected_churn
    )
    streams, streams_after_year = desk.streams[p[k].role], desk.streams_after_year[p[k].role]
    serves = prospectus.stream_value(streams, prospectus.SERVES, retention)
    drifts = prospectus.stream_value(streams, prospectus.DRIFTS, retention)
    touches = prospectus.stream_value(streams, prospectus.TOUCHES, retention)
    helps = prospectus.stream_value(streams, prospectus.HELPS, retention)
    chosen = prospectus.stream_value(streams, prospectus.CHOSEN, retention)
    neglects = prospectus.stream_value(streams, prospectus.NEGLECTS, retention)
    rests = prospectus.stream_value(streams, prospectus.RESTS, retention)
    quota_premium = partners_do.premium(serves, rests)
    quiet = month - int(helper.last_win_month) if p[k].joined_month >= 0 else 0
    assured = partners_do.assured_share(quota_premium, quiet)
    promised = p[k].trust * worth_after(a, p, k, expected_wait(p, k, desk))
    worth = promised * assured
    own = service_chance(a, p[k].is_active_type)
    rival = partners_do.rival_stream(
        worth_after(a, p, k, 30.0), a.partner_discount, a.expected_churn, a.rival_rate
    )
    p[k].worth = worth
    p[k].assured = assured
    p[k].retention = retention
    p[k].service_premium = partners_do.premium(serves, drifts)
    p[k].quality_premium = partners_do.premium(serves, neglects)
    p[k].recognition_premium = partners_do.premium(chosen, helps)
    p[k].touching_pays = touches > drifts + 1e-9
    p[k].level_rate = serves * (1.0 - retention)
    to_win = 0.0
    if helper.held_clients_now < desk.conduct.retainer_clients:
        to_win = desk.conduct.retainer
    p[k].value_of_win = partners_do.value_of_win(
        serves, drifts, own, worth
    ) + partners_do.stake_in_winning(quota_premium, p[k].reference_income, to_win, promised, a.arpa)
    p[k].value_of_gain = own * worth * chosen
    p[k].steering = partners_do.steering(
        p[k].value_of_win, rival, 12.0 * a.service_income * own, a.rival_theta
    )
    later = partners_do.value_of_win(
        prospectus.stream_value(streams_after_year, prospectus.SERVES, retention),
        prospectus.stream_value(streams_after_year, prospectus.DRIFTS, retention),
        own,
        worth,
    )
    p[k].lasting_stake = partners_do.lasting_stake(
        later, partners_do.rival_tail(rival, a.partner_discount, a.expected_churn)
    )


@inner
def enter_and_plan(
    market: Market, desk: Desk, keys: Keys, month: int, pulls: tuple[int, int], row: Row
) -> Pull:
    """Let potential partners join and members divide their hours; return the month's markets.

    Parameters
    ----------
    pulls : the pull of direct sales and of buying elsewhere, millionths.
    row : the month's facts, written to.
    """
    a, p = market.assumptions, market.partners
    entry = keys[Decision.ENTRY]
    sellers = helpers = courtiers = actives = 0
    for k in range(p.size):
        if p[k].status == POTENTIAL and joins(market, desk, k, entry):
            p[k].status = ACTIVE
            p[k].joined_month = month
            market.helpers[k].last_win_month = month
            row[AT.entered] += 1
        market.helpers[k].is_member = is_member(p[k].status)
        market.helpers[k].touches_ritually = False
        if market.helpers[k].is_member:
            selling, helping, courting = plan(market, k, desk, month)
            actives += p[k].status == ACTIVE
            sellers += selling
            helpers += helping
            courtiers += courting
        market.sums[SELLERS, k] = sellers
        market.sums[HELPERS, k] = helpers
        market.sums[COURTIERS, k] = courtiers
        market.sums[ACTIVES, k] = actives
    courting_chance = 2.0 * a.poaching * courtiers / helpers if helpers else 0.0
    return Pull(sellers, helpers, courtiers, actives, pulls[0], pulls[1], courting_chance)


@inner
def joins(market: Market, desk: Desk, k: int, entry: np.uint64) -> bool:
    """Return whether a potential partner joins the programme."""
    a, partner, conduct = market.assumptions, market.partners[k], desk.conduct
    if not partners_do.may_join(
        partner.is_active_type, partner.hours, conduct.gate_hours, conduct.gate_service
    ):
        return False
    chance = partners_do.entry_chance(
        market.mood[REPUTATION],
        partner.steering,
        desk.complexity,
        conduct.onboarding_months,
        a.motivation_base,
        a.entry,
        a.onboarding_deterrence,
    )
    return draw(entry, k) < chance


@inner
def plan(market: Market, k: int, desk: Desk, month: int) -> tuple[int, int, int]:
    """Divide a member's hours; return its selling, helping and courting weights, millionths."""
    a, p = market.assumptions, market.partners
    read_contract(market, k, desk, month)
    load = market.helpers[k].load / 1000000
    is_active = p[k].status == ACTIVE
    prepare_service(a, p[k], market.helpers[k], load, desk.conduct.training)
    appetite = partners_do.gain_appetite(p[k].value_of_gain, p[k].value_of_win)
    free = partners_do.free_hours(p[k].hours, load)
    if not is_active:
        appetite = 0.0
    effort = partners_do.selling_effort(
        p[k].productivity,
        free,
        a.courting_hours * appetite,
        p[k].motivation,
        p[k].steering,
        a.partner_hours,
        a.effort_elasticity,
    )
    if not is_active:
        effort = effort * a.dormant_referral
    is_founder = p[k].joined_month == 0
    if not is_founder and month - p[k].joined_month < desk.conduct.onboarding_months:
        effort = 0.0
    p[k].effort = partners_do.habitual(p[k].effort, effort, a.effort_habit)
    helping = market.helpers[k].skill * service_chance(a, p[k].is_active_type) if is_active else 0.0
    market.helpers[k].held_clients = min(market.helpers[k].held_clients_now, NEVER)
    open_month(p[k], market.helpers[k])
    return (
        int(p[k].effort * 1000000.0),
        int(helping * 1000000.0),
        int(helping * appetite * 1000000.0),
    )


@inner
def prepare_service(a: Any, partner: Any, helper: Any, load: float, training: float) -> None:
    """Settle how a member will serve any client this month."""
    helper.skill = partners_do.trained(partner.skill, training, a.training_gain)
    helper.capacity = partners_do.service_capacity(partner.hours, load)
    helper.unasked_hours = partners_do.unasked_hours(
        partner.motivation,
        partner.quality_premium,
        a.paid_hours,
        a.goodwill_hours,
        a.diligence_hours,
    )
    helper.zeal = partners_do.zeal(partner.motivation, a.stake_hours)
    helper.stake_of_rouble = partners_do.stake_of_rouble(
        partner.retention, partner.worth, a.hour_effect, partner.hour_cost
    )
    helper.restlessness = partners_do.restlessness(
        partner.is_active_type,
        partner.status == DORMANT,
        partner.motivation,
        a.motivation_base,
        a.lapse,
        a.passive_lapse,
        a.dormant_lapse,
    )
    helper.unpaid_move_chance = partners_do.unpaid_move_chance(
        partner.motivation, a.motivation_base, a.unpaid_steering
    )
    helper.asks = partner.recognition_premium > 0.0
    helper.touches_ritually = partner.status == ACTIVE and partner.touching_pays


@inner
def open_month(partner: Any, tally: Any) -> None:
    """Start this month's counts."""
    tally.load = 0
    tally.income = 0
    tally.undeserved_income = 0
    tally.held_mrr = 0
    tally.serviced_mrr = 0
    tally.unpaid_mrr = 0
    tally.envied_mrr = 0
    tally.serviced_of_others = 0
    tally.held_clients_now = 0
    partner.lost_mrr = 0
    partner.gained_mrr = 0
    partner.disputes = 0
    partner.clawed_back = 0


@inner
def pay_out(
    market: Market,
    desk: Desk,
    month: int,
    row: Row,
    ledger: npt.NDArray[np.int64],
    entries: int,
) -> int:
    """Book the month's commissions, and pay out what is due once it reaches the threshold.

    Returns
    -------
    the ledger's new length
    """
    p, queues = market.partners, market.queues
    for k in range(p.size):
        kopecks = retainer_due(p[k], market.helpers[k], desk)
        market.helpers[k].income += kopecks
        row[AT.commission] += kopecks
        entries = enter(ledger, entries, month, NOBODY, k, RETAINER, kopecks)
        if market.helpers[k].is_member:
            p[k].earned += market.helpers[k].income
            queues[k, desk.payout_lag] += market.helpers[k].income
        p[k].ready += queues[k, 0] - p[k].clawed_back
        p[k].clawed_back = 0
        for wait in range(1, PAYOUT_QUEUE):
            queues[k, wait - 1] = queues[k, wait]
        queues[k, PAYOUT_QUEUE - 1] = 0
        if p[k].ready >= desk.conduct.payout_threshold * 100.0 or (
            p[k].status == LEFT and p[k].ready > 0
        ):
            row[AT.paid_out] += p[k].ready
            p[k].ready = 0
        row[AT.payables] += p[k].ready
        for wait in range(PAYOUT_QUEUE):
            row[AT.payables] += queues[k, wait]
    row[AT.vendor_kept] = row[AT.payments] - row[AT.commission] + row[AT.clawed_back]
    return entries


@inner
def retainer_due(partner: Any, helper: Any, desk: Desk) -> int:
    """Return the fixed pay that a partner earns this month, kopecks."""
    if partner.status == ACTIVE and helper.held_clients_now >= desk.conduct.retainer_clients:
        return int(desk.conduct.retainer * 100.0)
    return 0


@inner
def injustice(a: Any, tally: Any, desk: Desk) -> float:
    """Return a partner's grievance of servicing clients without pay."""
    return partners_do.felt_injustice(
        tally.envied_mrr / 100,
        (tally.unpaid_mrr - tally.envied_mrr) / 100,
        tally.serviced_mrr / 100,
        a.envy,
        a.unpaid_weight,
        partners_do.visibility(a.observability, desk.conduct.registry),
    )


@inner
def be_shocked(a: Any, p: Rows, k: int, lost: float, gained: float) -> None:
    """Let partner ``k``'s motivation jump with a loss or a gain."""
    jump = partners_do.shock(lost, gained, a.loss_aversion, a.shock_weight, a.gain_weight)
    p[k].motivation = partners_do.shocked(p[k].motivation, jump)


@inner
def feel_one(market: Market, desk: Desk, k: int) -> None:
    """Update partner ``k``'s motivation, trust and beliefs from what happened this month."""
    a, p, mood = market.assumptions, market.partners, market.mood
    tally = market.helpers[k]
    income = tally.income / 100
    undeserved = tally.undeserved_income / tally.income if tally.income else 0.0
    gain = worth_after(a, p, k, expected_wait(p, k, desk)) / worth_after(a, p, k, 30.0) - 1.0
    target = partners_do.motivation_target(
        injustice(a, tally, desk),
        undeserved,
        partners_do.income_swing(income, p[k].reference_income, a.income_weight),
        desk.conduct.chat_openness * mood[CHAT],
        gain,
        desk.complexity,
        desk.conduct.care,
        a.motivation_base,
        a.guilt,
        a.chat_weight,
        a.speed_weight,
        a.clarity_weight,
        a.care_weight,
    )
    p[k].motivation = partners_do.believed(p[k].motivation, target, a.motivation_speed)
    held = tally.held_mrr + p[k].lost_mrr
    lost = p[k].lost_mrr / held if held else mood[LOSSES]
    be_shocked(a, p, k, lost if held else 0.0, p[k].gained_mrr / held if held else 0.0)
    p[k].reference_income = partners_do.believed(p[k].reference_income, income, a.reference_speed)
    p[k].fear_of_loss = partners_do.believed(
        p[k].fear_of_loss, 0.5 * (lost + mood[LOSSES]), a.belief_speed
    )
    p[k].trust = partners_do.trust_after_month(
        p[k].trust, p[k].disputes, a.trust_speed, a.dispute_harm
    )


@inner
def decide_to_stay(market: Market, k: int, keys: Keys, month: int, row: Row) -> None:
    """Let partner ``k`` stay active, rest, return or leave."""
    a, p = market.assumptions, market.partners
    income = market.helpers[k].income / 100
    leaving = partners_do.exit_chance(
        p[k].motivation,
        p[k].trust,
        month - int(p[k].joined_month),
        income,
        market.mood[LEAVING],
        a.motivation_base,
        a.exit,
        a.early_exit,
        a.peer_exit,
        a.aspiration,
    )
    if draw(keys[Decision.EXIT], k) < leaving:
        p[k].status = LEFT
        p[k].left_month = month
        row[AT.exited] += 1
        return
    luck = draw(keys[Decision.DORMANCY], k)
    if p[k].status == ACTIVE:
        residual = income * (1.0 - p[k].service_premium)
        if luck < partners_do.dormancy_chance(
            p[k].is_active_type,
            p[k].motivation,
            residual,
            a.motivation_base,
            a.dormancy,
            a.passive_dormancy,
            a.aspiration,
        ):
            p[k].status = DORMANT
            row[AT.fell_dormant] += 1
    else:
        holding = holding_power(a, p[k], p[k].level_rate, market.helpers[k].held_mrr, True)
        if luck < partners_do.revival_chance(
            p[k].motivation, holding, a.motivation_base, a.revival
        ):
            p[k].status = ACTIVE
            row[AT.revived] += 1


@inner
def feel(market: Market, desk: Desk, keys: Keys, month: int, row: Row) -> None:
    """Let members feel, talk, rest, return and leave; sum the month over them."""
    a, p, mood = market.assumptions, market.partners, market.mood
    for k in range(p.size):
        if market.helpers[k].is_member:
            feel_one(market, desk, k)
    grievance = lost = held = 0
    for k in range(p.size):
        if not market.helpers[k].is_member:
            continue
        tally = market.helpers[k]
        decide_to_stay(market, k, keys, month, row)
        feeling = int(p[k].motivation * 1000000.0)
        row[AT.members] += 1
        row[AT.motivation] += feeling
        row[AT.trust] += int(p[k].trust * 1000000.0)
        row[AT.active_members] += p[k].status == ACTIVE
        row[AT.earning_members] += tally.income > 0
        sum_groups(p[k].is_active_type, tally, feeling, row)
        grievance += int(injustice(a, tally, desk) * 1000000.0)
        lost += p[k].lost_mrr
        held += tally.held_mrr
    row[AT.programme_cost] = desk.cost_of_member * row[AT.members]
    members, exits = row[AT.members], row[AT.exited]
    mood[REPUTATION] = row[AT.motivation] / members / 1000000 if members else a.motivation_base
    mood[CHAT] = grievance / members / 1000000 if members else 0.0
    mood[LEAVING] = exits / members if members else 0.0
    mood[LOSSES] = lost / (held + lost) if held + lost else 0.0


@inner
def sum_groups(is_active_type: bool, tally: Any, feeling: int, row: Row) -> None:
    """Add a member's motivation to the groups it belongs to."""
    if is_active_type:
        row[AT.active_type] += 1
        row[AT.active_type_motivation] += feeling
        row[AT.active_type_commission] += tally.income
    else:
        row[AT.passive_type] += 1
        row[AT.passive_type_motivation] += feeling
    if 2 * tally.unpaid_mrr > tally.serviced_mrr:
        row[AT.servicing_unpaid] += 1
        row[AT.servicing_unpaid_motivation] += feeling
    elif tally.serviced_mrr > 0:
        row[AT.servicing_paid] += 1
        row[AT.servicing_paid_motivation] += feeling
    if tally.serviced_of_others > 0:
        row[AT.servicing_others] += 1
        row[AT.servicing_others_motivation] += feeling
