"""Changes and incidents do what they say, when they say it, and nothing else, in both engines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engines.build import build
from sim.engines.outcome import ACTIVE, DORMANT, ROLES
from sim.study.run_one import follow
from sim.world import scenario
from sim.world.programme import Change, Incident, programme

BURN_IN, STUDIED = 18, 12
ENGINES = ("mesa", "compiled")
CONTRACTS = {
    "lock": programme("lock", "first_sale_lock"),
    "choice": programme("choice", "client_choice", payout_days=3.0, registry=True),
    "split": programme("split", "split_reward", sunset_months=6, care=0.9, lead_share=0.5),
    "hard": programme(
        "hard", "clauses", rate=0.1, idle_months=3, clawback_months=6, notice_months=2
    ),
    "eased": programme("eased", "clauses", rate=0.1, term_months=9, grandfather_months=5),
}
MONTHS = st.integers(1, STUDIED - 1)
CHOSEN = st.sampled_from(sorted(CONTRACTS))


@pytest.fixture(scope="module")
def grown(market):
    """The same small busy market of each engine, under a lock until the decision."""
    worlds = {}
    for engine in ENGINES:
        worlds[engine] = build(
            engine,
            partners=30,
            clients=300,
            seed=11,
            assumptions=market(months=0).assumptions,
            incumbent=CONTRACTS["lock"],
        )
        worlds[engine].advance(BURN_IN)
    return worlds


def lived(world, studied):
    """What becomes of a market under a programme with all that is to become of it."""
    twin = world.branch(studied)
    follow(twin, studied, STUDIED)
    return twin.outcome()


def differing(one, other):
    """Name what differs between two outcomes, were it by one bit."""
    differs = {
        f"{group}.{name}"
        for group in ("partners", "accounts")
        for name, column in getattr(one, group).items()
        if not np.array_equal(column, getattr(other, group)[name])
    }
    if not np.array_equal(one.months, other.months):
        differs.add("months")
    if not np.array_equal(one.tenures, other.tenures):
        differs.add("tenures")
    if entries(one) != entries(other):
        differs.add("ledger")
    return differs


def entries(outcome, until=None):
    """The entries of the ledger in order, up to a month."""
    rows = zip(*(column.tolist() for column in outcome.ledger.values()), strict=True)
    return sorted(row for row in rows if until is None or row[0] <= until)


# --- changes ---------------------------------------------------------------------------------


@settings(max_examples=8)
@given(first=CHOSEN, second=CHOSEN, month=MONTHS)
def test_change_in_a_month_is_to_live_so_long_and_then_to_change(grown, first, second, month):
    planned = CONTRACTS[first]._replace(changes=(Change(month, CONTRACTS[second]),))
    outcomes = []
    for world in grown.values():
        twin = world.branch(CONTRACTS[first])
        twin.advance(month)
        twin.change_to(CONTRACTS[second])
        twin.advance(STUDIED - month)
        outcomes += [twin.outcome(), lived(world, planned)]
    assert all(differing(outcomes[0], other) == set() for other in outcomes[1:])


@settings(max_examples=8)
@given(first=CHOSEN, second=CHOSEN, month=MONTHS)
def test_months_before_a_change_know_nothing_of_it(grown, first, second, month):
    planned = CONTRACTS[first]._replace(changes=(Change(month, CONTRACTS[second]),))
    changed, unchanged = (lived(grown["compiled"], one) for one in (planned, CONTRACTS[first]))
    before = BURN_IN + month
    assert np.array_equal(changed.months[: before + 1], unchanged.months[: before + 1])
    assert entries(changed, until=before) == entries(unchanged, until=before)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CONTRACTS)
def test_change_to_the_programme_in_force_changes_nothing(grown, engine, name):
    same = CONTRACTS[name]._replace(changes=(Change(5, CONTRACTS[name]),))
    assert differing(lived(grown[engine], same), lived(grown[engine], CONTRACTS[name])) == set()


@pytest.mark.parametrize("easing", ["grandfather_months", "notice_months"])
def test_easing_a_change_that_takes_nothing_changes_nothing(grown, easing):
    studied = CONTRACTS["choice"]
    eased = studied._replace(conduct=studied.conduct._replace(**{easing: 6}))
    planned = studied._replace(changes=(Change(5, eased),))
    assert differing(lived(grown["compiled"], planned), lived(grown["compiled"], studied)) == set()


def test_change_of_the_payout_alone_changes_no_contract(grown):
    """Who is owed what is divided as before; only when it is paid, and how that feels, differs."""
    studied = programme("choice", "client_choice")
    slow = programme("slow", "client_choice", payout_days=120.0)
    planned = studied._replace(changes=(Change(5, slow),))
    changed, unchanged = (lived(grown["compiled"], one) for one in (planned, studied))
    month = BURN_IN + 5
    touched = differing(changed, unchanged)
    assert "partners.motivation" in touched
    assert entries(changed, until=month + 1) == entries(unchanged, until=month + 1)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("late", [STUDIED, STUDIED + 1, 600])
def test_what_is_to_happen_after_the_horizon_does_nothing(grown, engine, late):
    studied = CONTRACTS["split"]
    planned = studied._replace(
        changes=(Change(late, CONTRACTS["hard"]),), incidents=(Incident(late, 0.5),)
    )
    assert differing(lived(grown[engine], planned), lived(grown[engine], studied)) == set()


@settings(max_examples=6)
@given(
    engine=st.sampled_from(ENGINES),
    month=st.integers(1, STUDIED - 3),
    grandfathered=st.integers(0, STUDIED),
)
def test_clients_won_before_a_change_keep_the_former_contract_so_long_and_others_do_not(
    grown, engine, month, grandfathered
):
    """A lock pays the partner of record alone, the contract after it only who serves."""
    new = programme("new", "active_servicer", grandfather_months=grandfathered)
    outcome = lived(grown[engine], CONTRACTS["lock"]._replace(changes=(Change(month, new),)))
    ledger, change = outcome.ledger, BURN_IN + month
    won = outcome.accounts["won_month"][ledger["account"]]
    is_of_this_spell = (ledger["month"] > change) & (ledger["month"] >= won)
    is_kept = (won <= change) & (ledger["month"] <= change + grandfathered)
    is_former = ledger["role"] == ROLES.index("partner_of_record")
    assert is_of_this_spell.sum() > 50
    assert np.array_equal(is_former[is_of_this_spell], is_kept[is_of_this_spell])


# --- incidents -------------------------------------------------------------------------------


@settings(max_examples=20)
@given(harm=st.floats(-1, 1), openness=st.floats(0, 1), engine=st.sampled_from(ENGINES))
def test_incident_takes_from_members_motivation_what_the_chat_lets_through(
    grown, harm, openness, engine
):
    twin = grown[engine].branch(programme("lock", "first_sale_lock", chat_openness=openness))
    before = twin.outcome().partners
    before = {name: column.copy() for name, column in before.items()}
    twin.suffer(harm)
    after = twin.outcome().partners
    is_member = np.isin(before["status"], (ACTIVE, DORMANT))
    assert 0 < is_member.sum() < is_member.size
    heard = np.clip(before["motivation"] - harm * openness, 0.0, 1.0)
    assert np.array_equal(after["motivation"], np.where(is_member, heard, before["motivation"]))


@pytest.mark.parametrize("engine", ENGINES)
def test_incident_touches_nothing_else_and_is_over_at_once(grown, engine):
    calm, struck = (grown[engine].branch(CONTRACTS["lock"]) for _ in range(2))
    struck.suffer(0.3)
    assert differing(struck.outcome(), calm.outcome()) == {"partners.motivation"}


@settings(max_examples=6)
@given(month=MONTHS, harm=st.sampled_from([0.15, 0.5, -0.1]))
def test_incident_in_a_month_is_to_live_so_long_and_then_to_suffer_once(grown, month, harm):
    planned = CONTRACTS["choice"]._replace(incidents=(Incident(month, harm, "a leak"),))
    outcomes = []
    for world in grown.values():
        twin = world.branch(CONTRACTS["choice"])
        twin.advance(month)
        twin.suffer(harm)
        twin.advance(STUDIED - month)
        outcomes += [twin.outcome(), lived(world, planned)]
    assert all(differing(outcomes[0], other) == set() for other in outcomes[1:])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("harm", "openness"), [(0.0, 1.0), (0.9, 0.0)])
def test_incident_without_harm_or_that_nobody_hears_of_changes_nothing(
    grown, engine, harm, openness
):
    studied = programme("lock", "first_sale_lock", chat_openness=openness)
    planned = studied._replace(incidents=(Incident(4, harm),))
    assert differing(lived(grown[engine], planned), lived(grown[engine], studied)) == set()


# --- the file --------------------------------------------------------------------------------

HEAD = """
question = "?"
provenance = "A"
[programmes.x]
policy = "first_sale_lock"
"""
EVENTS = (
    '[[programmes.x.changes]]\nmonth = 9\npolicy = "client_choice"\n',
    '[[programmes.x.changes]]\nmonth = 3\npolicy = "clauses"\nrate = 0.1\nidle_months = 3\n',
    '[[programmes.x.changes]]\nmonth = 6\npolicy = "split_reward"\ngrandfather_months = 2\n',
    "[[programmes.x.incidents]]\nmonth = 6\nharm = 0.2\n",
    "[[programmes.x.incidents]]\nmonth = 2\nharm = 0.1\n",
)


@settings(max_examples=10)
@given(order=st.permutations(EVENTS))
def test_order_of_changes_and_incidents_in_a_file_does_not_matter(tmp_path_factory, order):
    path = tmp_path_factory.mktemp("files") / "timeline.toml"
    read = []
    for events in (EVENTS, order):
        path.write_text(HEAD + "".join(events), encoding="utf-8")
        read.append(scenario.load(str(path)))
    assert read[0] == read[1]
    (studied,) = read[0].programmes
    assert [change.month for change in studied.changes] == [3, 6, 9]
    assert [incident.month for incident in studied.incidents] == [2, 6]
