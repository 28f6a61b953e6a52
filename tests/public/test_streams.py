"""Whatever reads what the command prints, and from whatever it is started, it ends well."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PARTNERSIM = str(Path(sys.executable).parent / "partnersim")
FULL = Path("/dev/full")
needs_shell = pytest.mark.skipif(os.name != "posix", reason="needs a shell")
needs_full = pytest.mark.skipif(not FULL.is_char_device(), reason="needs a device that is full")
ENCODINGS = ("cp866", "ascii")


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return how to start the command in an environment; what it prints comes as bytes."""

    def call(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [PARTNERSIM, *words],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            timeout=300,
            check=False,
        )

    return call


@pytest.fixture
def in_shell(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Return how to have a line read by a shell that tells how every part of a pipe ended."""

    def call(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line.replace('partnersim', PARTNERSIM)}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


# --- encodings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_lists_are_printed_in_any_encoding(started, encoding):
    done = started("assumptions", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "0.005 - 0.1" in done.stdout.decode(encoding).replace("–", "-")
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_says_the_same_in_any_encoding(started, encoding):
    usual, there = (
        started("assumptions", "--json", PYTHONIOENCODING=e) for e in ("utf-8", encoding)
    )
    assert json.loads(there.stdout.decode(encoding)) == json.loads(usual.stdout.decode())


@pytest.mark.parametrize("encoding", ["cp866", "ascii"])
def test_stories_and_findings_are_told_in_any_encoding(started, tiny, encoding):
    for words in (("explain", "--scenario", tiny.name), ("run", tiny.name, "--worlds", "0")):
        done = started(*words, PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        told = done.stdout.decode(encoding)
        assert "lock" in told
        assert "\\x" not in told


def test_help_and_refusals_are_told_in_ascii(started):
    helped = started("--help", PYTHONIOENCODING="ascii")
    assert helped.returncode == 0
    assert b"partnersim compare * partnersim run" in b" ".join(helped.stdout.split())
    refused = started("run", "отчёт", PYTHONIOENCODING="ascii")
    assert refused.returncode == 2
    assert b"there is no scenario" in refused.stderr


def test_a_locale_without_letters_is_no_fault(started, tiny):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert started("run", tiny.name, "--worlds", "0", **plain).returncode == 0
    refused = started("run", tiny.name, "--out", "отчёт", **plain)
    assert refused.returncode == 2
    assert b"PYTHONUTF8=1" in refused.stderr
    assert b"Traceback" not in refused.stderr


# --- readers -----------------------------------------------------------------------------------


@needs_shell
@pytest.mark.parametrize(
    "line",
    [
        "partnersim policies | head -1",
        "partnersim --help | head -1",
        "partnersim assumptions | true",
    ],
)
def test_a_reader_who_leaves_is_no_fault(in_shell, line):
    done = in_shell(line)
    assert (done.returncode, done.stderr) == (0, "")


@needs_shell
def test_a_study_whose_reader_leaves_is_finished(in_shell, tiny):
    done = in_shell("partnersim run debate.toml --worlds 0 --out here | head -1")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tiny.parent / "here" / "manifest.json").is_file()


@needs_full
@pytest.mark.parametrize("words", ["policies", "policies --json", "--help", "policies --quiet"])
def test_a_full_device_is_told(in_shell, words):
    done = in_shell(f"partnersim {words} > /dev/full")
    assert done.returncode == 2
    assert done.stderr == (
        "partnersim: what the command prints cannot be written: No space left on device.\n"
    )


@needs_full
def test_a_refusal_that_cannot_be_told_is_still_one(in_shell):
    assert in_shell("partnersim run nosuch 2> /dev/full").returncode == 2
    assert in_shell("partnersim nosuch 2> /dev/full").returncode == 2


@needs_shell
def test_closed_streams_are_no_fault(in_shell):
    assert in_shell("partnersim policies >&-").returncode == 0
    assert in_shell("partnersim run nosuch 2>&-").returncode == 2
    assert in_shell("partnersim policies <&-").returncode == 0


# --- what it is started from -------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["nonsense", "module://of_a_notebook.that_is_not_here"])
def test_pictures_are_drawn_whatever_a_notebook_says(started, tiny, backend):
    done = started("explain", "--scenario", tiny.name, "--out", "drawn", MPLBACKEND=backend)
    assert done.returncode == 0, done.stderr
    assert len(list((tiny.parent / "drawn").glob("*.png"))) == 1


LIMITED = (
    "import resource, sys\n"
    "limit = int(sys.argv.pop(1))\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
    "from sim.cli import main\n"
    "main()\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on files")
@pytest.mark.parametrize("what", ["out", "store"])
def test_a_place_without_room_is_told(started, tiny, what):
    """A file that may not grow is refused as one on a full device, or beyond a quota."""
    limit, study = "1000", ("run", tiny.name, "--worlds", "0")
    if what == "out":  # the finished runs are there already, the results are larger
        limit = "20000"
        assert started(*study, "--out", "first").returncode == 0
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, limit, *study, "--out", "here"],
        cwd=tiny.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert f"Make room, or name another folder with --{what}" in done.stderr
    assert not (tiny.parent / "here").exists()
    assert not list(tiny.parent.glob(".*"))


# --- a damaged compile cache -------------------------------------------------------------------

COUNTING = (
    "from numba.core import event\n"
    "compiled = []\n"
    "class Ear(event.Listener):\n"
    "    def on_start(self, event): compiled.append(event)\n"
    "    def on_end(self, event): pass\n"
    "event.register('numba:compile', Ear())\n"
    "from sim.world.exact import log\n"
    "print(log(2.0), len(compiled))\n"
)


@pytest.fixture
def answer(tmp_path: Path) -> Callable[[], tuple[str, bool]]:
    """Return what a rule answers in a process of its own, and whether it had to be compiled."""

    def call() -> tuple[str, bool]:
        done = subprocess.run(
            [sys.executable, "-c", COUNTING],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        value, count = done.stdout.split()
        return value, count != "0"

    return call


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("harm", ["emptied", "flipped", "a folder"])
def test_a_damaged_compile_cache_mends_itself(answer, tmp_path, kind, harm):
    value, _ = answer()
    assert answer() == (value, False)
    (path,) = tmp_path.rglob(f"*.{kind}")
    if harm == "emptied":
        path.write_bytes(b"")
    elif harm == "flipped":
        flip(path, path.stat().st_size // 2)
    else:
        path.unlink()
        path.mkdir()
    assert answer() == (value, True)
    if harm != "a folder":
        assert answer() == (value, False)
