"""A policy file of a user's own: run when named, checked, and told plainly what is wrong."""

import json

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.study.user_policy.check import check
from sim.study.user_policy.load import SITUATIONS, from_file, payments
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
PER_CENT = 'Annotated[float, Term("per cent", 0, 100, "A", "Commission.")] = 20.0'
TENURE = "    if account.tenure < terms.tail_months:\n"


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


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('    """Credit the originator in', '    # """Credit the originator in', "no docstring"),
        ('"A", "How long the sale is paid."', '"A"', "tail_months has no meaning"),
        (
            TENURE,
            "    if account.tenure == 120 and account.originator_role == 2:\n"
            "        return share(originator=0.9, upseller=0.3)\n" + TENURE,
            "at most 1, for tenure = 120, originator_role = 2",
        ),
        (
            TENURE,
            "    if account.tenure == 25 and not account.has_consent:\n"
            '        raise ValueError("no idea")\n' + TENURE,
            "no idea, for tenure = 25, has_consent = 0",
        ),
        ("@rule\n", "", "credit is not marked with @rule"),
        ("account.tenure <", 'f"{account.tenure}" and account.tenure <', "does not compile"),
    ],
)
def test_each_fault_is_found_and_told_for_the_simplest_case(written, old, new, told):
    path = written(old, new, name=f"faulty_{len(new)}_{len(told)}.py")
    faults = [one.fault for one in check(from_file(path), trials=400) if one.fault]
    assert told in " ".join(faults)


@pytest.mark.parametrize(
    ("first", "before"),
    [
        ("import random", "if random.random() < 0.5"),
        ("import time", "if time.time_ns() // 1_000 % 2"),
    ],
)
def test_rule_that_draws_luck_is_found(written, first, before):
    path = written(TENURE, f"    {before}:\n        return share()\n{TENURE}")
    path.write_text(path.read_text("utf-8").replace("@rule", f"{first}\n\n\n@rule"), "utf-8")
    faults = [one for one in check(from_file(path), trials=400) if one.fault]
    assert [one.claim for one in faults] == ["It answers the same whenever it is asked."]


def test_ten_situations_are_priced_and_nobody_is_paid_for_a_vacant_role(written):
    rows = payments(from_file(written()))
    assert len(rows) == len(SITUATIONS) == 10
    by_name = {row["situation"]: row for row in rows}
    assert by_name["won and served by one partner, first payment"]["originator"] == 20
    assert (
        by_name["won two years ago by one, served by another for a year"]["servicing_partner"] == 20
    )
    assert by_name["nobody serves, the seller idle for 14 months"]["servicing_partner"] == 0
    assert by_name["on nobody's name, served by one who asks"]["originator"] == 0


RATE = "    rate: Rate = 0.20\n"
MOVES = """

def record_moves(terms, account):
    return "no"
"""
OBJECTS = """

def objection(terms):
    return {}
"""
BROKEN = {
    "a bracket left open": ("x = (\n", "line 1: '(' was never closed"),
    "a missing module": ("import nothing_like_this\n", "line 1: No module"),
    "a name that does not exist": (TAIL.replace("Rate, Term", "Rates, Term"), "line 6: cannot"),
    "code that fails": ("1 / 0\n", "line 1: division by zero"),
    "code that ends the program": ("raise SystemExit\n", "line 1: it ends the program"),
    "nothing": ("", "it has no Terms"),
    "no rule": (TAIL.replace("def credit", "def credits"), "it has no credit"),
    "terms that are no tuple": (TAIL.replace("(NamedTuple)", ""), "class Terms(NamedTuple)"),
    "an undeclared term": (TAIL.replace("rate: Rate", "rate: float"), "rate: give its unit"),
    "a term without a default": (TAIL.replace(" = 0.20", ""), "Terms.rate has no default"),
    "a default in words": (TAIL.replace("= 24", "= 'two years'"), "'two years' is not a number"),
    "a default out of range": (TAIL.replace("= 24", "= 240"), "240 is outside 0 to 120"),
    "a name of conduct": (TAIL.replace("tail_months", "payout_days"), "payout_days: this name is"),
    "a name of a fact": (TAIL.replace("tail_months", "tenure"), "tenure: this name is taken"),
    "a key of a programme": (TAIL.replace("tail_months", "policy"), "policy: this name is taken"),
    "a range in words": (TAIL.replace("0, 120", "'none', 120"), "its low 'none' is not a number"),
    "no rate": (TAIL.replace(RATE, ""), "Terms has no rate"),
    "a rate in per cent": (TAIL.replace(RATE, RATE.replace("Rate = 0.20", PER_CENT)), "20 %: 0.2"),
    "a rule of one argument": (TAIL.replace("terms: Terms, ", ""), "def credit(terms, account)"),
    "no rule but a number": (TAIL + "credit = 5\n", "def credit(terms, account)"),
    "a number for shares": (
        TAIL.replace("return share(originator=1.0)", "return 1.0"),
        "return sh",
    ),
    "nothing for shares": (TAIL.replace("return share(serv", "share(serv"), "answers None"),
    "shares above 1": (TAIL.replace("r=1.0)", "r=1.0, upseller=0.3)"), "at most 1"),
    "shares below 0": (TAIL.replace("r=1.0)", "r=1.0, upseller=-0.3)"), "at least 0"),
    "words for yes or no": (TAIL + MOVES, "record_moves answers 'no'"),
    "a fact that does not exist": (TAIL.replace("t.tenure", "t.tenur"), "line 17: "),
    "a fact nearly right": (TAIL.replace("t.tenure", "t.tenur"), "Did you mean 'tenure'"),
    "an error in a rule": (TAIL.replace(TENURE, f"    1 / account.tenure\n{TENURE}"), "line 17: "),
    "an objection in yes or no": (TAIL + OBJECTS.format(True), "objection answers True"),
    "an objection to its defaults": (TAIL + OBJECTS.format("'too dear'"), "defaults: too dear"),
    "an objection that fails": (TAIL + OBJECTS.format("1 / 0"), "division by zero"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_file_gets_one_clear_message(tmp_path, fault):
    content, told = BROKEN[fault]
    assert content != TAIL
    path = tmp_path / "broken_rule.py"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        from_file(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert told in message
    assert message.endswith("shows the form.")
    assert "\n" not in message


@pytest.mark.parametrize("command", [["check"], ["compare", "--quiet", "--policy"]])
def test_commands_tell_a_broken_file_in_one_line(tmp_path, command):
    path = tmp_path / "broken_rule.py"
    path.write_text("1 / 0\n", encoding="utf-8")
    done = CliRunner().invoke(app, [*command, str(path)])
    assert done.exit_code == 2
    assert done.output.startswith(f"partnersim: {path}: line 1: division by zero.")
    assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("client_choice.py", "rename the file"),
        ("my rule.py", "letters, digits"),
        ("rule.txt", "letters, digits"),
        ("2024.py", "letters, digits"),
    ],
)
def test_file_that_cannot_be_a_policy_is_refused_before_it_is_run(tmp_path, name, told):
    path = tmp_path / name
    path.write_text("raise SystemExit('run')", encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        from_file(path)


def test_folder_and_missing_file_are_refused(tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        from_file(tmp_path / "missing.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(BadInput, match="is a folder, not a file"):
        from_file(tmp_path / "folder.py")


def test_file_may_be_named_in_any_script(written):
    assert payments(from_file(written(name="хвост_два_года.py"))) == payments(from_file(written()))


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
    assert "1 year under each of 2 programmes; 2 seeds, the same luck" in " ".join(
        done.output.split()
    )


def test_study_of_it_is_repeated_by_the_command_it_prints(written, tmp_path):
    path, out = written(), tmp_path / "o"
    small = ["--seeds", "1", "--years", "1", "--worlds", "0", "--store", str(tmp_path)]
    chosen = ["--policies", "first_sale_lock", "--policy", str(path)]
    first = CliRunner().invoke(app, ["compare", *chosen, *small, "--out", str(out)])
    assert f"partnersim run {out / 'scenario.toml'} --worlds 0 --policy {path.name}" in first.output
    again = [
        "run",
        str(out / "scenario.toml"),
        "--worlds",
        "0",
        "--policy",
        str(path),
        "--out",
        str(out),
    ]
    done = CliRunner().invoke(app, [*again, "--store", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "2 of 2 runs were there already" in done.output


def test_fault_found_by_a_check_is_told_without_a_traceback(written):
    path = written("account.tenure < terms", 'f"{account.tenure}" and account.tenure < terms')
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == 2
    assert '"It can be compiled" does not hold: credit does not compile' in done.output
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


@pytest.mark.parametrize("number", ["inf", "nan"])
def test_a_range_without_an_end_is_refused(written, number):
    path = written(
        RATE, f'{RATE}    far: Annotated[float, Term("x", 0, float("{number}"), "A")] = 1\n'
    )
    with pytest.raises(BadInput, match=f"far: its high {number} is not a number"):
        from_file(path)
