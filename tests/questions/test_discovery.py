"""Scenario discovery finds the conditions that are there, and none where there are none."""

import numpy as np
import pandas as pd
import pytest

from sim.questions.robustness.discovery import Condition, boxes_of, describe, needed, telling
from sim.study.worlds import plausible_worlds
from sim.world.assumptions import Assumptions

WORLDS = plausible_worlds(Assumptions(), 512)


def luck(share: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(len(WORLDS)) < share


def where(poaching: float, arpa: float) -> np.ndarray:
    return ((WORLDS["poaching"] > poaching) & (WORLDS["arpa"] <= arpa)).to_numpy(bool)


def test_a_box_that_was_put_there_is_found_with_its_conditions():
    flips = where(0.02, 15_000) ^ luck(0.05)
    told = describe(WORLDS, flips)
    first = told.boxes[0]
    found = {(one.assumption, one.is_above): one.bound for one in first.conditions}
    assert found == {
        ("poaching", True): pytest.approx(0.02, rel=0.15),
        ("arpa", False): pytest.approx(15_000, rel=0.15),
    }
    inside = first.holds(WORLDS)
    assert first.coverage == pytest.approx(flips[inside].sum() / flips.sum())
    assert first.density == pytest.approx(flips[inside].mean())
    assert first.share == pytest.approx(inside.mean())
    assert told.coverage > 0.7
    assert told.density > 0.7


def test_conditions_hold_in_worlds_that_they_were_not_made_from():
    flips = where(0.02, 15_000) ^ luck(0.05)
    half = np.arange(len(WORLDS)) % 2 == 0
    first = describe(WORLDS[half], flips[half]).boxes[0]
    inside = first.holds(WORLDS[~half])
    assert flips[~half][inside].mean() > 0.7
    assert flips[~half][inside].mean() == pytest.approx(first.density, abs=0.15)


def test_luck_alone_is_not_described():
    described = [
        len(describe(WORLDS, luck(share, seed)).boxes) > 0
        for share in (0.1, 0.3, 0.5)
        for seed in range(8)
    ]
    assert sum(described) <= 2


@pytest.mark.parametrize("flips", [0, 19, len(WORLDS) - 19, len(WORLDS)])
def test_too_few_worlds_of_a_kind_are_not_described(flips):
    told = describe(WORLDS, np.arange(len(WORLDS)) < flips)
    assert told.boxes == ()
    assert np.isnan(told.coverage)


def test_a_condition_that_shuts_out_the_like_is_dropped():
    flips = where(0.02, 40_000)
    real, empty = Condition("poaching", True, 0.02), Condition("arpa", False, 12_000.0)
    assert needed((real, empty), WORLDS, flips) == (real,)
    assert needed((empty,), WORLDS, luck(0.5)) in ((), (empty,))
    assert needed((real,), WORLDS, flips) == (real,)


def test_boxes_are_told_with_few_conditions_that_add_something():
    either = where(0.05, 40_000) | (WORLDS["envy"] > 0.5).to_numpy(bool)
    boxes = boxes_of(WORLDS, either, 3)
    assert {one.assumption for box in boxes for one in box.conditions} >= {"poaching", "envy"}
    assert all(len(box.conditions) <= 3 for box in boxes)
    covered = np.zeros(len(WORLDS), bool)
    for box in boxes:
        added = box.holds(WORLDS) & ~covered
        assert added[either].mean() >= 0.1
        covered |= added
    assert covered[either].mean() > 0.9


def test_the_telling_assumptions_are_those_that_decide():
    groups = np.where(WORLDS["poaching"] > 0.02, "a", "b")
    groups = np.where(WORLDS["arpa"] > 15_000, "c", groups).astype(object)
    ranked = telling(WORLDS, groups)
    assert set(ranked.index[:2]) == {"poaching", "arpa"}
    assert ranked.sum() == pytest.approx(1.0)
    assert isinstance(ranked, pd.Series)
