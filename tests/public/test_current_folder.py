"""Files of the current folder are never imported, by workers neither, whichever engine."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

POISON = """
with open(__file__ + ".was-run", "w") as file:
    file.write(__name__)
raise SystemExit("code of the current folder was run")
"""
COMMAND = """
import re
import sys
from partnersim import main

if __name__ == "__main__":
    sys.exit(main())
"""
"""as an installer writes it"""
LIBRARY = """
from sim.study.chosen import choose
from sim.study.crew import Crew
from sim.study.experiment import Experiment

if __name__ == "__main__":
    study = Experiment(choose("debate.toml"), Crew("mesa", at_once=2))
    study.simulate(study.look_up([1, 2]))
    print(study.tally())
"""


def imported_before(first: str) -> set[str]:
    """Return what is imported before a line of ours is run: by Python, and by what runs us."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {first}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in told.stdout.split()}


@pytest.fixture
def poisoned(tiny: Path) -> Path:
    """Return a folder with a module of every name that there is."""
    names = {*sys.stdlib_module_names, *metadata.packages_distributions(), "sim", "policies"}
    for name in names:
        if name.isidentifier():
            (tiny.parent / f"{name}.py").write_text(POISON)
    return tiny.parent


@pytest.fixture(scope="module")
def command(tmp_path_factory) -> str:
    """Return a script that is the command, in a folder of its own."""
    script = tmp_path_factory.mktemp("bin") / "partnersim"
    script.write_text(COMMAND)
    return str(script)


def harm(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.was-run"))


@pytest.mark.parametrize(
    "words",
    [
        ("--engine", "compiled"),
        ("--engine", "mesa"),
        ("--engine", "mesa", "--workers", "2"),
        ("--engine", "compiled", "--workers", "2"),
    ],
)
def test_the_command_imports_nothing_of_it(command, poisoned, words):
    done = python(poisoned, command, "run", "debate.toml", "--worlds", "0", "--quiet", *words)
    assert (done.returncode, done.stderr, harm(poisoned)) == (0, "", [])


def test_nor_when_it_is_run_as_a_module(poisoned):
    for name in (*imported_before("runpy"), "sim"):
        (poisoned / f"{name}.py").unlink(missing_ok=True)
    done = python(poisoned, "-m", "sim.cli", "run", "debate.toml", "--worlds", "0", "--quiet")
    assert (done.returncode, done.stderr, harm(poisoned)) == (0, "", [])


def test_nor_when_python_is_told_to_look_there(command, poisoned):
    for name in (*imported_before("re"), "sim"):  # re: by the script
        (poisoned / f"{name}.py").unlink(missing_ok=True)
    places = f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}"
    words = ("run", "debate.toml", "--worlds", "0", "--quiet", "--engine", "mesa")
    done = python(poisoned, command, *words, PYTHONPATH=places)
    assert (done.returncode, done.stderr, harm(poisoned)) == (0, "", [])


def test_nor_by_the_workers_of_a_script_that_lies_elsewhere(poisoned, tmp_path_factory):
    script = tmp_path_factory.mktemp("elsewhere") / "study.py"
    script.write_text(LIBRARY)
    done = python(poisoned, str(script))
    assert (done.stdout.strip(), done.stderr, harm(poisoned)) == ("(4, 4)", "", [])


def python(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
