"""A history is true: it adds up to the market's books, and says what the engine decided and why."""

from typing import NamedTuple

import networkx
import numpy as np
import pandas as pd
import pytest

from policies.contract import Account, Complexity, Credit, Rate, rule, share
from sim.engines.outcome import Month
from sim.questions.explain import account_story, partner_story
from sim.questions.explain.ask import explain
from sim.questions.explain.shortlist import count, shortlist
from sim.questions.narration import narrate
from sim.study.history import HOLDERS, histories, watched
from sim.study.run import simulate
from sim.study.user_policy.build import policy
from sim.world import scenario
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.programme import Change, Incident, programme

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
NAMES = [studied.name for studied in LIVELY]


@pytest.fixture(scope="module")
def seen():
    """Everybody's history under every programme, with the market's own facts by month."""
    return {history.studied.name: history for history in histories(TOLD, SEED, "compiled")}


@pytest.fixture(scope="module")
def runs():
    return {
        studied.name: simulate(
            TOLD._replace(programmes=(studied,)), policy=studied.name, seed=SEED,
            years=TOLD.years, burn_in=TOLD.burn_in_months,
        )
        for studied in LIVELY
    }  # fmt: skip


@pytest.fixture(scope="module")
def facts(seen):
    """What the market counts of each month, by programme, shape (months, facts)."""
    return {name: history.market_months for name, history in seen.items()}


def by_month(months, weights=None):
    size = TOLD.burn_in_months + 12 * TOLD.years + 1
    months = np.asarray(months, np.int64) + TOLD.burn_in_months
    return np.bincount(months, weights, size)


def happened(history, what, *causes):
    events = history.events[history.events["what"] == what]
    return events[events["cause"].isin(causes)] if causes else events


@pytest.mark.parametrize("name", NAMES)
def test_months_of_accounts_and_partners_are_the_markets_books(seen, facts, name):
    history, books = seen[name], facts[name]
    clients, partners = history.account_months, history.partner_months
    for table, column, fact in (
        (clients, "paid_kopecks", AT.payments),
        (partners, "income_kopecks", AT.commission),
        (partners, "income_without_work_kopecks", AT.dead_money),
    ):
        taken_back = {AT.payments: 0, **{k: reversed_in(history, k) for k in TAKEN_BACK}}[fact]
        assert np.array_equal(by_month(table["month"], table[column]) - taken_back, books[:, fact])
        assert books[:, fact].sum() > 0 or fact == AT.dead_money
    assert np.array_equal(by_month(clients["month"]), books[:, AT.clients])
    quarrels = by_month(partners["month"], partners["disputes"])
    assert np.array_equal(quarrels, 2 * books[:, AT.disputes])
    paid = history.payments.dropna(subset="is_under_former")
    credited = clients["commission_kopecks"].sum()
    assert credited - books[:, AT.clawed_back].sum() == paid["kopecks"].sum()


TAKEN_BACK = {
    AT.commission: "taken_back_kopecks",
    AT.dead_money: "taken_back_without_work_kopecks",
}
"""What incomes of a month do not know of yet."""


def reversed_in(history, fact):
    """Sum by month what was taken back."""
    churn = happened(history, "churn")
    return by_month(churn["month"], [each[TAKEN_BACK[fact]] for each in churn["facts"]])


@pytest.mark.parametrize("name", NAMES)
def test_commission_without_work_is_the_markets_dead_money(seen, facts, name):
    idle = seen[name].payments.query("not is_for_work")
    dead = by_month(idle["month"], idle["kopecks"])
    assert np.array_equal(dead, facts[name][:, AT.dead_money])
    assert dead.sum() > 0 or name == "fixed"


COUNTED = (
    ("won", ("sale",), AT.won_by_partners),
    ("won", ("lead",), AT.won_by_leads),
    ("won", ("direct",), AT.won_directly),
    ("won", ("return",), AT.returned),
    ("record", ("mistake",), AT.record_errors),
    ("record", ("rule",), AT.record_moves),
    ("servicer", ("compared", "courted"), AT.helper_switches),
    ("servicer", ("courted",), AT.courted_switches),
    ("dispute", (), AT.disputes),
    ("upsell", (), AT.upsells),
    ("churn", (), AT.churned_clients),
    ("joined", (), AT.entered),
    ("rested", (), AT.fell_dormant),
    ("resumed", (), AT.revived),
    ("left", (), AT.exited),
)


@pytest.mark.parametrize("name", NAMES)
def test_events_are_as_many_as_the_market_counts(seen, facts, name):
    for what, causes, fact in COUNTED:
        counted = by_month(happened(seen[name], what, *causes)["month"])
        assert counted.tolist() == facts[name][:, fact].tolist(), (what, causes)


@pytest.mark.parametrize("name", NAMES)
def test_facts_behind_events_add_up_to_the_markets_books(seen, facts, name):
    for what, fact_behind, fact in (
        ("churn", "taken_back_kopecks", AT.clawed_back),
        ("dispute", "cost_kopecks", AT.dispute_cost),
    ):
        table = happened(seen[name], what)
        sums = by_month(table["month"], [each[fact_behind] for each in table["facts"]])
        assert sums.tolist() == facts[name][:, fact].tolist(), what


def test_clients_are_returned_to_their_sellers_where_the_programme_says_so(seen):
    assert len(happened(seen["timeline"], "won", "return"))
    assert happened(seen["first_sale_lock"], "won", "return").empty


@pytest.mark.parametrize("name", NAMES)
def test_events_lead_from_each_months_holders_to_the_next(seen, name):
    """Replaying the events of records and servicing partners gives the months as they were."""
    history = seen[name]
    for what, role in (("record", "partner_of_record"), ("servicer", "servicing_partner")):
        moves = happened(history, what)
        starts = happened(history, "won")[["month", "account"]].assign(to_partner=pd.NA)
        steps = pd.concat([starts, moves[["month", "account", "to_partner"]]])
        last = steps.groupby(["account", "month"], sort=True).tail(1)
        months = history.account_months[["account", "month", role]]
        joined = months.merge(last, on=["account", "month"], how="left", indicator=True)
        joined = joined.sort_values(["account", "month"], ignore_index=True)
        begun = joined["_merge"].eq("both").groupby(joined["account"]).cumsum()
        held = joined.groupby([joined["account"], begun])["to_partner"].transform(
            lambda column: column.iloc[0]
        )
        assert joined[role].fillna(-1).tolist() == held.fillna(-1).tolist(), what


@pytest.mark.parametrize("name", NAMES)
def test_who_left_had_a_higher_chance_than_its_luck_and_it_is_told_of_what(seen, name):
    left = happened(seen[name], "churn")
    for event in left.itertuples():
        facts = event.facts
        assert facts["drawn"] < facts["chance"]
        made = account_story.chance_apart(facts, TOLD.assumptions)
        of_its_own = (made["floor"] + made["dissatisfaction"]) * made["fit"]
        of_its_own *= made["frailty"] * made["disruption"]
        assert of_its_own == pytest.approx(facts["own_chance"])
        assert (event.cause == "own_will") == (facts["drawn"] < facts["own_chance"])
        assert event.cause != "unpaid" or made["unpaid"] > 0.0
        assert event.cause != "dispossessed" or made["contested"] > 0.0
    assert len(left) > 20


def test_records_move_by_the_rule_that_is_told(seen):
    after = {
        name: happened(history, "record", "rule").query("month > 0")
        for name, history in seen.items()
    }
    policies = {studied.name: studied.policy for studied in LIVELY}
    assert after["first_sale_lock"].empty
    assert len(after["client_choice"]) > 20
    for seen_facts in after["client_choice"]["facts"]:
        assert "client_asked" in account_story.reasons(policies["client_choice"], seen_facts)
    timeline = after["timeline"]
    old = timeline[timeline["month"] <= 10]
    idle = [facts["record_idle"] for facts in old["facts"] if facts["has_record"]]
    assert len(idle) > 5
    assert min(idle) == 3
    by_request = [
        facts["client_asked"]
        for month, facts in zip(timeline["month"], timeline["facts"], strict=True)
        if month > 10 and not facts["is_under_former"]
    ]
    assert by_request
    assert all(by_request)


class Terms(NamedTuple):
    rate: Rate = 0.20
    complexity: Complexity = 0.5


@rule
def to_who_serves_well(terms: Terms, account: Account) -> bool:
    """Move the record to whoever serves the client well."""
    return account.is_serviced and account.quality > 0.55


@rule
def to_the_record(terms: Terms, account: Account) -> Credit:
    """Credit the partner of record."""
    return share(partner_of_record=1.0)


def test_moves_by_a_rule_that_weighs_quality_are_not_told_as_corrections():
    own = policy("merit", Terms(), credit=to_the_record, record_moves=to_who_serves_well)
    run = simulate(policy=own, partners=60, clients=600, years=3, burn_in=24, seed=1)
    moved = run.events[(run.events["what"] == "record") & (run.events["month"] > 0)]
    moved = moved[~moved["cause"].isin(("sale", "mistake"))]
    lived = run.months["month"] > 0
    assert run.months.loc[lived, "record_moves"].sum() == (moved["cause"] == "rule").sum() > 30
    for event in moved.itertuples():
        if event.cause == "rule":
            assert event.facts["is_serviced"]
            assert event.facts["quality"] > 0.55
            assert set(account_story.reasons(own, event.facts)) == {"is_serviced", "quality"}
        else:
            assert pd.isna(event.from_partner)
    account = int(moved.loc[moved["cause"] == "rule", "account"].iloc[0])
    trace = explain(
        account=account, policies=[own], partners=60, clients=600, years=3, seed=1,
        scenario=scenario.load()._replace(burn_in_months=24),
    )  # fmt: skip
    told = narrate(trace, "merit")
    assert "was served at quality" in told
    assert "put right" not in told


def test_missing_records_are_put_right_where_sales_were_recorded_on_nobody(seen):
    lock = seen["first_sale_lock"]
    corrected, missed = happened(lock, "record", "correction"), happened(lock, "record", "mistake")
    assert 0 < len(corrected) <= len(missed)
    assert set(corrected["account"]) <= set(missed["account"])


def test_old_clients_are_paid_by_the_contract_they_keep(seen):
    history = seen["timeline"]
    paid = pd.concat([account_story.payments(history, account) for account in range(TOLD.clients)])
    assert set(paid[paid["month"] <= 0]["contract_since"]) == {-23}
    kept = paid[paid["month"].between(1, 3)]
    assert set(kept["contract_since"]) == {-23, 1}
    assert set(paid[paid["month"].between(4, 10)]["contract_since"]) == {1}
    assert set(paid[paid["month"].between(11, 14)]["contract_since"]) == {1, 11}
    assert set(paid[paid["month"] > 14]["contract_since"]) == {11}


# --- partners ----------------------------------------------------------------------------------


def test_nothing_moves_motivation_under_the_lock_but_what_is_told(seen):
    base = TOLD.assumptions.motivation_base
    for partner in range(TOLD.partners):
        table = partner_story.table(seen["first_sale_lock"], partner)
        felt = table.dropna(subset="target")
        assert felt["lost_or_gained"].abs().max() < 1e-12 or felt.empty
        parts = felt[list(partner_story.FEELINGS)].sum(axis=1)
        assert felt["target"].to_numpy() == pytest.approx(base + parts)


@pytest.mark.parametrize("name", ["client_choice", "split_reward", "timeline", "fixed"])
def test_motivation_jumps_only_where_something_was_lost_or_gained(seen, name):
    felt = seen[name].partner_months.dropna(subset="target")
    moved = (felt["mrr_lost_kopecks"] != 0) | (felt["mrr_gained_kopecks"] != 0)
    assert (felt.loc[~moved, "jump"] == 0.0).all()
    assert name == "fixed" or (felt["jump"] != 0.0).any()


def test_news_come_with_the_decision_the_change_and_the_incident(seen):
    news = happened(seen["timeline"], "news")
    assert dict(zip(news["month"], news["cause"], strict=True)) == {
        1: "contract",
        6: "incident",
        11: "contract",
    }
    incident = news.loc[news["month"] == 6, "facts"]
    assert all(facts["motivation"] < facts["motivation_before"] for facts in incident)


# --- a run's tables ----------------------------------------------------------------------------


def test_a_runs_tables_say_nobody_and_units_in_one_way(runs):
    run = runs["client_choice"]
    tables = {
        "months": run.months,
        "partners": run.partners,
        "accounts": run.accounts,
        "ledger": run.ledger,
        "events": run.events,
        "account": run.panel("account"),
        "partner": run.panel("partner"),
        "spells": run.spells,
        "network": run.network(5),
    }
    holders = {*HOLDERS, "who_worked", "upseller", "seller", "server", "payee", "to_partner",
               "from_partner"}  # fmt: skip
    for name, table in tables.items():
        units = table.attrs["units"]
        for column in table.columns:
            if column in holders:
                assert table[column].dtype == "Int64", (name, column)
                assert not (table[column] < 0).any(), (name, column)
            if "kopecks" in column:
                assert table[column].dtype == np.int64, (name, column)
                assert units[column].startswith("kopecks"), (name, column)
            assert units.get(column, "").startswith("kopecks") == ("kopecks" in column), column
    assert run.ledger["account"].dtype == "Int64"


def test_spells_tile_the_months_of_a_client(runs):
    for run in runs.values():
        spells, months = run.spells, run.panel("account")
        lengths = spells["end"] - spells["start"] + 1
        assert lengths.sum() == len(months)
        assert (lengths > 0).all()
        assert ((spells["price_kopecks"] * lengths).sum()) == months["paid_kopecks"].sum()
        assert (spells["ends"] == "churn").sum() == (run.events["what"] == "churn").sum()
        assert (spells["ends"] == "open").sum() == (months["month"] == months["month"].max()).sum()
        stays = spells.groupby("account")["stay"].max()
        won = run.events[run.events["what"] == "won"].groupby("account").size()
        assert stays.to_dict() == won.to_dict()
        first = spells.groupby(["account", "stay"])["start"].min()
        assert sorted(first) == sorted(run.events.loc[run.events["what"] == "won", "month"])


def test_spells_end_where_price_seller_server_or_payee_changes(runs):
    spells = runs["split_reward"].spells
    kept = ["price_kopecks", "seller", "server", "payee", "payees"]
    follows = spells["ends"].shift().eq("change").to_numpy(np.bool_)
    states = spells[kept].fillna(-1).to_numpy(np.int64)
    same = (states[1:] == states[:-1]).all(axis=1)
    assert follows.sum() > 50
    assert not (same & follows[1:]).any()
    assert (spells["payees"] == 2).any()


def test_the_network_of_a_month_joins_each_client_to_who_stands_around_it(runs):
    run = runs["split_reward"]
    edges, clients = run.network(7), run.panel("account").query("month == 7")
    for role in HOLDERS:
        assert (edges["role"] == role).sum() == clients[role].notna().sum()
    book = run.ledger[(run.ledger["month"] == 7) & run.ledger["account"].notna()]
    assert edges["commission_kopecks"].sum() == book["kopecks"].sum()
    named = edges.assign(
        account="account " + edges["account"].astype(str),
        partner="partner " + edges["partner"].astype(str),
    )
    graph = networkx.from_pandas_edgelist(
        named, "account", "partner", ["role"], networkx.MultiGraph
    )
    assert networkx.is_bipartite(graph)
    assert graph.number_of_edges() == len(edges)


def test_a_run_tells_of_those_it_was_asked_to_watch():
    asked = {"policy": "client_choice", "partners": 20, "clients": 200, "years": 1, "burn_in": 12}
    run = simulate(**asked, watch={"accounts": [3, 50], "partners": range(2)})
    assert set(run.panel("partner")["partner"]) == {0, 1}
    assert set(run.panel("account")["account"]) <= {3, 50}
    about = run.events[["account", "to_partner", "from_partner"]]
    is_watched = about["account"].isin((3, 50)) | about.iloc[:, 1:].isin((0, 1)).any(axis=1)
    assert is_watched.all()
    unwatched = simulate(**asked, watch="none")
    pd.testing.assert_frame_equal(unwatched.months, run.months)
    for ask in (
        lambda: unwatched.events,
        lambda: unwatched.panel("partner"),
        lambda: unwatched.spells,
        lambda: unwatched.network(1),
    ):
        with pytest.raises(BadInput, match="watch="):
            ask()
    with pytest.raises(BadInput, match="account"):
        run.panel("acount")


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("some", "watch"),
        ({"clients": [1]}, "accounts"),
        ({"accounts": [200]}, "0 to 199"),
        ({"partners": [-1]}, "0 to 19"),
        ({"partners": ["7"]}, "'7'"),
    ],
)
def test_who_cannot_be_watched_is_refused(who, told):
    with pytest.raises(BadInput, match=told):
        watched(who, 20, 200)


# --- stories -----------------------------------------------------------------------------------


def test_a_story_ends_as_the_account_does(runs):
    for name in ("client_choice", "first_sale_lock"):
        run = runs[name]
        for account in (7, 70, 270):
            trace = explain(TOLD, account=account, policies=[name], seed=SEED)
            end, last = run.accounts.iloc[account], trace.months.iloc[-1]
            assert last["status"] == end["status"]
            assert (trace.payments["rub"] * 100).sum() == pytest.approx(
                run.ledger.loc[run.ledger["account"] == account, "kopecks"].sum()
            )
            if end["status"] == "client":
                servers = (last["servicing_partner"], end["servicing_partner"])
                assert servers[0] is servers[1] or servers[0] == servers[1]
                won = trace.events[trace.events["what"] == "won"].iloc[-1]
                assert won["month"] == end["won_month"]


@pytest.mark.parametrize("subject", [{"account": 70}, {"partner": 4}, {}])
def test_both_engines_tell_the_same_story(subject):
    small = TOLD._replace(partners=20, clients=150, burn_in_months=12, years=1)
    ours, theirs = (explain(small, engine=engine, **subject) for engine in ("compiled", "mesa"))
    assert ours.number == theirs.number
    for table in ("months", "events", "payments", "summary", "shortlist"):
        pd.testing.assert_frame_equal(
            getattr(ours, table), getattr(theirs, table), check_exact=True
        )
    assert len(ours.months) == len(LIVELY) * 24


def test_the_past_is_the_same_under_all_programmes():
    trace = explain(TOLD, account=70, seed=SEED)
    past = trace.months[trace.months["month"] <= 0]
    first, *others = (rows.drop(columns="programme") for _, rows in past.groupby("programme"))
    for other in others:
        pd.testing.assert_frame_equal(first.reset_index(drop=True), other.reset_index(drop=True))


def test_the_shortlist_says_what_is_true(seen):
    listed = shortlist({name: count(history) for name, history in seen.items()}, "first_sale_lock")
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
