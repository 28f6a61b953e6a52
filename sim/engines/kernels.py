"""One month over columns: the walk of the compiled engine, calling the same rules and luck.

Each function is one stretch of the month between two questions to the policy. It does to columns
what the methods of `sim.engines.agents` of the same phases do to agents, in the same arithmetic.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from policies.contract import Account, Credit
from sim.engines.outcome import PAYOUT_QUEUE, Month
from sim.engines.rows import Market, Rows
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import prospectus, vendor
from sim.world.luck import Decision, draw, stream
from sim.world.units import NEVER

PROSPECT, CLIENT, LOST = range(3)
POTENTIAL, ACTIVE, DORMANT, LEFT = range(4)
REPUTATION, CHAT, LEAVING, LOSSES = range(4)
SELLERS, HELPERS, COURTIERS = range(3)
AT_RISK, CHURNED, PAID, CREDITED = range(4)
AT = Month(*range(len(Month._fields)))
"""place of each fact in a month's row"""
Row = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


class Desk(NamedTuple):
    """What the vendor's programme means to compiled months."""

    streams: npt.NDArray[np.float64]
    streams_after_year: npt.NDArray[np.float64]
    payout_days: float
    payout_threshold: float
    """kopecks"""
    payout_lag: int
    care: float
    registry: bool
    complexity: float


class Pull(NamedTuple):
    """The month's markets for sales and help, in whole millionths of effort."""

    sellers: int
    helpers: int
    courtiers: int
    direct: int
    outside: int
    courting_chance: float


# --- partners ------------------------------------------------------------------------------------


@rule
def is_member(status: int) -> bool:
    """Return whether a partner is in the programme."""
    return status in (ACTIVE, DORMANT)


@rule
def service_chance(a: Any, is_active_type: bool) -> float:
    """Return a partner's own chance of servicing a client."""
    return float(a.active_service if is_active_type else a.passive_service)


@rule
def worth_after(a: Any, p: Rows, k: int, days: float) -> float:
    """Return the worth now of a rouble that partner ``k`` gets after some days."""
    return partners_do.payout_perception(
        days, p[k].is_cash_constrained, a.partner_discount, a.present_bias, a.waiting_pain
    )


@rule
def read_contract(a: Any, p: Rows, k: int, desk: Desk) -> None:
    """Work out what the programme promises partner ``k``."""
    worth = p[k].trust * worth_after(a, p, k, desk.payout_days)
    retention = partners_do.retention_factor(
        p[k].fear_of_loss, a.partner_discount, a.expected_churn
    )
    serves = prospectus.stream_value(desk.streams, prospectus.SERVES, retention)
    drifts = prospectus.stream_value(desk.streams, prospectus.DRIFTS, retention)
    touches = prospectus.stream_value(desk.streams, prospectus.TOUCHES, retention)
    helps = prospectus.stream_value(desk.streams, prospectus.HELPS, retention)
    chosen = prospectus.stream_value(desk.streams, prospectus.CHOSEN, retention)
    own = service_chance(a, p[k].is_active_type)
    rival = partners_do.rival_stream(
        worth_after(a, p, k, 30.0), a.partner_discount, a.expected_churn, a.rival_rate
    )
    p[k].worth = worth
    p[k].retention = retention
    p[k].service_premium = partners_do.premium(serves, drifts)
    p[k].recognition_premium = partners_do.premium(chosen, helps)
    p[k].touching_pays = touches > drifts + 1e-9
    p[k].level_rate = serves * (1.0 - retention)
    p[k].value_of_win = partners_do.value_of_win(serves, drifts, own, worth)
    p[k].value_of_gain = own * worth * chosen
    p[k].steering = partners_do.steering(
        p[k].value_of_win, rival, 12.0 * a.service_income * own, a.rival_theta
    )
    later = partners_do.value_of_win(
        prospectus.stream_value(desk.streams_after_year, prospectus.SERVES, retention),
        prospectus.stream_value(desk.streams_after_year, prospectus.DRIFTS, retention),
        own,
        worth,
    )
    p[k].lasting_stake = partners_do.lasting_stake(
        later, partners_do.rival_tail(rival, a.partner_discount, a.expected_churn)
    )


@rule
def holding_power(a: Any, p: Rows, k: int, take: float, mrr: int, is_own: bool) -> float:
    """Return the pay that stopping service would forfeit, over the cost of serving."""
    return partners_do.holding_power(
        p[k].service_premium if is_own else 1.0,
        max(take, 0.0),
        mrr / 100,
        a.paid_hours,
        p[k].hour_cost,
    )


@rule
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
    sellers = helpers = courtiers = 0
    for k in range(p.size):
        if p[k].status == POTENTIAL:
            chance = partners_do.entry_chance(
                market.mood[REPUTATION], p[k].steering, desk.complexity, a.motivation_base, a.entry
            )
            if draw(entry, k) < chance:
                p[k].status = ACTIVE
                p[k].joined_month = month
                row[AT.entered] += 1
        if is_member(p[k].status):
            selling, helping, courting = plan(a, p, k, desk)
            sellers += selling
            helpers += helping
            courtiers += courting
        market.sums[SELLERS, k] = sellers
        market.sums[HELPERS, k] = helpers
        market.sums[COURTIERS, k] = courtiers
    courting_chance = 2.0 * a.poaching * courtiers / helpers if helpers else 0.0
    return Pull(sellers, helpers, courtiers, pulls[0], pulls[1], courting_chance)


@rule
def plan(a: Any, p: Rows, k: int, desk: Desk) -> tuple[int, int, int]:
    """Divide a member's hours; return its selling, helping and courting weights, millionths."""
    read_contract(a, p, k, desk)
    load = p[k].load / 1000000
    p[k].capacity = partners_do.service_capacity(p[k].hours, load)
    p[k].load = 0
    appetite = partners_do.gain_appetite(p[k].value_of_gain, p[k].value_of_win)
    free = partners_do.free_hours(p[k].hours, load)
    is_active = p[k].status == ACTIVE
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
    p[k].effort = partners_do.habitual(p[k].effort, effort, a.effort_habit)
    helping = p[k].skill * service_chance(a, p[k].is_active_type) if is_active else 0.0
    p[k].income = 0
    p[k].undeserved_income = 0
    p[k].held_mrr = 0
    p[k].lost_mrr = 0
    p[k].gained_mrr = 0
    p[k].serviced_mrr = 0
    p[k].unpaid_mrr = 0
    p[k].envied_mrr = 0
    p[k].serviced_of_others = 0
    p[k].disputes = 0
    return (
        int(p[k].effort * 1000000.0),
        int(helping * 1000000.0),
        int(helping * appetite * 1000000.0),
    )


@rule
def pick(sums: Row, total: int, luck: float) -> int:
    """Return the partner that a uniform draw falls on, given running sums of weights."""
    target = int(luck * total)
    low, high = 0, sums.size
    while low < high:
        middle = (low + high) // 2
        if sums[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


# --- acquire -------------------------------------------------------------------------------------


@rule
def keys_of(seed: int, month: int, keys: Keys) -> None:
    """Fill in the month's key of every decision."""
    for decision in range(keys.size):
        keys[decision] = stream(seed, month, decision)


@rule
def acquire(market: Market, desk: Desk, pull: Pull, keys: Keys, month: int, row: Row) -> None:
    """Let accounts that look for a product buy one."""
    a, c = market.assumptions, market.clients
    total = pull.sellers + pull.direct + pull.outside
    for i in range(c.size):
        if c[i].status == CLIENT or month < c[i].may_look_month:
            continue
        if draw(keys[Decision.IN_MARKET], i) >= a.in_market:
            continue
        place = draw(keys[Decision.CHANNEL], i) * total
        if place < pull.sellers:
            seller = pick(market.sums[SELLERS], pull.sellers, draw(keys[Decision.SELLER], i))
            become_client(market, desk, i, seller, keys, month, row)
            row[AT.won_by_partners] += 1
        elif place < pull.sellers + pull.direct:
            if pull.helpers and draw(keys[Decision.LEAD], i) < a.lead_share:
                seller = pick(market.sums[HELPERS], pull.helpers, draw(keys[Decision.SELLER], i))
                become_client(market, desk, i, seller, keys, month, row)
                row[AT.won_by_leads] += 1
            else:
                become_client(market, desk, i, -1, keys, month, row)
                row[AT.won_directly] += 1


@rule
def leave_partners(c: Rows, i: int) -> None:
    """Forget every partner of account ``i``."""
    c[i].originator = -1
    c[i].partner_of_record = -1
    c[i].servicing_partner = -1
    c[i].upseller = -1
    c[i].worker = -1
    c[i].take = 0.0
    c[i].record_credit = 0.0
    c[i].service_credit = 0.0
    c[i].switch_month = -1
    c[i].record_month = -1
    c[i].contested_month = -1
    c[i].originator_worked = -1
    c[i].record_worked = -1
    c[i].client_asked = False
    c[i].hours = 0.0


@rule
def become_client(
    market: Market, desk: Desk, i: int, seller: int, keys: Keys, month: int, row: Row
) -> None:
    """Start account ``i`` as a client, won by a partner or by nobody (-1)."""
    a, c, p = market.assumptions, market.clients, market.partners
    leave_partners(c, i)
    c[i].status = CLIENT
    c[i].won_month = month
    c[i].mrr = c[i].first_mrr
    c[i].satisfaction = 0.5
    c[i].fit = c[i].base_fit
    if seller < 0:
        return
    c[i].originator = seller
    c[i].fit = clients_do.fit_of_win(c[i].base_fit, p[seller].lasting_stake, a.screening)
    error = vendor.record_error_chance(desk.complexity, a.record_error)
    if draw(keys[Decision.RECORD_ERROR], i) < error:
        row[AT.record_errors] += 1
    else:
        c[i].partner_of_record = seller
        c[i].record_month = month
        c[i].record_worked = month
    c[i].originator_worked = month
    holding = holding_power(a, p, seller, p[seller].level_rate, c[i].mrr, True)
    starts = partners_do.start_chance(service_chance(a, p[seller].is_active_type), holding)
    if draw(keys[Decision.FIRST_SERVICE], i) < starts:
        c[i].servicing_partner = seller
        c[i].take = -1.0


# --- serve and reconsider ------------------------------------------------------------------------


@rule
def serve_and_reconsider(
    market: Market, desk: Desk, pull: Pull, i: int, keys: Keys, month: int, row: Row
) -> None:
    """Bring this month's hours to client ``i``, then let it lose, find or compare helpers."""
    a, c, p = market.assumptions, market.clients, market.partners
    helper = int(c[i].servicing_partner)
    record = int(c[i].partner_of_record)
    if helper >= 0 and not is_member(p[helper].status):
        change_helper(c, i, -1, month)
        helper = -1
    c[i].worker = helper
    c[i].client_asked = False
    hours = 0.0
    quality = 0.0
    if helper >= 0:
        stake = partners_do.stake_ratio(
            max(c[i].take, 0.0),
            c[i].mrr / 100,
            p[helper].retention,
            p[helper].worth,
            a.hour_effect,
            p[helper].hour_cost,
        )
        meant = partners_do.service_hours(
            c[i].need,
            stake,
            p[helper].motivation,
            a.paid_hours,
            a.stake_hours,
            a.goodwill_hours,
        )
        p[helper].load += int(meant * 1000000.0)
        hours = p[helper].capacity * meant
        quality = clients_do.service_quality(hours, c[i].need, p[helper].skill, a.service_reference)
        if helper == c[i].originator:
            c[i].originator_worked = month
    c[i].hours = hours
    if record >= 0:
        if record == helper:
            c[i].record_worked = month
        elif (
            p[record].status == ACTIVE
            and p[record].touching_pays
            and draw(keys[Decision.RITUAL], i) < a.ritual
        ):
            c[i].record_worked = month
            if record == c[i].originator:
                c[i].originator_worked = month
            row[AT.ritual_touches] += 1
    satisfaction = clients_do.satisfaction(
        c[i].satisfaction, quality, c[i].fit, a.satisfaction_memory
    )
    c[i].satisfaction = satisfaction
    if helper < 0:
        if draw(keys[Decision.HELPER], i) < a.find_helper:
            look_for_helper(market, pull, i, keys, month)
        return
    is_own = helper == c[i].originator or helper == record
    chance = partners_do.lapse_chance(
        p[helper].is_active_type,
        p[helper].status == DORMANT,
        p[helper].motivation,
        holding_power(a, p, helper, c[i].take, c[i].mrr, is_own),
        a.motivation_base,
        a.lapse,
        a.passive_lapse,
        a.dormant_lapse,
    )
    if draw(keys[Decision.LAPSE], i) < chance:
        change_helper(c, i, -1, month)
        return
    if pull.helpers and draw(keys[Decision.ATTENTION], i) < clients_do.attention_chance(
        satisfaction, a.attention, a.attention_unhappy
    ):
        luck = draw(keys[Decision.CHALLENGER], i)
        challenger = pick(market.sums[HELPERS], pull.helpers, luck)
        luck = draw(keys[Decision.SWITCH], i)
        if switch(market, desk, i, helper, challenger, a.inertia, luck, keys, month, row):
            return
    if draw(keys[Decision.COURTED], i) < pull.courting_chance:
        luck = draw(keys[Decision.COURTIER], i)
        courtier = pick(market.sums[COURTIERS], pull.courtiers, luck)
        loyalty = a.inertia + (a.matching if c[i].take > 0.0 else 0.0)
        luck = draw(keys[Decision.COURTED_SWITCH], i)
        if switch(market, desk, i, helper, courtier, loyalty, luck, keys, month, row):
            c[i].client_asked = True
            row[AT.courted_switches] += 1
            return
    if helper != record and p[helper].recognition_premium > 0.0:
        asks = clients_do.request_chance(satisfaction, a.asking, p[helper].recognition_premium)
        c[i].client_asked = draw(keys[Decision.REQUEST], i) < asks


@rule
def change_helper(c: Rows, i: int, helper: int, month: int) -> None:
    """Lose the former helper, to another or to nobody (-1)."""
    c[i].servicing_partner = helper
    c[i].take = 0.0 if helper < 0 else -1.0
    c[i].switch_month = month


@rule
def look_for_helper(market: Market, pull: Pull, i: int, keys: Keys, month: int) -> None:
    """Turn to the partner that sold, or to any helper."""
    a, c, p = market.assumptions, market.clients, market.partners
    seller = c[i].originator
    if (
        seller >= 0
        and p[seller].status == ACTIVE
        and draw(keys[Decision.KNOWN_PARTNER], i)
        < a.known_partner * service_chance(a, p[seller].is_active_type)
    ):
        c[i].servicing_partner = seller
        c[i].take = -1.0
    elif pull.helpers:
        luck = draw(keys[Decision.HELPER_CHOICE], i)
        c[i].servicing_partner = pick(market.sums[HELPERS], pull.helpers, luck)
        c[i].take = -1.0


@rule
def switch(
    market: Market,
    desk: Desk,
    i: int,
    helper: int,
    challenger: int,
    loyalty: float,
    luck: float,
    keys: Keys,
    month: int,
    row: Row,
) -> bool:
    """Choose between helper and challenger; return whether the client switches."""
    a, c, p = market.assumptions, market.clients, market.partners
    if challenger == helper:
        return False
    offered = clients_do.service_quality(
        a.paid_hours, 1.0, p[challenger].skill, a.service_reference
    )
    if luck >= clients_do.switch_chance(c[i].satisfaction, offered, loyalty, a.taste):
        return False
    change_helper(c, i, challenger, month)
    row[AT.helper_switches] += 1
    if c[i].service_credit > 0.0:
        dispossess(market, desk, i, helper, challenger, c[i].service_credit, 0, keys, month, row)
    return True


@rule
def dispossess(
    market: Market,
    desk: Desk,
    i: int,
    old: int,
    new: int,
    share: float,
    months_idle: int,
    keys: Keys,
    month: int,
    row: Row,
) -> None:
    """Move a share of the commission from one partner to another, who may quarrel over it."""
    a, c, p = market.assumptions, market.clients, market.partners
    moved = int(c[i].mrr * share)
    p[old].lost_mrr += moved
    p[new].gained_mrr += moved
    if months_idle < a.dispossessed_months:
        c[i].contested_month = month
    row[AT.contested_moves] += 1
    chance = vendor.dispute_chance(desk.registry, a.dispute)
    if draw(keys[Decision.DISPUTE], i) < chance:
        p[old].disputes += 1
        p[new].disputes += 1
        luck = draw(keys[Decision.DISPUTE_COST], i)
        cost = a.dispute_cost_low + (a.dispute_cost_high - a.dispute_cost_low) * luck
        row[AT.disputes] += 1
        row[AT.dispute_cost] += int(cost * 100)


# --- record, bill, settle ------------------------------------------------------------------------


@rule
def since(month: int, then: Any) -> int:
    """Return whole months since ``then``; ``then`` is negative for never."""
    return month - then if then >= 0 else NEVER


@rule
def as_seen_by_policy(c: Rows, i: int, month: int) -> Account:
    """Return what the policy may know of account ``i`` this month."""
    helper, record = c[i].servicing_partner, c[i].partner_of_record
    has_record = record >= 0
    return Account(
        month - c[i].won_month,
        helper >= 0 and helper == c[i].worker,
        c[i].client_asked,
        helper >= 0 and helper == c[i].originator,
        helper >= 0 and helper == record,
        has_record,
        since(month, int(c[i].originator_worked)),
        since(month, int(c[i].record_worked)) if has_record else NEVER,
        since(month, int(c[i].record_month)) if has_record else NEVER,
        since(month, int(c[i].switch_month)),
    )


@rule
def may_move(c: Rows, i: int) -> bool:
    """Return whether client ``i`` has a helper that is not its partner of record."""
    helper = int(c[i].servicing_partner)
    return helper >= 0 and helper != int(c[i].partner_of_record)


@rule
def update_record(
    market: Market, desk: Desk, i: int, moves: bool, keys: Keys, month: int, row: Row
) -> None:
    """Recognise the helper if the policy says so, or correct a missing record."""
    a, c, p = market.assumptions, market.clients, market.partners
    record = int(c[i].partner_of_record)
    if moves:
        helper = int(c[i].servicing_partner)
        idle = since(month, int(c[i].record_worked))
        c[i].partner_of_record = helper
        c[i].record_month = month
        c[i].record_worked = month
        row[AT.record_moves] += 1
        if record >= 0 and is_member(p[record].status):
            dispossess(market, desk, i, record, helper, c[i].record_credit, idle, keys, month, row)
        else:
            p[helper].gained_mrr += c[i].mrr
    elif record < 0 and c[i].originator >= 0 and draw(keys[Decision.CORRECTION], i) < a.correction:
        c[i].partner_of_record = c[i].originator
        c[i].record_month = month
        c[i].record_worked = month


@rule
def bill(
    market: Market,
    i: int,
    keys: Keys,
    month: int,
    row: Row,
    tenures: npt.NDArray[np.int64],
) -> int:
    """Let client ``i`` leave, or pay for the month and perhaps buy more; return its payment."""
    a, client, p = market.assumptions, market.clients[i], market.partners
    tenure = month - client.won_month
    helper = client.servicing_partner
    tenures[tenure, AT_RISK] += 1
    if tenure > 0:
        chance = clients_do.churn_hazard(
            client.satisfaction,
            client.fit,
            client.frailty,
            since(month, int(client.switch_month)),
            a.churn_floor,
            a.churn_span,
            a.churn_fit,
            a.switch_shock,
            a.switch_shock_months,
        )
        if helper >= 0 and client.take == 0.0:
            chance += partners_do.unpaid_move_chance(
                p[helper].motivation, a.motivation_base, a.unpaid_steering
            )
        if since(month, int(client.contested_month)) < a.dispossessed_months:
            chance += a.dispossessed_steering
        if draw(keys[Decision.CHURN], i) < chance:
            tenures[tenure, CHURNED] += 1
            row[AT.churned_clients] += 1
            row[AT.churned_mrr] += client.mrr
            client.status = LOST
            client.may_look_month = month + a.return_months
            leave_partners(market.clients, i)
            return 0
    payment = client.mrr
    row[AT.payments] += payment
    tenures[tenure, PAID] += payment
    if helper >= 0 and helper == client.worker:
        luck = draw(keys[Decision.UPSELL], i)
        if luck < clients_do.upsell_chance(1.0, a.upsell_rate, a.upsell_step):
            quality = clients_do.service_quality(
                client.hours, client.need, p[helper].skill, a.service_reference
            )
            if luck < clients_do.upsell_chance(quality, a.upsell_rate, a.upsell_step):
                client.mrr = vendor.grown(payment, a.upsell_step)
                client.upseller = helper
                row[AT.upsells] += 1
                row[AT.upsell_mrr] += client.mrr - payment
    return int(payment)


@rule
def share_payment(
    market: Market,
    desk: Desk,
    i: int,
    payment: int,
    credit: Credit,
    rate: float,
    month: int,
    row: Row,
    tenures: npt.NDArray[np.int64],
    ledger: npt.NDArray[np.int64],
    entries: int,
) -> int:
    """Divide client ``i``'s payment as the policy says; return the ledger's new length."""
    c, p, queues = market.clients, market.partners, market.queues
    helper, worker = int(c[i].servicing_partner), int(c[i].worker)
    holders = (
        int(c[i].originator),
        int(c[i].partner_of_record),
        helper,
        int(c[i].upseller),
    )
    take = 0.0
    credited = 0
    for role in range(4):
        holder = holders[role]
        if credit[role] <= 0.0 or holder < 0 or not is_member(p[holder].status):
            continue
        kopecks = vendor.commission(payment, credit[role] * rate)
        if kopecks == 0:
            continue
        credited += kopecks
        p[holder].income += kopecks
        p[holder].earned += kopecks
        queues[holder, desk.payout_lag] += kopecks
        p[holder].held_mrr += int(payment * credit[role])
        if holder != worker:
            p[holder].undeserved_income += kopecks
            row[AT.dead_money] += kopecks
        if holder == helper:
            take += credit[role] * rate
        if entries < ledger.shape[0]:
            ledger[entries, 0] = month
            ledger[entries, 1] = i
            ledger[entries, 2] = holder
            ledger[entries, 3] = role
            ledger[entries, 4] = kopecks
            entries += 1
    c[i].take = take
    c[i].record_credit = credit.partner_of_record
    c[i].service_credit = credit.servicing_partner if helper == worker else 0.0
    row[AT.commission] += credited
    tenures[month - c[i].won_month, CREDITED] += credited
    if helper >= 0:
        p[helper].serviced_mrr += payment
        if take == 0.0:
            p[helper].unpaid_mrr += payment
            if credited:
                p[helper].envied_mrr += payment
        if helper != c[i].originator:
            p[helper].serviced_of_others += 1
    return entries


# --- feel and observe ----------------------------------------------------------------------------


@rule
def pay_out(market: Market, desk: Desk, row: Row) -> None:
    """Pay out what is due, once it reaches the programme's threshold."""
    p, queues = market.partners, market.queues
    for k in range(p.size):
        p[k].ready += queues[k, 0]
        for wait in range(1, PAYOUT_QUEUE):
            queues[k, wait - 1] = queues[k, wait]
        queues[k, PAYOUT_QUEUE - 1] = 0
        if p[k].ready >= desk.payout_threshold or p[k].status == LEFT:
            row[AT.paid_out] += p[k].ready
            p[k].ready = 0
        row[AT.payables] += p[k].ready
        for wait in range(PAYOUT_QUEUE):
            row[AT.payables] += queues[k, wait]
    row[AT.vendor_kept] = row[AT.payments] - row[AT.commission]


@rule
def injustice(a: Any, p: Rows, k: int, desk: Desk) -> float:
    """Return partner ``k``'s grievance of servicing clients without pay."""
    return partners_do.felt_injustice(
        p[k].envied_mrr / 100,
        (p[k].unpaid_mrr - p[k].envied_mrr) / 100,
        p[k].serviced_mrr / 100,
        a.envy,
        a.unpaid_weight,
        partners_do.visibility(a.observability, desk.registry),
    )


@rule
def be_shocked(a: Any, p: Rows, k: int, lost: float, gained: float) -> None:
    """Let partner ``k``'s motivation jump with a loss or a gain."""
    jump = partners_do.shock(lost, gained, a.loss_aversion, a.shock_weight, a.gain_weight)
    p[k].motivation = partners_do.shocked(p[k].motivation, jump)


@rule
def feel_one(market: Market, desk: Desk, k: int) -> None:
    """Update partner ``k``'s motivation, trust and beliefs from what happened this month."""
    a, p, mood = market.assumptions, market.partners, market.mood
    income = p[k].income / 100
    undeserved = p[k].undeserved_income / p[k].income if p[k].income else 0.0
    gain = worth_after(a, p, k, desk.payout_days) / worth_after(a, p, k, 30.0) - 1.0
    target = partners_do.motivation_target(
        injustice(a, p, k, desk),
        undeserved,
        partners_do.income_swing(income, p[k].reference_income, a.income_weight),
        mood[CHAT],
        gain,
        desk.complexity,
        desk.care,
        a.motivation_base,
        a.guilt,
        a.chat_weight,
        a.speed_weight,
        a.clarity_weight,
        a.care_weight,
    )
    p[k].motivation = partners_do.believed(p[k].motivation, target, a.motivation_speed)
    held = p[k].held_mrr + p[k].lost_mrr
    lost = p[k].lost_mrr / held if held else mood[LOSSES]
    be_shocked(a, p, k, lost if held else 0.0, p[k].gained_mrr / held if held else 0.0)
    p[k].reference_income = partners_do.believed(p[k].reference_income, income, a.reference_speed)
    p[k].fear_of_loss = partners_do.believed(
        p[k].fear_of_loss, 0.5 * (lost + mood[LOSSES]), a.belief_speed
    )
    p[k].trust = partners_do.trust_after_month(
        p[k].trust, p[k].disputes, a.trust_speed, a.dispute_harm
    )


@rule
def decide_to_stay(market: Market, k: int, keys: Keys, month: int, row: Row) -> None:
    """Let partner ``k`` stay active, rest, return or leave."""
    a, p = market.assumptions, market.partners
    income = p[k].income / 100
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
            p[k].motivation, residual, a.motivation_base, a.dormancy, a.aspiration
        ):
            p[k].status = DORMANT
            row[AT.fell_dormant] += 1
    else:
        holding = holding_power(a, p, k, p[k].level_rate, p[k].held_mrr, True)
        if luck < partners_do.revival_chance(
            p[k].motivation, holding, a.motivation_base, a.revival
        ):
            p[k].status = ACTIVE
            row[AT.revived] += 1


@rule
def feel(market: Market, desk: Desk, keys: Keys, month: int, row: Row) -> None:
    """Let members feel, talk, rest, return and leave; sum the month over them."""
    a, p, mood = market.assumptions, market.partners, market.mood
    for k in range(p.size):
        if is_member(p[k].status):
            feel_one(market, desk, k)
    grievance = lost = held = 0
    for k in range(p.size):
        if not is_member(p[k].status):
            continue
        decide_to_stay(market, k, keys, month, row)
        feeling = int(p[k].motivation * 1000000.0)
        row[AT.members] += 1
        row[AT.motivation] += feeling
        row[AT.trust] += int(p[k].trust * 1000000.0)
        row[AT.active_members] += p[k].status == ACTIVE
        row[AT.earning_members] += p[k].income > 0
        sum_groups(p, k, feeling, row)
        grievance += int(injustice(a, p, k, desk) * 1000000.0)
        lost += p[k].lost_mrr
        held += p[k].held_mrr
    members, exits = row[AT.members], row[AT.exited]
    mood[REPUTATION] = row[AT.motivation] / members / 1000000 if members else a.motivation_base
    mood[CHAT] = grievance / members / 1000000 if members else 0.0
    mood[LEAVING] = exits / members if members else 0.0
    mood[LOSSES] = lost / (held + lost) if held + lost else 0.0


@rule
def sum_groups(p: Rows, k: int, feeling: int, row: Row) -> None:
    """Add member ``k``'s motivation to the groups it belongs to."""
    if p[k].is_active_type:
        row[AT.active_type] += 1
        row[AT.active_type_motivation] += feeling
    else:
        row[AT.passive_type] += 1
        row[AT.passive_type_motivation] += feeling
    if 2 * p[k].unpaid_mrr > p[k].serviced_mrr:
        row[AT.servicing_unpaid] += 1
        row[AT.servicing_unpaid_motivation] += feeling
    elif p[k].serviced_mrr > 0:
        row[AT.servicing_paid] += 1
        row[AT.servicing_paid_motivation] += feeling
    if p[k].serviced_of_others > 0:
        row[AT.servicing_others] += 1
        row[AT.servicing_others_motivation] += feeling


@rule
def observe(c: Rows, month: int, row: Row) -> None:
    """Write down the month's clients."""
    row[AT.month] = month
    for i in range(c.size):
        if c[i].status != CLIENT:
            continue
        helper = c[i].servicing_partner
        row[AT.clients] += 1
        row[AT.mrr] += c[i].mrr
        row[AT.satisfaction] += int(c[i].satisfaction * 1000000.0)
        row[AT.service_hours] += int(c[i].hours * 1000000.0)
        if helper >= 0:
            row[AT.serviced_clients] += 1
            row[AT.mismatched_clients] += helper != c[i].partner_of_record
