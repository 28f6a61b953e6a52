"""Words and picture on a frontier: what its programmes say, share and trade off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.present import departures
from sim.present.numbers import amount, counted, digits_for, grouped, scale_of
from sim.questions.frontier.ask import DOMINATED, UNDOMINATED, WITHIN_NOISE, Frontier
from sim.questions.frontier.search import Search
from sim.questions.frontier.space import (
    DECISIONS,
    IDLE,
    LIMITS,
    LOCK,
    REQUEST,
    SERVING,
    record_share,
)
from sim.study.indicators import BY_NAME
from sim.world.programme import Conduct
from sim.world.scenario import Scenario

USUAL = Conduct()


NEARLY_ALL = 0.9
"""Share of programmes from which something is said to be common to nearly all."""


SHORT = {
    "npv": "vendor NPV",
    "client_ltv": "client LTV before commission",
    "client_ltv_net": "client LTV after commission",
    "income_active": "active partners' income",
    "income_passive": "passive partners' income",
}
"""What indicators are called within a sentence, where their title will not do."""


TELLING = 0.5
"""Rank correlation from which a clause is said to move an aim along the frontier."""


def percent(share: float) -> str:
    """Return a share as a percentage without needless decimals.

    >>> percent(0.35), percent(0.125)
    ('35 %', '12.5 %')
    """
    return f"{100.0 * share:.3g} %"


def months(number: float) -> str:
    """Return a number of months in words."""
    return counted(int(number), "month")


ABOUT: dict[str, tuple[str, Callable[[float], str]]] = {
    "rate": ("a rate", percent),
    "originator_share": ("a share for winning", percent),
    "servicing_share": ("a share for serving", percent),
    "sunset_months": ("an end to the share for winning", months),
    "sunset_passes_on": ("passing that share on", lambda _: ""),
    "managed_months": ("pay for the sale and the record only with recent work", months),
    "first_rate": ("a bounty", lambda times: f"{times:g} first payments"),
    "term_months": ("an end to commission", months),
    "yearly_decay": ("a yearly decay of the rate", percent),
    "quality_weight": ("pay that depends on measured quality", percent),
    "upsell_rate": ("a rate of its own for upsells", percent),
    "payout_days": ("payout", lambda days: counted(int(days), "day")),
    "clawback_months": ("a clawback", months),
    "care": ("care", lambda share: f"{share:g}"),
    "training": ("training", lambda share: f"{share:g}"),
    "registry": ("a deal registry", lambda _: ""),
    "lead_share": ("direct buyers handed over as leads", percent),
}
"""What a decision is called, and how its values are said."""


RULES = {
    LOCK: "the record never moves",
    REQUEST: "the record moves when the client asks",
    IDLE: "the record goes to who serves, once idle",
    SERVING: "the record goes to who has served long enough",
}


def clauses(numbers: Any) -> str:
    """Return a programme of the search in plain words.

    Parameters
    ----------
    numbers : its decisions by name.
    """
    return "; ".join(
        part
        for part in (schedule(numbers), division(numbers), record(numbers), conduct(numbers))
        if part
    )


def schedule(numbers: Any) -> str:
    """Return how much is paid, in words."""
    parts = []
    if numbers["first_rate"]:
        parts.append(f"{numbers['first_rate']:g} first payments as a bounty")
    if numbers["rate"]:
        told = f"{percent(numbers['rate'])} of {'later ' if parts else 'all '}payments"
        if numbers["term_months"]:
            told += f" for {months(numbers['term_months'])}"
        if numbers["yearly_decay"]:
            told += f", {percent(numbers['yearly_decay'])} less each year"
        if numbers["quality_weight"]:
            told += f", {percent(numbers['quality_weight'])} of it by measured quality"
        parts.append(told)
    if numbers["upsell_rate"]:
        parts.append(f"{percent(numbers['upsell_rate'])} of upsells to who sold them")
    return " and ".join(parts) or "no commission"


def division(numbers: Any) -> str:
    """Return who is paid, in words."""
    shares = {
        "for winning the client": numbers["originator_share"],
        "for the partner of record": record_share(numbers),
        "for who serves": numbers["servicing_share"],
    }
    parts = [f"{percent(share)} {whom}" for whom, share in shares.items() if share]
    told = ", ".join(parts) if len(parts) > 1 else parts[0].replace("100 %", "all")
    if numbers["sunset_months"]:
        told += f" (winning is paid for {months(numbers['sunset_months'])}"
        told += ", then that goes to who serves)" if numbers["sunset_passes_on"] else ")"
    if numbers["managed_months"]:
        told += f", unless idle for {months(numbers['managed_months'])}"
    return told


def record(numbers: Any) -> str:
    """Return when the record moves, in words; nothing where it pays nothing."""
    if not record_share(numbers):
        return ""
    rule, wait = numbers["record_rule"], numbers["record_months"]
    if rule == REQUEST:
        protected = f", protected for {months(wait)}" if wait else ""
        return f"the record moves when the client asks{protected}"
    if rule == IDLE:
        return f"the record goes to who serves after {counted(int(wait), 'idle month')}"
    if rule == SERVING:
        return f"the record goes to who has served {months(wait)}"
    return RULES[LOCK]


def conduct(numbers: Any) -> str:
    """Return how the vendor runs the programme, in words."""
    days = int(numbers["payout_days"])
    parts = [f"paid after {counted(days, 'day')}" if days else "paid at once"]
    if numbers["clawback_months"]:
        parts.append(f"clawback for {months(numbers['clawback_months'])}")
    if numbers["care"] != USUAL.care:
        parts.append(f"care {numbers['care']:g}")
    if numbers["training"]:
        parts.append(f"training {numbers['training']:g}")
    if numbers["registry"]:
        parts.append("deal registry")
    if numbers["lead_share"] != USUAL.lead_share:
        parts.append(f"{percent(numbers['lead_share'])} of direct buyers as leads")
    return ", ".join(parts)


def introduction(scenario: Scenario, search: Search) -> str:
    """Return what is going to be searched."""
    return (
        f"Which programmes can nobody improve for one side without hurting another, on the market "
        f"of {scenario.name} ({scenario.partners} potential partners, {scenario.clients} accounts, "
        f"{counted(scenario.years, 'year')})? About {search.population * search.generations} "
        f"programmes on {counted(search.search_seeds, 'seed')}, those found again on "
        f"{search.seeds} others."
    )


def named(aim: str) -> str:
    """Return what an indicator is called within a sentence.

    >>> named("npv"), named("satisfaction")
    ('vendor NPV', 'client satisfaction')
    """
    title = BY_NAME[aim].title
    return SHORT.get(aim, title[0].lower() + title[1:])


def of_frontier(found: Frontier) -> pd.DataFrame:
    """Return the rows of programmes found that nothing dominates beyond noise."""
    table = found.table
    return table[table["is_found"] & (table["status"] != DOMINATED)]


def sentences(found: Frontier) -> list[str]:
    """Return what was found, with its uncertainty and what it rests on."""
    if of_frontier(found).empty:
        own = departures.sentences(found.scenario.departures)
        return [extent(found), nothing(found), condition(found), *own]
    return [
        extent(found),
        common(found),
        tradeoffs(found),
        *known(found),
        condition(found),
        advice(found),
        *departures.sentences(found.scenario.departures),
    ]


def extent(found: Frontier) -> str:
    """Return how much was tried, what stayed, and how much the search had flattered it."""
    front, search = of_frontier(found), found.search
    finds = found.table[found.table["is_found"]]
    surely = int((front["status"] == UNDOMINATED).sum())
    base = found.scenario.baseline
    flattery = []
    for aim in search.aims:
        gap = float((finds[f"{aim}_in_search"] - finds[f"{aim}_difference"]).mean())
        flattery.append(f"{named(aim)} {bare(gap, base_level(found, aim), aim, digits=2)}")
    return (
        f"{len(found.tried)} programmes were tried on {counted(search.search_seeds, 'seed')}; the "
        f"best {len(finds)} were judged again on {search.seeds} others; not dominated beyond noise "
        f"are {len(front)} of them ({surely} not even by the means). On the search's seeds "
        f"their differences to {base} had been other by {', '.join(flattery)} on average: the luck "
        "of those seeds, and of having been chosen on them."
    )


def nothing(found: Frontier) -> str:
    """Return what it means that everything found is dominated."""
    over = {name for told in found.table["dominated_by"] for name in str(told).split(", ") if name}
    known = [name for name in found.table.loc[~found.table["is_found"], "programme"]]
    best = [str(name) for name in known if name in over]
    return (
        f"Known programmes dominate all that was found, such as {best[0]}: search further (more "
        "--generations, --population or --search-seeds)."
    )


def common(found: Frontier) -> str:
    """Return what nearly all programmes on the frontier share, and what none has."""
    front = of_frontier(found)
    if len(front) == 1:
        return f"The only one on the frontier says: {clauses(front.iloc[0])}."
    rules = front.loc[front.apply(record_share, axis=1) > 0.0, "record_rule"].value_counts()
    have, lack = [], []
    if len(rules) and rules.iloc[0] >= NEARLY_ALL * len(front):
        have.append(RULES[str(rules.index[0])])
    for decision in DECISIONS:
        title, said = ABOUT[decision.name]
        values = front[decision.name].astype(float)
        present = values[values != 0.0] if decision.can_be_absent else values
        if len(present) <= (1.0 - NEARLY_ALL) * len(front):
            lack.append(title)
        elif len(present) >= NEARLY_ALL * len(front):
            low, high = float(present.min()), float(present.max())
            ends = said(low) if low == high else f"{said(low)} to {said(high)}"
            span = LIMITS[decision.name].high - LIMITS[decision.name].low
            if high - low <= 0.5 * span or decision.can_be_absent:
                have.append(f"{title} ({ends})" if said(low) else title)
    told = []
    if have:
        told.append(f"All or nearly all on the frontier have: {'; '.join(have)}")
    if lack:
        told.append(f"None or hardly any has: {'; '.join(lack)}")
    return f"{'. '.join(told)}." if told else "They have no clause in common."


def tradeoffs(found: Frontier) -> str:
    """Return how the aims go against each other along the frontier, and what moves each."""
    front, aims = of_frontier(found), found.search.aims
    if len(front) < 5:
        return "Too few programmes are left to tell what trades off along the frontier."
    parts = []
    for at, one in enumerate(aims):
        for other in aims[at + 1 :]:
            signs = BY_NAME[one].better * BY_NAME[other].better
            agreement = signs * rank_correlation(front[one], front[other])
            how = "go against each other" if agreement < 0.0 else "go together"
            if np.isnan(agreement):
                parts.append(f"{named(one)} or {named(other)} never changes")
            else:
                parts.append(f"{named(one)} and {named(other)} {how} ({agreement:+.2f})")
    moved = []
    for aim in aims:
        strengths = {
            one.name: BY_NAME[aim].better
            * rank_correlation(front[one.name].astype(float), front[aim])
            for one in DECISIONS
        }
        ranked = sorted(strengths.items(), key=lambda item: -abs(np.nan_to_num(item[1])))[:2]
        told = [f"{ABOUT[name][0]} ({by:+.2f})" for name, by in ranked if abs(by) >= TELLING]
        if told:
            moved.append(f"{named(aim)} with {' and '.join(told)}")
    said = (
        "Along the frontier (in brackets: rank correlations, in which better counts as more) "
        f"{'; '.join(parts)}."
    )
    return f"{said} What moves most with each: {'; '.join(moved)}." if moved else said


def rank_correlation(one: Any, other: Any) -> float:
    """Return Spearman's rank correlation, not a number where either never changes."""
    return float(pd.Series(one).rank().corr(pd.Series(other).rank()))


def known(found: Frontier) -> list[str]:
    """Return where the known programmes lie, and which of the frontier dominates each."""
    rows = found.table[~found.table["is_found"]].to_dict("records")
    own = [row for row in rows if row["programme"] in own_names(found)]
    others = [row for row in rows if row["programme"] not in own_names(found)]
    said = [f"{row['programme']} {by_best(found, row)}" for row in own]
    told = [f"{'; '.join(said)}."]
    if others:
        standing = [str(row["programme"]) for row in others if not above(found, row)]
        told.append(elsewhere([str(row["programme"]) for row in others], standing))
    return told


def elsewhere(names: list[str], standing: list[str]) -> str:
    """Return what the frontier does to other scenarios' programmes.

    Parameters
    ----------
    standing : those of them that are not dominated.

    >>> elsewhere(["a/x"], ["a/x"])
    'Of 1 programme of other scenarios under the same assumptions none is dominated beyond noise by any on the frontier.'
    """  # noqa: E501
    who = f"Of {counted(len(names), 'programme')} of other scenarios under the same assumptions"
    if len(standing) == len(names):
        return f"{who} none is dominated beyond noise by any on the frontier."
    beaten = len(names) - len(standing)
    much = "each is" if not standing else f"{beaten} {'is' if beaten == 1 else 'are'}"
    rest = f"; not so {', '.join(standing)}" if standing else ""
    return f"{who} {much} dominated beyond noise by some on the frontier{rest}."


def above(found: Frontier, row: Any) -> list[str]:
    """Return which programmes on the frontier dominate one beyond noise."""
    front = set(of_frontier(found)["programme"])
    return [name for name in str(row["dominated_by"]).split(", ") if name in front]


def own_names(found: Frontier) -> list[str]:
    """Return the known programmes that are not from another scenario."""
    known = found.table.loc[~found.table["is_found"], "programme"]
    return [str(name) for name in known if "/" not in str(name)]


def by_best(found: Frontier, row: Any) -> str:
    """Return by which programmes one is dominated, and what the most even of them brings.

    The most even one gains most where it gains least, as a share of the frontier's range.
    """
    aims, over = found.search.aims, above(found, row)
    front = of_frontier(found).set_index("programme")
    if not over:
        return "is not dominated by any of them beyond noise"

    def gain(name: str, aim: str) -> float:
        span = float(np.ptp(front[aim])) or 1.0
        return float(BY_NAME[aim].better * (front.loc[name, aim] - row[aim]) / span)

    best = max(over, key=lambda name: min(gain(name, aim) for aim in aims))
    brings = [
        f"{named(aim)} {bare(front.loc[best, aim] - row[aim], row[aim], aim)}" for aim in aims
    ]
    others = f" and {counted(len(over) - 1, 'other')}" if len(over) > 1 else ""
    return f"is dominated by {best}{others} ({best} brings {', '.join(brings)})"


def bare(difference: float, base: float, aim: str, digits: int = 3) -> str:
    """Return a difference with its sign and unit, in the scale of the level it changes."""
    divisor, suffix = scale_of(base, BY_NAME[aim].unit)
    return f"{difference / divisor:+.{digits}g}{suffix.replace('%', 'points')}"


def condition(found: Frontier) -> str:
    """Return the sentence that says on what the findings rest."""
    search = found.search
    kept = (
        "Clients won before the decision keep the contract they were won under, for ever and under "
        "every programme shown, so nobody gains by taking what was promised; NPV and income count "
        "that old commission too, which dampens all differences"
        if search.is_grandfathered
        else "Programmes also hold for clients won before the decision, so part of the vendor's "
        "gain can be the taking of what partners were promised, and no rival makes it pay for that"
    )
    changing = [one.name for one in found.scenario.programmes if one.changes]
    if search.is_grandfathered and changing:
        kept = (
            f"{kept}. Only until the next change that is so under {', '.join(changing)}, which "
            "another programme follows on the way: clients keep one former contract at most"
        )
    return (
        f"{kept}. Only programmes that lose at most {percent(search.may_lose)} of "
        f"{found.scenario.baseline}'s level in any aim were looked for. This is one set of "
        f"assumptions, {counted(found.scenario.years, 'year')} and a finite search: another "
        "(--luck, --generations) finds others, and nothing says that no better ones exist. "
        "Partners' income is that of a member-year, so it also rises when fewer join. How many "
        "clauses a programme counts as to keep in mind is an assumption, too."
    )


def advice(found: Frontier) -> str:
    """Return what to do with a programme that one likes."""
    name = of_frontier(found)["programme"].iloc[0]
    return (
        "Known programmes are shown with the payout, care and leads they name, and those found "
        "differ from them in these, too: partnersim decompose tells which clause carries how much. "
        "Check a programme that you like in other worlds by partnersim robustness. Both take its "
        f"scenario file, such as programmes/{name}.toml."
    )


def base_level(found: Frontier, aim: str) -> float:
    """Return the baseline's level."""
    rows = found.table.set_index("programme")
    return float(rows.loc[found.scenario.baseline, aim])


def tables(found: Frontier) -> list[Table]:
    """Return the terminal's tables: the programmes on the frontier, and the scenario's own."""
    first = listing(found, "what it says")
    first.show_lines = True
    for row in of_frontier(found).to_dict("records"):
        mark = "~" if row["status"] == WITHIN_NOISE else ""
        name = Text(f"{row['programme']}{mark}")
        first.add_row(name, *differences(found, row), Text(clauses(row)))
    first.caption = (
        f"Paired differences to {found.scenario.baseline}, ± half of the 95 % interval, "
        f"{counted(found.search.seeds, 'seed')} that the search has not seen. ~: another "
        "programme's means are better, but not beyond noise."
    )
    first.caption_justify = "left"
    second = listing(found, "dominated beyond noise by")
    for row in found.table[found.table["programme"].isin(own_names(found))].to_dict("records"):
        over = ", ".join(above(found, row)) or "none of them"
        second.add_row(Text(str(row["programme"])), *differences(found, row), Text(over))
    return [first, second]


def listing(found: Frontier, last: str) -> Table:
    """Return an empty table with a column for each aim, and one more."""
    table = Table()
    table.add_column("")
    for aim in found.search.aims:
        suffix = scale_of(base_level(found, aim), BY_NAME[aim].unit)[1]
        unit = "points/month" if suffix == " %/month" else suffix.strip().replace("%", "points")
        title = named(aim)
        table.add_column(f"{title[0].upper()}{title[1:]}\n{unit}", justify="right")
    table.add_column(last, ratio=1)
    return table


def differences(found: Frontier, row: Any) -> Iterable[Text]:
    """Return the cells of a programme's differences, aim by aim; the baseline's are levels."""
    for aim in found.search.aims:
        base = base_level(found, aim)
        if row["programme"] == found.scenario.baseline:
            yield Text(amount(base, BY_NAME[aim].unit))
            continue
        divisor = scale_of(base, BY_NAME[aim].unit)[0]
        middle = row[f"{aim}_difference"] / divisor
        reach = (row[f"{aim}_high"] - row[f"{aim}_low"]) / 2.0 / divisor
        digits = digits_for(middle)
        yield Text(f"{grouped(middle, digits, '+')} ± {grouped(reach, digits)}")


def programmes(found: Frontier) -> list[dict[str, str]]:
    """Return the programmes on the frontier in words, and the scenario file of each."""
    return [
        {
            "programme": str(row["programme"]),
            "says": clauses(row),
            "scenario": f"programmes/{row['programme']}.toml",
        }
        for row in of_frontier(found).to_dict("records")
    ]


def scenario_of(found: Frontier, name: str, says: str) -> Scenario:
    """Return a scenario that compares one programme with the baseline on the same seeds."""
    by_name = {one.name: one for one in found.scenario.programmes}
    return found.scenario._replace(
        name=f"{found.scenario.name}-{name}",
        question=f"What does {name} of the frontier do against {found.scenario.baseline}?",
        provenance=f"Found by partnersim frontier on {found.scenario.name}: {says}. "
        f"{found.scenario.provenance}",
        programmes=(by_name[found.scenario.baseline], by_name[name]),
    )
