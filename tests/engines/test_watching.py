"""Watching tells what happens and changes nothing; nothing watched costs nothing."""

import re
from dataclasses import replace

import numpy as np
import pytest

from policies import registry
from policies.contract import rule, share
from sim.engines.compiled.market import BOUND, rules_of
from sim.engines.events import WHAT, Cause, Watched
from sim.world.programme import programme
from tests.engines.test_same_bits import EVERYBODY, lived

OFTEN = {
    *("sale", "lead", "direct", "known", "found", "stopped", "compared", "courted", "rule"),
    *("prompted", "service", "own_will", "chance"),
}


def test_a_few_markets_show_every_event_and_most_causes():
    told, causes = set(), set()
    for seed in (1, 2, 3):
        events = lived("compiled", seed, programme("client_choice", registry=True)).chronicle.events
        told |= set(events["what"].tolist())
        causes |= {Cause._fields[cause] for cause in events["cause"].tolist()}
    assert told >= set(WHAT) - {WHAT.news}
    assert causes >= OFTEN


@pytest.mark.parametrize("engine", ["mesa", "compiled"])
def test_watching_changes_nothing(engine):
    watched, alone = (
        lived(engine, 2, programme("client_choice"), watched=who) for who in (EVERYBODY, None)
    )
    assert watched.digest() == alone.digest()
    assert not any(map(len, alone.chronicle))


@pytest.mark.parametrize("engine", ["mesa", "compiled"])
def test_only_the_watched_are_told_of_and_just_as_if_everybody_were(engine):
    few = Watched(np.arange(800) % 5 == 0, np.arange(40) == 7)
    studied = programme("client_choice")
    every, some = (lived(engine, 2, studied, watched=who).chronicle for who in (EVERYBODY, few))
    kept = few.accounts[every.events["account"]] & (every.events["account"] >= 0)
    kept |= (every.events["to"] == 7) | (every.events["former"] == 7)
    assert 0 < kept.sum() < len(kept)
    assert np.array_equal(every.events[kept], some.events)
    assert np.array_equal(every.facts[np.repeat(kept, every.events["facts"])], some.facts)
    assert np.array_equal(every.accounts[few.accounts[every.accounts["account"]]], some.accounts)
    ours = every.partners[every.partners["partner"] == 7]
    assert np.array_equal(ours, some.partners)


@pytest.mark.parametrize("is_watching", [False, True])
def test_compiled_months_that_watch_nobody_never_touch_the_pages(is_watching):
    """Nothing watched costs nothing: to the compiler, telling is not there."""
    studied = programme("uncached", uncached_policy(is_watching))
    lived("compiled", 1, studied, 0, 1, EVERYBODY if is_watching else None)
    months = BOUND[rules_of(studied.policy, watches=is_watching)]
    code = months.inspect_llvm(months.signatures[0])
    (whole,) = re.findall(r"^define [^\n]*%arg\.pages\.0\.0.*?^}", code, re.DOTALL | re.MULTILINE)
    head, body = whole.split("\n", 1)
    pages = re.findall(r"%arg\.pages\.[\d.]*", head)
    assert len(pages) > 20
    assert any(re.search(rf"{name}\b", body) for name in pages) == is_watching


def uncached_policy(number):
    """A policy that nobody compiled before, whose code can be looked into."""

    @rule
    def credit(terms, account):
        return share(partner_of_record=1.0)

    shipped = registry.load("first_sale_lock")
    return replace(shipped, name=f"uncached_{number}", credit=credit)
