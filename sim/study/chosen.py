"""What is simulated: a scenario with the market, programmes, horizon and size asked for.

What the call says wins over the file, and what would have no effect is refused. Everything is
checked here, before anything slow is imported or begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from policies import registry
from policies.registry import Policy
from sim.engines.build import ENGINES
from sim.world import scenario as scenarios
from sim.world.assumptions import Assumptions, changed
from sim.world.departures import CALL, FILE, SIZES, Stated, stated_by
from sim.world.errors import BadInput, cut, shown, unknown_name
from sim.world.programme import Programme, programme, refuse_out_of_range
from sim.world.scenario import Scenario

Source = str | Path | Mapping[str, Any] | Scenario | None
"""A scenario by shipped name or path, as the content of a file, or ready; None: the default."""
Assumed = str | Path | Mapping[str, float] | Assumptions | None
"""Numbers by name, all of them, or the name or path of a file of defaults."""
Studied = str | Policy | Programme
"""A programme of the scenario or a policy, by name or ready."""
MOST_SEEDS = 100_000
LIMITS = {
    "years": (1, 50),
    "burn_in": (0, 600),
    "seeds": (1, MOST_SEEDS),
    "partners": (2, 100_000),
    "clients": (10, 10_000_000),
}
"""Least and greatest whole number of each that a call may ask for."""


def check_engine(engine: str) -> None:
    """Refuse an engine that does not exist."""
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)


def check_number(name: str, value: Any, low: int, high: int) -> None:
    """Refuse what is no whole number in a range."""
    if type(value) is not int or not low <= value <= high:
        raise BadInput(f"{name}: {shown(value)} is not a whole number from {low} to {high}.")


def check_seed(seed: Any) -> None:
    """Refuse what keys no luck."""
    check_number("seed", seed, 0, 2**63 - 1)


def resolve(
    scenario: Source = None,
    *,
    market: str | Path | None = None,
    assumptions: Assumed = None,
    **sizes: int | None,
) -> Scenario:
    """Return a scenario with its market, assumptions, horizon and size as asked for.

    Parameters
    ----------
    sizes : any of `LIMITS`; None for what stays.

    Raises
    ------
    BadInput
        If a number is out of its range, however it was made, or the call says what has no effect.
    """
    for name, value in sizes.items():
        if value is not None:
            check_number(name, value, *LIMITS[name])
    asked = {name: value for name, value in sizes.items() if value is not None}
    if isinstance(scenario, Scenario):
        chosen = scenario
        if market is not None:
            raise BadInput(
                "market: a scenario that was loaded has its own. Give market where it is loaded, "
                "sim.world.scenario.load(), or name the scenario instead."
            )
    else:
        chosen = loaded(scenario, market, assumptions)
    changed(chosen.assumptions, chosen.assumptions._asdict(), "assumptions")
    if isinstance(scenario, Scenario) or not isinstance(assumptions, str | Path):
        chosen = assuming(chosen, assumptions)
    if chosen.incumbent.changes or chosen.incumbent.incidents:
        raise BadInput(
            "incumbent: its changes and incidents would never come: their months count from the "
            "decision, which ends it. Put them under a programme."
        )
    pool: dict[str, float] = {name: asked[name] for name in SIZES if name in asked}
    if pool:
        chosen = chosen._replace(stated=(*chosen.stated, Stated(CALL, "", pool)))
    fields: dict[str, Any] = {
        "burn_in_months" if name == "burn_in" else name: asked[name] for name in asked
    }
    return chosen._replace(**fields)


def loaded(scenario: Source, market: str | Path | None, assumptions: Assumed) -> Scenario:
    """Return a scenario as its file says, on its own market or another, on a file of defaults."""
    name: Any = scenarios.DEFAULT if scenario is None else scenario
    return scenarios.load(
        str(name) if isinstance(name, Path) else name,
        None if market is None else str(market),
        str(assumptions) if isinstance(assumptions, str | Path) else None,
    )


def assuming(chosen: Scenario, given: Assumed) -> Scenario:
    """Return a scenario with assumptions that the call gives.

    Numbers win over whatever the scenario says. A file's stand in place of the defaults, and of
    another such file: what the market or the scenario says of its own stays.
    """
    if given is None:
        return chosen
    usual = chosen.assumptions
    if isinstance(given, str | Path):
        return on_defaults(chosen, str(given))
    if isinstance(given, Assumptions):
        changed(given, given._asdict(), "assumptions")
        before = usual._asdict()
        given = {name: value for name, value in given._asdict().items() if value != before[name]}
    said = Stated(CALL, "", dict(given))
    return chosen._replace(
        assumptions=changed(usual, given, "assumptions"), stated=(*chosen.stated, said)
    )


def on_defaults(chosen: Scenario, file: str) -> Scenario:
    """Return a scenario on other defaults: only what nobody states of their own differs."""
    usual, shipped = chosen.assumptions, Assumptions()._asdict()
    others = tuple(one for one in chosen.stated if one.by != FILE)
    free = {
        name: shipped[name]
        for name, value in usual._asdict().items()
        if value == shipped[name] or stated_by(chosen, name, value)[0] == FILE
        if not any(name in one.numbers for one in others)
    }
    stated = Stated(FILE, file, scenarios.read_defaults(file))
    numbers = {name: stated.numbers.get(name, value) for name, value in free.items()}
    return chosen._replace(
        assumptions=changed(usual, numbers, "assumptions"), stated=(stated, *others)
    )


def choose_programme(chosen: Scenario, policy: Studied | None) -> Programme:
    """Return one of the scenario's programmes by name, or a policy at its default terms."""
    if isinstance(policy, Programme):
        return policy
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
    scenario: Source = None,
    *,
    policies: Sequence[Studied] | None = None,
    own: Sequence[Policy] = (),
    market: str | Path | None = None,
    assumptions: Assumed = None,
    **sizes: int | None,
) -> Scenario:
    """Return a scenario with the programmes asked for, and what `resolve` takes.

    Parameters
    ----------
    own : policies to study besides.

    Raises
    ------
    BadInput
        Besides, if there is no programme, or two are called the same, whose runs would be pooled.
    """
    chosen = resolve(scenario, market=market, assumptions=assumptions, **sizes)
    if isinstance(policies, str):
        raise BadInput(f"policies: give a list, such as [{policies!r}].")
    if policies is None:
        picked = [*chosen.programmes, *(programme(policy.name, policy) for policy in own)]
    else:
        wanted = dict.fromkeys([*policies, *own])
        picked = [choose_programme(chosen, one) for one in wanted]
    if not picked:
        raise BadInput("policies: name at least one policy; see `partnersim policies`.")
    check_programmes([chosen.incumbent], picked)
    names = [studied.name for studied in picked]
    baseline = chosen.baseline if chosen.baseline in names else names[0]
    return chosen._replace(programmes=tuple(picked), baseline=baseline)


def check_programmes(before: Sequence[Programme], picked: Sequence[Programme]) -> None:
    """Refuse programmes that are called the same, or whose numbers are out of range."""
    names = [studied.name for studied in picked]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(
            f"policies: two programmes are called {cut(twice)}, and their runs could not be told "
            "apart. Give each a name of its own: sim.Programme(name, policy)."
        )
    for studied in (*before, *picked):
        refuse_out_of_range(studied)
