"""Pictures of results: each draws on matplotlib axes, yours or its own, and returns them."""

from sim.questions.compare.pictures import differences as differences
from sim.questions.compare.pictures import trajectories as trajectories
from sim.questions.decompose.pictures import waterfall as waterfall
from sim.questions.explain.pictures import payments as payments
from sim.questions.explain.pictures import timeline as timeline
from sim.questions.frontier.pictures import frontier as frontier
from sim.questions.robustness.pictures import shares as shares
from sim.questions.robustness.pictures import winners as winners

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
