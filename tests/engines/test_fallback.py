"""What does not compile runs on the Mesa engine: told once, and with the same results."""

import warnings
from dataclasses import replace
from typing import NamedTuple

import numba
import pytest

from policies import first_sale_lock
from policies.compiler import compiled
from policies.contract import Rate, rule, share
from policies.registry import load
from sim import PartnerMarket, compare, simulate
from sim.engines.build import settle, why_no_months
from sim.engines.compiled import market as engine
from sim.world import scenario
from sim.world.errors import BadInput
from sim.world.programme import programme

SMALL = {"years": 1, "partners": 20, "clients": 200}


class Terms(NamedTuple):
    rate: Rate = 0.2


@rule
def credit_that_does_not_compile(terms, account):
    kinds = {"a": [1, "x"]}
    return share(partner_of_record=1.0 if kinds else 0.0)


def credit_that_is_not_marked(terms, account):
    return share(partner_of_record=1.0)


class Own(PartnerMarket):
    """Agents of one's own, which happen to do nothing else."""


def lock_as(name, credit):
    """A first-sale lock whose credit is written otherwise."""
    return replace(load("first_sale_lock"), name=name, terms=Terms(), credit=credit, source="")


UNCOMPILABLE = lock_as("uncompilable", credit_that_does_not_compile)
UNMARKED = lock_as("unmarked", credit_that_is_not_marked)
LOCK = load("first_sale_lock")
FALLBACKS = {
    "credit does not compile": (UNCOMPILABLE, None),
    "credit is not marked with @rule": (UNMARKED, None),
    "agents of one's own": (LOCK, Own),
}


def asked(policy):
    """A small comparison of a policy with client choice."""
    return scenario.load()._replace(
        programmes=(programme("asked", policy), programme("client_choice")),
        baseline="asked",
        partners=20,
        clients=200,
        seeds=2,
        years=1,
        burn_in_months=12,
    )


@pytest.fixture(params=FALLBACKS)
def fallback(request):
    return request.param, *FALLBACKS[request.param]


def test_what_compiles_runs_compiled_without_a_word():
    settled = settle("auto", asked(LOCK))
    assert (settled.engine, settled.note) == ("compiled", "")


def test_what_does_not_compile_runs_on_mesa_and_the_note_says_why(fallback):
    why, policy, model = fallback
    settled = settle("auto", asked(policy), model)
    assert settled.engine == "mesa"
    assert why in settled.note
    assert "\n" not in settled.note


def test_note_names_the_policy():
    assert "policy unmarked:" in settle("auto", asked(UNMARKED)).note


def test_who_asks_for_mesa_needs_no_note(fallback):
    _, policy, model = fallback
    settled = settle("mesa", asked(policy), model)
    assert (settled.engine, settled.note) == ("mesa", "")


def test_who_insists_on_compiling_is_refused(fallback):
    why, policy, model = fallback
    with pytest.raises(BadInput, match=why):
        settle("compiled", asked(policy), model)
    with pytest.raises(BadInput, match=why):
        compare(asked(policy), model=model, engine="compiled")


def test_fallback_gives_the_same_run_and_one_note(fallback):
    why, policy, model = fallback
    usual = simulate(policy="first_sale_lock", seed=5, burn_in=12, **SMALL)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        ours = simulate(policy=policy, model=model, seed=5, burn_in=12, **SMALL)
    assert len([note for note in told if "Mesa engine" in str(note.message)]) == 1
    assert why in str(told[0].message)
    assert ours.summary["commission"] > 0
    for table in ("months", "partners", "accounts", "ledger"):
        assert getattr(ours, table).equals(getattr(usual, table)), table


def test_fallback_compares_the_same(fallback):
    _, policy, model = fallback
    with pytest.warns(UserWarning, match="Mesa engine") as told:
        ours = compare(asked(policy), model=model, at_once=1)
    assert len(told) == 1
    assert ours["difference"].abs().max() > 0
    assert ours.equals(compare(asked(LOCK)))


# --- a compiler that fails at the months themselves ------------------------------------------


@pytest.fixture
def unfit_compiler(monkeypatch):
    """A compiler that has never met one of the things that months are made of."""

    def afresh(function, **options):
        return compiled(function, **{**options, "is_cached": False})

    monkeypatch.setattr(engine, "keys_of", object())
    monkeypatch.setattr(engine, "compiled", afresh)
    monkeypatch.setattr(engine, "BOUND", {})
    why_no_months.cache_clear()
    yield
    why_no_months.cache_clear()


@pytest.mark.usefixtures("unfit_compiler")
def test_months_that_do_not_compile_are_lived_on_mesa_and_a_line_says_what_to_do():
    with pytest.warns(UserWarning, match="Mesa engine") as told:
        ours = simulate(policy="first_sale_lock", seed=5, burn_in=12, **SMALL)
    line = str(told[0].message)
    assert len(told) == 1
    assert "\n" not in line
    assert "does not compile the months of a market" in line
    assert "install partnersim anew" in line
    assert "policy" not in line
    mesa = simulate(policy="first_sale_lock", seed=5, burn_in=12, engine="mesa", **SMALL)
    assert ours.ledger.equals(mesa.ledger)


@pytest.mark.usefixtures("unfit_compiler")
def test_who_insists_on_months_that_do_not_compile_is_refused():
    with pytest.raises(BadInput, match="does not compile the months of a market"):
        simulate(policy="first_sale_lock", engine="compiled", **SMALL)


@pytest.mark.usefixtures("unfit_compiler")
def test_policy_that_does_not_compile_is_named_first():
    assert "policy uncompilable" in settle("auto", asked(UNCOMPILABLE)).note


@pytest.mark.parametrize("engine", ["auto", "compiled", "mesa"])
def test_compiler_that_compiles_nothing_is_told_in_a_line_that_says_what_to_do(monkeypatch, engine):
    unfit = numba.njit(_unheard_of=True)(first_sale_lock.credit.py_func)
    monkeypatch.setattr(first_sale_lock, "credit", unfit)
    with pytest.raises(BadInput) as told:
        simulate(policy="client_choice", engine=engine, **SMALL)
    assert "\n" not in str(told.value)
    assert f"numba {numba.__version__} does not work here" in str(told.value)
    assert "NUMBA_DISABLE_JIT=1" in str(told.value)
