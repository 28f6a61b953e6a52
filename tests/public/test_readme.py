"""What the README and the pages of use show works as it stands there."""

import ast
import inspect
import re
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import sim
from policies import registry
from sim import simulate
from sim.world import scenario

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs" / "use").glob("*.md")), ROOT / "docs" / "tutorials.md"]


def blocks(path: Path, language: str) -> list[str]:
    """Return the code that a page shows in a language."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def page(name: str) -> Path:
    return ROOT / "docs" / "use" / f"{name}.md"


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150
    (block,) = blocks(README, "python")
    assert len([line for line in block.splitlines() if line.strip()]) <= 10


def test_the_readmes_python_runs(capsys):
    (block,) = blocks(README, "python")
    names = {}
    exec(compile(block, "README.md", "exec"), names)  # the README's own code
    plt.close("all")
    told = capsys.readouterr().out
    assert "Against first_sale_lock" in told
    assert "commission" in told
    assert names["market"].month == 1


def test_the_scenario_is_valid(tmp_path):
    path = tmp_path / "my-scenario.toml"
    path.write_text(*blocks(page("questions"), "toml"), encoding="utf-8")
    loaded = scenario.load(str(path))
    assert [studied.name for studied in loaded.programmes] == ["lock", "choice", "protected_choice"]
    assert loaded.programmes[2].policy.terms.protection_months == 12


def test_the_policy_works_and_is_short(tmp_path):
    (source,) = [block for block in blocks(page("policies"), "python") if "def credit" in block]
    assert len([line for line in source.splitlines() if line.strip()]) <= 16
    path = tmp_path / "tail.py"
    path.write_text(source, encoding="utf-8")
    module = types.ModuleType("tail", None)
    module.__file__ = str(path)
    sys.modules["tail"] = module
    exec(compile(source, str(path), "exec"), module.__dict__)  # the page's own code
    policy = registry.from_module(module)
    run = simulate(policy=policy, partners=20, clients=200, years=3, burn_in=24)
    won = run.accounts.set_index("account")["won_month"]
    studied = run.ledger[run.ledger["month"] > 0]
    last = studied[studied["account"].map(won).notna()]
    tenure = last["month"] - last["account"].map(won)
    assert {"originator", "servicing_partner"} == set(last["role"])
    assert tenure[last["role"] == "servicing_partner"].min() >= 24


def test_the_agent_lives(capsys):
    (block,) = [one for one in blocks(page("policies"), "python") if "PartnerMarket" in one]
    exec(compile(block, "policies.md", "exec"), {})  # the page's own code
    printed = re.findall(r"^\d+ +(\d\.\d+)$", capsys.readouterr().out, flags=re.M)
    assert len(printed) == 5
    assert all(0 < float(motivation) < 1 for motivation in printed)


def public_calls(code: str) -> list[ast.Call]:
    """Return the calls of public names, `sim.name(...)`, in a block of Python."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).startswith("sim.")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_python_asks_for_what_there_is(path):
    for call in (call for block in blocks(path, "python") for call in public_calls(block)):
        found = sim
        for name in ast.unparse(call.func).split(".")[1:]:
            found = getattr(found, name)
        keywords = {keyword.arg: None for keyword in call.keywords}
        inspect.signature(found).bind(*call.args, **keywords)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_commands_and_their_options_exist(path):
    import typer.main

    from sim.cli import app

    commands = typer.main.get_command(app).commands
    text = path.read_text(encoding="utf-8")
    shown = [line for block in blocks(path, "sh") for line in block.splitlines()]
    shown += re.findall(r"`(partnersim [^`]+)`", text)
    for line in shown:
        said = re.match(r"partnersim (\w+)(.*?)(?:#|$)", line.strip())
        if said:
            options = {option for one in commands[said[1]].params for option in one.opts}
            assert set(re.findall(r"(--[a-z-]+)", said[2])) <= options, line
