"""The command `check`: whether a policy of one's own is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sim.study.user_policy.check import Check

from sim.cli.shared import (
    Json,
    Quiet,
    command,
    progress_bar,
    say,
    say_json,
)
from sim.cli.terminal import wide_console
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
        from sim.study.user_policy import aside
        from sim.study.user_policy import load as own

        file = expanded(file)
        own.check_place(file)
        found = aside.check_file(file)
        if any(one.fault for one in found if one.claim == aside.READS):
            raise unsound(file, found)
        policy = own.from_file(file)
        rows = own.payments(policy)
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
    if any(one.fault for one in found):
        raise unsound(file, found)


def unsound(file: Path, found: list[Check]) -> BadInput:
    """Return the error of a policy of which something does not hold."""
    claim, fault = next(one for one in found if one.fault)
    return BadInput(
        f'{file}: "{claim[:-1]}" does not hold: {fault}. Correct it and check it again.'
    )
