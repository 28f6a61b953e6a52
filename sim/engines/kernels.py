"""One month over columns: the walk of the compiled engine, calling the same rules and luck.

Each function is one stretch of the month between two questions to the policy. It does to columns
what the methods of `sim.engines.agents` of the same phases do to agents, in the same arithmetic.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import rule
from policies.contract import Account, Credit
from sim.engines.columns import AccountColumns, Market, PartnerColumns
from sim.engines.outcome import PAYOUT_QUEUE, Month
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import prospectus, vendor
from sim.world.assumptions import Assumptions
from sim.world.luck import Decision, draw, stream
from sim.world.units import NEVER

PROSPECT, CLIENT, LOST = range(3)
POTENTIAL, ACTIVE, DORMANT, LEFT = range(4)
REPUTATION, CHAT, LEAVING, LOSSES = range(4)
AT_RISK, CHURNED, PAID, CREDITED = range(4)
AT = Month(*range(len(Month._fields)))
"""place of each fact in a month's row"""
Row = npt.NDArray[np.int64]


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
    return status == ACTIVE or status == DORMANT


@rule
def service_chance(a: Assumptions, is_active_type: bool) -> float:
    """Return a partner's own chance of servicing a client."""
    return a.active_service if is_active_type else a.passive_service


@rule
def worth_after(a: Assumptions, p: PartnerColumns, k: int, days: float) -> float:
    """Return the worth now of a rouble that partner ``k`` gets after some days."""
    return partners_do.payout_perception(
        days, p.is_cash_constrained[k], a.partner_discount, a.present_bias, a.waiting_pain
    )


@rule
def read_contract(a: Assumptions, p: PartnerColumns, k: int, desk: Desk) -> None:
    """Work out what the programme promises partner ``k``."""
    worth = p.trust[k] * worth_after(a, p, k, desk.payout_days)
    retention = partners_do.retention_factor(
        p.fear_of_loss[k], a.partner_discount, a.expected_churn
    )
    serves = prospectus.stream_value(desk.streams, prospectus.SERVES, retention)
    drifts = prospectus.stream_value(desk.streams, prospectus.DRIFTS, retention)
    touches = prospectus.stream_value(desk.streams, prospectus.TOUCHES, retention)
    helps = prospectus.stream_value(desk.streams, prospectus.HELPS, retention)
    chosen = prospectus.stream_value(desk.streams, prospectus.CHOSEN, retention)
    own = service_chance(a, p.is_active_type[k])
    rival = partners_do.rival_stream(
        worth_after(a, p, k, 30.0), a.partner_discount, a.expected_churn, a.rival_rate
    )
    p.worth[k] = worth
    p.retention[k] = retention
    p.service_premium[k] = partners_do.premium(serves, drifts)
    p.recognition_premium[k] = partners_do.premium(chosen, helps)
    p.touching_pays[k] = touches > drifts + 1e-9
    p.level_rate[k] = serves * (1.0 - retention)
    p.value_of_win[k] = partners_do.value_of_win(serves, drifts, own, worth)
    p.value_of_gain[k] = own * worth * chosen
    p.steering[k] = partners_do.steering(
        p.value_of_win[k], rival, 12.0 * a.service_income * own, a.rival_theta
    )
    later = partners_do.value_of_win(
        prospectus.stream_value(desk.streams_after_year, prospectus.SERVES, retention),
        prospectus.stream_value(desk.streams_after_year, prospectus.DRIFTS, retention),
        own,
        worth,
    )
    p.lasting_stake[k] = partners_do.lasting_stake(later, rival * 0.6)


@rule
def holding_power(
    a: Assumptions, p: PartnerColumns, k: int, take: float, mrr: int, is_own: bool
) -> float:
    """Return the pay that stopping service would forfeit, over the cost of serving."""
    return partners_do.holding_power(
        p.service_premium[k] if is_own else 1.0,
        max(take, 0.0),
        mrr / 100,
        a.paid_hours,
        p.hour_cost[k],
    )


@rule
def enter_and_plan(
    market: Market, desk: Desk, seed: int, month: int, pulls: tuple[int, int], row: Row
) -> Pull:
    """Let potential partners join and members divide their hours; return the month's markets.

    Parameters
    ----------
    pulls : the pull of direct sales and of buying elsewhere, millionths.
    row : the month's facts, written to.
    """
    a, p = market.assumptions, market.partners
    entry = stream(seed, month, Decision.ENTRY)
    sellers = helpers = courtiers = 0
    for k in range(p.status.size):
        if p.status[k] == POTENTIAL:
            chance = partners_do.entry_chance(
                market.mood[REPUTATION], p.steering[k], desk.complexity, a.motivation_base, a.entry
            )
            if draw(entry, k) < chance:
                p.status[k] = ACTIVE
                p.joined_month[k] = month
                row[AT.entered] += 1
        if is_member(p.status[k]):
            selling, helping, courting = plan(a, p, k, desk)
            sellers += selling
            helpers += helping
            courtiers += courting
        p.sellers[k] = sellers
        p.helpers[k] = helpers
        p.courtiers[k] = courtiers
    courting_chance = 2.0 * a.poaching * courtiers / helpers if helpers else 0.0
    return Pull(sellers, helpers, courtiers, pulls[0], pulls[1], courting_chance)


@rule
def plan(a: Assumptions, p: PartnerColumns, k: int, desk: Desk) -> tuple[int, int, int]:
    """Divide a member's hours; return its selling, helping and courting weights, millionths."""
    read_contract(a, p, k, desk)
    load = p.load[k] / 1000000
    p.capacity[k] = partners_do.service_capacity(p.hours[k], load)
    p.load[k] = 0
    appetite = partners_do.gain_appetite(p.value_of_gain[k], p.value_of_win[k])
    free = partners_do.free_hours(p.hours[k], load)
    is_active = p.status[k] == ACTIVE
    if not is_active:
        free = free * a.dormant_referral
        appetite = 0.0
    effort = partners_do.selling_effort(
        p.productivity[k],
        free,
        a.courting_hours * appetite,
        p.motivation[k],
        p.steering[k],
        a.partner_hours,
        a.effort_elasticity,
    )
    p.effort[k] = partners_do.habitual(p.effort[k], effort, a.effort_habit)
    helping = p.skill[k] * service_chance(a, p.is_active_type[k]) if is_active else 0.0
    p.income[k] = 0
    p.undeserved_income[k] = 0
    p.held_mrr[k] = 0
    p.lost_mrr[k] = 0
    p.gained_mrr[k] = 0
    p.serviced_mrr[k] = 0
    p.unpaid_mrr[k] = 0
    p.envied_mrr[k] = 0
    p.serviced_of_others[k] = 0
    p.disputes[k] = 0
    return (
        int(p.effort[k] * 1000000.0),
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


# --- acquire ---------------------------------------------------------------------------------------


@rule
def acquire(
    market: Market, desk: Desk, pull: Pull, seed: int, month: int, row: Row
) -> None:
    """Let accounts that look for a product buy one."""
    a, c = market.assumptions, market.accounts
    looking = stream(seed, month, Decision.IN_MARKET)
    channel = stream(seed, month, Decision.CHANNEL)
    choice = stream(seed, month, Decision.SELLER)
    lead = stream(seed, month, Decision.LEAD)
    total = pull.sellers + pull.direct + pull.outside
    for i in range(c.status.size):
        if c.status[i] == CLIENT or month < c.may_look_month[i]:
            continue
        if draw(looking, i) >= a.in_market:
            continue
        place = draw(channel, i) * total
        if place < pull.sellers:
            seller = pick(market.partners.sellers, pull.sellers, draw(choice, i))
            become_client(market, desk, i, seller, seed, month, row)
            row[AT.won_by_partners] += 1
        elif place < pull.sellers + pull.direct:
            if pull.helpers and draw(lead, i) < a.lead_share:
                seller = pick(market.partners.helpers, pull.helpers, draw(choice, i))
                become_client(market, desk, i, seller, seed, month, row)
                row[AT.won_by_leads] += 1
            else:
                become_client(market, desk, i, -1, seed, month, row)
                row[AT.won_directly] += 1


@rule
def leave_partners(c: AccountColumns, i: int) -> None:
    """Forget every partner of account ``i``."""
    c.originator[i] = -1
    c.partner_of_record[i] = -1
    c.servicing_partner[i] = -1
    c.upseller[i] = -1
    c.worker[i] = -1
    c.take[i] = 0.0
    c.record_credit[i] = 0.0
    c.service_credit[i] = 0.0
    c.switch_month[i] = -1
    c.record_month[i] = -1
    c.contested_month[i] = -1
    c.originator_worked[i] = -1
    c.record_worked[i] = -1
    c.client_asked[i] = False
    c.hours[i] = 0.0


@rule
def become_client(
    market: Market, desk: Desk, i: int, seller: int, seed: int, month: int, row: Row
) -> None:
    """Start account ``i`` as a client, won by a partner or by nobody (-1)."""
    a, c, p = market.assumptions, market.accounts, market.partners
    leave_partners(c, i)
    c.status[i] = CLIENT
    c.won_month[i] = month
    c.mrr[i] = c.first_mrr[i]
    c.satisfaction[i] = 0.5
    c.fit[i] = c.base_fit[i]
    if seller < 0:
        return
    c.originator[i] = seller
    c.fit[i] = clients_do.fit_of_win(c.base_fit[i], p.lasting_stake[seller], a.screening)
    error = vendor.record_error_chance(desk.complexity, a.record_error)
    if draw(stream(seed, month, Decision.RECORD_ERROR), i) < error:
        row[AT.record_errors] += 1
    else:
        c.partner_of_record[i] = seller
        c.record_month[i] = month
        c.record_worked[i] = month
    c.originator_worked[i] = month
    holding = holding_power(a, p, seller, p.level_rate[seller], c.mrr[i], True)
    starts = partners_do.start_chance(service_chance(a, p.is_active_type[seller]), holding)
    if draw(stream(seed, month, Decision.FIRST_SERVICE), i) < starts:
        c.servicing_partner[i] = seller
        c.take[i] = -1.0


# --- serve and reconsider ----------------------------------------------------------------------------


@rule
def serve_and_reconsider(
    market: Market, desk: Desk, pull: Pull, seed: int, month: int, row: Row
) -> None:
    """Bring this month's hours to every client, then let it lose, find or compare helpers."""
    a, c, p = market.assumptions, market.accounts, market.partners
    ritual = stream(seed, month, Decision.RITUAL)
    lapse = stream(seed, month, Decision.LAPSE)
    finding = stream(seed, month, Decision.HELPER)
    attending = stream(seed, month, Decision.ATTENTION)
    courted = stream(seed, month, Decision.COURTED)
    request = stream(seed, month, Decision.REQUEST)
    for i in range(c.status.size):
        if c.status[i] != CLIENT:
            continue
        helper = np.int64(c.servicing_partner[i])
        record = np.int64(c.partner_of_record[i])
        if helper >= 0 and not is_member(p.status[helper]):
            change_helper(c, i, -1, month)
            helper = -1
        c.worker[i] = helper
        c.client_asked[i] = False
        hours = 0.0
        quality = 0.0
        if helper >= 0:
            stake = partners_do.stake_ratio(
                max(c.take[i], 0.0), c.mrr[i] / 100, p.retention[helper], p.worth[helper],
                a.hour_effect, p.hour_cost[helper],
            )
            hours = partners_do.service_hours(
                c.need[i], p.capacity[helper], stake, p.motivation[helper], a.paid_hours,
                a.stake_hours, a.goodwill_hours,
            )
            quality = clients_do.service_quality(hours, p.skill[helper], a.service_reference)
            p.load[helper] += int(hours * 1000000.0)
            if helper == c.originator[i]:
                c.originator_worked[i] = month
        c.hours[i] = hours
        if record >= 0:
            if record == helper:
                c.record_worked[i] = month
            elif (
                p.status[record] == ACTIVE
                and p.touching_pays[record]
                and draw(ritual, i) < a.ritual
            ):
                c.record_worked[i] = month
                if record == c.originator[i]:
                    c.originator_worked[i] = month
                row[AT.ritual_touches] += 1
        satisfaction = clients_do.satisfaction(
            c.satisfaction[i], quality, c.fit[i], a.satisfaction_memory
        )
        c.satisfaction[i] = satisfaction
        if helper < 0:
            if draw(finding, i) < a.find_helper:
                look_for_helper(market, pull, i, seed, month)
            continue
        is_own = helper == c.originator[i] or helper == record
        chance = partners_do.lapse_chance(
            p.is_active_type[helper],
            p.status[helper] == DORMANT,
            p.motivation[helper],
            holding_power(a, p, helper, c.take[i], c.mrr[i], is_own),
            a.motivation_base,
            a.lapse,
            a.passive_lapse,
            a.dormant_lapse,
        )
        if draw(lapse, i) < chance:
            change_helper(c, i, -1, month)
            continue
        if pull.helpers and draw(attending, i) < clients_do.attention_chance(
            satisfaction, a.attention, a.attention_unhappy
        ):
            luck = draw(stream(seed, month, Decision.CHALLENGER), i)
            challenger = pick(p.helpers, pull.helpers, luck)
            luck = draw(stream(seed, month, Decision.SWITCH), i)
            if switch(market, desk, i, helper, challenger, a.inertia, luck, seed, month, row):
                continue
        if draw(courted, i) < pull.courting_chance:
            luck = draw(stream(seed, month, Decision.COURTIER), i)
            courtier = pick(p.courtiers, pull.courtiers, luck)
            loyalty = a.inertia + (a.matching if c.take[i] > 0.0 else 0.0)
            luck = draw(stream(seed, month, Decision.COURTED_SWITCH), i)
            if switch(market, desk, i, helper, courtier, loyalty, luck, seed, month, row):
                c.client_asked[i] = True
                row[AT.courted_switches] += 1
                continue
        if helper != record and p.recognition_premium[helper] > 0.0:
            asks = clients_do.request_chance(
                satisfaction, a.asking, p.recognition_premium[helper]
            )
            c.client_asked[i] = draw(request, i) < asks


@rule
def change_helper(c: AccountColumns, i: int, helper: int, month: int) -> None:
    """Be without the former helper from now on."""
    c.servicing_partner[i] = helper
    c.take[i] = 0.0 if helper < 0 else -1.0
    c.switch_month[i] = month


@rule
def look_for_helper(market: Market, pull: Pull, i: int, seed: int, month: int) -> None:
    """Turn to the partner that sold, or to any helper."""
    a, c, p = market.assumptions, market.accounts, market.partners
    seller = c.originator[i]
    if (
        seller >= 0
        and p.status[seller] == ACTIVE
        and draw(stream(seed, month, Decision.KNOWN_PARTNER), i)
        < a.known_partner * service_chance(a, p.is_active_type[seller])
    ):
        c.servicing_partner[i] = seller
        c.take[i] = -1.0
    elif pull.helpers:
        luck = draw(stream(seed, month, Decision.HELPER_CHOICE), i)
        c.servicing_partner[i] = pick(p.helpers, pull.helpers, luck)
        c.take[i] = -1.0


@rule
def switch(
    market: Market, desk: Desk, i: int, helper: int, challenger: int, loyalty: float, luck: float,
    seed: int, month: int, row: Row,
) -> bool:
    """Choose between helper and challenger; return whether the client switches."""
    a, c, p = market.assumptions, market.accounts, market.partners
    if challenger == helper:
        return False
    offered = clients_do.service_quality(a.paid_hours, p.skill[challenger], a.service_reference)
    if luck >= clients_do.switch_chance(c.satisfaction[i], offered, loyalty, a.taste):
        return False
    change_helper(c, i, challenger, month)
    row[AT.helper_switches] += 1
    if c.service_credit[i] > 0.0:
        dispossess(market, desk, i, helper, challenger, c.service_credit[i], seed, month, row)
    return True


@rule
def dispossess(
    market: Market, desk: Desk, i: int, old: int, new: int, share: float, seed: int, month: int,
    row: Row,
) -> None:
    """Move a share of the commission from one partner to another, who may quarrel over it."""
    a, c, p = market.assumptions, market.accounts, market.partners
    moved = int(c.mrr[i] * share)
    p.lost_mrr[old] += moved
    p.gained_mrr[new] += moved
    c.contested_month[i] = month
    row[AT.contested_moves] += 1
    chance = vendor.dispute_chance(desk.registry, a.dispute)
    if draw(stream(seed, month, Decision.DISPUTE), i) < chance:
        p.disputes[old] += 1
        p.disputes[new] += 1
        luck = draw(stream(seed, month, Decision.DISPUTE_COST), i)
        cost = a.dispute_cost_low + (a.dispute_cost_high - a.dispute_cost_low) * luck
        row[AT.disputes] += 1
        row[AT.dispute_cost] += int(cost * 100)


# --- record, bill, settle ----------------------------------------------------------------------------


@rule
def since(month: int, then: int) -> int:
    """Return whole months since ``then``; ``then`` is negative for never."""
    return month - then if then >= 0 else NEVER


@rule
def as_seen_by_policy(c: AccountColumns, i: int, month: int) -> Account:
    """Return what the policy may know of account ``i`` this month."""
    helper, record = c.servicing_partner[i], c.partner_of_record[i]
    has_record = record >= 0
    return Account(
        month - c.won_month[i],
        helper >= 0 and helper == c.worker[i],
        c.client_asked[i],
        helper >= 0 and helper == c.originator[i],
        helper >= 0 and helper == record,
        has_record,
        since(month, np.int64(c.originator_worked[i])),
        since(month, np.int64(c.record_worked[i])) if has_record else NEVER,
        since(month, np.int64(c.record_month[i])) if has_record else NEVER,
        since(month, np.int64(c.switch_month[i])),
    )


@rule
def update_record(
    market: Market, desk: Desk, i: int, moves: bool, seed: int, month: int, row: Row
) -> None:
    """Recognise the helper if the policy says so, or correct a missing record."""
    a, c, p = market.assumptions, market.accounts, market.partners
    record = np.int64(c.partner_of_record[i])
    if moves:
        helper = np.int64(c.servicing_partner[i])
        c.partner_of_record[i] = helper
        c.record_month[i] = month
        c.record_worked[i] = month
        row[AT.record_moves] += 1
        if record >= 0 and is_member(p.status[record]):
            dispossess(market, desk, i, record, helper, c.record_credit[i], seed, month, row)
        else:
            p.gained_mrr[helper] += c.mrr[i]
    elif record < 0 and c.originator[i] >= 0:
        if draw(stream(seed, month, Decision.CORRECTION), i) < a.correction:
            c.partner_of_record[i] = c.originator[i]
            c.record_month[i] = month
            c.record_worked[i] = month


@rule
def bill(
    market: Market, seed: int, month: int, row: Row, tenures: npt.NDArray[np.int64]
) -> None:
    """Let every client leave, or pay for the month and perhaps buy more."""
    a, c, p = market.assumptions, market.accounts, market.partners
    churn = stream(seed, month, Decision.CHURN)
    upsell = stream(seed, month, Decision.UPSELL)
    most = clients_do.upsell_chance(1.0, a.upsell_rate, a.upsell_step)
    for i in range(c.status.size):
        if c.status[i] != CLIENT:
            continue
        tenure = month - c.won_month[i]
        helper = c.servicing_partner[i]
        tenures[tenure, AT_RISK] += 1
        if tenure > 0:
            chance = clients_do.churn_hazard(
                c.satisfaction[i], c.fit[i], c.frailty[i], since(month, np.int64(c.switch_month[i])),
                a.churn_floor, a.churn_span, a.churn_fit, a.switch_shock, a.switch_shock_months,
            )
            if helper >= 0 and c.take[i] == 0.0:
                chance += partners_do.unpaid_move_chance(
                    p.motivation[helper], a.motivation_base, a.unpaid_steering
                )
            if since(month, np.int64(c.contested_month[i])) < a.dispossessed_months:
                chance += a.dispossessed_steering
            if draw(churn, i) < chance:
                tenures[tenure, CHURNED] += 1
                row[AT.churned_clients] += 1
                row[AT.churned_mrr] += c.mrr[i]
                c.status[i] = LOST
                c.may_look_month[i] = month + a.return_months
                leave_partners(c, i)
                continue
        payment = c.mrr[i]
        row[AT.payments] += payment
        tenures[tenure, PAID] += payment
        c.payment[i] = payment
        if helper >= 0:
            luck = draw(upsell, i)
            if luck < most:
                worker = c.worker[i]
                quality = 0.0
                if worker >= 0:
                    quality = clients_do.service_quality(
                        c.hours[i], p.skill[worker], a.service_reference
                    )
                if luck < clients_do.upsell_chance(quality, a.upsell_rate, a.upsell_step):
                    c.mrr[i] = vendor.grown(payment, a.upsell_step)
                    c.upseller[i] = helper
                    row[AT.upsells] += 1
                    row[AT.upsell_mrr] += c.mrr[i] - payment


@rule
def share_payment(
    market: Market, desk: Desk, i: int, credit: Credit, rate: float, month: int, row: Row,
    tenures: npt.NDArray[np.int64], ledger: npt.NDArray[np.int64], entries: int,
) -> int:
    """Divide account ``i``'s payment as the policy says; return the ledger's new length."""
    c, p = market.accounts, market.partners
    helper, worker = np.int64(c.servicing_partner[i]), np.int64(c.worker[i])
    holders = (
        np.int64(c.originator[i]), np.int64(c.partner_of_record[i]), helper,
        np.int64(c.upseller[i]),
    )
    payment = c.payment[i]
    take = 0.0
    credited = 0
    for role in range(4):
        holder = holders[role]
        if credit[role] <= 0.0 or holder < 0 or not is_member(p.status[holder]):
            continue
        kopecks = vendor.commission(payment, credit[role] * rate)
        if kopecks == 0:
            continue
        credited += kopecks
        p.income[holder] += kopecks
        p.earned[holder] += kopecks
        p.queue[holder, desk.payout_lag] += kopecks
        p.held_mrr[holder] += int(payment * credit[role])
        if holder != worker:
            p.undeserved_income[holder] += kopecks
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
    c.take[i] = take
    c.record_credit[i] = credit.partner_of_record
    c.service_credit[i] = credit.servicing_partner if helper == worker else 0.0
    row[AT.commission] += credited
    tenures[month - c.won_month[i], CREDITED] += credited
    if helper >= 0:
        p.serviced_mrr[helper] += payment
        if take == 0.0:
            p.unpaid_mrr[helper] += payment
            if credited:
                p.envied_mrr[helper] += payment
        if helper != c.originator[i]:
            p.serviced_of_others[helper] += 1
    return entries


# --- feel and observe --------------------------------------------------------------------------------


@rule
def pay_out(p: PartnerColumns, desk: Desk, row: Row) -> None:
    """Pay out what is due, once it reaches the programme's threshold."""
    for k in range(p.status.size):
        p.ready[k] += p.queue[k, 0]
        for wait in range(1, PAYOUT_QUEUE):
            p.queue[k, wait - 1] = p.queue[k, wait]
        p.queue[k, PAYOUT_QUEUE - 1] = 0
        if p.ready[k] >= desk.payout_threshold:
            row[AT.paid_out] += p.ready[k]
            p.ready[k] = 0
        row[AT.payables] += p.ready[k]
        for wait in range(PAYOUT_QUEUE):
            row[AT.payables] += p.queue[k, wait]
    row[AT.vendor_kept] = row[AT.payments] - row[AT.commission]


@rule
def injustice(a: Assumptions, p: PartnerColumns, k: int, desk: Desk) -> float:
    """Return partner ``k``'s grievance of servicing clients without pay."""
    return partners_do.felt_injustice(
        p.envied_mrr[k] / 100,
        (p.unpaid_mrr[k] - p.envied_mrr[k]) / 100,
        p.serviced_mrr[k] / 100,
        a.envy,
        a.unpaid_weight,
        partners_do.visibility(a.observability, desk.registry),
    )


@rule
def be_shocked(a: Assumptions, p: PartnerColumns, k: int, lost: float, gained: float) -> None:
    """Let partner ``k``'s motivation jump with a loss or a gain."""
    jump = partners_do.shock(lost, gained, a.loss_aversion, a.shock_weight, a.gain_weight)
    p.motivation[k] = partners_do.shocked(p.motivation[k], jump)


@rule
def feel_one(market: Market, desk: Desk, k: int) -> None:
    """Update partner ``k``'s motivation, trust and beliefs from what happened this month."""
    a, p, mood = market.assumptions, market.partners, market.mood
    income = p.income[k] / 100
    undeserved = p.undeserved_income[k] / p.income[k] if p.income[k] else 0.0
    gain = worth_after(a, p, k, desk.payout_days) / worth_after(a, p, k, 30.0) - 1.0
    target = partners_do.motivation_target(
        injustice(a, p, k, desk),
        undeserved,
        partners_do.income_swing(income, p.reference_income[k], a.income_weight),
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
    p.motivation[k] = partners_do.believed(p.motivation[k], target, a.motivation_speed)
    held = p.held_mrr[k] + p.lost_mrr[k]
    lost = p.lost_mrr[k] / held if held else mood[LOSSES]
    be_shocked(a, p, k, lost if held else 0.0, p.gained_mrr[k] / held if held else 0.0)
    p.reference_income[k] = partners_do.believed(p.reference_income[k], income, a.reference_speed)
    p.fear_of_loss[k] = partners_do.believed(
        p.fear_of_loss[k], 0.5 * (lost + mood[LOSSES]), a.belief_speed
    )
    p.trust[k] = partners_do.trust_after_month(
        p.trust[k], p.disputes[k], a.trust_speed, a.dispute_harm
    )


@rule
def decide_to_stay(market: Market, k: int, seed: int, month: int, row: Row) -> None:
    """Let partner ``k`` stay active, rest, return or leave."""
    a, p = market.assumptions, market.partners
    income = p.income[k] / 100
    leaving = partners_do.exit_chance(
        p.motivation[k],
        p.trust[k],
        month - np.int64(p.joined_month[k]),
        income,
        market.mood[LEAVING],
        a.motivation_base,
        a.exit,
        a.early_exit,
        a.peer_exit,
        a.aspiration,
    )
    if draw(stream(seed, month, Decision.EXIT), k) < leaving:
        p.status[k] = LEFT
        p.left_month[k] = month
        row[AT.exited] += 1
        return
    luck = draw(stream(seed, month, Decision.DORMANCY), k)
    if p.status[k] == ACTIVE:
        residual = income * (1.0 - p.service_premium[k])
        if luck < partners_do.dormancy_chance(
            p.motivation[k], residual, a.motivation_base, a.dormancy, a.aspiration
        ):
            p.status[k] = DORMANT
            row[AT.fell_dormant] += 1
    else:
        holding = holding_power(a, p, k, p.level_rate[k], p.held_mrr[k], True)
        if luck < partners_do.revival_chance(
            p.motivation[k], holding, a.motivation_base, a.revival
        ):
            p.status[k] = ACTIVE
            row[AT.revived] += 1


@rule
def feel(market: Market, desk: Desk, seed: int, month: int, row: Row) -> None:
    """Let members feel, talk, rest, return and leave; sum the month over them."""
    a, p, mood = market.assumptions, market.partners, market.mood
    for k in range(p.status.size):
        if is_member(p.status[k]):
            feel_one(market, desk, k)
    grievance = lost = held = 0
    for k in range(p.status.size):
        if not is_member(p.status[k]):
            continue
        decide_to_stay(market, k, seed, month, row)
        feeling = int(p.motivation[k] * 1000000.0)
        row[AT.members] += 1
        row[AT.motivation] += feeling
        row[AT.trust] += int(p.trust[k] * 1000000.0)
        row[AT.active_members] += p.status[k] == ACTIVE
        row[AT.earning_members] += p.income[k] > 0
        sum_groups(p, k, feeling, row)
        grievance += int(injustice(a, p, k, desk) * 1000000.0)
        lost += p.lost_mrr[k]
        held += p.held_mrr[k]
    members, exits = row[AT.members], row[AT.exited]
    mood[REPUTATION] = (
        row[AT.motivation] / members / 1000000 if members else a.motivation_base
    )
    mood[CHAT] = grievance / members / 1000000 if members else 0.0
    mood[LEAVING] = exits / (members + exits) if members + exits else 0.0
    mood[LOSSES] = lost / (held + lost) if held + lost else 0.0


@rule
def sum_groups(p: PartnerColumns, k: int, feeling: int, row: Row) -> None:
    """Add member ``k``'s motivation to the groups it belongs to."""
    if p.is_active_type[k]:
        row[AT.active_type] += 1
        row[AT.active_type_motivation] += feeling
    else:
        row[AT.passive_type] += 1
        row[AT.passive_type_motivation] += feeling
    if 2 * p.unpaid_mrr[k] > p.serviced_mrr[k]:
        row[AT.servicing_unpaid] += 1
        row[AT.servicing_unpaid_motivation] += feeling
    elif p.serviced_mrr[k] > 0:
        row[AT.servicing_paid] += 1
        row[AT.servicing_paid_motivation] += feeling
    if p.serviced_of_others[k] > 0:
        row[AT.servicing_others] += 1
        row[AT.servicing_others_motivation] += feeling


@rule
def observe(c: AccountColumns, month: int, row: Row) -> None:
    """Write down the month's clients."""
    row[AT.month] = month
    for i in range(c.status.size):
        if c.status[i] != CLIENT:
            continue
        helper = c.servicing_partner[i]
        row[AT.clients] += 1
        row[AT.mrr] += c.mrr[i]
        row[AT.satisfaction] += int(c.satisfaction[i] * 1000000.0)
        row[AT.service_hours] += int(c.hours[i] * 1000000.0)
        if helper >= 0:
            row[AT.serviced_clients] += 1
            row[AT.mismatched_clients] += helper != c.partner_of_record[i]
