"""Two readings of every contract, one of them blind, give the same kopecks to the same partners."""

import os

import numba
import numpy as np
import pytest

from policies.contract import Account, Credit
from policies.registry import available, load
from sim.engines.build import build
from sim.engines.compiled import market as engine
from sim.engines.compiled.clients import may_move, share_payment, update_record
from sim.engines.compiled.month import AT, Now, Pull, keys_of
from sim.engines.compiled.state import ACCOUNT_ROW
from sim.engines.outcome import ACTIVE, LEFT, Month, Tenure
from sim.world.assumptions import Assumptions
from sim.world.luck import Draw
from sim.world.programme import programme
from tests.second_reading.draws import LONGEST, PARTNERS, accounts, is_member, other_terms
from tests.second_reading.settlement import NOBODY, READINGS, Settlement, settle

BATCH = 1_000
"""accounts under the same terms"""
A_FEW = 50
A_MILLION = 100 if os.environ.get("PARTNERSIM_SLOW") == "reduced" else 1_000
"""batches"""
MONTH = LONGEST + 1
PAYS_NOTHING = {"complexity"}
"""Terms that partners feel, but that change nobody's pay."""

every_policy = pytest.mark.parametrize("name", available())


# --- the policies, as the compiled engine settles by them ----------------------------------------


@numba.njit
def account_of(facts, i):
    """One account of columns of facts."""
    return Account(
        tenure=facts.tenure[i],
        is_serviced=facts.is_serviced[i],
        client_asked=facts.client_asked[i],
        originator_serves=facts.originator_serves[i],
        record_serves=facts.record_serves[i],
        has_record=facts.has_record[i],
        originator_idle=facts.originator_idle[i],
        record_idle=facts.record_idle[i],
        record_age=facts.record_age[i],
        servicing_age=facts.servicing_age[i],
        request_age=facts.request_age[i],
        has_consent=facts.has_consent[i],
        quality=facts.quality[i],
        upsold_share=facts.upsold_share[i],
        record_clients=facts.record_clients[i],
        record_quiet=facts.record_quiet[i],
        originator_role=facts.originator_role[i],
        is_old=facts.is_old[i],
        is_orphaned=facts.is_orphaned[i],
    )


@numba.njit
def ask(credit, rate, record_moves, terms, facts, shares, rates, moves):
    """Have a policy's own rules judge every account."""
    for i in range(rates.size):
        account = account_of(facts, i)
        said = credit(terms, account)
        shares[i, 0] = said.originator
        shares[i, 1] = said.partner_of_record
        shares[i, 2] = said.servicing_partner
        shares[i, 3] = said.upseller
        rates[i] = rate(terms, account)
        moves[i] = record_moves(terms, account)


@numba.njit
def settle_by_engine(now, clients, is_serviced, shares, rates, moves):
    """Have the engine divide every payment and move the records; return the ledger's length."""
    entries = 0
    for i in range(clients.size):
        client = clients[i]
        who_worked = client.servicing_partner if is_serviced[i] else NOBODY
        credit = Credit(shares[i, 0], shares[i, 1], shares[i, 2], shares[i, 3])
        entries = share_payment(now, client, i, who_worked, client.mrr, credit, rates[i], entries)
        update_record(now, client, i, may_move(client) and moves[i])
    return entries


@pytest.fixture(scope="module")
def office():
    """A market with partners but no clients yet, that corrects no records, and its luck."""
    incumbent = programme("first_sale_lock", corrects_records=False)
    world = build(
        "compiled",
        partners=PARTNERS,
        clients=1,
        seed=1,
        assumptions=Assumptions(),
        incumbent=incumbent,
    )
    world.rows.partners["status"] = np.where(is_member(), ACTIVE, LEFT)
    world.rows.work["is_member"] = is_member()
    keys = np.zeros(max(Draw) + 1, np.uint64)
    keys_of_month(1, MONTH, keys)
    return world, keys


@numba.njit
def keys_of_month(seed, month, keys):
    """Fill in the keys of the engine's luck."""
    keys_of(seed, month, keys)


def settled(office, policy, draw):
    """What the compiled engine makes of accounts under a policy."""
    world, keys = office
    count = draw.payment.size
    shares, rates, moves = np.empty((count, 4)), np.empty(count), np.empty(count, np.bool_)
    ask(
        policy.credit,
        policy.rate or engine.commission_rate,
        policy.record_moves or engine.record_moves,
        policy.terms,
        draw.account,
        shares,
        rates,
        moves,
    )
    clients = np.zeros(count, ACCOUNT_ROW)
    for role, column in draw.holders._asdict().items():
        clients[role] = column
    clients["mrr"] = draw.payment
    clients["won_month"] = MONTH - draw.account.tenure
    now = Now(
        rows=world.rows,
        desk=world.desk,
        pull=Pull(0, 0, 0, 0, 0, 0, 0.0),
        keys=keys,
        month=MONTH,
        facts=np.zeros(len(Month._fields), np.int64),
        tenures=np.zeros((MONTH, len(Tenure._fields)), np.int64),
        ledger=np.empty((4 * count, 5), np.int64),
    )
    entries = settle_by_engine(now, clients, draw.account.is_serviced, shares, rates, moves)
    paid = np.zeros((count, 4), np.int64)
    _, account, payee, role, kopecks = now.ledger[:entries].T
    assert np.array_equal(np.stack(draw.holders, axis=1)[account, role], payee)
    paid[account, role] = kopecks
    assert now.facts[AT.commission] == paid.sum()
    return Settlement(paid, draw.payment - paid.sum(axis=1), clients["partner_of_record"])


# --- the comparison ------------------------------------------------------------------------------


def disagreements(office, name, batches, reading):
    """Tell of an account in each batch that a reading and the engine settle differently."""
    luck = np.random.default_rng(5)
    usual = terms = load(name).terms
    for _ in range(batches):
        terms = other_terms(load(name), usual, terms, luck)
        draw = accounts(terms, BATCH, luck)
        one = settled(office, load(name, terms._asdict()), draw)
        other = settle(reading(terms, draw.account), draw.holders, is_member(), draw.payment)
        differs = (one.record != other.record) | (one.vendor != other.vendor)
        differs |= (one.paid != other.paid).any(axis=1)
        if differs.any():
            yield told(np.flatnonzero(differs)[0], terms, draw, one, other)


def told(i, terms, draw, one, other):
    """Spell out an account and the two ways to settle it."""
    facts, holders, engine_says, reading_says = (
        [f"{name}={column[i].tolist()}" for name, column in part._asdict().items()]
        for part in (draw.account, draw.holders, one, other)
    )
    return (
        f"{terms}\n{', '.join(facts)}\nheld by {', '.join(holders)}, paying {draw.payment[i]}"
        f"\nengine: {', '.join(engine_says)}\nreading: {', '.join(reading_says)}"
    )


def first(found):
    """The first disagreement, if there is one."""
    return next(found, None)


def test_every_policy_is_read_again():
    assert set(READINGS) == set(available())


@every_policy
def test_two_readings_settle_alike(office, name):
    assert first(disagreements(office, name, A_FEW, READINGS[name])) is None


@pytest.mark.slow
@every_policy
def test_two_readings_settle_a_million_accounts_alike(office, name):
    assert first(disagreements(office, name, A_MILLION, READINGS[name])) is None


# --- the comparison can fail ---------------------------------------------------------------------


def misread(name, term):
    """A reading that is wrong about one term: by a month, by a hundredth, or in saying no."""

    def reading(terms, account):
        value = getattr(terms, term)
        if isinstance(value, bool):
            wrong = not value
        elif isinstance(value, int):
            wrong = value + 1 if value else 0
        else:
            wrong = value * 0.99
        return READINGS[name](terms._replace(**{term: wrong}), account)

    return reading


@every_policy
def test_reading_wrong_about_any_one_term_is_caught(office, name):
    paying = set(load(name).terms._fields) - PAYS_NOTHING
    if name == "no_reward":
        paying.remove("rate")  # of which nobody gets anything
    missed = {
        term for term in paying if not first(disagreements(office, name, 500, misread(name, term)))
    }
    assert not missed


def test_no_fact_is_lost_on_its_way_to_the_engine():
    facts = accounts(load("clauses").terms, 50, np.random.default_rng(1)).account
    for i in range(50):
        assert account_of(facts, i) == Account(*(column[i] for column in facts))
