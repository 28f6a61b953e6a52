import pytest

from policies.contract import Credit
from policies.registry import load

WHO_WORKS = load("active_servicer")


def test_who_worked_this_month_earns_the_whole_commission(situation):
    assert WHO_WORKS.credited(situation()) == Credit(0, 0, 1, 0)


def test_nobody_earns_in_a_month_without_work(situation):
    assert WHO_WORKS.credited(situation(is_serviced=False)) == Credit(0, 0, 0, 0)


@pytest.mark.parametrize("tenure", [0, 1, 120])
def test_originator_earns_nothing_for_the_sale_itself(drifted, tenure):
    assert WHO_WORKS.credited(drifted(tenure=tenure)).originator == 0


def test_partner_of_record_earns_nothing_for_the_record_itself(drifted):
    assert WHO_WORKS.credited(drifted()).partner_of_record == 0


@pytest.mark.parametrize("age", [0, 1, 120])
def test_newcomer_is_paid_as_much_as_an_old_hand(drifted, age):
    assert WHO_WORKS.credited(drifted(servicing_age=age)).servicing_partner == 1


def test_record_never_moves_because_it_pays_nothing(drifted):
    assert not WHO_WORKS.moves_record(drifted(client_asked=True, record_idle=120))
