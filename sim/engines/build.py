"""Choose the engine that simulates a market: the compiled one, or the legible Mesa model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, Protocol

import numba

from policies.compiler import is_off
from policies.contract import Account
from policies.registry import Policy, load
from sim.engines.events import Watched
from sim.engines.outcome import Outcome
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.programme import Programme, programme
from sim.world.scenario import Scenario

ENGINES = ("auto", "compiled", "mesa")


Model = Callable[..., Any]
"""Builds a market as `PartnerMarket` does, from the same keywords: a subclass, or a function."""
TRIED = "first_sale_lock"
"""The policy on which it is seen whether the compiler works."""
SAMPLE = Account(1, True, False, True, True, True, 0, 0, 1, 1)


class Settled(NamedTuple):
    """A scenario and the engine that can simulate it."""

    engine: str
    """"compiled" or "mesa" """
    scenario: Scenario
    """with rules that do not compile left as they are written"""
    note: str
    """what to tell about the choice; empty if nothing"""


def settle(engine: str, scenario: Scenario, model: Model | None = None) -> Settled:
    """Settle which engine simulates a scenario.

    Parameters
    ----------
    engine : "compiled", "mesa", or "auto" for the compiled one where that is possible.
    model : agents of one's own, which only the Mesa engine can simulate.

    Raises
    ------
    BadInput
        If the compiled engine is asked for and cannot do it, or not even a rule compiles.
    """
    check_compiler()
    reasons = {
        studied.policy.name: reason
        for studied in (scenario.incumbent, *scenario.programmes)
        if (reason := why_not_compiled(studied.policy))
    }
    why = "agents of one's own are Mesa agents" if model is not None else ""
    for name, reason in reasons.items():
        why = why or f"policy {name}: {reason}"
    if engine != "mesa":
        why = why or why_no_months()
    if engine == "compiled" and why:
        raise BadInput(f"engine compiled: {why}. Use --engine auto or mesa.")
    if engine == "mesa" or why:
        note = f"{why}; so the Mesa engine runs, some 200 times slower." if engine == "auto" else ""
        return Settled("mesa", interpreted(scenario, set(reasons)), note)
    return Settled("compiled", scenario, "")


def why_not_compiled(policy: Policy) -> str:
    """Return why a policy's rules cannot be compiled, empty if they can."""
    if is_off():
        return "the compiler is off (NUMBA_DISABLE_JIT)"
    for name in ("credit", "record_moves", "rate"):
        function = getattr(policy, name)
        if function is None:
            continue
        if not hasattr(function, "py_func"):
            return f"{name} is not marked with @rule"
        try:
            function(policy.terms, SAMPLE)
        except Exception as fault:  # whatever a compiler makes of somebody's code
            return f"{name} does not compile ({in_a_line(fault)})"
    return ""


def check_compiler() -> None:
    """Refuse a compiler that compiles no rule at all, for every engine calls compiled rules."""
    reason = "" if is_off() else why_not_compiled(load(TRIED))
    if reason:
        raise BadInput(
            f"numba {numba.__version__} does not work here: of our own rules, {reason}. Install "
            "partnersim anew for a numba that was tried, or set NUMBA_DISABLE_JIT=1 to run slowly "
            "without it."
        )


@cache
def why_no_months() -> str:
    """Return why the months of a market cannot be compiled, whatever the policy; empty if they can.

    They are tried once in a process.
    """
    from sim.engines.compiled.market import CompiledMarket

    try:
        CompiledMarket(
            partners=1,
            clients=1,
            seed=1,
            assumptions=Assumptions(),
            incumbent=programme(TRIED),
        ).advance(1)
    except Exception as fault:  # whatever a compiler makes of our code
        return (
            f"numba {numba.__version__} does not compile the months of a market "
            f"({in_a_line(fault)}); install partnersim anew for a numba that was tried"
        )
    return ""


def in_a_line(fault: Exception) -> str:
    """Return what a compiler says, without where it was."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    lines = lines or [type(fault).__name__]
    return next((line for line in lines if not line.startswith("Failed in")), lines[0])


def interpreted(scenario: Scenario, names: set[str]) -> Scenario:
    """Return a scenario in which the rules of some policies are plain Python."""

    def plain(studied: Programme) -> Programme:
        policy = studied.policy
        if policy.name not in names:
            return studied
        rules = {
            name: getattr(getattr(policy, name), "py_func", getattr(policy, name))
            for name in ("credit", "record_moves", "rate")
        }
        return studied._replace(policy=replace(policy, **rules))

    return scenario._replace(
        incumbent=plain(scenario.incumbent), programmes=tuple(map(plain, scenario.programmes))
    )


class Market(Protocol):
    """What studies ask of a market, whichever engine simulates it."""

    def advance(self, months: int) -> None:
        """Simulate so many months."""

    def adopt(self, new: Programme) -> None:
        """Put another programme into force; its months of study begin here."""

    def change_to(self, new: Programme) -> None:
        """Put another programme into force while the study goes on."""

    def suffer(self, harm: float) -> None:
        """Let all members hear of an incident that takes so much motivation, 0-1."""

    def branch(self, new: Programme) -> Market:
        """Return a copy of this market that goes on under another programme."""

    def watch(self, watched: Watched) -> None:
        """Write down from now on what happens to those who are watched."""

    def outcome(self) -> Outcome:
        """Return the run so far in whole columns."""


def build(
    engine: str,
    *,
    partners: int,
    clients: int,
    seed: int,
    assumptions: Assumptions,
    incumbent: Programme,
    keep_ledger: bool = True,
    model: Model | None = None,
) -> Market:
    """Return a market before its first month; every engine gives the same results.

    Parameters
    ----------
    engine : "compiled" or "mesa".
    partners, clients : size of the pool.
    seed : keys all luck.
    assumptions : what is assumed about the world.
    incumbent : the programme in force.
    keep_ledger : keep every single commission.
    model : builds the market instead of `PartnerMarket`, on the Mesa engine.
    """
    kind: Any = model
    if model is None and engine == "mesa":
        from sim.engines.model import PartnerMarket

        kind = PartnerMarket
    elif model is None:
        from sim.engines.compiled.market import CompiledMarket

        kind = CompiledMarket
    market: Market = kind(
        partners=partners,
        clients=clients,
        seed=seed,
        assumptions=assumptions,
        incumbent=incumbent,
        keep_ledger=keep_ledger,
    )
    return market
