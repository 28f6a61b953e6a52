"""The order in which agents act within a phase is irrelevant."""

import random

import pytest

from policies.registry import available
from sim.engines import model
from sim.engines.agents import Client
from sim.engines.model import Lottery, PartnerMarket
from sim.engines.outcome import CLIENT
from sim.world.programme import programme


class LotteryByIndex(Lottery):
    """A lottery that lists partners by index, whoever comes first; that much is promised."""

    def __init__(self, partners, weights):
        order = sorted(range(len(partners)), key=lambda place: partners[place].index)
        super().__init__([partners[place] for place in order], [weights[p] for p in order])


class PatientClient(Client):
    """A client that buys when it is called up, not when it comes to the counter."""

    def buy(self):
        if self.model.counter is None:
            super().buy()
        else:
            self.model.counter.append(self)


class DisorderlyMarket(PartnerMarket):
    """A market in which every phase meets its agents in another order."""

    def __init__(self, *, disorder, **given):
        self.shuffler = random.Random(disorder)
        self.counter = None
        super().__init__(client_class=PatientClient, **given)

    def shuffled(self, some):
        return self.shuffler.sample(some, len(some))

    @property
    def customers(self):
        return self.shuffled(self._customers)

    @customers.setter
    def customers(self, some):
        self._customers = some

    def members(self):
        return self.shuffled(super().members())

    def in_disorder(self, phase):
        """Let a phase meet the partners in another order."""
        orderly, self.partners = self.partners, self.shuffled(self.partners)
        phase()
        self.partners = orderly

    def enter_partners(self):
        self.in_disorder(super().enter_partners)

    def settle(self):
        self.in_disorder(super().settle)

    def observe(self):
        self.in_disorder(super().observe)

    def acquire(self):
        self.counter = []
        super().acquire()
        queue, self.counter = self.shuffled(self.counter), None
        for client in queue:
            client.buy()
        self.customers = [client for client in self.clients if client.status == CLIENT]


@pytest.fixture
def disorderly(monkeypatch):
    """Found a small busy market in which order is thrown about."""
    monkeypatch.setattr(model, "Lottery", LotteryByIndex)
    return lambda disorder, **given: DisorderlyMarket(disorder=disorder, **given)


MUCH_AGREED = {
    "moves_on_request": True,
    "approval_months": 1,
    "needs_consent": True,
    "idle_months": 6,
    "upsell_rate": 0.1,
    "first_rate": 1.0,
    "quality_weight": 0.5,
    "tier_clients": 3,
    "tier_rate": 0.3,
    "quota_months": 12,
    "curator_rate": 0.5,
    "clawback_months": 12,
    "onboarding_months": 1,
    "training": 0.5,
    "returns_pinned": True,
    "grandfather_months": 6,
    "notice_months": 3,
    "payout_threshold": 5_000.0,
}
"""terms of clauses, and conduct, under which much happens at once"""
PROGRAMMES = [*((name, {}) for name in available()), ("clauses", MUCH_AGREED)]


@pytest.mark.parametrize(("disorder", "programmed"), list(enumerate(PROGRAMMES)))
def test_order_of_agents_is_irrelevant(market, later, difference, disorderly, disorder, programmed):
    policy, numbers = programmed
    orderly = market(seed=5, months=24)
    shuffled = disorderly(
        disorder, seed=5, partners=30, clients=300, assumptions=orderly.assumptions
    )
    later(shuffled, 24)
    assert difference(shuffled, orderly) == set()
    for world in (orderly, shuffled):
        world.adopt(programme(policy, **numbers))
        later(world, 24)
    assert difference(shuffled, orderly) == set()


def test_disorder_is_real(disorderly):
    world = disorderly(1, seed=5, partners=30, clients=300)
    for _ in range(6):
        world.step()
    assert [c.index for c in world.customers] != [c.index for c in world.customers]
    assert [p.index for p in world.members()] != [p.index for p in world.members()]


def test_disorder_would_be_noticed(market, later, difference, monkeypatch):
    """A lottery that lists partners as they come makes luck depend on their order."""
    monkeypatch.setattr(
        PartnerMarket,
        "members",
        lambda self: [partner for partner in reversed(self.partners) if partner.is_member],
    )
    backwards = market(seed=5, months=24)
    monkeypatch.undo()
    assert difference(backwards, market(seed=5, months=24)) != set()
