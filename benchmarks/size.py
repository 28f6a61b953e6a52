"""Cost and memory as the market grows."""

import statistics
from functools import partial

from benchmarks.markets import grown, market
from benchmarks.measure import Figure, in_turn, peak_memory

LIVE = "from benchmarks.markets import market; market('compiled', accounts={0}, months={1})"


def growth(quick):
    """Time per account-month from small to large markets."""
    sizes = (1_000, 10_000) if quick else (10_000, 100_000, 1_000_000)
    months = 2 if quick else 12
    found = {size: grown("compiled", quick, accounts=size) for size in sizes}
    times = in_turn({str(size): partial(found[size].advance, months) for size in sizes})
    each = {s: statistics.median(times[str(s)]) / s / months * 1e9 for s in sizes}
    small, large = found[sizes[0]].outcome(), found[sizes[-1]].outcome()
    facts = [outcome.months.nbytes + outcome.tenures.nbytes for outcome in (small, large)]
    return [
        *(Figure(f"{s:,} accounts", each[s], "ns per account-month") for s in sizes),
        Figure(
            "dearest size / cheapest", max(each.values()) / min(each.values()), "times", "<= 1.5"
        ),
        Figure(
            "bytes of a run's facts that grow with accounts", facts[1] - facts[0], "bytes", "<= 0"
        ),
    ]


def memory(quick):
    """State of an account, and the most memory a run needs."""
    accounts = 100_000
    parts = [part for part in market("compiled", accounts=accounts).rows if part.ndim]
    rows = [part.nbytes / accounts for part in parts if len(part) == accounts]
    whole = sum(part.nbytes for part in parts) / accounts
    runs = ((10_000, 12, 1),) if quick else ((1_000_000, 120, 1), (10_000_000, 12, 8))
    peaks = [
        Figure(f"peak of {accounts:,} accounts, {months} months",
               peak_memory(LIVE.format(accounts, months)), "GB", f"<= {bound}")
        for accounts, months, bound in runs
    ]  # fmt: skip
    return [
        Figure("state of accounts", sum(rows), "bytes per account", "<= 100"),
        Figure("state of accounts and partners", whole, "bytes per account"),
        *peaks,
    ]
