"""An account: a prospect, a client or a lost client, and the partners around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from policies.contract import Account, Credit
from sim.engines.events import CAUSE, WHAT
from sim.engines.outcome import ACTIVE, CLAWBACK, CLIENT, LOST, PROSPECT
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import vendor
from sim.rules.answers import CREDIT, RATE, RECORD_MOVES
from sim.world.errors import PolicyFailed
from sim.world.luck import Draw
from sim.world.units import KOPECKS, NEVER, NOBODY, micro, months_since

if TYPE_CHECKING:
    from sim.engines.agents.contract import Contract
    from sim.engines.agents.partner import Partner
    from sim.engines.model import PartnerMarket


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
        self.former_originator: Partner | None = None
        self.won_month = -1
        self.satisfaction = 0.0
        self.fit = base_fit
        self.proneness = 0.0
        self.mrr = 0
        self.leave_partners()

    def leave_partners(self) -> None:
        """Forget every partner, as a prospect and a lost client have none."""
        self.paid_to_originator = 0
        """kopecks, for as long as they can be clawed back"""
        self.dead_to_originator = 0
        """the part of them that it got without working"""
        self.originator: Partner | None = None
        self.partner_of_record: Partner | None = None
        self.servicing_partner: Partner | None = None
        self.upseller: Partner | None = None
        self.who_worked: Partner | None = None
        """the partner who worked on the account this month"""
        self.take = 0.0
        """what the servicing partner got of the last payment, RUB per RUB; -1 before it"""
        self.record_credit = 0.0
        """share of the last commission credited to the partner of record as such"""
        self.service_credit = 0.0
        """share of the last commission credited to the servicing partner as such"""
        self.switch_month = -1
        self.helper_month = -1
        """when the servicing partner began"""
        self.asked_month = -1
        """when the client asked for its present servicer, which is not the partner of record"""
        self.record_month = -1
        self.contested_month = -1
        self.grudge = 0
        """of the partner that lost the client's pay then, ten-thousandths"""
        self.originator_worked = -1
        self.record_worked = -1
        self.client_asked = False
        self.hours = 0.0
        self.quality = 0.0
        self.payment = 0
        self.commission = 0
        """kopecks credited to all partners on this month's payment"""

    def tell(
        self,
        what: int,
        cause: int,
        to: Partner | None = None,
        former: Partner | None = None,
        *facts: float,
    ) -> None:
        """Have written down what happens to the account, in case it is watched."""
        self.model.chronicler.tell(
            self.model.month,
            what,
            cause,
            self.index,
            NOBODY if to is None else to.index,
            NOBODY if former is None else former.index,
            facts,
        )

    # --- acquire -------------------------------------------------------------------------------

    def buy(self) -> None:
        """Buy through a partner, directly, or not at all."""
        market, luck = self.model, self.model.luck
        if self.status == CLIENT or market.month < self.may_look_month:
            return
        place = luck(Draw.CHANNEL)[self.index] * market.pull
        if place < market.sellers.total:
            self.become_client(market.sellers.pick(luck(Draw.SELLER)[self.index]), CAUSE.sale)
            market.tally["won_by_partners"] += 1
        elif place < market.sellers.total + market.direct_pull:
            self.buy_directly()

    def buy_directly(self) -> None:
        """Come to the vendor, who keeps the client, returns it to its seller or hands it over."""
        market, luck, conduct = self.model, self.model.luck, self.model.vendor.conduct
        former = self.former_originator
        is_lead = conduct.non_compete or luck(Draw.LEAD)[self.index] < conduct.lead_share
        leads = market.servicers if conduct.leads_by_merit else market.actives
        if conduct.returns_pinned and former is not None and former.is_member:
            self.become_client(former, CAUSE.return_)
            market.tally["returned"] += 1
        elif is_lead and leads.total:
            self.become_client(leads.pick(luck(Draw.SELLER)[self.index]), CAUSE.lead)
            market.tally["won_by_leads"] += 1
        elif not conduct.non_compete:
            self.become_client(None, CAUSE.direct)
            market.tally["won_directly"] += 1

    def become_client(self, seller: Partner | None, channel: int) -> None:
        """Start as a client, won by a partner or by nobody, through a channel."""
        a, month, luck = self.model.assumptions, self.model.month, self.model.luck
        self.status = CLIENT
        self.may_look_month = 0
        self.won_month = month
        self.mrr = self.first_mrr
        self.satisfaction = 0.5
        self.fit = self.base_fit
        self.leave_partners()
        if seller is not None:
            self.fit = clients_do.fit_of_win(self.base_fit, seller.lasting_stake, a.screening)
        self.proneness = clients_do.churn_proneness(self.frailty, self.fit, a.churn_fit)
        self.tell(WHAT.won, channel, seller, None, self.mrr, self.fit)
        if seller is None:
            return
        self.originator = seller
        seller.last_win_month = month
        complexity = self.model.vendor.programme.complexity
        error = vendor.record_error_chance(complexity, a.record_error)
        if luck(Draw.RECORD_ERROR)[self.index] < error:
            self.model.tally["record_errors"] += 1
            self.tell(WHAT.record, CAUSE.mistake)
        else:
            self.partner_of_record = seller
            self.record_month = month
            self.record_worked = month
            self.tell(WHAT.record, CAUSE.sale, seller)
        self.originator_worked = month
        holding = seller.holding_power(seller.level_rate, self.mrr, is_own=True)
        starts = partners_do.start_chance(seller.service_chance, holding)
        if luck(Draw.FIRST_SERVICE)[self.index] < starts:
            self.begin_service(seller, CAUSE.sale)

    def begin_service(self, servicer: Partner, cause: int) -> None:
        """Have a servicer, who has not worked yet."""
        self.tell(WHAT.servicer, cause, servicer, self.servicing_partner)
        self.servicing_partner = servicer
        self.helper_month = self.model.month
        self.take = -1.0

    # --- serve ---------------------------------------------------------------------------------

    def receive_service(self) -> None:
        """Receive this month's hours; satisfaction follows."""
        a, month, servicer = self.model.assumptions, self.model.month, self.servicing_partner
        if servicer is not None and not servicer.is_member:
            self.change_servicer(None, CAUSE.gone)
            servicer = None
        self.who_worked = servicer
        self.client_asked = False
        self.hours = 0.0
        self.quality = 0.0
        if servicer is not None:
            meant = servicer.hours_for(self)
            servicer.load += micro(meant)
            self.hours = servicer.capacity * meant
            self.quality = clients_do.service_quality(
                self.hours, self.need, servicer.trained_skill, a.service_reference
            )
            if servicer is self.originator:
                self.originator_worked = month
        record = self.partner_of_record
        if record is not None:
            if record is servicer:
                self.record_worked = month
            elif record.status == ACTIVE and record.touching_pays:
                self.be_touched(record)
        self.satisfaction = clients_do.satisfaction(
            self.satisfaction, self.quality, self.fit, a.satisfaction_memory
        )

    def be_touched(self, record: Partner) -> None:
        """Receive a token piece of work that only keeps the record."""
        if self.model.luck(Draw.RITUAL)[self.index] < self.model.assumptions.ritual:
            self.record_worked = self.model.month
            if record is self.originator:
                self.originator_worked = self.model.month
            self.model.tally["ritual_touches"] += 1

    # --- reconsider ----------------------------------------------------------------------------

    def reconsider(self) -> None:
        """Lose, find, compare or recognise a servicer."""
        servicer = self.servicing_partner
        if servicer is None:
            self.look_for_servicer()
        elif servicer.lapses(self):
            self.change_servicer(None, CAUSE.stopped)
        elif not (self.compare_servicers(servicer) or self.be_courted(servicer)):
            self.consider_request(servicer)
        if self.client_asked and self.asked_month < 0:
            self.asked_month = self.model.month

    def look_for_servicer(self) -> None:
        """Find a servicer, whatever the programme says."""
        market, luck = self.model, self.model.luck
        if luck(Draw.SERVICER)[self.index] >= market.assumptions.find_helper:
            return
        seller = self.originator
        if (
            seller is not None
            and seller.status == ACTIVE
            and luck(Draw.KNOWN_PARTNER)[self.index]
            < market.assumptions.known_partner * seller.service_chance
        ):
            self.begin_service(seller, CAUSE.known)
        elif market.servicers.total:
            found = market.servicers.pick(luck(Draw.SERVICER_CHOICE)[self.index])
            self.begin_service(found, CAUSE.found)

    def compare_servicers(self, servicer: Partner) -> bool:
        """Compare the servicer with another now and then; return whether the client switches."""
        a, market, luck = self.model.assumptions, self.model, self.model.luck
        chance = clients_do.attention_chance(self.satisfaction, a.attention, a.attention_unhappy)
        if luck(Draw.ATTENTION)[self.index] >= chance or not market.servicers.total:
            return False
        challenger = market.servicers.pick(luck(Draw.CHALLENGER)[self.index])
        return self.switch(servicer, challenger, a.inertia, Draw.SWITCH, CAUSE.compared)

    def be_courted(self, servicer: Partner) -> bool:
        """Hear another partner's offer; return whether the client switches."""
        a, market, luck = self.model.assumptions, self.model, self.model.luck
        if luck(Draw.COURTED)[self.index] >= market.courting_chance:
            return False
        courtier = market.courtiers.pick(luck(Draw.COURTIER)[self.index])
        loyalty = a.inertia + a.matching * (1.0 - servicer.unpaid_share(self))
        if not self.switch(servicer, courtier, loyalty, Draw.COURTED_SWITCH, CAUSE.courted):
            return False
        self.ask(CAUSE.courted)
        market.tally["courted_switches"] += 1
        return True

    def switch(
        self,
        servicer: Partner,
        challenger: Partner,
        loyalty: float,
        decision: int,
        cause: int,
    ) -> bool:
        """Choose between servicer and challenger; return whether the client switches."""
        a = self.model.assumptions
        if challenger is servicer:
            return False
        offered = clients_do.service_quality(
            a.paid_hours, 1.0, challenger.trained_skill, a.service_reference
        )
        chance = clients_do.switch_chance(self.satisfaction, offered, loyalty, a.taste)
        if self.model.luck(decision)[self.index] >= chance:
            return False
        self.change_servicer(challenger, cause)
        self.model.tally["helper_switches"] += 1
        if self.service_credit > 0.0:
            self.dispossess(servicer, challenger, self.service_credit, 0, cause)
        return True

    def change_servicer(self, servicer: Partner | None, cause: int) -> None:
        """Lose the former servicer, to another or to nobody."""
        self.switch_month = self.model.month
        self.asked_month = -1
        if servicer is not None:
            self.begin_service(servicer, cause)
            return
        self.tell(WHAT.servicer, cause, None, self.servicing_partner)
        self.servicing_partner = None
        self.take = 0.0
        self.helper_month = -1

    def consider_request(self, servicer: Partner) -> None:
        """Ask the vendor to recognise the servicer, if the servicer asks for it."""
        record = self.partner_of_record
        if servicer is record:
            return
        premium = servicer.naming_premium
        if record is not None:
            premium = servicer.recognition_premium if record.is_member else servicer.heir_premium
        if premium <= 0.0:
            return
        chance = clients_do.request_chance(
            self.satisfaction, self.model.assumptions.asking, premium
        )
        if self.model.luck(Draw.REQUEST)[self.index] < chance:
            self.ask(CAUSE.prompted)

    def ask(self, cause: int) -> None:
        """Ask the vendor to recognise the servicer."""
        self.client_asked = True
        self.tell(WHAT.request, cause, self.servicing_partner, self.partner_of_record)

    # --- record --------------------------------------------------------------------------------

    def as_seen_by_policy(self, price: int) -> Account:
        """Return what the policy may know of this account this month.

        Parameters
        ----------
        price : what the client pays this month, kopecks.
        """
        month, servicer = self.model.month, self.servicing_partner
        record = self.partner_of_record
        if record is not None and not record.is_member:
            record = None
        return Account(
            month - self.won_month,
            servicer is not None and servicer is self.who_worked,
            self.client_asked,
            servicer is not None and servicer is self.originator,
            servicer is not None and servicer is record,
            record is not None,
            months_since(month, self.originator_worked),
            months_since(month, self.record_worked) if record is not None else NEVER,
            months_since(month, self.record_month) if record is not None else NEVER,
            months_since(month, self.helper_month),
            months_since(month, self.asked_month),
            record is None or self.has_consent(),
            self.quality,
            clients_do.upsold_share(self.first_mrr, price),
            record.held_clients_before if record is not None else 0,
            months_since(month, record.last_win_month) if record is not None else NEVER,
            self.originator.role if self.originator is not None else 0,
            self.won_month <= self.model.study_month,
            self.is_orphaned,
        )

    @property
    def is_orphaned(self) -> bool:
        """Whether the partner of record has left the programme."""
        return self.partner_of_record is not None and not self.partner_of_record.is_member

    def has_consent(self) -> bool:
        """Return whether the partner of record would hand this account over.

        Decided when it got the record, and again when a new contract changes what it is worth.
        """
        since = max(self.record_month, self.model.in_force_month)
        luck = self.model.luck_of(since, Draw.CONSENT)[self.index]
        return luck < self.model.assumptions.consent

    def update_record(self) -> None:
        """Let the policy say whether the servicer becomes the partner of record."""
        record = self.partner_of_record
        if self.moves_record():
            return
        if (
            record is None
            and self.originator is not None
            and self.originator.is_member
            and self.model.vendor.conduct.corrects_records
        ):
            self.correct_record(self.originator)

    def moves_record(self) -> bool:
        """Have the record moved to the servicer if the policy says so; return whether it is."""
        vendor, servicer, record = self.model.vendor, self.servicing_partner, self.partner_of_record
        if servicer is None or servicer is record:
            return False
        contract = vendor.contract_for(self)
        if contract.moves is None:
            return False
        account = self.as_seen_by_policy(self.mrr)
        try:
            if not contract.moves(*contract.terms, *account):
                return False
        except Exception as fault:  # whatever somebody's rules do
            raise self.failure(contract, account, self.mrr, RECORD_MOVES) from fault
        seen = (*account, vendor.keeps_former_contract(self))
        self.tell(WHAT.record, CAUSE.rule, servicer, record, *seen)
        self.move_record(record, servicer)
        return True

    def failure(
        self, contract: Contract, account: Account, price: int, *rules: str
    ) -> PolicyFailed:
        """Return the error of a contract of which rules gave no sound answer about this account."""
        return contract.failure(rules, account, price, self.model.month, self.index)

    def correct_record(self, seller: Partner) -> None:
        """Have a missing record corrected in the seller's favour, sooner or later."""
        luck = self.model.luck(Draw.CORRECTION)[self.index]
        if luck < self.model.assumptions.correction:
            self.tell(WHAT.record, CAUSE.correction, seller)
            self.partner_of_record = seller
            self.record_month = self.record_worked = self.model.month

    def move_record(self, old: Partner | None, new: Partner) -> None:
        """Recognise a new partner of record."""
        idle = months_since(self.model.month, self.record_worked)
        self.partner_of_record = new
        self.record_month = self.record_worked = self.model.month
        self.asked_month = -1
        self.model.tally["record_moves"] += 1
        if old is not None and old.is_member:
            self.dispossess(old, new, self.record_credit, idle, CAUSE.rule)
        else:
            new.gained_mrr += self.mrr

    def dispossess(
        self, old: Partner, new: Partner, share: float, months_idle: int, cause: int
    ) -> None:
        """Move a share of the commission from one partner to another, who may quarrel over it.

        Parameters
        ----------
        months_idle : since the old partner last worked on the account; one that has lost touch
            cannot move the client to a rival.
        cause : of the move that they may quarrel over.
        """
        a, tally = self.model.assumptions, self.model.tally
        moved = int(self.mrr * share)
        old.lost_mrr += moved
        new.gained_mrr += moved
        self.contested_month = self.model.month
        self.grudge = int(
            partners_do.grudge(old.at_stake, share, months_idle, a.dispossessed_months) * 10_000
        )
        tally["contested_moves"] += 1
        desk = self.model.vendor
        chance = old.at_stake * vendor.dispute_chance(
            desk.programme.complexity, desk.conduct.registry, a.dispute
        )
        if self.model.luck(Draw.DISPUTE)[self.index] < chance:
            old.disputes += 1
            new.disputes += 1
            span = a.dispute_cost_high - a.dispute_cost_low
            cost = a.dispute_cost_low + span * self.model.luck(Draw.DISPUTE_COST)[self.index]
            tally["disputes"] += 1
            tally["dispute_cost"] += int(cost * KOPECKS)
            self.tell(WHAT.dispute, cause, new, old, int(cost * KOPECKS))

    # --- bill ----------------------------------------------------------------------------------

    def leaves(self) -> bool:
        """Return whether the client leaves the vendor this month."""
        own, unpaid, chance = self.chance_of_leaving()
        luck = self.model.luck(Draw.CHURN)[self.index]
        if luck >= chance:
            return False
        cause = CAUSE.own_will
        if luck >= own:
            cause = CAUSE.unpaid if luck < own + unpaid else CAUSE.dispossessed
        month = self.model.month
        state = (self.satisfaction, self.fit, self.proneness, month - self.won_month)
        changed = months_since(month, self.switch_month)
        taken_back = (self.paid_to_originator, self.dead_to_originator)
        facts = (luck, chance, own, unpaid, changed, *state, *taken_back)
        self.tell(WHAT.churn, cause, None, self.servicing_partner, *facts)
        return True

    def chance_of_leaving(self) -> tuple[float, float, float]:
        """Return the chance that the client leaves this month.

        Returns
        -------
        of its own will, moved by who serves it unpaid, and the whole chance
        """
        a, month = self.model.assumptions, self.model.month
        own = clients_do.churn_hazard(
            self.satisfaction,
            self.proneness,
            months_since(month, self.switch_month),
            a.churn_floor,
            a.churn_span,
            a.switch_shock,
            a.switch_shock_months,
        )
        servicer, unpaid, chance = self.servicing_partner, 0.0, own
        if servicer is not None and self.take >= 0.0:
            unpaid = servicer.unpaid_move_chance * servicer.unpaid_share(self)
            chance += unpaid
        if self.grudge:
            since = months_since(month, self.contested_month)
            left = partners_do.fading(since, a.dispossessed_months)
            chance += a.dispossessed_steering * (self.grudge / 10_000) * left
        return own, unpaid, chance

    def settle_bill(self) -> None:
        """Leave the vendor, or pay for the month and perhaps buy more."""
        a, market, luck = self.model.assumptions, self.model, self.model.luck
        tally = market.tally
        months = market.month - self.won_month
        tenure = market.tenure_row(months)
        tenure[0] += 1
        if months > 0 and self.leaves():
            tenure[1] += 1
            tally["churned_clients"] += 1
            tally["churned_mrr"] += self.mrr
            self.status = LOST
            self.former_originator = self.originator
            if self.originator is not None and self.paid_to_originator:
                self.give_back(self.originator, self.paid_to_originator)
                tenure[3] -= self.paid_to_originator
            self.may_look_month = market.month + a.return_months
            self.leave_partners()
            return
        self.payment = self.mrr
        tally["payments"] += self.payment
        tenure[2] += self.payment
        if self.servicing_partner is not None and self.servicing_partner is self.who_worked:
            chance = clients_do.upsell_chance(self.quality, a.upsell_rate, a.upsell_step)
            if luck(Draw.UPSELL)[self.index] < chance:
                self.mrr = vendor.grown(self.mrr, a.upsell_step)
                self.upseller = self.servicing_partner
                tally["upsells"] += 1
                tally["upsell_mrr"] += self.mrr - self.payment
                self.tell(
                    WHAT.upsell, CAUSE.service, self.servicing_partner, None, self.payment, self.mrr
                )

    def give_back(self, seller: Partner, kopecks: int) -> None:
        """Have the commission that the seller got taken back: it is none."""
        seller.give_back(kopecks)
        tally = self.model.tally
        tally["clawed_back"] += kopecks
        tally["commission"] -= kopecks
        tally["dead_money"] -= self.dead_to_originator
        tally["active_type_commission"] -= kopecks if seller.is_active_type else 0
        self.model.ledger.enter(self.model.month, self.index, seller.index, CLAWBACK, -kopecks)

    # --- settle --------------------------------------------------------------------------------

    def division(self) -> tuple[Credit, float]:
        """Return how the policy divides this month's commission, and its rate.

        Raises
        ------
        PolicyFailed
            If that is no sound answer, or the price has outgrown what can be summed.
        """
        account = self.as_seen_by_policy(self.payment)
        contract = self.model.vendor.contract_for(self)
        try:
            credit, rate, is_sound = contract.divides(*contract.terms, *account)
        except Exception as fault:  # whatever somebody's rules do
            raise self.failure(contract, account, self.payment, CREDIT, RATE) from fault
        if not is_sound or self.payment > vendor.HIGHEST_PRICE:
            raise self.failure(contract, account, self.payment, CREDIT, RATE)
        return credit, rate

    def share_payment(self) -> None:
        """Have the policy divide this month's payment among the partners."""
        market, servicer = self.model, self.servicing_partner
        credit, rate = self.division()
        holders = (self.originator, self.partner_of_record, servicer, self.upseller)
        take = 0.0
        credited = 0
        for role, holder in enumerate(holders):
            if credit[role] <= 0.0 or holder is None or not holder.is_member:
                continue
            kopecks = vendor.commission(self.payment, credit[role] * rate)
            if kopecks == 0:
                continue
            credited += kopecks
            holder.earn(kopecks, is_for_work=holder is self.who_worked)
            holder.held_mrr += int(self.payment * credit[role])
            if holder is not self.who_worked:
                market.tally["dead_money"] += kopecks
            if holder is servicer:
                take += credit[role] * rate
            if holder is self.originator:
                self.paid_to_originator = vendor.clawable(self.paid_to_originator, kopecks)
                if holder is not self.who_worked:
                    self.dead_to_originator = vendor.clawable(self.dead_to_originator, kopecks)
            market.ledger.enter(market.month, self.index, holder.index, role, kopecks)
        if market.month - self.won_month >= market.vendor.conduct.clawback_months:
            self.paid_to_originator = self.dead_to_originator = 0
        if servicer is not self.who_worked and take == 0.0:
            take = -1.0  # it has not worked yet, so it was not left unpaid
        self.take = take
        self.record_credit = credit.partner_of_record
        self.service_credit = credit.servicing_partner if servicer is self.who_worked else 0.0
        self.commission = credited
        market.tally["commission"] += credited
        if market.month == self.won_month:
            market.tally["first_payments"] += self.payment
            market.tally["first_commission"] += credited
        market.tenure_row(market.month - self.won_month)[3] += credited
        if self.partner_of_record is not None:
            self.partner_of_record.held_clients += 1
        if servicer is not None:
            servicer.serviced_mrr += self.payment
            if take >= 0.0:
                unpaid = servicer.unpaid_share(self)
                envied = unpaid * partners_do.felt(credited / KOPECKS, servicer.cost_of_work)
                servicer.unpaid_mrr += int(self.payment * unpaid)
                servicer.envied_mrr += int(self.payment * envied)
            servicer.serviced_of_others += servicer is not self.originator

    def line(self) -> tuple[float, ...]:
        """Return how the client stands at the end of a month that it paid for.

        Returns
        -------
        the fields of `sim.engines.events.ACCOUNT_MONTH`
        """
        holders = (self.originator, self.partner_of_record, self.servicing_partner, self.who_worked)
        return (
            self.model.month,
            self.model.vendor.keeps_former_contract(self),
            self.index,
            *(NOBODY if holder is None else holder.index for holder in holders),
            *(self.satisfaction, self.hours, self.payment, self.commission),
        )
