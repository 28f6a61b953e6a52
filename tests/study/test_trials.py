"""A policy is tried before it is studied: in seconds, told, and never for ever."""

import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

import sim
from policies.contract import Rate, rule, share
from policies.registry import Policy
from sim.cli.commands import app
from sim.study.request import choose
from sim.study.user_policy import aside
from sim.study.user_policy import check as soundness
from sim.world.errors import BadInput


class Terms(NamedTuple):
    rate: Rate = 0.2


HEAD = '''"""Own: a rule for tests."""

from typing import Annotated, NamedTuple

from policies.contract import Account, Credit, Rate, Term, rule, share


class Terms(NamedTuple):
    """Numbers."""

    rate: Rate = 0.20
{terms}

@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit who sold."""
'''
BODIES = {
    "hidden": (
        '    return share(originator=float("nan") if account.record_clients >= 2 else 1.0)\n',
        "credit answers originator nan",
    ),
    "one month": (
        "    return share(originator=-1.0 if account.tenure == 50 else 1.0)\n",
        "credit answers originator -1.*for tenure = 50",
    ),
    "a raise": (
        "    if account.tenure == 50:\n        raise ValueError('no idea')\n"
        "    return share(originator=1.0)\n",
        "credit: line 18: no idea, for tenure = 50",
    ),
    "a rate": (
        "    return share(originator=1.0)\n\n\n@rule\ndef rate(terms, account):\n"
        '    """Pay."""\n    return 1e300 if account.tenure == 7 else 0.2\n',
        "rate is 1e\\+300.*for tenure = 7",
    ),
}
ENDLESS = "    while account.tenure >= 0:\n        pass\n    return share(originator=1.0)\n"
RARELY_ENDLESS = "    while account.tenure == 50:\n        pass\n    return share(originator=1.0)\n"
SOUND = "    return share(originator=1.0)\n"


@pytest.fixture
def written(tmp_path):
    def write(body, terms=""):
        path = tmp_path / "own_rule.py"
        path.write_text(HEAD.format(terms=terms) + body, encoding="utf-8")
        return path

    return write


def processes():
    """The command lines of all trials that run."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"sim.study.user_policy.aside" in line:
            found.append(line)
    return found


@pytest.mark.parametrize("fault", BODIES)
def test_an_unsound_file_is_refused_before_it_is_studied(written, fault):
    body, told = BODIES[fault]
    path = written(body)
    with pytest.raises(BadInput, match=rf"own_rule.py: \"It answers.*{told}"):
        aside.sound(path)


def test_commands_try_a_file_first_and_say_so(written, tmp_path):
    places = ["--store", str(tmp_path / "kept"), "--out", str(tmp_path / "out")]
    small = ["--policies", "first_sale_lock", "--years", "1", "--seeds", "1", "--worlds", "0"]
    path = written(SOUND)
    done = CliRunner().invoke(app, ["compare", "--policy", str(path), *small, *places])
    assert done.exit_code == 0, done.output
    assert f"{path} is sound, as far as" in done.output
    done = CliRunner().invoke(
        app, ["explain", "7", "--policy", str(written(BODIES["hidden"][0])), "--years", "1"]
    )
    assert done.exit_code == 2
    assert "credit answers originator nan" in done.output


@pytest.mark.parametrize(
    ("body", "claim"), [(ENDLESS, aside.READS), (RARELY_ENDLESS, soundness.ANSWERS)]
)
def test_a_rule_that_never_ends_is_ended_and_told(written, monkeypatch, body, claim):
    monkeypatch.setattr(aside, "PATIENCE", 3.0)
    path = written(body)
    found = aside.check_file(path)
    assert found[-1] == soundness.Check(claim, "it did not answer within 3 s")
    assert processes() == []


def test_the_command_tells_of_a_rule_that_never_ends(written, monkeypatch):
    monkeypatch.setattr(aside, "PATIENCE", 3.0)
    path = written(RARELY_ENDLESS)
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == 2
    assert "it did not answer within 3 s" in done.output
    assert processes() == []


def test_terms_by_the_thousand_meet_the_limit(written, monkeypatch):
    monkeypatch.setattr(aside, "PATIENCE", 2.0)
    monkeypatch.setattr(aside, "COMPILING", 10.0)
    terms = "".join(
        f'    t{n}: Annotated[float, Term("m", 0, 1, "A", "x")] = 0.5\n' for n in range(2_000)
    )
    started = time.monotonic()
    found = aside.check_file(written(SOUND, terms))
    assert "it did not answer within" in found[-1].fault
    assert time.monotonic() - started < 90.0
    assert processes() == []


def test_a_trial_ends_with_whoever_started_it(written):
    path = written(ENDLESS)
    seen = path.with_suffix(".seen")
    told = f"open({str(seen)!r}, 'x').close()\n"
    path.write_text(path.read_text("utf-8") + told, "utf-8")
    read = f"check_file(Path({str(path)!r}))"
    code = f"from sim.study.user_policy.aside import Path, check_file; {read}"
    caller = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60.0
    while not seen.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes()
    time.sleep(1.0)  # until it is in the endless loop
    caller.kill()
    caller.wait()
    while processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes() == []


def test_code_that_ends_the_process_is_told(written):
    path = written(SOUND)
    path.write_text(path.read_text("utf-8") + "import os\nos._exit(0)\n", "utf-8")
    assert aside.check_file(path) == [soundness.Check(aside.READS, "it ends the program")]


def test_what_a_file_prints_and_what_lies_beside_it_disturb_nothing(
    written, tmp_path, monkeypatch, capfd
):
    path = written(SOUND)
    path.write_text(path.read_text("utf-8") + 'print("{}")\n', "utf-8")
    (tmp_path / "json.py").write_text("import os\nos._exit(7)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert not any(one.fault for one in aside.check_file(path))
    assert capfd.readouterr().out == ""


def test_a_policy_written_in_python_is_tried_once_before_any_study(monkeypatch):
    @rule
    def credit(terms, account):
        """Fail in one month that ten situations do not show."""
        return share(originator=1.0 if account.tenure != 50 else 2.0)

    unsound = sim.policy("unsound", Terms(), credit)
    for ask in (
        lambda: sim.compare(policies=["first_sale_lock", unsound], years=1, seeds=1),
        lambda: sim.simulate(policy=unsound, years=1),
        lambda: sim.explain(policies=[unsound], years=1, account=1),
        lambda: sim.robustness(policies=["first_sale_lock", unsound], years=1, worlds=2),
    ):
        with pytest.raises(BadInput, match=r'policy unsound: "It answers.*for tenure = 50'):
            ask()

    @rule
    def fair(terms, account):
        """Credit who sold."""
        return share(originator=1.0)

    tried = []
    usual = soundness.check
    monkeypatch.setattr(soundness, "check", lambda policy: tried.append(policy) or usual(policy))
    chosen = choose(policies=[sim.policy("fair", Terms(), fair)], years=1)
    soundness.require(chosen)
    soundness.require(chosen)
    assert len(tried) == 1
    soundness.require(choose(years=1))
    assert len(tried) == 1


def test_a_rule_that_answers_otherwise_in_another_order_is_found():
    seen = [0]

    def credit(terms, account):
        seen[0] += 1
        return share(originator=1.0 if seen[0] < 10_000 else 0.5)

    policy = Policy("forgetful", "", Terms(), credit, None, None, "")
    found = soundness.check(policy)
    assert [one.claim for one in found if one.fault][-1] == soundness.PURE
