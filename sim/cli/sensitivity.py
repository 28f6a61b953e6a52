"""The command `sensitivity`: which assumptions decide."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.shared import (
    AtMost,
    Cluster,
    Json,
    Market,
    Out,
    Own,
    Policies,
    Quiet,
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
    split_names,
    store_of,
    warn,
    write_results,
)
from sim.cli.terminal import wide_console


@command(
    "[bold]partnersim sensitivity[/bold] · [bold]partnersim sensitivity --policies "
    "first_sale_lock,client_choice --samples 256[/bold] · [bold]partnersim sensitivity "
    "radist-forty --json[/bold]"
)
def sensitivity(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario's name or file.", show_default="four-policies"),
    ] = None,
    market: Market = None,
    policies: Policies = None,
    own: Own = None,
    years: Years = None,
    trajectories: Annotated[
        int, typer.Option(help="Trajectories of the screening, each of 103 worlds.")
    ] = 20,
    deep: Annotated[
        int, typer.Option(help="Assumptions whose shares of variance are worked out.")
    ] = 12,
    samples: Annotated[
        int,
        typer.Option(
            help="Base samples of these, a power of two; more narrow the indices' intervals."
        ),
    ] = 128,
    seeds: Annotated[
        int, typer.Option(help="Seeds at both ends of each of these, and for what is luck.")
    ] = 16,
    out: Out = None,
    store: StoreAt = Path("results"),
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find which assumptions decide between the policies, and what to measure first."""
    is_talking = not (as_json or quiet)
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from sim.engines.build import settle
            from sim.present import plots
            from sim.questions.result import Answer, Question
            from sim.questions.sensitivity import ask as study
            from sim.study import chosen as choice
            from sim.study import effort, folder
            from sim.study.crew import Crew
            from sim.study.workers import hired

            chosen = choice.choose(
                scenario,
                policies=split_names(policies),
                market=market,
                years=years,
                own=own_policies(own, is_talking),
            )
            size = study.Size(trajectories, deep, samples, seeds)
            study.check(chosen, size)
            asked = {"scenario": scenario, "policies": policies, "market": market, "years": years}
            needed = effort.effort(chosen, 0, sum(size.worlds()), at_once=workers)
            check_effort(asked, needed, at_most, "--samples")
            question = Question("sensitivity", chosen, size._asdict())
            place = folder.prepare(out or question.place(), store, question.digest)
            kept = store_of(store)
            address = until_done.enter_context(hired(*(workers, cluster)))
        say_if_cold(is_talking)
        if note := settle("auto", chosen).note:
            warn(note)
        if is_talking:
            say(chosen.question)
            say(f"To be simulated, unless it is there already: {effort.spelt(needed)}.")
        with resumable(kept):
            with progress_bar(f"Living in {sum(size.worlds())} worlds", is_talking) as tell:
                found = study.sensitivity_of(
                    chosen, size, Crew(cluster=address, store=kept, progress=tell)
                )
            answer = Answer(
                question,
                found.tables(),
                found.runs(),
                found.sentences(),
                {"screening": found.screening, "ends": found.ends},
            )
            write_results(
                place,
                is_talking,
                answer.save,
                lambda fresh: plots.save(fresh, found.pictures()),
            )
    if as_json:
        say_json(answer.plain(place, found.reused))
    elif quiet:
        say(str(place))
    else:
        conclude(found, answer, place)


def conclude(found: Any, answer: Any, place: Path) -> None:
    """Print the tables, what was found and where everything lies."""
    from sim.questions.sensitivity import words as shown

    console = wide_console()
    for table in shown.tables(found):
        console.print(table)
    say("")
    for sentence in answer.findings:
        say(sentence)
    again = answer.question.repeat(place / "scenario.toml")
    say(
        f"\n{found.reused} of {len(answer.runs)} runs were there already. Tables, charts and "
        f"manifest: {place}\nRepeat exactly: {again}"
    )
