"""Small studies, and the command as a real process that can be killed."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.study.store import Store
from sim.world import scenario
from sim.world.programme import programme
from sim.world.scenario import Scenario

COMMAND = (sys.executable, "-m", "partnersim")
DEBATE = """
question = "Does the lock or client choice serve better?"
provenance = "a small market for tests"
partners = 40
clients = 600
years = 1
burn_in_months = 12
seeds = 60

[programmes.lock]
policy = "first_sale_lock"

[programmes.choice]
policy = "client_choice"
"""


@pytest.fixture
def small() -> Scenario:
    return scenario.load()._replace(
        partners=40,
        clients=600,
        years=1,
        burn_in_months=12,
        seeds=3,
        programmes=(programme("first_sale_lock"), programme("client_choice")),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept")


@pytest.fixture
def debate(tmp_path: Path) -> Path:
    path = tmp_path / "debate.toml"
    path.write_text(DEBATE, encoding="utf-8")
    return path


def heed_hang_up() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    def call(*words: str, **options: object) -> subprocess.Popen[str]:
        """Start the command, which heeds Ctrl-C even if these tests run in the background.

        It heeds a closed terminal, too, even if they were started by nohup, unless a test says
        otherwise. A study lives in its own world alone.
        """
        options.setdefault("preexec_fn", heed_hang_up)
        return subprocess.Popen(
            ["env", "--default-signal=INT", *COMMAND, *words, "--worlds", "0"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    return call
