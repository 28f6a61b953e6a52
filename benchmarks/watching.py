"""What it costs to write down what happens to one account, and to everybody.

That watching nobody costs nothing is no figure: tests/engines/test_watching.py looks into the
compiled months and finds nothing of it there.
"""

from functools import partial

from benchmarks.markets import client_months, grown
from benchmarks.measure import Figure, in_turn, ratio
from sim.study.history import watched

WHO = {"nobody": "none", "one account": {"accounts": [7]}, "everybody": "all"}


def lived(start, who, months):
    """Let a copy of a market live on while some are watched; return it."""
    twin = start.branch(start.programme)
    if who is not None:
        twin.watch(who)
    twin.advance(months)
    return twin


def watching(quick):
    """Months in which somebody is watched against the same months in which nobody is."""
    months = 6 if quick else 120
    start = grown("compiled", quick)
    rows = start.rows
    works = {
        name: partial(lived, start, watched(who, len(rows.partners), len(rows.clients)), months)
        for name, who in WHO.items()
    }
    ends = {name: work() for name, work in works.items()}  # compiled before it is timed
    if len({end.outcome().digest() for end in ends.values()}) > 1:
        raise AssertionError("watching changes what happens")
    times = in_turn(works, 2 if quick else 20)
    chronicle = ends["everybody"].outcome().chronicle
    size = sum(part.nbytes for part in chronicle) / client_months(ends["everybody"], months)
    cost = {name: ratio(times[name], times["nobody"]) for name in WHO}
    return [
        Figure("one account watched / nobody", cost["one account"], "times", "<= 2.5"),
        Figure("everybody watched / nobody", cost["everybody"], "times", "<= 4"),
        Figure("what is kept of everybody", size, "bytes per client-month", "<= 100"),
    ]
