"""Points of assumptions and terms, and what every table says of itself."""

import numpy as np
import pandas as pd
import pytest

import sim
from policies.registry import load
from sim.study.differences import differences, told
from sim.study.experiment import Results
from sim.study.indicators import INDICATORS
from sim.world import scenario
from sim.world.errors import BadInput

SMALL = {"partners": 20, "clients": 200, "years": 1, "burn_in": 6}
TWO = ["first_sale_lock", "no_reward"]


def test_a_sweep_has_a_row_for_each_point_programme_and_seed_and_lives_what_it_says():
    points = {"rate": [0.1, 0.3], "poaching": [0.0, 0.05]}
    found = sim.sweep(points=points, policies=TWO, seeds=[4, 2], **SMALL)
    keys = ["rate", "poaching", "programme", "seed"]
    assert len(found) == 2 * 2 * 2 * 2 == len(found[keys].drop_duplicates())
    assert (
        found[["rate", "poaching"]]
        .drop_duplicates()
        .equals(sim.grid(**points).set_index(pd.Index([0, 4, 8, 12])))
    )
    lock = sim.Programme("lock", load("first_sale_lock", {"rate": 0.3}))
    alone = sim.simulate(policy=lock, seed=2, assumptions={"poaching": 0.05}, **SMALL).summary
    row = found.query("rate == 0.3 and poaching == 0.05 and seed == 2").iloc[0]
    assert row["npv"] == alone["npv"]
    unpaid = found[found["programme"] == "no_reward"].groupby(["poaching", "seed"])["digest"]
    assert (unpaid.nunique() == 1).all()  # it has no rate


def test_points_that_do_not_exist_are_refused():
    cases = [({"ratte": [1]}, "rate"), ({"rate": [7.0]}, "rate"), (pd.DataFrame(), "point")]
    for points, told_of in [*cases, ({"poaching": [7.0]}, "poaching")]:
        with pytest.raises(BadInput, match=told_of):
            sim.sweep(points=points, policies=TWO, **SMALL)
    with pytest.raises(BadInput, match="grid"):
        sim.grid()


def test_every_table_says_what_made_it():
    asked = {"policies": TWO, "assumptions": {"exit": 0.01}, **SMALL}
    run = sim.simulate(assumptions={"exit": 0.01}, **SMALL)
    tables = [
        sim.compare(seeds=2, **asked),
        sim.sweep(points={"poaching": [0.0]}, seeds=1, **asked),
        run.months,
        run.partners,
        run.accounts,
        run.ledger,
    ]
    for table in tables:
        assert {"version", "digest", "units", "assumptions"} <= table.attrs.keys()
        assert table.attrs["assumptions"][0]["name"] == "exit"
    assert len({table.attrs["digest"] for table in tables}) == 3


def made_up(differences_by_indicator: np.ndarray) -> Results:
    """Return runs of two programmes whose differences are given, shape (seeds, indicators)."""
    chosen = scenario.load()
    chosen = chosen._replace(programmes=chosen.programmes[:2])
    parts = []
    for studied, values in zip(chosen.programmes, (0.0, differences_by_indicator), strict=True):
        table = pd.DataFrame(
            np.broadcast_to(values, differences_by_indicator.shape) + 0.0,
            columns=[one.name for one in INDICATORS],
        )
        seeds = range(1, len(table) + 1)
        parts.append(table.assign(programme=studied.name, seed=seeds, digest="made up"))
    runs = pd.concat(parts, ignore_index=True)
    return Results(chosen, tuple(seeds), "compiled", runs, pd.DataFrame())


def test_chance_tells_as_many_differences_as_is_said_and_few_stand():
    luck = np.random.default_rng(3)
    counts = [
        told(differences(made_up(luck.normal(size=(12, len(INDICATORS)))))) for _ in range(60)
    ]
    expected = counts[0].by_chance
    assert expected == pytest.approx(0.05 * len(INDICATORS))
    assert np.mean([one.sure for one in counts]) == pytest.approx(expected, rel=0.3)
    assert np.mean([one.stand > 0 for one in counts]) < 0.15
    clear = told(differences(made_up(5.0 + luck.normal(size=(12, len(INDICATORS))))))
    assert clear.asked == clear.sure == clear.stand == len(INDICATORS)


def test_what_there_is_for_building_worlds_is_public():
    assert {"Assumptions", "Indicator", "Market", "Programme", "Scenario", "Term"} <= set(dir(sim))
    assert isinstance(scenario.load(), sim.Scenario)
