"""The command `robustness`: in how many plausible worlds an answer holds."""

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
    "[bold]partnersim robustness[/bold] · [bold]partnersim robustness --worlds 500 --policies "
    "first_sale_lock,client_choice[/bold] · [bold]partnersim robustness radist-forty --json[/bold]"
)
def robustness(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario's name or file.", show_default="four-policies"),
    ] = None,
    market: Market = None,
    policies: Policies = None,
    own: Own = None,
    years: Years = None,
    worlds: Annotated[int, typer.Option(help="How many plausible worlds.")] = 2_000,
    out: Out = None,
    store: StoreAt = Path("results"),
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find in how many plausible worlds each policy is best, for whom, and where that flips."""
    is_talking = not (as_json or quiet)
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from sim.engines.build import settle
            from sim.present import plots
            from sim.questions.result import Answer, Question
            from sim.questions.robustness import ask as study
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
            study.check(chosen, worlds)
            asked = {"scenario": scenario, "policies": policies, "market": market, "years": years}
            needed = effort.effort(chosen, 0, study.lives_in(worlds), at_once=workers)
            check_effort(asked, needed, at_most)
            question = Question("robustness", chosen, {"worlds": worlds})
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
            with progress_bar(f"Living in {worlds} worlds", is_talking) as tell:
                found = study.robustness_of(
                    chosen, worlds, Crew(cluster=address, store=kept, progress=tell)
                )
            answer = Answer(
                question,
                found.tables(),
                found.results.runs,
                found.sentences(),
                {"worlds": found.worlds.reset_index()},
            )
            write_results(
                place,
                is_talking,
                answer.save,
                lambda fresh: plots.save(fresh, found.pictures()),
            )
    if as_json:
        say_json(answer.plain(place, found.results.reused))
    elif quiet:
        say(str(place))
    else:
        conclude(found, answer, place)


def conclude(found: Any, answer: Any, place: Path) -> None:
    """Print the tables, what was found and where everything lies."""
    from sim.questions.robustness import words as shown

    console = wide_console()
    for table in shown.tables(found):
        console.print(table)
    say("")
    for sentence in answer.findings:
        say(sentence)
    again = answer.question.repeat(place / "scenario.toml")
    reused = found.results.reused
    say(
        f"\n{reused} of {len(answer.runs)} runs were there already. Tables, charts and manifest: "
        f"{place}\nRepeat exactly: {again}"
    )
