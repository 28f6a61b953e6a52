"""Points of assumptions and terms, lived one by one: `grid` and `sweep`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, product
from typing import Any

import pandas as pd

from policies.contract import declared
from sim.study.crew import Crew
from sim.study.experiment import Experiment
from sim.study.identity import digest_of
from sim.study.indicators import INDICATORS
from sim.study.request import WHAT, WHO, Request, takes
from sim.study.worlds import UNITS
from sim.world.errors import BadInput, unknown_name
from sim.world.programme import Conduct, Programme, programme
from sim.world.scenario import Scenario


def grid(**axes: Sequence[float]) -> pd.DataFrame:
    """Return every combination of some numbers, a row each, to be lived by `sweep`.

    Parameters
    ----------
    axes : values of assumptions and terms, by name.

    >>> grid(poaching=[0.0, 0.05], rate=[0.2, 0.4]).to_numpy().tolist()
    [[0.0, 0.2], [0.0, 0.4], [0.05, 0.2], [0.05, 0.4]]
    """
    if not axes:
        raise BadInput("grid: name assumptions or terms with the values to try.")
    return pd.DataFrame(list(product(*axes.values())), columns=list(axes))


@takes(
    *WHAT,
    "policies",
    "seeds",
    "indicators",
    *WHO,
    because={
        "worlds": "its worlds are the points",
        "basis": "its rates are those of the points",
        "precision": "ask for more seeds",
    },
)
def sweep(
    request: Request, crew: Crew, *, points: pd.DataFrame | Mapping[str, Sequence[float]]
) -> pd.DataFrame:
    """Live a scenario's programmes at each of some points, all with the same seeds.

    Parameters
    ----------
    points : a row each, a column for every assumption, term or conduct that differs; or values by
        name, of which all combinations are tried. A term holds for the programmes that have it.

    Returns
    -------
    one row per point, programme and seed: the point's numbers, programme, seed, every indicator
    and a digest of the run

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    table = points if isinstance(points, pd.DataFrame) else grid(**points)
    scenario = request.scenario
    of_terms = terms_of(scenario, [str(name) for name in table.columns])
    rows = [
        dict(zip(map(str, table.columns), row, strict=True))
        for row in table.astype(object).itertuples(index=False)
    ]
    if not rows:
        raise BadInput("points: give at least one.")

    def terms_at(number: int) -> tuple[Any, ...]:
        return tuple(rows[number][name] for name in of_terms)

    groups = [
        (dict(zip(of_terms, terms, strict=True)), list(numbers))
        for terms, numbers in groupby(sorted(range(len(rows)), key=terms_at), terms_at)
    ]
    experiments, done = [], 0
    for terms, numbers in groups:
        variants = {
            str(number): {k: v for k, v in rows[number].items() if k not in terms}
            for number in numbers
        }
        part = crew.for_part(done / len(rows), len(numbers) / len(rows))
        experiments.append(
            Experiment(
                at_terms(scenario, terms),
                part,
                variants=variants,
                with_months=False,
                model=request.model,
                own=request.indicators,
            )
        )
        done += len(numbers)
    found = []
    for experiment in experiments:  # all are checked before any is lived
        experiment.simulate(experiment.look_up(request.seeds))
        found.append(experiment.results())
    lived = pd.concat([each.runs for each in found], ignore_index=True)
    lived = lived.astype({"variant": int}).sort_values("variant", kind="stable")
    told = table.iloc[lived["variant"]].reset_index(drop=True)
    whole = told.join(lived.drop(columns="variant").reset_index(drop=True))
    whole.attrs = {
        **found[0].marks,
        "digest": digest_of([each.marks["digest"] for each in found]),
        "units": {
            **{name: unit for name, unit in UNITS.items() if name in table},
            **{one.name: one.unit for one in (*INDICATORS, *request.indicators)},
        },
    }
    return whole


def terms_of(scenario: Scenario, names: Sequence[str]) -> list[str]:
    """Return which of some numbers are terms or conduct; all others must be assumptions."""
    legal = set(Conduct._fields)
    for studied in scenario.programmes:
        legal |= declared(type(studied.policy.terms)).keys()
    for name in names:
        if name not in UNITS and name not in legal:
            raise unknown_name("assumption or term", name, {*UNITS, *legal}, "points")
    return [name for name in names if name not in UNITS]


def at_terms(scenario: Scenario, terms: Mapping[str, Any]) -> Scenario:
    """Return a scenario whose programmes have other terms, where they have such."""
    return scenario._replace(
        programmes=tuple(changed_programme(studied, terms) for studied in scenario.programmes)
    )


def changed_programme(studied: Programme, terms: Mapping[str, Any]) -> Programme:
    """Return a programme with other terms and conduct, if they make sense together."""
    usual = {**studied.policy.terms._asdict(), **studied.conduct._asdict()}
    numbers = {name: terms.get(name, value) for name, value in usual.items()}
    return programme(
        studied.name,
        studied.policy,
        changes=studied.changes,
        incidents=studied.incidents,
        **numbers,
    )
