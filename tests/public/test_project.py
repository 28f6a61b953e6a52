"""The project keeps its own rules: floors, doctests, README, shipped scenarios, documents."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import policies
import sim
from sim.world import scenario
from sim.world.assumptions import Assumptions

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name
    for package in (sim, policies)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_imports_point_down_only():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_hooks_before_a_commit_fetch_nothing():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"repo: *(\S+)", text)) == {"local"}
    assert re.findall(r"entry: (\S+)", text) == [
        f".venv/bin/{tool}" for tool in ("ruff", "ruff", "mypy", "lint-imports")
    ]


def test_rules_spell_products_and_never_use_powers():
    for folder in ("sim/rules", "policies"):
        for path in (ROOT / folder).glob("*.py"):
            code = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.S)
            assert not re.search(r"\w\s*\*\*\s*\d|\w\*\*\w", code), path


def test_every_assumption_is_read_by_the_model():
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "sim").rglob("*.py")
        if path.name != "assumptions.py"
    )
    unread = [
        name for name in Assumptions._fields if not re.search(rf"(?:a|assumptions)\.{name}\b", code)
    ]
    assert unread == []


@pytest.mark.parametrize("name", scenario.shipped())
def test_shipped_scenarios_are_valid_and_say_where_they_come_from(name):
    loaded = scenario.load(name)
    assert loaded.question.endswith("?")
    assert len(loaded.provenance) > 20
    assert loaded.baseline in [studied.name for studied in loaded.programmes]


@pytest.mark.parametrize("name", scenario.shipped())
def test_a_spelt_out_scenario_says_the_same(name, tmp_path):
    loaded = scenario.load(name)
    path = tmp_path / f"{name}.toml"
    path.write_text(scenario.dumps(loaded), encoding="utf-8")
    again = scenario.load(str(path))
    assert again._replace(programmes=(), incumbent=loaded.incumbent) == loaded._replace(
        programmes=()
    )
    assert [p.policy.terms for p in again.programmes] == [p.policy.terms for p in loaded.programmes]
    assert [p.conduct for p in again.programmes] == [p.conduct for p in loaded.programmes]


def test_the_readme_has_its_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("main-command", "test-command"):
        found = re.search(rf"<!-- {mark} -->\n```sh\n(.+)\n```", text)
        assert found, mark
        assert found[1].startswith("python3 -m venv .venv && ")


def test_links_in_documents_lead_somewhere():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        if path.parent.name == "reference":
            continue  # templates: the site's builder checks what they become
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"
