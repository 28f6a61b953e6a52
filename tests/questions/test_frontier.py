"""The frontier: a search that is repeatable, continues where it was, and judges itself afresh."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.questions.frontier import ask as frontier
from sim.questions.frontier import search, space
from sim.questions.frontier.pictures import picture
from sim.questions.frontier.search import FIRST_SEED, Search
from sim.questions.frontier.words import clauses, common, condition, elsewhere, sentences, tradeoffs
from sim.study.chosen import choose
from sim.study.crew import Crew
from sim.study.experiment import run
from sim.study.store import Store
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from sim.world.programme import Change, objection

TINY = {"partners": 20, "clients": 200, "years": 1}
QUICK = Search(population=8, generations=3, search_seeds=2, seeds=4, may_lose=1.0)


@pytest.fixture(scope="module")
def tiny():
    return choose(None, **TINY)._replace(burn_in_months=12)


@pytest.fixture(scope="module")
def found(tiny):
    return frontier.find(tiny, QUICK)


def random_programmes(number):
    rng = np.random.default_rng(1)
    return [space.numbers_at(point) for point in rng.random((number, len(space.NAMES)))]


# --- the space of programmes -------------------------------------------------------------------


def test_every_point_of_the_space_is_a_programme_that_makes_sense():
    for numbers in random_programmes(2_000):
        assert objection(space.as_programme("any", numbers, is_grandfathered=True)) == ""


def test_every_value_is_within_its_declared_range_and_on_its_grid():
    for numbers in random_programmes(500):
        for decision in space.DECISIONS:
            value = numbers[decision.name]
            assert value in decision.levels() or (value == 0.0 and decision.can_be_absent)
            assert space.LIMITS[decision.name].low <= value <= space.LIMITS[decision.name].high


def test_a_programme_and_its_point_say_the_same():
    for numbers in [*random_programmes(500), *space.known()]:
        assert space.numbers_at(space.point_of(numbers)) == numbers


def test_every_rule_and_every_clause_is_tried_with_and_without():
    tried = pd.DataFrame(random_programmes(500))
    assert set(tried["record_rule"]) == set(space.RECORD_RULES)
    for decision in space.DECISIONS:
        assert tried[decision.name].astype(bool).nunique() == 2 or not decision.can_be_absent


@pytest.mark.parametrize(
    ("numbers", "mended"),
    [
        (
            {"originator_share": 0.8, "servicing_share": 0.8},
            {"originator_share": 0.5, "servicing_share": 0.5},
        ),
        ({"servicing_share": 1.0, "record_rule": "idle"}, {"record_rule": "lock"}),
        ({"sunset_months": 24.0}, {"sunset_months": 0.0}),
        (
            {"originator_share": 0.5, "sunset_months": 36.0, "term_months": 24.0},
            {"sunset_months": 0.0, "term_months": 24.0},
        ),
        ({"servicing_share": 1.0, "managed_months": 3.0}, {"managed_months": 0.0}),
        ({"rate": 0.0, "quality_weight": 0.5}, {"quality_weight": 0.0}),
    ],
)
def test_what_makes_no_sense_is_mended(numbers, mended):
    ours = space.mended({**space.usual(), **numbers})
    assert {name: ours[name] for name in mended} == mended


@pytest.mark.parametrize("policy", ["first_sale_lock", "client_choice", "split_reward"])
def test_the_shipped_policies_are_in_the_space(policy, tiny):
    numbers = {
        "first_sale_lock": {},
        "client_choice": {"record_rule": "request"},
        "split_reward": {"originator_share": 0.5, "servicing_share": 0.5},
    }[policy]
    ours = space.as_programme("ours", {**space.usual(), **numbers}, is_grandfathered=False)
    both = (choose(None, policies=[policy]).programmes[0], ours)
    runs = run(tiny._replace(programmes=both, baseline=policy, seeds=2)).runs
    npv = runs.pivot(index="seed", columns="programme", values="npv")
    assert npv["ours"].tolist() == npv[policy].tolist()


def test_more_clauses_are_harder_to_keep_in_mind():
    flat = space.complexity(space.usual())
    split = space.complexity({**space.usual(), "originator_share": 0.5, "servicing_share": 0.5})
    judged = space.complexity({**space.usual(), "record_rule": "idle", "quality_weight": 0.5})
    assert (flat, split, judged) == (0.0, 1.0, 2.0)
    assert max(space.complexity(numbers) for numbers in random_programmes(500)) <= 5.0


# --- the search --------------------------------------------------------------------------------


def test_the_same_search_finds_the_same(tiny, found):
    again = frontier.find(tiny, QUICK, Crew(at_once=1))
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)
    pd.testing.assert_frame_equal(again.tried, found.tried, check_exact=True)
    other = frontier.find(tiny, QUICK._replace(luck=2))
    assert not other.tried.equals(found.tried)


def test_nothing_is_tried_twice(found):
    assert not found.tried[list(space.NAMES)].duplicated().any()
    assert len(found.tried) <= QUICK.population * QUICK.generations


def test_a_search_that_was_stopped_continues_to_the_same_result(tiny, found, tmp_path, monkeypatch):
    store = Store(tmp_path)
    calls = []
    usual = search.Experiment.simulate

    def stopping(self, *about):
        calls.append(about)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return usual(self, *about)

    monkeypatch.setattr(search.Experiment, "simulate", stopping)
    with pytest.raises(KeyboardInterrupt):
        frontier.find(tiny, QUICK, Crew(store=store))
    monkeypatch.undo()
    resumed = frontier.find(tiny, QUICK, Crew(store=store))
    assert resumed.reused > 0
    pd.testing.assert_frame_equal(resumed.table, found.table, check_exact=True)
    whole = frontier.find(tiny, QUICK, Crew(store=store))
    assert whole.reused > resumed.reused
    monkeypatch.setattr("sim.study.experiment.live", None)  # nothing is left to be simulated
    frontier.find(tiny, QUICK, Crew(store=store))


def test_what_makes_no_sense_is_not_simulated(tiny, monkeypatch):
    nonsense = {**space.usual(), "sunset_months": 24.0}
    monkeypatch.setattr(search.Experiment, "simulate", lambda *_: pytest.fail("simulated"))
    landscape = search.Landscape(tiny, QUICK, tiny.programmes[0])
    assert np.isnan(landscape.measure([nonsense])).all()


def test_a_find_is_judged_on_seeds_that_the_search_has_not_seen(tiny, found):
    assert set(found.results.runs["seed"]) == {1, 2, 3, 4}
    name = found.table.loc[found.table["is_found"], "programme"].iloc[0]
    row = found.table.set_index("programme").loc[name]
    both = [one for one in found.scenario.programmes if one.name in (name, found.scenario.baseline)]
    runs = run(tiny._replace(programmes=tuple(both), seeds=4), with_months=False).runs
    npv = runs.pivot(index="seed", columns="programme", values="npv")
    gain = (npv[name] - npv[found.scenario.baseline]).mean()
    assert row["npv_difference"] == pytest.approx(gain)
    assert row["npv_low"] < gain < row["npv_high"]
    assert row["npv_in_search"] != row["npv_difference"]
    assert FIRST_SEED > 100_000  # the most seeds of a study


def test_nobody_loses_more_than_is_allowed(tiny):
    strict = frontier.find(tiny, QUICK._replace(may_lose=0.0))
    finds = strict.table[strict.table["is_found"]]
    assert len(finds)
    assert (finds["npv_in_search"] >= 0.0).all()
    assert (finds["income_active_in_search"] >= 0.0).all()
    assert (finds["client_churn_in_search"] <= 0.0).all()
    assert (strict.tried["npv"] < 0.0).any()


def test_an_aim_that_is_zero_under_the_baseline_can_be_lost_in(tiny):
    calm = frontier.find(tiny, QUICK._replace(aims=("npv", "disputes")))
    finds = calm.table[calm.table["is_found"]]
    assert np.isfinite(finds["disputes_difference"]).all()
    assert (calm.tried["disputes"] > 0.0).any()
    assert picture(calm).axes


def test_an_aim_that_is_undefined_under_the_baseline_is_refused(tiny):
    nobody = tiny._replace(years=1)
    with pytest.raises(BadInput, match="survival_10y: undefined"):
        frontier.find(nobody, QUICK._replace(aims=("npv", "survival_10y")))


def test_earlier_clients_keep_their_contract_unless_asked_otherwise(tiny, found):
    kept = {one.conduct.grandfather_months for one in found.scenario.programmes}
    assert kept == {space.ALWAYS}
    everybody = frontier.find(tiny, QUICK._replace(is_grandfathered=False))
    months = {
        one.conduct.grandfather_months
        for one in everybody.scenario.programmes
        if one.name.startswith("p")
    }
    assert months == {0}


def test_who_changes_on_the_way_is_told_as_old_clients_then_lose_their_contract(tiny, found):
    kept = "keep the contract they were won under, for ever and under every programme shown"
    said = condition(found)
    assert kept in said
    assert "another programme follows" not in said
    lock = tiny.programmes[0]
    turns = lock._replace(name="turns", changes=(Change(6, tiny.programmes[1]),))
    asked = found.scenario._replace(programmes=(*found.scenario.programmes, turns))
    assert "under turns, which another programme follows" in condition(
        replace(found, scenario=asked)
    )


def test_an_aim_undefined_under_the_baseline_where_finds_are_judged_is_told(tiny, found):
    runs = found.results.runs.copy()
    is_base = runs["programme"] == found.scenario.baseline
    runs.loc[is_base & (runs["seed"] == 2), "income_active"] = np.nan
    landscape = search.Landscape(tiny, QUICK, tiny.programmes[0])
    with pytest.raises(BadInput, match="income_active: undefined under the baseline"):
        frontier.judge(found.scenario, QUICK, replace(found.results, runs=runs), {}, landscape)


def test_aims_of_which_one_never_changes_are_not_said_to_go_together(found):
    front = found.table["is_found"]
    table = found.table.assign(client_churn=0.01, status=frontier.UNDOMINATED)
    table = pd.concat([table, *([table[front]] * 5)], ignore_index=True)
    table.attrs = found.table.attrs
    said = tradeoffs(replace(found, table=table))
    assert "vendor NPV or client churn never changes" in said
    assert "nan" not in said


# --- what is found -----------------------------------------------------------------------------


def test_statuses_follow_from_the_runs(found):
    signs = np.array([1.0, 1.0, -1.0])
    values = {
        name: signs * group.sort_values("seed")[list(QUICK.aims)].to_numpy()
        for name, group in found.results.runs.groupby("programme")
    }
    for row in found.table.itertuples():
        over = {
            other
            for other, theirs in values.items()
            if (theirs.mean(0) >= values[row.programme].mean(0)).all()
            and (theirs.mean(0) > values[row.programme].mean(0)).any()
        }
        assert (row.status == frontier.UNDOMINATED) == (not over)
        assert set(filter(None, row.dominated_by.split(", "))) <= over
        assert (row.status == frontier.DOMINATED) == bool(row.dominated_by)
    assert set(values) == set(found.table["programme"])


def test_dominance_beyond_noise_needs_every_aim():
    rng = np.random.default_rng(2)
    base = rng.normal(size=(20, 2))
    better = base + [1.0, 1.0] + 0.1 * rng.normal(size=(20, 2))
    unsure = base + [1.0, 0.001] + [0.0, 1.0] * rng.normal(size=(20, 2))
    same = base + [1.0, 0.0] + [0.1, 0.0] * rng.normal(size=(20, 2))
    _, surely = frontier.dominance(np.array([base, better, unsure, same]))
    assert surely[:, 0].tolist() == [False, True, False, True]
    assert not surely[0].any()


def test_shipped_programmes_of_the_same_market_are_there(tiny):
    names = [one.name for one in frontier.known_programmes(tiny, is_grandfathered=True)]
    assert names[:4] == list(frontier.NAMED)
    assert "telephony-lock/who_works_is_paid" in names
    assert not any(name.startswith(("easy-poaching", "radist-v4")) for name in names)
    assert "reform/overnight" not in names  # it changes on the way


def test_python_returns_a_tidy_table():
    found = sim.frontier(
        aims=["npv", "client_churn"],
        population=4,
        generations=2,
        search_seeds=1,
        seeds=2,
        may_lose=1.0,
        **TINY,
    )
    table = found.table
    assert table.attrs["units"] == {"npv": "RUB", "client_churn": "per month"}
    assert {"programme", "status", "npv", "npv_low", "record_rule", "rate"} <= set(table.columns)
    assert "income_active" not in table


def test_it_is_told_when_known_programmes_dominate_all_that_was_found(found):
    beaten = found.table.assign(
        status=np.where(found.table["is_found"], frontier.DOMINATED, frontier.UNDOMINATED),
        dominated_by=np.where(found.table["is_found"], "split_reward", ""),
    )
    told = sentences(replace(found, table=beaten))
    assert any("split_reward: search further" in sentence for sentence in told)
    assert "nan" not in " ".join(told)
    assert picture(replace(found, table=beaten)).axes


@pytest.mark.parametrize(
    ("standing", "told"),
    [
        ([], "Of 3 # each is dominated beyond noise by some on the frontier."),
        (
            ["b"],
            "Of 3 # 2 are dominated beyond noise by some on the frontier; not so b.",
        ),
        (
            ["a", "c"],
            "Of 3 # 1 is dominated beyond noise by some on the frontier; not so a, c.",
        ),
        (
            ["a", "b", "c"],
            "Of 3 # none is dominated beyond noise by any on the frontier.",
        ),
    ],
)
def test_exceptions_are_never_all_there_is(standing, told):
    of = "programmes of other scenarios under the same assumptions"
    assert elsewhere(["a", "b", "c"], standing) == told.replace("#", of)


def test_one_programme_alone_has_nothing_in_common(found):
    first = found.table.index[found.table["is_found"]][0]
    is_last = (found.table.index == first) | ~found.table["is_found"]
    alone = replace(found, table=found.table[is_last].assign(status=frontier.UNDOMINATED))
    assert common(alone) == f"The only one on the frontier says: {clauses(alone.table.loc[first])}."


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        ({"aims": ["npv", "incom_active"]}, "income_active"),
        ({"aims": ["npv", "commission"]}, "neither better nor worse"),
        ({"aims": ["npv"]}, "two to four"),
        ({"aims": ["npv", "npv"]}, "two to four"),
        ({"population": 3}, "population"),
        ({"generations": 2.5}, "generations"),
        ({"seeds": 1}, "seeds"),
        ({"may_lose": -0.1}, "may_lose"),
        ({"luck": -1}, "luck"),
        ({"scenario": "four-policy"}, "four-policies"),
    ],
)
def test_bad_input_says_what_and_what_is_allowed(ask, told):
    with pytest.raises(BadInput, match=told):
        sim.frontier(**ask)


# --- the command -------------------------------------------------------------------------------

MARKET = """
title = "Tiny"
provenance = "a small market for tests"
partners = 20
clients = 200
"""
DEBATE = """
question = "Does the lock or client choice serve better?"
provenance = "a small market for tests"
market = "tiny.toml"
years = 1
burn_in_months = 12

[programmes.lock]
policy = "first_sale_lock"

[programmes.choice]
policy = "client_choice"
"""
SMALL = ["--population", "6", "--generations", "2", "--search-seeds", "1", "--seeds", "2"]
SMALL += ["--may-lose", "1"]


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    place = tmp_path_factory.mktemp("frontier")
    (place / "tiny.toml").write_text(MARKET, encoding="utf-8")
    (place / "debate.toml").write_text(DEBATE, encoding="utf-8")
    done = partnersim(place, "frontier", "debate.toml", *SMALL, "--json", "--out", "here")
    assert done.returncode == 0, done.stderr
    return place, json.loads(done.stdout)


def partnersim(place, *words):
    return subprocess.run(
        [sys.executable, "-m", "partnersim", *words],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_command_writes_picture_tables_and_programmes(answered):
    place, told = answered
    folder = place / "here"
    assert (folder / "frontier.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "frontier.svg").read_text(encoding="utf-8")
    table = pd.read_parquet(folder / "frontier.parquet")
    assert table["programme"].tolist() == [row["programme"] for row in told["frontier"]]
    assert len(pd.read_csv(folder / "tried.csv")) <= 12
    assert told["programmes"]
    assert all((folder / one["scenario"]).is_file() for one in told["programmes"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["findings"] == told["findings"]


def test_a_programme_of_the_frontier_runs_as_a_scenario_with_the_same_runs(answered):
    place, told = answered
    one = told["programmes"][0]
    done = partnersim(place, "run", f"here/{one['scenario']}", "--json", "--out", "again")
    assert done.returncode == 0, done.stderr
    again = pd.read_parquet(place / "again" / "runs.parquet")
    before = pd.read_parquet(place / "here" / "runs.parquet")
    ours = before[before["programme"].isin({"lock", one["programme"]})]
    keys = ["programme", "seed"]
    pd.testing.assert_series_equal(
        again.set_index(keys)["digest"].sort_index(), ours.set_index(keys)["digest"].sort_index()
    )


def test_the_command_continues_and_repeats_itself(answered):
    place, told = answered
    manifest = json.loads((place / "here" / "manifest.json").read_text(encoding="utf-8"))
    words = manifest["repeat"].partition(" (")[0].replace("scenario.toml", "here/scenario.toml")
    done = partnersim(place, *words.split()[1:], "--json", "--out", "there")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again["results_digest"] == told["results_digest"]
    assert again["frontier"] == told["frontier"]
    assert again["reused"] > told["reused"]


def test_it_is_told_in_words(answered):
    place, _ = answered
    done = partnersim(place, "frontier", "debate.toml", *SMALL, "--out", "here")
    assert done.returncode == 0, done.stderr
    for word in ("what it says", "dominated", "Repeat exactly", "set of assumptions"):
        assert word in done.stdout


def test_a_mistake_ends_in_one_message(answered):
    place, _ = answered
    done = partnersim(place, "frontier", "debate.toml", "--for", "npv,profit")
    assert done.returncode == 2
    assert "profit" in done.stderr
    assert "Traceback" not in done.stderr
    done = partnersim(place, "frontier", "debate.toml", "--old-clients", "lose")
    assert done.returncode == 2
    assert "keep" in done.stderr


def test_scenario_files_say_everything(found):
    text = scenarios.dumps(found.scenario)
    assert all(f"[programmes.{row}]" in text for row in found.table["programme"] if "/" not in row)
