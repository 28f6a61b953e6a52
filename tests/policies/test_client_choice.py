import pytest

from policies.contract import Credit
from policies.registry import load

CHOICE = load("client_choice")
PROTECTED = load("client_choice", {"protection_months": 6})


def test_partner_of_record_earns_the_whole_commission(drifted):
    assert CHOICE.credited(drifted()) == Credit(0, 1, 0, 0)


def test_record_moves_when_the_client_asks(drifted):
    assert CHOICE.moves_record(drifted(client_asked=True))


def test_record_stays_as_long_as_the_client_does_not_ask(drifted):
    assert not CHOICE.moves_record(drifted(record_idle=120, record_age=120))


def test_client_may_choose_again_in_the_same_month(drifted):
    assert CHOICE.moves_record(drifted(client_asked=True, record_age=0))


@pytest.mark.parametrize(("age", "moves"), [(0, False), (5, False), (6, True), (7, True)])
def test_protection_holds_to_its_last_month_and_no_longer(drifted, age, moves):
    assert PROTECTED.moves_record(drifted(client_asked=True, record_age=age)) == moves


def test_protection_keeps_an_idle_partner_too(drifted):
    assert not PROTECTED.moves_record(drifted(client_asked=True, record_age=3, record_idle=3))


def test_nobodys_record_is_not_protected(drifted):
    assert PROTECTED.moves_record(drifted(client_asked=True, has_record=False, record_age=0))


def test_nobodys_record_waits_for_the_client_to_ask(drifted):
    assert not CHOICE.moves_record(drifted(has_record=False))


def test_protection_changes_nothing_about_who_is_paid(drifted):
    assert PROTECTED.credited(drifted(record_age=1)) == CHOICE.credited(drifted(record_age=1))


# --- whom choice reaches -------------------------------------------------------------------------

VACANT = {"client_asked": True, "has_record": False, "record_age": 9999, "record_idle": 9999}


@pytest.mark.parametrize("is_orphaned", [False, True])
@pytest.mark.parametrize("orphans", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_client_on_nobodys_name_may_choose_where_choice_reaches_it(
    drifted, is_orphaned, orphans, own
):
    choice = load("client_choice", {"reaches_orphans": orphans, "reaches_own": own})
    moves = choice.moves_record(drifted(**VACANT, is_orphaned=is_orphaned))
    assert moves == (orphans if is_orphaned else own)


def test_client_recorded_on_a_partner_may_always_choose(drifted):
    choice = load("client_choice", {"reaches_orphans": False, "reaches_own": False})
    assert choice.moves_record(drifted(client_asked=True))
