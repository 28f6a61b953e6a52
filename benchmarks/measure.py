"""How to measure on a machine whose speed drifts: side by side, in turn, several times."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

ROUNDS = 5


class Figure(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    unit: str
    target: str = ""
    """such as ">= 120" or "<= 1.5"; empty if none"""

    @property
    def is_met(self) -> bool:
        """Whether the value meets the target."""
        sign, _, bound = self.target.partition(" ")
        if not sign:
            return True
        return self.value >= float(bound) if sign == ">=" else self.value <= float(bound)


def wall(work: Callable[[], Any]) -> float:
    """Return the seconds that a piece of work takes by the clock on the wall."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def effort(work: Callable[[], Any]) -> float:
    """Return the processor's seconds of a piece of work: the wall's, when nobody else works."""
    started = time.process_time()
    work()
    return time.process_time() - started


def in_turn(
    candidates: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Return the processor's seconds of each candidate's work in every round.

    Each round does every candidate's work once, so that ratios hold when the machine's speed
    drifts.
    """
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, work in candidates.items():
            found[name].append(effort(work))
    return found


def ratio(above: list[float], below: list[float]) -> float:
    """Return the median over rounds of one time over another's in the same round."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def peak_memory(code: str) -> float:
    """Return the most memory, GB, that a fresh Python holds to run some code; on Linux only.

    The kernel's count for a finished process would start from what its parent held.
    """
    peak = "next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint({peak})"],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.split()[-2]) * 1024 / 1e9
