"""What was simulated once is found again, and nothing else is ever taken for it."""

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from policies import registry
from policies.contract import rule, share
from sim import compare
from sim.study import files, identity
from sim.study import store as stores
from sim.study.experiment import MONTHS_KEPT, Experiment, run
from sim.study.run_one import live
from sim.study.store import Store
from sim.world.errors import BadInput
from sim.world.programme import programme

ROOT = Path(__file__).parents[2]


def assert_same(ours, theirs):
    pd.testing.assert_frame_equal(ours.runs, theirs.runs, check_exact=True)
    pd.testing.assert_frame_equal(ours.months, theirs.months, check_exact=True)


def reused(scenario, store, **options):
    experiment = Experiment(scenario, store=store, **options)
    experiment.look_up(range(1, scenario.seeds + 1))
    return experiment.reused


def test_a_repeated_study_is_found_whole_to_the_last_bit(small, store):
    plain, first, again = run(small), run(small, store=store), run(small, store=store)
    assert (first.reused, again.reused) == (0, 6)
    assert_same(first, plain)
    assert_same(again, plain)
    assert not plain.months["motivation_servicing_others"].isna().all()


def test_more_seeds_reuse_the_earlier_ones(small, store):
    run(small, store=store)
    more = run(small._replace(seeds=5), store=store)
    assert more.reused == 6
    assert_same(more, run(small._replace(seeds=5)))


def test_another_programme_in_the_same_world_is_added_to_it(small, store):
    run(small, store=store)
    third = (*small.programmes, programme("split_reward"))
    asked = []

    def watched(*task):
        asked.append([studied.name for studied in task[0].programmes])
        return live(*task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.study.experiment.live", watched)
        together = run(small._replace(programmes=third), store=store)
    assert asked == 3 * [["split_reward"]]
    assert_same(together, run(small._replace(programmes=third)))
    assert len(list((store.folder / "runs").glob("*.parquet"))) == 3
    assert len(pd.read_parquet(store.folder / "runs")) == 9


def test_the_name_of_a_programme_does_not_matter(small, store):
    run(small, store=store)
    renamed = small._replace(
        baseline="old", programmes=(programme("old", "first_sale_lock"), *small.programmes)
    )
    found = run(renamed, store=store)
    assert found.reused == len(found.runs) == 9
    digests = found.runs.set_index(["programme", "seed"])["digest"]
    assert (digests["old"] == digests["first_sale_lock"]).all()


CHANGED = {
    "an assumption": lambda s: s._replace(assumptions=s.assumptions._replace(poaching=0.05)),
    "a term": lambda s: s._replace(programmes=(programme("first_sale_lock", rate=0.21),)),
    "the conduct": lambda s: s._replace(programmes=(programme("first_sale_lock", care=0.6),)),
    "the incumbent": lambda s: s._replace(incumbent=programme("no_reward")),
    "partners": lambda s: s._replace(partners=41),
    "clients": lambda s: s._replace(clients=601),
    "years": lambda s: s._replace(years=2),
    "the past": lambda s: s._replace(burn_in_months=13),
}


@pytest.mark.parametrize("what", CHANGED)
def test_nothing_is_reused_when_this_has_changed(small, store, what):
    run(small._replace(seeds=1), store=store)
    assert reused(small._replace(seeds=1), store) == 2
    assert reused(CHANGED[what](small)._replace(seeds=1), store) == 0


def test_the_other_engine_is_not_given_this_ones_runs(small, store):
    run(small, store=store)
    assert reused(small, store, engine="mesa") == 0


def test_another_version_of_the_simulation_is_not_given_these_runs(small, store, monkeypatch):
    run(small, store=store)
    monkeypatch.setattr(identity, "version", lambda: "0.1.0+another")
    assert reused(small, store) == 0


@pytest.mark.parametrize(
    ("edited", "is_another"),
    [("sim/rules/partner.py", True), ("policies/contract.py", True), ("sim/cli.py", False)],
)
def test_the_version_changes_with_the_sources_that_decide_results(tmp_path, edited, is_another):
    for package in ("sim", "policies"):
        shutil.copytree(ROOT / package, tmp_path / package)
    with (tmp_path / edited).open("a", encoding="utf-8") as source:
        source.write("\nEDITED = True\n")
    code = "from sim.study.identity import version; print(version())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert (told != identity.version()) == is_another


HELPED = 0.5


def half(terms):
    return HELPED


def test_a_policy_is_told_by_its_rules_and_what_they_call_not_by_its_name(monkeypatch):
    @rule
    def credit(terms, account):
        return share(originator=half(terms))

    shipped = registry.load("no_reward")
    own = programme("own", replace(shipped, credit=credit))
    digests = [identity.digest_of_programme(programme("no_reward", shipped))]
    digests.append(identity.digest_of_programme(own))
    monkeypatch.setitem(globals(), "HELPED", 0.6)
    digests.append(identity.digest_of_programme(own))
    monkeypatch.undo()
    assert len(set(digests)) == 3
    assert identity.digest_of_programme(own) == digests[1]


def test_the_text_of_a_policy_counts(small):
    lock = registry.load("first_sale_lock")
    commented = replace(lock, source=lock.source + "# a comment\n")
    assert identity.digest_of_programme(programme("lock", lock)) != identity.digest_of_programme(
        programme("lock", commented)
    )


def test_no_changed_bit_is_ever_believed(small, store):
    told = []
    store.tell = told.append
    experiment = Experiment(small._replace(seeds=1), store=store)
    experiment.simulate(experiment.look_up([1]))
    world = experiment.worlds[""]
    true = pickle.dumps(store.find(world, 1, True))
    silent = tried = 0
    for table in ("runs", "months"):
        path = store.part(table, world, 1)
        whole = path.read_bytes()
        step = max(len(whole) // 400, 1)
        for at in range(0, len(whole), step):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
            told.clear()
            found = store.find(world, 1, True)
            tried += 1
            if told:
                assert found == {}
                assert str(path) in told[0]
            else:
                assert pickle.dumps(found) == true
                silent += 1
        for length in (0, 3, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            told.clear()
            assert store.find(world, 1, True) == {}
            assert told
        path.write_bytes(whole)
    assert silent < tried / 4  # bits that say nothing, such as sizes nobody needs


def test_a_damaged_part_is_set_aside_and_simulated_again(small, store):
    told = []
    store.tell = told.append
    first = run(small, store=store)
    path = sorted((store.folder / "runs").glob("*.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-100])
    mended = run(small, store=store)
    assert mended.reused == 4
    assert_same(mended, first)
    (line,) = told
    assert str(path) in line
    assert "\n" not in line
    assert path.with_name(f".{path.name}.damaged").exists()
    assert run(small, store=store).reused == 6
    assert len(pd.read_parquet(store.folder / "runs")) == 6  # what is set aside is not read


def test_a_part_under_another_name_is_not_believed(small, store):
    told = []
    store.tell = told.append
    run(small._replace(seeds=1), store=store)
    other = small._replace(partners=41)
    for table in ("runs", "months"):
        (path,) = (store.folder / table).glob("*.parquet")
        path.rename(store.part(table, identity.world_of(other, "compiled"), 1))
    assert reused(other, store) == 0
    assert "inputs" in told[0]


def test_a_part_explains_itself(small, store):
    run(small, store=store)
    path = next((store.folder / "months").glob("*.parquet"))
    notes = pq.read_schema(path).metadata
    inputs = json.loads(notes[b"inputs"])
    assert inputs["partners"] == 40
    assert inputs["assumptions"]["poaching"] == small.assumptions.poaching
    programmes = json.loads(notes[b"programmes"])
    assert {"first_sale_lock", "client_choice"} == {p["policy"] for p in programmes.values()}
    sources = json.loads(notes[b"sources"])
    assert all("def credit" in sources[p["source"]] for p in programmes.values())


def test_a_part_holds_a_policy_s_text_once(small, store):
    rates = [programme(f"at_{rate}", "clauses", rate=rate) for rate in (0.1, 0.2, 0.3)]
    for each in rates:
        run(small._replace(seeds=1, programmes=(each,), baseline=each.name), store=store)
    (path,) = (store.folder / "runs").glob("*.parquet")
    notes = pq.read_schema(path).metadata
    assert len(json.loads(notes[b"programmes"])) == 3
    assert list(json.loads(notes[b"sources"]).values()) == [rates[0].policy.source]


def test_runs_without_months_do_not_serve_who_asks_for_months(small, store):
    bare = run(small, store=store, with_months=False)
    assert bare.months.empty
    assert list((store.folder / "months").iterdir()) == []
    assert reused(small, store, with_months=False) == 6
    assert reused(small, store) == 0
    assert_same(run(small, store=store), run(small))
    assert run(small, store=store).reused == 6


def test_only_so_many_seeds_are_kept_by_month(small, store):
    experiment = Experiment(small, store=store)
    experiment.simulate(experiment.look_up([MONTHS_KEPT, MONTHS_KEPT + 1]))
    found = experiment.results()
    assert set(found.months["seed"]) == {MONTHS_KEPT}
    assert set(found.runs["seed"]) == {MONTHS_KEPT, MONTHS_KEPT + 1}
    assert Experiment(small, store=store).look_up([MONTHS_KEPT, MONTHS_KEPT + 1]) == []


def test_a_world_stored_by_two_at_once_is_whole_or_simulated_again(small, store, monkeypatch):
    """Both have read the part without the other's programme; the later one's stays."""
    lock, choice = (small._replace(programmes=(one,), seeds=1) for one in small.programmes)
    run(lock, store=store)
    read = Store.read
    monkeypatch.setattr(Store, "read", lambda self, path, world: None)
    run(choice, store=store)
    monkeypatch.setattr(Store, "read", read)
    both = small._replace(seeds=1)
    assert reused(both, store) == 1
    assert_same(run(both, store=store), run(both))
    assert reused(both, store) == 2


def test_what_killed_processes_left_is_swept_and_what_others_write_stays(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = files.this_host()
    dead = tmp_path / f".part.parquet~{host}~{ended.pid}~0123abcd"
    mine = tmp_path / f".part.parquet~{host}~{os.getpid()}~0123abcd"
    elsewhere = tmp_path / f".part.parquet~another-host~{ended.pid}~0123abcd"
    old = tmp_path / f".part.parquet~another-host~{ended.pid}~0123abce"
    folder = tmp_path / f".results~{host}~{ended.pid}~0123abcd"
    others = tmp_path / "~notes~1~2"
    for path in (dead, mine, elsewhere, old, others):
        path.write_text("half", encoding="utf-8")
    folder.mkdir()
    (folder / "table.csv").write_text("half", encoding="utf-8")
    os.utime(old, (0, 0))
    files.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, elsewhere, others])


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/kept"])
def test_a_store_that_cannot_be_is_told_in_one_line(tmp_path, place):
    (tmp_path / "a-file").write_text("notes", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be kept there") as told:
        Store(tmp_path / place)
    assert "--store" in str(told.value)
    assert "\n" not in str(told.value)


def test_compare_keeps_runs_only_where_it_is_told_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ask = {"policies": ["no_reward"], "years": 1, "seeds": 2, "partners": 40, "clients": 600}
    plain = compare(**ask)
    assert list(tmp_path.iterdir()) == []
    kept = compare(**ask, store="here")
    pd.testing.assert_frame_equal(plain, kept, check_exact=True)
    assert len(pd.read_parquet("here/runs")) == 2


def test_readers_need_one_line(small, tmp_path, monkeypatch):
    text = (ROOT / "docs" / "use" / "store.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    run(small, store=Store(tmp_path / stores.PLACE))
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(block, "store.md", "exec"), names)  # the page's own code
    truth = run(small)
    ours = names["runs"].set_index(["policy", "seed"])
    assert ours["npv"].to_dict() == truth.runs.set_index(["programme", "seed"])["npv"].to_dict()
    means = {policy: mean for _, _, policy, mean in names["means"].fetchall()}
    assert means == pytest.approx(truth.runs.groupby("programme")["npv"].mean().to_dict())
    assert set(ours["partners"]) == {40}
    import duckdb

    by_month = duckdb.sql("select count(*) from 'results/months/*.parquet'").fetchall()
    assert by_month == [(len(truth.months),)]
    unpaid = duckdb.sql(
        "select sum(motivation_servicing_others) from 'results/months/*.parquet'"
    ).fetchall()[0][0]
    assert unpaid == pytest.approx(truth.months["motivation_servicing_others"].sum())
