"""The markets that are timed: the default scenario's, at its own size or another."""

from typing import Any

from benchmarks.numpy_month import NumpyMarket
from benchmarks.plain_mesa import PlainMarket
from sim.engines.build import build
from sim.world import scenario
from sim.world.programme import programme

USUAL = scenario.load()
KINDS: dict[str, Any] = {"numpy": NumpyMarket, "plain Mesa": PlainMarket}


def market(
    kind: str, policy: str = "first_sale_lock", seed: int = 1, accounts: int = 0, months: int = 0
) -> Any:
    """Return a market some months after its founding.

    Parameters
    ----------
    kind : "compiled", "mesa", "numpy" or "plain Mesa".
    accounts : size of the pool, with a twentieth as many partners; 0 for the scenario's own.
    """
    given = {
        "partners": accounts // 20 or USUAL.partners,
        "clients": accounts or USUAL.clients,
        "seed": seed,
        "assumptions": USUAL.assumptions,
        "incumbent": programme(policy),
        "keep_ledger": False,
    }
    found = KINDS[kind](**given) if kind in KINDS else build(kind, **given)
    if months:
        found.advance(months)
    return found


def grown(kind: str, quick: bool, **more: Any) -> Any:
    """Return a market at the month in which a programme is decided on, or a very young one."""
    return market(kind, months=6 if quick else USUAL.burn_in_months, **more)


def client_months(found: Any, months: int) -> int:
    """Return the client-months of a market's last months."""
    return int(found.outcome().months[-months:, 1].sum())
