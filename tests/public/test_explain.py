"""The command tells stories: in words, as data and as a picture."""

import json

import pandas as pd
import pytest

from sim import explain
from sim.questions.explain import pictures as timelines
from sim.questions.explain import words as story
from sim.study.deposit import LEDGER
from sim.study.run import simulate
from sim.world import scenario
from sim.world.programme import Change, programme

CHOICE = "client_choice"
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_story_names_every_programme_and_draws_a_picture(partnersim, tiny):
    done = partnersim("explain", "7", "--scenario", str(tiny), "--out", "here")
    assert done.returncode == 0, done.stderr
    for word in ("Account 7", "lock", "choice", "Before the decision", "vendor kept"):
        assert word in done.stdout
    folder = tiny.parent / "here"
    assert {path.name for path in folder.iterdir()} == {
        LEDGER,
        "account-7-seed-1.png",
        "account-7-seed-1.svg",
    }
    assert (folder / "account-7-seed-1.png").read_bytes().startswith(PNG)
    assert "served by" in (folder / "account-7-seed-1.svg").read_text(encoding="utf-8")


def test_without_a_number_it_offers_accounts_and_tells_the_first(partnersim, tiny):
    found = json.loads(partnersim("explain", "--scenario", str(tiny), "--json").stdout)
    assert found["number"] == found["shortlist"][0]["account"]
    printed = partnersim("explain", "--scenario", str(tiny)).stdout
    for row in found["shortlist"]:
        assert f"{row['account']:>6}  " in printed


def test_what_is_told_as_data_is_what_the_ledger_says(partnersim, tiny):
    told = json.loads(partnersim("explain", "--scenario", str(tiny), "--json").stdout)
    for name in ("lock", "choice"):
        run = simulate(str(tiny), policy=name, years=1, burn_in=6)
        book = run.ledger[(run.ledger["account"] == told["number"]) & (run.ledger["month"] > 0)]
        paid = [row for row in told["payments"] if row["programme"] == name]
        assert sum(row["rub"] for row in paid) == pytest.approx(book["kopecks"].sum() / 100)
        assert sum(row["payments"] for row in paid) == len(book)
    assert {row["programme"] for row in told["summary"]} == {"lock", "choice"}
    assert all(path.endswith((".png", ".svg")) for path in told["pictures"])


def test_a_partners_story_tells_income_motivation_and_membership(partnersim, tiny):
    done = partnersim("explain", "--partner", "3", "--scenario", str(tiny), "--out", "here")
    assert done.returncode == 0, done.stderr
    for word in ("Partner 3", "earned", "work unpaid", "Membership"):
        assert word in done.stdout
    assert (tiny.parent / "here" / "partner-3-seed-1.png").read_bytes().startswith(PNG)


def test_quiet_prints_only_where_the_picture_lies(partnersim, tiny):
    done = partnersim("explain", "7", "--scenario", str(tiny), "--quiet")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert (tiny.parent / line).read_bytes().startswith(PNG)
    assert done.stderr == ""


def test_a_policy_of_ones_own_is_explained_in_its_own_words(partnersim, tiny):
    (tiny.parent / "tail.py").write_text(
        '"""Tail: whoever won is paid."""\n'
        "from typing import NamedTuple\n"
        "from policies.contract import Account, Credit, Rate, rule, share\n"
        "class Terms(NamedTuple):\n    rate: Rate = 0.25\n"
        "@rule\ndef credit(terms: Terms, account: Account) -> Credit:\n"
        '    """Credit whoever won the client."""\n    return share(originator=1.0)\n',
        encoding="utf-8",
    )
    done = partnersim("explain", "--scenario", str(tiny), "--policy", "tail.py", "--json")
    assert done.returncode == 0, done.stderr
    paid = json.loads(done.stdout)["story"]["tail"]["paid"]
    assert "Credit whoever won the client." in paid
    assert "rate = 0.25" in paid


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["120"], "numbered 0 to 119"),
        (["--partner", "12"], "numbered 0 to 11"),
        (["1", "--partner", "1"], "not both"),
        (["1", "--policies", "client_choise"], "client_choice"),
        (["1", "--years", "0"], "1 to 50"),
        (["1", "--out", "/proc/here"], "cannot be written"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_bad_words_get_one_message(partnersim, tiny, words, told):
    done = partnersim("explain", "--scenario", str(tiny), *words)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert told in line
    assert done.stdout == ""


# --- words -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told():
    chosen = scenario.load()._replace(
        partners=40,
        clients=600,
        burn_in_months=36,
        programmes=(
            programme("first_sale_lock"),
            programme("client_choice", protection_months=3),
            programme("late", "clauses", moves_on_request=True, approval_months=2),
        ),
        years=4,
    )
    return [explain(chosen, account=account, seed=2) for account in range(0, 600, 12)]


def test_nothing_is_told_twice(told):
    for trace in told:
        first, *others = [dict(sections) for title, sections in story.tell(trace)][-3:]
        for other in others:
            assert not set(other.values()) & set(first.values())


def test_words_agree_with_the_events_behind_them(told):
    moved = 0
    for trace in told:
        whole = {title: dict(sections) for title, sections in story.tell(trace)}
        for event in trace.events[trace.events["month"] > 0].itertuples():
            if event.what == "churn" and event.programme == "first_sale_lock":
                assert f"left in month {event.month}," in whole["first_sale_lock"]["End"]
            if event.cause == "rule" and event.what == "record" and event.programme == CHOICE:
                words = whole["client_choice"]["Record"]
                is_first = event.from_partner is pd.NA
                moves = f"partner {event.to_partner} beca" if is_first else "the record moved"
                assert f"In month {event.month} {moves}" in words
                assert "Move the record when the client asks" in words
                assert "protection_months = 3" in words
                moved += 1
    assert moved > 5


def test_a_clause_names_the_terms_it_reads_and_no_others():
    policy = programme("x", "clauses", moves_on_request=True, approval_months=2, rate=0.3).policy
    words = story.clause(policy, "record_moves")
    assert "moves_on_request = yes" in words
    assert "approval_months = 2" in words
    assert "rate" not in words.replace("moves_on_request", "")
    lock = programme("first_sale_lock").policy
    assert story.clause(lock, "credit", "rate").endswith("(rate = 0.2)")


def test_fixed_pay_is_on_no_account():
    fixed = programme("fixed", "clauses", retainer=20_000, retainer_clients=1)
    chosen = scenario.load()._replace(
        partners=20, clients=400, burn_in_months=12, years=1, programmes=(fixed,), baseline="fixed"
    )
    trace = next(
        trace
        for trace in (explain(chosen, partner=partner) for partner in range(20))
        if (trace.payments["role"] == "retainer").any()
    )
    words = story.income(trace, "fixed")
    assert "as fixed pay" in words
    assert "as fixed pay on" not in words


def test_a_later_change_of_rules_is_marked_in_every_panel():
    later = Change(6, programme("later", "client_choice"))
    chosen = scenario.load()._replace(
        partners=20,
        clients=200,
        burn_in_months=12,
        years=1,
        programmes=(programme("lock", "first_sale_lock", changes=[later]),),
        baseline="lock",
    )
    for asked in ({"account": 3}, {"partner": 3}):
        for ax in timelines.picture(explain(chosen, **asked)).axes:
            upright = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1]
            assert {0.0, 0.5} <= set(upright)
