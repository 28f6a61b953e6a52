"""Run the command as a person would: a real process, from a folder of its own."""

import shutil
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


def in_folder(folder: Path) -> Command:
    """Return how to call the command in a folder; in no other worlds unless the words say so."""

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        if words[:1] in (("run",), ("compare",)) and "--worlds" not in words:
            words = (*words, "--worlds", "0")
        return subprocess.run(
            [sys.executable, "-m", "partnersim", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


@pytest.fixture
def partnersim(tmp_path: Path) -> Command:
    return in_folder(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return how to start the command without waiting for its end, so that it can be killed."""

    def call(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "partnersim", *words],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return call


def write_tiny(folder: Path) -> Path:
    (folder / "tiny.toml").write_text(TINY_MARKET, encoding="utf-8")
    path = folder / "debate.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path)


@pytest.fixture(scope="session")
def studied_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the tiny scenario was studied, in ten other worlds, too."""
    place = tmp_path_factory.mktemp("studied")
    done = in_folder(place)("run", str(write_tiny(place)), "--worlds", "10", "--out", "here")
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def studied(studied_once: Path, tmp_path: Path) -> Path:
    """Return the result of a study of the tiny scenario, a copy of one's own."""
    shutil.copytree(studied_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "here"
