"""The command `patterns`: what the evidence asks of the model, and what it shows."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.shared import (
    Cluster,
    Json,
    Out,
    Quiet,
    StoreAt,
    Workers,
    command,
    progress_bar,
    resumable,
    say,
    say_if_cold,
    say_json,
    split_names,
    store_of,
    write_results,
)
from sim.cli.terminal import wide_console

if TYPE_CHECKING:
    from sim.questions.patterns.ask import Patterns


@command(
    "[bold]partnersim patterns[/bold] · [bold]partnersim patterns --assumptions calibrated "
    "--seeds 400[/bold] · [bold]partnersim patterns --json[/bold]"
)
def patterns(
    assumptions: Annotated[
        str,
        typer.Option(
            help="Sets of assumptions, separated by commas: defaults, or the names or files of "
            "what stands in place of them."
        ),
    ] = "defaults,calibrated",
    seeds: Annotated[
        int, typer.Option(help="How many runs of each; at most 16 of each world of the map.")
    ] = 100,
    write: Annotated[
        bool, typer.Option("--write", help="Write docs/validation.md anew, in a checkout.")
    ] = False,
    out: Out = None,
    store: StoreAt = Path("results"),
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold the model against the twelve patterns of the evidence: what is met, what is missed."""
    is_talking = not (as_json or quiet)
    names = split_names(assumptions) or []
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from sim.present import plots
            from sim.questions.patterns import answer, validation
            from sim.questions.patterns import ask as study
            from sim.questions.patterns import pictures as drawn
            from sim.study import folder
            from sim.study.workers import hired

            if write:
                validation.folder()
            asked = answer.inputs(names, seeds)
            place = folder.prepare(out or answer.place(asked), store, answer.digest(asked))
            kept = store_of(store)
            address = until_done.enter_context(hired(workers, cluster))
        say_if_cold(is_talking)
        with resumable(kept), progress_bar("Measuring", is_talking) as tell:
            found = study.patterns(names, seeds=seeds, cluster=address, store=kept, progress=tell)
        write_results(
            place,
            is_talking,
            lambda fresh: answer.save(fresh, asked, found),
            lambda fresh: plots.save(fresh, drawn.pictures(found.criteria, found.map)),
        )
        document = validation.write(found) if write else None
    differing = answer.departures(names)
    if as_json:
        say_json({**answer.plain(found), "departures": differing, "folder": str(place)})
    elif quiet:
        say(str(place))
    else:
        conclude(found, differing, place, document)


def conclude(
    found: Patterns, differing: list[dict[str, Any]], place: Path, document: Path | None
) -> None:
    """Print the table, the verdicts and where everything lies."""
    from sim.questions.patterns import words as shown

    wide_console().print(shown.table(found.criteria))
    say("")
    for sentence in [
        *shown.sentences(found.verdicts),
        shown.rests_on(found.criteria),
        *shown.differing(differing),
    ]:
        say(sentence)
    written = f"\nWritten: {document}" if document is not None else ""
    say(f"\nTables, charts and manifest: {place}{written}")
