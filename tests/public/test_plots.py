"""Every public picture draws on the axes it is given, or on its own, and returns them."""

import matplotlib as mpl
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

import sim
from sim import plots
from sim.world.errors import BadInput

SMALL = {"partners": 20, "clients": 200, "years": 2}
POLICIES = ["first_sale_lock", "client_choice"]


@pytest.fixture(autouse=True)
def clean():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def months():
    runs = [
        sim.simulate(policy=name, seed=seed, **SMALL).months.assign(programme=name, seed=seed)
        for name in POLICIES
        for seed in (1, 2)
    ]
    return pd.concat(runs)


@pytest.fixture(scope="module")
def comparison():
    return sim.compare(policies=POLICIES, seeds=3, **SMALL)


@pytest.fixture(scope="module")
def trace():
    return sim.explain(policies=POLICIES, **SMALL)


@pytest.fixture(scope="module")
def found():
    return sim.robustness(policies=POLICIES, worlds=12, partners=20, clients=200, years=1)


@pytest.fixture(scope="module")
def front():
    return sim.frontier(**SMALL, population=8, generations=2, search_seeds=2, seeds=2)


@pytest.fixture(scope="module")
def shares():
    return sim.decompose(start="first_sale_lock", end="split_reward", **SMALL, seeds=2)


@pytest.fixture
def draw(months, comparison, trace, found, front, shares):
    return {
        "frontier": lambda ax=None: plots.frontier(front, ax),
        "shares": lambda ax=None: plots.shares(found, "vendor", ax),
        "winners": lambda ax=None: plots.winners(found, "clients", ax),
        "trajectories": lambda ax=None: plots.trajectories(months, "clients", ax),
        "differences": lambda ax=None: plots.differences(comparison, ["npv", "client_churn"], ax),
        "waterfall": lambda ax=None: plots.waterfall(shares, ax),
        "timeline": lambda ax=None: plots.timeline(trace, "client_choice", ax),
        "payments": lambda ax=None: plots.payments(trace, "client_choice", ax),
    }


@pytest.mark.parametrize("name", plots.__all__)
def test_a_picture_returns_its_axes(name, draw):
    mine = plt.figure().subplots()
    assert draw[name](mine) is mine
    alone = draw[name]()
    assert alone is not mine
    for ax in (mine, alone):
        assert ax.has_data()
        ax.figure.canvas.draw()


def test_a_trajectory_names_every_programme_at_its_end(months):
    ax = plots.trajectories(months, "client_churn", baseline="client_choice")
    assert {note.get_text() for note in ax.texts} == {"first sale lock", "client choice"}
    assert ax.get_ylabel() == "% a month"
    black = next(note for note in ax.texts if note.get_text() == "client choice")
    assert black.get_color() == "#333333"


@pytest.mark.parametrize(
    ("indicator", "unit"),
    [("revenue", "k RUB a month"), ("unserved", "%"), ("trust", "0-1"), ("disputes", "disputes")],
)
def test_any_monthly_indicator_has_its_unit(months, indicator, unit):
    assert plots.trajectories(months, indicator).get_ylabel() == unit


def test_a_single_run_needs_no_programme():
    ax = plots.trajectories(sim.simulate(**SMALL).months, "clients")
    assert len(ax.lines) == 2  # the run and the decision


def test_a_difference_says_level_and_interval(comparison):
    told = [text.get_text() for text in plots.differences(comparison, ["npv"]).texts]
    assert sum("[" in text for text in told) == 2
    assert sum("RUB" in text for text in told) == 2


@pytest.mark.parametrize(
    ("name", "result", "asked", "near"),
    [
        ("trajectories", "months", "cliens", "clients"),
        ("differences", "comparison", ["clients_ends"], "clients_end"),
        ("timeline", "trace", "client_choise", "client_choice"),
        ("shares", "found", "vendors", "vendor"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, result, asked, near, request):
    with pytest.raises(BadInput, match=f"Did you mean '{near}'"):
        getattr(plots, name)(request.getfixturevalue(result), asked)


def test_a_programme_may_be_called_anything(months, comparison):
    called = {"client_choice": r"$\frac{$"}
    odd = comparison.assign(programme=comparison["programme"].replace(called))
    odd.attrs = comparison.attrs
    for ax in (
        plots.differences(odd, ["npv"]),
        plots.trajectories(months.assign(programme=months["programme"].replace(called)), "clients"),
    ):
        ax.figure.canvas.draw()
