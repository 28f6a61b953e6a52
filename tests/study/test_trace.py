"""A story is true: it adds up to the market's books, and both engines tell the same."""

import numpy as np
import pandas as pd
import pytest

from sim.engines.outcome import CLIENT, Month
from sim.study.film import films
from sim.study.run import simulate
from sim.study.trace import count, explain, shortlist
from sim.study.trace_account import Life
from sim.study.trace_partner import COLUMNS, PARTS, Career
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.programme import Change, Incident, programme
from sim.world.units import months_since

RATHER_OFTEN = Assumptions(
    poaching=0.05, in_market=0.08, asking=0.3, return_months=6, founders=0.6, record_error=0.1
)
LATER = programme("later", "clauses", rate=0.3, moves_on_request=True, grandfather_months=4)
LIVELY = (
    programme("first_sale_lock"),
    programme("client_choice", chat_openness=0.5, registry=True),
    programme("split_reward", care=0.9, clawback_months=6, payout_days=60.0, lead_share=0.5),
    programme(
        "timeline",
        "inactivity_release",
        idle_months=3,
        returns_pinned=True,
        grandfather_months=3,
        changes=[Change(10, LATER)],
        incidents=[Incident(5, 0.1)],
    ),
    programme("fixed", "active_servicer", retainer=5_000.0),
)
TOLD = scenario.load()._replace(
    partners=40,
    clients=500,
    years=2,
    burn_in_months=24,
    assumptions=RATHER_OFTEN,
    programmes=LIVELY,
)
AT = Month(*range(len(Month._fields)))
SEED = 3


@pytest.fixture(scope="module")
def seen():
    """Every account under every programme."""
    return {film.studied.name: film for film in films(TOLD, SEED, "compiled")}


@pytest.fixture(scope="module")
def lives(seen):
    return {
        name: [Life(film, account, account) for account in range(TOLD.clients)]
        for name, film in seen.items()
    }


@pytest.fixture(scope="module")
def told(lives):
    """Every event of every account, by programme; months count from the world's first."""
    tables = {}
    for name, each in lives.items():
        rows = [
            {"account": life.account, **event._asdict()} for life in each for event in life.events()
        ]
        tables[name] = pd.DataFrame(rows).assign(month=lambda t: t["month"] + TOLD.burn_in_months)
    return tables


def by_month(months, weights=None):
    size = TOLD.burn_in_months + 12 * TOLD.years + 1
    return np.bincount(np.asarray(months, np.int64), weights, size)


NAMES = [studied.name for studied in LIVELY]


@pytest.mark.parametrize("name", NAMES)
def test_all_stories_together_are_the_markets_books(seen, lives, name):
    facts, tables = seen[name].facts, [life.table() for life in lives[name]]
    whole = pd.concat(tables)
    months = whole["month"] + TOLD.burn_in_months
    retainers = seen[name].ledger["account"] < 0
    fixed = by_month(
        seen[name].ledger["month"][retainers], seen[name].ledger["kopecks"][retainers] / 100
    )
    for column, fact, besides in (
        ("paid", AT.payments, 0.0),
        ("commission", AT.commission, fixed),
        ("taken_back", AT.clawed_back, 0.0),
    ):
        assert by_month(months, whole[column]) + besides == pytest.approx(facts[:, fact] / 100)
    assert facts[:, AT.payments].sum() > 0


@pytest.mark.parametrize("name", NAMES)
def test_commission_without_work_is_the_markets_dead_money(seen, lives, name):
    paid = pd.concat([life.payments() for life in lives[name]])
    idle = paid[~paid["is_for_work"]]
    dead = by_month(idle["month"] + TOLD.burn_in_months, idle["rub"])
    assert dead == pytest.approx(seen[name].facts[:, AT.dead_money] / 100)
    assert dead.sum() > 0 or name == "fixed"


@pytest.mark.parametrize("name", NAMES)
def test_every_client_is_won_in_the_way_the_market_counts(seen, told, name):
    won = told[name][told[name]["what"] == "won"]
    for way, fact in (
        ("partner", AT.won_by_partners),
        ("lead", AT.won_by_leads),
        ("direct", AT.won_directly),
        ("returned", AT.returned),
    ):
        counted = by_month(won.loc[won["how"] == way, "month"])
        assert counted.tolist() == seen[name].facts[:, fact].tolist(), way
    left = told[name][told[name]["what"] == "left"]
    assert by_month(left["month"]).tolist() == seen[name].facts[:, AT.churned_clients].tolist()


def test_clients_are_returned_to_their_sellers_where_the_programme_says_so(told):
    assert (told["timeline"]["how"] == "returned").any()
    assert not (told["first_sale_lock"]["how"] == "returned").any()


@pytest.mark.parametrize("name", NAMES)
def test_who_left_had_a_higher_chance_than_its_luck_and_who_stayed_did_not(lives, told, name):
    facts = pd.DataFrame(list(told[name].loc[told[name]["what"] == "left", "facts"]))
    explained = facts[~facts["changed_that_month"]]
    assert (explained["drawn"] < explained["chance"]).all()
    assert len(explained) > 0.9 * len(facts)
    made = (
        (explained["floor"] + explained["dissatisfaction"])
        * explained["fit_factor"]
        * explained["frailty_factor"]
        * explained["disruption_factor"]
        + explained["unpaid_helper"]
        + explained["contested"]
    )
    assert made.to_numpy() == pytest.approx(explained["chance"].to_numpy())
    for life in lives[name][:100]:
        for month, moment, was, now in life.months():
            if was.status == now.status == CLIENT and now.won_month < month:
                drawn = life.leaving(month, moment, was, now).facts["drawn"]
                assert drawn >= life.hazard(now, months_since(month, now.switch_month))


def test_records_move_by_the_rule_that_is_told(told, seen):
    moved = {
        name: table[(table["what"] == "record") & (table["how"] == "rule")]
        for name, table in told.items()
    }
    after = {name: rows[rows["month"] > TOLD.burn_in_months] for name, rows in moved.items()}
    assert after["first_sale_lock"].empty
    assert len(after["client_choice"]) > 20
    assert all("client_asked" in facts for facts in after["client_choice"]["facts"])
    timeline = after["timeline"].assign(since=lambda t: [f["contract_since"] for f in t["facts"]])
    idle = [facts.get("record_idle") for facts in timeline[timeline["since"] == 1]["facts"]]
    held = [months for months in idle if months is not None]
    assert len(held) > 5
    assert min(held) == 3
    assert all("client_asked" in f for f in timeline[timeline["since"] == 11]["facts"])
    for name, rows in moved.items():
        moves, counted = by_month(rows["month"]), seen[name].facts[:, AT.record_moves]
        assert (moves <= counted).all()  # those of a client's first and last month are not seen
        assert moves.sum() >= 0.9 * counted.sum() or name == "timeline"


def test_missing_records_are_put_right_as_the_market_counts(told):
    lock = told["first_sale_lock"]
    put_right = lock[(lock["what"] == "record") & (lock["how"] == "corrected")]
    unnamed = [
        facts["partner_of_record"] < 0 <= seller
        for facts, seller in zip(
            lock.loc[lock["what"] == "won", "facts"],
            lock.loc[lock["what"] == "won", "partner"],
            strict=True,
        )
    ]
    assert 0 < len(put_right) <= sum(unnamed)


def test_old_clients_are_paid_by_the_contract_they_keep(lives):
    paid = pd.concat([life.payments() for life in lives["timeline"]])
    assert set(paid[paid["month"] <= 0]["contract_since"]) == {-23}
    kept = paid[paid["month"].between(1, 3)]
    assert set(kept["contract_since"]) == {-23, 1}
    assert set(paid[paid["month"].between(4, 10)]["contract_since"]) == {1}
    assert set(paid[paid["month"].between(11, 14)]["contract_since"]) == {1, 11}
    assert set(paid[paid["month"] > 14]["contract_since"]) == {11}


def test_a_story_ends_as_the_account_does(told):
    for name in ("client_choice", "first_sale_lock"):
        studied = next(each for each in TOLD.programmes if each.name == name)
        run = simulate(TOLD, policy=name, seed=SEED, years=TOLD.years, burn_in=TOLD.burn_in_months)
        assert studied.policy.name == name
        for account in (7, 70, 270):
            trace = explain(TOLD, account=account, policies=[name], seed=SEED)
            end, last = run.accounts.iloc[account], trace.months.iloc[-1]
            assert last["status"] == end["status"]
            assert (trace.payments["rub"] * 100).sum() == pytest.approx(
                run.ledger.loc[run.ledger["account"] == account, "kopecks"].sum()
            )
            if end["status"] == "client":
                helper = end["servicing_partner"]
                assert last["servicing_partner"] == (-1 if pd.isna(helper) else helper)
                won = trace.events[trace.events["what"] == "won"].iloc[-1]
                assert won["month"] == end["won_month"]


# --- partners ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def careers():
    return {
        film.studied.name: [Career(film, partner) for partner in range(TOLD.partners)]
        for film in films(TOLD, SEED, "compiled", columns=COLUMNS)
    }


@pytest.mark.parametrize("name", NAMES)
def test_partners_income_is_the_markets_commission(careers, name):
    film = careers[name][0].film
    whole = pd.concat([career.table() for career in careers[name]])
    months = whole["month"] + TOLD.burn_in_months
    for column, fact in (("income", AT.commission), ("income_without_work", AT.dead_money)):
        assert by_month(months, whole[column]) == pytest.approx(film.facts[:, fact] / 100)


def test_nothing_moves_motivation_under_the_lock_but_what_is_told(careers):
    base = TOLD.assumptions.motivation_base
    for career in careers["first_sale_lock"]:
        table = career.table()
        felt = table[table["target"] > 0.0]
        assert felt["lost_or_gained"].abs().max() < 1e-12 or felt.empty
        assert felt["target"].to_numpy() == pytest.approx(base + felt[list(PARTS)].sum(axis=1))


@pytest.mark.parametrize("name", ["client_choice", "split_reward", "timeline", "fixed"])
def test_motivation_jumps_only_where_something_was_lost_or_gained(careers, name):
    whole = pd.concat([career.table() for career in careers[name]])
    felt = whole[whole["target"] > 0.0]
    still = felt["lost_or_gained"].abs() < 1e-12
    assert still.mean() > 0.5
    assert name == "fixed" or still.mean() < 1.0


def test_news_come_with_the_decision_the_change_and_the_incident(careers):
    whole = pd.concat([career.table() for career in careers["timeline"]])
    assert set(whole.loc[whole["news"].abs() > 1e-12, "month"]) <= {1, 6, 11}
    assert (whole.loc[whole["month"] == 6, "news"] < 0).any()


def test_partners_come_and_go_as_the_market_counts(careers):
    film = careers["client_choice"][0].film
    events = [
        event._asdict()
        for career in careers["client_choice"]
        for event in career.events(career.table())
    ]
    table = pd.DataFrame(events).assign(month=lambda t: t["month"] + TOLD.burn_in_months)
    for what, fact in (
        ("joined", AT.entered),
        ("left", AT.exited),
        ("dormant", AT.fell_dormant),
        ("returned", AT.revived),
    ):
        counted = by_month(table.loc[table["what"] == what, "month"])
        assert counted.tolist() == film.facts[:, fact].tolist(), what
    disputes = table[table["what"] == "dispute"]
    weights = [facts["disputes"] for facts in disputes["facts"]]
    quarrels = 2 * film.facts[:, AT.disputes].sum()  # each has two sides
    assert 0.8 * quarrels <= sum(weights) <= quarrels


# --- the whole ---------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [{"account": 70}, {"partner": 4}, {}])
def test_both_engines_tell_the_same_story(subject):
    small = TOLD._replace(partners=20, clients=150, burn_in_months=12, years=1)
    ours, theirs = (explain(small, engine=engine, **subject) for engine in ("compiled", "mesa"))
    assert ours.number == theirs.number
    for table in ("months", "events", "payments", "summary", "shortlist"):
        pd.testing.assert_frame_equal(
            getattr(ours, table), getattr(theirs, table), check_exact=True, check_dtype=False
        )
    assert len(ours.months) == len(LIVELY) * 24


def test_the_past_is_the_same_under_all_programmes():
    trace = explain(TOLD, account=70, seed=SEED)
    past = trace.months[trace.months["month"] <= 0]
    first, *others = (rows.drop(columns="programme") for _, rows in past.groupby("programme"))
    for other in others:
        pd.testing.assert_frame_equal(first.reset_index(drop=True), other.reset_index(drop=True))


def test_the_shortlist_says_what_is_true(seen):
    listed = shortlist({name: count(film) for name, film in seen.items()}, "first_sale_lock")
    assert listed["account"].is_unique
    assert listed["why"].iloc[0] == "apart"
    first = explain(TOLD, account=int(listed["account"].iloc[0]), seed=SEED)
    lock = first.summary.set_index("programme").loc["first_sale_lock"]
    assert lock["months_served_by_others"] >= listed["count"].iloc[0] > 0
    own = listed[listed["why"] == "own"]
    for account in own["account"]:
        months = explain(TOLD, account=account, policies=["first_sale_lock"], seed=SEED).months
        served = months[(months["month"] > 0) & (months["status"] == "client")]
        assert (served["servicing_partner"] == served["originator"]).sum() == own["count"].iloc[0]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"account": 500}, "numbered 0 to 499"),
        ({"account": -1}, "numbered 0 to 499"),
        ({"partner": 40}, "numbered 0 to 39"),
        ({"account": 1, "partner": 1}, "not both"),
        ({"account": 1, "seed": -1}, "seed"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(asked, told):
    with pytest.raises(BadInput, match=told):
        explain(TOLD, **asked)
