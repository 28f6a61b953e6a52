"""The ODD describes what is built: facts, state variables, assumptions, policies, markets."""

import re
from pathlib import Path

import mesa
import pytest

from policies import registry
from policies.contract import Account
from sim import PartnerMarket
from sim.engines.outcome import Month
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.departures import catalogue

DOCS = Path(__file__).parents[2] / "docs"
ODD = (DOCS / "odd.md").read_text(encoding="utf-8")
FLOWING = " ".join(ODD.split())
NUMBER = r"\d[\d ]*(?:\.\d+)?"
TAG = re.compile(r"\b(?:S[0-4]|[AFK])\b|§[\d.]*\d")


@pytest.fixture(scope="module")
def market():
    market = PartnerMarket(partners=20, clients=200, policy="client_choice", seed=7)
    market.advance(24)
    return market


def tables_after(mark: str) -> list[list[str]]:
    """Return the rows of the first table after a mark, without its head."""
    lines = ODD.partition(mark)[2].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("| ---")) + 1
    end = next(place for place in range(start, len(lines)) if not lines[place].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]


def number(told: str) -> float:
    """Return a number that the ODD tells."""
    return float(told.replace(" ", ""))


def spelled(value: float) -> str:
    """Return a number as the ODD writes it."""
    return f"{value:,}".replace(",", " ").removesuffix(".0")


@pytest.mark.parametrize("told", catalogue(), ids=lambda told: told["name"])
def test_every_assumption_stands_with_its_default_and_source(told):
    found = re.findall(rf"`{told['name']}` ({NUMBER})(?: [a-z]+)* \[(.+?)\]", FLOWING)
    assert [number(value) for value, _ in found] == [told["value"]] * max(len(found), 1)
    assert {tag for _, tags in found for tag in TAG.findall(tags)} == set(
        TAG.findall(told["source"])
    )


def test_no_assumption_stands_with_another_value():
    defaults = Assumptions()._asdict()
    per_market = ODD.partition("| `messenger` |")[2].partition("\n")[0]
    others = [
        (name, value)
        for name, value in re.findall(rf"`(\w+)` ({NUMBER})", FLOWING)
        if name in defaults
        and number(value) != defaults[name]
        and f"`{name}` {value.strip()}" not in per_market
    ]
    assert others == []


def test_every_fact_that_a_policy_sees_is_named():
    chapter = ODD.partition("### 7.1")[2].partition("### 7.2")[0]
    assert [fact for fact in Account._fields if f"`{fact}`" not in chapter] == []
    assert f"sees {len(Account._fields)} facts" in FLOWING


def test_the_facts_of_a_month_are_counted():
    assert f"{len(Month._fields)} whole-number facts" in FLOWING


@pytest.mark.parametrize(
    ("mark", "agents"),
    [
        ("**Client account** (", "clients"),
        ("**Partner** (", "partners"),
        ("**Vendor** (", "vendor"),
    ],
)
def test_the_state_variables_are_those_of_the_agents(market, mark, agents):
    told = set()
    for variable, _, meaning in tables_after(mark):
        named = re.findall(r"`(\w+)`", variable)
        told |= set(named or re.findall(r"`(\w+)`", meaning))
    them = [market.vendor] if agents == "vendor" else getattr(market, agents)
    built = set().union(*(vars(one) for one in them)) - set(vars(mesa.Agent(market)))
    assert told == built


def test_the_policies_stand_with_their_rates_and_complexity():
    rows = {row[0].strip("`"): row for row in tables_after("### 7.1")}
    assert set(rows) == set(registry.available()) - {"clauses"}
    for name, row in rows.items():
        terms = registry.load(name).terms
        assert float(row[3]) == getattr(terms, "rate", 0.0), name
        assert float(row[4]) == getattr(terms, "complexity", 0.0), name
        for term, value in re.findall(r"`(\w+)` ([\d.]+)", " ".join(row)):
            assert float(value) == getattr(terms, term), (name, term)


def test_the_markets_stand_with_their_sizes_and_assumptions():
    rows = {re.search(r"`(\w+)`", row[0])[1]: row for row in tables_after("**Scales.**")}
    folder = scenario.scenario_folder() / "markets"
    assert set(rows) == {path.stem for path in folder.glob("*.toml")}
    for name, row in rows.items():
        loaded = scenario.load("four-policies", market=name)
        assert (row[1], row[2]) == (spelled(loaded.partners), spelled(loaded.clients))
        differs = {
            assumption: value
            for assumption, value in loaded.assumptions._asdict().items()
            if value != getattr(Assumptions(), assumption)
        }
        told = re.findall(rf"`(\w+)` ({NUMBER})", row[3])
        assert {assumption: number(value) for assumption, value in told} == differs


def test_the_summary_counts_the_assumptions():
    text = (DOCS / "odd-summary.md").read_text(encoding="utf-8")
    assert f"[{len(Assumptions._fields)} assumptions]" in text
    assert len(text.splitlines()) <= 60
