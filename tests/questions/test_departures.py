"""A number of somebody's own is told as theirs, with the shipped default beside it."""

import io
import json
import zipfile

import pytest

import sim
from sim.present import departures as shown
from sim.questions.bundle import pack as bundle
from sim.questions.bundle import words as verdict
from sim.questions.patterns import answer
from sim.study import folder
from sim.study.chosen import resolve
from sim.study.crew import Crew
from sim.study.differences import differences
from sim.study.experiment import run
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions
from sim.world.departures import (
    CALL,
    FILE,
    MARKET,
    SCENARIO,
    SOURCES,
    catalogue,
    departures,
    read,
)
from sim.world.errors import BadInput
from sim.world.programme import programme

SHIPPED = {each["name"]: each for each in catalogue()}
ASKS = 'question = "?"\nprovenance = "A"\n[programmes.lock]\npolicy = "first_sale_lock"\n'


def by_name(scenario):
    return {one.name: one for one in departures(scenario)}


def stated(scenario):
    return {one.name: (one.by, one.file) for one in departures(scenario)}


def test_nothing_differs_where_nobody_states_anything():
    assert departures(scenarios.load()) == []
    assert scenarios.load().catalogue == catalogue()
    assert shown.sentences([]) == []


@pytest.mark.parametrize("name", Assumptions._fields)
def test_no_number_of_ones_own_stands_beside_the_source_of_the_shipped_one(name):
    each = SHIPPED[name]
    own = each["high"] if each["value"] != each["high"] else each["low"]
    scenario = scenarios.load()
    scenario = scenario._replace(assumptions=scenario.assumptions._replace(**{name: own}))
    found = {one["name"]: one for one in scenario.catalogue}[name]
    assert found["source"] == "stated by this scenario"
    assert (found["value"], found["default"]) == (own, each["value"])
    (one,) = departures(scenario)
    assert (one.name, one.value, one.default, one.unit) == (name, own, each["value"], each["unit"])
    assert read(json.loads(json.dumps(one.plain()))) == one


def test_scenario_market_file_and_call_are_told_apart(tmp_path):
    (tmp_path / "asks.toml").write_text(
        f'market = "messenger"\ndefaults = "calibrated"\nclients = 900\n{ASKS}'
        "[assumptions]\npoaching = 0.08\nlapse = 0.008\nexit = 0.01\n"
    )
    found = stated(scenarios.load(str(tmp_path / "asks.toml")))
    assert found["poaching"] == found["exit"] == found["clients"] == (SCENARIO, "")
    assert found["arpa"] == found["churn_floor"] == (MARKET, "messenger")
    assert found["entry"] == (FILE, "calibrated")
    assert "lapse" not in found
    assert "partners" not in found
    given = scenarios.load(assumptions={"exit": 0.01})
    assert stated(given) == {"exit": (CALL, "")}
    assert stated(resolve(given, partners=20))["partners"] == (CALL, "")
    assert stated(scenarios.load(str(tmp_path / "asks.toml"), "telephony"))["clients"] == (
        SCENARIO,
        "",
    )


def test_all_that_calibrated_assumptions_change_is_theirs():
    given = scenarios.read_defaults("calibrated")
    found = by_name(scenarios.load(assumptions="calibrated"))
    assert {name: one.value for name, one in found.items()} == given
    assert {one.source for one in found.values()} == {"stated by the assumptions file calibrated"}


def test_a_number_that_was_changed_again_is_not_the_markets_any_more():
    radist = scenarios.load("radist-forty")
    assert stated(radist)["arpa"] == (MARKET, "messenger")
    dearer = radist._replace(assumptions=radist.assumptions._replace(arpa=9_000.0))
    assert stated(dearer)["arpa"] == (SCENARIO, "")


@pytest.mark.parametrize("name", [*scenarios.shipped(), "calibrated"])
def test_what_is_written_out_says_the_same_of_shipped_numbers(tmp_path, name):
    is_file = name == "calibrated"
    given = scenarios.load(assumptions=name) if is_file else scenarios.load(name)
    (tmp_path / "again.toml").write_text(scenarios.dumps(given))
    assert departures(scenarios.load(str(tmp_path / "again.toml"))) == departures(given)


def test_a_comparison_from_python_says_what_it_was_given():
    ask = {"policies": ["no_reward", "client_choice"], "partners": 20, "clients": 100, "years": 1}
    table = sim.compare(**ask, seeds=2, assumptions={"poaching": 0.02})
    said = " ".join(sim.narrate(table).split())
    assert "Stated in the call from Python, unlike the shipped assumptions: poaching 0.02" in said
    assert "(shipped: 0.01)" in said
    assert "20 potential partners (the market's own: 150)" in said


@pytest.mark.parametrize("given", [{"market": "messenger"}, {"assumptions": {"exit": 0.01}}])
def test_what_a_loaded_scenario_cannot_take_is_not_passed_over(given):
    with pytest.raises(BadInput, match=next(iter(given))):
        sim.compare(scenarios.load(), **given)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A bundle of a small study on a shipped market, with assumptions of a shipped file."""
    place = tmp_path_factory.mktemp("study") / "result"
    asked = scenarios.load("radist-forty", assumptions="calibrated")
    small = asked._replace(
        partners=20,
        clients=200,
        years=1,
        burn_in_months=6,
        seeds=2,
        assumptions=asked.assumptions._replace(poaching=0.08),
    )
    results = run(small, Crew("compiled"))
    place.mkdir()
    folder.save(place, folder.Study(small, results, differences(results)))
    return bundle.pack(place)[0]


def altered(content, change):
    """Return a bundle whose author changed its manifest, with digests that fit."""
    opened = zipfile.ZipFile(io.BytesIO(content))
    members = {name: opened.read(name) for name in opened.namelist() if "/" in name}
    manifest = json.loads(members["result/manifest.json"])
    change(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return bundle.archive({**members, "result/manifest.json": text.encode()})


def checked(content, tmp_path):
    (tmp_path / "theirs.bundle").write_bytes(content)
    return sim.verify(tmp_path / "theirs.bundle", at_once=1)


def test_who_checks_a_bundle_is_told_what_it_rests_on(packed, tmp_path):
    found = checked(packed, tmp_path)
    assert found.is_sound, found.faults
    said = {one.name: one.source for one in found.departures}
    assert said["poaching"] == said["partners"] == "stated by this scenario"
    assert said["arpa"] == "stated by the market messenger"
    assert said["entry"] == "stated by the assumptions file calibrated"
    assert found.other_worlds_left_out
    sentences = " ".join(verdict.sentences(found))
    assert "poaching 0.08 per account-month (shipped: 0.01)" in sentences
    assert "Other plausible worlds were left out" in sentences
    assert "Other plausible worlds" not in " ".join(
        verdict.sentences(found._replace(other_worlds_left_out=False))
    )
    assert verdict.plain(found)["departures"][0]["source"]
    as_shipped = verdict.sentences(found._replace(departures=()))
    assert "All its assumptions are the shipped ones." in as_shipped


def blame(by, file):
    """Return what makes a manifest say that somebody else states the scenario's own number."""

    def change(manifest):
        for one in manifest["departures"]:
            if one["name"] == "poaching":
                one.update(by=by, file=file, source=SOURCES[by].format(name=file))
        for each in manifest["assumptions"]:
            if each["name"] == "poaching":
                each["source"] = SOURCES[by].format(name=file)

    return change


def leave_out(manifest):
    manifest["departures"] = [one for one in manifest["departures"] if one["name"] != "poaching"]


@pytest.mark.parametrize(
    "change",
    [
        blame(FILE, "calibrated"),
        blame(MARKET, "messenger"),
        blame(MARKET, "telephony"),
        leave_out,
        lambda manifest: manifest.pop("departures"),
        lambda manifest: manifest["departures"][0].update(default=0.5),
        lambda manifest: manifest.update(other_worlds_left_out=False),
    ],
)
def test_a_bundle_that_says_otherwise_is_caught(packed, tmp_path, change):
    found = checked(altered(packed, change), tmp_path)
    assert not found.is_sound
    assert "poaching" in {one.name for one in found.departures}


@pytest.mark.parametrize("file", ["\x1b[2J", "a\nb", "x" * 5_000])
def test_a_strangers_name_of_a_file_that_a_terminal_might_obey_is_refused(packed, tmp_path, file):
    with pytest.raises(BadInput, match=r"departures"):
        checked(altered(packed, blame(FILE, file)), tmp_path)


def test_every_answer_says_what_it_rests_on():
    scenario = scenarios.load("easy-poaching")
    two = scenario._replace(
        partners=20,
        clients=200,
        years=1,
        burn_in_months=6,
        seeds=2,
        programmes=(programme("first_sale_lock"), programme("no_reward")),
        baseline="first_sale_lock",
    )
    own = "Stated by this scenario, unlike the shipped assumptions: "
    for found in (sim.robustness(two, worlds=8), sim.decompose(two)):
        assert own in " ".join(sim.narrate(found).split())


def test_patterns_say_what_each_set_changes_wherever_they_are_measured():
    numbers = answer.departures(["defaults", "calibrated"])
    of_sets = {(one["assumptions"], one["name"]) for one in numbers if one["by"] == FILE}
    assert of_sets == {("calibrated", name) for name in scenarios.read_defaults("calibrated")}
    assert {one["place"] for one in numbers if one["by"] == MARKET} >= {"timeline", "payout"}
