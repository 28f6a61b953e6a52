"""Mesa's SolaraViz shows the market; without the extra `viz` there is nothing to show it with."""

import importlib.util
from pathlib import Path

import pytest
from matplotlib.figure import Figure

pytest.importorskip("solara")
pytest.importorskip("altair")


@pytest.fixture(scope="module")
def app():
    path = Path(__file__).parents[2] / "notebooks" / "app.py"
    spec = importlib.util.spec_from_file_location("app", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def market(app):
    market = app.Market(**{name: app.plain(dial) for name, dial in app.dials().items()})
    market.advance(24)
    return market


def test_every_slider_turns_what_it_names(app):
    settings = {name: app.plain(dial) for name, dial in app.dials().items()}
    for name in app.TURNED:
        dial = app.dials()[name]
        market = app.Market(**{**settings, name: dial.max})
        assert getattr(market.assumptions, name) == dial.max


def test_the_network_shows_the_members_and_who_serves_whose_clients(app, market):
    axes = Figure().subplots()
    app.draw_network(market, axes)
    members = sum(len(dots.get_offsets()) for dots in axes.collections)
    assert members == len(market.members())
    pairs = {
        (client.originator, client.servicing_partner)
        for client in market.customers
        if client.originator
        and client.servicing_partner
        and client.originator.is_member
        and client.originator is not client.servicing_partner
    }
    assert len(axes.lines) == len(pairs) > 0


def test_shares_are_shares(app, market):
    axes = Figure().subplots()
    app.draw_shares(market, axes)
    for line in axes.lines:
        values = line.get_ydata()[6:]
        assert ((values >= 0) & (values <= 1)).all()


def test_a_page_is_built(app):
    import solara

    shown, _ = solara.render(app.page, handle_error=False)
    assert shown.children
