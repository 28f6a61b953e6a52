"""partnersim: what a partner programme's rules do, over years, to those who live under them."""

from partnersim import warn_of_strangers
from sim.version import __version__ as __version__

TYPE_CHECKING = False  # nothing else is imported before the command has left the current folder
if TYPE_CHECKING:
    from typing import Any

    from sim import plots as plots
    from sim.engines.agents import Client as Client
    from sim.engines.agents import Partner as Partner
    from sim.engines.agents import Vendor as Vendor
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
    from sim.study.run import simulate as simulate
    from sim.study.user_policy.build import check as check
    from sim.study.user_policy.build import policy as policy

__all__ = [
    "Client",
    "Partner",
    "PartnerMarket",
    "Vendor",
    "check",
    "compare",
    "decompose",
    "explain",
    "frontier",
    "narrate",
    "patterns",
    "plots",
    "policy",
    "robustness",
    "sensitivity",
    "simulate",
    "verify",
]
HOMES = {
    "Client": "sim.engines.agents",
    "Partner": "sim.engines.agents",
    "PartnerMarket": "sim.engines.model",
    "Vendor": "sim.engines.agents",
    "check": "sim.study.user_policy.build",
    "compare": "sim.questions.compare.ask",
    "decompose": "sim.questions.decompose.ask",
    "explain": "sim.questions.explain.ask",
    "frontier": "sim.questions.frontier.ask",
    "narrate": "sim.questions.narration",
    "patterns": "sim.questions.patterns.ask",
    "policy": "sim.study.user_policy.build",
    "robustness": "sim.questions.robustness.ask",
    "sensitivity": "sim.questions.sensitivity.ask",
    "simulate": "sim.study.run",
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
