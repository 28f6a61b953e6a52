"""What `from sim import ...` offers, and what it returns."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import sim
from sim.world.errors import BadInput

SMALL = {"partners": 20, "clients": 200}


@pytest.fixture(scope="module")
def run():
    return sim.simulate(policy="client_choice", seed=3, years=2, burn_in=24, **SMALL)


def test_the_public_names_are_these():
    assert sorted(sim.__all__) == [
        "Assumptions",
        "Client",
        "Indicator",
        "Market",
        "Partner",
        "PartnerMarket",
        "Programme",
        "Scenario",
        "Term",
        "Vendor",
        "check",
        "compare",
        "decompose",
        "explain",
        "frontier",
        "grid",
        "narrate",
        "patterns",
        "plots",
        "policy",
        "robustness",
        "sensitivity",
        "simulate",
        "sweep",
        "verify",
    ]
    assert all(getattr(sim, name) for name in sim.__all__)


def test_every_public_function_is_documented():
    for name in sim.__all__:
        assert (getattr(sim, name).__doc__ or "").strip(), name
    for name in sim.plots.__all__:
        assert "\n\n" in getattr(sim.plots, name).__doc__, name


def test_importing_sim_is_cheap():
    code = "import sys, sim; print([m for m in ('mesa', 'numba', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_months_count_from_the_decision(run):
    assert run.months["month"].tolist() == list(range(-24, 25))


def test_accounts_keep_the_three_partner_fields_apart(run):
    fields = ["originator", "partner_of_record", "servicing_partner"]
    clients = run.accounts[run.accounts["status"] == "client"]
    assert set(fields) <= set(run.accounts.columns)
    held = clients[fields].dropna()
    assert len(held) > 0
    assert held.apply(lambda column: column.between(0, 19)).all().all()
    assert (held["originator"] != held["servicing_partner"]).any()


def test_the_ledger_sums_to_the_months_commission(run):
    by_month = run.ledger.groupby("month")["kopecks"].sum()
    paid = (run.months.set_index("month")["commission"] * 100).round()
    assert by_month.reindex(paid.index, fill_value=0).tolist() == paid.tolist()


def test_the_same_seed_gives_the_same_run():
    first, again, other = (
        sim.simulate(seed=seed, years=1, burn_in=6, **SMALL) for seed in (5, 5, 6)
    )
    pd.testing.assert_frame_equal(first.ledger, again.ledger, check_exact=True)
    pd.testing.assert_frame_equal(first.accounts, again.accounts, check_exact=True)
    assert not first.accounts.equals(other.accounts)


def test_compare_returns_paired_differences():
    table = sim.compare(
        policies=["first_sale_lock", "no_reward"], years=1, seeds=3, at_once=1, **SMALL
    )
    assert table.attrs["baseline"] == "first_sale_lock"
    base = table[table["programme"] == "first_sale_lock"]
    assert (base["difference"].dropna() == 0).all()
    gone = table.set_index(["programme", "indicator"]).loc[("no_reward", "commission")]
    assert gone["level"] == 0
    assert gone["difference"] < 0
    assert gone["low"] <= gone["difference"] <= gone["high"]


def test_results_do_not_depend_on_the_number_of_processes():
    ask = {"policies": ["first_sale_lock", "split_reward"], "years": 1, "seeds": 2, **SMALL}
    alone, together = sim.compare(at_once=1, **ask), sim.compare(at_once=2, **ask)
    pd.testing.assert_frame_equal(alone, together, check_exact=True)


def test_compare_adds_seeds_until_it_is_precise():
    ask = {"policies": ["first_sale_lock", "no_reward"], "years": 1, "seeds": 3, **SMALL}
    table = sim.compare(**ask, precision="3%", indicator="clients_end")
    rows = table.set_index(["programme", "indicator"])
    base, row = (rows.loc[(name, "clients_end")] for name in ("first_sale_lock", "no_reward"))
    assert (row.high - row.low) / 2 <= 0.03 * base.level
    assert len(table.attrs["seeds"]) >= 10
    with pytest.raises(BadInput, match="'three'"):
        sim.compare(**ask, precision="three")


def test_progress_ends_at_one():
    seen: list[float] = []
    sim.compare(policies=["no_reward"], years=1, seeds=2, at_once=1, progress=seen.append, **SMALL)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_users_own_policy_object_can_be_simulated():
    from policies import registry

    generous = registry.load("active_servicer", {"rate": 0.5})
    run = sim.simulate(policy=generous, years=1, burn_in=12, **SMALL)
    after = run.months[run.months["month"] > 0]
    assert (after["dead_money"] == 0).all()
    assert 0.0 < (after["commission"] / after["revenue"]).max() <= 0.5


def test_a_policy_that_gives_away_more_than_the_commission_is_refused():
    from dataclasses import replace

    from policies import registry
    from policies.contract import rule, share

    @rule
    def credit(terms, account):
        return share(originator=1.0, servicing_partner=0.5)

    generous = replace(registry.load("no_reward"), name="generous", credit=credit)
    with pytest.raises(BadInput, match="at most 1"):
        sim.compare(policies=["first_sale_lock", generous], years=1, seeds=1, **SMALL)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        ({"policy": "client_choise"}, "client_choice"),
        ({"scenario": "four-policy"}, "four-policies"),
        ({"market": "telefony"}, "telephony"),
        ({"engine": "steam"}, "mesa"),
        ({"years": 0}, "years"),
        ({"years": 2.5}, "years"),
        ({"seed": -1}, "seed"),
        ({"partners": 0}, "partners"),
        ({"clients": 3}, "clients"),
    ],
)
def test_bad_input_says_what_and_what_is_allowed(ask, told):
    with pytest.raises(BadInput, match=told):
        sim.simulate(**ask)


def test_indicators_leave_no_group_silently_wrong(run):
    assert np.isnan(run.summary["survival_10y"])
    assert 0 < run.summary["client_churn"] < 0.1
    assert 0 <= run.summary["motivation"] <= 1


def test_tables_say_what_their_columns_count(run):
    assert set(run.months.attrs["units"]) == set(run.months.columns)
    assert run.months.attrs["units"]["client_churn"] == "per month"
    assert run.ledger.attrs["units"]["kopecks"] == "kopecks"
    trace = sim.explain(account=7, policies=["first_sale_lock"], years=1, **SMALL)
    assert trace.summary.attrs["units"]["vendor_kept"] == "RUB"
