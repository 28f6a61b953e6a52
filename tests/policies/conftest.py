"""What every test of a policy starts from: an ordinary account, and the facts that differ."""

from collections.abc import Callable

import pytest
from hypothesis import settings

from policies.contract import Account
from sim.study.user_policy.load import DRIFTED, ORDINARY

settings.register_profile("policies", deadline=None)  # the first call compiles
settings.load_profile("policies")


@pytest.fixture(scope="session")
def situation() -> Callable[..., Account]:
    """An ordinary account, but for the facts given."""
    return lambda **facts: ORDINARY._replace(**facts)


@pytest.fixture(scope="session")
def drifted() -> Callable[..., Account]:
    """An account that another than its seller has serviced for a year, but for the facts given."""
    return lambda **facts: DRIFTED._replace(**facts)
