"""A month of the clients, compiled: what the methods of `sim.engines.agents.Client` do."""

from __future__ import annotations

from typing import Any

from numba import literal_unroll

from policies.compiler import inner
from policies.contract import Account, Credit
from sim.engines.compiled.month import (
    ACTIVES,
    AT,
    AT_RISK,
    CHURNED,
    COURTIERS,
    CREDITED,
    NOONE,
    OF_RECORD,
    ORIGINATOR,
    PAID,
    REVERSED,
    SELLERS,
    SERVICERS,
    SERVICING,
    UPSELLING,
    Now,
    enter,
    holding_power,
    is_member,
    pick,
    service_chance,
    wide,
)
from sim.engines.compiled.pages import add, tell
from sim.engines.compiled.state import IS_CLIENT
from sim.engines.events import CAUSE, WHAT
from sim.engines.outcome import ACTIVE
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import vendor
from sim.world import population
from sim.world.luck import Draw, draw, stream
from sim.world.units import NEVER

# --- acquire -------------------------------------------------------------------------------------


@inner
def acquire(now: Now) -> int:
    """Let accounts that look for a product buy one; list this month's clients, return how many."""
    chance, looks_from = now.rows.assumptions.in_market, now.rows.may_look_month
    in_market = now.keys[Draw.IN_MARKET]
    number = 0
    for i in range(looks_from.size):
        # a draw for everybody is cheaper than a branch that nobody can foresee
        if (draw(in_market, i) < chance) & (now.month >= looks_from[i]):
            buy(now, i)
        now.rows.customers[number] = i
        number += looks_from[i] == IS_CLIENT
    return number


@inner
def buy(now: Now, i: int) -> None:
    """Buy through a partner, directly, or not at all."""
    total = now.pull.sellers + now.pull.direct + now.pull.outside
    place = draw(now.keys[Draw.CHANNEL], i) * total
    if place < now.pull.sellers:
        seller = pick(now.rows.sums[SELLERS], now.pull.sellers, draw(now.keys[Draw.SELLER], i))
        now.facts[AT.won_by_partners] += 1
        become_client(now, i, seller, CAUSE.sale)
    elif place < now.pull.sellers + now.pull.direct:
        buy_directly(now, i)


@inner
def buy_directly(now: Now, i: int) -> None:
    """Come to the vendor, who keeps the client, returns it to its seller or hands it over."""
    conduct = now.desk.conduct
    former = wide(now.rows.clients[i].originator)
    is_lead = conduct.non_compete or draw(now.keys[Draw.LEAD], i) < conduct.lead_share
    leads = now.pull.servicers if conduct.leads_by_merit else now.pull.actives
    if conduct.returns_pinned and former >= 0 and now.rows.work[former].is_member:
        become_client(now, i, former, CAUSE.return_)
        now.facts[AT.returned] += 1
    elif is_lead and leads > 0:
        sums = now.rows.sums[SERVICERS if conduct.leads_by_merit else ACTIVES]
        seller = pick(sums, leads, draw(now.keys[Draw.SELLER], i))
        become_client(now, i, seller, CAUSE.lead)
        now.facts[AT.won_by_leads] += 1
    elif not conduct.non_compete:
        become_client(now, i, NOONE, CAUSE.direct)
        now.facts[AT.won_directly] += 1


@inner
def become_client(now: Now, i: int, seller: int, channel: int) -> None:
    """Start account ``i`` as a client, won by a partner or by nobody (-1), through a channel."""
    a, client = now.rows.assumptions, now.rows.clients[i]
    leave_partners(client)
    client.originator = -1
    now.rows.may_look_month[i] = IS_CLIENT
    client.won_month = now.month
    client.mrr = first_mrr(now, i)
    client.satisfaction = 0.5
    client.fit = draw(now.keys[Draw.ACCOUNT_FIT], i)
    if seller >= 0:
        partner = now.rows.partners[seller]
        client.fit = clients_do.fit_of_win(client.fit, partner.lasting_stake, a.screening)
    if tell(now, WHAT.won, channel, i, seller, NOONE):
        add(now, float(client.mrr))
        add(now, client.fit)
    if seller >= 0:
        be_won(now, client, i, seller)
    frailty = population.frailty(draw(now.keys[Draw.ACCOUNT_FRAILTY], i), a.frailty_spread)
    client.proneness = clients_do.churn_proneness(frailty, client.fit, a.churn_fit)


@inner
def first_mrr(now: Now, i: int) -> int:
    """Return account ``i``'s price when it becomes a client, kopecks a month."""
    a = now.rows.assumptions
    return population.first_mrr(draw(now.keys[Draw.ACCOUNT_MRR], i), a.arpa, a.mrr_spread)


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
    client.grudge = 0
    client.originator_worked = -1
    client.paid_to_originator = 0
    client.dead_to_originator = 0
    client.record_worked = -1


@inner
def be_won(now: Now, client: Any, i: int, seller: int) -> None:
    """Have a partner as originator, and usually as partner of record and as servicer."""
    a, partner = now.rows.assumptions, now.rows.partners[seller]
    client.originator = seller
    now.rows.work[seller].last_win_month = now.month
    error = vendor.record_error_chance(now.desk.complexity, a.record_error)
    if draw(now.keys[Draw.RECORD_ERROR], i) < error:
        now.facts[AT.record_errors] += 1
        tell(now, WHAT.record, CAUSE.mistake, i, NOONE, NOONE)
    else:
        client.partner_of_record = seller
        client.record_month = now.month
        client.record_worked = now.month
        tell(now, WHAT.record, CAUSE.sale, i, seller, NOONE)
    client.originator_worked = now.month
    holding = holding_power(a, partner, partner.level_rate, client.mrr, True)
    starts = partners_do.start_chance(service_chance(a, partner.is_active_type), holding)
    if draw(now.keys[Draw.FIRST_SERVICE], i) < starts:
        begin_service(now, client, i, seller, CAUSE.sale)


@inner
def begin_service(now: Now, client: Any, i: int, servicer: int, cause: int) -> None:
    """Have a servicer, who has not worked yet."""
    tell(now, WHAT.servicer, cause, i, servicer, wide(client.servicing_partner))
    client.servicing_partner = servicer
    client.helper_month = now.month
    client.take = -1.0


@inner
def unpaid_share(now: Now, client: Any, servicer: int) -> float:
    """Return how far a client leaves the partner that serves it unpaid, 0-1."""
    pay = max(client.take, 0.0) * client.mrr / 100
    return 1.0 - partners_do.felt(pay, now.rows.partners[servicer].cost_of_work)


# --- serve ---------------------------------------------------------------------------------------


@inner
def serve(now: Now, client: Any, i: int) -> tuple[int, float, float]:
    """Bring this month's hours to a client; return who worked, the hours and their quality."""
    a = now.rows.assumptions
    who_worked, record = wide(client.servicing_partner), wide(client.partner_of_record)
    if who_worked >= 0 and not now.rows.work[who_worked].is_member:
        change_servicer(now, client, i, NOONE, CAUSE.gone)
        who_worked = -1
    hours = 0.0
    quality = 0.0
    if who_worked >= 0:
        servicer = now.rows.work[who_worked]
        stake = max(client.take, 0.0) * (client.mrr / 100) * servicer.stake_of_rouble
        meant = partners_do.service_hours(client.need, servicer.unasked_hours, servicer.zeal, stake)
        now.rows.work[who_worked].load += int(meant * 1000000.0)
        hours = servicer.capacity * meant
        quality = clients_do.service_quality(
            hours, client.need, servicer.skill, a.service_reference
        )
        if who_worked == client.originator:
            client.originator_worked = now.month
    if record >= 0:
        if record == who_worked:
            client.record_worked = now.month
        elif now.rows.work[record].touches_ritually and draw(now.keys[Draw.RITUAL], i) < a.ritual:
            client.record_worked = now.month
            if record == client.originator:
                client.originator_worked = now.month
            now.facts[AT.ritual_touches] += 1
    client.satisfaction = clients_do.satisfaction(
        client.satisfaction, quality, client.fit, a.satisfaction_memory
    )
    return who_worked, hours, quality


# --- reconsider ----------------------------------------------------------------------------------


@inner
def reconsider(now: Now, client: Any, i: int) -> bool:
    """Lose, find or compare servicers; return whether the client asks to recognise its servicer."""
    servicer = wide(client.servicing_partner)
    if servicer < 0:
        if draw(now.keys[Draw.SERVICER], i) < now.rows.assumptions.find_helper:
            look_for_servicer(now, client, i)
        return False
    if lapses(now, client, i, servicer):
        change_servicer(now, client, i, NOONE, CAUSE.stopped)
        return False
    if compare_servicers(now, client, i, servicer):
        return False
    is_courted = be_courted(now, client, i, servicer)
    if not (is_courted or requests(now, client, i, servicer)):
        return False
    cause = CAUSE.courted if is_courted else CAUSE.prompted
    chosen, record = wide(client.servicing_partner), wide(client.partner_of_record)
    tell(now, WHAT.request, cause, i, chosen, record)
    if client.asked_month < 0:
        client.asked_month = now.month
    return True


@inner
def change_servicer(now: Now, client: Any, i: int, servicer: int, cause: int) -> None:
    """Lose the former servicer, to another or to nobody (-1)."""
    client.switch_month = now.month
    client.asked_month = -1
    if servicer >= 0:
        begin_service(now, client, i, servicer, cause)
        return
    tell(now, WHAT.servicer, cause, i, NOONE, wide(client.servicing_partner))
    client.servicing_partner = -1
    client.take = 0.0
    client.helper_month = -1


@inner
def look_for_servicer(now: Now, client: Any, i: int) -> None:
    """Turn to the partner that sold, or to any servicer."""
    a, p = now.rows.assumptions, now.rows.partners
    seller = wide(client.originator)
    if (
        seller >= 0
        and p[seller].status == ACTIVE
        and draw(now.keys[Draw.KNOWN_PARTNER], i)
        < a.known_partner * service_chance(a, p[seller].is_active_type)
    ):
        begin_service(now, client, i, seller, CAUSE.known)
    elif now.pull.servicers:
        luck = draw(now.keys[Draw.SERVICER_CHOICE], i)
        found = pick(now.rows.sums[SERVICERS], now.pull.servicers, luck)
        begin_service(now, client, i, found, CAUSE.found)


@inner
def lapses(now: Now, client: Any, i: int, servicer: int) -> bool:
    """Return whether a servicer stops working for a client."""
    restlessness = now.rows.work[servicer].restlessness
    luck = draw(now.keys[Draw.LAPSE], i)
    if luck >= restlessness:
        return False
    is_own = servicer == client.originator or servicer == client.partner_of_record
    partner = now.rows.partners[servicer]
    holding = holding_power(now.rows.assumptions, partner, client.take, client.mrr, is_own)
    return luck < partners_do.lapse_chance(restlessness, holding)


@inner
def compare_servicers(now: Now, client: Any, i: int, servicer: int) -> bool:
    """Compare the servicer with another now and then; return whether the client switches."""
    a = now.rows.assumptions
    chance = clients_do.attention_chance(client.satisfaction, a.attention, a.attention_unhappy)
    if draw(now.keys[Draw.ATTENTION], i) >= chance or now.pull.servicers == 0:
        return False
    challenger = pick(
        now.rows.sums[SERVICERS], now.pull.servicers, draw(now.keys[Draw.CHALLENGER], i)
    )
    luck = draw(now.keys[Draw.SWITCH], i)
    return switch(now, client, i, servicer, challenger, a.inertia, luck, CAUSE.compared)


@inner
def be_courted(now: Now, client: Any, i: int, servicer: int) -> bool:
    """Hear another partner's offer; return whether the client switches."""
    a = now.rows.assumptions
    if draw(now.keys[Draw.COURTED], i) >= now.pull.courting_chance:
        return False
    courtier = pick(now.rows.sums[COURTIERS], now.pull.courtiers, draw(now.keys[Draw.COURTIER], i))
    loyalty = a.inertia + a.matching * (1.0 - unpaid_share(now, client, servicer))
    luck = draw(now.keys[Draw.COURTED_SWITCH], i)
    if not switch(now, client, i, servicer, courtier, loyalty, luck, CAUSE.courted):
        return False
    now.facts[AT.courted_switches] += 1
    return True


@inner
def switch(
    now: Now,
    client: Any,
    i: int,
    servicer: int,
    challenger: int,
    loyalty: float,
    luck: float,
    cause: int,
) -> bool:
    """Choose between servicer and challenger; return whether the client switches."""
    a = now.rows.assumptions
    if challenger == servicer:
        return False
    offered = clients_do.service_quality(
        a.paid_hours, 1.0, now.rows.work[challenger].skill, a.service_reference
    )
    if luck >= clients_do.switch_chance(client.satisfaction, offered, loyalty, a.taste):
        return False
    change_servicer(now, client, i, challenger, cause)
    now.facts[AT.helper_switches] += 1
    credit = client.service_credit
    if credit > 0.0:
        dispossess(now, client, i, servicer, challenger, credit, wide(0), cause)
    return True


@inner
def requests(now: Now, client: Any, i: int, servicer: int) -> bool:
    """Return whether a client asks that its servicer be recognised, prompted by the servicer."""
    record = int(client.partner_of_record)
    if servicer == record or not now.rows.work[servicer].asks:
        return False
    helper = now.rows.partners[servicer]
    premium = helper.naming_premium
    if record >= 0:
        is_there = now.rows.work[record].is_member
        premium = helper.recognition_premium if is_there else helper.heir_premium
    if premium <= 0.0:
        return False
    chance = clients_do.request_chance(client.satisfaction, now.rows.assumptions.asking, premium)
    return draw(now.keys[Draw.REQUEST], i) < chance


@inner
def dispossess(
    now: Now, client: Any, i: int, old: int, new: int, share: float, months_idle: int, cause: int
) -> None:
    """Move a share of the commission from one partner to another, who may quarrel over it."""
    a, p = now.rows.assumptions, now.rows.partners
    moved = int(client.mrr * share)
    p[old].lost_mrr += moved
    p[new].gained_mrr += moved
    client.contested_month = now.month
    resented = partners_do.grudge(p[old].at_stake, share, months_idle, a.dispossessed_months)
    client.grudge = int(resented * 10_000)
    now.facts[AT.contested_moves] += 1
    chance = p[old].at_stake * vendor.dispute_chance(
        now.desk.complexity, now.desk.conduct.registry, a.dispute
    )
    if draw(now.keys[Draw.DISPUTE], i) < chance:
        p[old].disputes += 1
        p[new].disputes += 1
        luck = draw(now.keys[Draw.DISPUTE_COST], i)
        cost = a.dispute_cost_low + (a.dispute_cost_high - a.dispute_cost_low) * luck
        now.facts[AT.disputes] += 1
        now.facts[AT.dispute_cost] += int(cost * 100)
        if tell(now, WHAT.dispute, cause, i, new, old):
            add(now, float(int(cost * 100)))


# --- record --------------------------------------------------------------------------------------


@inner
def since(now: Now, then: Any) -> int:
    """Return whole months since ``then``; ``then`` is negative for never."""
    return now.month - wide(then) if then >= 0 else NEVER


@inner
def has_consent(now: Now, client: Any, i: int) -> bool:
    """Return whether the partner of record would hand an account over.

    Decided when it got the record, and again when a new contract changes what it is worth.
    """
    since_then = max(wide(client.record_month), now.desk.in_force_month)
    luck = draw(stream(now.desk.seed, since_then, Draw.CONSENT), i)
    return bool(luck < now.rows.assumptions.consent)


@inner
def as_seen_by_policy(
    now: Now, client: Any, i: int, who_worked: int, quality: float, has_asked: bool, price: int
) -> Account:
    """Return what the policy may know of an account this month; what it ignores costs nothing."""
    servicer, record = wide(client.servicing_partner), wide(client.partner_of_record)
    originator = wide(client.originator)
    has_record = record >= 0 and now.rows.work[record].is_member
    record_clients, record_quiet, role = 0, NEVER, 0
    if has_record:
        record_clients = int(now.rows.work[record].held_clients)
        record_quiet = since(now, now.rows.work[record].last_win_month)
    if originator >= 0:
        role = int(now.rows.partners[originator].role)
    return Account(
        now.month - client.won_month,
        servicer >= 0 and servicer == who_worked,
        has_asked,
        servicer >= 0 and servicer == originator,
        servicer >= 0 and servicer == record,
        has_record,
        since(now, client.originator_worked),
        since(now, client.record_worked) if has_record else NEVER,
        since(now, client.record_month) if has_record else NEVER,
        since(now, client.helper_month),
        since(now, client.asked_month),
        not has_record or has_consent(now, client, i),
        quality,
        clients_do.upsold_share(first_mrr(now, i), price),
        record_clients,
        record_quiet,
        role,
        client.won_month <= now.desk.study_month,
        record >= 0 and not has_record,
    )


@inner
def is_under_former(now: Now, client: Any) -> bool:
    """Return whether a client was won before and keeps the former contract."""
    return client.won_month <= now.desk.former_month and now.month <= now.desk.former_until


@inner
def may_move(client: Any) -> bool:
    """Return whether a client has a servicer that is not its partner of record."""
    servicer = wide(client.servicing_partner)
    return servicer >= 0 and servicer != wide(client.partner_of_record)


@inner
def update_record(now: Now, client: Any, i: int, moves: bool) -> None:
    """Recognise the servicer if the policy says so, or correct a missing record."""
    a, p = now.rows.assumptions, now.rows.partners
    record = wide(client.partner_of_record)
    if moves:
        servicer = wide(client.servicing_partner)
        idle = since(now, client.record_worked)
        client.partner_of_record = servicer
        client.record_month = now.month
        client.record_worked = now.month
        client.asked_month = -1
        now.facts[AT.record_moves] += 1
        if record >= 0 and is_member(p[record].status):
            credit = client.record_credit
            dispossess(now, client, i, record, servicer, credit, idle, CAUSE.rule)
        else:
            p[servicer].gained_mrr += client.mrr
    elif (
        record < 0
        and client.originator >= 0
        and is_member(p[client.originator].status)
        and now.desk.conduct.corrects_records
        and draw(now.keys[Draw.CORRECTION], i) < a.correction
    ):
        tell(now, WHAT.record, CAUSE.correction, i, wide(client.originator), NOONE)
        client.partner_of_record = client.originator
        client.record_month = now.month
        client.record_worked = now.month


# --- bill and settle -----------------------------------------------------------------------------


@inner
def leaves(now: Now, client: Any, i: int) -> bool:
    """Return whether a client leaves the vendor this month."""
    a, servicer = now.rows.assumptions, wide(client.servicing_partner)
    own = clients_do.churn_hazard(
        client.satisfaction,
        client.proneness,
        since(now, client.switch_month),
        a.churn_floor,
        a.churn_span,
        a.switch_shock,
        a.switch_shock_months,
    )
    unpaid, chance = 0.0, own
    if servicer >= 0 and client.take >= 0.0:
        unpaid = now.rows.work[servicer].unpaid_move_chance * unpaid_share(now, client, servicer)
        chance += unpaid
    if client.grudge:
        left = partners_do.fading(since(now, client.contested_month), a.dispossessed_months)
        chance += a.dispossessed_steering * (client.grudge / 10_000) * left
    luck = draw(now.keys[Draw.CHURN], i)
    if luck < chance:
        tell_churn(now, client, i, luck, chance, own, unpaid)
    return luck < chance


@inner
def tell_churn(
    now: Now, client: Any, i: int, luck: float, chance: float, own: float, unpaid: float
) -> None:
    """Write down that a client leaves, and what its chance of leaving was made of."""
    cause = CAUSE.own_will
    if luck >= own:
        cause = CAUSE.unpaid if luck < own + unpaid else CAUSE.dispossessed
    if tell(now, WHAT.churn, cause, i, NOONE, wide(client.servicing_partner)):
        for fact in (
            *(luck, chance, own, unpaid, float(since(now, client.switch_month))),
            *(client.satisfaction, client.fit, client.proneness),
            float(now.month - client.won_month),
            *(float(client.paid_to_originator), float(client.dead_to_originator)),
        ):
            add(now, fact)


@inner
def bill(now: Now, client: Any, i: int, who_worked: int, quality: float) -> int:
    """Let a client leave (-1), or return what it pays for the month; it may buy more besides."""
    a = now.rows.assumptions
    tenure = now.month - client.won_month
    now.tenures[tenure, AT_RISK] += 1
    if tenure > 0 and leaves(now, client, i):
        now.tenures[tenure, CHURNED] += 1
        now.facts[AT.churned_clients] += 1
        now.facts[AT.churned_mrr] += client.mrr
        return -1
    payment = client.mrr
    now.facts[AT.payments] += payment
    now.tenures[tenure, PAID] += payment
    if who_worked >= 0 and who_worked == client.servicing_partner:
        luck = draw(now.keys[Draw.UPSELL], i)
        if luck < clients_do.upsell_chance(quality, a.upsell_rate, a.upsell_step):
            client.mrr = vendor.grown(payment, a.upsell_step)
            client.upseller = who_worked
            now.facts[AT.upsells] += 1
            now.facts[AT.upsell_mrr] += client.mrr - payment
            if tell(now, WHAT.upsell, CAUSE.service, i, who_worked, NOONE):
                add(now, float(payment))
                add(now, float(client.mrr))
    return int(payment)


@inner
def lose(now: Now, client: Any, i: int, entries: int) -> int:
    """Part with a client that has left; return the ledger's new length."""
    now.rows.may_look_month[i] = now.month + now.rows.assumptions.return_months
    if client.paid_to_originator > 0:
        entries = give_back(now, client, i, entries)
    leave_partners(client)
    return entries


@inner
def give_back(now: Now, client: Any, i: int, entries: int) -> int:
    """Take back from the seller what it got for a client that left early: it is no commission."""
    seller, kopecks = wide(client.originator), wide(client.paid_to_originator)
    partner, facts = now.rows.partners[seller], now.facts
    partner.earned -= kopecks
    partner.clawed_back += kopecks
    facts[AT.clawed_back] += kopecks
    facts[AT.commission] -= kopecks
    facts[AT.dead_money] -= client.dead_to_originator
    facts[AT.active_type_commission] -= kopecks if partner.is_active_type else 0
    now.tenures[now.month - client.won_month, CREDITED] -= kopecks
    return enter(now, entries, i, seller, REVERSED, -kopecks)


@inner
def reward(now: Now, holder: int, who_worked: int, share: float, rate: float, payment: int) -> int:
    """Credit one role's share of the commission to whoever holds the role; return kopecks."""
    if share <= 0.0 or holder < 0 or not now.rows.work[holder].is_member:
        return 0
    kopecks = vendor.commission(payment, share * rate)
    if kopecks:
        work = now.rows.work[holder]
        work.income += kopecks
        work.held_mrr += int(payment * share)
        if holder != who_worked:
            work.undeserved_income += kopecks
            now.facts[AT.dead_money] += kopecks
    return kopecks


@inner
def share_payment(
    now: Now,
    client: Any,
    i: int,
    who_worked: int,
    payment: int,
    credit: Credit,
    rate: float,
    entries: int,
) -> int:
    """Divide a client's payment as the policy says; return the ledger's new length."""
    originator, record = wide(client.originator), wide(client.partner_of_record)
    servicer, upseller = wide(client.servicing_partner), wide(client.upseller)
    first = reward(now, originator, who_worked, credit.originator, rate, payment)
    second = reward(now, record, who_worked, credit.partner_of_record, rate, payment)
    third = reward(now, servicer, who_worked, credit.servicing_partner, rate, payment)
    fourth = reward(now, upseller, who_worked, credit.upseller, rate, payment)
    entries = enter(now, entries, i, originator, ORIGINATOR, first)
    entries = enter(now, entries, i, record, OF_RECORD, second)
    entries = enter(now, entries, i, servicer, SERVICING, third)
    entries = enter(now, entries, i, upseller, UPSELLING, fourth)
    take = 0.0
    take += credit.originator * rate if first and originator == servicer else 0.0
    take += credit.partner_of_record * rate if second and record == servicer else 0.0
    take += credit.servicing_partner * rate if third else 0.0
    take += credit.upseller * rate if fourth and upseller == servicer else 0.0
    credited = first + second + third + fourth
    if now.month - client.won_month < now.desk.conduct.clawback_months:
        mine = first + (second if record == originator else 0)
        mine += third if servicer == originator else 0
        mine += fourth if upseller == originator else 0
        client.paid_to_originator = vendor.clawable(client.paid_to_originator, mine)
        if originator != who_worked:
            client.dead_to_originator = vendor.clawable(client.dead_to_originator, mine)
    else:
        client.paid_to_originator = 0
        client.dead_to_originator = 0
    now.facts[AT.commission] += credited
    if now.month == client.won_month:
        now.facts[AT.first_payments] += payment
        now.facts[AT.first_commission] += credited
    now.tenures[now.month - client.won_month, CREDITED] += credited
    if servicer != who_worked and take == 0.0:
        take = -1.0  # it has not worked yet, so it was not left unpaid
    if servicer >= 0:
        work = now.rows.work[servicer]
        work.serviced_mrr += payment
        if servicer != originator:
            work.serviced_of_others += 1
    if record >= 0:
        now.rows.work[record].held_clients_now += 1
    client.take = take
    if servicer >= 0 and take >= 0.0:
        cost = now.rows.partners[servicer].cost_of_work
        unpaid = unpaid_share(now, client, servicer)
        envied = unpaid * partners_do.felt(credited / 100, cost)
        now.rows.work[servicer].unpaid_mrr += int(payment * unpaid)
        now.rows.work[servicer].envied_mrr += int(payment * envied)
    client.record_credit = credit.partner_of_record
    client.service_credit = credit.servicing_partner if servicer == who_worked else 0.0
    return entries


@inner
def tell_move(now: Now, client: Any, i: int, account: Account, is_old: bool) -> None:
    """Write down that the rule moves a record, and all that the policy saw."""
    record, servicer = wide(client.partner_of_record), wide(client.servicing_partner)
    if tell(now, WHAT.record, CAUSE.rule, i, servicer, record):
        for fact in literal_unroll(account):
            add(now, 1.0 * fact)
        add(now, 1.0 * is_old)


@inner
def observe(now: Now, client: Any, hours: float) -> None:
    """Write down a client that stays."""
    servicer = client.servicing_partner
    now.facts[AT.clients] += 1
    now.facts[AT.mrr] += client.mrr
    now.facts[AT.satisfaction] += int(client.satisfaction * 1000000.0)
    now.facts[AT.service_hours] += int(hours * 1000000.0)
    if servicer >= 0:
        now.facts[AT.serviced_clients] += 1
        now.facts[AT.mismatched_clients] += servicer != client.partner_of_record
