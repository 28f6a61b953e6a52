"""One way to ask: every question takes the same, and refuses what has no effect."""

import inspect
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from policies.registry import load
from sim.study.chosen import choose, resolve
from sim.study.indicators import Indicator
from sim.study.request import MEANINGS, WHAT, ask, seeds_of
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions
from sim.world.departures import CALL
from sim.world.errors import BadInput
from sim.world.programme import Programme

SMALL = {"partners": 20, "clients": 200, "years": 1, "burn_in": 6}
TWO = ["first_sale_lock", "no_reward"]
QUESTIONS = ("compare", "robustness", "sensitivity", "frontier", "decompose", "explain", "simulate")


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_takes_the_same_and_says_what_it_means(name):
    question = getattr(sim, name)
    takes = inspect.signature(question).parameters
    assert {"scenario", "engine", *WHAT} <= takes.keys()
    for said in set(takes) & set(MEANINGS):
        assert f"\n{said}" in question.__doc__ or f", {said}" in question.__doc__


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_has_no_effect_is_refused_with_the_reason(name):
    question = getattr(sim, name)
    for said in sorted(MEANINGS.keys() - inspect.signature(question).parameters.keys()):
        with pytest.raises(BadInput, match=rf"^{name}: {said} has no effect here: \w+"):
            question(**{said: None})
    with pytest.raises(BadInput, match=r"assumption.*Did you mean 'assumptions"):
        question(assumption={})


def test_the_call_wins_over_the_file_and_says_so():
    asked = choose(market="messenger", assumptions={"arpa": 5e3})
    assert asked.assumptions.arpa == 5_000
    assert [one.by for one in asked.departures if one.name == "arpa"] == [CALL]


def test_assumptions_beside_a_scenario_have_their_effect():
    ready = scenarios.load()
    for given in ({"exit": 0.01}, Assumptions(exit=0.01)):
        asked = resolve(ready, assumptions=given)
        assert asked.assumptions == ready.assumptions._replace(exit=0.01)
        assert asked.departures[0].by == CALL
    again = resolve(ready, assumptions="calibrated")
    assert again.assumptions == scenarios.load(assumptions="calibrated").assumptions
    assert again.departures == scenarios.load(assumptions="calibrated").departures
    own = resolve(resolve(ready, assumptions={"arpa": 5e3}), assumptions="calibrated")
    assert own.assumptions.arpa == 5_000


def test_a_scenario_can_be_what_stands_in_its_file():
    content = {
        "name": "mine",
        "question": "Which?",
        "provenance": "A test.",
        "years": 3,
        "programmes": {"lock": {"policy": "first_sale_lock", "rate": 0.2}},
    }
    asked = resolve(content, years=2)
    assert (asked.name, asked.years, asked.programmes[0].policy.terms.rate) == ("mine", 2, 0.2)
    with pytest.raises(BadInput, match="scenario: yaers: unknown key"):
        resolve({**content, "yaers": 3})


def test_ranges_hold_however_numbers_were_made():
    ready = scenarios.load()
    wild = ready._replace(assumptions=ready.assumptions._replace(poaching=2.0))
    for said in ({"scenario": wild}, {"assumptions": Assumptions(poaching=2.0)},
                 {"assumptions": {"poaching": 2.0}}):  # fmt: skip
        with pytest.raises(BadInput, match=r"assumptions: poaching: 2\.0 is not a number from 0"):
            choose(**said)
    lock = load("first_sale_lock")
    greedy = Programme("greedy", replace(lock, terms=lock.terms._replace(rate=7.0)))
    with pytest.raises(BadInput, match=r"greedy: rate: 7\.0 is not a number from 0"):
        choose(policies=[greedy])
    with pytest.raises(BadInput, match="greedy: rate"):
        sim.simulate(policy=greedy, **SMALL)


def test_programmes_of_one_name_are_refused():
    lock = Programme("first_sale_lock", load("first_sale_lock", {"rate": 0.1}))
    with pytest.raises(BadInput, match="two programmes are called first_sale_lock"):
        sim.compare(policies=["first_sale_lock", lock])


def test_seeds_are_counted_or_listed():
    request, _ = ask(seeds=[7, 3])
    assert (request.seeds, request.are_named, request.scenario.seeds) == ((7, 3), True, 2)
    for nonsense in (0, True, 2.0, [], [1, 1], ["1"], "12"):
        with pytest.raises(BadInput, match="seed"):
            seeds_of(nonsense)
    for said in ({"precision": "1%"}, {"basis": "rate"}):
        with pytest.raises(BadInput, match="Give their number"):
            ask(seeds=[7, 3], **said)


def test_a_cluster_is_an_address_or_a_client():
    class Client:
        class scheduler:  # noqa: N801 - as dask calls it
            address = "tcp://host:8786"

    assert ask(cluster=Client())[1].cluster == ask(cluster="tcp://host:8786")[1].cluster
    with pytest.raises(BadInput, match="neither the address"):
        ask(cluster=8786)


def test_listed_seeds_are_those_lived_and_own_indicators_are_measured(tmp_path):
    def first_bill(outcome, burn_in, assumptions):
        return float(outcome.months[burn_in + 1][2]) / assumptions.arpa

    mine = Indicator("first_bill", "First bill", "share", "of the median price", 1, first_bill)
    asked = {"policies": TWO, "store": tmp_path / "kept", **SMALL}
    found = sim.compare(seeds=[5, 2], indicators=[mine], **asked)
    assert found.attrs["seeds"] == [2, 5]
    rows = found[found["indicator"] == "first_bill"]
    runs = [
        sim.simulate(policy=name, seed=seed, indicators=[mine], **SMALL).summary["first_bill"]
        for name in TWO
        for seed in (2, 5)
    ]
    assert rows["level"].tolist() == pytest.approx([np.mean(runs[:2]), np.mean(runs[2:])])
    assert not list((tmp_path / "kept").rglob("*.parquet"))
    for wrong in (mine._replace(name="npv"), mine._replace(measure=None)):
        with pytest.raises(BadInput, match="indicators"):
            sim.compare(indicators=[wrong])


def test_worlds_that_are_given_count_by_their_weight():
    given = pd.DataFrame({"poaching": [0.0, 0.04, 0.08], "exit": 0.01, "weight": [1.0, 1.0, 2.0]})
    found = sim.robustness(policies=TWO, worlds=given, **SMALL)
    assert found.worlds.columns.tolist() == ["poaching", "exit"]
    said = found.sentences()
    assert said[0].startswith("3 worlds as given, each with its own luck: they differ in poaching")
    assert "declared ranges" not in said[0]
    best = found.winners["vendor"]
    row = found.best[(found.best["side"] == "vendor") & (found.best["programme"] == best[3])]
    weights = given["weight"].set_axis(best.index)
    assert row["share"].item() == weights[best == best[3]].sum() / 4.0
    for wrong in (given.assign(weight=-1.0), given.assign(poaching=2.0),
                  given.rename(columns={"exit": "exits"}), given[:0]):  # fmt: skip
        with pytest.raises(BadInput, match="worlds"):
            sim.robustness(policies=TWO, worlds=wrong, **SMALL)
