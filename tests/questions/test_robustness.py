"""In how many worlds an answer holds: shares, ties, luck, and where it flips."""

import numpy as np
import pandas as pd
import pytest

import sim
from sim.present import plots
from sim.questions.robustness import ask as study
from sim.questions.robustness import pictures as drawn
from sim.questions.robustness import words as shown
from sim.study.experiment import Results
from sim.study.worlds import MOST_WORLDS, plausible_worlds
from sim.world import scenario
from sim.world.errors import BadInput
from sim.world.programme import programme

SMALL = {"partners": 30, "clients": 300, "years": 1}
VENDOR, PARTNERS, CLIENTS = study.SIDES
TWO = scenario.load()._replace(programmes=(programme("first_sale_lock"), programme("no_reward")))


def made_up(lock: list[float], other: list[float], twice: list[float] | None = None) -> Results:
    """Return results whose every indicator is as given by world; ``twice`` is the other's again."""
    rows = [
        {"variant": str(world), "programme": name, "seed": seed, **dict.fromkeys(NAMES, value)}
        for world, (ours, theirs) in enumerate(zip(lock, other, strict=True), 1)
        for name, seed, value in (
            ("first_sale_lock", world, ours),
            ("no_reward", world, theirs),
        )
    ]
    for world, value in enumerate(twice or [], 1):
        base = {"variant": str(world), "seed": MOST_WORLDS + world}
        rows.append(
            {**base, "programme": "first_sale_lock", **dict.fromkeys(NAMES, lock[world - 1])}
        )
        rows.append({**base, "programme": "no_reward", **dict.fromkeys(NAMES, value)})
    return Results(TWO, (), "compiled", pd.DataFrame(rows), pd.DataFrame())


NAMES = [side.indicator for side in study.SIDES]


@pytest.fixture(scope="module")
def found() -> study.Robustness:
    return sim.robustness(**SMALL, policies=["first_sale_lock", "no_reward"], worlds=60)


def row(table: pd.DataFrame, side: study.Side, name: str) -> pd.Series:
    return table.set_index(["side", "programme"]).loc[(side.name, name)]


def test_shares_of_the_best_sum_to_one_and_lie_in_their_intervals(found):
    assert found.best.groupby("side")["share"].sum().to_numpy() == pytest.approx(1.0)
    assert (found.best["low"] <= found.best["share"]).all()
    assert (found.best["share"] <= found.best["high"]).all()
    sums = found.beats[["share", "ties", "loses"]].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(1.0)


def test_partners_who_are_paid_earn_more_than_those_who_are_not_in_every_world(found):
    paid = row(found.beats, PARTNERS, "no_reward")
    assert paid["loses"] > 0.9
    assert paid["loses"] + paid["ties"] == pytest.approx(1.0)


def test_more_is_better_for_the_vendor_and_less_churn_for_the_clients():
    results = made_up([1.0, 2.0, 3.0], [2.0, 2.0, 1.0])
    vendor, clients = (
        row(study.beats_table(results), side, "no_reward") for side in (VENDOR, CLIENTS)
    )
    assert (vendor["share"], vendor["ties"], vendor["loses"]) == (1 / 3, 1 / 3, 1 / 3)
    assert study.winners(results, VENDOR).tolist() == ["no_reward", study.TIE, "first_sale_lock"]
    assert study.winners(results, CLIENTS).tolist() == ["first_sale_lock", study.TIE, "no_reward"]
    assert clients["share"] == 1 / 3


def test_policies_without_differences_tie_everywhere():
    same = programme("first_sale_lock")._replace(name="again")
    chosen = scenario.load()._replace(
        partners=30, clients=300, years=1, programmes=(programme("first_sale_lock"), same)
    )
    found = study.robustness_of(chosen, 5)
    assert (found.beats["ties"] == 1.0).all()
    assert (found.best.set_index("programme").loc[study.TIE, "share"] == 1.0).all()
    assert found.conditions.empty


def test_a_negligible_difference_is_a_tie():
    results = made_up([1e6, 1e6], [1e6 + 10.0, 1e6 + 1e4])
    told = row(study.beats_table(results), VENDOR, "no_reward")
    assert (told["share"], told["ties"]) == (0.5, 0.5)
    assert row(study.best_table(results), VENDOR, study.TIE)["share"] == 0.5


def test_worlds_without_such_partners_do_not_count():
    results = made_up([1.0, float("nan"), 3.0], [2.0, 5.0, float("nan")])
    assert row(study.best_table(results), PARTNERS, "no_reward")["worlds"] == 1
    assert row(study.beats_table(results), PARTNERS, "no_reward")["share"] == 1.0
    nobody = made_up([float("nan")], [1.0])
    assert np.isnan(row(study.beats_table(nobody), VENDOR, "no_reward")["share"])


def test_a_second_seed_tells_how_often_luck_turns_the_sign():
    results = made_up([2.0] * 5, [1.0, 1.0, 3.0, 3.0, 3.0], twice=[3.0, 1.0, 1.0, 3.0])
    told = row(study.beats_table(results), VENDOR, "no_reward")
    assert told["share"] == 3 / 5
    assert told["twice"] == 4
    assert told["turns"] == 2 / 4


def test_an_assumption_made_to_decide_is_named():
    worlds = plausible_worlds(TWO.assumptions, 300)
    worlds.index = pd.RangeIndex(1, 301, name="world")
    results = made_up([1.0] * 300, np.where(worlds["poaching"] > 0.03, 2.0, 0.0).tolist())
    rows = study.conditions_table(results, worlds)
    vendor = rows[rows["side"] == "vendor"]
    assert vendor["assumption"].tolist() == ["poaching"]
    assert vendor["sign"].tolist() == [">"]
    assert vendor["bound"].iloc[0] == pytest.approx(0.03, rel=0.1)
    assert vendor["held_out_density"].iloc[0] > 0.9
    ranked = study.telling_table(results, worlds)
    assert ranked.iloc[0][["side", "assumption"]].tolist() == ["vendor", "poaching"]


def test_the_rarer_outcome_is_described():
    flips = [study.flips_of(made_up([1.0] * 3, other), VENDOR, "no_reward")[0]
             for other in ([2.0, 0.0, 0.0], [2.0, 2.0, 0.0])]  # fmt: skip
    assert flips == ["beats", "loses"]


def test_the_first_of_more_worlds_are_the_same_and_nothing_is_simulated_twice(tmp_path):
    store = tmp_path / "kept"
    few = sim.robustness(**SMALL, worlds=5, store=store)
    more = sim.robustness(**SMALL, worlds=10, store=store)
    pd.testing.assert_frame_equal(few.worlds, more.worlds.loc[:5], check_exact=True)
    assert few.results.reused == 0
    assert more.results.reused == len(few.results.runs)
    again = sim.robustness(**SMALL, worlds=10, store=store)
    assert again.results.reused == len(again.results.runs)
    for name, table in more.tables().items():
        pd.testing.assert_frame_equal(table, again.tables()[name], check_exact=True)


def test_worlds_have_luck_of_their_own(found):
    assert found.results.runs.groupby("variant")["seed"].min().is_unique


def test_nonsense_is_refused_before_the_work():
    for worlds in (0, -1, 2.5, 10**9):
        with pytest.raises(BadInput, match="worlds"):
            sim.robustness(**SMALL, worlds=worlds)
    with pytest.raises(BadInput, match="at least two"):
        sim.robustness(**SMALL, policies=["no_reward"], worlds=2)


def test_words_name_shares_intervals_luck_and_the_ground_they_stand_on(found):
    text = " ".join(shown.sentences(found))
    for word in ("60 plausible worlds", "declared ranges", "[", "second seed in 12", "no_reward"):
        assert word in text
    assert "nan" not in text


def with_telling(results, worlds) -> study.Robustness:
    """Robustness as `robustness_of` makes it of runs."""
    return study.Robustness(
        TWO,
        worlds,
        study.best_table(results),
        study.beats_table(results),
        study.conditions_table(results, worlds),
        study.telling_table(results, worlds),
        results,
    )


def many_worlds(number: int, usual=TWO.assumptions) -> pd.DataFrame:
    worlds = plausible_worlds(usual, number)
    worlds.index = pd.RangeIndex(1, number + 1, name="world")
    return worlds


def test_words_say_of_how_many_worlds_a_share_is_where_an_indicator_is_undefined():
    results = made_up([1.0] * 8, [2.0] * 8)
    results.runs.loc[results.runs["variant"].isin(["3", "5"]), "income_active"] = np.nan
    found = with_telling(results, many_worlds(8))
    for said in (shown.best(found), shown.against(found, "no_reward")):
        assert "active partners (income), defined in 6 worlds," in said
        assert said.count("defined in") == 1
    assert "of 8 plausible worlds" in shown.against(found, "no_reward")


def test_a_share_that_is_not_all_is_not_said_to_be():
    assert shown.with_interval(1_999 / 2_000, 0.9971, 1.0) == "99.9 % [99.7, 100]"
    assert shown.percent(1.0) == "100 %"


def test_words_on_luck_say_where_a_second_life_is_undefined():
    results = made_up([1.0] * 4, [2.0] * 4, twice=[2.0] * 4)
    assert "in 4 of the worlds: the sign" in shown.luck(with_telling(results, many_worlds(4)))
    results.runs.loc[results.runs["variant"] == "3", "income_active"] = np.nan
    said = shown.luck(with_telling(results, many_worlds(4)))
    assert "in 4 of the worlds, defined in both lives in 3 of them or more: the sign" in said


def test_words_on_a_flip_tell_how_it_does_in_worlds_it_was_not_made_from():
    worlds = many_worlds(300)
    luck = np.random.default_rng(3).random(300) < 0.1
    other = np.where((worlds["poaching"] > 0.03) ^ luck, 2.0, 0.0).tolist()
    found = with_telling(made_up([1.0] * 300, other), worlds)
    box = found.conditions[found.conditions["side"] == "vendor"].iloc[0]
    said = shown.flip(found, "no_reward")
    ends = [shown.percent(box[f"held_out_{share}"]) for share in ("coverage", "density")]
    assert f"worlds from which they were not made: {ends[0]} and {ends[1]})" in said


@pytest.mark.parametrize("other", [0.0, 1.0, 2.0])
def test_what_never_flips_is_not_said_to_flip_untold(other):
    found = with_telling(made_up([1.0] * 40, [other] * 40), many_worlds(40))
    assert shown.flip(found, "no_reward") == "for the vendor it never turns the other way"
    both = with_telling(made_up([1.0] * 4, [0.0, 2.0] * 2), many_worlds(4))
    assert "no few conditions tell where" in shown.flip(both, "no_reward")


def test_words_name_assumptions_whose_own_value_is_an_end_of_their_range():
    """Half of the worlds then lie at that value and not beyond it."""
    radist = scenario.load("radist-forty")
    assert (many_worlds(64, radist.assumptions)["direct_pull"] == 10.0).mean() == 0.5
    found = with_telling(made_up([1.0] * 4, [2.0] * 4), many_worlds(4))
    assert "end of the range" not in shown.whole(found)
    at_end = found.__class__(**{**vars(found), "scenario": radist})
    assert "(direct_pull, outside_pull: as it is in half of the worlds" in shown.whole(at_end)


def test_pictures_colour_every_world_by_who_is_best(found, tmp_path):
    figure = drawn.world_map(found)
    for ax, side in zip(figure.axes, study.SIDES, strict=True):
        known = found.winners[side.name].dropna()
        points = ax.collections[-1]
        assert len(points.get_offsets()) == len(known)
        assert len({tuple(colour) for colour in points.get_facecolors()}) == known.nunique()
    paths = plots.save(tmp_path, drawn.pictures(found))
    assert sorted(path.suffix for path in paths) == [".png", ".png", ".svg", ".svg"]
    assert all(path.stat().st_size > 5_000 for path in paths)
