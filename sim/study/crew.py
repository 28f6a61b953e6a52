"""Who does the work of a study, and where finished runs are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.store import Store

Progress = Callable[[float], None]
"""Called with the share of the work that is done, 0-1."""


@dataclass(frozen=True)
class Crew:
    """Who does the work: results do not depend on it."""

    engine: str = "auto"
    """"compiled", "mesa", or "auto" for the former"""
    at_once: int | None = None
    """how many worlds at once; by default one for each processor"""
    cluster: str | None = None
    """address of the scheduler of a dask cluster whose workers do the work"""
    store: Store | None = None
    """where finished runs are found and kept"""
    progress: Progress | None = None
    """told the share of the work that is done, 0-1"""

    def for_part(self, start: float, length: float) -> Crew:
        """Return a crew that tells its progress as that of a part of the whole."""
        tell = self.progress
        if tell is None:
            return self
        return replace(self, progress=lambda share: tell(start + length * share))


ALONE = Crew()
"""This machine, keeping nothing."""
