"""Which assumptions decide: known answers are found, with luck and gaps told apart."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sim.present import plots
from sim.questions.sensitivity import ask as study
from sim.questions.sensitivity import pictures as drawn
from sim.questions.sensitivity import words as shown
from sim.questions.sensitivity.ask import OTHERS, Size, about
from sim.study.experiment import Results
from sim.study.indicators import INDICATORS
from sim.study.worlds import RANGES, value_at
from sim.world import scenario
from sim.world.errors import BadInput
from sim.world.programme import programme

TWO = scenario.load()._replace(programmes=(programme("first_sale_lock"), programme("no_reward")))
SMALL = Size(trajectories=4, deep=3, samples=64, seeds=5)
LOST = (-0.3, 0.4, 0.1, -0.2, 0.05, 0.0)
"""Luck of the seeds from 1 on, in the made-up market."""


def effect(worlds: pd.DataFrame) -> pd.Series:
    """Return what no_reward gains: poaching decides it, and envy a little."""
    return 60.0 * worlds["poaching"] / 0.08 + 10.0 * worlds["envy"]


@pytest.fixture
def find(monkeypatch) -> Callable[..., study.Sensitivity]:
    """Return how to study a made-up market in which it is known what decides."""

    def call(
        gain=effect, size: Size = SMALL, gap: float = 1.0, scrambles: float = 0.0
    ) -> study.Sensitivity:
        def live_in(chosen, worlds, seeds, *, progress=None, **_):
            rows = []
            level = gain(worlds).to_numpy()
            for world, each in enumerate(seeds, 1):
                for seed in each:
                    # envy changes nothing but how luck falls
                    wild = np.random.default_rng([seed, int(1e9 * worlds["envy"].iloc[world - 1])])
                    ours = level[world - 1] + scrambles * wild.normal()
                    for name, more in (("first_sale_lock", 0.0), ("no_reward", ours)):
                        value = 1_000.0 + more + (LOST[seed - 1] if more else 0.0)
                        values = dict.fromkeys((one.name for one in INDICATORS), value)
                        if worlds["arpa"].iloc[world - 1] > RANGES["arpa"][1] * gap:
                            values["income_active"] = float("nan")
                        rows.append({"variant": str(world), "programme": name, "seed": seed,
                                     "digest": "", **values})  # fmt: skip
            if progress is not None:
                progress(1.0)
            return Results(chosen, (), "compiled", pd.DataFrame(rows), pd.DataFrame())

        monkeypatch.setattr(study, "live_in", live_in)
        seen: list[float] = []
        found = study.sensitivity_of(TWO, size, progress=seen.append)
        assert seen == sorted(seen)
        assert seen[-1] == pytest.approx(1.0)
        return found

    return call


def variance(name: str) -> float:
    usual = TWO.assumptions
    return float(np.var([value_at(usual, name, share) for share in np.linspace(0, 1, 10_001)]))


def test_the_shares_of_variance_are_those_of_the_market_made_up(find):
    found = find(size=Size(trajectories=4, deep=3, samples=256, seeds=2))
    rows = about(found.indices, "no_reward", "npv", "difference").set_index("assumption")
    parts = {"poaching": 60.0**2 / 0.08**2 * variance("poaching"), "envy": 100 * variance("envy")}
    for name, part in parts.items():
        expected = part / sum(parts.values())
        for index in ("first", "total"):
            assert rows.loc[name, index] == pytest.approx(expected, abs=0.1)
            assert rows.loc[name, f"{index}_low"] <= rows.loc[name, index]
            assert rows.loc[name, index] <= rows.loc[name, f"{index}_high"]
    assert rows.loc[OTHERS, "total"] == pytest.approx(0.0, abs=1e-6)
    assert rows["first"].sum() == pytest.approx(1.0, abs=0.1)


def test_the_screening_finds_what_matters_among_all(find):
    found = find()
    rows = about(found.screening, "no_reward", "npv", "difference").set_index("assumption")
    assert set(rows.index) == set(RANGES)
    ranked = rows["mu_star"].sort_values(ascending=False)
    assert list(ranked.index[:2]) == ["poaching", "envy"]
    assert (ranked.iloc[2:] == 0.0).all()
    assert (rows["mu_star"] >= rows["mu"].abs() - 1e-9).all()
    assert set(found.indices["assumption"]) > {"poaching", "envy", OTHERS}
    assert found.decisive("no_reward", "npv")["assumption"].tolist()[0] == "poaching"
    assert found.deciding()[:2] == ["poaching", "envy"]


def test_an_assumption_that_works_only_with_another_shows_in_the_total_index(find):
    def together(worlds):
        return 60.0 * (worlds["poaching"] > 0.01) * (worlds["arpa"] > 10_000.0) + 1e-6

    found = find(together, Size(trajectories=20, deep=3, samples=128, seeds=2))
    rows = about(found.indices, "no_reward", "npv", "difference").set_index("assumption")
    assert {"poaching", "arpa"} < set(rows.index)
    for name in ("poaching", "arpa"):
        assert rows.loc[name, "total"] > rows.loc[name, "first"] + 0.1


def test_luck_is_told_apart(find):
    noise = about(find().noise, "no_reward", "npv", "difference").iloc[0]
    assert noise["sd_luck"] == pytest.approx(np.std(LOST[:5], ddof=1))
    assert noise["share"] == pytest.approx((noise["sd_luck"] / noise["sd_worlds"]) ** 2)
    assert noise["sd_worlds"] > 5.0


def test_luck_is_told_in_plausible_worlds_and_not_only_at_home(find):
    found = find()
    noise = about(found.noise, "no_reward", "npv", "difference").iloc[0]
    assert noise["twice"] == 2 * found.size.twice == 32
    between = (LOST[1] - LOST[0]) ** 2 / 2.0
    assert noise["share_worlds"] == pytest.approx(between / noise["sd_worlds"] ** 2)
    rows = about(found.indices, "no_reward", "npv", "difference").set_index("assumption")
    assert rows["luck"].to_numpy() == pytest.approx(0.0, abs=1e-12)  # the same in all worlds


def test_luck_that_an_assumption_lets_fall_otherwise_is_not_taken_for_its_effect(find):
    """Under one luck such an index is as surely above zero as that of an effect."""
    found = find(
        lambda worlds: 60.0 * worlds["poaching"] / 0.08,
        Size(trajectories=8, deep=3, samples=256, seeds=5),
        scrambles=10.0,
    )
    rows = about(found.indices, "no_reward", "npv", "relative").set_index("assumption")
    assert rows.loc["envy", "total_low"] > 0.0
    assert rows.loc["envy", "luck"] == pytest.approx(rows.loc["envy", "total"], rel=0.4)
    assert rows.loc["poaching", "luck"] == pytest.approx(0.0, abs=0.001)
    assert found.decisive("no_reward", "npv")["assumption"].tolist() == ["poaching"]
    assert "luck" in shown.luck(found)


def test_both_ends_are_those_of_the_range_with_all_else_unmoved(find):
    rows = about(find().ends, "no_reward", "npv", "difference")
    rows = rows[rows["assumption"] == "poaching"].set_index("end")
    envy, luck = 10.0 * TWO.assumptions.envy, float(np.mean(LOST[:5]))
    assert rows.loc["high", "mean"] == pytest.approx(60.0 + envy + luck)
    assert rows.loc["low", "mean"] == pytest.approx(envy + luck)
    assert rows.loc["low", "value"] == RANGES["poaching"][0]
    assert rows.loc["high", "centre"] == pytest.approx(
        60.0 * TWO.assumptions.poaching / 0.08 + envy + luck
    )
    assert (rows["low"] < rows["mean"]).all()


def test_what_is_not_defined_in_some_worlds_is_explained_by_the_others(find):
    found = find(gap=0.9, size=Size(trajectories=12, deep=3, samples=64, seeds=2))
    partners = about(found.indices, "no_reward", "income_active", "difference")
    vendor = about(found.indices, "no_reward", "npv", "difference")
    assert 0 < partners["samples"].iloc[0] < vendor["samples"].iloc[0] == 64
    assert not partners[["first", "total"]].isna().any().any()
    said = shown.decides(found, "no_reward", "active partners", "income_active")
    assert f"(defined in {partners['samples'].iloc[0]} of 64 base samples)" in said
    assert "defined" not in shown.decides(found, "no_reward", "vendor", "npv")


def test_the_relative_difference_has_the_sign_of_the_difference_and_ends():
    values = {"first_sale_lock": [1.0, -2.0, 0.0, 0.0], "no_reward": [3.0, 2.0, 0.0, 5.0]}
    runs = pd.DataFrame(
        [
            {"variant": str(world), "programme": name, "seed": 1,
             **dict.fromkeys((one.name for one in INDICATORS), value)}
            for name, column in values.items()
            for world, value in enumerate(column, 1)
        ]
    )  # fmt: skip
    table = study.outputs(Results(TWO, (), "compiled", runs, pd.DataFrame()))
    assert table["no_reward", "npv", "relative"].tolist() == [1.0, 2.0, 0.0, 2.0]
    assert ("first_sale_lock", "npv", "difference") not in table.columns


def test_nothing_explains_what_does_not_vary(find):
    found = find(lambda worlds: 0.0 * worlds["arpa"])
    assert about(found.indices, "no_reward", "npv", "level").empty
    assert "the same in all worlds" in " ".join(shown.sentences(found))


def test_words_name_what_decides_and_what_to_measure(find, tmp_path):
    found = find()
    said = shown.sentences(found)
    assert "rests most on poaching" in " ".join(said)
    assert said[-1].startswith("To settle the debate, measure first: poaching (")
    assert "source" in said[-1]
    assert "nan" not in " ".join(said)
    paths = plots.save(tmp_path, drawn.pictures(found))
    assert sorted(path.name for path in paths) == [
        "indices.png", "indices.svg", "tornado.png", "tornado.svg",
    ]  # fmt: skip
    ax = drawn.tornado(found).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["poaching", "envy"]


def test_what_cannot_be_told_from_luck_is_not_recommended(find):
    found = find(lambda worlds: 0.0 * worlds["arpa"], scrambles=400.0)
    assert found.told_from_luck() == []
    assert found.deciding()
    said = shown.to_measure(found)
    assert said.startswith("At this size nothing can be told from luck, so nothing is recommended")
    assert "--samples, here 64" in said
    assert not any(name in said for name in RANGES)


def test_only_what_can_be_told_from_luck_is_recommended(find):
    found = find()
    assert len(found.deciding()) == 3
    said = shown.to_measure(found)
    for name in found.deciding():
        assert (f"{name} (" in said) == (name in found.told_from_luck())


def test_a_trifle_is_not_named_however_surely_it_is_told(find):
    found = find(lambda worlds: 60.0 * worlds["poaching"] / 0.08 + 0.5 * worlds["envy"])
    envy = about(found.indices, "no_reward", "npv", "relative").set_index("assumption").loc["envy"]
    assert 0.0 < envy.total < study.WORTHWHILE
    assert found.told_from_luck() == ["poaching"]
    assert list(found.decisive("no_reward", "npv")["assumption"]) == ["poaching"]


def test_nothing_is_to_be_measured_where_nothing_varies(find):
    found = find(lambda worlds: 0.0 * worlds["arpa"])
    assert shown.to_measure(found).startswith("There is nothing to measure")


def test_a_number_of_the_scenarios_own_is_not_given_the_shipped_source(find, monkeypatch):
    own = TWO._replace(assumptions=TWO.assumptions._replace(poaching=0.05))
    monkeypatch.setitem(globals(), "TWO", own)
    said = shown.to_measure(find())
    assert "here 0.05, stated by this scenario; shipped: 0.01; plausible 0 to 0.08" in said
    assert "source A" not in said.partition("poaching")[2].partition(");")[0]


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (Size(trajectories=1), "trajectories"),
        (Size(deep=0), "deep"),
        (Size(deep=len(RANGES)), "deep"),
        (Size(samples=100), "power of two"),
        (Size(samples=4), "samples"),
        (Size(seeds=1), "seeds"),
    ],
)
def test_nonsense_is_refused_before_the_work(size, told):
    with pytest.raises(BadInput, match=told):
        study.sensitivity_of(TWO, size)
    with pytest.raises(BadInput, match="at least two"):
        study.sensitivity_of(TWO._replace(programmes=TWO.programmes[:1]), Size())
