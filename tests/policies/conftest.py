"""What every test of a policy starts from: an ordinary account, and the facts that differ."""

from collections.abc import Callable

import pytest
from hypothesis import settings

from policies.contract import Account

settings.register_profile("policies", deadline=None)  # the first call compiles
settings.load_profile("policies")

ORDINARY = Account(
    tenure=12,
    is_serviced=True,
    client_asked=False,
    originator_serves=True,
    record_serves=True,
    has_record=True,
    originator_idle=0,
    record_idle=0,
    record_age=12,
    servicing_age=12,
)
"""A year old, won, serviced and recorded by one and the same partner."""

ANOTHER_SERVES = {
    "originator_serves": False,
    "record_serves": False,
    "originator_idle": 12,
    "record_idle": 12,
}
"""Won and recorded by one partner a year ago, serviced by another ever since."""


@pytest.fixture(scope="session")
def situation() -> Callable[..., Account]:
    """An ordinary account, but for the facts given."""
    return lambda **facts: ORDINARY._replace(**facts)


@pytest.fixture(scope="session")
def drifted() -> Callable[..., Account]:
    """An account that another than its seller has serviced for a year, but for the facts given."""
    return lambda **facts: ORDINARY._replace(**{**ANOTHER_SERVES, **facts})
