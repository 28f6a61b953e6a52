"""A small comparison with everything a report can show, and its pages."""

from pathlib import Path

import pytest

from sim.questions.compare import report
from sim.questions.compare.report.account import save_story
from sim.questions.compare.report.read import Result, read
from sim.questions.explain.ask import explain
from sim.questions.robustness.ask import robustness_of
from sim.study import differences, folder
from sim.study.crew import Crew
from sim.study.experiment import Experiment
from sim.study.precision import gather
from sim.world import scenario as scenarios

LANGUAGES = ("en", "ru")


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("results")
    chosen = scenarios.load()._replace(
        partners=30, clients=400, years=3, burn_in_months=24, seeds=3
    )
    experiment = Experiment(chosen, Crew(at_once=1))
    gather(experiment, None)
    found = experiment.results()
    robust = robustness_of(chosen, 24, Crew(at_once=1))
    folder.save(
        place,
        folder.Study(
            chosen, found, differences.differences(found), worlds=24, robustness=robust.tables()
        ),
    )
    save_story(place, explain(chosen, seed=1))
    return place


@pytest.fixture(scope="session")
def result(results: Path) -> Result:
    return read(results)


@pytest.fixture(scope="session")
def pages(result: Result) -> dict[str, str]:
    return {code: report.page(result, code) for code in LANGUAGES}
