"""partnersim: what a partner programme's rules do, over years, to those who live under them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engines.model import PartnerMarket as PartnerMarket
    from sim.evidence.compare import compare as compare
    from sim.evidence.decomposition import decompose as decompose
    from sim.evidence.frontier import frontier as frontier
    from sim.evidence.robustness import robustness as robustness
    from sim.study.run import simulate as simulate
    from sim.study.trace import explain as explain

__all__ = ["PartnerMarket", "compare", "decompose", "explain", "frontier", "robustness", "simulate"]
HOMES = {
    "PartnerMarket": "sim.engines.model",
    "compare": "sim.evidence.compare",
    "decompose": "sim.evidence.decomposition",
    "explain": "sim.study.trace",
    "frontier": "sim.evidence.frontier",
    "robustness": "sim.evidence.robustness",
    "simulate": "sim.study.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command starts quickly."""
    if name not in HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(HOMES[name]), name)
