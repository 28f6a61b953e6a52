"""Every shipped scenario can be read, is in the catalogue and does what it says."""

import re

import pytest

from sim.questions.compare import catalogue
from sim.study.differences import differences
from sim.study.experiment import run
from sim.world import scenario

NAMES = sorted(scenario.shipped())


def small(name):
    """Return a scenario in a small market, long enough for all that happens in it."""
    given = scenario.load(name)
    last = max(
        (
            event.month
            for studied in given.programmes
            for event in (*studied.changes, *studied.incidents)
        ),
        default=0,
    )
    return given._replace(partners=30, clients=300, seeds=1, years=1 + last // 12)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_asks_and_where_that_is_from(name):
    given = scenario.load(name)
    assert given.question.endswith("?")
    assert re.search(r"\b(S[0-4]|F|K|A)\b|evidence\.md", given.provenance)
    assert catalogue.reading(scenario.shipped()[name]).endswith(".")
    assert given.baseline in {studied.name for studied in given.programmes}


@pytest.mark.parametrize("name", NAMES)
def test_every_programme_runs_through_all_that_happens_to_it(name):
    given = small(name)
    results = run(given)
    assert set(results.runs["programme"]) == {studied.name for studied in given.programmes}
    assert (results.runs["vendor_revenue"] > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_shows_it_as_it_is(name):
    given = scenario.load(name)
    text = (scenario.scenario_folder() / "README.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"\n## {name}\n")
    chapter = after.partition("\n## ")[0]
    assert given.question in chapter
    assert given.provenance in chapter
    assert catalogue.reading(scenario.shipped()[name]) in chapter
    assert f"{given.seeds} seeds" in chapter
    for studied in given.programmes:
        assert f"\n| {studied.name} |" in chapter


def test_catalogue_lists_nothing_that_is_not_shipped():
    text = (scenario.scenario_folder() / "README.md").read_text(encoding="utf-8")
    listed = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert listed == NAMES


def test_chapter_tells_level_and_difference():
    given = small("telephony-lock")._replace(seeds=2)
    told = catalogue.chapter(given, "Because.", differences(run(given)))
    assert told.startswith("## telephony-lock\n")
    assert "| lock |" in told
    assert "<br>" in told
    assert "*Why.* Because." in told
