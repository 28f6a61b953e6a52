"""A month of the clients, compiled: what the methods of `sim.engines.agents.Client` do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from policies.contract import Account, Credit
from sim.engines.compiled.month import (
    AT,
    AT_RISK,
    CHURNED,
    COURTIERS,
    CREDITED,
    HELPERS,
    PAID,
    SELLERS,
    Desk,
    Keys,
    Pull,
    Row,
    holding_power,
    is_member,
    pick,
    service_chance,
)
from sim.engines.compiled.state import Market, Rows
from sim.engines.outcome import ACTIVE, CLIENT, DORMANT, LOST
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import vendor
from sim.world.luck import Decision, draw
from sim.world.units import NEVER

# --- acquire -------------------------------------------------------------------------------------


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
    elif (
        record < 0
        and c[i].originator >= 0
        and is_member(p[c[i].originator].status)
        and draw(keys[Decision.CORRECTION], i) < a.correction
    ):
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
    if helper != worker and take == 0.0:
        take = -1.0  # it has not worked yet, so it was not left unpaid
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
