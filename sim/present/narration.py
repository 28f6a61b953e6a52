"""What was found, as text: `narrate`."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sim.evidence.robustness import Robustness
from sim.present import findings, robustness, story
from sim.present.numbers import filled
from sim.study.trace import Trace
from sim.world.errors import BadInput


def narrate(result: Trace | pd.DataFrame | Robustness, programme: str | None = None) -> str:
    """Return what was found as text, every claim with its interval.

    Parameters
    ----------
    result : of `sim.explain`: who sold, served and was paid, what moved and why, how it ended; of
        `sim.compare`: what gets better and worse, and how sure that is; of `sim.robustness`: who
        is best in how many worlds, and where that flips.
    programme : of a story, one of those traced; by default the past, and then all of them.

    Raises
    ------
    BadInput
        If this programme was not traced, or the result is none of these.
    """
    if isinstance(result, Trace):
        return story.text(result, programme)
    if isinstance(result, Robustness):
        return paragraphs(robustness.sentences(result))
    if "baseline" not in result.attrs or "pairing_gain" not in result:
        raise BadInput("narrate: give what explain, compare or robustness returned.")
    return paragraphs(findings.sentences(result))


def paragraphs(sentences: Iterable[str]) -> str:
    """Return each sentence as a paragraph whose lines fit a page."""
    return "\n\n".join(map(filled, sentences))
