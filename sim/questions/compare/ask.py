"""The comparison of programmes, as a person asks for it: `compare`."""

from __future__ import annotations

import warnings

import pandas as pd

from sim.questions.basis.ask import on_basis
from sim.study.crew import Crew
from sim.study.differences import differences
from sim.study.experiment import Experiment
from sim.study.precision import gather
from sim.study.request import WHAT, WHO, Request, takes


@takes(
    *WHAT,
    "policies",
    "seeds",
    "precision",
    "indicator",
    "max_seeds",
    "basis",
    "indicators",
    *WHO,
    because={"worlds": "it compares in the scenario's own world; `sim.robustness` lives in others"},
)
def compare(request: Request, crew: Crew) -> pd.DataFrame:
    """Compare programmes on one market under the same luck.

    Returns
    -------
    one row per programme and indicator with the paired difference to the baseline, see
    `sim.study.differences.differences`; the rates of a basis are in ``attrs["basis"]``

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    chosen, fair = on_basis(request, crew)
    experiment = Experiment(chosen, crew, model=request.model, own=request.indicators)
    if experiment.note:
        warnings.warn(experiment.note, stacklevel=3)
    gather(experiment, request.goal, named=request.seeds if request.are_named else ())
    comparison = differences(experiment.results())
    if fair is not None:
        comparison.attrs["basis"] = fair.plain()
    return comparison
