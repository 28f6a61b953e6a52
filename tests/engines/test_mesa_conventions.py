"""What those who know Mesa expect of a model, and may rely on here."""

import gc
import inspect
import itertools
import pickle
import weakref

import mesa
import numpy as np
import pandas as pd
import pytest

from sim.engines.agents import Client, Partner, Vendor
from sim.engines.model import REPORTED_AS, PartnerMarket
from sim.engines.outcome import ACTIVE, Month
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.luck import Draw
from sim.world.programme import programme

BUSY = Assumptions(in_market=0.1, founders=0.8, attention=0.04, poaching=0.08)
"""A small world in which clients come, compare and are courted often."""


def lived(months=24, **given):
    """A small market some months after its founding."""
    market = PartnerMarket(**{"partners": 20, "clients": 200, "seed": 7, **given})
    for _ in range(months):
        market.step()
    return market


def history(market):
    """The month by month facts of a market."""
    return market.outcome().months


def total(market, fact):
    """One fact, summed over all months."""
    return int(history(market)[:, Month._fields.index(fact)].sum())


# --- construction ----------------------------------------------------------------------------


def test_every_parameter_has_a_name_and_a_default():
    parameters = list(inspect.signature(PartnerMarket).parameters.values())
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters)
    assert all(one.default is not inspect.Parameter.empty for one in parameters)


def test_parameters_cannot_be_mixed_up_by_position():
    with pytest.raises(TypeError):
        PartnerMarket(20, 200)


def test_seed_and_rng_are_two_names_for_one_number():
    assert np.array_equal(history(lived(seed=7)), history(lived(seed=None, rng=7)))


def test_seed_and_rng_cannot_both_be_given():
    with pytest.raises(ValueError, match="seed or rng"):
        PartnerMarket(partners=20, clients=200, seed=7, rng=7)


def test_numpy_numbers_and_generators_are_welcome():
    assert np.array_equal(history(lived(seed=np.int64(7))), history(lived(seed=7)))
    twice = [lived(seed=None, rng=np.random.default_rng(7)) for _ in range(2)]
    assert twice[0].luck_seed == twice[1].luck_seed
    assert np.array_equal(history(twice[0]), history(twice[1]))


def test_without_a_seed_each_market_is_its_own():
    seeds = {PartnerMarket(partners=2, clients=10).luck_seed for _ in range(4)}
    assert len(seeds) == 4


def test_policy_may_be_a_name_a_policy_or_a_whole_programme():
    lock = programme("anything", "client_choice")
    by_name = lived(policy="client_choice")
    assert np.array_equal(history(by_name), history(lived(policy=lock.policy)))
    assert np.array_equal(history(by_name), history(lived(incumbent=lock)))


# --- running ---------------------------------------------------------------------------------


def test_market_is_a_mesa_model_of_mesa_agents():
    market = lived(months=1)
    assert isinstance(market, mesa.Model)
    assert len(market.agents) == 1 + 20 + 200
    assert all(isinstance(agent, mesa.Agent) for agent in market.agents)
    assert all(agent.model is market for agent in market.agents)


def test_agents_are_found_by_type():
    by_type = lived(months=1).agents_by_type
    sizes = {kind: len(by_type[kind]) for kind in (Vendor, Partner, Client)}
    assert sizes == {Vendor: 1, Partner: 20, Client: 200}


def test_agents_can_be_selected_and_asked():
    market = lived()
    members = market.agents_by_type[Partner].select(lambda partner: partner.is_member)
    assert len(members) == len(market.members()) > 0
    motivations = members.get("motivation")
    assert all(0 <= motivation <= 1 for motivation in motivations)


def test_agents_are_numbered_in_order_of_creation():
    market = lived(months=1)
    assert [partner.index for partner in market.partners] == list(range(20))
    assert [client.index for client in market.clients] == list(range(200))
    assert [agent.unique_id for agent in market.agents] == list(range(1, 222))


def test_agents_added_later_are_numbered_on_in_every_branch():
    market = lived(months=1)
    twin = market.branch(programme("client_choice"))
    for place in (market, twin):
        assert mesa.Agent(place).unique_id == 222


def test_branch_collects_facts_of_its_own():
    market = lived(months=1)
    twin = market.branch(programme("client_choice"))
    twin.step()
    collected = [len(place.datacollector.get_model_vars_dataframe()) for place in (market, twin)]
    assert collected == [2, 3]
    assert twin.datacollector.model_vars["month"] == [0, 1, 2]


def test_market_can_be_sent_to_another_process():
    market = lived(months=2)
    sent = pickle.loads(pickle.dumps(market))
    for place in (market, sent):
        place.step()
    assert np.array_equal(history(sent), history(market))
    assert sent.datacollector.model_vars == market.datacollector.model_vars


def test_markets_can_be_freed():
    """Forty that lived, branched and took in an agent of one's own, of which none is kept."""
    watched = []
    for seed in range(20):
        market = lived(months=1, clients=50, seed=seed)
        twin = market.branch(programme("client_choice"))
        mesa.Agent(twin)
        watched += [weakref.ref(market), weakref.ref(twin)]
    del market, twin
    gc.collect()
    assert len(watched) == 40
    assert sum(ref() is not None for ref in watched) == 0


def test_one_step_is_one_month():
    market = lived(months=0)
    for month in range(3):
        assert market.month == month
        market.step()


def test_market_keeps_running():
    market = lived(months=0)
    assert market.running
    market.step()
    assert market.running


def test_mesas_own_luck_is_not_used():
    """Luck is keyed; draws that a researcher takes from the model's generators disturb nothing."""
    quiet, noisy = lived(months=0), lived(months=0)
    for _ in range(12):
        noisy.random.random()
        noisy.rng.random()
        noisy.agents.shuffle()
        quiet.step()
        noisy.step()
    assert np.array_equal(history(quiet), history(noisy))


# --- collecting ------------------------------------------------------------------------------


def test_data_collector_holds_every_month_and_fact():
    market = lived(months=12)
    frame = market.datacollector.get_model_vars_dataframe()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == [REPORTED_AS.get(name, name) for name in Month._fields]
    assert frame["month"].tolist() == list(range(13))


def test_data_collector_and_outcome_agree():
    market = lived(months=12)
    frame = market.datacollector.get_model_vars_dataframe()
    assert np.array_equal(frame.to_numpy(np.int64), history(market))


def swept(seeds, **parameters):
    """Sweep parameters with Mesa's own runner, which takes seeds as ``rng`` from Mesa 3.5 on."""
    parameters = {"partners": 20, "clients": 200, **parameters}
    seeding = {}
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        seeding["rng"] = seeds
    else:
        parameters["seed"] = seeds
    rows = mesa.batch_run(
        PartnerMarket,
        parameters,
        number_processes=1,
        max_steps=11,
        data_collection_period=1,
        display_progress=False,
        **seeding,
    )
    return pd.DataFrame(rows)


def test_a_sweep_keeps_what_it_sweeps():
    asked = {"partners": [5, 6], "clients": [50, 60]}
    runs = swept([1], **asked, assumptions=[{"poaching": 0.0}, {"poaching": 0.05}])
    runs["poaching"] = [given["poaching"] for given in runs["assumptions"]]
    lived = set(runs[[*asked, "poaching"]].itertuples(index=False, name=None))
    assert lived == set(itertools.product(*asked.values(), [0.0, 0.05]))
    with pytest.raises(BadInput, match="poaching: 2 is not a number from 0"):
        PartnerMarket(partners=5, clients=50, assumptions={"poaching": 2})


def test_batch_run_sweeps_policies_and_seeds():
    runs = swept([7, 8], policy=["first_sale_lock", "no_reward"])
    assert runs.groupby(["policy", "seed"]).ngroups == runs["RunId"].nunique() == 4
    assert (runs.groupby("RunId")["month"].max() >= 11).all()
    paid = runs.groupby("policy")["commission"].sum()
    assert paid["no_reward"] == 0
    assert paid["first_sale_lock"] > 0


def test_batch_run_gives_what_a_run_by_hand_gives():
    months = swept([7]).drop_duplicates("month").set_index("month")
    by_hand = history(lived(months=int(months.index.max())))
    facts = [REPORTED_AS.get(name, name) for name in Month._fields][1:]
    assert len(months) >= 11
    assert np.array_equal(months[facts].to_numpy(np.int64), by_hand[months.index, 1:])


# --- changing one decision -------------------------------------------------------------------


class Gentleman(Partner):
    """A partner who never courts another's client."""

    def plan(self):
        super().plan()
        self.courting_weight = 0


class Clerk(Partner):
    """A partner who gives a client no hour that the client has not paid for."""

    def hours_for(self, client):
        a = self.model.assumptions
        return min(super().hours_for(client), client.need * self.capacity * a.paid_hours)


class Loyal(Partner):
    """A partner who never leaves, rests or returns."""

    def decide_to_stay(self):
        pass


class Captive(Client):
    """A client that never leaves the vendor."""

    def chance_of_leaving(self):
        return 0.0


class Settled(Client):
    """A client that never changes its helper."""

    def compare_servicers(self, helper):
        return False

    def be_courted(self, helper):
        return False


class Deaf(Vendor):
    """A vendor whose partners hear nothing of each other."""

    def listen(self, grievance, exits, lost_mrr, held_mrr):
        pass


def test_default_agents_do_court_switch_leave_and_churn():
    market = lived(policy="client_choice", assumptions=BUSY)
    for fact in ("courted_switches", "helper_switches", "churned_clients", "exited"):
        assert total(market, fact) > 0


def test_partners_who_do_not_court_win_nobody_over():
    market = lived(policy="client_choice", assumptions=BUSY, partner_class=Gentleman)
    assert total(market, "courted_switches") == 0
    assert total(market, "helper_switches") > 0
    assert all(type(partner) is Gentleman for partner in market.partners)


def test_partners_who_give_only_paid_hours_leave_clients_less_satisfied():
    usual = lived(policy="active_servicer", assumptions=BUSY)
    stingy = lived(policy="active_servicer", assumptions=BUSY, partner_class=Clerk)
    for fact in ("service_hours", "satisfaction"):
        assert total(stingy, fact) < total(usual, fact)


def test_partners_who_cannot_leave_stay():
    market = lived(assumptions=BUSY, partner_class=Loyal)
    assert total(market, "exited") == total(market, "fell_dormant") == 0
    joined = [partner for partner in market.partners if partner.joined_month >= 0]
    assert all(partner.status == ACTIVE for partner in joined)


def test_clients_who_cannot_leave_do_not_churn():
    market = lived(assumptions=BUSY, client_class=Captive)
    assert total(market, "churned_clients") == 0
    assert len(market.customers) > len(lived(assumptions=BUSY).customers)


def test_clients_who_do_not_compare_keep_their_helper():
    market = lived(policy="client_choice", assumptions=BUSY, client_class=Settled)
    assert total(market, "helper_switches") == 0


def test_vendor_can_be_changed_too():
    market = lived(assumptions=BUSY, vendor_class=Deaf)
    assert market.vendor.reputation == BUSY.motivation_base
    assert market.vendor.peers_leaving == 0


def test_changed_decision_leaves_luck_alone():
    usual, changed = lived(assumptions=BUSY), lived(assumptions=BUSY, client_class=Captive)
    for decision in (Draw.ENTRY, Draw.CHURN, Draw.IN_MARKET):
        assert usual.luck(decision) == changed.luck(decision)


def test_subclass_of_the_market_can_add_a_phase():
    class Counting(PartnerMarket):
        steps_counted = 0

        def step(self):
            super().step()
            self.steps_counted += 1

    market = Counting(partners=20, clients=200, seed=7)
    for _ in range(12):
        market.step()
    assert market.steps_counted == 12
    assert np.array_equal(history(market), history(lived(months=12)))
