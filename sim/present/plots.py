"""What all pictures share: colours, style, axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


COLOURS = ("#333333", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A6D00")
"""Okabe and Ito's colour-blind safe colours; the baseline is always the first."""


GOOD, BAD, NEUTRAL = "#0072B2", "#D55E00", "#777777"


SHOWN = (
    ("net_contribution", "Vendor net contribution", 1e6, "M RUB a month"),
    ("commission", "Commission", 1e6, "M RUB a month"),
    ("clients", "Clients", 1.0, ""),
    ("client_churn", "Client churn", 0.01, "% a month"),
    ("motivation_active", "Motivation, active partners", 1.0, "0-1"),
    ("dead_money", "Dead money", 1e6, "M RUB a month"),
)


YEAR = 12


STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "figure.dpi": 150,
    "text.parse_math": False,  # programmes are called as people like, with a $, too
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in our style, and leave all settings as they were but for one.

    A notebook loads its backend with its first picture, and turns on that pictures are shown: that
    must outlast the style in which the first was drawn, or no later one is shown.
    """
    with mpl.rc_context(STYLE):
        yield
        is_shown = mpl.is_interactive()
    mpl.interactive(is_shown)


def colours(names: list[str], baseline: str) -> dict[str, str]:
    """Return one colour per programme, the baseline's always the same."""
    ordered = [baseline, *(name for name in names if name != baseline)]
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(ordered)}


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes to draw on: one's own, or new ones of so many inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def save(
    folder: Path, figures: Mapping[str, Figure], endings: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Write pictures into a folder, the same bytes for the same picture; return where."""
    paths = []
    with mpl.rc_context({"svg.hashsalt": "partnersim"}):
        for name, figure in figures.items():
            for ending in endings:
                about: Any = {"Date": None} if ending == "svg" else None
                paths.append(folder / f"{name}.{ending}")
                figure.savefig(paths[-1], dpi=150, metadata=about)
    return paths
