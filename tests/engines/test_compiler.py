"""The compiler changes no bit, and its cache never serves code that has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.engines.build import build
from sim.world.assumptions import Assumptions
from sim.world.programme import programme

ROOT = Path(sim.__file__).parent.parent
ASKS = "from sim.rules.client import switch_chance as f; print(f(0.5, 0.9, 1.0, 3.0))"
LIVES = """
from tests.engines.test_compiler import lived
print(lived("mesa"))
"""


def lived(engine):
    """The digest of a small busy market after two years and a change of programme."""
    market = build(
        engine,
        partners=20,
        clients=200,
        seed=5,
        assumptions=Assumptions(poaching=0.05, in_market=0.06),
        incumbent=programme("first_sale_lock"),
    )
    market.advance(12)
    market.adopt(programme("client_choice"))
    market.advance(12)
    return market.outcome().digest()


def said(code, folder, **environment):
    """What a fresh interpreter prints that imports what it finds in a folder first."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    given = {**inherited, "PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore", **environment}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=given, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_market_lives_the_same_with_the_compiler_off():
    assert said(LIVES, ROOT, NUMBA_DISABLE_JIT="1") == lived("compiled")


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "NUMBA_CACHE_DIR"])
def test_cache_never_serves_a_rule_that_has_changed(tmp_path, variable):
    """The edited function is one that the asked one calls, which the compiler does not watch."""
    for package in ("sim", "policies"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    called = tmp_path / "sim" / "world" / "exact.py"
    cache = {variable: str(tmp_path / "cache")}
    before = said(ASKS, tmp_path, **cache)
    assert list((tmp_path / "cache").rglob("*.nbc"))
    source = called.read_text(encoding="utf-8")
    edited = source.replace("return 1.0 / (1.0 + exp(-x))", "return 0.25 / (1.0 + exp(-x))")
    assert edited != source
    called.write_text(edited, encoding="utf-8")
    assert float(said(ASKS, tmp_path, **cache)) == pytest.approx(float(before) / 4)
    called.write_text(source, encoding="utf-8")
    assert said(ASKS, tmp_path, **cache) == before
