"""The command `report`: one page on a comparison, for whoever decides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.shared import Json, Language, Quiet, command, progress_bar, say, say_json, warn
from sim.world.errors import BadInput
from sim.world.paths import expanded, shortened
from sim.world.reading import irregular


@command(
    "[bold]partnersim report results/four-policies-1a2b3c4d[/bold] · [bold]partnersim report "
    "my-results --lang ru --out отчёт.html[/bold]"
)
def report(
    result: Annotated[Path, typer.Argument(help="A result folder of `compare` or `run`.")],
    lang: Language = "en",
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write.",
            show_default="report.html or report-ru.html in the folder",
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write one page of HTML that holds everything, from a result folder alone."""
    with progress_bar("Writing", not (as_json or quiet)):
        from sim.questions.compare import report as pages
        from sim.study import deposit
        from sim.study.files import write_whole

        result, out = expanded(result), expanded(out) if out else None
        content = pages.page(pages.read(result), lang).encode()
        place = out or result / pages.name_in(lang)
        try:
            if out is None:
                deposit.add(result, lambda fresh: (fresh / place.name).write_bytes(content), warn)
            elif irregular(out) == "" and not pages.is_report(out):
                raise BadInput(
                    f"--out {shortened(out)}: is there already, and no report of partnersim; "
                    "nothing is touched. Name another file."
                )
            else:
                write_whole(out, content)
        except OSError as fault:
            raise BadInput(
                f"{shortened(out or result)}: the report cannot be written: "
                f"{fault.strerror or fault}. Name another file with --out."
            ) from None
    if as_json:
        say_json({"report": str(place), "language": lang})
    else:
        say(str(place) if quiet else f"Report: {place}")
