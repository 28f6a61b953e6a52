"""Seeds are added until the answer is as precise as asked for."""

import json

import pandas as pd
import pytest

from sim.study.crew import Crew
from sim.study.differences import differences
from sim.study.experiment import Experiment, run
from sim.study.precision import Goal, first_seeds, gather, goal_of, next_seeds, widest
from sim.world.errors import BadInput


def test_the_goal_is_reached_with_the_first_so_many_seeds(small, store):
    experiment = Experiment(small, Crew(store=store))
    reached = gather(experiment, Goal(0.01))
    assert reached.is_enough
    assert reached.share <= 0.01
    assert reached.seeds > 10
    plain = run(small._replace(seeds=reached.seeds), Crew(store=store))
    assert plain.reused == 2 * reached.seeds
    ours = experiment.results()
    pd.testing.assert_frame_equal(ours.runs, plain.runs, check_exact=True)
    assert ours.scenario.seeds == reached.seeds
    table = differences(plain).set_index(["programme", "indicator"])
    row, base = table.loc[("client_choice", "npv")], table.loc[("first_sale_lock", "npv")]
    assert reached.share == pytest.approx((row.high - row.low) / 2 / base.level)


def test_the_widest_interval_of_all_programmes_counts(small):
    table = differences(run(small))
    third = table[table["programme"] == "client_choice"].assign(programme="vague")
    third["high"] += third["level"].abs()
    both = pd.concat([table, third])
    both.attrs = table.attrs
    assert widest(both, "npv") > widest(table, "npv") + 0.4


def test_it_stops_where_it_is_told_to(small):
    reached = gather(Experiment(small), Goal(0.0001, max_seeds=15))
    assert (reached.seeds, reached.is_enough) == (15, False)
    assert reached.share > 0.0001


def test_it_starts_from_the_scenarios_seeds_or_ten():
    assert first_seeds(3, Goal(0.01)) == 10
    assert first_seeds(32, Goal(0.01)) == 32
    assert first_seeds(100, Goal(0.01, max_seeds=50)) == 50
    assert first_seeds(3, None) == 3


def test_it_grows_by_the_need_within_reason():
    assert next_seeds(100, 0.015, 0.01) == 237
    assert next_seeds(100, 1.0, 0.01) == 400
    assert next_seeds(1000, 0.01001, 0.01) == 1100


@pytest.mark.parametrize("asked", ["abc", "0", "-1%", "100%", "1", "nan", "inf", "", "%", -0.5])
def test_a_precision_that_is_none_is_refused(asked):
    with pytest.raises(BadInput, match=r"1% or 0\.01"):
        goal_of(asked)


def test_what_else_is_refused(small):
    with pytest.raises(BadInput, match="npv"):
        goal_of("1%", "npw")
    with pytest.raises(BadInput, match="10 to 100000"):
        goal_of("1%", max_seeds=9)
    with pytest.raises(BadInput, match="--precision"):
        goal_of(None, "npv")
    with pytest.raises(BadInput, match="two programmes"):
        gather(Experiment(small._replace(programmes=small.programmes[:1])), Goal(0.01))
    with pytest.raises(BadInput, match="survival_10y"):
        gather(Experiment(small), Goal(0.01, "survival_10y"))


def test_the_command_states_and_records_what_was_reached(start, debate):
    words = ("run", str(debate), "--seeds", "10", "--precision", "2%", "--out", "here")
    told, faults = start(*words).communicate(timeout=300)
    assert faults == ""
    manifest = json.loads((debate.parent / "here" / "manifest.json").read_text())
    assert manifest["inputs"]["precision"] == {
        "share": 0.02,
        "indicator": "npv",
        "max_seeds": 10_000,
    }
    seeds = manifest["precision"]["seeds"]
    assert manifest["precision"]["is_enough"]
    assert manifest["seeds"] == list(range(1, seeds + 1))
    assert f"{seeds} seeds" in told
    assert "±2 % was asked for" in told
    spelt = (debate.parent / "here" / "scenario.toml").read_text()
    assert f"seeds = {seeds}\n" in spelt
    again, faults = start(*words).communicate(timeout=300)
    assert faults == ""
    assert "20 of 20 runs were there already" in again
    short = start(*words[:-2], "--max-seeds", "11", "--precision", "0.01%", "--quiet")
    place, faults = short.communicate(timeout=300)
    assert (
        json.loads((debate.parent / place.strip() / "manifest.json").read_text())["precision"][
            "is_enough"
        ]
        is False
    )
