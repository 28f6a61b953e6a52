"""Stories in words: what became of one account or one partner under each programme, and why."""

from __future__ import annotations

import dis
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

from policies.registry import Policy
from sim.present.numbers import grouped
from sim.study.trace import Trace
from sim.study.trace_partner import PARTS
from sim.world.programme import Programme
from sim.world.units import NEVER, NOBODY

ROLES = {
    "originator": "for having won the client",
    "partner_of_record": "as partner of record",
    "servicing_partner": "as servicing partner",
    "upseller": "for an upsell",
    "retainer": "as fixed pay",
}
REASONS = {
    "client_asked": "the client asked for it",
    "has_consent": "the former partner agreed",
    "request_age": "the client had asked for it {n} before",
    "record_idle": "its partner had not worked on it for {n}",
    "servicing_age": "partner {new} had served it for {n}",
    "has_record": "{former}",
}
"""Why a record moved, by the fact without which it would not have."""
NAMELESS = "it was on nobody's name"
FEELINGS = {
    "injustice": "work for clients that bring it no commission",
    "undeserved": "income it does not work for",
    "income_swing": "income against what it is used to",
    "chat": "grievances heard in the chat",
    "payout": "the wait for its money",
    "clarity": "rules hard to keep in mind",
    "care": "the vendor's care",
}
AGAIN = {
    "Sold": "how it was sold",
    "Served": "who served",
    "Record": "the record",
    "Paid": "what was paid",
    "Kept": "what the vendor kept",
    "End": "how it ended",
    "Membership": "membership",
    "Income": "income",
    "Clients": "clients",
    "Motivation": "motivation",
    "Shocks": "shocks",
    "Trust": "trust",
}
"""How a part of a story is called when it is the same as the baseline's."""
SHORTLIST = {
    "apart": "served for {n} months by others than its seller, who is still there, under {name}",
    "fate": "a client at the decision; stays {n} months longer under {name} than where it leaves "
    "first",
    "records": "its record moves {times} under {name}",
    "helpers": "its helper changes {times} under {name}",
    "own": "served by its seller alone for {n} months under {name}",
}


class Section(NamedTuple):
    """A part of a story."""

    title: str
    text: str


Story = list[tuple[str, list[Section]]]
"""What is told under each heading."""


def tell(trace: Trace) -> Story:
    """Return the story of an account or a partner: the past, then each programme.

    What is the same as under the baseline is said to be so and not repeated.
    """
    teller = account_sections if trace.subject == "account" else partner_sections
    told: Story = []
    first: dict[str, str] = {}
    names = list(trace.summary["programme"])
    past = before_the_decision(trace, names[0])
    if past:
        told.append((f"Before the decision, under {trace.scenario.incumbent.policy.name}", past))
    baseline = trace.scenario.baseline
    for name in [baseline, *(name for name in names if name != baseline)]:
        sections = [section for section in teller(trace, name) if section.text]
        same = [s.title for s in sections if first.get(s.title) == s.text]
        kept = [section for section in sections if section.title not in same]
        if same:
            alike = listed([AGAIN[title] for title in same])
            kept.append(Section("The same", f"{alike}, as under {baseline}."))
        first = first or dict(sections)
        told.append((name, kept))
    return told


def heading(trace: Trace) -> str:
    """Return what a story is about."""
    chosen = trace.scenario
    return (
        f"{trace.subject.capitalize()} {trace.number} of the market {chosen.market}, seed "
        f"{trace.seed}: {chosen.years} years under each of {len(chosen.programmes)} programmes "
        "with the same luck. Months count from the decision."
    )


def offers(shortlist: pd.DataFrame) -> list[str]:
    """Return a line for each account worth a look."""
    return [
        f"{account:>6}  {SHORTLIST[why].format(n=n, times=times(n), name=programme)}"
        for account, why, n, programme in shortlist.itertuples(index=False)
    ]


def plain(trace: Trace) -> dict[str, Any]:
    """Return a story and the numbers behind it as plain data; what is not a number is null."""
    by = [
        name
        for name in ("programme", "partner", "role", "contract_since", "is_for_work")
        if name in trace.payments
    ]
    sums = (
        trace.payments[trace.payments["month"] > 0]
        .groupby(by, as_index=False)
        .agg(
            rub=("rub", "sum"),
            payments=("rub", "size"),
            first_month=("month", "min"),
            last_month=("month", "max"),
        )
    )
    return {
        "subject": trace.subject,
        "number": trace.number,
        "scenario": trace.scenario.name,
        "seed": trace.seed,
        "baseline": trace.scenario.baseline,
        "story": {title: {s.title.lower(): s.text for s in told} for title, told in tell(trace)},
        **{
            name: json.loads(table.to_json(orient="records", double_precision=15))
            for name, table in (
                ("summary", trace.summary),
                ("events", trace.events),
                ("payments", sums),
                ("shortlist", trace.shortlist),
            )
        },
    }


def numbers(trace: Trace) -> tuple[dict[str, str], list[dict[str, object]]]:
    """Return the headings and rows of a story's table of sums since the decision."""
    rows = trace.summary.to_dict("records")
    if trace.subject == "account":
        headings = {
            "programme": "programme",
            "paid": "client paid, RUB",
            "commission": "partners got, RUB",
            "commission_without_work": "of it without work",
            "vendor_kept": "vendor kept, RUB",
            "client_months": "months a client",
            "satisfaction": "satisfaction",
        }
    else:
        headings = {
            "programme": "programme",
            "earned": "earned, RUB",
            "earned_without_work": "of it without work",
            "unpaid": "work unpaid",
            "member_months": "months a member",
            "motivation": "motivation, mean",
            "motivation_end": "at the end",
            "trust_end": "trust at the end",
        }
    money = {"paid", "commission", "commission_without_work", "vendor_kept", "earned"}
    shown: list[dict[str, object]] = []
    for row in rows:
        row["unpaid"] = percent(row.get("unpaid_share", 0.0))
        shown.append(
            {
                key: rub(row[key])
                if key in money or key == "earned_without_work"
                else level(row[key])
                for key in headings
            }
        )
    return headings, shown


def rub(value: float) -> str:
    """Return roubles, whole."""
    return grouped(value, 0)


def level(value: Any) -> str:
    """Return a level of 0-1 with two digits, and anything else as it is."""
    if not isinstance(value, float):
        return str(value)
    return "–" if value != value else f"{value:.2f}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage."""
    return f"{100.0 * share:.{digits}f} %"


def when(month: int) -> str:
    """Return a month as told.

    >>> when(3), when(0), when(-1), when(-12)
    ('in month 3', 'just before the decision', '1 month before the decision', '12 months before the decision')
    """  # noqa: E501
    if month > 0:
        return f"in month {month}"
    return "just before the decision" if month == 0 else f"{count(-month)} before the decision"


def count(months: int) -> str:
    """Return a number of months."""
    return number(months, "month")


def number(things: int, what: str) -> str:
    """Return a number of things."""
    return f"1 {what}" if things == 1 else f"{things} {what}s"


def times(number: int) -> str:
    """Return how often."""
    return "once" if number == 1 else f"{number} times"


def span(first: int, last: int) -> str:
    """Return months from one to another."""
    return f"month {first}" if first == last else f"months {first} to {last}"


def who(partner: int) -> str:
    """Return a partner by its number."""
    return "nobody" if partner == NOBODY else f"partner {partner}"


def sentence(text: str) -> str:
    """Return words with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def listed(parts: list[str]) -> str:
    """Return parts as a list in words."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


# --- clauses -----------------------------------------------------------------------------------


def clause(policy: Policy, *rules: str) -> str:
    """Return a policy's rule in its own words, with the terms it reads.

    Parameters
    ----------
    rules : their names; the first one's words are given. Of the terms those are told that are
        not at zero, or all if they all are.
    """
    read = {
        name
        for rule in rules
        for name in names_in(getattr(policy, rule))
        if name in policy.terms._fields
    }
    if "rate" in rules and policy.rate is None:
        read.add("rate")
    terms = {name: value for name, value in policy.terms._asdict().items() if name in read}
    shown = {name: value for name, value in terms.items() if value} or terms
    spelt = ", ".join(f"{name} = {spell(value)}" for name, value in shown.items())
    words = (getattr(policy, rules[0]).__doc__ or policy.summary).strip().partition("\n")[0]
    return f"“{words}”" + (f" ({spelt})" if spelt else "")


def names_in(rule: Callable[..., Any] | None) -> set[str]:
    """Return every name that a rule, and the rules it asks, read."""
    if rule is None:
        return set()
    plain: Any = getattr(rule, "py_func", rule)
    found = set()
    for step in dis.get_instructions(plain):
        asked = plain.__globals__.get(step.argval) if step.opname == "LOAD_GLOBAL" else None
        if hasattr(asked, "py_func"):
            found |= names_in(asked)
        elif step.opname == "LOAD_ATTR":
            found.add(step.argval)
    return found


def spell(value: Any) -> str:
    """Return a term's value."""
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"


def contract_of(trace: Trace, name: str, since: int) -> Policy:
    """Return the policy that held from a month on."""
    studied = programme_of(trace, name)
    eras: list[tuple[int, Programme]] = [(-trace.scenario.burn_in_months, trace.scenario.incumbent)]
    eras += [(0, studied), *((change.month, change.programme) for change in studied.changes)]
    return [programme for start, programme in eras if start < since][-1].policy


def programme_of(trace: Trace, name: str) -> Programme:
    """Return a programme by name."""
    return next(studied for studied in trace.scenario.programmes if studied.name == name)


# --- an account --------------------------------------------------------------------------------


def before_the_decision(trace: Trace, name: str) -> list[Section]:
    """Return what happened before the decision, the same under all programmes."""
    events = of(trace.events, name)
    past = events[events["month"] <= 0]
    if trace.subject == "partner":
        told = [each for event in past.itertuples() if (each := membership(event))]
        months = of(trace.months, name)
        was_member = (months.loc[months["month"] <= 0, "status"] != "potential").any()
        told = told or ["it was a member from the start" if was_member else "it had not joined yet"]
        return [
            Section("Who", character(trace.summary.iloc[0])),
            Section("Membership", " ".join(sentence(each) for each in told)),
        ]
    if not trace.scenario.burn_in_months:
        return []
    if past.empty:
        return [Section("Sold", "It had not become a client yet.")]
    return [
        section
        for section in (
            Section("Sold", said(past, ("won",))),
            Section("Served", said(past, ("helper",))),
            Section("Record", said(past, ("record", "asked", "holder_left"))),
            Section("Paid", paid(trace, name, lambda month: month <= 0)),
            Section("Left", said(past, ("left",))),
        )
        if section.text
    ]


def of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one programme."""
    return table[table["programme"] == name]


def said(events: pd.DataFrame, kinds: tuple[str, ...]) -> str:
    """Return some kinds of events in sentences."""
    chosen = events[events["what"].isin(kinds)]
    return " ".join(sentence(TELLERS[event.what](event)) for event in chosen.itertuples())


def account_sections(trace: Trace, name: str) -> list[Section]:
    """Return an account's story under one programme since the decision."""
    events, months = of(trace.events, name), of(trace.months, name)
    after, lived = events[events["month"] > 0], months[months["month"] > 0]
    client = months[(months["month"] >= 0) & (months["status"] == "client")]
    if client.empty:
        return [Section("End", f"It was no client in {span(1, len(lived))}.")]
    return [
        Section("Sold", said(after, ("won",))),
        Section("Served", start_of_service(client.iloc[0], after) + said(after, ("helper",))),
        Section("Record", the_record(trace, name, client, after)),
        Section("Paid", paid(trace, name, lambda month: month > 0)),
        Section("Kept", kept(trace, name)),
        Section("End", ended(after, lived)),
    ]


def won(event: Any) -> str:
    """Tell how an account was won."""
    seller, facts = who(event.partner), event.facts
    told = {
        "partner": f"{seller} won it {when(event.month)}",
        "lead": f"it came to the vendor by itself {when(event.month)} and was handed to {seller} "
        "as a lead",
        "returned": f"it came back by itself {when(event.month)} and was returned to its seller, "
        f"{seller}",
        "direct": f"it bought from the vendor {when(event.month)}, won by no partner",
    }[event.how]
    told += f", at {rub(facts['price'])} RUB a month"
    if event.partner != NOBODY and facts["partner_of_record"] == NOBODY:
        told += "; by mistake the sale was recorded on nobody"
    if event.partner != NOBODY:
        serves = facts["servicing_partner"] == event.partner
        told += "; its seller served it" if serves else "; its seller did not serve it"
    return told


def helper(event: Any) -> str:
    """Tell a change of helper."""
    old, new, at = who(event.former), who(event.partner), when(event.month)
    if event.how == "left":
        gone = f"{at} {old} was gone from the programme"
        return f"{gone} and nobody served it" if event.partner < 0 else f"{gone}; {new} took over"
    return {
        "stopped": f"{at} {old} stopped working for it",
        "found": f"{at} it found {new} to serve it",
        "compared": f"{at} it compared and changed from {old} to {new}",
        "courted": f"{at} {new} courted it away from {old}",
    }[event.how]


def record(event: Any) -> str:
    """Tell a move of the record, with the facts that decided."""
    new = who(event.partner)
    moved = f"{when(event.month)} the record moved from {who(event.former)} to {new}"
    if event.former == NOBODY:
        moved = f"{when(event.month)} {new} became its partner of record"
    if event.how == "corrected":
        return f"{moved}: the vendor put right that it was on nobody's name"
    why = [
        REASONS[fact].format(
            n=count(number) if number != NEVER else "ever",
            new=event.partner,
            former="nobody was" if event.former < 0 else f"{who(event.former)} had left",
        )
        for fact, number in event.facts.items()
        if fact in REASONS
    ]
    return f"{moved}, as {listed(why)}" if why else moved


def asked(event: Any) -> str:
    """Tell a request."""
    return f"{when(event.month)} the client asked that {who(event.partner)} be recognised"


def holder_left(event: Any) -> str:
    """Tell that the originator or partner of record left the programme."""
    return (
        f"{when(event.month)} {who(event.partner)} left the programme; what the rule gives it "
        "stays with the vendor from then on"
    )


def left(event: Any) -> str:
    """Tell when and why a client left: its chance of leaving that month, part by part."""
    facts = event.facts
    nature = "restless" if facts["frailty_factor"] > 1.0 else "steady"
    parts = [
        f"{percent(facts['floor'], 2)} for any client",
        f"plus {percent(facts['dissatisfaction'], 2)} for dissatisfaction (satisfaction "
        f"{facts['satisfaction']:.2f})",
        f"times {facts['fit_factor']:.2f} for how the product fits (fit {facts['fit']:.2f})",
        f"times {facts['frailty_factor']:.2f} for its {nature} nature",
    ]
    if facts["disruption_factor"] > 1.0:
        ago = facts["months_since_change"]
        since = f"{count(ago)} before" if ago else "that month"
        parts.append(f"times {facts['disruption_factor']:.2f} for a change of helper {since}")
    if facts["unpaid_helper"]:
        parts.append(
            f"plus {percent(facts['unpaid_helper'], 2)} as {who(event.former)} served it unpaid "
            "and may move it to a rival"
        )
    if facts["contested"]:
        parts.append(
            f"plus {percent(facts['contested'], 2)} as the partner that lost it may move it to a "
            "rival"
        )
    told = f"it left {when(event.month)}, after {count(facts['tenure'])}. Its chance of leaving was"
    if facts["changed_that_month"]:
        return (
            f"{told} above {percent(facts['drawn'], 2)} that month: {', '.join(parts)} make "
            f"{percent(facts['chance'], 2)}; a change of helper or record in that very month must "
            "have added the rest"
        )
    return (
        f"{told} {percent(facts['chance'], 2)} that month: {', '.join(parts)}. With that month's "
        f"luck it would have stayed had the chance been {percent(facts['drawn'], 2)} or less"
    )


TELLERS: dict[str, Callable[[Any], str]] = {
    "won": won,
    "helper": helper,
    "record": record,
    "asked": asked,
    "holder_left": holder_left,
    "left": left,
}


def start_of_service(first: Any, after: pd.DataFrame) -> str:
    """Tell who served at the decision, and whether that lasted."""
    if first.month > 0:
        return ""
    lasts = " throughout" if not after["what"].isin(("helper", "won")).any() else ", at first"
    served = who(int(first.servicing_partner))
    own = int(first.servicing_partner) == int(first.originator) != NOBODY
    return sentence(f"by {served}{', its seller' if own else ''}{lasts}") + " "


def the_record(trace: Trace, name: str, client: pd.DataFrame, after: pd.DataFrame) -> str:
    """Tell who was partner of record, what moved it, and by which rule.

    Parameters
    ----------
    client : its months as a client since the decision.
    """
    told = said(after, ("record", "asked", "holder_left"))
    moves = after[(after["what"] == "record") & (after["how"] == "rule")]
    held = int(client["partner_of_record"].iloc[0])
    past = of(trace.events, name).query("month <= 0 and what == 'holder_left'")
    absent = ", gone from the programme," if held in set(past["partner"]) else ""
    holder = f"{who(held)}{absent} was partner of record" if held >= 0 else NAMELESS
    lasts = "throughout" if client["partner_of_record"].nunique() == 1 else "at first"
    rules = dict.fromkeys(
        clause(contract_of(trace, name, event.facts["contract_since"]), "record_moves")
        for event in moves.itertuples()
    )
    parts = [sentence(f"{holder} {lasts}"), told, *(f"Rule: {rule}." for rule in rules)]
    return " ".join(part for part in parts if part)


def paid(trace: Trace, name: str, is_told: Callable[[Any], Any]) -> str:
    """Tell who was paid how much in which role, and by which rule."""
    book = of(trace.payments, name)
    book = book[is_told(book["month"])]
    if book.empty:
        return "Nobody was paid."
    rules = {
        since: clause(contract_of(trace, name, int(since)), "credit", "rate")
        for since in book["contract_since"].unique()
    }
    told = []
    for rule, under in book.groupby(book["contract_since"].map(rules), sort=False):
        for (partner, role), rows in under.groupby(["partner", "role"], sort=False):
            told.append(sentence(one_payee(int(partner), str(role), rows)))
        told.append(f"Rule: {rule}.")
    return " ".join(told)


def one_payee(partner: int, role: str, rows: pd.DataFrame) -> str:
    """Tell what one partner was paid in one role."""
    idle = float(rows.loc[~rows["is_for_work"], "rub"].sum())
    whole = float(rows["rub"].sum())
    times = number(len(rows), "payment")
    first, last = int(rows["month"].min()), int(rows["month"].max())
    told = f"{who(partner)} got {rub(whole)} RUB {ROLES[role]} ({times}, {span(first, last)})"
    if idle == whole:
        return f"{told} without working on the account in any of them"
    return f"{told}, {rub(idle)} RUB of it for months without work" if idle else told


def kept(trace: Trace, name: str) -> str:
    """Tell how the client's money was divided between partners and vendor."""
    row = of(trace.summary, name).iloc[0]
    back = f", of which {rub(row.taken_back)} RUB were taken back" if row.taken_back else ""
    share = f" ({percent(row.vendor_kept / row.paid)})" if row.paid else ""
    return (
        f"Of {rub(row.paid)} RUB that the client paid, partners got {rub(row.commission)} RUB"
        f"{back}; the vendor kept {rub(row.vendor_kept)} RUB{share}."
    )


def ended(after: pd.DataFrame, lived: pd.DataFrame) -> str:
    """Tell how satisfied the client was, and when and why it left."""
    client = lived[lived["status"] == "client"]
    told = [f"Satisfaction was {client['satisfaction'].mean():.2f} on average."]
    told.append(said(after, ("left",)))
    if lived["status"].iloc[-1] == "client":
        told.append(f"It was a client in month {len(lived)}, the last.")
    return " ".join(each for each in told if each)


# --- a partner ---------------------------------------------------------------------------------


def partner_sections(trace: Trace, name: str) -> list[Section]:
    """Return a partner's story under one programme since the decision."""
    events, months = of(trace.events, name), of(trace.months, name)
    after = events[events["month"] > 0]
    member = months[(months["month"] > 0) & months["status"].isin(("active", "dormant"))]
    steps = [sentence(told) for event in after.itertuples() if (told := membership(event))]
    if member.empty:
        had_left = (months["status"] == "left").any()
        return [Section("Membership", "It had left." if had_left else "It never joined.")]
    end = f"It was {member['status'].iloc[-1]} at the end." if not gone(after) else ""
    return [
        Section("Membership", " ".join([*steps, end]).strip()),
        Section("Income", income(trace, name)),
        Section("Clients", clients(member, of(trace.summary, name).iloc[0])),
        Section("Motivation", motivation(member)),
        Section("Shocks", shocks(after)),
        Section("Trust", trust(member, after)),
    ]


def character(row: Any) -> str:
    """Tell what kind of partner it is."""
    kind = "likes to serve clients" if row.is_active_type else "would rather sell than serve"
    cash = " and is short of cash" if row.is_cash_constrained else ""
    return f"A partner that {kind}{cash}."


def gone(events: pd.DataFrame) -> bool:
    """Return whether a partner left."""
    return bool((events["what"] == "left").any())


def membership(event: Any) -> str:
    """Tell an event of membership; nothing of another."""
    at, facts = when(event.month), event.facts
    if event.what == "joined":
        return f"it joined {at}"
    if event.what == "returned":
        return f"it became active again {at}"
    if event.what == "dormant":
        return f"it fell dormant {at}, at motivation {facts['motivation']:.2f}"
    if event.what == "left":
        early = ", being new" if facts["tenure"] < 24 else ""
        return (
            f"it left {at}, after {count(facts['tenure'])}. Its chance of leaving was "
            f"{percent(facts['chance'], 2)} that month, at motivation {facts['motivation']:.2f}, "
            f"trust {facts['trust']:.2f} and an income of {rub(facts['income'])} RUB a month{early}"
        )
    return ""


def income(trace: Trace, name: str) -> str:
    """Tell what a partner earned, in which roles and for whose work."""
    book = of(trace.payments, name)
    book = book[book["month"] > 0]
    if book.empty:
        return "It earned nothing."
    whole, work = float(book["rub"].sum()), float(book.loc[book["is_for_work"], "rub"].sum())
    roles = [
        f"{rub(float(rows['rub'].sum()))} RUB {ROLES[str(role)]} "
        f"on {number(rows['account'].nunique(), 'account')}"
        for role, rows in book.groupby("role")
    ]
    return (
        f"{rub(whole)} RUB: {rub(work)} RUB from clients it worked for, {rub(whole - work)} RUB "
        f"from clients it did not work for. By role: {listed(roles)}."
    )


def clients(member: pd.DataFrame, sums: Any) -> str:
    """Tell whom a partner held and served, and how much of that was unpaid."""
    last, unpaid = member.iloc[-1], percent(sums.unpaid_share)
    brought = f"{unpaid} brought it no commission" if sums.unpaid_share else "all brought it pay"
    return (
        f"In its last month (month {last.month}) it was partner of record of "
        f"{number(last.clients_held, 'client')} and served {last.clients_served}."
        + (f" Of all it served, by price, {brought}." if sums.mrr_served else "")
    )


def motivation(member: pd.DataFrame) -> str:
    """Tell where motivation went and what pulled it, on average over the months."""
    parts = {part: float(member[part].mean()) for part in PARTS}
    told = [
        f"{FEELINGS[part]} {value:+.2f}"
        for part, value in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(value) >= 0.005
    ]
    first, last = member["motivation"].iloc[0], member["motivation"].iloc[-1]
    pulled = f" What pulled it, on average: {listed(told)}." if told else ""
    return f"From {first:.2f} to {last:.2f}.{pulled}"


def shocks(after: pd.DataFrame) -> str:
    """Tell sudden changes of motivation."""
    told = []
    for event in after[after["what"] == "news"].itertuples():
        since = "with the decision" if event.month == 1 else f"before month {event.month}"
        told.append(f"news {since} {event.facts['motivation']:+.2f}")
    jumps = [
        event.facts["motivation"] for event in after[after["what"] == "lost_or_gained"].itertuples()
    ]
    for words, chosen in (
        ("pay or records lost", [jump for jump in jumps if jump < 0]),
        ("pay or records gained", [jump for jump in jumps if jump > 0]),
    ):
        if chosen:
            told.append(f"{words} {times(len(chosen))}, {sum(chosen):+.2f} in all")
    return sentence(f"sudden changes of motivation: {listed(told)}") if told else ""


def trust(member: pd.DataFrame, after: pd.DataFrame) -> str:
    """Tell trust, and the disputes that harm it, if it was not whole all the time."""
    if member["trust"].min() >= 0.995:
        return ""
    disputes = sum(e.facts["disputes"] for e in after[after["what"] == "dispute"].itertuples())
    why = f", after {number(disputes, 'dispute')}" if disputes else ""
    return f"From {member['trust'].iloc[0]:.2f} to {member['trust'].iloc[-1]:.2f}{why}."
