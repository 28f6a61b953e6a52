"""What the engines are measured against does the same month, and the measuring runs."""

import numpy as np
import pytest

from benchmarks.__main__ import PARTS, table
from benchmarks.measure import Figure, in_turn, ratio
from benchmarks.numpy_month import EXACT, NumpyMarket
from benchmarks.plain_mesa import PlainMarket
from sim.engines.build import build
from sim.engines.outcome import Month
from sim.world.assumptions import Assumptions
from sim.world.programme import programme

BUSY = Assumptions(
    in_market=0.1, founders=0.8, entry=0.05, exit=0.02, dormancy=0.04, revival=0.05,
    attention=0.04, poaching=0.08, lapse=0.03, ritual=0.3, upsell_rate=0.008, record_error=0.05,
    return_months=3,
)  # fmt: skip


def given(seed=1, assumptions=BUSY, policy="first_sale_lock", **terms):
    return {
        "partners": 40,
        "clients": 500,
        "seed": seed,
        "assumptions": assumptions,
        "incumbent": programme(policy, **terms),
        "keep_ledger": False,
    }


CONDUCT = {"payout_days": 90, "payout_threshold": 5_000, "registry": True, "care": 0.8}


@pytest.mark.parametrize("terms", [{}, {"rate": 0.05, "lead_share": 0.5, **CONDUCT}])
@pytest.mark.parametrize("assumptions", [Assumptions(), BUSY])
def test_numpy_columns_come_to_the_same_bits(assumptions, terms):
    about = given(assumptions=assumptions, **terms)
    columns, engine = NumpyMarket(**about, functions=EXACT), build("compiled", **about)
    columns.advance(36)
    engine.advance(36)
    outcome = engine.outcome()
    assert np.array_equal(np.array(columns.history), outcome.months[1:])
    assert np.array_equal(columns.tenures[: len(outcome.tenures)], outcome.tenures)
    for name, column in outcome.accounts.items():
        assert np.array_equal(getattr(columns.c, name), column), name


def test_numpys_own_functions_change_no_result_by_more_than_rounding():
    exact, fast = NumpyMarket(**given(), functions=EXACT), NumpyMarket(**given())
    exact.advance(24)
    fast.advance(24)
    assert np.allclose(np.array(fast.history), np.array(exact.history), rtol=1e-6, atol=1)


@pytest.mark.parametrize(
    "fact", ["clients", "mrr", "serviced_clients", "churned_clients", "commission", "members"]
)
def test_an_ordinary_mesa_model_lives_much_the_same(fact, lives):
    plain, engine = lives
    assert plain[fact] == pytest.approx(engine[fact], rel=0.15)


@pytest.fixture(scope="module")
def lives():
    """Facts summed over months and seeds, of plain Mesa and of the compiled engine."""
    sums = []
    for kind in ("plain", "compiled"):
        total = dict.fromkeys(Month._fields, 0.0)
        for seed in range(1, 7):
            about = given(seed=seed)
            market = PlainMarket(**about) if kind == "plain" else build("compiled", **about)
            market.advance(24)
            if kind == "plain":
                months = market.datacollector.get_model_vars_dataframe().sum()
            else:
                months = dict(zip(Month._fields, market.outcome().months[1:].sum(0), strict=True))
            for name in set(total) & set(months.keys()):
                total[name] += months[name]
        sums.append(total)
    return sums


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"command", "memory"}))
def test_every_part_measures_something(part):
    figures = PARTS[part](True)
    assert figures
    assert all(np.isfinite(figure.value) for figure in figures)
    assert all(figure.what in table({part: figures}) for figure in figures)


def test_a_missed_target_is_said():
    missed, met = Figure("a", 3.0, "times", ">= 4"), Figure("b", 3.0, "GB", "<= 4")
    assert not missed.is_met
    assert met.is_met
    assert table({"part": [missed, met]}).count("missed") == 1


def test_candidates_take_turns():
    called = []
    found = in_turn({"a": lambda: called.append("a"), "b": lambda: called.append("b")}, rounds=2)
    assert called == ["a", "b", "a", "b"]
    assert {name: len(times) for name, times in found.items()} == {"a": 2, "b": 2}


def test_ratios_are_of_the_same_round():
    assert ratio([10.0, 40.0, 90.0], [5.0, 10.0, 30.0]) == 3.0
