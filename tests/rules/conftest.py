"""How a rule is asked: the facts of the case are given, assumptions are the usual ones."""

import inspect
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings

from sim.world.assumptions import Assumptions

settings.register_profile("rules", deadline=None, max_examples=100)
settings.load_profile("rules")


def asked(rule: Callable[..., Any], **facts: Any) -> Any:
    """Return a rule's answer; whatever is not given is an assumption at its default."""
    usual = Assumptions()
    names = inspect.signature(getattr(rule, "py_func", rule)).parameters
    return rule(**{name: facts[name] if name in facts else getattr(usual, name) for name in names})


@pytest.fixture(scope="session")
def ask() -> Callable[..., Any]:
    """Ask a rule: ``ask(rule, satisfaction=0.5)``."""
    return asked


def climbing(rule: Callable[..., Any], name: str, steps: Any, **facts: Any) -> list[Any]:
    """Return a rule's answers as one fact climbs."""
    return [asked(rule, **facts, **{name: step}) for step in steps]


@pytest.fixture(scope="session")
def answers() -> Callable[..., list[Any]]:
    """Ask a rule while one fact climbs: ``answers(rule, "satisfaction", steps, fit=0.5)``."""
    return climbing


@pytest.fixture(scope="session")
def rises() -> Callable[[list[Any]], bool]:
    """Whether each answer is larger than the one before."""
    return lambda found: all(b > a for a, b in pairwise(found))


@pytest.fixture(scope="session")
def falls() -> Callable[[list[Any]], bool]:
    """Whether each answer is smaller than the one before."""
    return lambda found: all(b < a for a, b in pairwise(found))
