import pytest

from policies.contract import Credit
from policies.registry import load

RELEASE = load("inactivity_release", {"idle_months": 6})


def test_partner_of_record_earns_the_whole_commission(drifted):
    assert RELEASE.credited(drifted()) == Credit(0, 1, 0, 0)


@pytest.mark.parametrize(("idle", "moves"), [(0, False), (5, False), (6, True), (7, True)])
def test_record_is_released_in_the_sixth_idle_month_and_not_before(drifted, idle, moves):
    assert RELEASE.moves_record(drifted(record_idle=idle)) == moves


@pytest.mark.parametrize("months", [1, 12, 36])
def test_idle_months_are_a_term(drifted, months):
    release = load("inactivity_release", {"idle_months": months})
    assert not release.moves_record(drifted(record_idle=months - 1))
    assert release.moves_record(drifted(record_idle=months))


def test_record_stays_with_an_idle_partner_while_nobody_else_works(drifted):
    assert not RELEASE.moves_record(drifted(is_serviced=False, record_idle=120))


def test_idle_partner_of_record_is_still_paid_until_somebody_else_works(drifted):
    assert RELEASE.credited(drifted(is_serviced=False, record_idle=120)).partner_of_record == 1


def test_clients_request_does_not_move_the_record_of_a_working_partner(drifted):
    assert not RELEASE.moves_record(drifted(client_asked=True, record_idle=0))


def test_one_token_touch_starts_the_count_anew(drifted):
    assert not RELEASE.moves_record(drifted(record_idle=0, record_age=120))


def test_nobodys_record_goes_to_who_works(drifted):
    assert RELEASE.moves_record(drifted(has_record=False, record_idle=0))


def test_idleness_of_the_originator_does_not_matter(drifted):
    assert not RELEASE.moves_record(drifted(originator_idle=120, record_idle=0))


@pytest.mark.parametrize("is_orphaned", [False, True])
@pytest.mark.parametrize("orphans", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_client_on_nobodys_name_is_released_where_release_reaches_it(
    drifted, is_orphaned, orphans, own
):
    release = load("inactivity_release", {"reaches_orphans": orphans, "reaches_own": own})
    vacant = drifted(has_record=False, record_idle=9999, is_orphaned=is_orphaned)
    assert release.moves_record(vacant) == (orphans if is_orphaned else own)
