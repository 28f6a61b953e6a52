import pytest

from policies.contract import Credit
from policies.registry import load

SPLIT = load("split_reward")
TAIL = load("split_reward", {"originator_share": 0.3, "sunset_months": 24})


def test_winner_and_server_share_in_halves_by_default(drifted):
    assert SPLIT.credited(drifted()) == Credit(0.5, 0, 0.5, 0)


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 1.0])
def test_what_the_originator_does_not_get_goes_to_who_serves(drifted, part):
    credit = load("split_reward", {"originator_share": part}).credited(drifted())
    assert credit.originator == part
    assert credit.servicing_partner == 1 - part


@pytest.mark.parametrize("tenure", [0, 12, 120, 600])
def test_without_a_sunset_the_tail_never_ends(drifted, tenure):
    assert SPLIT.credited(drifted(tenure=tenure)).originator == 0.5


@pytest.mark.parametrize("tenure", [0, 22, 23])
def test_originator_earns_its_tail_before_sunset(drifted, tenure):
    assert TAIL.credited(drifted(tenure=tenure)) == Credit(0.3, 0, 0.7, 0)


@pytest.mark.parametrize("tenure", [24, 25, 120])
def test_originator_earns_nothing_after_sunset(drifted, tenure):
    assert TAIL.credited(drifted(tenure=tenure)) == Credit(0, 0, 1, 0)


def test_seller_who_serves_gets_both_parts(situation):
    credit = SPLIT.credited(situation())
    assert credit.originator + credit.servicing_partner == 1


@pytest.mark.parametrize("tenure", [0, 23, 24])
def test_part_for_serving_is_earned_by_work_alone(drifted, tenure):
    credit = TAIL.credited(drifted(tenure=tenure, is_serviced=False))
    assert credit.servicing_partner == 0
    assert credit.originator == (0.3 if tenure < 24 else 0)


def test_partner_of_record_earns_nothing_as_such(drifted):
    assert SPLIT.credited(drifted()).partner_of_record == 0


def test_record_never_moves_because_it_pays_nothing(drifted):
    assert not SPLIT.moves_record(drifted(client_asked=True, record_idle=120))
