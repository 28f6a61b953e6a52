"""The command `frontier`: programmes that nobody can improve for one side alone."""

from __future__ import annotations

import time
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
    Quiet,
    StoreAt,
    Workers,
    Years,
    check_effort,
    command,
    progress_bar,
    resumable,
    say,
    say_json,
    split_names,
    store_of,
    write_results,
)
from sim.cli.terminal import wide_console
from sim.world.errors import BadInput

KEEP, CHANGE = "keep", "change"


@command(
    "[bold]partnersim frontier[/bold] · [bold]partnersim frontier --for npv,client_churn "
    "--generations 60[/bold] · [bold]partnersim frontier service-matters --json[/bold]"
)
def frontier(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario's name or file.", show_default="four-policies"),
    ] = None,
    market: Market = None,
    years: Years = None,
    aims: Annotated[
        str,
        typer.Option("--for", help="Two to four indicators that are to be as good as can be."),
    ] = "npv,income_active,client_churn",
    population: Annotated[int, typer.Option(help="Programmes of a generation.")] = 32,
    generations: Annotated[
        int, typer.Option(help="Each is bred from the best before; more find more.")
    ] = 30,
    search_seeds: Annotated[int, typer.Option(help="Seeds on which each programme is tried.")] = 4,
    seeds: Annotated[
        int, typer.Option(help="Other seeds, on which what was found is judged again.")
    ] = 32,
    may_lose: Annotated[
        float,
        typer.Option(
            help="Share of the baseline's level that a programme may lose in any of them."
        ),
    ] = 0.1,
    luck: Annotated[int, typer.Option(help="Of the search itself; another finds others.")] = 1,
    old_clients: Annotated[
        str,
        typer.Option(
            help="keep: clients won before keep their contract for ever, so that nobody wins by "
            "confiscation; change: the new one holds for them, too."
        ),
    ] = KEEP,
    out: Out = None,
    store: StoreAt = Path("results"),
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for programmes that nobody can improve for one side without hurting another."""
    started = time.monotonic()
    is_talking = not (as_json or quiet)
    if old_clients not in (KEEP, CHANGE):
        raise BadInput(f"--old-clients {old_clients}: choose {KEEP} or {CHANGE}.")
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from sim.questions.frontier import ask as study
            from sim.questions.frontier import pictures as drawn
            from sim.questions.frontier import search as how
            from sim.questions.frontier import words as shown
            from sim.questions.result import Answer, Question
            from sim.study import chosen as choice
            from sim.study import effort, folder
            from sim.study.crew import Crew
            from sim.study.workers import hired

            choice.check_engine(engine)
            chosen = choice.choose(scenario, market=market, years=years)
            search = how.check(
                how.Search(
                    tuple(split_names(aims) or ()),
                    population,
                    generations,
                    search_seeds,
                    seeds,
                    may_lose,
                    old_clients == KEEP,
                    luck,
                )
            )
            asked = {"scenario": scenario, "market": market, "years": years}
            needed = effort.effort(
                chosen,
                0,
                generations * search_seeds + seeds,
                runs=how.runs_of(search),
                at_once=workers,
            )
            check_effort(asked, needed, at_most, "--generations")
            options = {
                "for": ",".join(search.aims),
                "population": population,
                "generations": generations,
                "search_seeds": search_seeds,
                "seeds": seeds,
                "may_lose": may_lose,
                "luck": luck,
                "old_clients": old_clients,
            }
            question = Question("frontier", chosen, options)
            place = folder.prepare(out or question.place(), store, question.digest)
            kept = store_of(store)
            address = until_done.enter_context(hired(workers, cluster))
        if is_talking:
            say(shown.introduction(chosen, search))
            say(f"To be simulated, unless it is there already: {effort.spelt(needed)}.")
        with resumable(kept):
            with progress_bar("Searching", is_talking) as tell:
                found = study.find(
                    chosen,
                    search,
                    Crew(engine, cluster=address, store=kept, progress=tell),
                )
            answer = Answer(
                question,
                tables=found.tables(),
                runs=found.results.runs.assign(variant=""),
                details={"tried": found.tried},
                findings=found.sentences(),
            )
            write_results(place, is_talking, answer.save, lambda fresh: drawn.save(fresh, found))
    if as_json:
        say_json({**answer.plain(place, found.reused), "programmes": shown.programmes(found)})
    elif quiet:
        say(str(place))
    else:
        conclude(found, answer, place, time.monotonic() - started)


def conclude(found: Any, answer: Any, place: Path, seconds: float) -> None:
    """Print the table, what was found and where everything lies."""
    from sim.questions.frontier import words as shown

    console = wide_console()
    for table in shown.tables(found):
        console.print(table)
    for sentence in answer.findings:
        say(f"\n{sentence}")
    again = answer.question.repeat(place / "scenario.toml")
    say(
        f"\nPicture, tables and each programme as a scenario to run: {place}\n"
        f"Repeat exactly: {again}   ({seconds:.0f} s)"
    )
