"""What a study takes is estimated in one place; only what is really large is refused."""

import os

import pytest

from sim.questions.frontier import search
from sim.questions.robustness import ask as robustness
from sim.questions.sensitivity import ask as sensitivity
from sim.study.effort import Ceiling, ceiling_of, check, effort
from sim.study.folder import MANIFEST
from sim.world import scenario as scenarios
from sim.world.errors import BadInput

CEILING = Ceiling()


def refuse(needed):
    check(needed, CEILING, lambda key: f"theirs.toml: {key}")


@pytest.mark.parametrize("name", scenarios.shipped())
def test_no_documented_study_is_hindered(name):
    chosen = scenarios.load(name)
    how = search.Search()
    worlds = robustness.lives_in(robustness.WORLDS)
    for needed in (
        effort(chosen, chosen.seeds, robustness.lives_in(robustness.REDUCED)),
        effort(chosen, 10_000, robustness.lives_in(robustness.REDUCED)),
        effort(chosen, 0, worlds),
        effort(chosen, 0, sum(sensitivity.Size().worlds())),
        effort(
            chosen,
            0,
            how.generations * how.search_seeds + how.seeds,
            runs=search.runs_of(how),
        ),
    ):
        refuse(needed)


@pytest.mark.parametrize(
    ("key", "size", "seeds", "worlds"),
    [
        ("clients", 10_000_000, 8, 0),
        ("partners", 100_000, 2_000, 0),
        ("seeds", 100_000, 100_000, 0),
        ("worlds", 240_000, 0, 240_000),
    ],
)
def test_what_is_large_is_refused_with_the_file_the_key_and_the_option(key, size, seeds, worlds):
    chosen = scenarios.load()._replace(years=50)
    if key in chosen._fields:
        chosen = chosen._replace(**{key: size})
    with pytest.raises(BadInput) as refusal:
        refuse(effort(chosen, seeds, worlds))
    told = str(refusal.value)
    assert told.startswith(f"theirs.toml: {key}: {size} is much: ")
    asked = told.partition("--at-most ")[2].removesuffix(".")
    check(effort(chosen, seeds, worlds), ceiling_of(asked), str)
    assert "\n" not in told


def test_a_study_grows_with_each_of_its_numbers():
    chosen = scenarios.load()
    least = effort(chosen, 100)
    assert least.account_months == 3_150 * 100 * (60 + 4 * 120)
    for more in (
        effort(chosen._replace(clients=30_000), 100),
        effort(chosen._replace(partners=3_000), 100),
        effort(chosen._replace(years=20), 100),
        effort(chosen, 1_000),
        effort(chosen, 100, 1_000),
    ):
        assert more.account_months > least.account_months
        assert more.seconds > least.seconds
        assert more.memory >= least.memory
    alone = effort(chosen._replace(clients=10**6), 8, at_once=1)
    assert effort(chosen._replace(clients=10**6), 8, at_once=2).memory > alone.memory


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, CEILING),
        ("2e11", CEILING._replace(account_months=2e11)),
        ("16GB", CEILING._replace(memory=16e9)),
        ("2e11, 0.5gb", Ceiling(2e11, 5e8)),
    ],
)
def test_a_ceiling_is_read_as_a_person_says_it(asked, found):
    assert ceiling_of(asked) == found


@pytest.mark.parametrize(
    "asked", ["", "many", "0", "-1", "1e999", "nan", "1.2.3", "16 MB", "٤", ","]
)
def test_what_is_no_ceiling_is_refused(asked):
    with pytest.raises(BadInput, match=r"--at-most .*such as 2e11, memory, such as 16GB"):
        ceiling_of(asked)


# --- what is no regular file ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_regular_file_is_refused_wherever_a_file_is_named(kind, tmp_path):
    path = tmp_path / "odd.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    asked = tmp_path / "asks.toml"
    for key in ("market", "defaults"):
        asked.write_text(
            f'question = "?"\nprovenance = "!"\n{key} = "odd.toml"\n'
            '[programmes.lock]\npolicy = "first_sale_lock"\n',
            encoding="utf-8",
        )
        with pytest.raises(BadInput, match=f"odd.toml: .* is a {kind}, not a file"):
            scenarios.load(str(asked))
    for load in (
        lambda: scenarios.load(str(path)),
        lambda: scenarios.load(market=str(path)),
        lambda: scenarios.load(assumptions=str(path)),
    ):
        with pytest.raises(BadInput, match=f"is a {kind}, not a file"):
            load()


def test_a_pipe_in_place_of_a_manifest_keeps_nobody_waiting(tmp_path):
    from sim.study.folder import digest_in

    os.mkfifo(tmp_path / MANIFEST)
    assert digest_in(tmp_path) == ""


def test_a_file_larger_than_anybody_writes_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "long.toml"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(BadInput, match="larger than any such file of ours"):
        scenarios.load(str(path))
