"""Worlds for the laws to hold in, and how two outcomes are compared: to the last bit."""

import importlib.util
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings

from policies.registry import Policy, from_module, load
from sim.engines.model import PartnerMarket
from sim.engines.outcome import Month, Outcome, Tenure
from sim.world.assumptions import Assumptions

settings.register_profile("laws", deadline=None, max_examples=60)
settings.load_profile("laws")

BUSY = Assumptions(
    in_market=0.1,
    founders=0.8,
    entry=0.05,
    exit=0.02,
    dormancy=0.04,
    revival=0.05,
    attention=0.04,
    poaching=0.08,
    asking=0.3,
    lapse=0.03,
    ritual=0.3,
    upsell_rate=0.008,
    dispute=0.5,
    record_error=0.05,
    return_months=3,
)
"""A world, within the declared ranges, in which whatever is rare happens often."""


def live(market: PartnerMarket, months: int) -> PartnerMarket:
    """Return the market so many months later."""
    for _ in range(months):
        market.step()
    return market


def found(
    policy: str | Policy = "first_sale_lock",
    seed: int = 1,
    months: int = 24,
    **more: object,
) -> PartnerMarket:
    """Return a small busy market some months after its founding."""
    given = {"partners": 30, "clients": 300, "assumptions": BUSY, **more}
    return live(PartnerMarket(policy=policy, seed=seed, **given), months)


def columns(outcome: Outcome) -> dict[str, np.ndarray]:
    """Return every column of an outcome by name; the ledger sorted by month, account and role."""
    order = np.lexsort([outcome.ledger[name] for name in ("role", "account", "month")])
    tables = {
        "months": dict(zip(Month._fields, outcome.months.T, strict=True)),
        "tenures": dict(zip(Tenure._fields, outcome.tenures.T, strict=True)),
        "partners": outcome.partners,
        "accounts": outcome.accounts,
        "ledger": {name: column[order] for name, column in outcome.ledger.items()},
    }
    return {f"{table}.{name}": tables[table][name] for table in tables for name in tables[table]}


def differing(one: PartnerMarket, other: PartnerMarket) -> set[str]:
    """Return the names of the columns in which two markets differ, were it by one bit."""
    here, there = columns(one.outcome()), columns(other.outcome())
    return {
        name
        for name in here
        if here[name].dtype != there[name].dtype or not np.array_equal(here[name], there[name])
    }


@pytest.fixture(scope="session")
def market() -> Callable[..., PartnerMarket]:
    """Found a small busy market: ``market(policy, seed, months)``."""
    return found


@pytest.fixture(scope="session")
def later() -> Callable[[PartnerMarket, int], PartnerMarket]:
    """Let a market live on: ``later(market, months)``."""
    return live


@pytest.fixture(scope="session")
def difference() -> Callable[[PartnerMarket, PartnerMarket], set[str]]:
    """Compare two markets: ``difference(one, other)`` names the columns that differ."""
    return differing


@pytest.fixture
def renamed(tmp_path) -> Callable[[str, str], Policy]:
    """Copy a shipped policy into a user's own file: ``renamed("client_choice", "my_rule")``."""

    def copied(shipped: str, name: str) -> Policy:
        path = tmp_path / f"{name}.py"
        path.write_text(load(shipped).source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return from_module(module)

    return copied
