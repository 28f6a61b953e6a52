"""A month of the partners, compiled: what the methods of `sim.engines.agents.Partner` do."""

from __future__ import annotations

from typing import Any

import numpy as np

from policies.compiler import inner
from sim.engines.compiled.month import (
    ACTIVES,
    AT,
    CHAT,
    COURTIERS,
    FIXED,
    IN_ALL,
    LASTING,
    LEAVING,
    LOSSES,
    NOONE,
    REPUTATION,
    SELLERS,
    SERVICERS,
    Desk,
    Now,
    Pull,
    Row,
    enter,
    holding_power,
    is_member,
    service_chance,
)
from sim.engines.compiled.pages import add, tell
from sim.engines.compiled.state import Rows, Table
from sim.engines.events import CAUSE, WHAT
from sim.engines.outcome import ACTIVE, DORMANT, LEFT, PAYOUT_QUEUE, POTENTIAL
from sim.rules import partner as partners_do
from sim.rules import prospectus
from sim.world.luck import Draw, draw
from sim.world.units import NEVER


@inner
def worth_after(a: Any, p: Table, k: int, days: float) -> float:
    """Return the worth now of a rouble that partner ``k`` gets after some days."""
    return partners_do.payout_perception(
        days, p[k].is_cash_constrained, a.partner_discount, a.present_bias, a.waiting_pain
    )


@inner
def expected_wait(p: Table, k: int, desk: Desk) -> float:
    """Return the days that partner ``k`` expects to wait for a commission."""
    conduct = desk.conduct
    return partners_do.days_to_payout(
        conduct.payout_days, conduct.payout_threshold, p[k].reference_income
    )


@inner
def read_contract(rows: Rows, k: int, desk: Desk, month: int) -> None:
    """Work out what the programme promises partner ``k``."""
    a, p, work = rows.assumptions, rows.partners, rows.work[k]
    retention = partners_do.retention_factor(
        p[k].fear_of_loss, a.partner_discount, a.expected_churn
    )
    fear = p[k].fear_of_loss
    streams, lasting = desk.streams[IN_ALL, p[k].role], desk.streams[LASTING, p[k].role]
    serves = prospectus.stream_value(streams, prospectus.SERVES, fear)
    drifts = prospectus.stream_value(streams, prospectus.DRIFTS, fear)
    touches = prospectus.stream_value(streams, prospectus.TOUCHES, fear)
    helps = prospectus.stream_value(streams, prospectus.HELPS, fear)
    chosen = prospectus.stream_value(streams, prospectus.CHOSEN, fear)
    neglects = prospectus.stream_value(streams, prospectus.NEGLECTS, fear)
    rests = prospectus.stream_value(streams, prospectus.RESTS, fear)
    found = prospectus.stream_value(streams, prospectus.FOUND, fear)
    named = prospectus.stream_value(streams, prospectus.NAMED, fear)
    orphan = prospectus.stream_value(streams, prospectus.ORPHAN, fear)
    heir = prospectus.stream_value(streams, prospectus.HEIR, fear)
    level = prospectus.stream_value(streams, prospectus.LEVEL, fear)
    cost_of_work = a.paid_hours * p[k].hour_cost
    level_rate = serves / level
    at_stake = partners_do.felt(level_rate * a.arpa, cost_of_work)
    quota_premium = partners_do.premium(serves, rests)
    quiet = month - int(work.last_win_month) if p[k].joined_month >= 0 else 0
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
    p[k].months_ahead = level
    p[k].cost_of_work = cost_of_work
    p[k].level_rate = level_rate
    p[k].at_stake = at_stake
    p[k].quality_premium = partners_do.premium(serves, neglects) * at_stake
    p[k].recognition_premium = partners_do.premium(chosen, helps) * at_stake
    p[k].naming_premium = partners_do.premium(named, found) * at_stake
    p[k].heir_premium = partners_do.premium(heir, orphan) * at_stake
    p[k].touching_pays = touches > drifts + 1e-9
    to_win = 0.0
    if work.held_clients_now < desk.conduct.retainer_clients:
        to_win = desk.conduct.retainer
    p[k].value_of_win = partners_do.value_of_win(
        serves, drifts, own, worth
    ) + partners_do.stake_in_winning(quota_premium, p[k].reference_income, to_win, promised, a.arpa)
    p[k].value_of_gain = own * worth * chosen * desk.open_share
    value = partners_do.felt_value(p[k].value_of_win, p[k].reference_value, a.loss_aversion)
    p[k].steering = partners_do.steering(value, rival, 12.0 * a.service_income * own, a.rival_theta)
    later = partners_do.value_of_win(
        prospectus.stream_value(lasting, prospectus.SERVES, fear),
        prospectus.stream_value(lasting, prospectus.DRIFTS, fear),
        own,
        worth,
    )
    p[k].lasting_stake = partners_do.lasting_stake(
        later, partners_do.rival_tail(rival, a.partner_discount, a.expected_churn)
    )


@inner
def enter_and_plan(now: Now) -> Pull:
    """Let potential partners join and members divide their hours; return the month's markets.

    Parameters
    ----------
    now : with the pull of direct sales and of buying elsewhere, and no other yet.
    """
    rows = now.rows
    a, p = rows.assumptions, rows.partners
    entry = now.keys[Draw.ENTRY]
    sellers = servicers = courtiers = actives = 0
    for k in range(p.size):
        if p[k].status == POTENTIAL and joins(now, k, entry):
            p[k].status = ACTIVE
            p[k].joined_month = now.month
            rows.work[k].last_win_month = now.month
            now.facts[AT.entered] += 1
            tell(now, WHAT.joined, CAUSE.chance, NOONE, k, NOONE)
        rows.work[k].is_member = is_member(p[k].status)
        rows.work[k].touches_ritually = False
        if rows.work[k].is_member:
            selling, serving, courting = plan(now, k)
            actives += p[k].status == ACTIVE
            sellers += selling
            servicers += serving
            courtiers += courting
        rows.sums[SELLERS, k] = sellers
        rows.sums[SERVICERS, k] = servicers
        rows.sums[COURTIERS, k] = courtiers
        rows.sums[ACTIVES, k] = actives
    courting_chance = 2.0 * a.poaching * courtiers / servicers if servicers else 0.0
    direct, outside = now.pull.direct, now.pull.outside
    return Pull(sellers, servicers, courtiers, actives, direct, outside, courting_chance)


@inner
def joins(now: Now, k: int, entry: np.uint64) -> bool:
    """Return whether a potential partner joins the programme."""
    a, partner = now.rows.assumptions, now.rows.partners[k]
    conduct = now.desk.conduct
    if not partners_do.may_join(
        partner.is_active_type, partner.hours, conduct.gate_hours, conduct.gate_service
    ):
        return False
    chance = partners_do.entry_chance(
        now.rows.mood[REPUTATION],
        partner.steering,
        now.desk.complexity,
        conduct.onboarding_months,
        a.motivation_base,
        a.entry,
        a.onboarding_deterrence,
    )
    return draw(entry, k) < chance


@inner
def plan(now: Now, k: int) -> tuple[int, int, int]:
    """Divide a member's hours; return its selling, serving and courting weights, millionths."""
    rows, desk = now.rows, now.desk
    a, p = rows.assumptions, rows.partners
    read_contract(rows, k, desk, now.month)
    load = rows.work[k].load / 1000000
    is_active = p[k].status == ACTIVE
    get_used_to_pay(a, p[k])
    prepare_service(a, p[k], rows.work[k], load, desk.conduct.training)
    appetite = p[k].at_stake * partners_do.gain_appetite(p[k].value_of_gain, p[k].value_of_win)
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
    if not is_founder and now.month - p[k].joined_month < desk.conduct.onboarding_months:
        effort = 0.0
    p[k].effort = partners_do.habitual(p[k].effort, effort, a.effort_habit)
    serving = rows.work[k].skill * service_chance(a, p[k].is_active_type) if is_active else 0.0
    rows.work[k].held_clients = min(rows.work[k].held_clients_now, NEVER)
    open_month(p[k], rows.work[k])
    return (
        int(p[k].effort * 1000000.0),
        int(serving * 1000000.0),
        int(serving * appetite * 1000000.0),
    )


@inner
def get_used_to_pay(a: Any, partner: Any) -> None:
    """Let what a win has been worth become what is usual."""
    if partner.reference_value >= 0.0:
        partner.reference_value = partners_do.believed(
            partner.reference_value, partner.value_of_win, a.reference_speed
        )
    else:
        partner.reference_value = partner.value_of_win


@inner
def prepare_service(a: Any, partner: Any, work: Any, load: float, training: float) -> None:
    """Settle how a member will serve any client this month."""
    work.skill = partners_do.trained(partner.skill, training, a.training_gain)
    work.capacity = partners_do.service_capacity(partner.hours, load)
    work.unasked_hours = partners_do.unasked_hours(
        partner.motivation,
        partner.quality_premium,
        a.paid_hours,
        a.goodwill_hours,
        a.diligence_hours,
    )
    work.zeal = partners_do.zeal(partner.motivation, a.stake_hours)
    work.stake_of_rouble = partners_do.stake_of_rouble(
        partner.months_ahead, partner.worth, a.hour_effect, partner.hour_cost
    )
    work.restlessness = partners_do.restlessness(
        partner.is_active_type,
        partner.status == DORMANT,
        partner.motivation,
        a.motivation_base,
        a.lapse,
        a.passive_lapse,
        a.dormant_lapse,
    )
    work.unpaid_move_chance = partners_do.unpaid_move_chance(
        partner.motivation, a.motivation_base, a.unpaid_steering
    )
    best = max(partner.recognition_premium, partner.naming_premium, partner.heir_premium)
    work.asks = best > 0.0
    work.touches_ritually = partner.status == ACTIVE and partner.touching_pays


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
def pay_out(now: Now, entries: int) -> int:
    """Book the month's commissions, and pay out what is due once it reaches the threshold.

    Returns
    -------
    the ledger's new length
    """
    p, queues, facts = now.rows.partners, now.rows.queues, now.facts
    for k in range(p.size):
        kopecks = retainer_due(p[k], now.rows.work[k], now.desk)
        now.rows.work[k].income += kopecks
        facts[AT.commission] += kopecks
        entries = enter(now, entries, NOONE, k, FIXED, kopecks)
        if now.rows.work[k].is_member:
            p[k].earned += now.rows.work[k].income
            queues[k, now.desk.payout_lag] += now.rows.work[k].income
        p[k].ready += queues[k, 0] - p[k].clawed_back
        p[k].clawed_back = 0
        for wait in range(1, PAYOUT_QUEUE):
            queues[k, wait - 1] = queues[k, wait]
        queues[k, PAYOUT_QUEUE - 1] = 0
        if p[k].ready >= now.desk.conduct.payout_threshold * 100.0 or (
            p[k].status == LEFT and p[k].ready > 0
        ):
            facts[AT.paid_out] += p[k].ready
            p[k].ready = 0
        facts[AT.payables] += p[k].ready
        for wait in range(PAYOUT_QUEUE):
            facts[AT.payables] += queues[k, wait]
    facts[AT.vendor_kept] = facts[AT.payments] - facts[AT.commission]
    return entries


@inner
def retainer_due(partner: Any, work: Any, desk: Desk) -> int:
    """Return the fixed pay that a partner earns this month, kopecks."""
    if partner.status == ACTIVE and work.held_clients_now >= desk.conduct.retainer_clients:
        return int(desk.conduct.retainer * 100.0)
    return 0


@inner
def injustice(now: Now, work: Any) -> float:
    """Return a partner's grievance of servicing clients without pay."""
    a = now.rows.assumptions
    return partners_do.felt_injustice(
        work.envied_mrr / 100,
        (work.unpaid_mrr - work.envied_mrr) / 100,
        work.serviced_mrr / 100,
        a.envy,
        a.unpaid_weight,
        partners_do.visibility(a.observability, now.desk.conduct.registry),
    )


@inner
def be_shocked(a: Any, p: Table, k: int, lost: float, gained: float) -> None:
    """Let partner ``k``'s motivation jump with a loss or a gain."""
    jump = partners_do.shock(lost, gained, a.loss_aversion, a.shock_weight, a.gain_weight)
    p[k].motivation = partners_do.shocked(p[k].motivation, jump)


@inner
def feel_one(now: Now, k: int) -> None:
    """Update partner ``k``'s motivation, trust and beliefs from what happened this month."""
    a, p, mood = now.rows.assumptions, now.rows.partners, now.rows.mood
    work = now.rows.work[k]
    income = work.income / 100
    undeserved = 0.0
    if work.income:
        undeserved = p[k].at_stake * work.undeserved_income / work.income
    gain = worth_after(a, p, k, expected_wait(p, k, now.desk)) / worth_after(a, p, k, 30.0) - 1.0
    unjust = injustice(now, work)
    swing = partners_do.income_swing(income, p[k].reference_income, a.income_weight)
    chat = now.desk.conduct.chat_openness * mood[CHAT]
    target = partners_do.motivation_target(
        unjust,
        undeserved,
        swing,
        chat,
        gain,
        now.desk.complexity,
        now.desk.conduct.care,
        a.motivation_base,
        a.guilt,
        a.chat_weight,
        a.speed_weight,
        a.clarity_weight,
        a.care_weight,
    )
    drifted = partners_do.believed(p[k].motivation, target, a.motivation_speed)
    p[k].motivation = drifted
    held = work.held_mrr + p[k].lost_mrr
    lost = p[k].lost_mrr / held if held else mood[LOSSES]
    if held:
        be_shocked(a, p, k, p[k].at_stake * lost, p[k].at_stake * p[k].gained_mrr / held)
    if now.is_watching:
        felt = now.pages.partners[k]
        felt.target = target
        felt.jump = p[k].motivation - drifted
        felt.injustice = unjust
        felt.undeserved_share = undeserved
        felt.income_swing = swing
        felt.chat_grievance = chat
        felt.payout_gain = gain
        felt.complexity = now.desk.complexity
        felt.care = now.desk.conduct.care
    p[k].reference_income = partners_do.believed(p[k].reference_income, income, a.reference_speed)
    p[k].fear_of_loss = partners_do.believed(
        p[k].fear_of_loss, 0.5 * (lost + mood[LOSSES]), a.belief_speed
    )
    p[k].trust = partners_do.trust_after_month(
        p[k].trust, p[k].disputes, a.trust_speed, a.dispute_harm
    )


@inner
def decide_to_stay(now: Now, k: int) -> None:
    """Let partner ``k`` stay active, rest, return or leave."""
    a, p, facts = now.rows.assumptions, now.rows.partners, now.facts
    income = now.rows.work[k].income / 100
    leaving = partners_do.exit_chance(
        p[k].motivation,
        p[k].trust,
        now.month - int(p[k].joined_month),
        income,
        now.rows.mood[LEAVING],
        a.motivation_base,
        a.exit,
        a.early_exit,
        a.peer_exit,
        a.aspiration,
    )
    luck = draw(now.keys[Draw.EXIT], k)
    if luck < leaving:
        tell_mood(now, WHAT.left, k, luck, leaving)
        p[k].status = LEFT
        p[k].left_month = now.month
        facts[AT.exited] += 1
        return
    luck = draw(now.keys[Draw.DORMANCY], k)
    if p[k].status == ACTIVE:
        residual = income * (1.0 - p[k].service_premium)
        chance = partners_do.dormancy_chance(
            p[k].is_active_type,
            p[k].motivation,
            residual,
            a.motivation_base,
            a.dormancy,
            a.passive_dormancy,
            a.aspiration,
        )
        if luck < chance:
            tell_mood(now, WHAT.rested, k, luck, chance)
            p[k].status = DORMANT
            facts[AT.fell_dormant] += 1
    else:
        holding = holding_power(a, p[k], p[k].level_rate, now.rows.work[k].held_mrr, True)
        chance = partners_do.revival_chance(p[k].motivation, holding, a.motivation_base, a.revival)
        if luck < chance:
            tell_mood(now, WHAT.resumed, k, luck, chance)
            p[k].status = ACTIVE
            facts[AT.revived] += 1


@inner
def tell_mood(now: Now, what: int, k: int, luck: float, chance: float) -> None:
    """Write down that partner ``k`` leaves, rests or returns, and in what mood."""
    if tell(now, what, CAUSE.chance, NOONE, k, NOONE):
        partner, income = now.rows.partners[k], now.rows.work[k].income
        tenure = now.month - int(partner.joined_month)
        mood = partner.motivation, partner.trust, float(income), float(tenure)
        for fact in (luck, chance, *mood):
            add(now, fact)


@inner
def feel(now: Now) -> None:
    """Let members feel, talk, rest, return and leave; sum the month over them."""
    a, p, mood, facts = now.rows.assumptions, now.rows.partners, now.rows.mood, now.facts
    for k in range(p.size):
        if now.rows.work[k].is_member:
            feel_one(now, k)
    grievance = lost = held = 0
    for k in range(p.size):
        if not now.rows.work[k].is_member:
            continue
        work = now.rows.work[k]
        decide_to_stay(now, k)
        feeling = int(p[k].motivation * 1000000.0)
        facts[AT.members] += 1
        facts[AT.motivation] += feeling
        facts[AT.trust] += int(p[k].trust * 1000000.0)
        facts[AT.active_members] += p[k].status == ACTIVE
        facts[AT.earning_members] += work.income > 0
        sum_groups(p[k].is_active_type, work, feeling, facts)
        grievance += int(injustice(now, work) * 1000000.0)
        lost += p[k].lost_mrr
        held += work.held_mrr
    facts[AT.programme_cost] = now.desk.cost_of_member * facts[AT.members]
    members, exits = facts[AT.members], facts[AT.exited]
    mood[REPUTATION] = facts[AT.motivation] / members / 1000000 if members else a.motivation_base
    mood[CHAT] = grievance / members / 1000000 if members else 0.0
    mood[LEAVING] = exits / members if members else 0.0
    mood[LOSSES] = lost / (held + lost) if held + lost else 0.0


@inner
def sum_groups(is_active_type: bool, work: Any, feeling: int, facts: Row) -> None:
    """Add a member's motivation to the groups it belongs to."""
    if is_active_type:
        facts[AT.active_type] += 1
        facts[AT.active_type_motivation] += feeling
        facts[AT.active_type_commission] += work.income
    else:
        facts[AT.passive_type] += 1
        facts[AT.passive_type_motivation] += feeling
    if 2 * work.envied_mrr > work.serviced_mrr:
        facts[AT.servicing_unpaid] += 1
        facts[AT.servicing_unpaid_motivation] += feeling
    elif work.serviced_mrr > 0 and 2 * work.unpaid_mrr <= work.serviced_mrr:
        facts[AT.servicing_paid] += 1
        facts[AT.servicing_paid_motivation] += feeling
    if work.serviced_of_others > 0:
        facts[AT.servicing_others] += 1
        facts[AT.servicing_others_motivation] += feeling
