"""The command `explain`: one account's or partner's story."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.shared import (
    AtMost,
    Engine,
    Json,
    Market,
    Own,
    Policies,
    Quiet,
    ScenarioName,
    Years,
    check_effort,
    command,
    own_policies,
    progress_bar,
    say,
    say_json,
    split_names,
    warn,
)
from sim.cli.terminal import wide_console
from sim.world.paths import expanded


@command(
    "[bold]partnersim explain[/bold] · [bold]partnersim explain 123 --policies "
    "first_sale_lock,client_choice[/bold] · [bold]partnersim explain --partner 7 --seed 2[/bold]"
)
def explain(
    account: Annotated[
        int | None, typer.Argument(help="Number of an account.", show_default="an interesting one")
    ] = None,
    partner: Annotated[
        int | None,
        typer.Option(help="Number of a partner, for its story.", show_default="none"),
    ] = None,
    scenario: ScenarioName = None,
    market: Market = None,
    policies: Policies = None,
    own: Own = None,
    seed: Annotated[int, typer.Option(help="Keys all luck; another seed, another world.")] = 1,
    years: Years = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the picture.", show_default="results/<scenario>-explained"),
    ] = None,
    engine: Engine = "auto",
    at_most: AtMost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell one account's or one partner's story under each policy, and why it went so."""
    is_talking = not (as_json or quiet)
    with progress_bar("Starting", is_talking):
        from policies import compiler
        from sim.questions.explain.ask import explain as traces
        from sim.study import chosen as choice
        from sim.study import effort

        chosen = choice.choose(
            scenario,
            policies=split_names(policies),
            market=market,
            years=years,
            own=own_policies(own, is_talking),
        )
        asked = {"scenario": scenario, "policies": policies, "market": market, "years": years}
        check_effort(asked, effort.effort(chosen, 1, at_once=1), at_most)
    title = "Compiling once, then watching" if compiler.is_cold() else "Watching"
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always", UserWarning)
        with progress_bar(title, is_talking) as tell:
            traced = traces(
                chosen,
                account=account,
                partner=partner,
                seed=seed,
                engine=engine,
                progress=tell,
            )
            from sim.questions.explain import pictures as timelines
            from sim.questions.explain import words as story
            from sim.study import folder
            from sim.study.store import PLACE

            name = f"{folder.short_name(traced.scenario)}-explained"
            place = expanded(out) if out else PLACE / name
            pictures = timelines.save(place, traced)
    for note in notes:
        warn(str(note.message))
    if as_json:
        say_json({**story.plain(traced), "pictures": [str(path) for path in pictures]})
    elif quiet:
        say(str(pictures[0]))
    else:
        narrate(traced)
        say(f"\nPicture: {pictures[0]} (and .svg)")


def narrate(traced: Any) -> None:
    """Print a story: other accounts worth a look, sums side by side, then each programme."""
    from sim.present.tables import listing as table
    from sim.present.tables import sections
    from sim.questions.explain import words as story

    console = wide_console()
    say(story.heading(traced))
    if len(traced.shortlist):
        say("\nAccounts worth a look; the first is told here, the others by their number:")
        for line in story.offers(traced.shortlist):
            say(line)
    say("")
    console.print(table(*story.numbers(traced)))
    for title, told in story.tell(traced):
        console.print(f"\n{title}", style="bold", markup=False)
        console.print(sections(told, console.width))
