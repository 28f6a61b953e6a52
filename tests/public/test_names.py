"""What the project is called, which version it is, and what becomes of a stranger of its name."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import policies
import sim
from sim.study import identity

ROOT = Path(__file__).parents[2]
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
RELEASES = re.findall(
    r"^## \[(.+?)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M
)


def python(*words: str, first: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as somebody whose own files come first."""
    path = os.pathsep.join([str(first), str(ROOT)])
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": path},
        cwd=first,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version_is_said_in_one_place():
    assert BUILD["project"]["dynamic"] == ["version"]
    assert "version" not in BUILD["project"]
    assert (ROOT / BUILD["tool"]["hatch"]["version"]["path"]).samefile(sim.version.__file__)
    assert identity.version().startswith(f"{sim.__version__}+")


def test_the_changelog_goes_by_release_and_the_newest_is_to_be_cited():
    (coming, when), *released = RELEASES
    assert sim.__version__.partition(".dev")[0] == coming
    if when == "unreleased":
        assert ".dev" in sim.__version__
    else:
        assert sim.__version__ == coming
        released = RELEASES
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for _, day in released)
    version, day = released[0]
    assert f"\nversion: {version}\n" in CITATION
    assert f"\ndate-released: {day}\n" in CITATION
    assert f"\nlicense: {BUILD['project']['license']}\n" in CITATION


def test_dir_lists_the_public_names_before_any_is_asked_for():
    code = "import sim; print(*dir(sim))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {*sim.__all__, "__version__"}


@pytest.mark.parametrize("package", [sim, policies])
def test_types_are_shipped(package):
    folder = Path(package.__file__).parent
    assert (folder / "py.typed").is_file()
    assert folder.name in BUILD["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]


@pytest.mark.parametrize(
    ("stranger", "code"),
    [
        ("policies/__init__.py", "import sim"),
        ("policies.py", "import sim"),
        ("sim.py", "from policies.contract import rule"),
        ("sim/__init__.py", "from policies.contract import rule"),
    ],
)
def test_a_stranger_of_our_name_is_told_in_one_line(tmp_path, stranger, code):
    place = tmp_path / stranger
    place.parent.mkdir(exist_ok=True)
    place.touch()
    done = python("-c", code, first=tmp_path)
    (line,) = done.stderr.splitlines()
    assert str(place) in line
    assert f"partnersim's own {stranger.split('/')[0].removesuffix('.py')}," in line


@pytest.mark.parametrize("stranger", ["policies.py", "sim.py"])
def test_the_command_runs_although_a_stranger_has_our_name(tmp_path, stranger):
    (tmp_path / stranger).write_text("raise SystemExit('not ours')", encoding="utf-8")
    done = python("-m", "partnersim", "policies", "--quiet", first=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "first_sale_lock" in done.stdout
    assert done.stderr == ""


def test_nothing_is_told_where_all_is_ours(tmp_path):
    assert python("-c", "import sim, policies", first=tmp_path).stderr == ""
