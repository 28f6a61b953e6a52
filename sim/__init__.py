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
    from sim.evidence.compare import compare as compare
    from sim.evidence.decomposition import decompose as decompose
    from sim.evidence.frontier import frontier as frontier
    from sim.evidence.patterns.study import patterns as patterns
    from sim.evidence.robustness import robustness as robustness
    from sim.evidence.sensitivity import sensitivity as sensitivity
    from sim.evidence.verify import verify as verify
    from sim.present.narration import narrate as narrate
    from sim.study.explain import explain as explain
    from sim.study.run import simulate as simulate
    from sim.study.writing import check as check
    from sim.study.writing import policy as policy

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
    "check": "sim.study.writing",
    "compare": "sim.evidence.compare",
    "decompose": "sim.evidence.decomposition",
    "explain": "sim.study.explain",
    "frontier": "sim.evidence.frontier",
    "narrate": "sim.present.narration",
    "patterns": "sim.evidence.patterns.study",
    "policy": "sim.study.writing",
    "robustness": "sim.evidence.robustness",
    "sensitivity": "sim.evidence.sensitivity",
    "simulate": "sim.study.run",
    "verify": "sim.evidence.verify",
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
