"""A partner: what it sees in the contract, where its hours go, how it feels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from sim.engines.events import CAUSE, WHAT
from sim.engines.outcome import ACTIVE, DORMANT, LEFT, PAYOUT_QUEUE, POTENTIAL, RETAINER
from sim.rules import partner as partners_do
from sim.rules import prospectus
from sim.world.luck import Draw
from sim.world.units import KOPECKS, MICRO, NEVER, NOBODY, micro

if TYPE_CHECKING:
    from sim.engines.agents.client import Client
    from sim.engines.model import PartnerMarket


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
        role: int,
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
        self.role = role
        self.productivity = productivity
        self.skill = skill
        self.hours = hours
        self.hour_cost = hour_cost
        self.status = ACTIVE if is_founder else POTENTIAL
        self.joined_month = 0 if is_founder else -1
        self.left_month = -1
        self.last_win_month = self.joined_month
        self.motivation = a.motivation_base
        self.trust = 1.0
        self.fear_of_loss = 0.0
        self.reference_income = 0.0
        self.reference_value = -1.0
        """what it is used to get for a win, months of a client's price; below 0 before it joins"""
        self.effort = 0.0
        self.load = 0
        """service hours it means to give this month, millionths"""
        self.held_clients = 0
        """paying clients on its name this month"""
        self.held_clients_before = 0
        self.earned = 0
        """kopecks credited since the programme under study began"""
        self.ready = 0
        """kopecks due and not yet paid out"""
        self.queue = [0] * PAYOUT_QUEUE
        """kopecks that fall due in 0, 1, 2, ... months"""
        self.open_month()

    def tell(self, what: int, cause: int, *facts: float) -> None:
        """Have written down what happens to the partner, in case it is watched."""
        month = self.model.month + (what == WHAT.news)  # heard before the next month
        self.model.chronicler.tell(month, what, cause, NOBODY, self.index, NOBODY, facts)

    def open_month(self) -> None:
        """Start this month's counts."""
        self.held_clients_before = min(self.held_clients, NEVER)
        self.held_clients = 0
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
        self.clawed_back = 0
        """kopecks of commission taken back because a client left early"""

    @property
    def is_member(self) -> bool:
        """Whether the partner is in the programme, active or dormant."""
        return self.status in (ACTIVE, DORMANT)

    @property
    def is_onboarding(self) -> bool:
        """Whether the partner has joined and may not sell yet."""
        months = self.model.month - self.joined_month
        is_founder = self.joined_month == 0
        return not is_founder and months < self.model.vendor.conduct.onboarding_months

    @property
    def service_chance(self) -> float:
        """Chance that it would service a client by its own liking."""
        a = self.model.assumptions
        return a.active_service if self.is_active_type else a.passive_service

    def read_contract(self) -> None:
        """Work out what the programme promises this partner, as it perceives it."""
        a, desk = self.model.assumptions, self.model.vendor
        self.retention = partners_do.retention_factor(
            self.fear_of_loss, a.partner_discount, a.expected_churn
        )
        promises = desk.streams[self.role]
        values = (
            prospectus.stream_value(promises, situation, self.fear_of_loss)
            for situation in (*prospectus.SITUATIONS, prospectus.LEVEL)
        )
        serves, drifts, touches, helps, chosen, neglects, rests, *vacant, level = values
        found, named, orphan, heir = vacant
        self.months_ahead = level
        self.cost_of_work = a.paid_hours * self.hour_cost
        self.level_rate = serves / level
        self.at_stake = partners_do.felt(self.level_rate * a.arpa, self.cost_of_work)
        quota_premium = partners_do.premium(serves, rests)
        self.assured = partners_do.assured_share(quota_premium, self.months_since_win)
        promised = self.trust * self.perceived_worth(self.days_to_payout)
        self.worth = promised * self.assured
        self.service_premium = partners_do.premium(serves, drifts)
        self.quality_premium = partners_do.premium(serves, neglects) * self.at_stake
        self.recognition_premium = partners_do.premium(chosen, helps) * self.at_stake
        self.naming_premium = partners_do.premium(named, found) * self.at_stake
        self.heir_premium = partners_do.premium(heir, orphan) * self.at_stake
        self.touching_pays = touches > drifts + 1e-9
        self.value_of_win = partners_do.value_of_win(
            serves, drifts, self.service_chance, self.worth
        ) + partners_do.stake_in_winning(
            quota_premium, self.reference_income, self.retainer_to_win, promised, a.arpa
        )
        self.value_of_gain = self.service_chance * self.worth * chosen * desk.open_share
        rival_stream = partners_do.rival_stream(
            self.perceived_worth(30.0), a.partner_discount, a.expected_churn, a.rival_rate
        )
        self.steering = partners_do.steering(
            partners_do.felt_value(self.value_of_win, self.reference_value, a.loss_aversion),
            rival_stream,
            12.0 * a.service_income * self.service_chance,
            a.rival_theta,
        )
        later = desk.streams_after_year[self.role]
        self.lasting_stake = partners_do.lasting_stake(
            partners_do.value_of_win(
                prospectus.stream_value(later, prospectus.SERVES, self.fear_of_loss),
                prospectus.stream_value(later, prospectus.DRIFTS, self.fear_of_loss),
                self.service_chance,
                self.worth,
            ),
            partners_do.rival_tail(rival_stream, a.partner_discount, a.expected_churn),
        )

    @property
    def months_since_win(self) -> int:
        """Months since it last won a client, or joined; none before it joins."""
        return self.model.month - self.last_win_month if self.joined_month >= 0 else 0

    @property
    def retainer_to_win(self) -> float:
        """Fixed monthly pay that one more client would open, RUB."""
        conduct = self.model.vendor.conduct
        return 0.0 if self.held_clients >= conduct.retainer_clients else conduct.retainer

    @property
    def days_to_payout(self) -> float:
        """Days it expects to wait for a commission."""
        conduct = self.model.vendor.conduct
        return partners_do.days_to_payout(
            conduct.payout_days, conduct.payout_threshold, self.reference_income
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

    def hear_of_change(
        self, stream_before: float, at_stake_before: float, stream_now: float
    ) -> None:
        """React to a new programme: a cut of one's pay shocks and costs trust, a rise pleases."""
        before = self.motivation, self.trust
        if self.held_mrr == 0 or stream_before <= 0.0:
            return
        a, conduct = self.model.assumptions, self.model.vendor.conduct
        change = stream_now / stream_before - 1.0
        lost = partners_do.softened_loss(
            max(-change, 0.0),
            self.retention,
            conduct.grandfather_months,
            conduct.notice_months,
            a.notice_relief,
        )
        weight = max(at_stake_before, self.at_stake)
        self.be_shocked(weight * lost, weight * max(change, 0.0))
        self.trust = partners_do.trust_after_cut(
            self.trust, weight * lost, a.loss_aversion, a.shock_weight
        )
        self.tell_news(CAUSE.contract, *before)

    def hear_of_incident(self, harm: float) -> None:
        """Lose motivation over what happened to another, as far as the chat is open."""
        before = self.motivation, self.trust
        openness = self.model.vendor.conduct.chat_openness
        self.motivation = partners_do.shocked(self.motivation, -harm * openness)
        self.tell_news(CAUSE.incident, *before)

    def tell_news(self, cause: int, motivation: float, trust: float) -> None:
        """Have written down what news did to motivation and trust, which were so before."""
        if (motivation, trust) != (self.motivation, self.trust):
            self.tell(WHAT.news, cause, motivation, self.motivation, trust, self.trust)

    def be_shocked(self, share_lost: float, share_gained: float) -> None:
        """Let motivation jump with a loss or a gain of pay or records."""
        a = self.model.assumptions
        jump = partners_do.shock(
            share_lost, share_gained, a.loss_aversion, a.shock_weight, a.gain_weight
        )
        self.motivation = partners_do.shocked(self.motivation, jump)

    def line(self, held: int, served: int) -> tuple[float, ...]:
        """Return how the partner stands at the end of a month.

        Parameters
        ----------
        held, served : clients of which it is partner of record, and servicing partner.

        Returns
        -------
        the fields of `sim.engines.events.PARTNER_MONTH`
        """
        month = self.model.month
        was_member = self.is_member or self.left_month == month
        counts = (
            self.income,
            self.undeserved_income,
            self.serviced_mrr,
            self.unpaid_mrr,
            self.lost_mrr,
            self.gained_mrr,
            self.disputes,
        )
        target, jump, *inputs = self.felt if was_member else (0.0,) * 9
        return (
            *(month, self.status, was_member, self.index, held, served),
            *(counts if was_member else (0,) * len(counts)),
            *(self.motivation, self.trust, target, jump, *inputs),
        )

    # --- entry ---------------------------------------------------------------------------------

    def consider_joining(self) -> None:
        """Join the programme, or not yet."""
        a, desk = self.model.assumptions, self.model.vendor
        conduct = desk.conduct
        if not partners_do.may_join(
            self.is_active_type, self.hours, conduct.gate_hours, conduct.gate_service
        ):
            return
        chance = partners_do.entry_chance(
            desk.reputation,
            self.steering,
            desk.programme.complexity,
            conduct.onboarding_months,
            a.motivation_base,
            a.entry,
            a.onboarding_deterrence,
        )
        if self.model.luck(Draw.ENTRY)[self.index] < chance:
            self.status = ACTIVE
            self.joined_month = self.last_win_month = self.model.month
            self.model.tally["entered"] += 1
            self.tell(WHAT.joined, CAUSE.chance)

    # --- plan ----------------------------------------------------------------------------------

    def plan(self) -> None:
        """Divide the month's hours between service, selling, courting and rest."""
        a = self.model.assumptions
        self.get_used_to_pay()
        self.prepare_service()
        load = self.load / MICRO
        self.capacity = partners_do.service_capacity(self.hours, load)
        self.load = 0
        appetite = self.at_stake * partners_do.gain_appetite(self.value_of_gain, self.value_of_win)
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
        if self.is_onboarding:
            effort = 0.0
        self.effort = partners_do.habitual(self.effort, effort, a.effort_habit)
        serving = self.trained_skill * self.service_chance if self.status == ACTIVE else 0.0
        self.selling_weight = micro(self.effort)
        self.serving_weight = micro(serving)
        self.courting_weight = micro(serving * appetite)
        self.open_month()

    def get_used_to_pay(self) -> None:
        """Let what a win has been worth become what is usual."""
        speed = self.model.assumptions.reference_speed
        self.reference_value = (
            partners_do.believed(self.reference_value, self.value_of_win, speed)
            if self.reference_value >= 0.0
            else self.value_of_win
        )

    def prepare_service(self) -> None:
        """Settle how this partner will serve any client this month."""
        a = self.model.assumptions
        training = self.model.vendor.conduct.training
        self.trained_skill = partners_do.trained(self.skill, training, a.training_gain)
        self.unasked_hours = partners_do.unasked_hours(
            self.motivation,
            self.quality_premium,
            a.paid_hours,
            a.goodwill_hours,
            a.diligence_hours,
        )
        self.zeal = partners_do.zeal(self.motivation, a.stake_hours)
        self.stake_of_rouble = partners_do.stake_of_rouble(
            self.months_ahead, self.worth, a.hour_effect, self.hour_cost
        )
        self.restlessness = partners_do.restlessness(
            self.is_active_type,
            self.status == DORMANT,
            self.motivation,
            a.motivation_base,
            a.lapse,
            a.passive_lapse,
            a.dormant_lapse,
        )
        self.unpaid_move_chance = partners_do.unpaid_move_chance(
            self.motivation, a.motivation_base, a.unpaid_steering
        )

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

    def unpaid_share(self, client: Client) -> float:
        """Return how far a client that this partner serves leaves it unpaid, 0-1."""
        pay = max(client.take, 0.0) * client.mrr / KOPECKS
        return 1.0 - partners_do.felt(pay, self.cost_of_work)

    # --- serve ---------------------------------------------------------------------------------

    def hours_for(self, client: Client) -> float:
        """Return the hours this partner means to give a client this month."""
        stake = max(client.take, 0.0) * (client.mrr / KOPECKS) * self.stake_of_rouble
        return partners_do.service_hours(client.need, self.unasked_hours, self.zeal, stake)

    def lapses(self, client: Client) -> bool:
        """Return whether this partner stops working for a client."""
        luck = self.model.luck(Draw.LAPSE)[client.index]
        if luck >= self.restlessness:
            return False
        is_own = self is client.originator or self is client.partner_of_record
        holding = self.holding_power(client.take, client.mrr, is_own)
        return luck < partners_do.lapse_chance(self.restlessness, holding)

    # --- settle --------------------------------------------------------------------------------

    def earn(self, kopecks: int, is_for_work: bool) -> None:
        """Book a commission; it is paid out after the programme's delay."""
        self.income += kopecks
        self.earned += kopecks
        self.queue[self.model.vendor.payout_lag] += kopecks
        if not is_for_work:
            self.undeserved_income += kopecks

    def give_back(self, kopecks: int) -> None:
        """Lose commission on a client that left early; what is lacking is owed."""
        self.earned -= kopecks
        self.clawed_back += kopecks

    def collect(self) -> None:
        """Receive what is due, once it reaches the programme's threshold or the partner left."""
        self.earn_retainer()
        self.ready += self.queue.pop(0) - self.clawed_back
        self.clawed_back = 0
        self.queue.append(0)
        threshold = self.model.vendor.conduct.payout_threshold * KOPECKS
        if self.ready >= threshold or (self.status == LEFT and self.ready > 0):
            self.model.tally["paid_out"] += self.ready
            self.ready = 0

    def earn_retainer(self) -> None:
        """Book the fixed monthly pay, if the programme has one and the partner earns it."""
        conduct = self.model.vendor.conduct
        is_due = self.status == ACTIVE and self.held_clients >= conduct.retainer_clients
        kopecks = int(conduct.retainer * KOPECKS) if is_due else 0
        if kopecks:
            self.earn(kopecks, is_for_work=True)
            self.model.tally["commission"] += kopecks
            self.model.ledger.enter(self.model.month, NOBODY, self.index, RETAINER, kopecks)

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
        inputs = (
            self.injustice,
            self.at_stake * self.undeserved_income / self.income if self.income else 0.0,
            partners_do.income_swing(income, self.reference_income, a.income_weight),
            desk.conduct.chat_openness * desk.chat_grievance,
            self.perceived_worth(self.days_to_payout) / self.perceived_worth(30.0) - 1.0,
            desk.programme.complexity,
            desk.conduct.care,
        )
        target = partners_do.motivation_target(
            *inputs,
            a.motivation_base,
            a.guilt,
            a.chat_weight,
            a.speed_weight,
            a.clarity_weight,
            a.care_weight,
        )
        drifted = partners_do.believed(self.motivation, target, a.motivation_speed)
        self.motivation = drifted
        held = self.held_mrr + self.lost_mrr
        lost = self.lost_mrr / held if held else desk.heard_losses
        if held:
            self.be_shocked(self.at_stake * lost, self.at_stake * self.gained_mrr / held)
        self.felt = (target, self.motivation - drifted, *inputs)
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
        luck = self.model.luck(Draw.EXIT)[self.index]
        if luck < leaving:
            self.tell_mood(WHAT.left, luck, leaving)
            self.status = LEFT
            self.left_month = month
            self.model.tally["exited"] += 1
            return
        luck = self.model.luck(Draw.DORMANCY)[self.index]
        if self.status == ACTIVE:
            residual = income * (1.0 - self.service_premium)
            chance = partners_do.dormancy_chance(
                self.is_active_type,
                self.motivation,
                residual,
                a.motivation_base,
                a.dormancy,
                a.passive_dormancy,
                a.aspiration,
            )
            if luck < chance:
                self.tell_mood(WHAT.rested, luck, chance)
                self.status = DORMANT
                self.model.tally["fell_dormant"] += 1
        else:
            holding = self.holding_power(self.level_rate, self.held_mrr, is_own=True)
            chance = partners_do.revival_chance(
                self.motivation, holding, a.motivation_base, a.revival
            )
            if luck < chance:
                self.tell_mood(WHAT.resumed, luck, chance)
                self.status = ACTIVE
                self.model.tally["revived"] += 1

    def tell_mood(self, what: int, luck: float, chance: float) -> None:
        """Have written down that the partner leaves, rests or returns, and in what mood."""
        tenure = self.model.month - self.joined_month
        mood = (self.motivation, self.trust, self.income, tenure)
        self.tell(what, CAUSE.chance, luck, chance, *mood)
