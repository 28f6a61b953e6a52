"""The command `decompose`: what each clause carries of a difference."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.shared import (
    AtMost,
    Cluster,
    Engine,
    Json,
    Market,
    Out,
    Own,
    Quiet,
    Seeds,
    StoreAt,
    Workers,
    Years,
    check_effort,
    command,
    own_policies,
    progress_bar,
    resumable,
    say,
    say_if_cold,
    say_json,
    store_of,
    warn,
    write_results,
)
from sim.cli.terminal import wide_console


@command(
    "[bold]partnersim decompose radist-timeline[/bold] · [bold]partnersim decompose radist-v4 "
    "--from first_sale_lock --to v4[/bold] · [bold]partnersim decompose --to client_choice "
    "--indicator client_churn[/bold]"
)
def decompose(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario's name or file.", show_default="four-policies"),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", help="A programme or policy.", show_default="the scenario's baseline"
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", help="Another one.", show_default="the scenario's last"),
    ] = None,
    indicator: Annotated[
        str, typer.Option(help="The indicator whose difference is taken apart.")
    ] = "npv",
    market: Market = None,
    own: Own = None,
    years: Years = None,
    seeds: Seeds = None,
    out: Out = None,
    store: StoreAt = Path("results"),
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take the difference between two programmes apart: how much of it each clause carries."""
    is_talking = not (as_json or quiet)
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from sim.present import plots
            from sim.questions.decompose import ask as study
            from sim.questions.decompose import pictures as drawn
            from sim.questions.decompose import words as shown
            from sim.questions.result import Answer, Question
            from sim.study import chosen as choice
            from sim.study import effort, folder
            from sim.study.crew import Crew
            from sim.study.workers import hired

            choice.check_engine(engine)
            study.check_indicator(indicator)
            chosen = choice.choose(
                scenario,
                market=market,
                years=years,
                seeds=seeds,
                own=own_policies(own, is_talking),
            )
            mixtures = study.mix(study.pair(chosen, start, end))
            asked = {"scenario": scenario, "market": market, "years": years, "seeds": seeds}
            mixed = len(mixtures.programmes) * chosen.seeds
            needed = effort.effort(chosen, chosen.seeds, runs=mixed, at_once=workers)
            check_effort(asked, needed, at_most)
            first, last = mixtures.scenario.programmes
            options = {"from": first.name, "to": last.name, "indicator": indicator}
            question = Question("decompose", mixtures.scenario, options)
            place = folder.prepare(out or question.place(), store, question.digest)
            kept = store_of(store)
            address = until_done.enter_context(hired(workers, cluster))
        if is_talking:
            introduce(mixtures)
            say(f"To be simulated, unless it is there already: {effort.spelt(needed)}.")
        say_if_cold(is_talking)
        runs = mixtures.experiment(Crew(engine, cluster=address, store=kept))
        if runs.note:
            warn(runs.note)
        with resumable(kept, lambda: runs.tally()):
            with progress_bar("Simulating", is_talking) as tell:
                runs.progress = tell
                runs.simulate(runs.look_up(range(1, chosen.seeds + 1)))
            results = runs.results()
            table = study.shares(mixtures, results, indicator)
            tables = {"decomposition": table, "mixtures": study.listed(mixtures)}
            lived = results.runs.assign(variant="")
            answer = Answer(question, tables, lived, shown.sentences(table))
            write_results(
                place,
                is_talking,
                answer.save,
                lambda fresh: plots.save(fresh, drawn.pictures(table, chosen.question)),
            )
    if as_json:
        attrs = {key: value for key, value in table.attrs.items() if key != "seeds"}
        say_json({**answer.plain(place, results.reused), "whole": attrs})
    elif quiet:
        say(str(place))
    else:
        conclude(table, answer, place)


def introduce(mixtures: Any) -> None:
    """Say what is going to be simulated."""
    from sim.present.numbers import counted

    scenario = mixtures.scenario
    first, last = scenario.programmes
    say(
        f"From {first.name} to {last.name}: {counted(len(mixtures.clauses), 'clause')}, "
        f"{counted(len(mixtures.programmes), 'mixture')}, {counted(scenario.seeds, 'seed')}, "
        f"{counted(scenario.years, 'year')}; market {scenario.market}, {scenario.partners} "
        f"potential partners, {scenario.clients} accounts."
    )


def conclude(table: Any, answer: Any, place: Path) -> None:
    """Print the table, what was found and where everything lies."""
    from sim.questions.decompose import words as shown

    wide_console().print(shown.listing(table))
    say("")
    for sentence in answer.findings:
        say(sentence)
    again = answer.question.repeat(place / "scenario.toml")
    say(f"\nTables, chart and manifest: {place}\nRepeat exactly: {again}")
