"""A run under an unsound policy is data: it costs a study no other run, and is told."""

import json
from typing import NamedTuple

import pandas as pd
import pytest
from typer.testing import CliRunner

import sim
from policies.contract import Rate, rule, share
from sim.cli.commands import app
from sim.study.chosen import choose
from sim.study.crew import Crew
from sim.study.experiment import Experiment, run
from sim.study.failures import RunsFailed
from sim.study.store import Store
from sim.world import scenario
from sim.world.errors import BadInput, PolicyFailed

LATE = '''"""Late: it fails in a state that nobody tries beforehand."""

from typing import NamedTuple

from policies.contract import Rate, rule, share


class Terms(NamedTuple):
    rate: Rate = 0.2


@rule
def credit(terms, account):
    """Credit who sold, and have no idea in one rare state."""
    if account.servicing_age == 40 and account.record_clients > 12 and account.quality > 0.8:
        raise ValueError("no idea")
    return share(originator=1.0)
'''
SMALL = {"partners": 20, "clients": 200, "years": 4}


class Terms(NamedTuple):
    rate: Rate = 0.2


@rule
def credit(terms, account):
    """Credit who sold, and have no idea in one rare state."""
    if account.servicing_age == 40 and account.record_clients > 12 and account.quality > 0.8:
        raise ValueError("no idea")
    return share(originator=1.0)


@pytest.fixture(scope="module")
def late():
    return sim.policy("late", Terms(), credit)


@pytest.fixture(scope="module")
def studied(late):
    chosen = choose(policies=["first_sale_lock", late], **SMALL)
    return chosen._replace(burn_in_months=12, seeds=6)


@pytest.fixture(scope="module")
def told(studied):
    with pytest.raises(RunsFailed) as found:
        run(studied)
    return found.value


def test_error_names_policy_file_rule_month_account_and_cause(told):
    message = str(told)
    assert f"policy late ({__file__}): credit failed in month " in message
    assert " of the market for account " in message
    assert "no idea" in message
    assert f"{len(told.failed)} of 12 runs failed" in message
    assert "\n" not in message


def test_failed_runs_are_a_table(told, studied):
    assert 0 < len(told.failed) < 6
    assert list(told.failed.columns) == [
        "programme",
        "seed",
        "month",
        "account",
        "policy",
        "rule",
        "cause",
    ]
    assert set(told.failed["programme"]) == {"late"}
    assert told.failed["seed"].is_unique
    assert told.failed["month"].between(-12, 48).all()
    assert told.failed["account"].between(0, studied.clients - 1).all()
    assert set(told.failed["rule"]) == {"credit"}


def test_all_other_runs_are_finished_as_if_none_had_failed(told, studied):
    assert len(told.finished) == 12 - len(told.failed)
    alone = run(studied._replace(programmes=studied.programmes[:1])).runs
    ours = told.finished[told.finished["programme"] == "first_sale_lock"]
    pd.testing.assert_frame_equal(ours, alone)


def test_finished_runs_are_kept_and_found_again(told, studied, store):
    with pytest.raises(RunsFailed):
        run(studied, Crew(store=store))
    again = Experiment(studied, Crew(store=store))
    missing = again.look_up(range(1, 7))
    assert again.tally() == (12 - len(told.failed), 12)
    assert {seed for _, seed in missing} == set(told.failed["seed"])
    healthy = run(studied._replace(programmes=studied.programmes[:1]), Crew(store=store))
    assert healthy.reused == 6


@pytest.mark.parametrize("crew", [Crew("mesa", at_once=1), Crew("mesa")])
def test_every_engine_and_crew_tells_the_same(told, studied, crew):
    seeds = sorted(told.failed["seed"])[:2]
    experiment = Experiment(studied, crew)
    with pytest.raises(RunsFailed) as found:
        experiment.simulate(experiment.look_up(seeds))
    ours = told.failed[told.failed["seed"].isin(seeds)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.value.failed, ours)


def test_a_past_that_fails_fails_every_programme_after_it(studied, late):
    under = studied._replace(
        incumbent=studied.programmes[1], programmes=studied.programmes[:1], burn_in_months=60
    )
    with pytest.raises(RunsFailed) as found:
        run(under)
    assert set(found.value.failed["programme"]) == {"first_sale_lock"}
    assert set(found.value.failed["policy"]) == {"late"}
    assert (found.value.failed["month"] <= 0).all()


def test_worlds_in_which_a_policy_fails_are_told_by_their_number(studied):
    with pytest.raises(RunsFailed) as found:
        sim.robustness(studied, worlds=8)
    assert set(found.value.failed["variant"]) <= {str(n) for n in range(1, 9)}
    assert len(found.value.finished) >= 8


def test_comparison_and_single_run_tell_too(studied, late, told):
    with pytest.raises(BadInput, match="no idea"):
        sim.compare(studied)
    seed = int(told.failed["seed"].iloc[0])
    with pytest.raises(PolicyFailed, match="no idea"):
        sim.simulate(studied, policy=late, seed=seed)


def test_command_ends_with_2_and_keeps_what_is_finished(tmp_path, told):
    (tmp_path / "late.py").write_text(LATE, encoding="utf-8")
    kept = tmp_path / "kept"
    market = tmp_path / "small.toml"
    market.write_text(
        'title = "Small"\nprovenance = "A"\npartners = 20\nclients = 200\n', encoding="utf-8"
    )
    debate = tmp_path / "debate.toml"
    debate.write_text(
        'question = "?"\nprovenance = "A"\nmarket = "small.toml"\nyears = 4\n'
        "burn_in_months = 12\nseeds = 6\n"
        '[programmes.first_sale_lock]\npolicy = "first_sale_lock"\n',
        encoding="utf-8",
    )
    asked = ["run", str(debate), "--policy", str(tmp_path / "late.py"), "--worlds", "0"]
    places = ["--store", str(kept), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*asked, *places, "--json"])
    assert done.exit_code == 2, done.output
    assert f"policy late ({tmp_path / 'late.py'}): credit failed in month" in done.stderr
    assert "Traceback" not in done.stderr
    rows = json.loads(done.stdout)["failed"]
    seeds = [row["seed"] for row in rows]
    assert 0 < len(seeds) < 6
    assert {row["programme"] for row in rows} == {"late"}
    assert not (tmp_path / "out" / "report.html").exists()
    store = Store(kept)
    assert len(list((kept / "runs").glob("*.parquet"))) == 6
    assert store.folder == kept


def test_shipped_scenarios_never_fail():
    assert run(scenario.load()._replace(partners=20, clients=200, years=1, seeds=1)).runs.size
