"""Both ends of the declared libraries run, on the oldest and the newest Python."""

import os
import re
import sys
import tomllib

import pytest

from tests.versions.sets import FEW, ROOT, SETS, TRIES, interpreter, try_set

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {
    re.match(r"[\w-]+", one)[0]: re.sub(r"^[\w-]+(\[\w+\])?", "", one)
    for one in PROJECT["dependencies"]
}
IS_REDUCED = os.environ.get("PARTNERSIM_SLOW") == "reduced"
RUNNING = ".".join(map(str, sys.version_info[:2]))


def number(text):
    """A version as numbers that can be compared."""
    return tuple(int(part) for part in text.split("."))


@pytest.mark.parametrize("library", ["numba", "numpy", "pandas", "mesa"])
def test_lower_ends_are_those_that_are_declared(library):
    """But for scikit-learn on Python 3.13, whose oldest wheel is newer."""
    least = number(re.search(r">=([\d.]+)", NEEDED[library])[1])
    for name in ("lower-3.11", "lower-3.13"):
        assert number(SETS[name][library])[: len(least)] == least


def test_upper_ends_of_numba_are_the_last_before_what_is_declared_to_be_too_new():
    below = number(re.search(r"<([\d.]+)", NEEDED["numba"])[1])
    for name in ("upper-3.11", "upper-3.13"):
        major, minor, *_ = number(SETS[name]["numba"])
        assert (major, minor + 1) == below


def test_sets_are_for_the_oldest_and_the_newest_python():
    declared = [one.split(" :: ")[-1] for one in PROJECT["classifiers"] if "Python :: 3." in one]
    ends = {min(declared, key=number), max(declared, key=number)}
    assert {one["python"] for one in SETS.values()} == ends


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_engines_are_equal_under_every_set(name, tmp_path):
    if IS_REDUCED and name != f"lower-{RUNNING}":
        pytest.skip("reduced: only the lower end, and only under the Python that runs this")
    if interpreter(SETS[name]["python"]) is None:
        pytest.skip(f"no Python {SETS[name]['python']} on this machine")
    assert try_set(name, tmp_path, FEW if IS_REDUCED else TRIES) == 0
