"""What agents do to each other in a market, and what a policy gets to see of it."""

from dataclasses import replace

import pytest

from policies.contract import Account
from policies.registry import load
from sim.engines.model import PartnerMarket
from sim.engines.outcome import ACTIVE, CLIENT, LEFT, LOST, PROSPECT
from sim.world.assumptions import Assumptions
from sim.world.programme import programme
from sim.world.units import MICRO, NEVER

BUSY = Assumptions(
    in_market=0.1,
    founders=0.8,
    exit=0.02,
    attention=0.04,
    poaching=0.08,
    asking=0.3,
    lapse=0.03,
    record_error=0.05,
    ritual=0.3,
    return_months=3,
)
"""A world, within the declared ranges, in which whatever is rare happens often."""


def founded(policy="client_choice", seed=5, **more):
    """A small busy market before its first month."""
    given = {"partners": 30, "clients": 300, "assumptions": BUSY, **more}
    return PartnerMarket(policy=policy, seed=seed, **given)


def months_of(market, months=36):
    """Let a market live, month by month."""
    for _ in range(months):
        market.step()
        yield market.month


# --- what a policy sees ----------------------------------------------------------------------


def noting(rule, shown):
    """A rule that notes every account it is shown."""

    def noted(terms, account):
        shown.append(account)
        return rule(terms, account)

    return noted


def shown_to(name):
    """Every account that a policy is shown in three years of a market."""
    policy, shown = load(name), []
    market = founded(
        replace(
            policy,
            credit=noting(policy.credit, shown),
            record_moves=noting(policy.record_moves, shown),
        )
    )
    shown.clear()  # what partners imagined when they read the contract
    list(months_of(market))
    return shown


@pytest.fixture(scope="module")
def seen():
    return [*shown_to("client_choice"), *shown_to("inactivity_release")]


def test_policy_sees_whole_months_and_plain_claims(seen):
    assert len(seen) > 10_000
    for account in seen:
        assert isinstance(account, Account)
        for fact, value in account._asdict().items():
            assert type(value) is Account.__annotations__[fact]
            assert 0 <= value <= NEVER


def test_policy_sees_no_record_as_one_that_never_was(seen):
    missing = [account for account in seen if not account.has_record]
    assert missing
    for account in missing:
        assert not account.record_serves
        assert account.record_idle == account.record_age == NEVER


def test_policy_sees_who_works_as_not_idle(seen):
    for account in seen:
        if account.is_serviced and account.record_serves:
            assert account.record_idle == 0
        if account.is_serviced and account.originator_serves:
            assert account.originator_idle == 0


def test_policy_sees_no_record_older_than_the_account(seen):
    for account in seen:
        assert not account.has_record or account.record_idle <= account.record_age
        assert not account.has_record or account.record_age <= account.tenure
        assert account.servicing_age in range(account.tenure + 1) or account.servicing_age == NEVER


def test_policy_sees_every_kind_of_mismatch(seen):
    """Originator, partner of record and servicing partner come apart by themselves."""
    kinds = {(account.originator_serves, account.record_serves) for account in seen}
    assert len(kinds) == 4


def test_policy_sees_a_request_only_in_the_month_it_is_made():
    """With nobody to ask and nobody courting, last month's request is over."""
    market = founded()
    list(months_of(market, 12))
    asked = [client for client in market.customers if client.client_asked]
    assert asked
    market.assumptions = BUSY._replace(asking=0.0, poaching=0.0)
    market.step()
    assert not any(client.client_asked for client in market.customers)


# --- clients ---------------------------------------------------------------------------------


def test_prospects_and_lost_clients_have_no_partners():
    market = founded()
    for _ in months_of(market):
        for client in market.clients:
            if client.status != CLIENT:
                assert client.originator is client.partner_of_record is None
                assert client.servicing_partner is client.upseller is None


def test_lost_client_stays_away_for_the_agreed_months_and_may_come_back():
    market = founded()
    gone, returned = {}, []
    for month in months_of(market):
        for client in market.clients:
            if client.status == LOST:
                gone.setdefault(client.index, month)
            elif client.status == CLIENT and client.index in gone:
                returned.append(month - gone.pop(client.index))
    assert returned
    assert min(returned) >= BUSY.return_months


def test_nobody_churns_in_the_month_of_its_first_payment():
    market = founded(seed=6)
    for month in months_of(market, 24):
        new = [client for client in market.clients if client.won_month == month]
        assert all(client.status == CLIENT for client in new)
        assert all(client.status != PROSPECT or client.won_month == -1 for client in market.clients)


def test_clients_hire_helpers_whatever_the_lock_says():
    market = founded("first_sale_lock")
    list(months_of(market))
    helped = [client for client in market.customers if client.servicing_partner is not None]
    others = [client for client in helped if client.servicing_partner is not client.originator]
    assert len(others) > 0.1 * len(helped) > 0
    assert market.tally["mismatched_clients"] > 0
    assert all(client.partner_of_record in (None, client.originator) for client in market.customers)


def test_missing_record_is_corrected_sooner_or_later():
    """S1: a missing promo code is always corrected in the partner's favour."""
    market = founded("first_sale_lock", assumptions=BUSY._replace(correction=1.0))
    for month in months_of(market):
        for client in market.customers:
            if client.originator is not None and client.won_month < month:
                assert client.partner_of_record is client.originator


# --- partners --------------------------------------------------------------------------------


def test_who_has_left_services_and_earns_nothing():
    market = founded()
    for month in months_of(market):
        gone = {partner for partner in market.partners if partner.left_month in range(month)}
        assert all(partner.status == LEFT for partner in gone)
        assert not any(client.servicing_partner in gone for client in market.customers)


def test_only_active_partners_start_to_help():
    market = founded()
    for month in months_of(market):
        for client in market.customers:
            if client.helper_month == month and client.won_month < month:
                assert client.servicing_partner.serving_weight > 0


def test_no_partner_gives_more_hours_than_it_has():
    """On average over a year, for those who are overbooked throughout."""
    crowded = Assumptions(in_market=0.1)
    market = PartnerMarket(partners=10, clients=1_500, seed=5, assumptions=crowded)
    list(months_of(market, 36))
    given = dict.fromkeys((partner.index for partner in market.members()), 0.0)
    meant = 0.0
    for _ in months_of(market, 12):
        for client in market.customers:
            if client.who_worked is not None:
                given[client.who_worked.index] = (
                    given.get(client.who_worked.index, 0.0) + client.hours / 12
                )
        meant += sum(partner.load for partner in market.members()) / MICRO / 12
    assert meant > 1.5 * sum(given.values())
    for index, hours in given.items():
        assert hours <= 1.1 * market.partners[index].hours


def test_peers_leaving_are_a_share_of_those_who_could_leave():
    market = founded()
    for _ in months_of(market):
        share = market.tally["exited"] / market.tally["members"]
        assert market.vendor.peers_leaving == pytest.approx(share)


def test_founders_are_members_from_the_start():
    market = founded()
    founders = [partner for partner in market.partners if partner.status == ACTIVE]
    assert 0 < len(founders) < 30
    assert all(partner.joined_month == 0 for partner in founders)


def test_change_for_the_worse_shocks_and_a_change_for_the_better_pleases():
    market = founded("first_sale_lock")
    list(months_of(market))
    earning = [partner.index for partner in market.members() if partner.held_mrr]
    worse = market.branch(programme("first_sale_lock", rate=0.10))
    better = market.branch(programme("first_sale_lock", rate=0.30))
    assert earning
    for index in earning:
        before = market.partners[index]
        assert worse.partners[index].motivation < before.motivation
        assert worse.partners[index].trust < before.trust
        assert better.partners[index].motivation >= before.motivation
        assert better.partners[index].trust == before.trust
