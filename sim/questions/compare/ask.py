"""The comparison of programmes, as a person asks for it: `compare`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from policies.registry import Policy
from sim.engines.build import Model
from sim.questions.basis.ask import put_on
from sim.study.differences import differences
from sim.study.experiment import Experiment, Progress
from sim.study.precision import gather, goal_of
from sim.study.request import check_engine, choose
from sim.study.store import Store
from sim.world.scenario import Scenario


def compare(
    scenario: str | Scenario | None = None,
    *,
    policies: Sequence[str | Policy] | None = None,
    market: str | None = None,
    years: int | None = None,
    seeds: int | None = None,
    partners: int | None = None,
    clients: int | None = None,
    assumptions: str | Mapping[str, float] | None = None,
    engine: str = "auto",
    at_once: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
    store: str | Path | None = None,
    precision: str | float | None = None,
    indicator: str | None = None,
    max_seeds: int | None = None,
    basis: str | None = None,
    model: Model | None = None,
) -> pd.DataFrame:
    """Compare programmes on one market under the same luck.

    Parameters
    ----------
    scenario : name or path of a scenario; by default the comparison of the four named policies.
    policies : policies or their names, or names of the scenario's programmes, instead of all of
        its own; the scenario's baseline stays if it is among them, else the first is the baseline.
    market : name or path of a market, instead of the scenario's own.
    years, seeds : horizon after the decision and number of seeds, instead of the scenario's.
    partners, clients : size of the pool, instead of the market's.
    assumptions : what stands in place of the defaults, by name, or the name or path of a file of
        it, such as "calibrated"; what a market or a scenario says of its own goes before.
    engine : "compiled", "mesa" (slower, the same to the last bit), or "auto" for the former.
    at_once : how many worlds at once; by default one for each processor.
    cluster : address of a scheduler of dask.distributed whose workers do the work.
    progress : told the share of the work done.
    store : a folder in which finished runs are found and kept, such as "results"; by default none.
    precision : such as "1%" or 0.01: add seeds until half of the 95 % interval of every
        difference is at most this share of the baseline's level.
    indicator, max_seeds : the indicator that is to be so precise, by default NPV, and where to
        stop if that is not reached, by default at 10 000.
    basis : "rate", "budget" or "best": put the programmes at the baseline's rate, at its commission
        budget, or each at its own best rate, see `sim.questions.basis.ask.put_on`; by default
        they are as the scenario says.
    model : a subclass of `PartnerMarket`, or a function that builds one from the same keywords;
        it runs on the Mesa engine, and its runs are not stored.

    Returns
    -------
    one row per programme and indicator with the paired difference to the baseline, see
    `sim.study.differences.differences`; the rates of a basis are in ``attrs["basis"]``

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    check_engine(engine)
    goal = goal_of(precision, indicator, max_seeds)
    chosen = choose(
        scenario,
        policies=policies,
        market=market,
        years=years,
        seeds=seeds,
        partners=partners,
        clients=clients,
        assumptions=assumptions,
    )
    place = None if store is None else Store(store)
    crew: dict[str, Any] = {"engine": engine, "at_once": at_once, "cluster": cluster}
    fair = None
    if basis is not None:
        fair = put_on(chosen, basis, **crew, store=place, model=model, progress=progress)
        chosen = fair.scenario
    experiment = Experiment(chosen, **crew, store=place, model=model)
    if experiment.note:
        warnings.warn(experiment.note, stacklevel=2)
    gather(experiment, goal, progress)
    comparison = differences(experiment.results())
    if fair is not None:
        comparison.attrs["basis"] = fair.plain()
    return comparison
