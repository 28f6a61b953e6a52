"""What the commands share: options, how they end, how they print."""

from __future__ import annotations

import errno
import functools
import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from sim.cli.streams import speaks_unicode
from sim.cli.terminal import Commands, spelled_json, wide_console
from sim.world.errors import BadInput, Notice
from sim.world.paths import expanded, shortened

if TYPE_CHECKING:
    from policies.registry import Policy
    from sim.study.effort import Effort
    from sim.study.store import Store

F = TypeVar("F", bound=Callable[..., None])
NAMES_ARE_UNICODE = sys.getfilesystemencoding() == "utf-8"
OUR_FAULT, BAD_INPUT, NOT_REPRODUCED, NOT_WHOLE, INTERRUPTED = 1, 2, 3, 4, 130

app = typer.Typer(
    name="partnersim",
    cls=Commands,
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
Basis = Annotated[
    str | None,
    typer.Option(
        help="Put programmes on a fair basis: [bold]rate[/bold], all at the baseline's; "
        "[bold]budget[/bold], rates at which discounted commission is the baseline's; "
        "[bold]best[/bold], each at its own best rate for the vendor's NPV. Clients won before "
        "keep the incumbent's contract.",
        show_default="as the scenario says",
    ),
]
Worlds = Annotated[
    int,
    typer.Option(
        help="In so many plausible worlds, see besides how often the answer holds; 0: in none. "
        "[bold]partnersim robustness[/bold] does so in more."
    ),
]
Language = Annotated[
    str, typer.Option("--lang", help="Language of the report: en, or ru (русский).")
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
Assumed = Annotated[
    str | None,
    typer.Option(
        "--assumptions",
        help="A file of assumptions to stand in place of the defaults, or the name of a shipped "
        "one, such as calibrated; what a market or a scenario says of its own goes before.",
        show_default="the scenario's own",
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
AtMost = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Simulate no more than so many account-months, such as 2e11, in so much memory, such "
        "as 16GB, or both: 2e11,16GB.",
        show_default="1e11,8GB",
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


@contextmanager
def ending(as_json: bool = False) -> Iterator[None]:
    """End with one message and the right exit code, whatever happens in the block.

    Parameters
    ----------
    as_json : tell failed runs for machines, too.
    """
    try:
        yield
    except (typer.Exit, SystemExit):
        raise
    except BadInput as fault:
        warn(str(fault))
        say_failed_runs(fault, as_json)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt as stop:
        what = str(stop) or "nothing was written"
        warn(f"interrupted; {what}.")
        sys.exit(INTERRUPTED)
    except Exception as fault:
        if reason := refusal(fault):
            warn(reason)
            sys.exit(BAD_INPUT)
        traceback.print_exc()
        warn(
            f"a fault of ours, not of your input: {fault!r}. Please report the lines above with "
            "the command that led to them."
        )
        sys.exit(OUR_FAULT)


REFUSALS = {
    "ENOSPC": "Make room",
    "EDQUOT": "Make room, or have the quota raised",
    "EFBIG": "Have the limit on the size of files raised",
    "EROFS": "Name another folder",
    "EACCES": "Name another folder, or ask for the right to write",
    "EPERM": "Name another folder, or ask for the right to write",
    "ENAMETOOLONG": "Name it shorter",
    "EMFILE": "Have the limit on open files raised",
    "ENFILE": "Close other programs",
    "ENOMEM": "Close other programs, or ask for less",
    "EAGAIN": "Close other programs, or ask for fewer workers",
    "EIO": "Look after the disk",
}
"""What to do about what a machine refuses, by the name of its reason."""


def refusal(fault: Exception) -> str:
    """Return what the machine refuses and what to do about it; nothing if the fault is ours."""
    if isinstance(fault, MemoryError):
        return "there is not memory enough. Ask for fewer clients, seeds or worlds."
    if isinstance(fault, UnicodeEncodeError) and not NAMES_ARE_UNICODE:
        return (
            "a name cannot be spelled in this machine's encoding "
            f"({sys.getfilesystemencoding()}). Set PYTHONUTF8=1 and repeat the command."
        )
    reason = errno.errorcode.get(fault.errno or 0, "") if isinstance(fault, OSError) else ""
    if not isinstance(fault, OSError) or reason not in REFUSALS:
        return ""
    where = f"{shortened(os.fsdecode(fault.filename))}: " if fault.filename else ""
    return f"{where}{fault.strerror}. {REFUSALS[reason]}, and repeat the command."


def command(examples: str) -> Callable[[F], F]:
    """Register a command whose faults end in one message and the right exit code."""

    def register(body: F) -> F:
        @functools.wraps(body)
        def guarded(*args: Any, **options: Any) -> None:
            with ending(options.get("as_json", False)):
                body(*args, **options)

        app.command(epilog=f"Examples: {examples}")(guarded)
        return body

    return register


def say_failed_runs(fault: BadInput, as_json: bool) -> None:
    """Say which runs of a study failed, if that is the fault."""
    if "sim.study.failures" not in sys.modules:  # nothing was simulated yet
        return
    from sim.study.failures import RunsFailed

    if not isinstance(fault, RunsFailed):
        return
    for line in fault.lines():
        print(f"  {line}", file=sys.stderr, flush=True)
    if as_json:
        say_json({"failed": fault.rows()})


def say(text: str) -> None:
    """Print a line of a result."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print a line beside the result."""
    print(f"partnersim: {text}", file=sys.stderr, flush=True)


def heed_notices() -> None:
    """Print what a user should know in a line; any other warning as usual."""
    warnings.filterwarnings("ignore", "Glyph .* missing from font")  # in a stranger's names
    warnings.showwarning = functools.partial(show_warning, warnings.showwarning)


def show_warning(usual: Callable[..., None], *about: Any) -> None:
    """Print a warning, if it is a notice, in a line."""
    message, category = about[:2]
    if issubclass(category, Notice):
        warn(str(message))
    else:
        usual(*about)


def say_json(plain: Any) -> None:
    """Print a result for machines; what is not a number becomes null."""
    text = json.dumps(plain, ensure_ascii=not speaks_unicode(), indent=2, allow_nan=False)
    say(spelled_json(text))


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


def split_names(names: str | None) -> list[str] | None:
    """Return names separated by commas as a list."""
    return None if names is None else [name.strip() for name in names.split(",")]


def store_of(folder: Path) -> Store:
    """Return the store of finished runs in a folder, which tells what it cannot read."""
    from sim.study.store import Store

    return Store(folder, tell=warn)


def say_if_cold(is_talking: bool) -> None:
    """Say that the rules must be compiled first, if so."""
    from policies import compiler

    if is_talking and compiler.is_cold():
        say("Compiling for this machine: once, for a quarter of a minute or so.")


def check_effort(
    asked: Mapping[str, Any], needed: Effort, at_most: str | None, worlds: str = "--worlds"
) -> None:
    """Refuse a study that takes more than is simulated unasked.

    Parameters
    ----------
    asked : the command's options by name, as given; None for those that were not.
    worlds : the option that decides in how many worlds it lives.
    """
    from sim.study import effort
    from sim.world import scenario as scenarios

    def place_of(key: str) -> str:
        if key == "worlds":
            return worlds
        option = "policies" if key == "programmes" else key
        if asked.get(option) is not None:
            return f"--{option.replace('_', '-')}"
        name = asked.get("scenario") or scenarios.DEFAULT
        return f"{scenarios.file_saying(key, name, asked.get('market'))}: {key}"

    effort.check(needed, effort.ceiling_of(at_most), place_of)


@contextmanager
def resumable(kept: Store, tally: Callable[[], tuple[int, int]] | None = None) -> Iterator[None]:
    """Tell an interruption what is kept: of how many runs, if they are counted."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if str(stop):  # told within
            raise
        done, asked = (0, 0) if tally is None else tally()
        runs = f"{done} of {asked} runs" if asked else "finished runs"
        raise KeyboardInterrupt(
            f"{runs} are kept in {kept.folder}; the same command continues there"
        ) from None


def write_results(place: Path, is_talking: bool, *savers: Callable[[Path], Any]) -> None:
    """Write a whole result folder at once, each saver its part."""
    from sim.study import folder

    def fill(fresh: Path) -> None:
        for save in savers:
            save(fresh)

    with progress_bar("Drawing and writing", is_talking):
        folder.write(place, fill, warn)


def own_policies(files: list[Path] | None, is_talking: bool) -> list[Policy]:
    """Return the policies of a user's own files, saying that their code is run."""
    if not files:
        return []
    from sim.study.user_policy.aside import sound
    from sim.study.user_policy.load import check_place

    files = [expanded(path) for path in files]
    for path in files:
        check_place(path)
    if is_talking:
        say(f"Running the code in {', '.join(map(str, files))}, as you ask.")
    say_if_cold(is_talking)
    policies = []
    for path in map(expanded, files):
        started = time.monotonic()
        policies.append(sound(path))
        if is_talking:
            say(
                f"{path} is sound, as far as {time.monotonic() - started:.0f} s of checks can tell."
            )
    return policies


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
