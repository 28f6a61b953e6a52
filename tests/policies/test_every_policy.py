"""What every shipped policy owes its readers."""

import ast
import importlib
import inspect
import re
from dataclasses import FrozenInstanceError, replace

import pytest

from policies.contract import declared
from policies.registry import available, load
from sim.questions.decompose.ask import EQUAL
from tests.second_reading.settlement import READINGS
from tests.settled import CONTRACTS, SETTLED, waiting

POLICIES = available()
OWN = sorted({*POLICIES} - {"clauses"})
"""Policies that are one contract each."""
PAGE = 50
"""lines of a policy that a partner council will still read"""
TERMS = [(name, term) for name in POLICIES for term in declared(type(load(name).terms))]


def test_the_four_policies_of_the_debate_and_their_controls_are_shipped():
    assert {
        "first_sale_lock",
        "client_choice",
        "split_reward",
        "recurring_forty",
        "active_servicer",
        "inactivity_release",
        "no_reward",
    } == set(CONTRACTS)
    assert {*SETTLED} <= {*POLICIES}


@pytest.mark.parametrize("name", SETTLED)
def test_a_settled_policy_waits_for_nothing(name):
    assert waiting(name) == []


def test_what_a_policy_waits_for_is_told_a_line_each(monkeypatch):
    monkeypatch.delitem(READINGS, "no_reward")
    monkeypatch.delitem(EQUAL, "no_reward")
    reading, clauses = waiting("no_reward")
    assert reading.startswith("no_reward waits for a second reading")
    assert clauses.startswith("no_reward waits for the same contract in clauses")


@pytest.mark.parametrize("name", POLICIES)
def test_summary_is_one_readable_line(name):
    summary = load(name).summary
    assert 20 <= len(summary) <= 100
    assert summary.endswith(".")
    assert summary[0].isupper()


@pytest.mark.parametrize("name", OWN)
def test_policy_fits_on_a_page(name):
    assert len(load(name).source.splitlines()) <= PAGE


@pytest.mark.parametrize("name", POLICIES)
def test_rules_of_a_policy_fit_on_a_page_each(name):
    policy = load(name)
    for spoken in (policy.credit, policy.record_moves, policy.rate):
        source = inspect.getsource(getattr(spoken, "py_func", spoken)) if spoken else ""
        assert len(source.splitlines()) <= PAGE


@pytest.mark.parametrize("name", POLICIES)
def test_every_rule_says_what_it_does(name):
    policy = load(name)
    for spoken in (policy.credit, policy.record_moves, policy.rate):
        assert spoken is None or (spoken.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("name", SETTLED)
def test_policy_names_the_evidence_it_comes_from(name):
    spoken = importlib.import_module(f"policies.{name}").__doc__ or ""
    assert re.search(r"\bS[0-4]\b|evidence", spoken)
    assert len(spoken.strip().splitlines()) >= 3


@pytest.mark.parametrize("name", POLICIES)
def test_policy_imports_nothing_of_the_simulation(name):
    imports = [
        part
        for part in ast.walk(ast.parse(load(name).source))
        if isinstance(part, ast.Import | ast.ImportFrom)
    ]
    from_where = {getattr(part, "module", None) or part.names[0].name for part in imports}
    assert from_where <= {"typing", "policies.contract"}


@pytest.mark.parametrize(("name", "term"), TERMS)
def test_every_term_has_unit_range_and_source(name, term):
    declaration = declared(type(load(name).terms))[term]
    assert declaration.unit
    assert declaration.source
    assert declaration.meaning.endswith(".")
    assert declaration.low < declaration.high


@pytest.mark.parametrize(("name", "term"), TERMS)
def test_every_term_has_a_default_inside_its_range(name, term):
    terms = load(name).terms
    declaration = declared(type(terms))[term]
    assert declaration.low <= getattr(terms, term) <= declaration.high
    assert type(getattr(terms, term)) in (int, float, bool)


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_has_a_rate_and_counts_its_clauses(name):
    assert {"rate", "complexity"} <= set(load(name).terms._fields)


@pytest.mark.parametrize("name", POLICIES)
def test_terms_given_replace_the_defaults_and_no_others(name):
    assert load(name, {"rate": 0.123}).terms == load(name).terms._replace(rate=0.123)


def test_unknown_term_is_refused():
    with pytest.raises(TypeError, match="bounty"):
        load("client_choice", {"bounty": 1.0})


@pytest.mark.parametrize("name", ["", "contract", "compiler", "registry", "nonsense"])
def test_only_policies_can_be_loaded(name):
    with pytest.raises(KeyError):
        load(name)


def test_policy_cannot_be_changed_in_place():
    with pytest.raises(FrozenInstanceError):
        load("client_choice").name = "another"


def test_policy_without_rules_of_its_own_never_moves_the_record_and_pays_its_rate(situation):
    bare = replace(load("client_choice"), record_moves=None, rate=None)
    assert not bare.moves_record(situation(client_asked=True))
    assert bare.commission_rate(situation()) == bare.terms.rate


def test_policy_may_set_its_own_rate(situation):
    bounty = replace(
        load("client_choice"),
        rate=lambda terms, account: 0.5 if account.tenure == 0 else terms.rate,
    )
    assert bounty.commission_rate(situation(tenure=0)) == 0.5
    assert bounty.commission_rate(situation(tenure=1)) == bounty.terms.rate
