import pytest

from policies.contract import Credit
from policies.registry import load

LOCK = load("first_sale_lock")


def test_partner_of_record_earns_the_whole_commission(situation):
    assert LOCK.credited(situation()) == Credit(0, 1, 0, 0)


def test_partner_of_record_earns_ten_years_after_its_last_work(drifted):
    assert LOCK.credited(drifted(tenure=120, record_idle=120)).partner_of_record == 1


def test_servicing_partner_earns_nothing_for_another_partners_client(drifted):
    credit = LOCK.credited(drifted())
    assert credit.servicing_partner == 0
    assert credit.upseller == 0


def test_partner_of_record_is_paid_though_nobody_services(drifted):
    assert LOCK.credited(drifted(is_serviced=False)).partner_of_record == 1


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("idle", [0, 120])
def test_record_never_moves(drifted, asked, idle):
    assert not LOCK.moves_record(drifted(client_asked=asked, record_idle=idle))


def test_even_an_empty_record_is_not_filled_by_who_serves(drifted):
    assert not LOCK.moves_record(drifted(has_record=False, client_asked=True))


@pytest.mark.parametrize("tenure", [0, 1, 12, 120])
def test_rate_is_the_same_in_every_month(situation, tenure):
    assert LOCK.commission_rate(situation(tenure=tenure)) == LOCK.terms.rate
