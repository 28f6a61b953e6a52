"""The market month by month in the browser, with Mesa's SolaraViz: sliders, network, plots.

With the extra `viz` (docs/use/month-by-month.md)::

    SOLARA_TELEMETRY_MIXPANEL_ENABLE=False solara run notebooks/app.py --host 127.0.0.1
"""

from collections import Counter
from typing import Any

import numpy as np
import solara
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mesa.visualization import Slider, SolaraViz, make_plot_component
from mesa.visualization.utils import update_counter

from policies import registry
from sim import PartnerMarket
from sim.engines.outcome import ACTIVE, DORMANT
from sim.world.assumptions import Assumptions, catalogue

TURNED = ("poaching", "lapse", "envy", "in_market")
"""The assumptions that have a slider, over their plausible range."""


class Market(PartnerMarket):
    """A market whose assumptions are plain keywords, as a page gives them."""

    def __init__(
        self, *, policy: str, partners: int, clients: int, seed: int, **kwargs: float
    ) -> None:
        super().__init__(
            policy=policy,
            partners=partners,
            clients=clients,
            seed=seed,
            assumptions=Assumptions()._replace(**kwargs),
        )


def dials() -> dict[str, Any]:
    """Return what can be set before a market begins: a small one, to be read and to be quick."""
    told = {one["name"]: one for one in catalogue()}
    turned = {
        name: Slider(
            f"{name}, {told[name]['unit']}",
            told[name]["value"],
            told[name]["low"],
            told[name]["high"],
            (told[name]["high"] - told[name]["low"]) / 20,
            float,
        )
        for name in TURNED
    }
    policy = {"type": "Select", "value": "first_sale_lock", "values": registry.available()}
    return {
        "policy": policy,
        "seed": Slider("seed", 7, 1, 100),
        "partners": Slider("partners in the pool", 40, 10, 100, 5),
        "clients": Slider("accounts in the pool", 600, 100, 2_000, 100),
        **turned,
    }


def plain(dial: Any) -> Any:
    """Return the value at which a dial stands."""
    return dial.value if isinstance(dial, Slider) else dial["value"]


def draw_network(market: PartnerMarket, axes: Axes) -> None:
    """Draw members in a circle, larger the more clients they serve, and who serves whose clients.

    A line joins who won clients to who serves them, where these are two: the wider, the more.
    """
    members = market.members()
    turns = 2 * np.pi * np.arange(len(members)) / max(len(members), 1)
    at = {partner: (np.cos(a), np.sin(a)) for partner, a in zip(members, turns, strict=True)}
    served = Counter(client.servicing_partner for client in market.customers)
    pairs = Counter((client.originator, client.servicing_partner) for client in market.customers)
    for (seller, helper), clients in pairs.items():
        if seller in at and helper in at and seller is not helper:
            x, y = zip(at[seller], at[helper], strict=True)
            axes.plot(x, y, color="0.6", linewidth=0.6 * clients, zorder=1)
    for status, name, colour in ((ACTIVE, "active", "C0"), (DORMANT, "dormant", "C1")):
        these = [partner for partner in members if partner.status == status]
        places = np.array([at[partner] for partner in these]).reshape(-1, 2)
        sizes = [20 + 20 * served[partner] for partner in these]
        axes.scatter(*places.T, s=sizes, color=colour, zorder=2)
        axes.scatter([], [], s=60, color=colour, label=f"{len(these)} {name}")
    unserved = f"{served[None]} of {len(market.customers)} clients without a servicing partner"
    axes.set(title=f"Month {market.month}: {unserved}", aspect="equal", ylim=(-1.5, 1.2))
    axes.axis("off")
    axes.legend(loc="lower center", ncols=2, frameon=False)


def draw_shares(market: PartnerMarket, axes: Axes) -> None:
    """Draw what members feel and what becomes of commission, as shares by month."""
    months = market.datacollector.get_model_vars_dataframe()[1:].astype(float)
    motivation = months["motivation"] / 1e6 / months["members"].where(months["members"] > 0)
    axes.plot(motivation, label="mean motivation of members")
    paid = months["commission"].where(months["commission"] > 0)
    axes.plot(months["dead_money"] / paid, label="commission to who did no work for it")
    axes.set(xlabel="month", ylim=(0, 1))
    axes.legend(frameon=False)


def picture(draw: Any) -> Any:
    """Return a component that draws the market anew after each month."""

    @solara.component
    def shown(market: PartnerMarket) -> None:
        update_counter.get()
        figure = Figure(layout="constrained")
        draw(market, figure.subplots())
        solara.FigureMatplotlib(figure)

    return shown


parameters = dials()
page = SolaraViz(
    Market(**{name: plain(dial) for name, dial in parameters.items()}),
    components=[
        picture(draw_network),
        picture(draw_shares),
        make_plot_component(["current_clients", "members", "active_members"]),
        make_plot_component(["serviced_clients", "mismatched_clients"]),
    ],
    model_params=parameters,
    name="partnersim, month by month",
)
