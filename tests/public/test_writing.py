"""A policy written in Python, without a file."""

from typing import Annotated, NamedTuple

import pytest

import sim
from policies.contract import Rate, Term, rule, share
from sim.world.errors import BadInput


class Terms(NamedTuple):
    rate: Rate = 0.20
    tail: Annotated[int, Term("months", 0, 120, "A", "How long the sale is paid.")] = 24


@rule
def credit(terms, account):
    """Credit the originator in the first months, the servicing partner after."""
    if account.tenure < terms.tail:
        return share(originator=1.0)
    return share(servicing_partner=1.0)


@rule
def greedy(terms, account):
    """Give twice what there is."""
    return share(originator=1.0, servicing_partner=1.0)


def test_a_policy_can_be_written_and_compared():
    tail = sim.policy("tail", Terms(tail=12), credit)
    table = sim.compare(
        policies=["first_sale_lock", tail], years=2, seeds=2, partners=20, clients=200
    )
    rows = table.set_index(["programme", "indicator"])
    assert rows.loc[("tail", "dead_money"), "difference"] < 0


def test_a_check_tells_what_is_paid_in_ten_situations():
    table = sim.check(sim.policy("tail", Terms(), credit))
    assert len(table) == 10
    assert table.loc["the same, a year later", "originator"] == 20.0
    assert table.loc["the same, ten years later", "servicing_partner"] == 20.0
    assert table.attrs["units"]["originator"] == "RUB per 100 RUB invoiced"


def test_a_check_refuses_what_only_some_accounts_show():
    @rule
    def odd(terms, account):
        """Pay double on one payment in a thousand."""
        return share(originator=1.0 if account.tenure != 11 else 2.0)

    with pytest.raises(BadInput, match=r"answers for every account.*tenure = 11"):
        sim.check(sim.policy("odd", Terms(), odd))


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (("first_sale_lock", Terms(), credit), "not yet taken"),
        (("my rule", Terms(), credit), "my rule"),
        (("tail", Terms(tail=-1), credit), "tail: -1 is not a number from 0 to 120"),
        (("tail", Terms(), greedy), "at most 1"),
        (("tail", (), credit), "NamedTuple"),
    ],
)
def test_a_bad_policy_is_refused(ask, told):
    with pytest.raises(BadInput, match=told):
        sim.policy(*ask)


def test_a_story_can_be_told_as_text():
    trace = sim.explain(
        policies=["first_sale_lock", "client_choice"], partners=20, clients=200, years=2
    )
    whole, one = sim.narrate(trace), sim.narrate(trace, "client_choice")
    assert one.startswith("client_choice\n")
    assert one in whole
    assert "RUB" in whole
    with pytest.raises(BadInput, match="Did you mean 'client_choice'"):
        sim.narrate(trace, "client_choise")


def test_a_comparison_can_be_told_as_text():
    table = sim.compare(
        policies=["first_sale_lock", "no_reward"], years=1, seeds=3, partners=20, clients=200
    )
    told = sim.narrate(table)
    assert "Against first_sale_lock, the vendor's NPV is" in told
    with pytest.raises(BadInput, match="give what explain, compare, decompose"):
        sim.narrate(table.drop(columns="pairing_gain"))
