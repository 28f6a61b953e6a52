"""A rule that could remember something between two calls is refused when it is read."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest

import sim
from policies.contract import Rate, rule, share
from sim.study.user_policy.memory import remembering
from sim.world.errors import BadInput

SEEN: list[int] = []
HELD = {1: 0.5}
STEPS = np.array([0.25, 0.5])
LADDER = [0.25, 0.5]
NESTED = [[0.25, 0.5], [1.0]]
COUNT = itertools.count()
FIXED = (0.25, 0.5)


class Terms(NamedTuple):
    rate: Rate = 0.2


class Box:
    seen: list[int] = []  # noqa: RUF012 - the fault under test

    def hit(self):
        """Count a call."""
        self.hits = 1


BOX = Box()


def noting():
    SEEN.append(1)
    return 1.0


def counting():
    calls = 0
    names = []

    def binds(terms, account):
        nonlocal calls
        calls += 1
        return share()

    def appends(terms, account):
        names.append(1)
        return share()

    return binds, appends


def binds_a_global(terms, account):
    global CALLS
    CALLS = 1
    return share()


def appends(terms, account):
    SEEN.append(1)
    return share()


def appends_under_another_name(terms, account):
    mine = SEEN
    mine += [1]
    return share()


def appends_in_a_comprehension(terms, account):
    return share(len([SEEN.append(n) for n in range(2)]))


def appends_inside(terms, account):
    NESTED[0].append(1)
    return share()


def appends_to_its_default(terms, account, seen=[]):  # noqa: B006 - the fault under test
    seen.append(1)
    return share()


def asks_who_appends(terms, account):
    return share(noting())


def sets_a_key(terms, account):
    HELD[2] = 1.0
    return share()


@rule
def sets_a_place(terms, account):
    STEPS[0] += 0.1
    return share()


def sets_an_attribute(terms, account):
    sets_an_attribute.calls = 1
    return share()


def calls_a_method(terms, account):
    BOX.hit()
    return share()


def appends_to_a_class(terms, account):
    Box.seen.append(1)
    return share()


def counts(terms, account):
    return share(next(COUNT))


BINDS, APPENDS = counting()
REMEMBERING = {
    binds_a_global: "CALLS",
    appends: "SEEN",
    appends_under_another_name: "SEEN",
    appends_in_a_comprehension: "SEEN",
    appends_inside: "NESTED",
    appends_to_its_default: "seen",
    asks_who_appends: "SEEN",
    sets_a_key: "HELD",
    sets_a_place: "STEPS",
    sets_an_attribute: "calls",
    calls_a_method: "BOX",
    appends_to_a_class: "Box",
    counts: "COUNT",
    BINDS: "calls",
    APPENDS: "names",
}


def looks(terms, account):
    place = min(account.tenure, 1)
    return share((LADDER[place] + FIXED[place] + HELD.get(3, 0.0) + max(LADDER)) / 4.0)


def looks_deep(terms, account):
    return share(NESTED[0][1] if account.tenure in HELD else len(NESTED) / 2.0)


def changes_its_own(terms, account):
    mine = [0.5]
    mine.append(0.25)
    mine[0] += 0.25
    return share(mine[0])


@rule
def half(account):
    return STEPS[1]


@rule
def asks_who_looks(terms, account):
    return share(half(account))


@pytest.mark.parametrize("credit", REMEMBERING)
def test_what_could_remember_is_refused_and_named(credit):
    with pytest.raises(BadInput, match=rf"line \d+: .*{REMEMBERING[credit]}.*remembers nothing"):
        sim.policy("forgetful", Terms(), credit)


def test_nothing_was_remembered_by_refusing():
    assert SEEN == []
    assert not hasattr(sets_an_attribute, "calls")


@pytest.mark.parametrize("credit", [looks, looks_deep, changes_its_own, asks_who_looks])
def test_what_only_looks_is_taken(credit):
    assert remembering([credit]) == ""
    assert sim.policy("looking", Terms(), credit).name == "looking"


def test_objection_may_not_remember_either():
    def objection(terms):
        SEEN.append(1)
        return ""

    with pytest.raises(BadInput, match="objection: line"):
        sim.policy("forgetful", Terms(), looks, objection=objection)
