"""Pictures of results: each draws on matplotlib axes, yours or its own, and returns them."""

from sim.present.decomposition import waterfall as waterfall
from sim.present.frontier_picture import frontier as frontier
from sim.present.plots import differences as differences
from sim.present.plots import trajectories as trajectories
from sim.present.robustness import shares as shares
from sim.present.robustness import winners as winners
from sim.present.timelines import payments as payments
from sim.present.timelines import timeline as timeline

__all__ = [
    "differences",
    "frontier",
    "payments",
    "shares",
    "timeline",
    "trajectories",
    "waterfall",
    "winners",
]
