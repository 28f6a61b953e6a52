"""A policy file of a user's own: run when named, checked, and told plainly what is wrong."""

import json

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.study.own import SITUATIONS, check, from_file, payments
from sim.world.errors import BadInput

TAIL = '''
"""Tail: the originator is paid for two years, then whoever serves."""

from typing import Annotated, NamedTuple

from policies.contract import Account, Credit, Rate, Term, rule, share


class Terms(NamedTuple):
    rate: Rate = 0.20
    tail_months: Annotated[int, Term("months", 0, 120, "A", "How long the sale is paid.")] = 24


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the originator in the first months, the servicing partner after."""
    if account.tenure < terms.tail_months:
        return share(originator=1.0)
    return share(servicing_partner=1.0)
'''
FAULTS = {
    "shares": ("share(originator=1.0)", "share(originator=0.9, upseller=0.3)"),
    "no docstring": ('    """Credit the originator in', '    # """Credit the originator in'),
    "has no meaning": ('"A", "How long the sale is paid."', '"A"'),
}


@pytest.fixture
def written(tmp_path):
    """Write a policy file, in which a text may be replaced; return its path."""

    def write(old="", new="", name="tail_for_two_years.py"):
        assert old in TAIL
        path = tmp_path / name
        path.write_text(TAIL.replace(old, new) if old else TAIL, encoding="utf-8")
        return path

    return write


def test_sound_policy_passes_every_check(written):
    assert [one for one in check(from_file(written()), trials=200) if one.fault] == []


@pytest.mark.parametrize("told", ["shares", "no docstring", "has no meaning"])
def test_each_fault_is_found(written, told):
    policy = from_file(written(*FAULTS[told], name=f"faulty_{told.split()[-1]}.py"))
    if told == "shares":
        with pytest.raises(BadInput, match="at most 1"):
            check(policy, trials=200)
    else:
        assert told in " ".join(one.fault for one in check(policy, trials=50))


def test_ten_situations_are_priced_and_nobody_is_paid_for_a_vacant_role(written):
    rows = payments(from_file(written()))
    assert len(rows) == len(SITUATIONS) == 10
    by_name = {row["situation"]: row for row in rows}
    assert by_name["won and served by one partner, first payment"]["originator"] == 20
    assert by_name["won by one, served by another for a year"]["servicing_partner"] == 20
    assert by_name["nobody serves, the seller idle for 14 months"]["servicing_partner"] == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x = (\n", "never closed"),
        ("import nothing_like_this\n", "line 1: No module"),
        ("1 / 0\n", "line 1: division by zero"),
        ("x = 1\n", "it has no Terms"),
        (TAIL.replace("rate: Rate = 0.20", "rate: float = 0.20"), "rate: give its unit"),
    ],
)
def test_broken_file_gets_one_clear_message(tmp_path, content, told):
    path = tmp_path / "broken_rule.py"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"broken_rule\.py") as fault:
        from_file(path)
    assert told in str(fault.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("client_choice.py", "rename the file"),
        ("my rule.py", "letters, digits"),
        ("rule.txt", "letters, digits"),
    ],
)
def test_file_that_cannot_be_a_policy_is_refused_before_it_is_run(tmp_path, name, told):
    path = tmp_path / name
    path.write_text("raise SystemExit('run')", encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        from_file(path)


def test_command_compares_it_and_says_that_it_runs_code(written, tmp_path):
    path = written()
    asked = ["compare", "--policy", str(path), "--seeds", "2", "--years", "1"]
    places = [
        "--policies",
        "first_sale_lock",
        "--store",
        str(tmp_path),
        "--out",
        str(tmp_path / "o"),
    ]
    done = CliRunner().invoke(app, [*asked, *places])
    assert done.exit_code == 0, done.output
    assert f"Running the code in {path}" in done.output
    assert "tail_for_two_years" in done.output


def test_study_of_it_is_repeated_by_the_command_it_prints(written, tmp_path):
    path, out = written(), tmp_path / "o"
    small = ["--seeds", "1", "--years", "1", "--store", str(tmp_path)]
    chosen = ["--policies", "first_sale_lock", "--policy", str(path)]
    first = CliRunner().invoke(app, ["compare", *chosen, *small, "--out", str(out)])
    assert f"partnersim run {out / 'scenario.toml'} --policy {path.name}" in first.output
    again = ["run", str(out / "scenario.toml"), "--policy", str(path), "--out", str(out)]
    done = CliRunner().invoke(app, [*again, "--store", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "2 of 2 runs were there already" in done.output


def test_rule_that_does_not_compile_is_told_without_a_traceback(written):
    path = written("account.tenure < terms", 'f"{account.tenure}" and account.tenure < terms')
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == 2
    assert "credit does not compile" in done.output
    assert "Traceback" not in done.output
    assert "fault of ours" not in done.output


def test_check_command_prints_what_it_pays(written):
    done = CliRunner().invoke(app, ["check", str(written()), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert len(told["pays"]) == 10
    assert not any(one["fault"] for one in told["checks"])


def test_scenario_file_cannot_name_a_policy_file(written, tmp_path):
    scenario = tmp_path / "mine.toml"
    scenario.write_text(
        f'question = "?"\nprovenance = "A"\n[programmes.x]\npolicy = "{written()}"\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["run", str(scenario)])
    assert done.exit_code == 2
    assert "programmes.x.policy" in done.output
