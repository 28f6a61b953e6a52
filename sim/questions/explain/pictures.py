"""Timelines: one account or one partner, a lane for each programme."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from sim.present.plots import COLOURS, YEAR, axes, styled
from sim.questions.explain.ask import Trace
from sim.questions.explain.words import heading, programme_of, who
from sim.study import deposit
from sim.world.errors import BadInput, unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNSERVED, REST = "#E4E4E4", "#AAAAAA"
BARS = (("servicing_partner", "served by", 1.0), ("partner_of_record", "of record", 0.0))
"""Who serves and who is recognised: column, label, height of the bar."""
KINDS: dict[str, Any] = {"png": None, "svg": {"Date": None}}
"""Kinds of pictures, and what stands in their file about it: no date, so that they are the same."""
MARKS = {
    "won": ("^", "won"),
    "record": ("D", "record"),
    "request": ("o", "request"),
    "left": ("v", "partner gone"),
    "churn": ("X", "left"),
}
INK, PALE = "#333333", "#999999"


def picture(trace: Trace) -> Figure:
    """Return the picture of a story."""
    return account_timeline(trace) if trace.subject == "account" else partner_timeline(trace)


# --- an account --------------------------------------------------------------------------------


def account_timeline(trace: Trace) -> Figure:
    """Return who served, who was partner of record and who was paid, a lane for each programme."""
    names = list(trace.summary["programme"])
    with styled():
        figure = Figure(figsize=(11, 0.7 + 2.45 * len(names)), layout="constrained")
        lanes = figure.subplots(
            2 * len(names), 1, sharex=True, height_ratios=[1.0, 1.35] * len(names), squeeze=False
        )[:, 0]
        for place, name in enumerate(names):
            timeline(trace, name, lanes[2 * place])
            payments(trace, name, lanes[2 * place + 1])
        for ax in lanes[:-1]:
            ax.set_xlabel("")
        figure.suptitle(
            f"{heading(trace)}\nBars: who served, and who was partner of record; grey: nobody. "
            "Steps: commission since the decision, by partner. Dotted: when other rules came.",
            x=0.01,
            ha="left",
            fontsize=10,
            wrap=True,
        )
        return figure


def partner_colours(months: pd.DataFrame) -> dict[int, str]:
    """Return a colour for each partner, those longest with the account first; the rest is grey."""
    seen = pd.concat([months[column] for column, *_ in BARS])
    ranked = [int(partner) for partner in seen.value_counts().index]
    return {
        partner: COLOURS[1:][place] if place < len(COLOURS) - 1 else REST
        for place, partner in enumerate(ranked)
    }


def first_month(trace: Trace) -> float:
    """Return a little before the month in which the account was won, or the decision."""
    return min(float(trace.events["month"].min()) if len(trace.events) else 0.0, 0.0) - 2.0


def timeline(trace: Trace, programme: str, ax: Axes | None = None) -> Axes:
    """Draw who served an account and who was its partner of record, and mark what happened.

    Each partner has a colour and a number, nobody is grey.

    Parameters
    ----------
    trace : of an account, from `sim.explain`.
    programme : one of those traced.
    ax : where to draw; by default on new axes.

    Raises
    ------
    BadInput
        If the trace is a partner's, or this programme was not traced.
    """
    check(trace, programme)
    palette = partner_colours(trace.months)
    months = trace.months[trace.months["programme"] == programme]
    with styled():
        ax = axes(ax, 10.0, 1.5)
        for column, label, height in BARS:
            for start, end, holder in stints(months, column):
                ax.broken_barh(
                    [(start / YEAR, (end - start) / YEAR)],
                    (height, 0.8),
                    color=UNSERVED if holder is None else palette[holder],
                    lw=0,
                )
                if holder is not None and end - start >= 9:
                    middle = (max(start, first_month(trace)) + end) / 2 / YEAR
                    ax.text(middle, height + 0.4, str(holder), color="white", **CENTRED)
            ax.text(-0.01, height + 0.4, label, transform=ax.get_yaxis_transform(), **BESIDE)
        mark_events(ax, trace.events[trace.events["programme"] == programme])
        ax.set_ylim(-0.1, 2.3)
        ax.set_yticks([])
        ax.set_title(programme.replace("_", " "))
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        mark_years(ax, trace, programme)
    return ax


def check(trace: Trace, programme: str) -> None:
    """Refuse a story that is none of an account, or not of this programme."""
    if trace.subject != "account":
        raise BadInput("timeline: this is a partner's story; ask for an account's.")
    names = set(trace.summary["programme"])
    if programme not in names:
        raise unknown_name("programme", programme, names, "timeline")


def mark_events(ax: Axes, events: pd.DataFrame) -> None:
    """Mark above the bars what happened."""
    for kind, (mark, label) in MARKS.items():
        is_told = (events["what"] == kind) & ~events["cause"].isin(("sale", "mistake"))
        is_told |= (events["what"] == kind) & (kind == "won")
        for month in events.loc[is_told, "month"]:
            at = (month - 0.5) / YEAR
            ax.plot(at, 2.0, mark, color=INK, markersize=5, clip_on=False)
            ax.annotate(
                label, (at, 2.0), (5, 0), textcoords="offset points", va="center", fontsize=7
            )


def mark_years(ax: Axes, trace: Trace, programme: str) -> None:
    """Let the account's years stand below, and mark the decision and later changes of rules."""
    mark_rules(ax, trace, programme)
    ax.set_xlim(first_month(trace) / YEAR, trace.scenario.years)
    ax.set_xlabel("years after the decision")


def mark_rules(ax: Axes, trace: Trace, programme: str) -> None:
    """Mark from when on a programme's rules held: since the decision, or since a later change."""
    months = [0, *(change.month for change in programme_of(trace, programme).changes)]
    for month in months:
        if month < YEAR * trace.scenario.years:
            ax.axvline(month / YEAR, color=PALE, linewidth=0.8, linestyle=":")


CENTRED: Any = {"ha": "center", "va": "center", "fontsize": 8, "weight": "bold", "clip_on": True}
BESIDE: Any = {"ha": "right", "va": "center", "fontsize": 8, "color": INK}


def stints(months: pd.DataFrame, column: str) -> list[tuple[float, float, int | None]]:
    """Return first and last moment of each unbroken stint of one holder while a client, in months.

    >>> served = {"month": [1, 2, 3], "status": ["client"] * 3, "server": [4, 4, None]}
    >>> stints(pd.DataFrame(served), "server")
    [(0.0, 2.0, 4), (2.0, 3.0, None)]
    """
    found: list[tuple[float, float, int | None]] = []
    for row in months[months["status"] == "client"].to_dict("records"):
        month = float(row["month"])
        holder = None if pd.isna(row[column]) else int(row[column])
        if found and found[-1][1:] == (month - 1.0, holder):
            found[-1] = (found[-1][0], month, holder)
        else:
            found.append((month - 1.0, month, holder))
    return found


def paid_by_partner(trace: Trace, name: str) -> pd.DataFrame:
    """Return what each partner was paid since the decision, RUB, one row a month, summed up."""
    book = trace.payments[(trace.payments["programme"] == name) & (trace.payments["month"] > 0)]
    table = book.pivot_table(index="month", columns="partner", values="rub", aggfunc="sum")
    return table.reindex(range(12 * trace.scenario.years + 1)).fillna(0.0).cumsum()


def payments(trace: Trace, programme: str, ax: Axes | None = None) -> Axes:
    """Draw what each partner was paid for an account since the decision, as steps.

    The scale is the same for all programmes traced. Parameters as for `timeline`.
    """
    check(trace, programme)
    palette = partner_colours(trace.months)
    names = trace.summary["programme"]
    highest = max(paid_by_partner(trace, name).to_numpy().max(initial=1.0) for name in names) / 1e3
    paid = paid_by_partner(trace, programme) / 1e3
    with styled():
        ax = axes(ax, 10.0, 2.0)
        ends: list[tuple[float, int]] = []
        for partner in paid.columns:
            colour = palette.get(int(partner), REST)
            begun = paid[partner].where(paid[partner] > 0.0)
            ax.step(paid.index / YEAR, begun, where="post", color=colour, linewidth=1.6)
            ends.append((float(paid[partner].iloc[-1]), int(partner)))
        gap, below = 0.16 * highest, float("-inf")
        for value, partner in sorted(ends):
            below = max(value, below + gap)
            ax.annotate(
                f"{who(partner)}: {value:,.0f}".replace(",", " "),
                (trace.scenario.years, below),
                (4, 0),
                textcoords="offset points",
                color=palette.get(partner, REST),
                va="center",
                fontsize=8,
                annotation_clip=False,
            )
        if not ends:
            ax.text(0.1, 0.35 * highest, "nobody was paid", color=PALE, fontsize=8)
        ax.set_ylim(0, 1.08 * highest)
        ax.set_ylabel("k RUB")
        ax.spines[["top", "right"]].set_visible(False)
        mark_years(ax, trace, programme)
    return ax


# --- a partner ---------------------------------------------------------------------------------

PANELS: tuple[tuple[str, float, tuple[tuple[str, str, str], ...]], ...] = (
    ("0-1", 1.0, (("motivation", "motivation", COLOURS[1]), ("trust", "trust", COLOURS[3]))),
    (
        "k RUB a month",
        1e3,
        (("income", "income", COLOURS[1]), ("income_without_work", "without work", COLOURS[2])),
    ),
    (
        "clients",
        1.0,
        (("clients_served", "served", COLOURS[3]), ("clients_held", "of record", COLOURS[2])),
    ),
)
"""Panels of a partner's picture: unit, divisor, and lines as column, label and colour."""


def partner_timeline(trace: Trace) -> Figure:
    """Return a partner's motivation and trust, income and clients, a column a programme."""
    names = list(trace.summary["programme"])
    with styled():
        figure = Figure(figsize=(1.0 + 3.1 * len(names), 7.2), layout="constrained")
        panels = figure.subplots(3, len(names), sharex=True, sharey="row", squeeze=False)
        for column, name in enumerate(names):
            months = trace.months[trace.months["programme"] == name]
            member = months[months["status"].isin(("active", "dormant"))]
            panels[0, column].set_title(name.replace("_", " "))
            for row, panel in enumerate(PANELS):
                draw_panel(panels[row, column], panel, member, is_first=column == 0)
                mark_rules(panels[row, column], trace, name)
            mark_membership(panels[0, column], trace, name)
            panels[-1, column].set_xlabel("years after the decision")
        panels[0, 0].set_ylim(0, 1.12)
        for ax in panels[:, 0]:
            ax.set_ylim(bottom=0)
        figure.suptitle(heading(trace), x=0.01, ha="left", fontsize=10, wrap=True)
        return figure


def draw_panel(ax: Axes, panel: Any, member: pd.DataFrame, is_first: bool) -> None:
    """Draw some lines of a partner's months, named on the first programme's panel."""
    unit, divisor, lines = panel
    for place, (column, label, colour) in enumerate(lines):
        values = member[column] / divisor
        ax.plot(member["month"] / YEAR, values, color=colour, linewidth=1.4)
        if is_first:
            ax.text(
                0.02, 0.97 - 0.09 * place, label, color=colour, transform=ax.transAxes, va="top",
                fontsize=8, weight="bold",
            )  # fmt: skip
    if is_first:
        ax.set_ylabel(unit)


def mark_membership(ax: Axes, trace: Trace, name: str) -> None:
    """Mark when a partner joined, rested, returned and left."""
    marks = {"joined": "^", "rested": "v", "resumed": "o", "left": "X"}
    events = trace.events[trace.events["programme"] == name]
    close = 0.2 * (trace.scenario.years + trace.scenario.burn_in_months / YEAR)
    last, raised = float("-inf"), 0
    for event in events[events["what"].isin(marks)].itertuples():
        at = event.month / YEAR
        raised = (raised + 1) % 3 if at - last < close else 0
        last = at
        ax.plot(at, 0.04, marks[event.what], color=INK, markersize=5, clip_on=False)
        ax.annotate(event.what, (at, 0.04), (0, 5 + 9 * raised), textcoords="offset points",
                    fontsize=7, ha="center")  # fmt: skip


def save(folder: Path, trace: Trace) -> list[Path]:
    """Write a story's picture as PNG and SVG into a folder; return where.

    Raises
    ------
    BadInput
        If the folder cannot be written to.
    """
    figure = picture(trace)
    name = f"{trace.subject}-{trace.number}-seed-{trace.seed}"

    def draw(fresh: Path) -> None:
        with mpl.rc_context({"svg.hashsalt": "partnersim"}):
            for kind, about in KINDS.items():
                figure.savefig(fresh / f"{name}.{kind}", dpi=150, metadata=about)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        deposit.add(folder, draw)
    except OSError as fault:
        raise BadInput(
            f"--out {folder}: the picture cannot be written: {fault.strerror or fault}. "
            "Name another folder with --out."
        ) from None
    return [folder / f"{name}.{kind}" for kind in KINDS]
