"""The command `partnersim`: parse, call, print."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from sim.world.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from policies.registry import Policy
    from sim.world.scenario import Scenario

F = TypeVar("F", bound=Callable[..., None])
OUR_FAULT, BAD_INPUT, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="partnersim",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="What a partner programme's rules do, over years, to the people who live under them.",
    epilog="Examples: [bold]partnersim compare[/bold] · [bold]partnersim run radist-forty[/bold] "
    "· [bold]partnersim assumptions[/bold]",
)

Json = Annotated[
    bool, typer.Option("--json", help="Print a machine-readable result and nothing else.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the bare result.")]
Years = Annotated[
    int | None, typer.Option(help="Years after the decision.", show_default="the scenario's own")
]
Seeds = Annotated[
    int | None,
    typer.Option(
        help="How many seeds; more narrow the intervals.", show_default="the scenario's own"
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the results.", show_default="results/<scenario>-<digest>"),
]
Engine = Annotated[
    str, typer.Option(help="compiled, mesa (slower, the same to the last bit), or auto.")
]
StoreAt = Annotated[
    Path,
    typer.Option("--store", help="Folder in which finished runs are kept and found again."),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="Add seeds until every difference's 95 % interval is within so much of the "
        "baseline's level, such as 1%.",
        show_default="as many seeds as asked for",
    ),
]
Indicator = Annotated[
    str | None,
    typer.Option(help="The indicator that is to be so precise.", show_default="npv"),
]
MaxSeeds = Annotated[
    int | None,
    typer.Option(help="Where to stop if that is not reached.", show_default="10000"),
]
Own = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy",
        help="A policy file of your own to study besides; this runs the code in it. Try "
        "[bold]partnersim check FILE[/bold] first.",
        show_default="none",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Start so many worker processes on this machine; one that dies is replaced. Needs "
        'pip install "partnersim\\[cluster]".',
        show_default="threads",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Let the workers of a dask cluster do the work, the same to the last bit: the "
        "address of its scheduler, such as tcp://host:8786. Not with --workers.",
        show_default="this machine",
    ),
]
Market = Annotated[
    str | None, typer.Option(help="A market's name or file.", show_default="the scenario's own")
]


ScenarioName = Annotated[
    str | None, typer.Option(help="A scenario's name or file.", show_default="four-policies")
]
Policies = Annotated[
    str | None,
    typer.Option(
        help="Policies or programmes of the scenario, separated by commas; the first is the "
        "baseline unless the scenario's is among them.",
        show_default="the scenario's own",
    ),
]


def command(examples: str) -> Callable[[F], F]:
    """Register a command whose faults end in one message and the right exit code."""

    def register(body: F) -> F:
        @functools.wraps(body)
        def guarded(*args: Any, **options: Any) -> None:
            try:
                body(*args, **options)
            except BadInput as fault:
                typer.echo(f"partnersim: {fault}", err=True)
                raise typer.Exit(BAD_INPUT) from None
            except BrokenPipeError:  # whoever reads has read enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise typer.Exit(0) from None
            except KeyboardInterrupt as stop:
                what = str(stop) or "nothing was written"
                typer.echo(f"partnersim: interrupted; {what}.", err=True)
                raise typer.Exit(INTERRUPTED) from None
            except Exception as fault:
                traceback.print_exc()
                typer.echo(
                    f"partnersim: a fault of ours, not of your input: {fault!r}. Please report "
                    "the lines above with the command that led to them.",
                    err=True,
                )
                raise typer.Exit(OUR_FAULT) from None

        app.command(epilog=f"Examples: {examples}")(guarded)
        return body

    return register


def say(text: str) -> None:
    """Print a line of a result."""
    typer.echo(text)


def wide_console() -> Console:
    """Return a console as wide as the terminal, or of 145 characters where there is none."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=145)


def say_json(plain: Any) -> None:
    """Print a result for machines; what is not a number becomes null."""
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False))


@contextmanager
def progress_bar(title: str, is_shown: bool) -> Iterator[Callable[[float], None]]:
    """Yield what to call with the share of work done; shows a bar with the time left."""
    if not is_shown:
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@command(
    "[bold]partnersim compare[/bold] · [bold]partnersim compare --policies "
    "first_sale_lock,active_servicer --years 5 --seeds 4[/bold] · [bold]partnersim compare "
    "--market messenger --json[/bold]"
)
def compare(
    scenario: ScenarioName = None,
    market: Market = None,
    policies: Policies = None,
    own: Own = None,
    years: Years = None,
    seeds: Seeds = None,
    precision: Precision = None,
    indicator: Indicator = None,
    max_seeds: MaxSeeds = None,
    out: Out = None,
    store: StoreAt = Path("results"),
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare policies on one market, under the same luck."""
    study(
        {
            "scenario": scenario,
            "policies": split_names(policies),
            "market": market,
            "years": years,
            "seeds": seeds,
        },
        own,
        (precision, indicator, max_seeds),
        out,
        store,
        engine,
        (workers, cluster),
        as_json,
        quiet,
    )


@command(
    "[bold]partnersim run telephony-lock[/bold] · [bold]partnersim run my-scenario.toml "
    "--seeds 4 --out my-results[/bold]"
)
def run(
    scenario: Annotated[str, typer.Argument(help="A scenario's name or file.")],
    own: Own = None,
    years: Years = None,
    seeds: Seeds = None,
    precision: Precision = None,
    indicator: Indicator = None,
    max_seeds: MaxSeeds = None,
    out: Out = None,
    store: StoreAt = Path("results"),
    engine: Engine = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario just as its file says."""
    study(
        {"scenario": scenario, "years": years, "seeds": seeds},
        own,
        (precision, indicator, max_seeds),
        out,
        store,
        engine,
        (workers, cluster),
        as_json,
        quiet,
    )


def study(
    asked: dict[str, Any],
    own: list[Path] | None,
    sureness: tuple[str | None, str | None, int | None],
    out: Path | None,
    store: Path,
    engine: str,
    crew: tuple[int | None, str | None],
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate a scenario, write its result folder and tell what was found.

    Parameters
    ----------
    asked : what `sim.study.choice.choose` takes.
    own : policy files, whose code is run.
    sureness : precision, its indicator and the most seeds, as given.
    crew : number of workers and address of a cluster, as given.
    """
    started = time.monotonic()
    is_talking = not (as_json or quiet)
    with ExitStack() as until_done:
        with progress_bar("Starting", is_talking):
            from policies import compiler
            from sim.study import choice

            choice.check_engine(engine)
            chosen = choice.choose(**asked, own=own_policies(own, is_talking))

            from sim.present import findings, plots
            from sim.study import differences, experiment, folder, precision
            from sim.study import store as stores
            from sim.study.identity import digest_of
            from sim.study.workers import hired

            goal = precision.goal_of(*sureness)
            inputs_digest = digest_of(folder.inputs(chosen, goal))
            place = folder.prepare(out or folder.default_folder(chosen, goal), store, inputs_digest)
            kept = stores.Store(
                store, tell=lambda fault: typer.echo(f"partnersim: {fault}", err=True)
            )
            address = until_done.enter_context(hired(*crew))
        if is_talking:
            introduce(
                chosen,
                precision.first_seeds(chosen.seeds, goal),
                "" if goal is None else " or more",
            )
            if compiler.is_cold():
                say("Compiling for this machine: once, for a quarter of a minute or so.")
        runs = experiment.Experiment(chosen, engine=engine, store=kept, cluster=address)
        if runs.note:
            typer.echo(f"partnersim: {runs.note}", err=True)
        try:
            with progress_bar("Simulating", is_talking) as tell:
                reached = precision.gather(runs, goal, tell, found_already if is_talking else None)
            results = runs.results()
            comparison = differences.differences(results)
            found = folder.Study(chosen, results, comparison, goal, reached)

            def fill(fresh: Path) -> None:
                folder.save(fresh, found)
                plots.save(fresh, results, comparison)

            with progress_bar("Drawing and writing", is_talking):
                folder.write(place, fill)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "{} of {} runs are kept in {}; the same command continues there".format(
                    *runs.tally(), kept.folder
                )
            ) from None
    said = findings.sentences(comparison)
    if as_json:
        say_json(folder.plain(found, said, place))
    elif quiet:
        say(str(place))
    else:
        precise = [findings.precision(goal, reached)] if goal and reached else []
        said = [*findings.pairing(comparison), *precise, "", *said]
        again = folder.repeat(results.scenario, place / "scenario.toml")
        conclude(comparison, said, place, again, time.monotonic() - started)


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


def conclude(comparison: Any, said: list[str], folder: Path, again: str, seconds: float) -> None:
    """Print the table, what was found and where everything lies."""
    from sim.present.tables import comparison_tables

    console = wide_console()
    for table in comparison_tables(comparison, console.width):
        console.print(table)
    say("")
    for sentence in said:
        say(sentence)
    say(f"\nTables, charts and manifest: {folder}\nRepeat exactly: {again}   ({seconds:.0f} s)")


def split_names(names: str | None) -> list[str] | None:
    """Return names separated by commas as a list."""
    return None if names is None else [name.strip() for name in names.split(",")]


def own_policies(files: list[Path] | None, is_talking: bool) -> list[Policy]:
    """Return the policies of a user's own files, saying that their code is run."""
    if not files:
        return []
    from sim.study.own import from_file

    if is_talking:
        say(f"Running the code in {', '.join(map(str, files))}, as you ask.")
    return [from_file(path) for path in files]


@command(
    "[bold]partnersim check my_rule.py[/bold] · [bold]partnersim check my_rule.py --json[/bold]"
)
def check(
    file: Annotated[Path, typer.Argument(help="A policy file; the code in it is run.")],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a policy file of your own, and show what it pays in ten situations."""
    is_talking = not (as_json or quiet)
    with progress_bar("Checking", is_talking):
        from sim.study import own, soundness

        policy = own.from_file(file)
        found = soundness.check(policy)
        rows = own.payments(policy)
    faults = [one for one in found if one.fault]
    if as_json:
        say_json({"policy": policy.name, "checks": [o._asdict() for o in found], "pays": rows})
    elif not quiet:
        say(f"{policy.name}: {policy.summary}\n")
        for one in found:
            say(f"  {'FAILS' if one.fault else 'holds'}  {one.claim}")
        say("\nWhat it pays of every 100 RUB invoiced:")
        from sim.present.tables import listing as table

        columns = {name: name.replace("_", " ") for name in rows[0]}
        spelt = [
            {key: f"{value:g}" if isinstance(value, float) else value for key, value in row.items()}
            for row in rows
        ]
        wide_console().print(table(columns, spelt))
    if faults:
        claim, fault = faults[0]
        raise BadInput(
            f'{file}: "{claim[:-1]}" does not hold: {fault}. Correct it and check it again.'
        )


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
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell one account's or one partner's story under each policy, and why it went so."""
    is_talking = not (as_json or quiet)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always", UserWarning)
        with progress_bar("Watching", is_talking) as tell:
            from sim.study import trace

            traced = trace.explain(
                scenario,
                account=account,
                partner=partner,
                policies=split_names(policies),
                market=market,
                seed=seed,
                years=years,
                own=own_policies(own, is_talking),
                engine=engine,
                progress=tell,
            )
            from sim.present import story, timelines

            place = out or Path("results") / f"{traced.scenario.name}-explained"
            pictures = timelines.save(place, traced)
    for note in notes:
        typer.echo(f"partnersim: {note.message}", err=True)
    if as_json:
        say_json({**story.plain(traced), "pictures": [str(path) for path in pictures]})
    elif quiet:
        say(str(pictures[0]))
    else:
        narrate(traced)
        say(f"\nPicture: {pictures[0]} (and .svg)")


def narrate(traced: Any) -> None:
    """Print a story: other accounts worth a look, sums side by side, then each programme."""
    from sim.present import story
    from sim.present.tables import listing as table
    from sim.present.tables import sections

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


@command("[bold]partnersim policies[/bold] · [bold]partnersim policies --json[/bold]")
def policies(as_json: Json = False, quiet: Quiet = False) -> None:
    """List the policies and their terms."""
    from policies import registry

    rows = [registry.describe(name) for name in registry.available()]
    listing(
        rows,
        {"name": "policy", "summary": "what it says", "terms": "terms (default, range)"},
        as_json,
        quiet,
        {"terms": registry.spell_terms},
    )


@command("[bold]partnersim scenarios[/bold] · [bold]partnersim scenarios --quiet[/bold]")
def scenarios(as_json: Json = False, quiet: Quiet = False) -> None:
    """List the scenarios that are shipped."""
    from sim.world import scenario

    rows = [scenario.describe_shipped(name) for name in scenario.shipped()]
    listing(
        rows,
        {
            "name": "scenario",
            "question": "question",
            "market": "market",
            "programmes": "programmes",
        },
        as_json,
        quiet,
        {"programmes": ", ".join},
    )


@command(
    "[bold]partnersim assumptions[/bold] · [bold]partnersim assumptions --market messenger "
    "--json[/bold]"
)
def assumptions(market: Market = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """List every assumption: value, unit, range, source and what it means."""
    from sim.world import assumptions as world
    from sim.world import scenario

    chosen = scenario.load(market=market).assumptions if market else world.Assumptions()
    rows = world.catalogue(chosen)
    for row in rows:
        row["range"] = f"{row['low']:g} – {row['high']:g}"
    if as_json:
        rows = [{key: value for key, value in row.items() if key != "range"} for row in rows]
    listing(
        rows,
        {
            "name": "name",
            "value": "value",
            "unit": "unit",
            "range": "range",
            "source": "source",
            "meaning": "meaning",
        },
        as_json,
        quiet,
        {},
    )


def listing(
    rows: list[dict[str, Any]],
    columns: dict[str, str],
    as_json: bool,
    quiet: bool,
    spelled: dict[str, Callable[[Any], str]],
) -> None:
    """Print rows as a table, as JSON, or (quiet) only their names."""
    if as_json:
        say_json(rows)
    elif quiet:
        for row in rows:
            say(row["name"])
    else:
        from sim.present.tables import listing as table

        spelt = [
            {key: spelled[key](row[key]) if key in spelled else row[key] for key in columns}
            for row in rows
        ]
        wide_console().print(table(columns, spelt))


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
