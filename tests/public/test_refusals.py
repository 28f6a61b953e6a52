"""What people write wrongly, command by command: refused in a line, before any work is done."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app

LONG = "x" * 300
DIGITS = "9" * 4_000
HOMELESS = "~nobody-of-this-name/x"
A_LINE = 600
"""characters that a message may have, names that are listed in it apart"""

STUDIES = ("run", "robustness", "frontier")
SCENARIOS = {
    "run": ("run",),
    "compare": ("compare", "--scenario"),
    "robustness": ("robustness",),
    "sensitivity": ("sensitivity",),
    "decompose": ("decompose",),
    "frontier": ("frontier",),
    "explain": ("explain", "--scenario"),
}
"""how each command is given a scenario"""
NO_SCENARIO = {
    "nosuch": "there is no scenario 'nosuch'",
    "four-policy": "Did you mean 'four-policies'?",
    "nosuch.toml": "does not exist",
    "debat.toml": "Did you mean 'debate.toml'?",
    "folder.toml": "is a folder, not a file",
    "pipe.toml": "is a pipe, not a file",
    "/dev/null": "is a device, not a file",
    "debate.toml/x.toml": "does not exist",
    f"{LONG}.toml": "does not exist",
    f"{'x/' * 3000}.toml": "does not exist",
    LONG: "there is no scenario 'xxx",
    f"{HOMELESS}.toml": "~ stands for somebody's home",
    "..": "there is no scenario '..'",
    " ": "there is no scenario ' '",
    "a\nb": r"there is no scenario 'a\nb'",
}
NO_FOLDER = {
    "debate.toml": "file",
    f"{LONG}": "File name too long",
    HOMELESS: "~ stands for somebody's home",
    "bad\udcff": "no text in the machine's encoding",
    "/proc/x": "cannot be",
    "/dev/null": "file",
    "/dev/null/x": "Not a directory",
    "pipe.toml": "file",
}
NUMBERS = {
    "--years": ("0", "-1", "51", DIGITS, "ten", "1.5", "nan", "", "9" * 5_000),
    "--seeds": ("0", "-1", "100001", DIGITS, "ten", "1,5"),
    "--worlds": ("-1", "100001", DIGITS, "many"),
    "--trajectories": ("0", "-1", DIGITS, "x"),
    "--samples": ("0", "100", DIGITS, "x"),
    "--deep": ("-1", DIGITS, "x"),
    "--population": ("0", "-1", DIGITS, "x"),
    "--generations": ("0", DIGITS, "x"),
    "--search-seeds": ("0", DIGITS),
    "--may-lose": ("-1", "nan", "inf", "1e999", "0,1", "x"),
    "--luck": ("-1", DIGITS, "x"),
    "--seed": ("-1", DIGITS, str(2**63), "x"),
    "--partner": ("-1", DIGITS, "x"),
    "--workers": ("0", "-1", DIGITS, "x", "100000"),
    "--sample": ("0", "-1", "x"),
    "--precision": ("0", "1", "-1%", "nan", "1e-30%", "1e-322", "1e999", "0,5%", "", "%", LONG),
    "--max-seeds": ("0", "9", "100001", DIGITS, "x"),
}
"""numbers that no option takes"""
TAKEN = {
    "run": ("--years", "--seeds", "--worlds", "--workers", "--precision", "--max-seeds"),
    "compare": ("--years", "--seeds", "--worlds", "--workers", "--precision", "--max-seeds"),
    "robustness": ("--years", "--worlds", "--workers"),
    "sensitivity": ("--years", "--trajectories", "--samples", "--deep", "--seeds", "--workers"),
    "decompose": ("--years", "--seeds", "--workers"),
    "frontier": ("--years", "--population", "--generations", "--search-seeds", "--seeds",
                 "--may-lose", "--luck", "--workers"),
    "explain": ("--years", "--seed", "--partner"),
}  # fmt: skip
"""numbers that each command takes"""
NAMES = {
    "--market": ("nosuch", "nosuch.toml", f"{LONG}.toml", f"{HOMELESS}.toml", "debate.toml"),
    "--assumptions": ("nosuch", "nosuch.toml", f"{LONG}.toml", f"{HOMELESS}.toml", "tiny.toml"),
    "--policies": ("nosuch", "first_sale_lok", "", ",", LONG, "a\nb", "lock;choice"),
    "--policy": (
        "nosuch.py",
        "debate.toml",
        "pipe.toml",
        f"{LONG}.py",
        f"{HOMELESS}.py",
        "my-rule.py",
    ),
    "--basis": ("nosuch", "", LONG),
    "--indicator": ("nosuch", "", LONG),
    "--lang": ("nosuch", "", LONG),
    "--engine": ("nosuch", "", LONG),
    "--for": ("nosuch", "", ",", "npv", "npv,npv", "commission,npv"),
    "--old-clients": ("nosuch", ""),
    "--from": ("nosuch", "lock,choice"),
    "--to": ("nosuch", "lock"),
    "--nosuch": ("x",),
}
CALLED = {
    "run": ("--assumptions", "--policy", "--basis", "--lang", "--engine", "--nosuch"),
    "compare": ("--market", "--assumptions", "--policies", "--policy", "--basis", "--lang"),
    "robustness": ("--market", "--policies", "--policy"),
    "sensitivity": ("--market", "--policies", "--policy"),
    "decompose": ("--market", "--policy", "--indicator", "--engine", "--from", "--to"),
    "frontier": ("--market", "--for", "--engine", "--old-clients"),
    "explain": ("--market", "--policies", "--policy", "--engine"),
}
BESIDE = {"--max-seeds": ("--precision", "1%"), "--to": ("--from", "lock")}
"""what an option needs beside it"""
FILES = {
    "check": {
        "nosuch.py": "does not exist",
        f"{LONG}.py": "does not exist",
        f"{HOMELESS}.py": "~ stands for somebody's home",
        "debate.toml": "name it like my_rule.py",
        "folder.toml": "is a folder",
        "pipe.toml": "is a pipe",
        "": "is a folder",
        "latin.py": "latin.py",
        "nulls.py": "nulls.py",
        "deep.py": "deep.py",
    },
    "bundle": {
        "nosuch": "no such folder",
        LONG: "no such folder",
        HOMELESS: "~ stands for somebody's home",
        "debate.toml": "no such folder",
        "folder.toml": "holds no results",
        "": "holds no results",
    },
    "report": {
        "nosuch": "no such folder",
        LONG: "no such folder",
        HOMELESS: "~ stands for somebody's home",
        "debate.toml": "no such folder",
        "folder.toml": "holds no comparison",
    },
    "verify": {
        "nosuch": "nosuch",
        LONG: "File name too long",
        HOMELESS: "~ stands for somebody's home",
        "debate.toml": "no bundle",
        "folder.toml": "is a folder",
        "pipe.toml": "is a pipe",
        "/dev/null": "is a device",
    },
}
SPOILED = {
    "latin.py": "# é".encode("latin-1"),
    "nulls.py": b"\0\0",
    "deep.py": b"a = " + b"(" * 500 + b")" * 500,
}


def files() -> list[Path]:
    """Return what lies here, but for folders."""
    return sorted(path for path in Path().rglob("*") if not path.is_dir())


def refused(words: tuple[str, ...], told: str = "") -> None:
    """Ask for what cannot be; check that this is said, and nothing else done."""
    before = files()
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2, (done.exit_code, done.output[-1000:])
    assert "Traceback" not in done.output
    assert "fault of ours" not in done.output
    message = done.stderr
    if message.startswith("partnersim: "):
        assert message.count("\n") == 1
        assert len(message.partition("Allowed: ")[0]) < A_LINE
    plain = re.sub(r"[\s│╭╮╰╯─]+", " ", message)
    assert told in plain
    assert "-inf to inf" not in plain
    assert files() == before


@pytest.fixture(autouse=True)
def here(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a scenario, and with what is none."""
    import os

    place = tiny.parent
    monkeypatch.chdir(place)
    (place / "folder.toml").mkdir()
    os.mkfifo(place / "pipe.toml")
    for name, content in SPOILED.items():
        (place / name).write_bytes(content)
    return place


def cases(table):
    """Every command with each of what it takes."""
    return [(command, name) for command, names in table.items() for name in names]


def test_what_is_not_wrong_is_not_refused(here: Path):
    done = CliRunner().invoke(app, ["run", "debate.toml", "--worlds", "0", "--quiet"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("command", SCENARIOS)
def test_a_scenario_that_cannot_be_read(command):
    for name, told in NO_SCENARIO.items():
        refused((*SCENARIOS[command], name), told)


@pytest.mark.parametrize("option", ["--out", "--store"])
@pytest.mark.parametrize("command", STUDIES)
def test_a_folder_that_cannot_be_written(command, option):
    for name, told in NO_FOLDER.items():
        refused(
            (*SCENARIOS[command], "debate.toml", option, name),
            told if option == "--out" else name[:3],
        )


@pytest.mark.parametrize(("command", "option"), cases(TAKEN))
def test_a_number_that_cannot_be(command, option):
    for number in NUMBERS[option]:
        beside = BESIDE.get(option, ())
        refused((*SCENARIOS[command], "debate.toml", *beside, f"{option}={number}"))


@pytest.mark.parametrize(("command", "option"), cases(CALLED))
def test_a_name_that_is_none(command, option):
    for name in NAMES[option]:
        beside = BESIDE.get(option, ())
        refused((*SCENARIOS[command], "debate.toml", *beside, f"{option}={name}"))


@pytest.mark.parametrize(("command", "name"), cases(FILES))
def test_a_file_that_is_not_what_is_asked_for(command, name):
    refused((command, name), FILES[command][name])


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "120", "--scenario", "debate.toml"),
        ("explain", DIGITS, "--scenario", "debate.toml"),
        ("explain", "1", "--partner", "2", "--scenario", "debate.toml"),
        ("explain", "--scenario", "debate.toml", "--partner", "12"),
        ("patterns", "--seeds", "0"),
        ("patterns", "--seeds", DIGITS),
        ("patterns", "--assumptions", ""),
        ("patterns", "--assumptions", f"{LONG}.toml"),
        ("patterns", "--out", HOMELESS),
        ("assumptions", "--market", "nosuch"),
        ("assumptions", "--market", "debate.toml"),
        ("run", "debate.toml", "debate.toml"),
        ("run",),
        ("nosuch",),
        ("run", "debate.toml", "--workers", "1", "--cluster", "tcp://127.0.0.1:1"),
        ("run", "debate.toml", "--indicator", "npv"),
        ("run", "debate.toml", "--precision", "1%", "--indicator", "nosuch"),
        ("decompose", "debate.toml", "--from", "lock", "--to", "lock"),
    ],
)
def test_what_makes_no_sense(words):
    refused(words)


# --- files -------------------------------------------------------------------------------------

HEAD = 'question = "q"\nprovenance = "p"\n'
LOCK = '[programmes.lock]\npolicy = "first_sale_lock"\n'
WRONG_FILES = {
    "too few partners": (
        HEAD + "partners = 1\n" + LOCK,
        "partners: 1 is out of range; allowed: 2 to 100000.",
    ),
    "too many clients": (
        HEAD + f"clients = 1{'0' * 120}\n" + LOCK,
        "clients: a number of some 120 digits is out of range; allowed: 10 to 10000000",
    ),
    "a huge number": (HEAD + f"years = {'9' * 4301}\n" + LOCK, "more than 4300 digits"),
    "one of another base": (HEAD + f"years = 0x{'f' * 5000}\n" + LOCK, "digits is out of range"),
    "deep lists": ("a = " + "[" * 500 + "]" * 500, "nested too deeply"),
    "deep tables": ("a = " + "{a = " * 500 + "1" + "}" * 500, "nested too deeply"),
    "a deep key": (".".join("a" * 100_000) + " = 1", "nested too deeply"),
    "a decimal comma": (HEAD + LOCK + "rate = 0,15\n", "Write 0.15, not 0,15."),
    "one in a table": (
        HEAD + LOCK + "incidents = [{month = 3, harm = -0,5}]\n",
        "Write -0.5, not -0,5.",
    ),
    "one in a text": (HEAD + LOCK + 'rate = "0,15"\n', "Write 0.15, not 0,15."),
    "nobody's home": (HEAD + f'market = "{HOMELESS}.toml"\n' + LOCK, "market: ~nobody-of-this"),
    "a long name": (HEAD + f'market = "{LONG}/{LONG}.toml"\n' + LOCK, "file does not exist"),
    "a name with a zero": (HEAD + 'market = "a\\u0000.toml"\n' + LOCK, "does not exist"),
    "a nameless programme": (HEAD + '[programmes." "]\npolicy = "no_reward"\n', "1 to 100 char"),
    "a programme with a long name": (
        HEAD + f"[programmes.{'x' * 101}]\npolicy = 'first_sale_lock'\n",
        "1 to 100 characters",
    ),
    "a key of two lines": (HEAD + '"a\\nb" = 1\n' + LOCK, "a\\nb: unknown key"),
    "a long value": (HEAD + f'years = "{"x" * 10_000}"\n' + LOCK, "xxx...xxx"),
    "an unknown key": (
        HEAD + "yeers = 3\n" + LOCK,
        "Did you mean 'years'? Allowed here: assumptions, baseline",
    ),
    "other letters": ((HEAD + LOCK).replace("q", "ж").encode("cp1251"), "Save it as UTF-8"),
    "two bytes a letter": ((HEAD + LOCK).encode("utf-16"), "Save it as UTF-8"),
    "nothing": ("", "question: this key is required and missing"),
    "zeros": ("\0" * 100, "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG_FILES)
def test_a_scenario_in_which_something_is_wrong(here: Path, what: str):
    content, told = WRONG_FILES[what]
    path = here / "wrong.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(("run", "wrong.toml"), told)


def test_a_scenario_of_thousands_of_programmes_is_read_at_once(here: Path):
    import time

    from sim.world.scenario import load

    load()  # what is read once
    path = here / "many.toml"
    rows = [f"[programmes.p{n}]\npolicy = 'client_choice'\nrate = 0.{n}\n" for n in range(3_000)]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    started = time.process_time()
    assert len(load(str(path)).programmes) == 3_000
    assert time.process_time() - started < 1.0
    refused(("run", "many.toml", "--policy", "nosuch.py"))
    refused(("decompose", "many.toml", "--to", "nosuch"), "and ")


def test_a_command_to_repeat_is_read_by_a_shell_as_it_is_meant(here: Path):
    import shlex

    done = CliRunner().invoke(
        app, ["run", "debate.toml", "--worlds", "0", "--out", "my 'best' $results"]
    )
    assert done.exit_code == 0, done.output
    said = re.search(r"Repeat exactly: (.*)   \(", done.stdout)
    assert said is not None
    words = shlex.split(said[1])
    assert Path(words[2]) == here / "my 'best' $results" / "scenario.toml"


def test_programmes_that_are_the_same_are_counted_as_asked(here: Path):
    both = "".join(f"[programmes.{name}]\npolicy = 'client_choice'\n" for name in ("a", "b"))
    (here / "twins.toml").write_text(
        HEAD + "market = 'tiny.toml'\nyears = 1\nburn_in_months = 6\nseeds = 2\n" + both,
        encoding="utf-8",
    )
    study = ["run", "twins.toml", "--worlds", "0"]
    CliRunner().invoke(app, study)
    assert "4 of 4 runs were there already." in CliRunner().invoke(app, study).stdout


@pytest.mark.parametrize("kind", ["runs", "months"])
@pytest.mark.parametrize("what", ["a folder", "a pipe"])
def test_what_is_no_part_of_the_store_is_set_aside(here: Path, kind: str, what: str):
    import os

    study = ["run", "debate.toml", "--worlds", "0", "--json"]
    first = CliRunner().invoke(app, study)
    part = sorted((here / "results" / kind).glob("*.parquet"))[0]
    part.unlink()
    if what == "a folder":
        part.mkdir()
    else:
        os.mkfifo(part)
    again = CliRunner().invoke(app, study)
    assert again.exit_code == 0, again.output
    assert f"is {what}, not a file" in again.stderr
    digest = re.compile(r'"results_digest": "\w+"')
    assert digest.findall(again.stdout) == digest.findall(first.stdout)


@pytest.mark.parametrize("command", ["report", "bundle"])
def test_what_is_no_file_is_never_replaced_by_one(studied: Path, command: str):
    for name in ("pipe.toml", "folder.toml", ".", "/", "debate.toml/x", HOMELESS, f"{LONG}.html"):
        refused((command, "here", "--out", name))
    assert Path("pipe.toml").is_fifo()
    assert Path("folder.toml").is_dir()
