"""The same market as an ordinary Mesa model: what anybody would write, to measure Mesa by.

The same agents take the same decisions each month by the same formulas, in plain Python with
Mesa's own random numbers. It knows the first-sale lock only. Its luck is not keyed, so its
results resemble the engines', and are not the same.
"""

from bisect import bisect_right
from itertools import accumulate
from math import exp, log

import mesa

POTENTIAL, ACTIVE, DORMANT, LEFT = "potential", "active", "dormant", "left"
PROSPECT, CLIENT, LOST = "prospect", "client", "lost"


def clamp(x):
    return min(max(x, 0.0), 1.0)


def worth_after(a, days, is_cash_constrained):
    worth = a.present_bias * exp(-a.partner_discount * days / 30.0)
    return worth * (1.0 - a.waiting_pain * min(days / 45.0, 1.0)) if is_cash_constrained else worth


def service_quality(a, hours, need, skill):
    return 1.0 - exp(-hours * skill / (need * a.service_reference))


class Lottery:
    """Partners drawn in proportion to weights."""

    def __init__(self, partners, weights):
        self.partners = partners
        self.sums = list(accumulate(weights))
        self.total = self.sums[-1] if self.sums else 0.0

    def pick(self, random):
        place = bisect_right(self.sums, random.random() * self.total)
        return self.partners[min(place, len(self.partners) - 1)]


class Partner(mesa.Agent):
    """A partner that sells, serves, feels and may leave."""

    def __init__(self, model):
        super().__init__(model)
        a, random = model.a, model.random
        self.is_active_type = random.random() < a.active_share
        self.is_cash_constrained = random.random() < a.cash_constrained_share
        self.productivity = random.lognormvariate(0, a.productivity_spread)
        self.skill = random.lognormvariate(0, 0.25)
        self.hours = a.partner_hours * random.lognormvariate(0, 0.5)
        self.hour_cost = a.hour_cost * random.lognormvariate(0, 0.3)
        self.own_chance = a.active_service if self.is_active_type else a.passive_service
        self.status = ACTIVE if random.random() < a.founders else POTENTIAL
        self.joined_month = 0
        self.motivation = a.motivation_base
        self.trust = 1.0
        self.fear_of_loss = 0.0
        self.reference_income = 0.0
        self.effort = 0.0
        self.load = 0.0
        self.ready = 0
        self.queue = [0] * 6
        self.open_month()
        self.read_contract()

    def open_month(self):
        self.income = self.undeserved_income = self.held_mrr = 0
        self.lost_mrr = self.gained_mrr = self.disputes = 0
        self.serviced_mrr = self.unpaid_mrr = self.envied_mrr = self.serviced_of_others = 0

    @property
    def is_member(self):
        return self.status in (ACTIVE, DORMANT)

    def read_contract(self):
        a, terms = self.model.a, self.model.terms
        self.worth = self.trust * worth_after(a, terms["payout_days"], self.is_cash_constrained)
        steady = (1.0 - a.partner_discount) * (1.0 - a.expected_churn)
        self.retention = steady * (1.0 - self.fear_of_loss)
        serves = terms["rate"] * (1.0 - self.retention**120) / (1.0 - self.retention)
        drifts = touches = serves
        helps = chosen = 0.0
        own = self.own_chance
        rival = a.rival_rate * worth_after(a, 30.0, self.is_cash_constrained) / (1.0 - steady)
        self.service_premium = max(serves - drifts, 0.0) / serves
        self.recognition_premium = max(chosen - helps, 0.0) / chosen if chosen else 0.0
        self.touching_pays = touches > drifts
        self.level_rate = serves * (1.0 - self.retention)
        self.value_of_win = self.worth * (own * serves + (1.0 - own) * drifts)
        self.value_of_gain = own * self.worth * chosen
        services = 12.0 * a.service_income * own
        odds = (self.value_of_win + services) / (rival + services)
        self.steering = 1.0 / (1.0 + exp(-a.rival_theta * log(odds)))
        later = self.worth * (
            serves - terms["rate"] * (1.0 - self.retention**12) / (1.0 - self.retention)
        )
        self.lasting_stake = later / (later + rival * steady**12)

    def consider_joining(self):
        a, model = self.model.a, self.model
        appeal = model.reputation / a.motivation_base * 2.0 * self.steering
        if self.random.random() < min(
            a.entry * appeal * (1.0 - 0.1 * model.terms["complexity"]), 1.0
        ):
            self.status = ACTIVE
            self.joined_month = model.month
            model.tally["entered"] += 1

    def plan(self):
        a = self.model.a
        self.capacity = 1.0 if self.load <= self.hours else self.hours / self.load
        appetite = self.value_of_gain / (self.value_of_gain + self.value_of_win + 1e-9)
        if self.status == DORMANT:
            appetite = 0.0
        free = max(self.hours - self.load, 0.1 * self.hours)
        self.load = 0.0
        hours = free * (1.0 - a.courting_hours * appetite) * (0.4 + self.motivation)
        effort = (
            self.productivity * (hours / a.partner_hours) ** a.effort_elasticity * self.steering
        )
        if self.status == DORMANT:
            effort *= a.dormant_referral
        self.effort = a.effort_habit * self.effort + (1.0 - a.effort_habit) * effort
        self.helping = self.skill * self.own_chance if self.status == ACTIVE else 0.0
        self.courting = self.helping * appetite
        self.open_month()

    def holding_power(self, take, mrr, is_own):
        premium = self.service_premium if is_own else 1.0
        a = self.model.a
        return premium * max(take, 0.0) * mrr / 100 / (a.paid_hours * self.hour_cost)

    def hours_for(self, client):
        a = self.model.a
        stake = max(client.take, 0.0) * client.mrr / 100 * self.worth
        stake *= a.hour_effect / (1.0 - min(self.retention, 0.99)) / self.hour_cost
        hours = a.paid_hours + a.goodwill_hours * self.motivation
        if stake > 1.0:
            hours += a.stake_hours * (0.4 + self.motivation) * log(stake)
        return client.need * hours

    def lapses(self, client):
        a = self.model.a
        if self.status == DORMANT:
            chance = a.dormant_lapse
        else:
            chance = a.lapse * exp(a.motivation_base - self.motivation)
            if not self.is_active_type:
                chance *= a.passive_lapse
        is_own = self is client.originator or self is client.partner_of_record
        holding = self.holding_power(client.take, client.mrr, is_own)
        return self.random.random() < min(chance, 1.0) / (1.0 + holding)

    def earn(self, kopecks, is_for_work):
        self.income += kopecks
        self.queue[self.model.terms["payout_lag"]] += kopecks
        if not is_for_work:
            self.undeserved_income += kopecks

    def collect(self):
        self.ready += self.queue.pop(0)
        self.queue.append(0)
        if self.ready >= self.model.terms["payout_threshold"] or self.status == LEFT:
            self.model.tally["paid_out"] += self.ready
            self.ready = 0
        self.model.tally["payables"] += self.ready + sum(self.queue)

    @property
    def injustice(self):
        if self.serviced_mrr <= 0:
            return 0.0
        a = self.model.a
        felt = self.envied_mrr + a.unpaid_weight * (self.unpaid_mrr - self.envied_mrr)
        return a.envy * (1.0 - a.observability) * felt / self.serviced_mrr

    def feel(self):
        a, model = self.model.a, self.model
        income = self.income / 100
        swing = (income + 1000.0) / (self.reference_income + 1000.0)
        constrained = self.is_cash_constrained
        gain = worth_after(a, model.terms["payout_days"], constrained)
        gain = gain / worth_after(a, 30.0, constrained) - 1.0
        target = a.motivation_base - self.injustice + a.income_weight * (swing / (1 + swing) - 0.5)
        if self.income:
            target -= 0.1 * a.guilt * self.undeserved_income / self.income
        target -= a.chat_weight * model.chat_grievance
        target += a.speed_weight * gain
        target -= a.clarity_weight * model.terms["complexity"]
        target += a.care_weight * (model.terms["care"] - 0.5)
        self.motivation += a.motivation_speed * (clamp(target) - self.motivation)
        held = self.held_mrr + self.lost_mrr
        lost = self.lost_mrr / held if held else 0.0
        gained = min(self.gained_mrr / held, 1.0) if held else 0.0
        jump = a.gain_weight * gained - a.loss_aversion * a.shock_weight * lost
        self.motivation = clamp(self.motivation + jump)
        self.reference_income += a.reference_speed * (income - self.reference_income)
        heard = lost if held else model.heard_losses
        self.fear_of_loss += a.belief_speed * (
            0.5 * (heard + model.heard_losses) - self.fear_of_loss
        )
        self.trust += a.trust_speed * (1.0 - self.trust)
        self.trust = max(self.trust - a.dispute_harm * self.disputes, 0.0)

    def decide_to_stay(self):
        a, model = self.model.a, self.model
        income = self.income / 100
        above = self.motivation - a.motivation_base
        chance = a.exit * exp(-3.0 * above) * (2.0 - self.trust)
        if model.month - self.joined_month < 24:
            chance *= a.early_exit
        chance *= 1.0 + a.peer_exit * model.peers_leaving
        if self.random.random() < min(chance / (1.0 + income / a.aspiration), 1.0):
            self.status = LEFT
            model.tally["exited"] += 1
        elif self.status == ACTIVE:
            comfort = 1.0 + 0.5 * min(income * (1.0 - self.service_premium) / a.aspiration, 3.0)
            tires = a.dormancy if self.is_active_type else a.dormancy * a.passive_dormancy
            if self.random.random() < min(tires * comfort * exp(-2.0 * above), 1.0):
                self.status = DORMANT
                model.tally["fell_dormant"] += 1
        else:
            holding = self.holding_power(self.level_rate, self.held_mrr, True)
            chance = a.revival * (1.0 + min(holding, 3.0)) * exp(2.0 * above)
            if self.random.random() < min(chance, 1.0):
                self.status = ACTIVE
                model.tally["revived"] += 1


class Client(mesa.Agent):
    """An account that buys, is served, compares, pays and may leave."""

    def __init__(self, model):
        super().__init__(model)
        a, random = model.a, model.random
        self.first_mrr = int(a.arpa * random.lognormvariate(0, a.mrr_spread) * 100)
        self.need = random.lognormvariate(0, 0.3)
        self.base_fit = random.random()
        self.frailty = random.lognormvariate(-0.5 * a.frailty_spread**2, a.frailty_spread)
        self.status = PROSPECT
        self.may_look_month = 0
        self.satisfaction = 0.0
        self.mrr = 0
        self.leave_partners()

    def leave_partners(self):
        self.originator = self.partner_of_record = None
        self.servicing_partner = self.upseller = self.worker = None
        self.take = 0.0
        self.service_credit = 0.0
        self.switch_month = self.contested_month = None
        self.originator_worked = self.record_worked = None
        self.client_asked = False

    def buy(self):
        a, model = self.model.a, self.model
        if self.status == CLIENT or model.month < self.may_look_month:
            return
        if self.random.random() >= a.in_market:
            return
        place = self.random.random() * model.pull
        if place < model.sellers.total:
            self.become_client(model.sellers.pick(self.random))
            model.tally["won_by_partners"] += 1
        elif place < model.sellers.total + model.direct_pull:
            if model.helpers.total and self.random.random() < model.terms["lead_share"]:
                self.become_client(model.helpers.pick(self.random))
                model.tally["won_by_leads"] += 1
            else:
                self.become_client(None)
                model.tally["won_directly"] += 1

    def become_client(self, seller):
        a, model = self.model.a, self.model
        self.status = CLIENT
        self.won_month = model.month
        self.mrr = self.first_mrr
        self.satisfaction = 0.5
        self.fit = self.base_fit
        self.leave_partners()
        if seller is not None:
            self.fit = clamp(self.base_fit + a.screening * (seller.lasting_stake - 0.5))
        self.proneness = self.frailty * exp(-a.churn_fit * self.fit)
        if seller is None:
            return
        self.originator = seller
        self.originator_worked = model.month
        if self.random.random() < a.record_error * (1.0 + model.terms["complexity"]):
            model.tally["record_errors"] += 1
        else:
            self.partner_of_record = seller
            self.record_worked = model.month
        holding = seller.holding_power(seller.level_rate, self.mrr, True)
        if self.random.random() < 1.0 - (1.0 - seller.own_chance) / (1.0 + holding):
            self.servicing_partner = seller
            self.take = -1.0

    def receive_service(self):
        a, model, helper = self.model.a, self.model, self.servicing_partner
        if helper is not None and not helper.is_member:
            self.change_helper(None)
            helper = None
        self.worker = helper
        self.client_asked = False
        self.hours = self.quality = 0.0
        if helper is not None:
            meant = helper.hours_for(self)
            helper.load += meant
            self.hours = helper.capacity * meant
            self.quality = service_quality(a, self.hours, self.need, helper.skill)
            if helper is self.originator:
                self.originator_worked = model.month
        record = self.partner_of_record
        if record is not None:
            if record is helper:
                self.record_worked = model.month
            elif (
                record.status == ACTIVE and record.touching_pays and self.random.random() < a.ritual
            ):
                self.record_worked = model.month
                model.tally["ritual_touches"] += 1
        target = self.quality + 0.2 * self.fit
        memory = a.satisfaction_memory
        self.satisfaction = clamp(memory * self.satisfaction + (1.0 - memory) * target)

    def reconsider(self):
        helper = self.servicing_partner
        if helper is None:
            self.look_for_helper()
        elif helper.lapses(self):
            self.change_helper(None)
        elif not (self.compare_helpers(helper) or self.be_courted(helper)):
            self.consider_request(helper)

    def consider_request(self, helper):
        if helper is not self.partner_of_record and helper.recognition_premium > 0.0:
            chance = self.model.a.asking * helper.recognition_premium * self.satisfaction
            self.client_asked = self.random.random() < chance

    def change_helper(self, helper):
        self.servicing_partner = helper
        self.take = 0.0 if helper is None else -1.0
        self.switch_month = self.model.month

    def look_for_helper(self):
        a, model, seller = self.model.a, self.model, self.originator
        if self.random.random() >= a.find_helper:
            return
        if (
            seller is not None
            and seller.status == ACTIVE
            and self.random.random() < a.known_partner * seller.own_chance
        ):
            self.servicing_partner = seller
            self.take = -1.0
        elif model.helpers.total:
            self.servicing_partner = model.helpers.pick(self.random)
            self.take = -1.0

    def compare_helpers(self, helper):
        a, model = self.model.a, self.model
        chance = a.attention + (a.attention_unhappy if self.satisfaction < 0.3 else 0.0)
        if self.random.random() >= chance or not model.helpers.total:
            return False
        return self.switch(helper, model.helpers.pick(self.random), a.inertia)

    def be_courted(self, helper):
        a, model = self.model.a, self.model
        if self.random.random() >= model.courting_chance:
            return False
        loyalty = a.inertia + (a.matching if self.take > 0.0 else 0.0)
        if not self.switch(helper, model.courtiers.pick(self.random), loyalty):
            return False
        self.client_asked = True
        model.tally["courted_switches"] += 1
        return True

    def switch(self, helper, challenger, loyalty):
        a = self.model.a
        if challenger is helper:
            return False
        offered = service_quality(a, a.paid_hours, 1.0, challenger.skill)
        gain = a.taste * (offered - self.satisfaction) - loyalty
        if self.random.random() >= 1.0 / (1.0 + exp(-gain)):
            return False
        self.change_helper(challenger)
        self.model.tally["helper_switches"] += 1
        if self.service_credit > 0.0:
            self.dispossess(helper, challenger, self.service_credit)
        return True

    def dispossess(self, old, new, share):
        a, tally = self.model.a, self.model.tally
        moved = int(self.mrr * share)
        old.lost_mrr += moved
        new.gained_mrr += moved
        self.contested_month = self.model.month
        tally["contested_moves"] += 1
        if self.random.random() < a.dispute:
            old.disputes += 1
            new.disputes += 1
            tally["disputes"] += 1
            tally["dispute_cost"] += self.random.uniform(a.dispute_cost_low, a.dispute_cost_high)

    def update_record(self):
        seller = self.originator
        if self.partner_of_record is not None or seller is None or not seller.is_member:
            return
        if self.random.random() < self.model.a.correction:
            self.partner_of_record = seller
            self.record_worked = self.model.month

    def settle_bill(self):
        a, model = self.model.a, self.model
        tally, month = model.tally, model.month
        tenure = month - self.won_month
        if tenure > 0:
            chance = self.proneness * (a.churn_floor + a.churn_span * (1.0 - self.satisfaction))
            if self.switch_month is not None and month - self.switch_month < a.switch_shock_months:
                chance *= a.switch_shock
            if self.servicing_partner is not None and self.take == 0.0:
                below = max(a.motivation_base - self.servicing_partner.motivation, 0.0)
                chance += a.unpaid_steering * below / a.motivation_base
            if (
                self.contested_month is not None
                and month - self.contested_month < a.dispossessed_months
            ):
                chance += a.dispossessed_steering
            if self.random.random() < chance:
                tally["churned_clients"] += 1
                tally["churned_mrr"] += self.mrr
                self.status = LOST
                self.may_look_month = month + a.return_months
                self.leave_partners()
                return
        self.payment = self.mrr
        tally["payments"] += self.payment
        if self.servicing_partner is None or self.servicing_partner is not self.worker:
            return
        if self.random.random() < a.upsell_rate / a.upsell_step * self.quality:
            self.mrr += int(self.mrr * a.upsell_step)
            self.upseller = self.servicing_partner
            tally["upsells"] += 1
            tally["upsell_mrr"] += self.mrr - self.payment

    def share_payment(self):
        tally, helper, holder = self.model.tally, self.servicing_partner, self.partner_of_record
        take = 0.0
        kopecks = 0
        if holder is not None and holder.is_member:
            kopecks = int(self.payment * self.model.terms["rate"])
            holder.earn(kopecks, is_for_work=holder is self.worker)
            holder.held_mrr += self.payment
            if holder is not self.worker:
                tally["dead_money"] += kopecks
            if holder is helper:
                take = self.model.terms["rate"]
        if helper is not self.worker and take == 0.0:
            take = -1.0
        self.take = take
        tally["commission"] += kopecks
        if self.model.month == self.won_month:
            tally["first_payments"] += self.payment
            tally["first_commission"] += kopecks
        if helper is not None:
            helper.serviced_mrr += self.payment
            if take == 0.0:
                helper.unpaid_mrr += self.payment
                helper.envied_mrr += self.payment if kopecks else 0
            helper.serviced_of_others += helper is not self.originator


GROUPS = ("active_type", "passive_type", "servicing_unpaid", "servicing_paid", "servicing_others")
FACTS = (
    "clients", "mrr", "satisfaction", "serviced_clients", "mismatched_clients", "service_hours",
    "won_by_partners", "won_by_leads", "won_directly", "churned_clients", "churned_mrr", "upsells",
    "upsell_mrr", "helper_switches", "courted_switches", "payments", "commission", "first_payments",
    "first_commission", "dead_money",
    "paid_out", "payables", "record_errors", "contested_moves", "disputes", "dispute_cost",
    "ritual_touches", "members", "active_members", "entered", "exited", "fell_dormant", "revived",
    "earning_members", "trust", "motivation", *GROUPS, *(f"{group}_motivation" for group in GROUPS),
)  # fmt: skip


class PlainMarket(mesa.Model):
    """A market under a first-sale lock."""

    def __init__(self, *, partners, clients, seed, assumptions, incumbent, **_):
        super().__init__(seed=seed)
        a = self.a = assumptions
        conduct = incumbent.conduct
        self.terms = {
            "rate": incumbent.policy.terms.rate,
            "complexity": incumbent.complexity,
            "payout_days": conduct.payout_days,
            "payout_lag": round(conduct.payout_days / 30),
            "payout_threshold": conduct.payout_threshold * 100,
            "care": conduct.care,
            "lead_share": conduct.lead_share,
        }
        self.month = 0
        self.reputation = a.motivation_base
        self.chat_grievance = self.peers_leaving = self.heard_losses = 0.0
        self.direct_pull = a.direct_pull * clients / 100
        self.outside_pull = a.outside_pull * clients / 100
        self.tally = dict.fromkeys(FACTS, 0)
        Partner.create_agents(self, partners)
        Client.create_agents(self, clients)
        self.datacollector = mesa.DataCollector(
            {name: (lambda model, name=name: model.tally[name]) for name in FACTS}
        )

    def step(self):
        self.month += 1
        tally = self.tally = dict.fromkeys(FACTS, 0)
        partners = list(self.agents_by_type[Partner])
        for partner in partners:
            if partner.status == POTENTIAL:
                partner.consider_joining()
        members = [partner for partner in partners if partner.is_member]
        for partner in members:
            partner.read_contract()
            partner.plan()
        self.open_markets(members)
        self.agents_by_type[Client].do("buy")
        clients = [c for c in self.agents_by_type[Client] if c.status == CLIENT]
        for phase in ("receive_service", "reconsider", "update_record", "settle_bill"):
            for client in clients:
                getattr(client, phase)()
        clients = [client for client in clients if client.status == CLIENT]
        for client in clients:
            client.share_payment()
        for partner in partners:
            partner.collect()
        for partner in members:
            partner.feel()
        for partner in members:
            partner.decide_to_stay()
        self.observe(clients, members)
        self.reputation = tally["motivation"] / len(members) if members else self.a.motivation_base
        self.peers_leaving = tally["exited"] / len(members) if members else 0.0
        self.datacollector.collect(self)

    def open_markets(self, members):
        self.sellers = Lottery(members, [partner.effort for partner in members])
        self.helpers = Lottery(members, [partner.helping for partner in members])
        self.courtiers = Lottery(members, [partner.courting for partner in members])
        self.pull = self.sellers.total + self.direct_pull + self.outside_pull
        self.courting_chance = 0.0
        if self.helpers.total:
            share = self.courtiers.total / self.helpers.total
            self.courting_chance = 2.0 * self.a.poaching * share

    def observe(self, clients, members):
        tally = self.tally
        for client in clients:
            helper = client.servicing_partner
            tally["clients"] += 1
            tally["mrr"] += client.mrr
            tally["satisfaction"] += client.satisfaction
            tally["service_hours"] += client.hours
            if helper is not None:
                tally["serviced_clients"] += 1
                tally["mismatched_clients"] += helper is not client.partner_of_record
        grievance = lost = held = 0.0
        for partner in members:
            tally["members"] += 1
            tally["motivation"] += partner.motivation
            tally["trust"] += partner.trust
            tally["active_members"] += partner.status == ACTIVE
            tally["earning_members"] += partner.income > 0
            unpaid = 2 * partner.unpaid_mrr > partner.serviced_mrr
            is_in = (
                partner.is_active_type,
                not partner.is_active_type,
                unpaid,
                not unpaid and partner.serviced_mrr > 0,
                partner.serviced_of_others > 0,
            )
            for group, belongs in zip(GROUPS, is_in, strict=True):
                if belongs:
                    tally[group] += 1
                    tally[f"{group}_motivation"] += partner.motivation
            grievance += partner.injustice
            lost += partner.lost_mrr
            held += partner.held_mrr
        self.chat_grievance = grievance / len(members) if members else 0.0
        self.heard_losses = lost / (held + lost) if held + lost else 0.0

    def advance(self, months):
        for _ in range(months):
            self.step()
