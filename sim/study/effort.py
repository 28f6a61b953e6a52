"""What a study takes: runs, account-months, memory and time, told before anything is simulated.

Who studies a scenario or checks a bundle of somebody else's cannot see at a glance whether it takes
seconds or weeks. So both are estimated first, and more than a ceiling is done only when asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from sim.study.experiment import MONTHS_KEPT
from sim.study.indicators import INDICATORS
from sim.world.errors import BadInput
from sim.world.scenario import Scenario

SECONDS_PER_ACCOUNT_MONTH = 60e-9
SECONDS_PER_RUN = 1e-3
"""of one processor, compiled; see docs/performance.md"""
BYTES_PER_ACCOUNT, BYTES_PER_PARTNER = 600, 1_400
"""of a world that is being lived in: its past, a programme followed, and the columns of its end"""
BYTES_OF_LIBRARIES = 250_000_000
COPIES, NUMBER = 3, 8
"""How often a table is held while it is made, and the bytes of a number in it."""
MONTHLY_COLUMNS = 60
USUAL = {
    "clients": 3_000,
    "partners": 300,
    "years": 10,
    "burn_in_months": 60,
    "programmes": 4,
    "seeds": 100,
    "worlds": 2_000,
}
"""A usual study, beside which one sees what makes another large."""
AT_MOST = re.compile(r"(?P<number>[0-9.]+(?:e[0-9]+)?)(?P<unit>GB)?", re.ASCII | re.IGNORECASE)


class Effort(NamedTuple):
    """What a study takes, about."""

    runs: int
    account_months: int
    """months that accounts and partners live through, in all runs"""
    memory: int
    """bytes at the most"""
    seconds: float
    """on this machine's processors, if nothing else runs and nothing was simulated before"""
    largest: str
    """the number of the scenario that is largest beside that of a usual study"""
    size: int
    """that number"""


class Ceiling(NamedTuple):
    """What is simulated unasked."""

    account_months: float = 1e11
    memory: float = 8e9
    """bytes"""


def effort(
    scenario: Scenario,
    seeds: int,
    worlds: int = 0,
    *,
    runs: int | None = None,
    at_once: int | None = None,
) -> Effort:
    """Return what it takes to simulate a scenario.

    Parameters
    ----------
    seeds : worlds of the scenario's own assumptions.
    worlds : others lived in besides, of which no months are kept.
    runs : of all these; None: every programme in each.
    at_once : how many worlds at once; by default one for each processor.
    """
    lives = seeds + worlds
    processors = os.cpu_count() or 1
    at_once = min(at_once or processors, max(lives, 1))
    sizes = {
        **{name: getattr(scenario, name) for name in USUAL if name in scenario._fields},
        "programmes": len(scenario.programmes),
        "seeds": seeds,
        "worlds": worlds,
    }
    runs = lives * sizes["programmes"] if runs is None else runs
    people = scenario.clients + scenario.partners
    account_months = people * (lives * scenario.burn_in_months + runs * 12 * scenario.years)
    length = scenario.burn_in_months + 12 * scenario.years + 1
    kept = min(seeds, MONTHS_KEPT) * sizes["programmes"] * length * MONTHLY_COLUMNS
    world = BYTES_PER_ACCOUNT * scenario.clients + BYTES_PER_PARTNER * scenario.partners
    tables = COPIES * NUMBER * (runs * len(INDICATORS) + kept)
    seconds = SECONDS_PER_ACCOUNT_MONTH * account_months + SECONDS_PER_RUN * runs
    largest = max(USUAL, key=lambda name: sizes[name] / USUAL[name])
    return Effort(
        runs=runs,
        account_months=account_months,
        memory=BYTES_OF_LIBRARIES + at_once * world + tables,
        seconds=seconds / min(at_once, processors),
        largest=largest,
        size=sizes[largest],
    )


def ceiling_of(asked: str | None) -> Ceiling:
    """Return a ceiling as a person says it.

    Parameters
    ----------
    asked : account-months, memory, or both, such as "2e11,16GB"; None: the usual.

    Raises
    ------
    BadInput
        If it is neither.

    >>> ceiling_of("16GB")
    Ceiling(account_months=100000000000.0, memory=16000000000.0)
    """
    ceiling = Ceiling()
    for part in (asked or "").split(",") if asked is not None else []:
        told = AT_MOST.fullmatch(part.strip())
        try:
            number = float(told["number"]) if told else 0.0
        except ValueError:
            number = 0.0
        if told is None or not 0.0 < number < float("inf"):
            raise BadInput(
                f"--at-most {asked!r}: write account-months, such as 2e11, memory, such as 16GB, "
                "or both: 2e11,16GB."
            )
        if told["unit"]:
            ceiling = ceiling._replace(memory=1e9 * number)
        else:
            ceiling = ceiling._replace(account_months=number)
    return ceiling


def check(needed: Effort, ceiling: Ceiling, place_of: Callable[[str], str]) -> None:
    """Refuse what takes more than a ceiling.

    Parameters
    ----------
    place_of : says in which file a number stands, and under which key.

    Raises
    ------
    BadInput
        With the file, the key, what it would take and the option that allows it.
    """
    lacking = [
        f"{2.0 * needed.account_months:.0e}".replace("e+0", "e").replace("e+", "e")
        if needed.account_months > ceiling.account_months
        else "",
        f"{-(-2 * needed.memory // 10**9)}GB" if needed.memory > ceiling.memory else "",
    ]
    if any(lacking):
        raise BadInput(
            f"{place_of(needed.largest)}: {needed.size} is much: {spelt(needed)}; unasked, at most "
            f"{amount(ceiling.account_months)} account-months and {ceiling.memory / 1e9:g} GB are "
            f"simulated. Lower it, or allow it: --at-most {','.join(filter(None, lacking))}."
        )


def spelt(needed: Effort) -> str:
    """Return what a study takes in words.

    >>> spelt(Effort(1_360, 2_423_520_000, 390_000_000, 75.0, "clients", 3_000))
    '1,360 runs, 2.42 billion account-months, roughly 2 minutes and 0.4 GB of memory'
    """
    runs = "1 run" if needed.runs == 1 else f"{needed.runs:,} runs"
    return (
        f"{runs}, {amount(needed.account_months)} account-months, roughly "
        f"{duration(needed.seconds)} and {needed.memory / 1e9:.1f} GB of memory"
    )


def amount(number: float) -> str:
    """Return a large number as one says it.

    >>> amount(66_000), amount(2.4e9), amount(3e14)
    ('66 thousand', '2.4 billion', '300 trillion')
    """
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if number >= size:
            return f"{number / size:,.3g} {name}" if number < 1e3 * size else f"{number:.1e}"
    return f"{number:.0f}"


def duration(seconds: float) -> str:
    """Return a time as one says it.

    >>> duration(0.2), duration(75.0), duration(1e6)
    ('a second', '2 minutes', '12 days')
    """
    for size, name in ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"), (1.0, "seconds")):
        if seconds >= 1.2 * size:
            return f"{-(-seconds // size):,.0f} {name}"
    return "a second"
