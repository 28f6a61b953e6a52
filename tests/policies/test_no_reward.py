import pytest

from policies.contract import Credit
from policies.registry import load

NOTHING = load("no_reward")


@pytest.mark.parametrize("facts", [{}, {"tenure": 0}, {"client_asked": True}])
def test_nobody_earns_anything(situation, facts):
    assert NOTHING.credited(situation(**facts)) == Credit(0, 0, 0, 0)


def test_even_a_positive_rate_pays_nobody(situation):
    generous = load("no_reward", {"rate": 0.40})
    assert sum(generous.credited(situation())) * generous.commission_rate(situation()) == 0


def test_rate_is_nothing_by_default(situation):
    assert NOTHING.commission_rate(situation()) == 0


def test_record_never_moves(drifted):
    assert not NOTHING.moves_record(drifted(client_asked=True, record_idle=120))
