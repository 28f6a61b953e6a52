import pytest

from policies.contract import Credit
from policies.registry import load

FORTY = load("recurring_forty")


@pytest.mark.parametrize("tenure", [0, 1, 12, 120])
def test_forty_per_cent_of_every_payment(situation, tenure):
    assert FORTY.commission_rate(situation(tenure=tenure)) == 0.40


def test_one_rate_for_all_whoever_serves(situation, drifted):
    assert FORTY.commission_rate(drifted()) == FORTY.commission_rate(situation())


def test_rate_is_a_term_that_can_be_changed(situation):
    assert load("recurring_forty", {"rate": 0.35}).commission_rate(situation()) == 0.35


def test_partner_of_record_earns_the_whole_commission(drifted):
    assert FORTY.credited(drifted()) == Credit(0, 1, 0, 0)


def test_record_never_moves(drifted):
    assert not FORTY.moves_record(drifted(client_asked=True, record_idle=120))


def test_differs_from_the_lock_in_nothing_but_the_rate(situation, drifted):
    lock = load("first_sale_lock")
    for account in (situation(), drifted(), drifted(client_asked=True, has_record=False)):
        assert FORTY.credited(account) == lock.credited(account)
        assert FORTY.moves_record(account) == lock.moves_record(account)
    assert FORTY.terms._replace(rate=lock.terms.rate) == lock.terms
