"""Patterns are measured as they say, and their verdicts follow; with few seeds."""

import math
import re

import numpy as np
import pytest

from sim.present import plots
from sim.questions.patterns import pictures, signs, validation
from sim.questions.patterns import words as shown
from sim.questions.patterns.ask import drawn, patterns
from sim.questions.patterns.catalogue import MAP, PATTERNS, PLACES
from sim.questions.patterns.measure import (
    MET,
    MISSED,
    UNSURE,
    Criterion,
    Measured,
    measure,
    verdict,
    whole_verdict,
)
from sim.questions.patterns.watch import careers
from sim.study import run
from sim.world.errors import BadInput

EVIDENCE = (validation.folder() / "evidence.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells
    for line in EVIDENCE.splitlines()
    if re.match(r"\| P\d", line) and len(cells := line.strip("| ").split(" | ")) == 4
}


def test_all_twelve_are_there_as_the_evidence_lists_them():
    assert [pattern.name for pattern in PATTERNS] == list(ROWS)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_source_and_criterion_are_those_of_the_evidence(pattern):
    _, _, source, passes = ROWS[pattern.name]
    assert pattern.source == source.replace("[F]", "F").replace("§4", "docs/evidence.md §4")
    assert pattern.passes == passes.removesuffix(" |")


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_the_numbers_of_a_criterion_stand_in_what_the_evidence_asks(pattern):
    """P12's regions and P9's gate ask for a sign, P3's disputes for more than three times."""
    numbers = {float(text) for text in re.findall(r"\d+(?:\.\d+)?", pattern.passes)}
    for criterion in pattern.criteria:
        for bound in (criterion.low, criterion.high):
            if math.isfinite(bound) and abs(bound) > 1e-300:
                asked = {bound, round(100 * bound, 6), bound / 1000, round(100 * abs(1 - bound), 6)}
                assert asked & numbers, (criterion.what, bound)


def test_calibration_may_look_at_no_other_patterns():
    targets = {pattern.name for pattern in PATTERNS if pattern.role == "calibrated"}
    assert targets == {"P6", "P8", "P9", "P10", "P11"}
    assert "P6 and P8–P11 may be used for calibration" in EVIDENCE


def test_every_pattern_yields_a_finite_measure_with_its_interval(few):
    assert set(few.criteria["pattern"]) == {pattern.name for pattern in PATTERNS}
    assert np.isfinite(few.criteria[["value", "low", "high"]].to_numpy(float)).all()
    assert (few.criteria["low"] <= few.criteria["value"]).all()
    assert (few.criteria["value"] <= few.criteria["high"]).all()


def test_verdicts_follow_from_measure_and_criterion(few):
    declared = {(one.name, each.what): each for one in PATTERNS for each in one.criteria}
    for row in few.criteria.itertuples():
        found = Measured(row.value, row.low, row.high, row.seeds)
        assert row.verdict == verdict(found, declared[row.pattern, row.criterion])
    for row in few.verdicts.itertuples():
        same = few.criteria[few.criteria["assumptions"] == row.assumptions]
        several = same.loc[same["pattern"] == row.pattern, "verdict"]
        assert row.verdict == whole_verdict(list(several))


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(0.3, 0.4, MET), (0.1, 0.2, MISSED), (0.7, 0.8, MISSED), (0.2, 0.3, UNSURE)],
)
def test_only_a_whole_interval_is_met_or_missed(low, high, told):
    criterion = Criterion("x", "0-1", 0.25, 0.60, "lock", lambda facts: facts["x"], "")
    assert verdict(Measured((low + high) / 2, low, high, 5), criterion) == told


def test_without_an_interval_nothing_is_sure():
    criterion = Criterion("x", "0-1", 0.25, 0.60, "lock", lambda facts: facts["x"], "")
    assert verdict(Measured(0.4, math.nan, math.nan, 1), criterion) == UNSURE


def test_jackknife_of_a_mean_is_students_interval():
    values = [1.0, 2.0, 4.0, 8.0]
    found = measure([{"x": x, "n": 1} for x in values], lambda facts: facts["x"] / facts["n"])
    reach = 3.18244630 * np.std(values, ddof=1) / 2.0
    assert found[:3] == pytest.approx((3.75, 3.75 - reach, 3.75 + reach))


def test_jackknife_covers_a_ratio_of_sums_about_as_often_as_it_says():
    luck = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        size = luck.lognormal(0.0, 0.5, 30)
        part = size * luck.uniform(0.2, 0.6, 30)
        runs = [{"part": p, "size": s} for p, s in zip(part, size, strict=True)]
        found = measure(runs, lambda facts: facts["part"] / facts["size"])
        inside += found.low <= 0.4 <= found.high
    assert 0.91 <= inside / 400 <= 0.98


def test_a_gain_is_a_gain_where_the_lock_loses_the_vendor_money():
    facts = {"lock": np.array([100.0, -100.0]), "choice": np.array([110.0, -50.0])}
    assert signs.gain(facts) == pytest.approx([0.1, 0.5])
    cells = len(signs.worlds())
    runs = [
        {"lock": np.full(cells, -100.0 - luck), "choice": np.full(cells, -50.0 - luck)}
        for luck in (0.0, 1.0)
    ]
    table = drawn("defaults", runs)
    assert (table["gain"] > 0.0).all()
    assert (table["low"] > 0.0).all()


def test_careers_are_those_of_who_joined():
    scenario = PLACES["lock"].scenario(None)._replace(partners=40, clients=400)
    lived = run.simulate(scenario, policy="lock", partners=40, clients=400, years=5, burn_in=0)
    joined = lived.partners[lived.partners["joined_month"] >= 1]
    market_months = 60
    from sim.study.run_one import follow, start

    market = start(scenario._replace(burn_in_months=0), 1, "compiled")
    market = market.branch(scenario.programmes[0])
    follow(market, scenario.programmes[0], market_months)
    at_risk, leaving = careers(market.outcome(), market_months)
    served = joined["left_month"].fillna(market_months) - joined["joined_month"]
    assert leaving.sum() == joined["left_month"].notna().sum() > 0
    assert at_risk.sum() == served.sum()


def test_seeds_must_be_enough_for_an_interval():
    with pytest.raises(BadInput, match="from 2 to"):
        patterns(seeds=1)


def test_a_missing_file_of_assumptions_is_told():
    with pytest.raises(BadInput, match="calibrated"):
        patterns(["calibrate"], seeds=2)


def test_the_document_is_written_from_what_was_measured(few):
    text = validation.document(few)
    for row in few.criteria.itertuples():
        line = f"- {row.assumptions}: {shown.value_of(row)}"
        assert line in text
    for row in few.verdicts.itertuples():
        assert re.search(rf"^\| {row.pattern} \|.*{row.verdict}", text, re.MULTILINE)


def test_the_shipped_document_says_what_is_asked_and_how_it_is_measured():
    text = (validation.folder() / validation.NAME).read_text(encoding="utf-8")
    headings = re.findall(r"^## (P\d+)\. ", text, re.MULTILINE)
    assert headings == [pattern.name for pattern in PATTERNS]
    assert validation.HEADER in text
    assert validation.LIMITS in text
    assert validation.calibrated() in text
    for pattern in PATTERNS:
        assert f"*Asked:* {pattern.passes}." in text
        for criterion in pattern.criteria:
            assert f"{validation.upper(criterion.how)}." in text


def test_pictures_can_be_drawn(few, tmp_path):
    plots.save(tmp_path, pictures.pictures(few.criteria, few.map))
    names = {f"{name}.{ending}" for name in pictures.PICTURES for ending in ("png", "svg")}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_every_place_is_used_and_every_criterion_has_one():
    used = {criterion.place for pattern in PATTERNS for criterion in pattern.criteria}
    assert used == {*PLACES, MAP}
