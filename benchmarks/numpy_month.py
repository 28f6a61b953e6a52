"""The market's month as numpy columns: a yardstick for the compiled engine, not a third engine.

Every phase is done, by the same formulas and the same draws, one array operation after another,
on as few accounts as each step concerns. It knows policies that pay the partner of record and
never move the record, and of a programme's conduct payout, care, registry and leads. With `EXACT`
functions it gives the same bits as the engines; with numpy's own, which are faster and are what
is timed, results agree but for rounding.
"""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from sim.engines.outcome import (
    ACTIVE,
    CLIENT,
    DORMANT,
    LEFT,
    LOST,
    PAYOUT_QUEUE,
    POTENTIAL,
    PROSPECT,
    Month,
)
from sim.rules import prospectus, vendor
from sim.world.luck import FIRST, GOLDEN, S11, S27, S30, S31, SECOND, Draw
from sim.world.population import populate

# --- elementary functions --------------------------------------------------------------------


def exact_exp(x):
    """`sim.world.exact.exp` of a column."""
    y = np.clip(x, -30.0, 30.0) / 64.0
    y2 = y * y
    low = (1.0 + y) + (1.0 / 2.0 + 1.0 / 6.0 * y) * y2
    high = (1.0 / 24.0 + 1.0 / 120.0 * y) + (1.0 / 720.0 + 1.0 / 5040.0 * y) * y2
    y4 = y2 * y2
    z = low + (high + 1.0 / 40320.0 * y4) * y4
    for _ in range(6):
        z = z * z
    return z


def exact_log(x):
    """`sim.world.exact.log` of a column."""
    bits = x.view(np.int64)
    exponent = (bits - 0x3FE6A09E667F3BCD) >> 52
    mantissa = (bits - (exponent << 52)).view(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    q = s * s
    q2 = q * q
    series = (1.0 + 1.0 / 3.0 * q) + (1.0 / 5.0 + 1.0 / 7.0 * q) * q2
    series = series + ((1.0 / 9.0 + 1.0 / 11.0 * q) + 1.0 / 13.0 * q2) * (q2 * q2)
    return exponent * 0.6931471805599453 + 2.0 * s * series


class Functions(NamedTuple):
    """How to take exponentials and logarithms."""

    exp: object
    log: object


EXACT = Functions(exact_exp, exact_log)
FAST = Functions(np.exp, np.log)


MONTH = np.array([30.0])
"""days"""


def micro(x):
    """Whole millionths of a column."""
    return (x * 1000000.0).astype(np.int64)


def summed(places, values, size):
    """Sums of whole numbers by place, shape (size,)."""
    return np.bincount(places, values, size).astype(np.int64)


def clamped(x):
    """A column held between 0 and 1."""
    return np.minimum(np.maximum(x, 0.0), 1.0)


def scramble(x):
    """SplitMix64's output function of a column of words, which it overwrites."""
    x ^= x >> S30
    x *= FIRST
    x ^= x >> S27
    x *= SECOND
    x ^= x >> S31
    return x


DECISIONS = GOLDEN * np.arange(max(Draw) + 1, dtype=np.uint64)


def keys_of(seed, month):
    """The month's key of every decision."""
    key = scramble(np.array([seed], np.uint64) + GOLDEN)
    key = scramble(key + GOLDEN * np.array([month + 1], np.uint64))
    return scramble(key + DECISIONS)


# --- the market ------------------------------------------------------------------------------


class NumpyMarket:
    """A market over columns, with the public shape of the engines' markets."""

    def __init__(
        self, *, partners, clients, seed, assumptions, incumbent, functions=FAST, **_
    ) -> None:
        a = self.a = assumptions
        self.exp, self.log = functions
        self.seed, self.month, self.draws_asked = seed, 0, 0
        pool = populate(seed, partners, clients, a)
        self.places = GOLDEN * np.arange(1, max(partners, clients) + 1, dtype=np.uint64)
        self.desk = desk_of(incumbent, a)
        hundreds = clients / 100.0
        self.direct, self.outside = (
            int(pull * hundreds * 1000000.0) for pull in (a.direct_pull, a.outside_pull)
        )
        p = self.p = SimpleNamespace(**pool.partners._asdict(), size=partners)
        p.own = np.where(p.is_active_type, a.active_service, a.passive_service)
        p.status = np.where(p.is_founder, ACTIVE, POTENTIAL)
        p.joined_month = np.where(p.is_founder, 0, -1)
        p.left_month = np.full(partners, -1)
        p.motivation = np.full(partners, a.motivation_base)
        p.trust = np.ones(partners)
        for name in ("fear_of_loss", "reference_income", "effort"):
            setattr(p, name, np.zeros(partners))
        for name in ("load", "earned", "ready", "disputes"):
            setattr(p, name, np.zeros(partners, np.int64))
        self.queues = np.zeros((partners, PAYOUT_QUEUE), np.int64)
        self.reputation, self.chat, self.leaving, self.losses = a.motivation_base, 0.0, 0.0, 0.0
        c = self.c = SimpleNamespace(**pool.accounts._asdict(), size=clients)
        c.status = np.full(clients, PROSPECT, np.int8)
        c.fit = c.base_fit.copy()
        for name in ("satisfaction", "proneness", "take", "record_credit", "service_credit"):
            setattr(c, name, np.zeros(clients))
        c.mrr = np.zeros(clients, np.int64)
        c.may_look_month = np.zeros(clients, np.int64)
        for name in ("won_month", *PARTNERS, *STAMPS):
            setattr(c, name, np.full(clients, -1))
        self.history = []
        self.tenures = np.zeros((0, 4), np.int64)
        self.read_contract(np.arange(partners))

    def draw(self, decision, entities=slice(None)):
        """This month's draws of a decision for some entities."""
        x = self.places[entities] + self.keys[decision]
        self.draws_asked += x.size
        scramble(x)
        x >>= S11
        return x * 1.1102230246251565e-16

    def advance(self, months):
        """Simulate so many months."""
        grown = np.zeros((self.month + months + 1, 4), np.int64)
        grown[: len(self.tenures)] = self.tenures
        self.tenures = grown
        for _ in range(months):
            self.month += 1
            self.keys = keys_of(self.seed, self.month)
            self.row = dict.fromkeys(Month._fields, 0)
            self.row["month"] = self.month
            self.enter()
            self.plan()
            self.acquire()
            self.live()
            self.pay_out()
            self.feel()
            self.history.append(Month(**self.row))

    # --- partners ------------------------------------------------------------------------------

    def expected_wait(self, who):
        """The days that some partners expect to wait for a commission."""
        reaching = 15.0 * self.desk.payout_threshold / (self.p.reference_income[who] + 1000.0)
        return self.desk.payout_days + np.minimum(reaching, 120.0)

    def worth_after(self, days, who):
        """The worth now of a rouble paid after some days, a column."""
        a = self.a
        worth = a.present_bias * self.exp(-a.partner_discount * days / 30.0)
        pained = worth * (1.0 - a.waiting_pain * np.minimum(days / 45.0, 1.0))
        return np.where(self.p.is_cash_constrained[who], pained, worth)

    def read_contract(self, who):
        """What the programme promises some partners."""
        a, p, desk = self.a, self.p, self.desk
        own = p.own[who]
        worth = p.trust[who] * self.worth_after(self.expected_wait(who), who)
        steady = (1.0 - a.partner_discount) * (1.0 - a.expected_churn)
        retention = steady * (1.0 - p.fear_of_loss[who])
        place = np.clip((retention - 0.6) / 0.01, 0.0, 39.999)
        left = place.astype(np.int64)
        part = place - left

        def values(streams):
            return streams[:, left] * (1.0 - part) + streams[:, left + 1] * part

        serves, drifts, touches, helps, chosen, neglects, _rests = values(desk.streams)
        later_serves, later_drifts = values(desk.streams_after_year[:2])
        rival = a.rival_rate * self.worth_after(MONTH, who) / (1.0 - steady)
        won = worth * (own * serves + (1.0 - own) * drifts)
        services = 12.0 * a.service_income * own
        ours = won + services
        likes = a.rival_theta * self.log(np.maximum(ours, 1e-300) / (rival + services + 1e-9))
        later = worth * (own * later_serves + (1.0 - own) * later_drifts)
        kept_3 = steady * steady * steady
        kept_6 = kept_3 * kept_3
        found = {
            "worth": worth,
            "retention": retention,
            "service_premium": premium(serves, drifts),
            "quality_premium": premium(serves, neglects),
            "recognition_premium": premium(chosen, helps),
            "touching_pays": touches > drifts + 1e-9,
            "level_rate": serves * (1.0 - retention),
            "value_of_win": won,
            "value_of_gain": own * worth * chosen,
            "steering": np.where(ours > 0.0, 1.0 / (1.0 + self.exp(-likes)), 0.0),
            "lasting_stake": later / (later + rival * kept_6 * kept_6 + 1e-9),
        }
        for name, column in found.items():
            if len(who) == p.size:
                setattr(p, name, column)
            else:
                getattr(p, name)[who] = column

    def enter(self):
        """Let potential partners join."""
        a, p = self.a, self.p
        who = np.flatnonzero(p.status == POTENTIAL)
        appeal = self.reputation / a.motivation_base * 2.0 * p.steering[who]
        simple = max(1.0 - 0.1 * self.desk.complexity, 0.0)
        chance = np.minimum(a.entry * appeal * simple, 1.0)
        joins = who[self.draw(Draw.ENTRY, who) < chance]
        p.status[joins] = ACTIVE
        p.joined_month[joins] = self.month
        self.row["entered"] = len(joins)

    def plan(self):
        """Divide members' hours and open the month's markets."""
        a, p = self.a, self.p
        p.is_member = (p.status == ACTIVE) | (p.status == DORMANT)
        self.read_contract(np.flatnonzero(p.is_member))
        active = p.status == ACTIVE
        load = p.load / 1000000
        p.capacity = np.where(load <= p.hours, 1.0, p.hours / np.maximum(load, 1e-300))
        p.unasked = a.paid_hours + a.goodwill_hours * p.motivation
        p.unasked = p.unasked + a.diligence_hours * p.quality_premium
        p.zeal = a.stake_hours * (0.4 + p.motivation)
        patient = p.worth / (1.0 - np.minimum(p.retention, 0.99))
        p.stake_of_rouble = patient * a.hour_effect / p.hour_cost
        lapse = a.lapse * self.exp(a.motivation_base - p.motivation)
        lapse = np.minimum(np.where(p.is_active_type, lapse, lapse * a.passive_lapse), 1.0)
        p.restlessness = np.where(active, lapse, a.dormant_lapse)
        below = np.maximum(a.motivation_base - p.motivation, 0.0)
        p.unpaid_move_chance = a.unpaid_steering * below / a.motivation_base
        p.touches_ritually = active & p.touching_pays
        appetite = p.value_of_gain / (p.value_of_gain + p.value_of_win + 1e-9)
        appetite = np.where(active, appetite, 0.0)
        free = np.maximum(p.hours - load, 0.1 * p.hours)
        hours = free * (1.0 - a.courting_hours * appetite) * (0.4 + p.motivation)
        pushed = self.exp(a.effort_elasticity * self.log(hours / a.partner_hours))
        effort = p.productivity * pushed * p.steering
        effort = np.where(active, effort, effort * a.dormant_referral)
        effort = a.effort_habit * p.effort + (1.0 - a.effort_habit) * effort
        p.effort = np.where(p.is_member, effort, p.effort)
        helping = np.where(active, p.skill * p.own, 0.0)
        self.sellers = np.cumsum(np.where(p.is_member, micro(p.effort), 0))
        self.helpers = np.cumsum(micro(helping))
        self.courtiers = np.cumsum(micro(helping * appetite))
        helpers, courtiers = int(self.helpers[-1]), int(self.courtiers[-1])
        self.courting_chance = 2.0 * a.poaching * courtiers / helpers if helpers else 0.0

    def pay_out(self):
        """Book the month's commissions and pay out what is due."""
        p, queues, row = self.p, self.queues, self.row
        p.earned += p.income
        queues[:, self.desk.payout_lag] += p.income
        p.ready += queues[:, 0]
        queues[:, :-1] = queues[:, 1:]
        queues[:, -1] = 0
        paid = (p.ready >= self.desk.payout_threshold * 100) | (p.status == LEFT)
        row["paid_out"] = int(p.ready[paid].sum())
        p.ready[paid] = 0
        row["payables"] = int(p.ready.sum() + queues.sum())
        row["vendor_kept"] = row["payments"] - row["commission"]

    def injustice(self, who):
        """The grievance of servicing clients without pay."""
        a, p = self.a, self.p
        seen = a.observability
        if self.desk.registry:
            seen = seen + 0.5 * (1.0 - seen)
        envied, unpaid, serviced = p.envied_mrr[who], p.unpaid_mrr[who], p.serviced_mrr[who]
        felt = envied / 100 + a.unpaid_weight * ((unpaid - envied) / 100)
        share = np.divide(felt, serviced / 100, out=np.zeros(len(who)), where=serviced > 0)
        return a.envy * (1.0 - seen) * share

    def feel(self):
        """Let members feel, talk, rest, return and leave; sum the month over them."""
        a, p, desk = self.a, self.p, self.desk
        who = np.flatnonzero(p.is_member)
        kopecks, held = p.income[who], p.held_mrr[who]
        income = kopecks / 100
        undeserved = ratio(p.undeserved_income[who], kopecks)
        gain = self.worth_after(self.expected_wait(who), who) / self.worth_after(MONTH, who) - 1.0
        swing = (income + 1000.0) / (p.reference_income[who] + 1000.0)
        target = a.motivation_base - self.injustice(who)
        target = target + a.income_weight * (swing / (1.0 + swing) - 0.5)
        target = target - 0.1 * a.guilt * undeserved
        target = target - a.chat_weight * self.chat
        target = target + a.speed_weight * gain
        target = target - a.clarity_weight * desk.complexity
        target = target + a.care_weight * (desk.care - 0.5)
        before = p.motivation[who]
        motivation = before + a.motivation_speed * (clamped(target) - before)
        p.motivation[who] = clamped(motivation)  # nothing is lost or gained under such a policy
        before = p.reference_income[who]
        p.reference_income[who] = before + a.reference_speed * (income - before)
        lost = np.where(held > 0, 0.0, self.losses)
        before = p.fear_of_loss[who]
        p.fear_of_loss[who] = before + a.belief_speed * (0.5 * (lost + self.losses) - before)
        before = p.trust[who]
        p.trust[who] = np.maximum(before + a.trust_speed * (1.0 - before), 0.0)
        self.decide_to_stay(who, income, held)
        self.sum_feelings(who)

    def decide_to_stay(self, who, income, held):
        """Let members stay active, rest, return or leave."""
        a, p = self.a, self.p
        above = p.motivation[who] - a.motivation_base
        chance = a.exit * self.exp(-3.0 * above) * (2.0 - p.trust[who])
        is_new = self.month - p.joined_month[who] < 24
        chance = np.where(is_new, chance * a.early_exit, chance)
        chance = chance * (1.0 + a.peer_exit * self.leaving)
        chance = np.minimum(chance / (1.0 + income / a.aspiration), 1.0)
        leaves = self.draw(Draw.EXIT, who) < chance
        luck = self.draw(Draw.DORMANCY, who)
        active = p.status[who] == ACTIVE
        comfort = income * (1.0 - p.service_premium[who]) / a.aspiration
        tires = np.where(p.is_active_type[who], a.dormancy, a.dormancy * a.passive_dormancy)
        rests = tires * (1.0 + 0.5 * np.minimum(comfort, 3.0)) * self.exp(-2.0 * above)
        rests = ~leaves & active & (luck < np.minimum(rests, 1.0))
        holding = p.service_premium[who] * np.maximum(p.level_rate[who], 0.0) * (held / 100)
        holding = holding / (a.paid_hours * p.hour_cost[who])
        revives = a.revival * (1.0 + np.minimum(holding, 3.0)) * self.exp(2.0 * above)
        revives = ~leaves & ~active & (luck < np.minimum(revives, 1.0))
        p.status[who[leaves]] = LEFT
        p.left_month[who[leaves]] = self.month
        p.status[who[rests]] = DORMANT
        p.status[who[revives]] = ACTIVE
        self.row["exited"] = int(leaves.sum())
        self.row["fell_dormant"] = int(rests.sum())
        self.row["revived"] = int(revives.sum())

    def sum_feelings(self, who):
        """Sum the month over those who were members."""
        a, p, row = self.a, self.p, self.row
        feeling = micro(p.motivation[who])
        serviced = p.serviced_mrr[who]
        unpaid = 2 * p.unpaid_mrr[who] > serviced
        groups = {
            "active_type": p.is_active_type[who],
            "passive_type": ~p.is_active_type[who],
            "servicing_unpaid": unpaid,
            "servicing_paid": ~unpaid & (serviced > 0),
            "servicing_others": p.serviced_of_others[who] > 0,
        }
        for name, group in groups.items():
            row[name] = int(group.sum())
            row[f"{name}_motivation"] = int(feeling[group].sum())
        row["active_type_commission"] = int(p.income[who][groups["active_type"]].sum())
        members = row["members"] = len(who)
        row["programme_cost"] = self.desk.cost_of_member * members
        row["motivation"] = int(feeling.sum())
        row["trust"] = int(micro(p.trust[who]).sum())
        row["active_members"] = int((p.status[who] == ACTIVE).sum())
        row["earning_members"] = int((p.income[who] > 0).sum())
        grievance = int(micro(self.injustice(who)).sum())
        self.reputation = row["motivation"] / members / 1000000 if members else a.motivation_base
        self.chat = grievance / members / 1000000 if members else 0.0
        self.leaving = row["exited"] / members if members else 0.0

    # --- clients -------------------------------------------------------------------------------

    def acquire(self):
        """Let accounts that look for a product buy one."""
        a, c, p, row = self.a, self.c, self.p, self.row
        sellers, helpers = int(self.sellers[-1]), int(self.helpers[-1])
        free = np.flatnonzero(c.status != CLIENT)
        looks = free[self.draw(Draw.IN_MARKET, free) < a.in_market]
        looks = looks[self.month >= c.may_look_month[looks]]
        place = self.draw(Draw.CHANNEL, looks) * (sellers + self.direct + self.outside)
        sold = looks[place < sellers]
        itself = looks[(place >= sellers) & (place < sellers + self.direct)]
        is_lead = np.zeros(len(itself), bool)
        if helpers:
            is_lead = self.draw(Draw.LEAD, itself) < self.desk.lead_share
        led, direct = itself[is_lead], itself[~is_lead]
        row["won_by_partners"], row["won_by_leads"] = len(sold), len(led)
        row["won_directly"] = len(direct)
        seller = np.concatenate(
            [
                pick(self.sellers, self.draw(Draw.SELLER, sold)),
                pick(self.helpers, self.draw(Draw.SELLER, led)),
            ]
        )
        won = np.concatenate([sold, led])
        for i in (won, direct):
            c.status[i] = CLIENT
            c.may_look_month[i] = 0
            c.won_month[i] = self.month
            c.mrr[i] = c.first_mrr[i]
            c.satisfaction[i] = 0.5
            c.fit[i] = c.base_fit[i]
        stake = p.lasting_stake[seller]
        c.fit[won] = clamped(c.base_fit[won] + a.screening * (stake - 0.5))
        both = np.concatenate([won, direct])
        c.proneness[both] = c.frailty[both] * self.exp(-a.churn_fit * c.fit[both])
        c.originator[won] = seller
        c.originator_worked[won] = self.month
        error = vendor.record_error_chance(self.desk.complexity, a.record_error)
        recorded = self.draw(Draw.RECORD_ERROR, won) >= error
        row["record_errors"] = len(won) - int(recorded.sum())
        c.partner_of_record[won[recorded]] = seller[recorded]
        c.record_month[won[recorded]] = self.month
        c.record_worked[won[recorded]] = self.month
        holding = p.service_premium[seller] * np.maximum(p.level_rate[seller], 0.0)
        holding = holding * (c.mrr[won] / 100) / (a.paid_hours * p.hour_cost[seller])
        chance = 1.0 - (1.0 - p.own[seller]) / (1.0 + holding)
        starts = self.draw(Draw.FIRST_SERVICE, won) < chance
        c.servicing_partner[won[starts]] = seller[starts]
        c.helper_month[won[starts]] = self.month
        c.take[won[starts]] = -1.0

    def live(self):
        """Serve, reconsider, correct the record, bill and settle, over this month's clients."""
        c = self.c
        at = SimpleNamespace(i=np.flatnonzero(c.status == CLIENT))
        for name in WRITTEN + READ:
            setattr(at, name, getattr(c, name)[at.i])
        self.serve(at)
        self.reconsider(at)
        self.correct_records(at)
        self.bill(at)
        self.settle(at)
        for name in WRITTEN:
            getattr(c, name)[at.i] = getattr(at, name)

    def serve(self, at):
        """Bring the month's hours to clients."""
        a, p, month = self.a, self.p, self.month
        gone = (at.servicing_partner >= 0) & ~p.is_member[at.servicing_partner]
        at.servicing_partner[gone] = -1
        at.helper_month[gone] = -1
        at.take[gone] = 0.0
        at.switch_month[gone] = month
        at.worker = at.servicing_partner.copy()
        served = np.flatnonzero(at.worker >= 0)
        worker, need = at.worker[served], at.need[served]
        stake = np.maximum(at.take[served], 0.0) * (at.mrr[served] / 100)
        stake = stake * p.stake_of_rouble[worker]
        keen = p.zeal[worker] * self.log(np.maximum(stake, 1.0))
        meant = np.where(stake > 1.0, need * (p.unasked[worker] + keen), need * p.unasked[worker])
        p.load = summed(worker, micro(meant), p.size)
        hours = p.capacity[worker] * meant
        quality = 1.0 - self.exp(-hours * p.skill[worker] / (need * a.service_reference))
        at.hours, at.quality = np.zeros(len(at.i)), np.zeros(len(at.i))
        at.hours[served] = hours
        at.quality[served] = quality
        has_record = at.partner_of_record >= 0
        is_own = (at.worker == at.originator) & (at.worker >= 0)
        is_recorded = has_record & (at.worker == at.partner_of_record)
        touched = np.flatnonzero(
            has_record & ~is_recorded & p.touches_ritually[at.partner_of_record]
        )
        touched = touched[self.draw(Draw.RITUAL, at.i[touched]) < a.ritual]
        self.row["ritual_touches"] = len(touched)
        at.originator_worked[is_own] = month
        at.record_worked[is_recorded] = month
        at.record_worked[touched] = month
        both = touched[at.partner_of_record[touched] == at.originator[touched]]
        at.originator_worked[both] = month
        wanted = at.quality + 0.2 * at.fit
        memory = a.satisfaction_memory
        at.satisfaction = clamped(memory * at.satisfaction + (1.0 - memory) * wanted)

    def reconsider(self, at):
        """Lose, find or compare helpers."""
        a, p = self.a, self.p
        alone = np.flatnonzero(at.servicing_partner < 0)
        helped = np.flatnonzero(at.servicing_partner >= 0)
        self.look_for_helpers(at, alone[self.draw(Draw.SERVICER, at.i[alone]) < a.find_helper])
        luck = self.draw(Draw.LAPSE, at.i[helped])
        restless = p.restlessness[at.servicing_partner[helped]]
        may = np.flatnonzero(luck < restless)
        some, helper = helped[may], at.servicing_partner[helped[may]]
        is_own = (helper == at.originator[some]) | (helper == at.partner_of_record[some])
        holding = np.where(is_own, p.service_premium[helper], 1.0) * np.maximum(at.take[some], 0.0)
        holding = holding * (at.mrr[some] / 100) / (a.paid_hours * p.hour_cost[helper])
        lapses = luck[may] < restless[may] / (1.0 + holding)
        at.servicing_partner[some[lapses]] = -1
        at.helper_month[some[lapses]] = -1
        at.take[some[lapses]] = 0.0
        at.switch_month[some[lapses]] = self.month
        stays = np.ones(len(helped), bool)
        stays[may[lapses]] = False
        helped = helped[stays]
        if self.helpers[-1]:
            unhappy = at.satisfaction[helped] < 0.3
            chance = np.where(unhappy, a.attention + a.attention_unhappy, a.attention)
            looks = np.flatnonzero(self.draw(Draw.ATTENTION, at.i[helped]) < chance)
            some = helped[looks]
            challenger = pick(self.helpers, self.draw(Draw.CHALLENGER, at.i[some]))
            switched = self.switch(at, some, challenger, a.inertia, Draw.SWITCH)
            stays = np.ones(len(helped), bool)
            stays[looks[switched]] = False
            helped = helped[stays]
        courted = self.draw(Draw.COURTED, at.i[helped]) < self.courting_chance
        some = helped[courted]
        courtier = pick(self.courtiers, self.draw(Draw.COURTIER, at.i[some]))
        loyalty = a.inertia + np.where(at.take[some] > 0.0, a.matching, 0.0)
        switched = self.switch(at, some, courtier, loyalty, Draw.COURTED_SWITCH)
        self.row["courted_switches"] = int(switched.sum())

    def look_for_helpers(self, at, some):
        """Turn to the partner that sold, or to any helper."""
        a, p = self.a, self.p
        seller = at.originator[some]
        known = (seller >= 0) & (p.status[seller] == ACTIVE)
        who = np.flatnonzero(known)
        luck = self.draw(Draw.KNOWN_PARTNER, at.i[some[who]])
        turns = who[luck < a.known_partner * p.own[seller[who]]]
        at.servicing_partner[some[turns]] = seller[turns]
        at.helper_month[some[turns]] = self.month
        at.take[some[turns]] = -1.0
        if self.helpers[-1]:
            others = np.delete(some, turns)
            luck = self.draw(Draw.SERVICER_CHOICE, at.i[others])
            at.servicing_partner[others] = pick(self.helpers, luck)
            at.helper_month[others] = self.month
            at.take[others] = -1.0

    def switch(self, at, some, challenger, loyalty, decision):
        """Choose between helper and challenger; return which of some clients switch."""
        a = self.a
        power = -a.paid_hours * self.p.skill[challenger] / (1.0 * a.service_reference)
        offered = 1.0 - self.exp(power)
        likes = a.taste * (offered - at.satisfaction[some]) - loyalty
        chance = 1.0 / (1.0 + self.exp(-likes))
        switched = challenger != at.servicing_partner[some]
        switched &= self.draw(decision, at.i[some]) < chance
        who = some[switched]
        at.servicing_partner[who] = challenger[switched]
        at.helper_month[who] = self.month
        at.take[who] = -1.0
        at.switch_month[who] = self.month
        self.row["helper_switches"] += len(who)
        return switched

    def correct_records(self, at):
        """Have missing records corrected in the seller's favour."""
        member = (at.originator >= 0) & self.p.is_member[at.originator]
        some = np.flatnonzero((at.partner_of_record < 0) & member)
        some = some[self.draw(Draw.CORRECTION, at.i[some]) < self.a.correction]
        at.partner_of_record[some] = at.originator[some]
        at.record_month[some] = self.month
        at.record_worked[some] = self.month

    def bill(self, at):
        """Let clients leave, or pay for the month and perhaps buy more."""
        a, c, p, row = self.a, self.c, self.p, self.row
        at.tenure = self.month - at.won_month
        lived = len(self.tenures)
        self.tenures[:, 0] += np.bincount(at.tenure, minlength=lived)
        chance = at.proneness * (a.churn_floor + a.churn_span * (1.0 - at.satisfaction))
        shaken = (at.switch_month >= 0) & (self.month - at.switch_month < a.switch_shock_months)
        chance = np.minimum(np.where(shaken, chance * a.switch_shock, chance), 1.0)
        unpaid = (at.servicing_partner >= 0) & (at.take == 0.0)
        moved = p.unpaid_move_chance[at.servicing_partner]
        chance = np.where(unpaid, chance + moved, chance)
        leaves = (at.tenure > 0) & (self.draw(Draw.CHURN, at.i) < chance)
        gone = at.i[leaves]
        self.tenures[:, 1] += np.bincount(at.tenure[leaves], minlength=lived)
        row["churned_clients"], row["churned_mrr"] = len(gone), int(at.mrr[leaves].sum())
        c.status[gone] = LOST
        c.may_look_month[gone] = self.month + a.return_months
        for name in (*PARTNERS, *STAMPS):
            getattr(c, name)[gone] = -1
        for name in ("take", "record_credit", "service_credit"):
            getattr(c, name)[gone] = 0.0
        for name in ("mrr", "satisfaction"):
            getattr(c, name)[gone] = getattr(at, name)[leaves]
        stays = ~leaves
        for name in (*vars(at),):
            setattr(at, name, getattr(at, name)[stays])
        at.payment = at.mrr.copy()
        row["payments"] = int(at.payment.sum())
        self.tenures[:, 2] += summed(at.tenure, at.payment, lived)
        some = np.flatnonzero((at.worker >= 0) & (at.worker == at.servicing_partner))
        chance = a.upsell_rate / a.upsell_step * at.quality[some]
        some = some[self.draw(Draw.UPSELL, at.i[some]) < chance]
        at.mrr[some] += (at.payment[some] * a.upsell_step).astype(np.int64)
        at.upseller[some] = at.worker[some]
        row["upsells"] = len(some)
        row["upsell_mrr"] = int((at.mrr[some] - at.payment[some]).sum())

    def settle(self, at):
        """Divide every payment, and write clients down."""
        p, row, rate = self.p, self.row, self.desk.rate
        record, helper, payment = at.partner_of_record, at.servicing_partner, at.payment
        millionths = int(rate * 1000000.0 + 0.000001)
        held = (record >= 0) & p.is_member[record]
        kopecks = np.where(held, payment * millionths // 1000000, 0)
        paid = np.flatnonzero(kopecks)
        to, share, dead = record[paid], kopecks[paid], record[paid] != at.worker[paid]
        p.income = summed(to, share, p.size)
        p.held_mrr = summed(to, payment[paid], p.size)
        p.undeserved_income = summed(to, share * dead, p.size)
        row["dead_money"] = int(share[dead].sum())
        row["commission"] = int(share.sum())
        is_new = at.tenure == 0
        row["first_payments"] = int(payment[is_new].sum())
        row["first_commission"] = int(kopecks[is_new].sum())
        self.tenures[:, 3] += summed(at.tenure, kopecks, len(self.tenures))
        take = np.where((kopecks > 0) & (record == helper), rate, 0.0)
        at.take = np.where((helper != at.worker) & (take == 0.0), -1.0, take)
        at.record_credit[:] = 1.0
        has = np.flatnonzero(helper >= 0)
        who, worth = helper[has], payment[has]
        unpaid = at.take[has] == 0.0
        p.serviced_mrr = summed(who, worth, p.size)
        p.unpaid_mrr = summed(who, worth * unpaid, p.size)
        p.envied_mrr = summed(who, worth * (unpaid & (kopecks[has] > 0)), p.size)
        p.serviced_of_others = summed(who, who != at.originator[has], p.size)
        row["clients"], row["mrr"] = len(at.i), int(at.mrr.sum())
        row["satisfaction"] = int(micro(at.satisfaction).sum())
        row["service_hours"] = int(micro(at.hours).sum())
        row["serviced_clients"] = len(has)
        row["mismatched_clients"] = int((who != record[has]).sum())


PARTNERS = ("originator", "partner_of_record", "servicing_partner", "upseller")
STAMPS = (
    "switch_month", "helper_month", "asked_month", "record_month", "contested_month",
    "originator_worked", "record_worked",
)  # fmt: skip
WRITTEN = (
    "mrr", "satisfaction", "take", "record_credit", "servicing_partner", "partner_of_record",
    "upseller", "switch_month", "helper_month", "record_month", "originator_worked",
    "record_worked",
)  # fmt: skip
READ = ("won_month", "need", "fit", "proneness", "originator")


def desk_of(programme, assumptions):
    """What a programme means to the month."""
    conduct = programme.conduct
    rates = prospectus.promised_rates(programme.policy, assumptions.expected_request)
    return SimpleNamespace(
        rate=programme.policy.terms.rate,
        streams=prospectus.stream_values(rates),
        streams_after_year=prospectus.stream_values(rates, first=12),
        payout_days=conduct.payout_days,
        payout_threshold=conduct.payout_threshold,
        payout_lag=vendor.payout_months(conduct.payout_days),
        care=conduct.care,
        registry=conduct.registry,
        lead_share=conduct.lead_share,
        cost_of_member=vendor.programme_cost(
            conduct.care,
            conduct.training,
            conduct.registry,
            assumptions.member_cost,
            assumptions.care_cost,
            assumptions.training_cost,
            assumptions.registry_cost,
        ),
        complexity=programme.complexity,
    )


def premium(better, worse):
    """The share of a better stream that is lost by settling for a worse one."""
    return np.where(better > 0.0, np.maximum(better - worse, 0.0) / np.maximum(better, 1e-300), 0.0)


def ratio(part, whole):
    """Part over whole, nothing where there is no whole."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole != 0)


def pick(sums, luck):
    """The partners that uniform draws fall on, given running sums of weights."""
    return np.searchsorted(sums, (luck * int(sums[-1])).astype(np.int64), side="right")
