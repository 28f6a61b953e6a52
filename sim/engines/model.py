"""The Mesa model: ten phases a month, over the agents of `sim.engines.agents`."""

from __future__ import annotations

import copy
import secrets
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import mesa
import numpy as np

from policies.registry import Policy
from sim.engines.agents import Client, Partner, Vendor
from sim.engines.events import Chronicler, Watched
from sim.engines.ledger import Ledger
from sim.engines.outcome import (
    ACCOUNT_COLUMNS,
    ACTIVE,
    CLIENT,
    PARTNER_COLUMNS,
    POTENTIAL,
    Month,
    Outcome,
    Tenure,
)
from sim.rules.partner import value_held
from sim.rules.prospectus import DRIFTS, SERVES, stream_value
from sim.world.assumptions import Assumptions, changed
from sim.world.luck import Draw, draws
from sim.world.population import populate
from sim.world.programme import Programme, programme
from sim.world.units import NOBODY, micro

FIRST_ACCOUNT_DECISION = 40
DECISIONS = max(Draw) + 1
REPORTED_AS = {"clients": "current_clients"}
"""Facts that the data collector calls otherwise: Mesa's sweeps would lose a parameter of that name,
and ``clients`` is how many accounts there are."""


class Lottery:
    """Partners who can be drawn in proportion to whole weights, listed by index."""

    def __init__(self, partners: list[Partner], weights: list[int]) -> None:
        self.partners = partners
        self.sums = list(accumulate(weights))
        self.total = self.sums[-1] if self.sums else 0

    def pick(self, luck: float) -> Partner:
        """Return the partner that a uniform draw falls on."""
        return self.partners[bisect_right(self.sums, int(luck * self.total))]


class PartnerMarket(mesa.Model):
    """A market of clients, the partners around them and one vendor with its programme.

    Parameters
    ----------
    partners, clients : size of the pool of potential partners and accounts.
    policy : name of the policy in force from the first month, or the policy itself.
    seed, rng : keys all luck; give one of them, the same number gives the same market.
    assumptions : what is assumed about the world, or only what differs, by name.
    incumbent : a whole programme instead of ``policy``.
    keep_ledger : keep every single commission for ``ledger``.
    partner_class, client_class, vendor_class : agents to build the market from.

    Examples
    --------
    >>> market = PartnerMarket(partners=20, clients=200, seed=7)
    >>> market.step()
    >>> market.month
    1
    """

    def __init__(
        self,
        *,
        partners: int = 150,
        clients: int = 3_000,
        policy: str | Policy = "first_sale_lock",
        seed: int | None = None,
        rng: Any = None,
        assumptions: Assumptions | Mapping[str, float] | None = None,
        incumbent: Programme | None = None,
        keep_ledger: bool = True,
        partner_class: type[Partner] = Partner,
        client_class: type[Client] = Client,
        vendor_class: type[Vendor] = Vendor,
    ) -> None:
        self.luck_seed = chosen_seed(seed, rng)
        super().__init__(rng=self.luck_seed)
        self.running = True
        self.numbered = 0
        """agents that were ever taken in"""
        self.assumptions = (
            assumptions
            if isinstance(assumptions, Assumptions)
            else changed(Assumptions(), assumptions or {}, "PartnerMarket")
        )
        self.month = 0
        self.study_month = 0
        """the month in which the programme under study began"""
        self.ledger = Ledger(keep_ledger)
        self.chronicler = Chronicler()
        self.tally: dict[str, int] = dict.fromkeys(Month._fields, 0)
        self.tenures: list[list[int]] = []
        self.history: list[Month] = []
        self._luck: list[list[float]] = [[]] * DECISIONS
        in_force = incumbent or (
            programme(policy.name, policy) if isinstance(policy, Policy) else programme(policy)
        )
        self.vendor: Vendor = vendor_class(self, in_force)
        pool = populate(self.luck_seed, partners, clients, self.assumptions)
        self.partners = create(partner_class, self, pool.partners)
        self.clients = create(client_class, self, pool.accounts)
        self.customers: list[Client] = []
        hundreds = clients / 100.0
        self.direct_pull = micro(self.assumptions.direct_pull * hundreds)
        self.outside_pull = micro(self.assumptions.outside_pull * hundreds)
        for partner in self.partners:
            partner.read_contract()
        self.datacollector = mesa.DataCollector(
            model_reporters={
                REPORTED_AS.get(name, name): [fact, [self, name]] for name in Month._fields
            }
        )
        self.observe()
        self.datacollector.collect(self)

    def register_agent(self, agent: mesa.Agent) -> None:
        """Take an agent in and number it, from 1 in order of creation.

        Mesa up to 3.4.1 keeps the count of every model's agents in one table for good, and with it
        every model.
        """
        super().register_agent(agent)
        self.numbered += 1
        agent.unique_id = self.numbered
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    # --- luck ----------------------------------------------------------------------------------

    def luck(self, decision: int) -> list[float]:
        """Return this month's uniform draws of one decision, for every partner or account."""
        found = self._luck[decision]
        if not found:
            pool = self.partners if decision < FIRST_ACCOUNT_DECISION else self.clients
            found = draws(self.luck_seed, self.month, decision, len(pool)).tolist()
            self._luck[decision] = found
        return found

    # --- one month -----------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one month: ten phases, each over all agents before the next begins."""
        self.month += 1
        self._luck = [[]] * DECISIONS
        self.tally = dict.fromkeys(Month._fields, 0)
        self.enter_partners()
        self.plan()
        self.acquire()
        for client in self.customers:
            client.receive_service()
        for client in self.customers:
            client.reconsider()
        for client in self.customers:
            client.update_record()
        for client in self.customers:
            client.settle_bill()
        self.customers = [c for c in self.customers if c.status == CLIENT]
        self.settle()
        self.feel()
        self.observe()
        self.datacollector.collect(self)

    def advance(self, months: int) -> None:
        """Simulate so many months."""
        for _ in range(months):
            self.step()

    def members(self) -> list[Partner]:
        """Return the partners in the programme, active or dormant, by index."""
        return [partner for partner in self.partners if partner.is_member]

    def enter_partners(self) -> None:
        """Let potential partners join."""
        for partner in self.partners:
            if partner.status == POTENTIAL:
                partner.consider_joining()

    def plan(self) -> None:
        """Let members divide their hours, and open the month's markets for help and sales."""
        members = self.members()
        for partner in members:
            partner.read_contract()
            partner.plan()
        self.sellers = Lottery(members, [partner.selling_weight for partner in members])
        self.servicers = Lottery(members, [partner.serving_weight for partner in members])
        self.actives = Lottery(members, [int(partner.status == ACTIVE) for partner in members])
        self.courtiers = Lottery(members, [partner.courting_weight for partner in members])
        self.pull = self.sellers.total + self.direct_pull + self.outside_pull
        self.courting_chance = (
            2.0 * self.assumptions.poaching * self.courtiers.total / self.servicers.total
            if self.servicers.total
            else 0.0
        )

    def acquire(self) -> None:
        """Let accounts that look for a product buy one."""
        looking = np.array(self.luck(Draw.IN_MARKET)) < self.assumptions.in_market
        for place in np.flatnonzero(looking):
            self.clients[place].buy()
        self.customers = [c for c in self.clients if c.status == CLIENT]

    def settle(self) -> None:
        """Divide every payment, then pay out what is due."""
        for client in self.customers:
            client.share_payment()
        for partner in self.partners:
            partner.collect()
        tally = self.tally
        tally["vendor_kept"] = tally["payments"] - tally["commission"] + tally["clawed_back"]

    def feel(self) -> None:
        """Let members feel, talk, rest, return and leave."""
        members = self.members()
        for partner in members:
            partner.feel()
        for partner in members:
            partner.decide_to_stay()
        self.sum_feelings(members)

    def sum_feelings(self, members: list[Partner]) -> None:
        """Sum the month over those who were members, for the vendor and the record."""
        tally = self.tally
        grievance = lost = held = 0
        for partner in members:
            feeling = micro(partner.motivation)
            tally["members"] += 1
            tally["motivation"] += feeling
            tally["trust"] += micro(partner.trust)
            tally["active_members"] += partner.status == ACTIVE
            tally["earning_members"] += partner.income > 0
            groups = [
                (partner.is_active_type, "active_type"),
                (not partner.is_active_type, "passive_type"),
                (2 * partner.unpaid_mrr > partner.serviced_mrr, "servicing_unpaid"),
                (
                    partner.serviced_mrr > 0 and 2 * partner.unpaid_mrr <= partner.serviced_mrr,
                    "servicing_paid",
                ),
                (partner.serviced_of_others > 0, "servicing_others"),
            ]
            for is_in, group in groups:
                if is_in:
                    tally[group] += 1
                    tally[f"{group}_motivation"] += feeling
            tally["active_type_commission"] += partner.income if partner.is_active_type else 0
            grievance += micro(partner.injustice)
            lost += partner.lost_mrr
            held += partner.held_mrr
        tally["programme_cost"] = self.vendor.cost_of_member * tally["members"]
        self.vendor.listen(grievance, tally["exited"], lost, held)

    def watch(self, watched: Watched) -> None:
        """Write down from now on what happens to those who are watched."""
        self.chronicler.watched = watched

    def observe(self) -> None:
        """Write down the month."""
        tally = self.tally
        tally["month"] = self.month
        for client in self.customers:
            servicer = client.servicing_partner
            tally["clients"] += 1
            tally["mrr"] += client.mrr
            tally["satisfaction"] += micro(client.satisfaction)
            tally["service_hours"] += micro(client.hours)
            if servicer is not None:
                tally["serviced_clients"] += 1
                tally["mismatched_clients"] += servicer is not client.partner_of_record
        if self.month == 0:
            tally["members"] = tally["active_members"] = len(self.members())
        tally["payables"] = sum(partner.payable for partner in self.partners)
        self.history.append(Month(**tally))
        self.chronicler.note(self.customers, self.partners)

    def tenure_row(self, tenure: int) -> list[int]:
        """Return the counts of one month of client tenure: at risk, churned, paid, credited."""
        while len(self.tenures) <= tenure:
            self.tenures.append([0] * len(Tenure._fields))
        return self.tenures[tenure]

    # --- programmes ----------------------------------------------------------------------------

    def adopt(self, new: Programme) -> None:
        """Put another programme into force; its months of study begin here."""
        self.change_to(new)
        for partner in self.partners:
            partner.earned = 0
        self.study_month = self.month
        self.tenures = []

    def change_to(self, new: Programme) -> None:
        """Put another programme into force while the study goes on."""
        for partner in self.partners:
            partner.read_contract()
        before = [self.promised_to(partner) for partner in self.partners]
        self.vendor.keep_former_contract(new.conduct.grandfather_months)
        self.vendor.adopt(new)
        for partner, promised in zip(self.partners, before, strict=True):
            partner.read_contract()
            if partner.is_member:
                partner.hear_of_change(promised, self.promised_to(partner))

    def suffer(self, harm: float) -> None:
        """Let all members hear of an incident."""
        for partner in self.members():
            partner.hear_of_incident(harm)

    def promised_to(self, partner: Partner) -> float:
        """Return the value of what a partner holds under the programme in force.

        Returns
        -------
        RUB per RUB of monthly price, before payout delay
        """
        streams = self.vendor.streams
        return partner.assured * value_held(
            stream_value(streams[partner.role], SERVES, partner.retention),
            stream_value(streams[partner.role], DRIFTS, partner.retention),
            partner.undeserved_income / partner.income if partner.income else 0.0,
        )

    def branch(self, new: Programme) -> PartnerMarket:
        """Return a copy of this market that goes on under another programme."""
        twin = copy.deepcopy(self)
        twin.adopt(new)
        return twin

    # --- results -------------------------------------------------------------------------------

    def outcome(self) -> Outcome:
        """Return the run so far in whole columns."""
        return Outcome(
            months=np.array(self.history, np.int64),
            tenures=np.array(self.tenures, np.int64).reshape(-1, len(Tenure._fields)),
            partners={
                name: np.array([getattr(partner, name) for partner in self.partners])
                for name in PARTNER_COLUMNS
            },
            accounts={
                name: np.array([value_of(client, name) for client in self.clients])
                for name in ACCOUNT_COLUMNS
            },
            ledger=self.ledger.arrays(),
            chronicle=self.chronicler.chronicle(),
        )


def value_of(client: Client, name: str) -> Any:
    """Return a client's field as a number; a partner becomes its index, nobody -1."""
    value = getattr(client, name)
    if value is None:
        return NOBODY
    return value.index if isinstance(value, Partner) else value


def fact(market: PartnerMarket, name: str) -> int:
    """Return one of the month's facts, for the data collector."""
    return market.tally[name]


def create(kind: type[Any], market: PartnerMarket, traits: Any) -> list[Any]:
    """Create one agent for each row of a pool's traits, in order of index."""
    columns = {name: column.tolist() for name, column in traits._asdict().items()}
    size = len(next(iter(columns.values())))
    return list(kind.create_agents(market, size, index=list(range(size)), **columns))


def chosen_seed(seed: int | None, rng: Any) -> int:
    """Return the number that keys all luck, from ``seed`` or ``rng`` as Mesa's users give it."""
    if seed is not None and rng is not None:
        raise ValueError("give seed or rng, not both")
    number = rng if seed is None else seed
    if number is None:
        return secrets.randbits(31)
    if isinstance(number, np.random.Generator):
        return int(number.integers(2**31))
    return int(number)
