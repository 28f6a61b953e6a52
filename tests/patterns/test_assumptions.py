"""Assumptions that stand in place of the defaults: where they come from, what goes before them."""

import pytest

from sim.questions.patterns import calibration
from sim.questions.patterns.measure import Criterion, Measured
from sim.study.worlds import RANGES
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput


def test_they_replace_the_defaults_and_nothing_that_a_market_or_scenario_says():
    given = scenario.load("ulei-from-zero", "messenger", {"exit": 0.01, "entry": 0.03, "arpa": 5e3})
    assert given.assumptions.exit == 0.01
    assert given.assumptions.entry == 0.04
    assert given.assumptions.arpa == 30_000
    assert scenario.load(market="messenger", assumptions={"arpa": 5e3}).assumptions.arpa == 3_500


def test_a_scenario_file_can_name_them(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'title = "Mine"\nprovenance = "A"\n[assumptions]\nexit = 0.02\n'
    )
    text = 'question = "?"\nprovenance = "A"\ndefaults = "mine.toml"\n'
    text += '[programmes.lock]\npolicy = "first_sale_lock"\n'
    (tmp_path / "asks.toml").write_text(text)
    path = str(tmp_path / "asks.toml")
    assert scenario.load(path).assumptions.exit == 0.02
    shipped = scenario.load(path, assumptions=calibration.NAME).assumptions
    assert shipped.exit == scenario.read_defaults(calibration.NAME)["exit"]


def test_what_is_written_out_does_not_depend_on_them_any_more(tmp_path):
    given = scenario.load(assumptions={"exit": 0.01})
    (tmp_path / "again.toml").write_text(scenario.dumps(given))
    assert scenario.load(str(tmp_path / "again.toml")).assumptions == given.assumptions
    again = scenario.load(str(tmp_path / "again.toml"), assumptions={"exit": 0.02})
    assert again.assumptions == given.assumptions


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exit = 3.0", "out of range"),
        ("exi = 0.1", "exit"),
        ('exit = "x"', "does not fit"),
    ],
)
def test_a_fault_is_told_with_file_and_key(tmp_path, text, told):
    path = tmp_path / "mine.toml"
    path.write_text(f'title = "Mine"\nprovenance = "A"\n[assumptions]\n{text}\n')
    with pytest.raises(BadInput, match=told) as fault:
        scenario.load(assumptions=str(path))
    assert str(path) in str(fault.value)


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(BadInput, match="calibrated"):
        scenario.load(assumptions="calibratd")


def test_only_named_assumptions_are_calibrated_and_within_their_ranges():
    given = scenario.read_defaults(calibration.NAME)
    assert set(given) == set(calibration.NAMES)
    assert all(RANGES[name][0] <= value <= RANGES[name][1] for name, value in given.items())
    assert given != {name: getattr(Assumptions(), name) for name in given}


def test_calibration_uses_other_seeds_than_the_measurement():
    assert not set(calibration.SEEDS) & set(range(1, 1_000))


def test_distance_is_zero_inside_and_grows_outside():
    criterion = Criterion("x", "0-1", 0.2, 0.6, "lock", lambda facts: facts["x"], "")
    reaches = [
        calibration.reach(Measured(x, x - 0.05, x + 0.05, 8), criterion) for x in (0.4, 0.6, 0.8)
    ]
    assert reaches == pytest.approx([0.0, 0.125, 0.625])


def test_middle_of_the_search_is_the_defaults():
    import numpy as np

    middle = calibration.assumptions_at(np.full(len(calibration.NAMES), 0.5))
    assert middle == {name: getattr(Assumptions(), name) for name in calibration.NAMES}


def test_what_is_found_can_be_read_again(tmp_path):
    path = tmp_path / "found.toml"
    path.write_text(calibration.spelled({"exit": 0.0071, "entry": 0.02}, 0.05, 0.8))
    assert scenario.read_defaults(str(path)) == {"exit": 0.0071, "entry": 0.02}


def test_a_comparison_can_be_made_with_them():
    import sim

    ask = {"policies": ["no_reward"], "partners": 40, "clients": 200, "years": 1, "seeds": 2}
    levels = [
        sim.compare(**ask, assumptions=given).set_index("indicator").loc["members_end", "level"]
        for given in (None, {"exit": 0.03})
    ]
    assert levels[1] < levels[0]
