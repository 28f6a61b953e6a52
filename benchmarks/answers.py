"""What it costs to test every answer of a policy, in compiled months."""

from functools import partial
from types import FunctionType

from benchmarks.markets import grown
from benchmarks.measure import Figure, in_turn, ratio
from policies.compiler import compiled, rule
from policies.registry import load
from sim.engines.compiled import market as compiled_market
from sim.world.programme import programme

POLICIES = ("first_sale_lock", "client_choice", "clauses")
ROUNDS = 20


@rule
def believed(credit, rate):
    """Take any answer for sound."""
    return True


@rule
def forgotten(asked, account, rule, is_former):
    """Note nothing."""


def untested(policy):
    """Months that believe every answer of a policy and note none."""
    tested = compiled_market.bound_to(load(policy))
    source = tested.py_func
    blind = {**source.__globals__, "is_sound": believed, "ask": forgotten}
    twin = FunctionType(source.__code__, blind, f"{source.__name__}_untested")
    return compiled(twin, is_cached=False, is_merged=False)


def lived(start, policy, simulate, months):
    """Let a copy of a market live under a policy, with the months given."""
    compiled_market.BOUND[compiled_market.rules_of(load(policy))] = simulate
    start.branch(programme(policy)).advance(months)


def answers(quick):
    """Months that test every answer against months that do not."""
    months = 6 if quick else 240
    figures = []
    for policy in POLICIES[:1] if quick else POLICIES:
        start = grown("compiled", quick, policy=policy)
        kinds = {"tested": compiled_market.bound_to(load(policy)), "untested": untested(policy)}
        works = {
            kind: partial(lived, start, policy, simulate, months)
            for kind, simulate in kinds.items()
        }
        for work in works.values():
            work()  # compiled before it is timed
        times = in_turn(works, 2 if quick else ROUNDS)
        lived(start, policy, kinds["tested"], 1)  # which stays bound
        cost = ratio(times["tested"], times["untested"])
        figures.append(Figure(f"{policy}: answers tested / believed", cost, "times", "<= 1.02"))
    return figures
