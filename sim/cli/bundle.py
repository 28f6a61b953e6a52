"""The commands `bundle` and `verify`: pass results on, and check somebody else's."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.shared import (
    NOT_REPRODUCED,
    NOT_WHOLE,
    AtMost,
    Cluster,
    Engine,
    Json,
    Quiet,
    Workers,
    command,
    progress_bar,
    say,
    say_json,
    warn,
)
from sim.world.paths import expanded


@command(
    "[bold]partnersim bundle results/four-policies-0123abcd[/bold] · [bold]partnersim bundle "
    "results/four-policies-0123abcd --out for-the-council.bundle[/bold]"
)
def bundle(
    result: Annotated[Path, typer.Argument(help="A result folder.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write.", show_default="RESULT.bundle")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put a result folder into one file that others can check."""
    with progress_bar("Packing", not (as_json or quiet)):
        from sim.questions.bundle import pack as bundles
        from sim.questions.bundle.words import shown

        result = expanded(result)
        content, digest, left_out = bundles.pack(result)
        whole = result.absolute()
        place = expanded(out) if out else whole.with_name(f"{whole.name}.bundle")
        bundles.save(place, content)
    if as_json:
        say_json(
            {
                "bundle": str(place),
                "digest": digest,
                "bytes": len(content),
                "left_out": left_out,
            }
        )
    elif quiet:
        say(str(place))
    else:
        say(
            f"{place}: {max(1, len(content) >> 10)} kB, digest {digest}\n"
            "Pass it on and publish the digest; whoever has partnersim checks it with: "
            f"partnersim verify {shlex.quote(place.name)}"
        )
        if left_out:
            say(
                "Left out, as nobody could check it: "
                f"{', '.join(map(shown, left_out))}. Pass it on beside the bundle."
            )


@command(
    "[bold]partnersim verify theirs.bundle[/bold] · [bold]partnersim verify theirs.bundle "
    "--sample 20[/bold] · [bold]partnersim verify theirs.bundle --trust --json[/bold]"
)
def verify(
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle, whoever made it.")],
    sample: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Simulate so many runs again; which, the bundle's digest decides.",
            show_default="all",
        ),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run the code of policies in the bundle. Read it first."),
    ] = False,
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a bundle's runs again, and say whether every number is reproduced.

    Ends with 0 if so; 3 if something differs or was altered; 4 if something could not be checked,
    which the first line names; 2 if it is no bundle, or takes more than --at-most.
    """
    is_talking = not (as_json or quiet)
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from policies import compiler
            from sim.questions.bundle import verify as verification
            from sim.questions.bundle import words as verdict
            from sim.questions.bundle.redraw import REDRAW
            from sim.study import effort
            from sim.study.chosen import check_engine
            from sim.study.workers import hired

            check_engine(engine)
            address = until_done.enter_context(hired(workers, cluster))

        def announce(needed: effort.Effort) -> None:
            """Say beside the result what is going to be simulated."""
            warn(f"To be simulated: {effort.spelt(needed)}.")

        first = "Compiling, once, and simulating again" if compiler.is_cold() else ""
        with progress_bar(first or "Simulating again", is_talking) as tell:
            found = verification.verify(
                expanded(file),
                sample=sample,
                trust=trust,
                engine=engine,
                cluster=address,
                progress=tell,
                draw=REDRAW,
                at_once=workers,
                at_most=at_most,
                announce=announce if is_talking else None,
            )
    if as_json:
        say_json(verdict.plain(found))
    elif quiet:
        say(verdict.headline(found))
    else:
        for line in verdict.sentences(found):
            say(line)
    if not found.is_sound:
        raise typer.Exit(NOT_REPRODUCED)
    if not found.is_whole:
        raise typer.Exit(NOT_WHOLE)
