"""The Mesa agents: partners, clients and the vendor. They decide by calling sim/rules/.

Each method is one decision, so a researcher can subclass an agent and change just that one.
A phase reads what the phase before it wrote; the order of agents within a phase is irrelevant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from policies.contract import Account
from sim.engines.outcome import PAYOUT_QUEUE, ROLES
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import prospectus, vendor
from sim.world.luck import Decision
from sim.world.programme import Programme
from sim.world.units import KOPECKS, MICRO, NEVER, micro, months_since

if TYPE_CHECKING:
    from sim.engines.model import PartnerMarket

PROSPECT, CLIENT, LOST = range(3)
POTENTIAL, ACTIVE, DORMANT, LEFT = range(4)


class Vendor(mesa.Agent):
    """The vendor: its programme, its standing among partners, its books."""

    model: PartnerMarket

    def __init__(self, model: PartnerMarket, programme: Programme) -> None:
        super().__init__(model)
        self.reputation = model.assumptions.motivation_base
        self.chat_grievance = 0.0
        self.peers_leaving = 0.0
        self.heard_losses = 0.0
        self.adopt(programme)

    def adopt(self, programme: Programme) -> None:
        """Put a programme into force and work out what it promises partners."""
        a = self.model.assumptions
        self.programme = programme
        self.policy = programme.policy
        self.conduct = programme.conduct
        rates = prospectus.promised_rates(self.policy, a.expected_request)
        self.streams = prospectus.stream_values(rates)
        self.streams_after_year = prospectus.stream_values(rates, first=12)
        self.payout_lag = vendor.payout_months(self.conduct.payout_days)

    def listen(self, grievance: int, exits: int, lost_mrr: int, held_mrr: int) -> None:
        """Take stock of how partners feel at the end of the month, for all to hear.

        Parameters
        ----------
        grievance : summed over members, millionths.
        """
        month = self.model.tally
        members = month["members"]
        self.reputation = (
            month["motivation"] / members / MICRO
            if members
            else self.model.assumptions.motivation_base
        )
        self.chat_grievance = grievance / members / MICRO if members else 0.0
        self.peers_leaving = exits / members if members else 0.0
        self.heard_losses = lost_mrr / (held_mrr + lost_mrr) if held_mrr + lost_mrr else 0.0


class Partner(mesa.Agent):
    """A partner: what it sees in the contract, where its hours go, how it feels."""

    model: PartnerMarket

    def __init__(
        self,
        model: PartnerMarket,
        index: int,
        is_active_type: bool,
        is_cash_constrained: bool,
        is_founder: bool,
        productivity: float,
        skill: float,
        hours: float,
        hour_cost: float,
    ) -> None:
        super().__init__(model)
        a = model.assumptions
        self.index = index
        self.is_active_type = is_active_type
        self.is_cash_constrained = is_cash_constrained
        self.productivity = productivity
        self.skill = skill
        self.hours = hours
        self.hour_cost = hour_cost
        self.status = ACTIVE if is_founder else POTENTIAL
        self.joined_month = 0 if is_founder else -1
        self.left_month = -1
        self.motivation = a.motivation_base
        self.trust = 1.0
        self.fear_of_loss = 0.0
        self.reference_income = 0.0
        self.effort = 0.0
        self.load = 0
        """service hours it means to give this month, millionths"""
        self.earned = 0
        """kopecks credited since the programme under study began"""
        self.ready = 0
        """kopecks due and not yet paid out"""
        self.queue = [0] * PAYOUT_QUEUE
        """kopecks that fall due in 0, 1, 2, ... months"""
        self.open_month()

    def open_month(self) -> None:
        """Start this month's counts."""
        self.income = 0
        self.undeserved_income = 0
        self.held_mrr = 0
        """MRR times the share of its commission that is credited to this partner"""
        self.lost_mrr = 0
        self.gained_mrr = 0
        self.serviced_mrr = 0
        self.unpaid_mrr = 0
        self.envied_mrr = 0
        self.serviced_of_others = 0
        self.disputes = 0

    @property
    def is_member(self) -> bool:
        """Whether the partner is in the programme, active or dormant."""
        return self.status in (ACTIVE, DORMANT)

    @property
    def service_chance(self) -> float:
        """Chance that it would service a client by its own liking."""
        a = self.model.assumptions
        return a.active_service if self.is_active_type else a.passive_service

    def read_contract(self) -> None:
        """Work out what the programme promises this partner, as it perceives it."""
        a, desk = self.model.assumptions, self.model.vendor
        self.worth = self.trust * self.perceived_worth(desk.conduct.payout_days)
        self.retention = partners_do.retention_factor(
            self.fear_of_loss, a.partner_discount, a.expected_churn
        )
        serves, drifts, touches, helps, chosen = (
            prospectus.stream_value(desk.streams, situation, self.retention)
            for situation in range(5)
        )
        self.service_premium = partners_do.premium(serves, drifts)
        self.recognition_premium = partners_do.premium(chosen, helps)
        self.touching_pays = touches > drifts + 1e-9
        self.level_rate = serves * (1.0 - self.retention)
        self.value_of_win = partners_do.value_of_win(
            serves, drifts, self.service_chance, self.worth
        )
        self.value_of_gain = self.service_chance * self.worth * chosen
        rival_stream = partners_do.rival_stream(
            self.perceived_worth(30.0), a.partner_discount, a.expected_churn, a.rival_rate
        )
        self.steering = partners_do.steering(
            self.value_of_win,
            rival_stream,
            12.0 * a.service_income * self.service_chance,
            a.rival_theta,
        )
        self.lasting_stake = partners_do.lasting_stake(
            partners_do.value_of_win(
                prospectus.stream_value(desk.streams_after_year, prospectus.SERVES, self.retention),
                prospectus.stream_value(desk.streams_after_year, prospectus.DRIFTS, self.retention),
                self.service_chance,
                self.worth,
            ),
            partners_do.rival_tail(rival_stream, a.partner_discount, a.expected_churn),
        )

    def perceived_worth(self, payout_days: float) -> float:
        """Return the worth now of a rouble paid after some days."""
        a = self.model.assumptions
        return partners_do.payout_perception(
            payout_days,
            self.is_cash_constrained,
            a.partner_discount,
            a.present_bias,
            a.waiting_pain,
        )

    def hear_of_change(self, stream_before: float, stream_now: float) -> None:
        """React to a new programme: a cut of one's pay shocks and costs trust, a rise pleases."""
        if self.held_mrr == 0 or stream_before <= 0.0:
            return
        a = self.model.assumptions
        change = stream_now / stream_before - 1.0
        self.be_shocked(max(-change, 0.0), max(change, 0.0))
        self.trust = partners_do.trust_after_cut(
            self.trust, max(-change, 0.0), a.loss_aversion, a.shock_weight
        )

    def be_shocked(self, share_lost: float, share_gained: float) -> None:
        """Let motivation jump with a loss or a gain of pay or records."""
        a = self.model.assumptions
        jump = partners_do.shock(
            share_lost, share_gained, a.loss_aversion, a.shock_weight, a.gain_weight
        )
        self.motivation = partners_do.shocked(self.motivation, jump)

    # --- entry ---------------------------------------------------------------------------------

    def consider_joining(self) -> None:
        """Join the programme, or not yet."""
        a, desk = self.model.assumptions, self.model.vendor
        chance = partners_do.entry_chance(
            desk.reputation, self.steering, desk.programme.complexity, a.motivation_base, a.entry
        )
        if self.model.luck(Decision.ENTRY)[self.index] < chance:
            self.status = ACTIVE
            self.joined_month = self.model.month
            self.model.tally["entered"] += 1

    # --- plan ----------------------------------------------------------------------------------

    def plan(self) -> None:
        """Divide the month's hours between service, selling, courting and rest."""
        a = self.model.assumptions
        load = self.load / MICRO
        self.capacity = partners_do.service_capacity(self.hours, load)
        self.load = 0
        appetite = partners_do.gain_appetite(self.value_of_gain, self.value_of_win)
        free_hours = partners_do.free_hours(self.hours, load)
        if self.status == DORMANT:
            appetite = 0.0
        effort = partners_do.selling_effort(
            self.productivity,
            free_hours,
            a.courting_hours * appetite,
            self.motivation,
            self.steering,
            a.partner_hours,
            a.effort_elasticity,
        )
        if self.status == DORMANT:
            effort = effort * a.dormant_referral
        self.effort = partners_do.habitual(self.effort, effort, a.effort_habit)
        helping = self.skill * self.service_chance if self.status == ACTIVE else 0.0
        self.selling_weight = micro(self.effort)
        self.helping_weight = micro(helping)
        self.courting_weight = micro(helping * appetite)
        self.open_month()

    def holding_power(self, take: float, mrr: int, is_own: bool) -> float:
        """Return the pay that stopping service would forfeit, over the cost of serving.

        Parameters
        ----------
        take : RUB per RUB invoiced.
        mrr : kopecks.
        is_own : the partner won the client or is its partner of record.
        """
        return partners_do.holding_power(
            self.service_premium if is_own else 1.0,
            max(take, 0.0),
            mrr / KOPECKS,
            self.model.assumptions.paid_hours,
            self.hour_cost,
        )

    # --- serve ---------------------------------------------------------------------------------

    def hours_for(self, client: Client) -> float:
        """Return the hours this partner means to give a client this month."""
        a = self.model.assumptions
        stake = partners_do.stake_ratio(
            max(client.take, 0.0),
            client.mrr / KOPECKS,
            self.retention,
            self.worth,
            a.hour_effect,
            self.hour_cost,
        )
        return partners_do.service_hours(
            client.need,
            stake,
            self.motivation,
            a.paid_hours,
            a.stake_hours,
            a.goodwill_hours,
        )

    def lapses(self, client: Client) -> bool:
        """Return whether this partner stops working for a client."""
        a = self.model.assumptions
        is_own = self is client.originator or self is client.partner_of_record
        chance = partners_do.lapse_chance(
            self.is_active_type,
            self.status == DORMANT,
            self.motivation,
            self.holding_power(client.take, client.mrr, is_own),
            a.motivation_base,
            a.lapse,
            a.passive_lapse,
            a.dormant_lapse,
        )
        return self.model.luck(Decision.LAPSE)[client.index] < chance

    # --- settle --------------------------------------------------------------------------------

    def earn(self, kopecks: int, is_for_work: bool) -> None:
        """Book a commission; it is paid out after the programme's delay."""
        self.income += kopecks
        self.earned += kopecks
        self.queue[self.model.vendor.payout_lag] += kopecks
        if not is_for_work:
            self.undeserved_income += kopecks

    def collect(self) -> None:
        """Receive what is due, once it reaches the programme's threshold or the partner left."""
        self.ready += self.queue.pop(0)
        self.queue.append(0)
        threshold = self.model.vendor.conduct.payout_threshold * KOPECKS
        if self.ready >= threshold or self.status == LEFT:
            self.model.tally["paid_out"] += self.ready
            self.ready = 0

    @property
    def payable(self) -> int:
        """Kopecks credited and not yet paid out."""
        return self.ready + sum(self.queue)

    # --- feel ----------------------------------------------------------------------------------

    @property
    def injustice(self) -> float:
        """Grievance of servicing clients without pay."""
        a = self.model.assumptions
        visible = partners_do.visibility(a.observability, self.model.vendor.conduct.registry)
        return partners_do.felt_injustice(
            self.envied_mrr / KOPECKS,
            (self.unpaid_mrr - self.envied_mrr) / KOPECKS,
            self.serviced_mrr / KOPECKS,
            a.envy,
            a.unpaid_weight,
            visible,
        )

    def feel(self) -> None:
        """Update motivation, trust and beliefs from what happened this month."""
        a, desk = self.model.assumptions, self.model.vendor
        income = self.income / KOPECKS
        target = partners_do.motivation_target(
            self.injustice,
            self.undeserved_income / self.income if self.income else 0.0,
            partners_do.income_swing(income, self.reference_income, a.income_weight),
            desk.chat_grievance,
            self.perceived_worth(desk.conduct.payout_days) / self.perceived_worth(30.0) - 1.0,
            desk.programme.complexity,
            desk.conduct.care,
            a.motivation_base,
            a.guilt,
            a.chat_weight,
            a.speed_weight,
            a.clarity_weight,
            a.care_weight,
        )
        self.motivation = partners_do.believed(self.motivation, target, a.motivation_speed)
        held = self.held_mrr + self.lost_mrr
        lost = self.lost_mrr / held if held else desk.heard_losses
        self.be_shocked(lost if held else 0.0, self.gained_mrr / held if held else 0.0)
        self.reference_income = partners_do.believed(
            self.reference_income, income, a.reference_speed
        )
        self.fear_of_loss = partners_do.believed(
            self.fear_of_loss, 0.5 * (lost + desk.heard_losses), a.belief_speed
        )
        self.trust = partners_do.trust_after_month(
            self.trust, self.disputes, a.trust_speed, a.dispute_harm
        )

    def decide_to_stay(self) -> None:
        """Stay active, rest, return or leave."""
        a, desk = self.model.assumptions, self.model.vendor
        month = self.model.month
        income = self.income / KOPECKS
        leaving = partners_do.exit_chance(
            self.motivation,
            self.trust,
            month - self.joined_month,
            income,
            desk.peers_leaving,
            a.motivation_base,
            a.exit,
            a.early_exit,
            a.peer_exit,
            a.aspiration,
        )
        if self.model.luck(Decision.EXIT)[self.index] < leaving:
            self.status = LEFT
            self.left_month = month
            self.model.tally["exited"] += 1
            return
        luck = self.model.luck(Decision.DORMANCY)[self.index]
        if self.status == ACTIVE:
            residual = income * (1.0 - self.service_premium)
            if luck < partners_do.dormancy_chance(
                self.motivation, residual, a.motivation_base, a.dormancy, a.aspiration
            ):
                self.status = DORMANT
                self.model.tally["fell_dormant"] += 1
        else:
            holding = self.holding_power(self.level_rate, self.held_mrr, is_own=True)
            if luck < partners_do.revival_chance(
                self.motivation, holding, a.motivation_base, a.revival
            ):
                self.status = ACTIVE
                self.model.tally["revived"] += 1


class Client(mesa.Agent):
    """An account: a prospect, a client or a lost client, and the partners around it."""

    model: PartnerMarket

    def __init__(
        self,
        model: PartnerMarket,
        index: int,
        first_mrr: int,
        need: float,
        base_fit: float,
        frailty: float,
    ) -> None:
        super().__init__(model)
        self.index = index
        self.first_mrr = first_mrr
        self.need = need
        self.base_fit = base_fit
        self.frailty = frailty
        self.status = PROSPECT
        self.may_look_month = 0
        self.won_month = -1
        self.satisfaction = 0.0
        self.fit = base_fit
        self.mrr = 0
        self.leave_partners()

    def leave_partners(self) -> None:
        """Forget every partner, as a prospect and a lost client have none."""
        self.originator: Partner | None = None
        self.partner_of_record: Partner | None = None
        self.servicing_partner: Partner | None = None
        self.upseller: Partner | None = None
        self.worker: Partner | None = None
        """the partner who worked on the account this month"""
        self.take = 0.0
        """what the servicing partner got of the last payment, RUB per RUB; -1 before it"""
        self.record_credit = 0.0
        """share of the last commission credited to the partner of record as such"""
        self.service_credit = 0.0
        """share of the last commission credited to the servicing partner as such"""
        self.switch_month = -1
        self.record_month = -1
        self.contested_month = -1
        self.originator_worked = -1
        self.record_worked = -1
        self.client_asked = False
        self.hours = 0.0
        self.payment = 0

    # --- acquire -------------------------------------------------------------------------------

    def buy(self) -> None:
        """Buy through a partner, directly, or not at all."""
        market, luck = self.model, self.model.luck
        if self.status == CLIENT or market.month < self.may_look_month:
            return
        place = luck(Decision.CHANNEL)[self.index] * market.pull
        if place < market.sellers.total:
            self.become_client(market.sellers.pick(luck(Decision.SELLER)[self.index]))
            market.tally["won_by_partners"] += 1
        elif place < market.sellers.total + market.direct_pull:
            if market.helpers.total and (
                luck(Decision.LEAD)[self.index] < market.assumptions.lead_share
            ):
                self.become_client(market.helpers.pick(luck(Decision.SELLER)[self.index]))
                market.tally["won_by_leads"] += 1
            else:
                self.become_client(None)
                market.tally["won_directly"] += 1

    def become_client(self, seller: Partner | None) -> None:
        """Start as a client, won by a partner or by nobody."""
        a, month, luck = self.model.assumptions, self.model.month, self.model.luck
        self.status = CLIENT
        self.won_month = month
        self.mrr = self.first_mrr
        self.satisfaction = 0.5
        self.fit = self.base_fit
        self.leave_partners()
        if seller is None:
            return
        self.originator = seller
        self.fit = clients_do.fit_of_win(self.base_fit, seller.lasting_stake, a.screening)
        complexity = self.model.vendor.programme.complexity
        error = vendor.record_error_chance(complexity, a.record_error)
        if luck(Decision.RECORD_ERROR)[self.index] < error:
            self.model.tally["record_errors"] += 1
        else:
            self.partner_of_record = seller
            self.record_month = month
            self.record_worked = month
        self.originator_worked = month
        holding = seller.holding_power(seller.level_rate, self.mrr, is_own=True)
        starts = partners_do.start_chance(seller.service_chance, holding)
        if luck(Decision.FIRST_SERVICE)[self.index] < starts:
            self.servicing_partner = seller
            self.take = -1.0

    # --- serve ---------------------------------------------------------------------------------

    def receive_service(self) -> None:
        """Receive this month's hours; satisfaction follows."""
        a, month, helper = self.model.assumptions, self.model.month, self.servicing_partner
        if helper is not None and not helper.is_member:
            self.change_helper(None)
            helper = None
        self.worker = helper
        self.client_asked = False
        self.hours = 0.0
        self.quality = 0.0
        if helper is not None:
            meant = helper.hours_for(self)
            helper.load += micro(meant)
            self.hours = helper.capacity * meant
            self.quality = clients_do.service_quality(
                self.hours, self.need, helper.skill, a.service_reference
            )
            if helper is self.originator:
                self.originator_worked = month
        record = self.partner_of_record
        if record is not None:
            if record is helper:
                self.record_worked = month
            elif record.status == ACTIVE and record.touching_pays:
                self.be_touched(record)
        self.satisfaction = clients_do.satisfaction(
            self.satisfaction, self.quality, self.fit, a.satisfaction_memory
        )

    def be_touched(self, record: Partner) -> None:
        """Receive a token piece of work that only keeps the record."""
        if self.model.luck(Decision.RITUAL)[self.index] < self.model.assumptions.ritual:
            self.record_worked = self.model.month
            if record is self.originator:
                self.originator_worked = self.model.month
            self.model.tally["ritual_touches"] += 1

    # --- reconsider ----------------------------------------------------------------------------

    def reconsider(self) -> None:
        """Lose, find, compare or recognise a helper."""
        helper = self.servicing_partner
        if helper is None:
            self.look_for_helper()
        elif helper.lapses(self):
            self.change_helper(None)
        elif not (self.compare_helpers(helper) or self.be_courted(helper)):
            self.consider_request(helper)

    def look_for_helper(self) -> None:
        """Find a helper, whatever the programme says."""
        market, luck = self.model, self.model.luck
        if luck(Decision.HELPER)[self.index] >= market.assumptions.find_helper:
            return
        seller = self.originator
        if (
            seller is not None
            and seller.status == ACTIVE
            and luck(Decision.KNOWN_PARTNER)[self.index]
            < market.assumptions.known_partner * seller.service_chance
        ):
            self.servicing_partner = seller
            self.take = -1.0
        elif market.helpers.total:
            self.servicing_partner = market.helpers.pick(luck(Decision.HELPER_CHOICE)[self.index])
            self.take = -1.0

    def compare_helpers(self, helper: Partner) -> bool:
        """Compare the helper with another now and then; return whether the client switches."""
        a, market, luck = self.model.assumptions, self.model, self.model.luck
        chance = clients_do.attention_chance(self.satisfaction, a.attention, a.attention_unhappy)
        if luck(Decision.ATTENTION)[self.index] >= chance or not market.helpers.total:
            return False
        challenger = market.helpers.pick(luck(Decision.CHALLENGER)[self.index])
        return self.switch(helper, challenger, a.inertia, Decision.SWITCH)

    def be_courted(self, helper: Partner) -> bool:
        """Hear another partner's offer; return whether the client switches."""
        a, market, luck = self.model.assumptions, self.model, self.model.luck
        if luck(Decision.COURTED)[self.index] >= market.courting_chance:
            return False
        courtier = market.courtiers.pick(luck(Decision.COURTIER)[self.index])
        loyalty = a.inertia + (a.matching if self.take > 0.0 else 0.0)
        if not self.switch(helper, courtier, loyalty, Decision.COURTED_SWITCH):
            return False
        self.client_asked = True
        market.tally["courted_switches"] += 1
        return True

    def switch(
        self, helper: Partner, challenger: Partner, loyalty: float, decision: Decision
    ) -> bool:
        """Choose between helper and challenger; return whether the client switches."""
        a = self.model.assumptions
        if challenger is helper:
            return False
        offered = clients_do.service_quality(
            a.paid_hours, 1.0, challenger.skill, a.service_reference
        )
        chance = clients_do.switch_chance(self.satisfaction, offered, loyalty, a.taste)
        if self.model.luck(decision)[self.index] >= chance:
            return False
        self.change_helper(challenger)
        self.model.tally["helper_switches"] += 1
        if self.service_credit > 0.0:
            self.dispossess(helper, challenger, self.service_credit, months_idle=0)
        return True

    def change_helper(self, helper: Partner | None) -> None:
        """Lose the former helper, to another or to nobody."""
        self.servicing_partner = helper
        self.take = 0.0 if helper is None else -1.0
        self.switch_month = self.model.month

    def consider_request(self, helper: Partner) -> None:
        """Ask the vendor to recognise the helper, if the helper asks for it."""
        if helper is self.partner_of_record or helper.recognition_premium <= 0.0:
            return
        chance = clients_do.request_chance(
            self.satisfaction, self.model.assumptions.asking, helper.recognition_premium
        )
        self.client_asked = self.model.luck(Decision.REQUEST)[self.index] < chance

    # --- record --------------------------------------------------------------------------------

    def as_seen_by_policy(self) -> Account:
        """Return what the policy may know of this account this month."""
        month, helper = self.model.month, self.servicing_partner
        record = self.partner_of_record
        return Account(
            month - self.won_month,
            helper is not None and helper is self.worker,
            self.client_asked,
            helper is not None and helper is self.originator,
            helper is not None and helper is record,
            record is not None,
            months_since(month, self.originator_worked),
            months_since(month, self.record_worked) if record is not None else NEVER,
            months_since(month, self.record_month) if record is not None else NEVER,
            months_since(month, self.switch_month),
        )

    def update_record(self) -> None:
        """Let the policy say whether the helper becomes the partner of record."""
        helper, record = self.servicing_partner, self.partner_of_record
        if (
            helper is not None
            and helper is not record
            and self.model.vendor.policy.moves_record(self.as_seen_by_policy())
        ):
            self.move_record(record, helper)
        elif record is None and self.originator is not None:
            self.correct_record(self.originator)

    def correct_record(self, seller: Partner) -> None:
        """Have a missing record corrected in the seller's favour, sooner or later."""
        luck = self.model.luck(Decision.CORRECTION)[self.index]
        if luck < self.model.assumptions.correction:
            self.partner_of_record = seller
            self.record_month = self.record_worked = self.model.month

    def move_record(self, old: Partner | None, new: Partner) -> None:
        """Recognise a new partner of record."""
        idle = months_since(self.model.month, self.record_worked)
        self.partner_of_record = new
        self.record_month = self.record_worked = self.model.month
        self.model.tally["record_moves"] += 1
        if old is not None and old.is_member:
            self.dispossess(old, new, self.record_credit, idle)
        else:
            new.gained_mrr += self.mrr

    def dispossess(self, old: Partner, new: Partner, share: float, months_idle: int) -> None:
        """Move a share of the commission from one partner to another, who may quarrel over it.

        Parameters
        ----------
        months_idle : since the old partner last worked on the account; one that has lost touch
            cannot move the client to a rival.
        """
        a, month, tally = self.model.assumptions, self.model.month, self.model.tally
        moved = int(self.mrr * share)
        old.lost_mrr += moved
        new.gained_mrr += moved
        if months_idle < a.dispossessed_months:
            self.contested_month = month
        tally["contested_moves"] += 1
        chance = vendor.dispute_chance(self.model.vendor.conduct.registry, a.dispute)
        if self.model.luck(Decision.DISPUTE)[self.index] < chance:
            old.disputes += 1
            new.disputes += 1
            span = a.dispute_cost_high - a.dispute_cost_low
            cost = a.dispute_cost_low + span * self.model.luck(Decision.DISPUTE_COST)[self.index]
            tally["disputes"] += 1
            tally["dispute_cost"] += int(cost * KOPECKS)

    # --- bill ----------------------------------------------------------------------------------

    def chance_of_leaving(self) -> float:
        """Return the chance that the client leaves the vendor this month."""
        a, month = self.model.assumptions, self.model.month
        chance = clients_do.churn_hazard(
            self.satisfaction,
            self.fit,
            self.frailty,
            months_since(month, self.switch_month),
            a.churn_floor,
            a.churn_span,
            a.churn_fit,
            a.switch_shock,
            a.switch_shock_months,
        )
        if self.servicing_partner is not None and self.take == 0.0:
            chance += partners_do.unpaid_move_chance(
                self.servicing_partner.motivation, a.motivation_base, a.unpaid_steering
            )
        if months_since(month, self.contested_month) < a.dispossessed_months:
            chance += a.dispossessed_steering
        return chance

    def settle_bill(self) -> None:
        """Leave the vendor, or pay for the month and perhaps buy more."""
        a, market, luck = self.model.assumptions, self.model, self.model.luck
        tally = market.tally
        months = market.month - self.won_month
        tenure = market.tenure_row(months)
        tenure[0] += 1
        if months > 0 and luck(Decision.CHURN)[self.index] < self.chance_of_leaving():
            tenure[1] += 1
            tally["churned_clients"] += 1
            tally["churned_mrr"] += self.mrr
            self.status = LOST
            self.may_look_month = market.month + a.return_months
            self.leave_partners()
            return
        self.payment = self.mrr
        tally["payments"] += self.payment
        tenure[2] += self.payment
        if self.servicing_partner is not None and self.servicing_partner is self.worker:
            chance = clients_do.upsell_chance(self.quality, a.upsell_rate, a.upsell_step)
            if luck(Decision.UPSELL)[self.index] < chance:
                self.mrr = vendor.grown(self.mrr, a.upsell_step)
                self.upseller = self.servicing_partner
                tally["upsells"] += 1
                tally["upsell_mrr"] += self.mrr - self.payment

    # --- settle --------------------------------------------------------------------------------

    def share_payment(self) -> None:
        """Have the policy divide this month's payment among the partners."""
        market, helper = self.model, self.servicing_partner
        account = self.as_seen_by_policy()
        credit = market.vendor.policy.credited(account)
        rate = market.vendor.policy.commission_rate(account)
        holders = (self.originator, self.partner_of_record, helper, self.upseller)
        take = 0.0
        credited = 0
        for role in range(len(ROLES)):
            holder = holders[role]
            if credit[role] <= 0.0 or holder is None or not holder.is_member:
                continue
            kopecks = vendor.commission(self.payment, credit[role] * rate)
            if kopecks == 0:
                continue
            credited += kopecks
            holder.earn(kopecks, is_for_work=holder is self.worker)
            holder.held_mrr += int(self.payment * credit[role])
            if holder is not self.worker:
                market.tally["dead_money"] += kopecks
            if holder is helper:
                take += credit[role] * rate
            market.ledger.enter(market.month, self.index, holder.index, role, kopecks)
        if helper is not self.worker and take == 0.0:
            take = -1.0  # it has not worked yet, so it was not left unpaid
        self.take = take
        self.record_credit = credit.partner_of_record
        self.service_credit = credit.servicing_partner if helper is self.worker else 0.0
        market.tally["commission"] += credited
        market.tenure_row(market.month - self.won_month)[3] += credited
        if helper is not None:
            helper.serviced_mrr += self.payment
            if take == 0.0:
                helper.unpaid_mrr += self.payment
                helper.envied_mrr += self.payment if credited else 0
            helper.serviced_of_others += helper is not self.originator
