"""The distance to the machine: a month next to its bare memory traffic and its bare draws."""

import statistics
from functools import partial

import numba
import numpy as np

from benchmarks.markets import USUAL, client_months, grown
from benchmarks.measure import Figure, in_turn
from sim.engines.compiled.state import ACCOUNT_ROW
from sim.world.luck import draw


@numba.njit(error_model="numpy")
def traffic(rows, is_client, months):
    """Look at every account, and read and write every client's row, so many times.

    Parameters
    ----------
    rows : words, shape (accounts, words), a row as long as the engine's
    is_client : flags, shape (accounts,)
    """
    for _ in range(months):
        for i in range(rows.shape[0]):
            if is_client[i]:
                for j in range(rows.shape[1]):
                    rows[i, j] += np.uint64(1)


@numba.njit(error_model="numpy")
def bare_draws(keys, number):
    """Ask for so many draws, entity by entity under a handful of keys."""
    total = 0.0
    for i in range(number // keys.size):
        for key in keys:
            total += draw(key, i)
    return total


def distance(quick):
    """Nanoseconds per account-month and per client-month, whole and bare."""
    figures = []
    for accounts in (0,) if quick else (0, 1_000_000):
        months = 2 if quick else 12 if accounts else 120
        size = accounts or USUAL.clients
        found = grown("compiled", quick, accounts=accounts)
        counted = grown("numpy", quick, accounts=min(size, 100_000))
        before = counted.draws_asked
        counted.advance(12)
        asked = (counted.draws_asked - before) / 12 / counted.c.size * size
        clients = client_months(found, 1)
        rows = np.zeros((size, -(-ACCOUNT_ROW.itemsize // 8)), np.uint64)
        is_client = np.zeros(size, bool)
        is_client[np.random.default_rng(1).permutation(size)[:clients]] = True
        keys = np.arange(5, dtype=np.uint64)
        traffic(rows[:1], is_client[:1], 1)
        bare_draws(keys, 5)
        work = {
            "month": partial(found.advance, months),
            "memory": partial(traffic, rows, is_client, months),
            "draws": partial(bare_draws, keys, round(asked * months)),
        }
        times = in_turn(work)
        lived = client_months(found, months) / months
        moved = 2 * rows[0].nbytes * clients + size
        title = {
            "month": "a month",
            "memory": f"its bare memory traffic ({moved / size:.0f} bytes an account)",
            "draws": f"its bare draws ({asked / size:.1f} an account)",
        }
        for name in work:
            spent = statistics.median(times[name]) / months * 1e9
            figures += [
                Figure(f"{size:,} accounts: {title[name]}", spent / size, "ns per account-month"),
                Figure(f"{size:,} accounts: {title[name]}", spent / lived, "ns per client-month"),
            ]
    return figures
