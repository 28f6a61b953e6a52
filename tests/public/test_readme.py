"""What the README shows works as it stands there."""

import re
import sys
import types
from pathlib import Path

import pytest

from policies import registry
from sim import simulate
from sim.world import scenario

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.S)


def test_the_scenario_is_valid(tmp_path):
    path = tmp_path / "my-scenario.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", README, flags=re.S)[1], encoding="utf-8")
    loaded = scenario.load(str(path))
    assert [studied.name for studied in loaded.programmes] == ["lock", "choice", "protected_choice"]
    assert loaded.programmes[2].policy.terms.protection_months == 12


def test_the_policy_works_and_is_short(tmp_path):
    (source,) = [block for block in PYTHON if "def credit" in block]
    assert len([line for line in source.splitlines() if line.strip()]) <= 16
    path = tmp_path / "tail.py"
    path.write_text(source, encoding="utf-8")
    module = types.ModuleType("tail", None)
    module.__file__ = str(path)
    sys.modules["tail"] = module
    exec(compile(source, str(path), "exec"), module.__dict__)  # the README's own code
    policy = registry.from_module(module)
    run = simulate(policy=policy, partners=20, clients=200, years=3, burn_in=24)
    won = run.accounts.set_index("account")["won_month"]
    studied = run.ledger[run.ledger["month"] > 0]
    last = studied[studied["account"].map(won).notna()]
    tenure = last["month"] - last["account"].map(won)
    assert {"originator", "servicing_partner"} == set(last["role"])
    assert tenure[last["role"] == "servicing_partner"].min() >= 24


@pytest.mark.parametrize("block", [b for b in PYTHON if "PartnerMarket" in b and "toml" not in b])
def test_the_python_runs(block, capsys):
    exec(compile(block, "README.md", "exec"), {})  # the README's own code
    printed = re.findall(r"^\d+ +(\d\.\d+)$", capsys.readouterr().out, flags=re.M)
    assert len(printed) == 5
    assert all(0 < float(motivation) < 1 for motivation in printed)
