"""The compiled engine against Mesa, an ordinary Mesa model and numpy, on the same market."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from benchmarks.markets import USUAL, client_months, grown
from benchmarks.measure import ROUNDS, Figure, effort, in_turn, ratio, wall
from sim.world.programme import programme

POLICIES = ("first_sale_lock", "client_choice", "split_reward")
LARGE = 100_000


def one_run(quick):
    """One run on one thread, each engine through the same months of each policy."""
    months = 2 if quick else 12
    figures = []
    for policy in POLICIES[:1] if quick else POLICIES:
        kinds = ("compiled", "mesa")
        found = {kind: grown(kind, quick, policy=policy) for kind in kinds}
        times = in_turn({kind: partial(found[kind].advance, months) for kind in kinds})
        digests = {found[kind].outcome().digest() for kind in kinds}
        if len(digests) > 1:
            raise AssertionError(f"{policy}: the engines disagree")
        lived = client_months(found["compiled"], months)
        per_month = statistics.median(times["compiled"]) / lived * 1e9
        speed = ratio(times["mesa"], times["compiled"])
        figures += [
            Figure(f"one run, {policy}: compiled", per_month, "ns per client-month"),
            Figure(f"one run, {policy}: Mesa engine / compiled", speed, "times", ">= 120"),
        ]
    return figures


def ensembles(quick):
    """Many replications, on one thread and on two, against one Mesa run's pace."""
    seeds, months = (4, 12) if quick else (32, 120)
    slow = 2 if quick else 12
    starts = [grown("compiled", quick, seed=seed) for seed in range(1, seeds + 1)]
    mesa = grown("mesa", quick)
    ends = {}

    def on(threads):
        with ThreadPoolExecutor(threads) as pool:
            ends[threads] = list(pool.map(partial(lived_on, months=months), starts))

    on(2)
    times = {"1": [], "2": [], "mesa": [], "had": []}
    for _ in range(ROUNDS):
        times["1"].append(wall(partial(on, 1)))
        before = time.process_time()
        times["2"].append(wall(partial(on, 2)))
        times["had"].append((time.process_time() - before) / times["2"][-1])
        spent = wall(partial(mesa.advance, slow))
        times["mesa"].append(spent / lived_by(mesa, slow) * sum(lived for _, lived in ends[1]))
    if ends[1] != ends[2]:
        raise AssertionError("results depend on the number of threads")
    pace = sum(lived for _, lived in ends[2]) / statistics.median(times["2"]) / 1e6
    faster = ratio(times["mesa"], times["2"])
    return [
        Figure("ensemble: Mesa engine / compiled on 2 threads", faster, "times", ">= 300"),
        Figure("ensemble: 1 thread / 2 threads", ratio(times["1"], times["2"]), "times", ">= 1.8"),
        Figure("ensemble: processors that 2 threads got", statistics.median(times["had"]), "of 2"),
        Figure("ensemble: pace on 2 threads", pace, "million client-months per second"),
    ]


def lived_on(start, months):
    """The digest of a market that went on for some months, and its client-months."""
    branch = start.branch(programme("first_sale_lock"))
    branch.advance(months)
    return branch.outcome().digest(), client_months(branch, months)


def yardsticks(quick):
    """Numpy columns against the compiled engine, an ordinary Mesa model against the Mesa engine."""
    figures = []
    for accounts in (0,) if quick else (0, LARGE):
        months = 2 if quick else 12
        kinds = ("compiled", "numpy")
        found = {kind: grown(kind, quick, accounts=accounts) for kind in kinds}
        times = in_turn({kind: partial(found[kind].advance, months) for kind in kinds})
        agree(found)
        size = accounts or USUAL.clients
        name = f"numpy columns / compiled, {size:,} accounts"
        figures.append(Figure(name, ratio(times["numpy"], times["compiled"]), "times", ">= 4"))
    kinds = ("mesa", "plain Mesa")
    found = {kind: grown(kind, quick) for kind in kinds}
    paces = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            spent = effort(partial(found[kind].advance, months))
            paces[kind].append(spent / lived_by(found[kind], months))
    slower = ratio(paces["mesa"], paces["plain Mesa"])
    return [*figures, Figure("Mesa engine / plain Mesa model", slower, "times", "<= 1")]


def lived_by(found, months):
    """The client-months of a Mesa model's last months."""
    return sum(found.datacollector.model_vars["clients"][-months:])


def agree(found):
    """Refuse a yardstick that does not come to the same facts, but for rounding."""
    theirs = np.array(found["numpy"].history)
    ours = found["compiled"].outcome().months[1:]
    if not np.allclose(theirs, ours, rtol=1e-3, atol=3):
        raise AssertionError("the numpy columns disagree with the engines")
