"""What to simulate: a scenario with the market, programmes, horizon and size asked for.

Everything asked for is checked here, before anything slow is imported or begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies import registry
from policies.contract import declared
from policies.registry import Policy
from sim.engines.build import ENGINES
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions
from sim.world.departures import CALL, Stated
from sim.world.errors import BadInput, shown, unknown_name
from sim.world.programme import Programme, programme
from sim.world.scenario import Scenario


def check_engine(engine: str) -> None:
    """Refuse an engine that does not exist."""
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)


def check_numbers(*, seed: int, years: int, burn_in: int) -> None:
    """Refuse numbers that no run can have."""
    for name, value, low, high in (
        ("seed", seed, 0, 2**63 - 1),
        ("years", years, 1, 50),
        ("burn_in", burn_in, 0, 600),
    ):
        if type(value) is not int or not low <= value <= high:
            raise BadInput(f"{name}: {shown(value)} is not a whole number from {low} to {high}.")


def resolve(
    scenario: str | Scenario | None,
    market: str | None,
    partners: int | None,
    clients: int | None,
    assumptions: str | Mapping[str, float] | None = None,
) -> Scenario:
    """Return a scenario with its market, assumptions and size as asked for."""
    if isinstance(scenario, Scenario):
        if market is not None or assumptions is not None:
            name = "assumptions" if market is None else "market"
            raise BadInput(
                f"{name}: a scenario that was loaded has its own. Give {name} where it is loaded, "
                "sim.world.scenario.load(), or name the scenario instead."
            )
        chosen = scenario
    else:
        chosen = scenarios.load(scenario or scenarios.DEFAULT, market, assumptions)
    if chosen.incumbent.changes or chosen.incumbent.incidents:
        raise BadInput(
            "incumbent: its changes and incidents would never come: their months count from the "
            "decision, which ends it. Put them under a programme."
        )
    for name, value, low in (("partners", partners, 2), ("clients", clients, 10)):
        if value is not None and not low <= value:
            raise BadInput(f"{name}: {shown(value)} is too few; at least {low}.")
    sizes = {"partners": partners, "clients": clients}
    asked = {name: value for name, value in sizes.items() if value is not None}
    return chosen._replace(
        partners=partners or chosen.partners,
        clients=clients or chosen.clients,
        stated=(*chosen.stated, *([Stated(CALL, "", asked)] if asked else [])),
    )


def choose_programme(chosen: Scenario, policy: str | Policy | None) -> Programme:
    """Return one of the scenario's programmes by name, or a policy at its default terms."""
    if isinstance(policy, Policy):
        return programme(policy.name, policy)
    named = {studied.name: studied for studied in chosen.programmes}
    name = policy or chosen.baseline
    if name in named:
        return named[name]
    if name not in registry.available():
        raise unknown_name("policy", name, {*registry.available(), *named})
    return programme(name)


def choose(
    scenario: str | Scenario | None = None,
    *,
    policies: Sequence[str | Policy] | None = None,
    market: str | None = None,
    years: int | None = None,
    seeds: int | None = None,
    partners: int | None = None,
    clients: int | None = None,
    assumptions: str | Mapping[str, float] | None = None,
    own: Sequence[Policy] = (),
) -> Scenario:
    """Return a scenario with the programmes, market, horizon and size asked for.

    Parameters
    ----------
    assumptions : stand in place of the defaults, as `sim.world.scenario.load` takes them.
    own : policies to study besides.
    """
    chosen = resolve(scenario, market, partners, clients, assumptions)
    for name, value, high in (("years", years, 50), ("seeds", seeds, 100_000)):
        if value is not None and (isinstance(value, bool) or not 1 <= value <= high):
            raise BadInput(f"{name}: {shown(value)} is out of range; allowed: 1 to {high}.")
    chosen = chosen._replace(years=years or chosen.years, seeds=seeds or chosen.seeds)
    if policies is None:
        added = tuple(programme(policy.name, policy) for policy in own)
        return chosen._replace(programmes=(*chosen.programmes, *added))
    named = {studied.name: studied for studied in chosen.programmes}
    if isinstance(policies, str):
        raise BadInput(f"policies: give a list, such as [{policies!r}].")
    picked = []
    for asked in dict.fromkeys([*policies, *own]):
        if isinstance(asked, Policy):
            picked.append(programme(asked.name, asked))
            continue
        if asked not in named and asked not in registry.available():
            raise unknown_name("policy", asked, {*named, *registry.available()})
        picked.append(named.get(asked) or programme(asked))
    if not picked:
        raise BadInput("policies: name at least one policy; see `partnersim policies`.")
    names = [studied.name for studied in picked]
    baseline = chosen.baseline if chosen.baseline in names else names[0]
    return chosen._replace(programmes=tuple(picked), baseline=baseline)


def vary(assumptions: Assumptions, numbers: Mapping[str, float], variant: str) -> Assumptions:
    """Return assumptions of which some differ, each within its declared range.

    Parameters
    ----------
    variant : what the changed world is called, for the error.
    """
    legal = declared(Assumptions)
    changed: dict[str, Any] = {}
    for name, value in numbers.items():
        if name not in legal:
            raise unknown_name("assumption", name, legal, f"variant {variant!r}")
        term = legal[name]
        is_whole = isinstance(getattr(assumptions, name), int)
        is_number = isinstance(value, int if is_whole else (int, float))
        if not is_number or isinstance(value, bool) or not term.low <= value <= term.high:
            kind = "a whole number" if is_whole else "a number"
            raise BadInput(
                f"variant {variant!r}: {name}: {shown(value)} is not {kind} from {term.low:g} to "
                f"{term.high:g} {term.unit}."
            )
        changed[name] = value if is_whole else float(value)
    return assumptions._replace(**changed)
