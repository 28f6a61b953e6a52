"""A month of the clients, compiled: what the methods of `sim.engines.agents.Client` do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from policies.compiler import inner
from policies.contract import Account, Credit
from sim.engines.compiled.month import (
    ACTIVES,
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
    enter,
    holding_power,
    is_member,
    pick,
    service_chance,
)
from sim.engines.compiled.state import IS_CLIENT, Market
from sim.engines.outcome import ACTIVE
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import vendor
from sim.world import population
from sim.world.luck import Decision, draw
from sim.world.units import NEVER

# --- acquire -------------------------------------------------------------------------------------


@inner
def acquire(market: Market, desk: Desk, pull: Pull, keys: Keys, month: int, row: Row) -> int:
    """Let accounts that look for a product buy one; list this month's clients, return how many."""
    chance, looks_from = market.assumptions.in_market, market.may_look_month
    in_market = keys[Decision.IN_MARKET]
    number = 0
    for i in range(looks_from.size):
        # a draw for everybody is cheaper than a branch that nobody can foresee
        if (draw(in_market, i) < chance) & (month >= looks_from[i]):
            buy(market, desk, pull, i, keys, month, row)
        market.customers[number] = i
        number += looks_from[i] == IS_CLIENT
    return number


@inner
def buy(market: Market, desk: Desk, pull: Pull, i: int, keys: Keys, month: int, row: Row) -> None:
    """Buy through a partner, directly, or not at all."""
    total = pull.sellers + pull.direct + pull.outside
    place = draw(keys[Decision.CHANNEL], i) * total
    if place < pull.sellers:
        seller = pick(market.sums[SELLERS], pull.sellers, draw(keys[Decision.SELLER], i))
        row[AT.won_by_partners] += 1
        become_client(market, desk, i, seller, keys, month, row)
    elif place < pull.sellers + pull.direct:
        buy_directly(market, desk, pull, i, keys, month, row)


@inner
def buy_directly(
    market: Market, desk: Desk, pull: Pull, i: int, keys: Keys, month: int, row: Row
) -> None:
    """Come to the vendor, who keeps the client, returns it to its seller or hands it over."""
    conduct = desk.conduct
    former = int(market.clients[i].originator)
    is_lead = conduct.non_compete or draw(keys[Decision.LEAD], i) < conduct.lead_share
    leads = pull.helpers if conduct.leads_by_merit else pull.actives
    if conduct.returns_pinned and former >= 0 and market.helpers[former].is_member:
        become_client(market, desk, i, former, keys, month, row)
        row[AT.returned] += 1
    elif is_lead and leads > 0:
        sums = market.sums[HELPERS if conduct.leads_by_merit else ACTIVES]
        seller = pick(sums, leads, draw(keys[Decision.SELLER], i))
        become_client(market, desk, i, seller, keys, month, row)
        row[AT.won_by_leads] += 1
    elif not conduct.non_compete:
        become_client(market, desk, i, -1, keys, month, row)
        row[AT.won_directly] += 1


@inner
def become_client(
    market: Market, desk: Desk, i: int, seller: int, keys: Keys, month: int, row: Row
) -> None:
    """Start account ``i`` as a client, won by a partner or by nobody (-1)."""
    a, client = market.assumptions, market.clients[i]
    leave_partners(client)
    client.originator = -1
    market.may_look_month[i] = IS_CLIENT
    client.won_month = month
    client.mrr = first_mrr(a, i, keys)
    client.satisfaction = 0.5
    client.fit = draw(keys[Decision.ACCOUNT_FIT], i)
    if seller >= 0:
        be_won(market, desk, client, i, seller, keys, month, row)
    frailty = population.frailty(draw(keys[Decision.ACCOUNT_FRAILTY], i), a.frailty_spread)
    client.proneness = clients_do.churn_proneness(frailty, client.fit, a.churn_fit)


@inner
def first_mrr(a: Any, i: int, keys: Keys) -> int:
    """Return account ``i``'s price when it becomes a client, kopecks a month."""
    return population.first_mrr(draw(keys[Decision.ACCOUNT_MRR], i), a.arpa, a.mrr_spread)


@inner
def leave_partners(client: Any) -> None:
    """Forget every partner of an account but its originator, to whom it may be returned."""
    client.partner_of_record = -1
    client.servicing_partner = -1
    client.upseller = -1
    client.take = 0.0
    client.record_credit = 0.0
    client.service_credit = 0.0
    client.switch_month = -1
    client.helper_month = -1
    client.asked_month = -1
    client.record_month = -1
    client.contested_month = -1
    client.originator_worked = -1
    client.paid_to_originator = 0
    client.record_worked = -1


@inner
def be_won(
    market: Market, desk: Desk, client: Any, i: int, seller: int, keys: Keys, month: int, row: Row
) -> None:
    """Have a partner as originator, and usually as partner of record and as helper."""
    a, partner = market.assumptions, market.partners[seller]
    client.originator = seller
    market.helpers[seller].last_win_month = month
    client.fit = clients_do.fit_of_win(client.fit, partner.lasting_stake, a.screening)
    error = vendor.record_error_chance(desk.complexity, a.record_error)
    if draw(keys[Decision.RECORD_ERROR], i) < error:
        row[AT.record_errors] += 1
    else:
        client.partner_of_record = seller
        client.record_month = month
        client.record_worked = month
    client.originator_worked = month
    holding = holding_power(a, partner, partner.level_rate, client.mrr, True)
    starts = partners_do.start_chance(service_chance(a, partner.is_active_type), holding)
    if draw(keys[Decision.FIRST_SERVICE], i) < starts:
        begin_service(client, seller, month)


@inner
def begin_service(client: Any, helper: int, month: int) -> None:
    """Have a helper, who has not worked yet."""
    client.servicing_partner = helper
    client.helper_month = month
    client.take = -1.0


# --- serve ---------------------------------------------------------------------------------------


@inner
def serve(
    market: Market, client: Any, i: int, keys: Keys, month: int, row: Row
) -> tuple[int, float, float]:
    """Bring this month's hours to a client; return who worked, the hours and their quality."""
    a = market.assumptions
    worker, record = int(client.servicing_partner), int(client.partner_of_record)
    if worker >= 0 and not market.helpers[worker].is_member:
        change_helper(client, -1, month)
        worker = -1
    hours = 0.0
    quality = 0.0
    if worker >= 0:
        helper = market.helpers[worker]
        stake = max(client.take, 0.0) * (client.mrr / 100) * helper.stake_of_rouble
        meant = partners_do.service_hours(client.need, helper.unasked_hours, helper.zeal, stake)
        market.helpers[worker].load += int(meant * 1000000.0)
        hours = helper.capacity * meant
        quality = clients_do.service_quality(hours, client.need, helper.skill, a.service_reference)
        if worker == client.originator:
            client.originator_worked = month
    if record >= 0:
        if record == worker:
            client.record_worked = month
        elif market.helpers[record].touches_ritually and draw(keys[Decision.RITUAL], i) < a.ritual:
            client.record_worked = month
            if record == client.originator:
                client.originator_worked = month
            row[AT.ritual_touches] += 1
    client.satisfaction = clients_do.satisfaction(
        client.satisfaction, quality, client.fit, a.satisfaction_memory
    )
    return worker, hours, quality


# --- reconsider ----------------------------------------------------------------------------------


@inner
def reconsider(
    market: Market, desk: Desk, pull: Pull, client: Any, i: int, keys: Keys, month: int, row: Row
) -> bool:
    """Lose, find or compare helpers; return whether the client asks to recognise its helper."""
    helper = int(client.servicing_partner)
    if helper < 0:
        if draw(keys[Decision.HELPER], i) < market.assumptions.find_helper:
            look_for_helper(market, pull, client, i, keys, month)
        return False
    if lapses(market, client, i, helper, keys):
        change_helper(client, -1, month)
        return False
    if compare_helpers(market, desk, pull, client, i, helper, keys, month, row):
        return False
    asks = be_courted(market, desk, pull, client, i, helper, keys, month, row)
    asks = asks or requests(market, client, i, helper, keys)
    if asks and client.asked_month < 0:
        client.asked_month = month
    return asks


@inner
def change_helper(client: Any, helper: int, month: int) -> None:
    """Lose the former helper, to another or to nobody (-1)."""
    client.servicing_partner = -1
    client.take = 0.0
    client.helper_month = -1
    client.switch_month = month
    client.asked_month = -1
    if helper >= 0:
        begin_service(client, helper, month)


@inner
def look_for_helper(
    market: Market, pull: Pull, client: Any, i: int, keys: Keys, month: int
) -> None:
    """Turn to the partner that sold, or to any helper."""
    a, p = market.assumptions, market.partners
    seller = client.originator
    if (
        seller >= 0
        and p[seller].status == ACTIVE
        and draw(keys[Decision.KNOWN_PARTNER], i)
        < a.known_partner * service_chance(a, p[seller].is_active_type)
    ):
        begin_service(client, seller, month)
    elif pull.helpers:
        luck = draw(keys[Decision.HELPER_CHOICE], i)
        begin_service(client, pick(market.sums[HELPERS], pull.helpers, luck), month)


@inner
def lapses(market: Market, client: Any, i: int, helper: int, keys: Keys) -> bool:
    """Return whether a helper stops working for a client."""
    restlessness = market.helpers[helper].restlessness
    luck = draw(keys[Decision.LAPSE], i)
    if luck >= restlessness:
        return False
    is_own = helper == client.originator or helper == client.partner_of_record
    partner = market.partners[helper]
    holding = holding_power(market.assumptions, partner, client.take, client.mrr, is_own)
    return luck < partners_do.lapse_chance(restlessness, holding)


@inner
def compare_helpers(
    market: Market,
    desk: Desk,
    pull: Pull,
    client: Any,
    i: int,
    helper: int,
    keys: Keys,
    month: int,
    row: Row,
) -> bool:
    """Compare the helper with another now and then; return whether the client switches."""
    a = market.assumptions
    chance = clients_do.attention_chance(client.satisfaction, a.attention, a.attention_unhappy)
    if draw(keys[Decision.ATTENTION], i) >= chance or pull.helpers == 0:
        return False
    challenger = pick(market.sums[HELPERS], pull.helpers, draw(keys[Decision.CHALLENGER], i))
    luck = draw(keys[Decision.SWITCH], i)
    return switch(market, desk, client, i, helper, challenger, a.inertia, luck, keys, month, row)


@inner
def be_courted(
    market: Market,
    desk: Desk,
    pull: Pull,
    client: Any,
    i: int,
    helper: int,
    keys: Keys,
    month: int,
    row: Row,
) -> bool:
    """Hear another partner's offer; return whether the client switches."""
    a = market.assumptions
    if draw(keys[Decision.COURTED], i) >= pull.courting_chance:
        return False
    courtier = pick(market.sums[COURTIERS], pull.courtiers, draw(keys[Decision.COURTIER], i))
    loyalty = a.inertia + (a.matching if client.take > 0.0 else 0.0)
    luck = draw(keys[Decision.COURTED_SWITCH], i)
    if not switch(market, desk, client, i, helper, courtier, loyalty, luck, keys, month, row):
        return False
    row[AT.courted_switches] += 1
    return True


@inner
def switch(
    market: Market,
    desk: Desk,
    client: Any,
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
    a = market.assumptions
    if challenger == helper:
        return False
    offered = clients_do.service_quality(
        a.paid_hours, 1.0, market.helpers[challenger].skill, a.service_reference
    )
    if luck >= clients_do.switch_chance(client.satisfaction, offered, loyalty, a.taste):
        return False
    change_helper(client, challenger, month)
    row[AT.helper_switches] += 1
    credit = client.service_credit
    if credit > 0.0:
        dispossess(market, desk, client, i, helper, challenger, credit, 0, keys, month, row)
    return True


@inner
def requests(market: Market, client: Any, i: int, helper: int, keys: Keys) -> bool:
    """Return whether a client asks that its helper be recognised, prompted by the helper."""
    if helper == client.partner_of_record or not market.helpers[helper].asks:
        return False
    premium = market.partners[helper].recognition_premium
    chance = clients_do.request_chance(client.satisfaction, market.assumptions.asking, premium)
    return draw(keys[Decision.REQUEST], i) < chance


@inner
def dispossess(
    market: Market,
    desk: Desk,
    client: Any,
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
    a, p = market.assumptions, market.partners
    moved = int(client.mrr * share)
    p[old].lost_mrr += moved
    p[new].gained_mrr += moved
    if months_idle < a.dispossessed_months:
        client.contested_month = month
    row[AT.contested_moves] += 1
    chance = vendor.dispute_chance(desk.complexity, desk.conduct.registry, a.dispute)
    if draw(keys[Decision.DISPUTE], i) < chance:
        p[old].disputes += 1
        p[new].disputes += 1
        luck = draw(keys[Decision.DISPUTE_COST], i)
        cost = a.dispute_cost_low + (a.dispute_cost_high - a.dispute_cost_low) * luck
        row[AT.disputes] += 1
        row[AT.dispute_cost] += int(cost * 100)


# --- record --------------------------------------------------------------------------------------


@inner
def since(month: int, then: Any) -> int:
    """Return whole months since ``then``; ``then`` is negative for never."""
    return month - then if then >= 0 else NEVER


@inner
def as_seen_by_policy(
    market: Market,
    desk: Desk,
    client: Any,
    i: int,
    worker: int,
    quality: float,
    has_asked: bool,
    price: int,
    keys: Keys,
    month: int,
) -> Account:
    """Return what the policy may know of an account this month; what it ignores costs nothing."""
    helper, record = int(client.servicing_partner), int(client.partner_of_record)
    originator = int(client.originator)
    has_record = record >= 0 and market.helpers[record].is_member
    record_clients, record_quiet, role = 0, NEVER, 0
    if has_record:
        record_clients = int(market.helpers[record].held_clients)
        record_quiet = since(month, int(market.helpers[record].last_win_month))
    if originator >= 0:
        role = int(market.partners[originator].role)
    return Account(
        month - client.won_month,
        helper >= 0 and helper == worker,
        has_asked,
        helper >= 0 and helper == originator,
        helper >= 0 and helper == record,
        has_record,
        since(month, int(client.originator_worked)),
        since(month, int(client.record_worked)) if has_record else NEVER,
        since(month, int(client.record_month)) if has_record else NEVER,
        since(month, int(client.helper_month)),
        since(month, int(client.asked_month)),
        draw(keys[Decision.CONSENT], i) < market.assumptions.consent,
        quality,
        clients_do.upsold_share(first_mrr(market.assumptions, i, keys), price),
        record_clients,
        record_quiet,
        role,
        client.won_month <= desk.study_month,
    )


@inner
def is_under_former(client: Any, desk: Desk, month: int) -> bool:
    """Return whether a client was won before and keeps the former contract."""
    return client.won_month <= desk.former_month and month <= desk.former_until


@inner
def may_move(client: Any) -> bool:
    """Return whether a client has a helper that is not its partner of record."""
    helper = int(client.servicing_partner)
    return helper >= 0 and helper != int(client.partner_of_record)


@inner
def update_record(
    market: Market, desk: Desk, client: Any, i: int, moves: bool, keys: Keys, month: int, row: Row
) -> None:
    """Recognise the helper if the policy says so, or correct a missing record."""
    a, p = market.assumptions, market.partners
    record = int(client.partner_of_record)
    if moves:
        helper = int(client.servicing_partner)
        idle = since(month, int(client.record_worked))
        client.partner_of_record = helper
        client.record_month = month
        client.record_worked = month
        client.asked_month = -1
        row[AT.record_moves] += 1
        if record >= 0 and is_member(p[record].status):
            credit = client.record_credit
            dispossess(market, desk, client, i, record, helper, credit, idle, keys, month, row)
        else:
            p[helper].gained_mrr += client.mrr
    elif (
        record < 0
        and client.originator >= 0
        and is_member(p[client.originator].status)
        and desk.conduct.corrects_records
        and draw(keys[Decision.CORRECTION], i) < a.correction
    ):
        client.partner_of_record = client.originator
        client.record_month = month
        client.record_worked = month


# --- bill and settle -----------------------------------------------------------------------------


@inner
def leaves(market: Market, client: Any, i: int, keys: Keys, month: int) -> bool:
    """Return whether a client leaves the vendor this month."""
    a = market.assumptions
    chance = clients_do.churn_hazard(
        client.satisfaction,
        client.proneness,
        since(month, int(client.switch_month)),
        a.churn_floor,
        a.churn_span,
        a.switch_shock,
        a.switch_shock_months,
    )
    helper = client.servicing_partner
    if helper >= 0 and client.take == 0.0:
        chance += market.helpers[helper].unpaid_move_chance
    if since(month, int(client.contested_month)) < a.dispossessed_months:
        chance += a.dispossessed_steering
    return draw(keys[Decision.CHURN], i) < chance


@inner
def bill(
    market: Market,
    client: Any,
    i: int,
    worker: int,
    quality: float,
    keys: Keys,
    month: int,
    row: Row,
    tenures: npt.NDArray[np.int64],
) -> int:
    """Let a client leave (-1), or return what it pays for the month; it may buy more besides."""
    a = market.assumptions
    tenure = month - client.won_month
    tenures[tenure, AT_RISK] += 1
    if tenure > 0 and leaves(market, client, i, keys, month):
        tenures[tenure, CHURNED] += 1
        row[AT.churned_clients] += 1
        row[AT.churned_mrr] += client.mrr
        market.may_look_month[i] = month + a.return_months
        if client.paid_to_originator > 0:
            give_back(market, client, row)
        leave_partners(client)
        return -1
    payment = client.mrr
    row[AT.payments] += payment
    tenures[tenure, PAID] += payment
    if worker >= 0 and worker == client.servicing_partner:
        luck = draw(keys[Decision.UPSELL], i)
        if luck < clients_do.upsell_chance(quality, a.upsell_rate, a.upsell_step):
            client.mrr = vendor.grown(payment, a.upsell_step)
            client.upseller = worker
            row[AT.upsells] += 1
            row[AT.upsell_mrr] += client.mrr - payment
    return int(payment)


@inner
def give_back(market: Market, client: Any, row: Row) -> None:
    """Take back from the seller what it got for a client that left early."""
    p, kopecks = market.partners, int(client.paid_to_originator)
    p[client.originator].earned -= kopecks
    p[client.originator].clawed_back += kopecks
    row[AT.clawed_back] += kopecks


@inner
def reward(
    market: Market, holder: int, worker: int, share: float, rate: float, payment: int, row: Row
) -> int:
    """Credit one role's share of the commission to whoever holds the role; return kopecks."""
    if share <= 0.0 or holder < 0 or not market.helpers[holder].is_member:
        return 0
    kopecks = vendor.commission(payment, share * rate)
    if kopecks:
        tally = market.helpers[holder]
        tally.income += kopecks
        tally.held_mrr += int(payment * share)
        if holder != worker:
            tally.undeserved_income += kopecks
            row[AT.dead_money] += kopecks
    return kopecks


@inner
def share_payment(
    market: Market,
    desk: Desk,
    client: Any,
    i: int,
    worker: int,
    payment: int,
    credit: Credit,
    rate: float,
    month: int,
    row: Row,
    tenures: npt.NDArray[np.int64],
    ledger: npt.NDArray[np.int64],
    entries: int,
) -> int:
    """Divide a client's payment as the policy says; return the ledger's new length."""
    originator, record = int(client.originator), int(client.partner_of_record)
    helper, upseller = int(client.servicing_partner), int(client.upseller)
    first = reward(market, originator, worker, credit.originator, rate, payment, row)
    second = reward(market, record, worker, credit.partner_of_record, rate, payment, row)
    third = reward(market, helper, worker, credit.servicing_partner, rate, payment, row)
    fourth = reward(market, upseller, worker, credit.upseller, rate, payment, row)
    entries = enter(ledger, entries, month, i, originator, 0, first)
    entries = enter(ledger, entries, month, i, record, 1, second)
    entries = enter(ledger, entries, month, i, helper, 2, third)
    entries = enter(ledger, entries, month, i, upseller, 3, fourth)
    take = 0.0
    take += credit.originator * rate if first and originator == helper else 0.0
    take += credit.partner_of_record * rate if second and record == helper else 0.0
    take += credit.servicing_partner * rate if third else 0.0
    take += credit.upseller * rate if fourth and upseller == helper else 0.0
    credited = first + second + third + fourth
    if month - client.won_month < desk.conduct.clawback_months:
        mine = first + (second if record == originator else 0)
        mine += third if helper == originator else 0
        mine += fourth if upseller == originator else 0
        client.paid_to_originator = vendor.clawable(client.paid_to_originator, mine)
    else:
        client.paid_to_originator = 0
    row[AT.commission] += credited
    if month == client.won_month:
        row[AT.first_payments] += payment
        row[AT.first_commission] += credited
    tenures[month - client.won_month, CREDITED] += credited
    if helper != worker and take == 0.0:
        take = -1.0  # it has not worked yet, so it was not left unpaid
    if helper >= 0:
        tally = market.helpers[helper]
        tally.serviced_mrr += payment
        if take == 0.0:
            tally.unpaid_mrr += payment
            if credited:
                tally.envied_mrr += payment
        if helper != originator:
            tally.serviced_of_others += 1
    if record >= 0:
        market.helpers[record].held_clients_now += 1
    client.take = take
    client.record_credit = credit.partner_of_record
    client.service_credit = credit.servicing_partner if helper == worker else 0.0
    return entries


@inner
def observe(client: Any, hours: float, row: Row) -> None:
    """Write down a client that stays."""
    helper = client.servicing_partner
    row[AT.clients] += 1
    row[AT.mrr] += client.mrr
    row[AT.satisfaction] += int(client.satisfaction * 1000000.0)
    row[AT.service_hours] += int(hours * 1000000.0)
    if helper >= 0:
        row[AT.serviced_clients] += 1
        row[AT.mismatched_clients] += helper != client.partner_of_record
