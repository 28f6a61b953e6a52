"""Choose the engine that simulates a market: the compiled one, or the legible Mesa model."""

from __future__ import annotations

from typing import Any, Protocol

from sim.engines.outcome import Outcome
from sim.world.assumptions import Assumptions
from sim.world.programme import Programme

ENGINES = ("auto", "compiled", "mesa")


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
) -> Market:
    """Return a market before its first month; every engine gives the same results.

    Parameters
    ----------
    engine : "compiled", "mesa", or "auto" for the compiled one.
    partners, clients : size of the pool.
    seed : keys all luck.
    assumptions : what is assumed about the world.
    incumbent : the programme in force.
    keep_ledger : keep every single commission.
    """
    kind: Any
    if engine == "mesa":
        from sim.engines.model import PartnerMarket

        kind = PartnerMarket
    else:
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
