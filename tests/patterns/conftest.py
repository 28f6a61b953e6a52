"""All patterns once, with few seeds."""

import pytest

from sim.questions.patterns import signs
from sim.questions.patterns.ask import patterns


@pytest.fixture(scope="session")
def few():
    """Patterns measured with two seeds, on a map of four worlds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signs, "STEPS", 2)
        return patterns(seeds=2)
