"""A partner programme: a policy (who is paid, how much) and how the vendor runs it."""

from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from policies.contract import Term, declared
from policies.registry import Policy, load
from sim.world.errors import BadInput, unknown_name


class Conduct(NamedTuple):
    """How the vendor runs a programme, whatever its policy says."""

    payout_days: Annotated[
        float, Term("days", 0, 120, "S1: 3 days; others monthly or later", "Wait for commission.")
    ] = 30.0
    payout_threshold: Annotated[
        float, Term("RUB", 0, 100_000, "S1: any amount; others a threshold", "Least sum paid out.")
    ] = 0.0
    care: Annotated[
        float,
        Term("0-1", 0, 1, "S1, S4; A", "Personal care: chat, manager, ratings; a half is usual."),
    ] = 0.5
    registry: Annotated[
        bool,
        Term(
            "yes or no",
            0,
            1,
            "S2: a deal registry ends most disputes",
            "Who won and serves whom is visible to partners.",
        ),
    ] = False


class Programme(NamedTuple):
    """A programme ready to be simulated."""

    name: str
    policy: Policy
    conduct: Conduct = Conduct()

    @property
    def complexity(self) -> float:
        """Clauses a partner must keep in mind beyond a flat rate."""
        return float(getattr(self.policy.terms, "complexity", 0.0))


def programme(name: str, policy: str | Policy = "", **numbers: Any) -> Programme:
    """Return a programme by its policy's name, with terms and conduct that differ from defaults.

    Parameters
    ----------
    name : how the programme is called in results; also the policy's name where that is not given.
    numbers : terms of the policy and fields of `Conduct`, by name.

    Raises
    ------
    BadInput
        If a name is unknown or a number outside its declared range.
    """
    if not isinstance(policy, Policy):
        policy = load(policy or name)
    legal = {**declared(type(policy.terms)), **declared(Conduct)}
    for key, value in numbers.items():
        if key not in legal:
            raise unknown_name("term", key, legal, name)
        if not legal[key].low <= value <= legal[key].high:
            low, high, unit = legal[key].low, legal[key].high, legal[key].unit
            raise BadInput(f"{name}: {key}: {value!r} is not from {low:g} to {high:g} {unit}.")
    conduct = {key: value for key, value in numbers.items() if key in Conduct._fields}
    terms = {key: value for key, value in numbers.items() if key not in conduct}
    if terms:
        policy = replace(policy, terms=policy.terms._replace(**terms))
    return Programme(name, policy, Conduct(**conduct))
