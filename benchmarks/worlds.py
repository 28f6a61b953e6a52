"""Many plausible worlds: how long it takes to see in how many an answer holds."""

import tempfile
from functools import partial

from benchmarks.measure import Figure, wall
from sim.questions.robustness.ask import REDUCED, WORLDS, robustness_of
from sim.study.crew import Crew
from sim.study.store import Store
from sim.world import scenario


def worlds(quick):
    """Wall seconds of the four policies in plausible worlds, a fifth of them lived twice."""
    chosen = scenario.load()
    number = 10 if quick else WORLDS
    robustness_of(chosen, 2)  # compiles
    with tempfile.TemporaryDirectory() as folder:
        live = partial(robustness_of, chosen, crew=Crew(store=Store(folder)))
        few = wall(partial(live, min(REDUCED, number)))
        more = wall(partial(live, number))
        again = wall(partial(live, number))
    return [
        Figure(f"{min(REDUCED, number)} worlds, as in a comparison", few, "seconds", "<= 20"),
        Figure(f"{number:,} worlds", few + more, "seconds", "<= 300"),
        Figure(f"{number:,} worlds that are stored", again, "seconds"),
    ]
