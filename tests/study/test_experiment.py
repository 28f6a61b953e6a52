"""Programmes x seeds x variants, whoever does the work."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sim.study.crew import Crew
from sim.study.differences import differences, is_sure
from sim.study.experiment import Experiment, run
from sim.study.run_one import live
from sim.world.errors import BadInput

POACHED = {
    "calm": {"poaching": 0.002, "churn_floor": 0.01},
    "wild": {"poaching": 0.08, "return_months": 6},
}


def test_every_variant_is_the_scenario_with_its_assumptions(small):
    varied = run(small, variants={"as it is": {}, **POACHED})
    assert list(varied.runs.columns[:3]) == ["variant", "programme", "seed"]
    assert list(varied.months.columns[:4]) == ["variant", "programme", "seed", "month"]
    assert len(varied.runs) == 3 * 2 * 3
    for name, numbers in {"as it is": {}, **POACHED}.items():
        alone = run(small._replace(assumptions=small.assumptions._replace(**numbers)))
        ours = varied.runs[varied.runs["variant"] == name].drop(columns="variant")
        pd.testing.assert_frame_equal(ours.reset_index(drop=True), alone.runs, check_exact=True)
    assert varied.runs["digest"].nunique() == 18


def test_differences_are_paired_within_a_variant(small):
    table = differences(run(small, variants=POACHED, with_months=False))
    assert table.columns[0] == "variant"
    for name, numbers in POACHED.items():
        alone = differences(run(small._replace(assumptions=small.assumptions._replace(**numbers))))
        ours = table[table["variant"] == name].drop(columns="variant").reset_index(drop=True)
        pd.testing.assert_frame_equal(ours, alone, check_exact=True)


def test_variants_share_a_store(small, store):
    run(small, Crew(store=store), variants={"calm": POACHED["calm"]})
    again = run(small, Crew(store=store), variants=POACHED)
    assert again.reused == 6


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"poching": 0.1}, "poaching"),
        ({"poaching": 5.0}, "from 0 to"),
        ({"poaching": "many"}, "'many'"),
        ({"poaching": float("nan")}, "nan"),
        ({"poaching": True}, "True"),
        ({"return_months": 6.5}, "whole number"),
    ],
)
def test_a_variant_out_of_range_is_refused(small, numbers, told):
    with pytest.raises(BadInput, match="variant 'wild'") as fault:
        run(small, variants={"wild": numbers})
    assert told in str(fault.value)


def test_a_whole_number_will_do_for_a_fraction(small):
    ours = run(small._replace(seeds=1), variants={"v": {"direct_pull": 2}})
    theirs = run(small._replace(seeds=1), variants={"v": {"direct_pull": 2.0}})
    assert ours.runs["digest"].tolist() == theirs.runs["digest"].tolist()


def test_a_task_and_what_it_returns_travel_between_processes(small):
    experiment = Experiment(small)
    experiment.look_up([7])
    here = live(*experiment.task("", 7))
    there = pickle.loads(pickle.dumps(live(*pickle.loads(pickle.dumps(experiment.task("", 7))))))
    assert [run.digest for run in here] == [run.digest for run in there]
    for ours, theirs in zip(here, there, strict=True):
        assert np.array_equal(ours.values, theirs.values, equal_nan=True)
        assert ours.months.keys() == theirs.months.keys()
        for name, column in ours.months.items():
            assert np.array_equal(column, theirs.months[name], equal_nan=True), name
    assert len(pickle.dumps(here)) < 100_000


def test_pairing_gain_is_the_ratio_of_variances(small):
    results = run(small._replace(seeds=6))
    table = differences(results).set_index(["programme", "indicator"])
    wide = results.runs.pivot(index="seed", columns="programme", values="npv")
    lock, choice = wide["first_sale_lock"], wide["client_choice"]
    gain = (lock.var() + choice.var()) / (choice - lock).var()
    assert table.loc[("client_choice", "npv"), "pairing_gain"] == pytest.approx(gain)
    assert table.loc["first_sale_lock", "pairing_gain"].isna().all()


def test_one_seed_has_no_pairing_gain(small):
    assert differences(run(small._replace(seeds=1)))["pairing_gain"].isna().all()


@pytest.mark.parametrize(
    ("difference", "low", "high", "told"),
    [(2.0, 1.0, 3.0, True), (-2.0, -3.0, -1.0, True), (2.0, -1.0, 5.0, False),
     (0.05, 0.04, 0.06, False), (float("nan"), float("nan"), float("nan"), False)],
)  # fmt: skip
def test_a_difference_is_told_if_it_is_neither_chance_nor_negligible(difference, low, high, told):
    row = pd.Series({"level": 1_000.0, "difference": difference, "low": low, "high": high})
    assert is_sure(row) is told
