"""What was found, as text: `narrate`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from sim.present.numbers import filled
from sim.questions.compare import words as findings
from sim.questions.decompose import words as decomposition
from sim.questions.explain import words as story
from sim.questions.explain.ask import Trace
from sim.questions.frontier import words as frontier
from sim.questions.frontier.ask import Frontier
from sim.questions.result import Result
from sim.world.errors import BadInput, unknown_name


def narrate(result: Trace | Result | pd.DataFrame, programme: str | None = None) -> str:
    """Return what was found as text, every claim with its interval.

    Parameters
    ----------
    result : of `sim.explain`: who sold, served and was paid, what moved and why, how it ended; of
        `sim.compare`: what gets better and worse, and how sure that is; of `sim.decompose`,
        `sim.robustness`, `sim.sensitivity` or `sim.frontier`: what the command prints.
    programme : of a story, one of those traced, by default the past and then all of them; of a
        frontier, one of those found, to be told what its contract says.

    Raises
    ------
    BadInput
        If there is no such programme, or the result is none of these.
    """
    if isinstance(result, Trace):
        return story.text(result, programme)
    if isinstance(result, Frontier) and programme is not None:
        says = {one["programme"]: one["says"] for one in frontier.programmes(result)}
        if programme not in says:
            raise unknown_name("programme", programme, says, "narrate")
        return filled(f"{programme}: {says[programme]}.")
    if isinstance(result, Result):
        return paragraphs(result.sentences())
    table: Any = result
    columns = getattr(table, "columns", ())
    if "pairing_gain" in columns and "baseline" in table.attrs:
        return paragraphs(findings.sentences(table))
    if "contribution" in columns:
        return paragraphs(decomposition.sentences(table))
    raise BadInput(
        "narrate: give what explain, compare, decompose, robustness, sensitivity or frontier "
        "returned."
    )


def paragraphs(sentences: Iterable[str]) -> str:
    """Return each sentence as a paragraph whose lines fit a page."""
    return "\n\n".join(map(filled, sentences))
