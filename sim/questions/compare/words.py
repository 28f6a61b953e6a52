"""What was found, in plain sentences; every claim with its interval and its condition."""

from typing import Any

import pandas as pd

from sim.present import departures
from sim.present.i18n import N_, _, named
from sim.present.numbers import amount, change, counted, grouped
from sim.study import differences
from sim.study.differences import is_sure
from sim.study.indicators import BY_NAME
from sim.study.precision import Goal, Reached

ASKED = (
    ("npv", True, N_("the vendor's NPV")),
    ("client_churn", False, N_("client churn")),
    ("motivation_active", True, N_("the motivation of active partners")),
)


def sentences(comparison: pd.DataFrame) -> list[str]:
    """Return what a comparison (`sim.study.differences.differences`) finds, and on what it rests.

    The rest: one set of assumptions, and what in it is not as shipped.
    """
    own = departures.read_all(comparison.attrs["departures"])
    stood = [condition(comparison)] if others(comparison) else []
    return [*answer(comparison), *stood, *many(comparison), *departures.sentences(own)]


def answer(comparison: pd.DataFrame) -> list[str]:
    """Return what a comparison finds: a sentence, or one for each indicator asked for."""
    baseline = comparison.attrs["baseline"]
    if not others(comparison):
        return [alone(comparison, baseline)]
    return [about(comparison, baseline, *asked) for asked in ASKED]


def others(comparison: pd.DataFrame) -> list[str]:
    """Return the programmes compared with the baseline."""
    baseline = comparison.attrs["baseline"]
    return [name for name in comparison["programme"].unique() if name != baseline]


def alone(comparison: pd.DataFrame, name: str) -> str:
    """Return the sentence on a programme that is compared with nothing."""
    rows = comparison.set_index("indicator")

    def level(indicator: str) -> str:
        row = rows.loc[indicator]
        unit = BY_NAME[indicator].unit
        return _("{level} (95 % interval {low} to {high})").format(
            level=amount(row.level, unit),
            low=amount(row.level_low, unit),
            high=amount(row.level_high, unit),
        )

    return _(
        "Under {name} the vendor's NPV is {npv}, client churn {churn}; there is no other programme "
        "to compare it with."
    ).format(name=named(name), npv=level("npv"), churn=level("client_churn"))


def about(
    comparison: pd.DataFrame, baseline: str, indicator: str, more_is_better: bool, title: str
) -> str:
    """Return the sentence on one indicator: who does best, who worst, how sure that is."""
    rows = comparison[
        (comparison["indicator"] == indicator) & (comparison["programme"] != baseline)
    ].set_index("programme")
    unit = BY_NAME[indicator].unit
    sign = 1 if more_is_better else -1
    ranked = (sign * rows["difference"]).sort_values(ascending=False)
    sure = [name for name in ranked.index if is_sure(rows.loc[name])]
    sure_gain = [name for name in sure if ranked[name] > 0]
    sure_loss = [name for name in sure if ranked[name] < 0]
    unsure = [name for name in ranked.index if name not in sure]

    def told(name: str) -> str:
        row = rows.loc[name]
        base = row.level - row.difference
        return f"{named(name)} ({change(row.difference, row.low, row.high, base, unit)})"

    parts = []
    if sure_gain:
        parts.append(_("better under {names}").format(names=", ".join(map(told, sure_gain))))
    if sure_loss:
        parts.append(_("worse under {names}").format(names=", ".join(map(told, sure_loss))))
    if unsure:
        parts.append(
            _("not distinguishable under {names}").format(names=", ".join(map(told, unsure)))
        )
    return _("Against {baseline}, {title} is {parts}.").format(
        baseline=named(baseline), title=_(title), parts="; ".join(parts)
    )


def condition(comparison: pd.DataFrame) -> str:
    """Return the sentence that says on what the findings rest."""
    attrs = comparison.attrs
    if len(attrs["seeds"]) < 2:
        return _("This is one throw of the dice: with a single seed no difference is sure.")
    rates = {
        "rate": _("all at an equal rate and not at equal budgets"),
        "budget": _("all at an equal budget"),
        "best": _("each at its own best rate and not at equal budgets"),
    }
    basis: dict[str, Any] = attrs.get("basis") or {}
    stood = rates.get(basis.get("name", ""), _("each programme at the rate it names"))
    if basis.get("name") in ("rate", "budget") and (apart := not_put(basis, attrs["baseline"])):
        stood = _("{stood} (but for {names})").format(stood=stood, names=", ".join(apart))
        if len(apart) == len(basis["rates"]) - 1:
            stood = _("not at an equal rate or budget, as no legal rate brings any programme there")
    return _(
        "This holds for one set of assumptions over {years} and {seeds} with common luck, {rates}; "
        "other plausible assumptions can turn a sign."
    ).format(
        years=counted(attrs["years"], "year"),
        seeds=counted(len(attrs["seeds"]), "seed"),
        rates=stood,
    )


def many(comparison: pd.DataFrame) -> list[str]:
    """Return the sentence on how many of many signs may be wrong, or none if there are not many."""
    found = differences.told(comparison)
    if found.sure < 2:
        return []
    return [
        _(
            "Of {asked} differences in the whole table, {sure} are told at 95 %; were there none, "
            "chance alone would tell about {by_chance}. At a false discovery rate of 5 % "
            "(Benjamini and Hochberg), {stand} stand."
        ).format(
            asked=found.asked,
            sure=found.sure,
            by_chance=grouped(found.by_chance, 0),
            stand=found.stand,
        )
    ]


def not_put(basis: Any, baseline: str) -> list[str]:
    """Return which programmes no legal rate brings to the baseline's rate or budget."""
    return [
        named(rate["programme"])
        for rate in basis["rates"]
        if rate["programme"] != baseline and not (rate["term"] and rate["is_reached"])
    ]


def pairing(comparison: pd.DataFrame) -> list[str]:
    """Return the sentence on what common luck was worth, or none if nothing was compared."""
    rows = comparison[comparison["indicator"] == "npv"].dropna(subset="pairing_gain")
    if rows.empty:
        return []
    gains = [
        _("{gain} times ({name})").format(
            gain=grouped(gain, 0 if gain >= 10.0 else 1), name=named(name)
        )
        for name, gain in zip(rows["programme"], rows["pairing_gain"], strict=True)
    ]
    return [
        _(
            "Common luck was worth {gains} as many seeds for the difference in the vendor's NPV."
        ).format(gains=", ".join(gains))
    ]


def precision(goal: Goal, reached: Reached) -> str:
    """Return the sentence on how precise the answer is, and what to do if that is not enough."""
    title = BY_NAME[goal.indicator].title
    got = (
        f"{title}: the 95 % intervals of the differences are within ±{100 * reached.share:.2g} % "
        f"of the baseline's level with {counted(reached.seeds, 'seed')}"
    )
    if reached.is_enough:
        return f"{got}; ±{100 * goal.share:.2g} % was asked for."
    return (
        f"{got}. The ±{100 * goal.share:.2g} % asked for needs more than that: raise --max-seeds."
    )
