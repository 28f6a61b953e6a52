"""The command `check`: whether a policy of one's own is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    pass


from sim.cli.shared import (
    Json,
    Quiet,
    command,
    progress_bar,
    say,
    say_json,
    wide_console,
)
from sim.world.errors import BadInput
from sim.world.paths import expanded


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

        policy = own.from_file(expanded(file))
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
