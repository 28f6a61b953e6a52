"""The command as a person meets it: first use, later use, help."""

import os
import shutil
import statistics
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import ROUNDS, Figure, wall

COMMAND = shutil.which("partnersim") or "partnersim"


def use(arguments, folder, **environment):
    """Wall seconds of one use of the command in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        usual = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        run = partial(
            subprocess.run,
            [COMMAND, *arguments],
            cwd=place,
            env={**usual, **environment},
            check=True,
            capture_output=True,
        )
        return wall(run)


def command(quick):
    """Wall seconds of the command, medians where repeated."""
    small = ["compare", "--seeds", "2", "--years", "1"]
    with tempfile.TemporaryDirectory() as folder:
        cache = {"XDG_CACHE_HOME": str(Path(folder) / "cache"), "NUMBA_CACHE_DIR": ""}
        use(small, folder)  # so that Python has compiled its own
        first = use(small, folder, **cache)
        later = statistics.median(use(small, folder, **cache) for _ in range(ROUNDS))
        helped = statistics.median(use(["--help"], folder) for _ in range(ROUNDS))
        whole = [use(["compare"], folder, **cache) for _ in range(1 if quick else 3)]
    return [
        Figure("partnersim --help", helped, "seconds", "<= 0.5"),
        Figure("a small comparison (2 seeds, 1 year), warm", later, "seconds"),
        Figure("what compiling adds to the first", first - later, "seconds", "<= 20"),
        Figure("the default comparison, warm", statistics.median(whole), "seconds", "<= 30"),
    ]
