"""Pictures of results: each draws on matplotlib axes, yours or its own, and returns them."""

from sim.present.plots import differences as differences
from sim.present.plots import trajectories as trajectories
from sim.questions.decompose.words import waterfall as waterfall
from sim.questions.explain.pictures import payments as payments
from sim.questions.explain.pictures import timeline as timeline
from sim.questions.frontier.pictures import frontier as frontier
from sim.questions.robustness.words import shares as shares
from sim.questions.robustness.words import winners as winners

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
