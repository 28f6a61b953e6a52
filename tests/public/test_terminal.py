"""Nothing that a stranger wrote steers the terminal, whichever command prints it."""

import io
import json
import sys
import traceback
import unicodedata

import pytest
from rich.text import Text

from sim.cli import terminal
from sim.cli.terminal import STEERING, spelled, spelled_json

HOSTILE = "\x1b]0;owned\x07\x9b31m\u202egnp.\r\x08"
HARMLESS = "Ставка 20 %, naïve – “quoted” 客户 नमस्ते 👍\n\tx"


def test_every_control_and_change_of_direction_is_spelled():
    for code in range(sys.maxunicode + 1):
        one = chr(code)
        kind = unicodedata.category(one)
        is_steering = kind in ("Cc", "Cs", "Zl", "Zp") and one not in "\n\t"
        is_steering |= unicodedata.bidirectional(one) in (
            *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"),
        )
        if is_steering:
            assert spelled(one).isascii(), hex(code)
            assert spelled(one).isprintable(), hex(code)
        elif kind[0] in "LMNPS":
            assert spelled(one) == one, hex(code)
    assert spelled(HARMLESS) == HARMLESS


def test_json_says_the_same():
    plain = {HOSTILE: [HOSTILE, HARMLESS, "\udce9\U000e0041\x7f"]}
    told = spelled_json(json.dumps(plain, ensure_ascii=False))
    assert not STEERING.search(told)
    assert json.loads(told) == plain


def test_a_console_writes_its_own_colours_only(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    console = terminal.wide_console()
    console.print(Text(f"name {HOSTILE}", style="red"))
    assert "name \\x1b]0;owned" in sys.stdout.getvalue()
    assert not STEERING.search(sys.stdout.getvalue())


def test_prints_and_tracebacks_of_anybody_are_spelled(monkeypatch):
    streams = {name: io.StringIO() for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    terminal.guard()
    print(HOSTILE)
    sys.stdout.writelines([HOSTILE])
    traceback.print_exception(ValueError(HOSTILE))
    for stream in streams.values():
        assert "\\x1b" in stream.getvalue()
        assert not STEERING.search(stream.getvalue())


@pytest.fixture
def hostile(tiny):
    """Return a scenario whose question, provenance and a programme's name are hostile."""
    said = "".join(f"\\u{ord(one):04x}" for one in HOSTILE)
    text = tiny.read_text(encoding="utf-8")
    text = text.replace("serve better?", f"serve{said} better?").replace("small", f"small{said}")
    path = tiny.parent / f"debate{HOSTILE}.toml"
    path.write_text(text.replace("programmes.choice", f'programmes."=1+1{said}"'), "utf-8")
    return path


@pytest.mark.parametrize("flags", [(), ("--json",), ("--quiet",)])
def test_a_study_of_strangers_words_prints_none_that_steer(partnersim, hostile, flags):
    done = partnersim("run", str(hostile), *flags)
    assert done.returncode == 0, done.stderr
    assert not STEERING.search(done.stdout + done.stderr)
    assert "\\u202e" in done.stdout
    if flags == ("--json",):
        folder = hostile.parent / json.loads(done.stdout)["folder"]
        assert f'"\'=1+1{HOSTILE}"'.encode() in (folder / "runs.csv").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("run", f"no{HOSTILE}.toml"),
        ("check", f"no{HOSTILE}.py"),
        ("verify", f"no{HOSTILE}"),
        ("report", f"no{HOSTILE}"),
        (HOSTILE,),
        (f"--{HOSTILE}",),
        ("compare", f"--{HOSTILE}"),
        ("compare", "--policies", HOSTILE),
    ],
)
def test_a_fault_repeats_no_words_that_steer(partnersim, words):
    done = partnersim(*words)
    assert done.returncode == 2
    assert "\\x1b" in done.stderr
    assert not STEERING.search(done.stdout + done.stderr)
