"""The commands `compare` and `run`: simulate a scenario and tell what was found."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sim.world.scenario import Scenario


from sim.cli.shared import (
    Assumed,
    AtMost,
    Basis,
    Cluster,
    Engine,
    Indicator,
    Json,
    Language,
    Market,
    MaxSeeds,
    Out,
    Own,
    Policies,
    Precision,
    Quiet,
    ScenarioName,
    Seeds,
    StoreAt,
    Workers,
    Worlds,
    Years,
    check_effort,
    command,
    own_policies,
    progress_bar,
    resumable,
    say,
    say_if_cold,
    say_json,
    split_names,
    store_of,
    warn,
    write_results,
)
from sim.cli.terminal import wide_console


@command(
    "[bold]partnersim compare[/bold] · [bold]partnersim compare --policies "
    "first_sale_lock,active_servicer --years 5 --seeds 4[/bold] · [bold]partnersim compare "
    "--market messenger --json[/bold]"
)
def compare(
    scenario: ScenarioName = None,
    market: Market = None,
    assumptions: Assumed = None,
    policies: Policies = None,
    own: Own = None,
    years: Years = None,
    seeds: Seeds = None,
    precision: Precision = None,
    indicator: Indicator = None,
    max_seeds: MaxSeeds = None,
    basis: Basis = None,
    worlds: Worlds = 200,
    out: Out = None,
    lang: Language = "en",
    store: StoreAt = Path("results"),
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare policies on one market, under the same luck."""
    study(
        {
            "scenario": scenario,
            "policies": split_names(policies),
            "market": market,
            "assumptions": assumptions,
            "years": years,
            "seeds": seeds,
        },
        own,
        (precision, indicator, max_seeds),
        basis,
        worlds,
        out,
        lang,
        store,
        engine,
        (workers, cluster),
        at_most,
        as_json,
        quiet,
    )


@command(
    "[bold]partnersim run telephony-lock[/bold] · [bold]partnersim run my-scenario.toml "
    "--seeds 4 --out my-results[/bold]"
)
def run(
    scenario: Annotated[str, typer.Argument(help="A scenario's name or file.")],
    assumptions: Assumed = None,
    own: Own = None,
    years: Years = None,
    seeds: Seeds = None,
    precision: Precision = None,
    indicator: Indicator = None,
    max_seeds: MaxSeeds = None,
    basis: Basis = None,
    worlds: Worlds = 200,
    out: Out = None,
    lang: Language = "en",
    store: StoreAt = Path("results"),
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario just as its file says."""
    study(
        {"scenario": scenario, "assumptions": assumptions, "years": years, "seeds": seeds},
        own,
        (precision, indicator, max_seeds),
        basis,
        worlds,
        out,
        lang,
        store,
        engine,
        (workers, cluster),
        at_most,
        as_json,
        quiet,
    )


def study(
    asked: dict[str, Any],
    own: list[Path] | None,
    sureness: tuple[str | None, str | None, int | None],
    basis: str | None,
    worlds: int,
    out: Path | None,
    lang: str,
    store: Path,
    engine: str,
    hands: tuple[int | None, str | None],
    at_most: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate a scenario, write its result folder and tell what was found.

    Parameters
    ----------
    asked : what `sim.study.chosen.choose` takes.
    own : policy files, whose code is run.
    sureness : precision, its indicator and the most seeds, as given.
    basis : on which to put the programmes; None: as the scenario says.
    worlds : plausible worlds in which to see how often the answer holds; none if there is nothing
        to compare, or the slow engine would live in them.
    lang : of the report.
    hands : number of workers and address of a cluster, as given.
    at_most : that may be simulated, as given.
    """
    started = time.monotonic()
    is_talking = not (as_json or quiet)
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from sim.study import chosen as choice

            choice.check_engine(engine)
            chosen = choice.choose(**asked, own=own_policies(own, is_talking))

            from sim.engines.build import settle
            from sim.present import departures
            from sim.present import i18n as words
            from sim.questions.basis import ask as bases
            from sim.questions.basis import words as on_bases
            from sim.questions.compare import pictures as drawn
            from sim.questions.compare import report as page
            from sim.questions.compare import words as findings
            from sim.questions.robustness import ask as beyond
            from sim.questions.robustness import words as in_worlds
            from sim.study import differences, effort, experiment, folder, precision
            from sim.study import worlds as plausible
            from sim.study.crew import Crew
            from sim.study.identity import digest_of
            from sim.study.workers import hired

            words.check(lang)
            goal = precision.goal_of(*sureness)
            if basis is not None:
                bases.check(basis, chosen)
            if worlds:
                plausible.check_number(worlds)
            say_if_cold(is_talking)
            if len(chosen.programmes) < 2 or settle(engine, chosen).engine != "compiled":
                worlds = 0
            first = precision.first_seeds(chosen.seeds, goal)
            besides = beyond.lives_in(worlds) + bases.lives_for(basis, chosen)
            needed = effort.effort(chosen, first, besides, at_once=hands[0])
            check_effort(asked, needed, at_most)
            inputs_digest = digest_of(folder.inputs(chosen, goal, basis, worlds))
            place = out or folder.default_folder(chosen, goal, basis, worlds)
            place = folder.prepare(place, store, inputs_digest)
            kept = store_of(store)
            address = until_done.enter_context(hired(*hands))
        if is_talking:
            introduce(chosen, first, "" if goal is None else " or more")
            say(f"To be simulated, unless it is there already: {effort.spelt(needed)}.")
        crew = Crew(engine, cluster=address, store=kept)
        runs = experiment.Experiment(chosen, crew)
        if runs.note:
            warn(runs.note)
        fair = None
        with resumable(kept, lambda: runs.tally()):
            if basis is not None:
                with progress_bar("Finding rates", is_talking) as tell:
                    fair = bases.put_on(chosen, basis, replace(crew, progress=tell))
                runs = experiment.Experiment(fair.scenario, crew)
            told = found_already if is_talking and fair is None else None
            with progress_bar("Simulating", is_talking) as tell:
                runs.progress = tell
                reached = precision.gather(runs, goal, told)
            results = runs.results()
            comparison = differences.differences(results)
            if fair is not None:
                comparison.attrs["basis"] = fair.plain()
            robust = None
            if worlds:
                with (
                    resumable(kept),
                    progress_bar(f"Living in {worlds} other worlds", is_talking) as tell,
                ):
                    aside = Crew(cluster=address, store=kept, progress=tell)
                    robust = beyond.robustness_of(runs.scenario, worlds, aside)
            found = folder.Study(
                chosen,
                results,
                comparison,
                goal,
                reached,
                fair.plain() if fair else None,
                worlds,
                robust.tables() if robust else None,
            )

            with progress_bar("Telling a story", is_talking) as tell:
                told_account = page.story_worth_telling(results, tell)

            def fill(fresh: Path) -> None:
                folder.save(fresh, found)
                drawn.save(fresh, results, comparison, robust)
                if told_account is not None:
                    page.save_story(fresh, told_account)
                page.save(fresh, lang)

            write_results(place, is_talking, fill)
    stood = [] if fair is None else on_bases.sentences(fair, comparison)
    said = [*stood, *findings.sentences(comparison)]
    if robust is not None:
        said += in_worlds.closing(robust)
    said += [departures.LEFT_OUT] if found.other_worlds_left_out else []
    if as_json:
        say_json(folder.plain(found, said, place))
    elif quiet:
        say(str(place))
    else:
        precise = [findings.precision(goal, reached)] if goal and reached else []
        said = [*findings.pairing(comparison), *precise, "", *said]
        again = found.repeat(place / "scenario.toml")
        report = place / page.name_in(lang)
        conclude(comparison, said, place, report, again, time.monotonic() - started)


def found_already(runs: int, whole: int) -> None:
    """Say how much of a study is there already, if anything is."""
    if runs:
        say(f"{runs} of {whole} runs were there already.")


def introduce(scenario: Scenario, seeds: int, more: str) -> None:
    """Say what is going to be simulated."""
    from sim.present.numbers import counted

    say(scenario.question)
    say(
        f"Market {scenario.market}: {scenario.partners} potential partners, {scenario.clients} "
        f"accounts; {counted(scenario.burn_in_months, 'month')} under "
        f"{scenario.incumbent.policy.name}, then {counted(scenario.years, 'year')} under each of "
        f"{counted(len(scenario.programmes), 'programme')}; {counted(seeds, 'seed')}{more}, the "
        "same luck for all."
    )


def conclude(
    comparison: Any, said: list[str], folder: Path, report: Path, again: str, seconds: float
) -> None:
    """Print the table, what was found and where everything lies."""
    from sim.present.tables import comparison_tables

    console = wide_console()
    for table in comparison_tables(comparison, console.width):
        console.print(table)
    say("")
    for sentence in said:
        say(sentence)
    say(f"\nReport: {report}\nTables, charts and manifest: {folder}")
    say(f"Repeat exactly: {again}   ({seconds:.0f} s)")
