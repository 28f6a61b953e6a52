"""partnersim: what a partner programme's rules do, over years, to those who live under them."""

from partnersim import warn_of_strangers
from sim.version import __version__ as __version__

TYPE_CHECKING = False  # nothing else is imported before the command has left the current folder
if TYPE_CHECKING:
    from typing import Any

    from policies.contract import Term as Term
    from sim import plots as plots
    from sim.engines.agents import Client as Client
    from sim.engines.agents import Partner as Partner
    from sim.engines.agents import Vendor as Vendor
    from sim.engines.build import Market as Market
    from sim.engines.model import PartnerMarket as PartnerMarket
    from sim.questions.bundle.verify import verify as verify
    from sim.questions.compare.ask import compare as compare
    from sim.questions.decompose.ask import decompose as decompose
    from sim.questions.explain.ask import explain as explain
    from sim.questions.frontier.ask import frontier as frontier
    from sim.questions.narration import narrate as narrate
    from sim.questions.patterns.ask import patterns as patterns
    from sim.questions.robustness.ask import robustness as robustness
    from sim.questions.sensitivity.ask import sensitivity as sensitivity
    from sim.questions.sweep.ask import grid as grid
    from sim.questions.sweep.ask import sweep as sweep
    from sim.study.indicators import Indicator as Indicator
    from sim.study.run import simulate as simulate
    from sim.study.user_policy.build import check as check
    from sim.study.user_policy.build import policy as policy
    from sim.world.assumptions import Assumptions as Assumptions
    from sim.world.programme import Programme as Programme
    from sim.world.scenario import Scenario as Scenario

__all__ = [
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
HOMES = {
    "Assumptions": "sim.world.assumptions",
    "Client": "sim.engines.agents",
    "Indicator": "sim.study.indicators",
    "Market": "sim.engines.build",
    "Partner": "sim.engines.agents",
    "PartnerMarket": "sim.engines.model",
    "Programme": "sim.world.programme",
    "Scenario": "sim.world.scenario",
    "Term": "policies.contract",
    "Vendor": "sim.engines.agents",
    "check": "sim.study.user_policy.build",
    "compare": "sim.questions.compare.ask",
    "decompose": "sim.questions.decompose.ask",
    "explain": "sim.questions.explain.ask",
    "frontier": "sim.questions.frontier.ask",
    "grid": "sim.questions.sweep.ask",
    "narrate": "sim.questions.narration",
    "patterns": "sim.questions.patterns.ask",
    "policy": "sim.study.user_policy.build",
    "robustness": "sim.questions.robustness.ask",
    "sensitivity": "sim.questions.sensitivity.ask",
    "simulate": "sim.study.run",
    "sweep": "sim.questions.sweep.ask",
    "verify": "sim.questions.bundle.verify",
}


def __getattr__(name: str) -> "Any":
    """Import a public name when it is first asked for, so that the command starts quickly."""
    import importlib

    if name == "plots":
        return importlib.import_module("sim.plots")
    if name not in HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(importlib.import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, whether or not they have been asked for."""
    return ["__version__", *__all__]


warn_of_strangers()
