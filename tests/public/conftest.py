"""Run the command as a person would: a real process, from a folder of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

TINY = """
question = "Does the lock or client choice serve better?"
provenance = "a small market for tests"
market = "tiny.toml"
years = 1
burn_in_months = 6
seeds = 2

[programmes.lock]
policy = "first_sale_lock"

[programmes.choice]
policy = "client_choice"
"""
TINY_MARKET = """
title = "Tiny"
provenance = "a small market for tests"
partners = 12
clients = 120
"""


@pytest.fixture
def partnersim(tmp_path: Path) -> Command:
    """Return how to call the command; in no other worlds unless the words say in how many."""

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        if words[:1] in (("run",), ("compare",)) and "--worlds" not in words:
            words = (*words, "--worlds", "0")
        return subprocess.run(
            [str(Path(sys.executable).parent / "partnersim"), *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return how to start the command without waiting for its end, so that it can be killed."""

    def call(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "partnersim"), *words],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return call


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(TINY_MARKET, encoding="utf-8")
    path = tmp_path / "debate.toml"
    path.write_text(TINY, encoding="utf-8")
    return path
