"""Stories in words: what became of one account or one partner under each programme, and why."""

from __future__ import annotations

import dis
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

from policies.registry import Policy
from sim.engines.events import FEELINGS
from sim.present.i18n import N_, _, code, named, ngettext
from sim.present.numbers import filled, grouped, plain_number
from sim.questions.explain.account_story import chance_apart, reasons
from sim.questions.explain.ask import Trace
from sim.study.history import era_of_contract, eras
from sim.world.errors import unknown_name
from sim.world.programme import Programme
from sim.world.units import KOPECKS, NEVER

ROLES = {
    "originator": N_("for having won the client"),
    "partner_of_record": N_("as partner of record"),
    "servicing_partner": N_("as servicing partner"),
    "upseller": N_("for an upsell"),
    "retainer": N_("as fixed pay"),
    "clawback": N_("as commission taken back"),
}
REASONS = {
    "client_asked": N_("the client asked for it"),
    "has_consent": N_("the former partner agreed"),
    "request_age": N_("the client had asked for it {n} before"),
    "record_idle": N_("its partner had not worked on it for {n}"),
    "servicing_age": N_("partner {new} had served it for {n}"),
    "has_record": "{former}",
    "is_serviced": N_("partner {new} worked on it that month"),
    "quality": N_("it was served at quality {level}"),
    "tenure": N_("it had been a client for {n}"),
    "originator_serves": N_("its seller served it"),
    "originator_idle": N_("its seller had not worked on it for {n}"),
    "record_age": N_("the record had not moved for {n}"),
    "upsold_share": N_("{level} of its price came from upsells"),
    "record_clients": N_("its partner was on record for {held}"),
    "record_quiet": N_("its partner had won no client for {n}"),
    "originator_role": N_("its seller had chosen its role"),
    "is_old": N_("it was won before this programme"),
    "is_orphaned": N_("its partner had left the programme"),
}
"""Why a record moved, by the fact without which it would not have."""
NAMELESS = N_("it was on nobody's name")
PULLS = {
    "injustice": N_("work for clients that bring it no commission"),
    "undeserved_share": N_("income it does not work for"),
    "income_swing": N_("income against what it is used to"),
    "chat_grievance": N_("grievances heard in the chat"),
    "payout_gain": N_("the wait for its money"),
    "complexity": N_("rules hard to keep in mind"),
    "care": N_("the vendor's care"),
}
AGAIN = {
    N_("Sold"): N_("how it was sold"),
    N_("Served"): N_("who served"),
    N_("Record"): N_("the record"),
    N_("Paid"): N_("what was paid"),
    N_("Kept"): N_("what the vendor kept"),
    N_("End"): N_("how it ended"),
    N_("Membership"): N_("membership"),
    N_("Income"): N_("income"),
    N_("Clients"): N_("clients"),
    N_("Motivation"): N_("motivation"),
    N_("Shocks"): N_("shocks"),
    N_("Trust"): N_("trust"),
}
"""How a part of a story is called when it is the same as the baseline's."""
SHORTLIST = {
    "apart": N_(
        "served for {n} months by others than its seller, who is still there, under {name}"
    ),
    "fate": N_(
        "a client at the decision; stays {n} months longer under {name} than where it leaves first"
    ),
    "records": N_("its record moves {times} under {name}"),
    "servicers": N_("its helper changes {times} under {name}"),
    "own": N_("served by its seller alone for {n} months under {name}"),
}


class Section(NamedTuple):
    """A part of a story."""

    title: str
    text: str


FELT = 0.005
"""A sudden change of motivation worth telling."""


class Told(NamedTuple):
    """The events of one programme, among which one is told."""

    trace: Trace
    name: str
    events: pd.DataFrame


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
        under = named(trace.scenario.incumbent.policy.name)
        told.append((_("Before the decision, under {name}").format(name=under), past))
    baseline = trace.scenario.baseline
    for name in [baseline, *(name for name in names if name != baseline)]:
        sections = [section for section in teller(trace, name) if section.text]
        same = [s.title for s in sections if first.get(s.title) == s.text]
        kept = [section for section in sections if section.title not in same]
        if same:
            alike = _("{parts}, as under {name}.").format(
                parts=listed([_(AGAIN[title]) for title in same]), name=named(baseline)
            )
            kept.append(Section("The same", alike))
        first = first or dict(sections)
        told.append((named(name), kept))
    return told


def text(trace: Trace, programme: str | None = None) -> str:
    """Return a story as text, of one programme or of the past and then all of them.

    Raises
    ------
    BadInput
        If this programme was not traced.
    """
    told = tell(trace)
    if programme is not None:
        names = [str(name) for name in trace.summary["programme"]]
        if programme not in names:
            raise unknown_name("programme", programme, names)
        told = [(title, sections) for title, sections in told if title == named(programme)]
    return "\n\n".join(
        "\n".join([title, *(lines(f"{part.title}: {part.text}") for part in sections)])
        for title, sections in told
    )


def lines(text: str) -> str:
    """Return a paragraph in lines that fit a page."""
    return filled(text, indent="    ")


def heading(trace: Trace) -> str:
    """Return what a story is about."""
    chosen = trace.scenario
    about = {
        "account": N_("Account {number} of the market {market}, seed {seed}"),
        "partner": N_("Partner {number} of the market {market}, seed {seed}"),
    }[trace.subject]
    lived = _(
        "{years} years under each of {programmes} programmes with the same luck. "
        "Months count from the decision."
    )
    return (
        f"{_(about).format(number=trace.number, market=named(chosen.market), seed=trace.seed)}: "
        f"{lived.format(years=chosen.years, programmes=len(chosen.programmes))}"
    )


def offers(shortlist: pd.DataFrame) -> list[str]:
    """Return a line for each account worth a look."""
    return [
        f"{account:>6}  {_(SHORTLIST[why]).format(n=n, times=times(n), name=named(programme))}"
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
            "programme": _("programme"),
            "paid": _("client paid, RUB"),
            "commission": _("partners got, RUB"),
            "commission_without_work": _("of it without work"),
            "vendor_kept": _("vendor kept, RUB"),
            "client_months": _("months a client"),
            "satisfaction": _("satisfaction"),
        }
    else:
        headings = {
            "programme": _("programme"),
            "earned": _("earned, RUB"),
            "earned_without_work": _("of it without work"),
            "unpaid": _("work unpaid"),
            "member_months": _("months a member"),
            "motivation": _("motivation, mean"),
            "motivation_end": _("at the end"),
            "trust_end": _("trust at the end"),
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
    return "–" if value != value else grouped(value, 2)


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage; what is not all is never 100.

    >>> percent(0.184), percent(0.9999), percent(1.0), percent(0.004)
    ('18 %', '99.9 %', '100 %', '0.4 %')
    """
    value = 100.0 * share
    if 0.0 < value < 100.0 and round(value, digits) in (0.0, 100.0):
        value, digits = min(value, 99.9), max(digits, 1)
    return f"{grouped(value, digits)} %"


def when(month: int) -> str:
    """Return a month as told.

    >>> when(3), when(0), when(-1), when(-12)
    ('in month 3', 'just before the decision', '1 month before the decision', '12 months before the decision')
    """  # noqa: E501
    if month > 0:
        return _("in month {n}").format(n=month)
    if month == 0:
        return _("just before the decision")
    return _("{months} before the decision").format(months=count(-month))


def count(months: int) -> str:
    """Return a number of months."""
    return number(months, "month")


def number(things: int, what: str) -> str:
    """Return a number of things."""
    return ngettext(f"{{n}} {what}", f"{{n}} {what}s", things).format(n=things)


def times(number: int) -> str:
    """Return how often."""
    return _("once") if number == 1 else ngettext("{n} time", "{n} times", number).format(n=number)


def span(first: int, last: int) -> str:
    """Return months from one to another."""
    text = _("month {first}") if first == last else _("months {first} to {last}")
    return text.format(first=grouped(first, 0), last=grouped(last, 0))


def who(partner: Any) -> str:
    """Return a partner by its number; nobody is <NA>."""
    return _("nobody") if pd.isna(partner) else _("partner {n}").format(n=partner)


def sentence(text: str) -> str:
    """Return words with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def listed(parts: list[str]) -> str:
    """Return parts as a list in words."""
    if len(parts) == 1:
        return parts[0]
    return _("{first} and {last}").format(first=", ".join(parts[:-1]), last=parts[-1])


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
    spelt = ", ".join(f"{code(name)} = {spell(value)}" for name, value in shown.items())
    words = (getattr(policy, rules[0]).__doc__ or policy.summary).strip().partition("\n")[0]
    return _("“{words}”").format(words=_(words)) + (f" ({spelt})" if spelt else "")


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
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return plain_number(value)


def contract_of(trace: Trace, name: str, since: int) -> Policy:
    """Return the policy that held from a month on."""
    return era_of_contract(
        eras(trace.scenario, programme_of(trace, name)), since, is_under_former=False
    ).programme.policy


def programme_of(trace: Trace, name: str) -> Programme:
    """Return a programme by name."""
    return next(studied for studied in trace.scenario.programmes if studied.name == name)


# --- an account --------------------------------------------------------------------------------


def before_the_decision(trace: Trace, name: str) -> list[Section]:
    """Return what happened before the decision, the same under all programmes."""
    events = of(trace.events, name)
    past = events[events["month"] <= 0]
    told_of = Told(trace, name, past)
    if trace.subject == "partner":
        told = [each for event in past.itertuples() if (each := membership(event))]
        months = of(trace.months, name)
        was_member = (months.loc[months["month"] <= 0, "status"] != "potential").any()
        told = told or [
            _("it was a member from the start") if was_member else _("it had not joined yet")
        ]
        return [
            Section("Who", character(trace.summary.iloc[0])),
            Section("Membership", " ".join(sentence(each) for each in told)),
        ]
    if not trace.scenario.burn_in_months:
        return []
    if past.empty:
        return [Section("Sold", _("It had not become a client yet."))]
    return [
        section
        for section in (
            Section("Sold", said(told_of, "won")),
            Section("Served", said(told_of, "servicer")),
            Section("Record", said(told_of, "record", "request", "left")),
            Section("Paid", paid(trace, name, lambda month: month <= 0)),
            Section("Left", said(told_of, "churn")),
        )
        if section.text
    ]


def of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one programme."""
    return table[table["programme"] == name]


def said(told: Told, *kinds: str) -> str:
    """Return some kinds of events in sentences."""
    chosen = told.events[told.events["what"].isin(kinds)]
    texts = [TELLERS[event.what](event, told) for event in chosen.itertuples()]
    return " ".join(sentence(text) for text in texts if text)


def account_sections(trace: Trace, name: str) -> list[Section]:
    """Return an account's story under one programme since the decision."""
    events, months = of(trace.events, name), of(trace.months, name)
    after, lived = events[events["month"] > 0], months[months["month"] > 0]
    told = Told(trace, name, after)
    client = months[(months["month"] >= 0) & (months["status"] == "client")]
    if client.empty:
        return [Section("End", _("It was no client in {span}.").format(span=span(1, len(lived))))]
    return [
        Section("Sold", said(told, "won")),
        Section("Served", start_of_service(client.iloc[0], after) + said(told, "servicer")),
        Section("Record", the_record(told, client)),
        Section("Paid", paid(trace, name, lambda month: month > 0)),
        Section("Kept", kept(trace, name)),
        Section("End", ended(told, lived)),
    ]


def won(event: Any, told: Told) -> str:
    """Tell how an account was won."""
    seller, facts = who(event.to_partner), event.facts
    text = {
        "sale": N_("{seller} won it {when}"),
        "lead": N_("it came to the vendor by itself {when} and was handed to {seller} as a lead"),
        "return": N_("it came back by itself {when} and was returned to its seller, {seller}"),
        "direct": N_("it bought from the vendor {when}, won by no partner"),
    }[event.cause]
    sold = _(text).format(seller=seller, when=when(event.month))
    sold += _(", at {price} RUB a month").format(price=rub(facts["price_kopecks"] / KOPECKS))
    if event.cause == "direct":
        return sold
    same = told.events[told.events["month"] == event.month]
    if (same["cause"] == "mistake").any():
        sold += _("; by mistake the sale was recorded on nobody")
    serves = ((same["what"] == "servicer") & (same["cause"] == "sale")).any()
    return sold + (_("; its seller served it") if serves else _("; its seller did not serve it"))


def servicer(event: Any, _told: Told) -> str:
    """Tell a change of servicing partner; who serves from the start is told of the sale."""
    texts = {
        "gone": N_("{at} {old} was gone from the programme and nobody served it"),
        "stopped": N_("{at} {old} stopped working for it"),
        "found": N_("{at} it found {new} to serve it"),
        "known": N_("{at} it turned to its seller, {new}, who served it from then on"),
        "compared": N_("{at} it compared and changed from {old} to {new}"),
        "courted": N_("{at} {new} courted it away from {old}"),
    }
    if event.cause not in texts:
        return ""
    old, new = who(event.from_partner), who(event.to_partner)
    return _(texts[event.cause]).format(at=when(event.month), old=old, new=new)


def record(event: Any, told: Told) -> str:
    """Tell a move of the record, with the facts that decided; the first is told of the sale."""
    if event.cause not in ("rule", "correction"):
        return ""
    former, new = who(event.from_partner), who(event.to_partner)
    text = N_("{at} the record moved from {former} to {new}")
    if pd.isna(event.from_partner):
        text = N_("{at} {new} became its partner of record")
    moved = _(text).format(at=when(event.month), former=former, new=new)
    if event.cause == "correction":
        return _("{moved}: the vendor put right that it was on nobody's name").format(moved=moved)
    had_left = _("{former} had left").format(former=former)
    why = [
        _(REASONS[fact]).format(
            n=count(value) if value != NEVER else _("ever"),
            new=event.to_partner,
            former=_("nobody was") if pd.isna(event.from_partner) else had_left,
            level=level(value),
            held=number(int(value), "client"),
        )
        for fact, value in reasons(policy_of(event, told), event.facts).items()
    ]
    return _("{moved}, as {why}").format(moved=moved, why=listed(why)) if why else moved


def policy_of(event: Any, told: Told) -> Policy:
    """Return the policy whose rule moved a record."""
    held = eras(told.trace.scenario, programme_of(told.trace, told.name))
    return era_of_contract(held, event.month, event.facts["is_under_former"]).programme.policy


def request(event: Any, told: Told) -> str:
    """Tell a request, the first for a partner since it serves, if it did not move the record."""
    events = told.events[told.events["to_partner"] == event.to_partner]
    same = events[events["month"] == event.month]
    if ((same["what"] == "record") & (same["cause"] == "rule")).any():
        return ""
    past = events[events["month"] < event.month]
    if len(past) and past["what"].isin(("request", "servicer")).any():
        last = past.loc[past["what"].isin(("request", "servicer")), "what"].iloc[-1]
        if last == "request":
            return ""
    return _("{at} the client asked that {partner} be recognised").format(
        at=when(event.month), partner=who(event.to_partner)
    )


def holder_left(event: Any, _told: Told) -> str:
    """Tell that the originator or partner of record left the programme."""
    return _(
        "{at} {partner} left the programme; what the rule gives it stays with the vendor from "
        "then on"
    ).format(at=when(event.month), partner=who(event.to_partner))


def churn(event: Any, told: Told) -> str:
    """Tell when and why a client left: its chance of leaving that month, part by part."""
    facts = event.facts
    made = chance_apart(facts, told.trace.scenario.assumptions)
    nature = _("restless") if made["frailty"] > 1.0 else _("steady")
    parts = [
        _("{share} for any client").format(share=percent(made["floor"], 2)),
        _("plus {share} for dissatisfaction (satisfaction {level})").format(
            share=percent(made["dissatisfaction"], 2), level=level(facts["satisfaction"])
        ),
        _("times {factor} for how the product fits (fit {level})").format(
            factor=level(made["fit"]), level=level(facts["fit"])
        ),
        _("times {factor} for its {nature} nature").format(
            factor=level(made["frailty"]), nature=nature
        ),
    ]
    if made["disruption"] > 1.0:
        ago = facts["months_since_change"]
        since = _("{months} before").format(months=count(ago)) if ago else _("that month")
        parts.append(
            _("times {factor} for a change of helper {since}").format(
                factor=level(made["disruption"]), since=since
            )
        )
    if made["unpaid"]:
        parts.append(
            _("plus {share} as {partner} served it unpaid and may move it to a rival").format(
                share=percent(made["unpaid"], 2), partner=who(event.from_partner)
            )
        )
    if made["contested"]:
        parts.append(
            _("plus {share} as the partner that lost it may move it to a rival").format(
                share=percent(made["contested"], 2)
            )
        )
    text = N_(
        "it left {at}, after {months}. Its chance of leaving was {chance} that month: {parts}. "
        "With that month's luck it would have stayed had the chance been {drawn} or less"
    )
    moved = {
        "unpaid": N_("{text}. It was {partner} that moved it to a rival"),
        "dispossessed": N_("{text}. The partner that had lost it moved it to a rival"),
    }
    left = _(text).format(
        at=when(event.month),
        months=count(facts["tenure"]),
        chance=percent(facts["chance"], 2),
        drawn=percent(facts["drawn"], 2),
        parts=", ".join(parts),
    )
    if event.cause not in moved:
        return left
    return _(moved[event.cause]).format(text=left, partner=who(event.from_partner))


TELLERS: dict[str, Callable[[Any, Told], str]] = {
    "won": won,
    "servicer": servicer,
    "record": record,
    "request": request,
    "left": holder_left,
    "churn": churn,
}


def start_of_service(first: Any, after: pd.DataFrame) -> str:
    """Tell who served at the decision, and whether that lasted."""
    if first.month > 0:
        return ""
    is_lasting = not after["what"].isin(("servicer", "won")).any()
    server = first.servicing_partner
    served = _("by nobody") if pd.isna(server) else _("by {partner}").format(partner=who(server))
    if not pd.isna(server) and not pd.isna(first.originator) and server == first.originator:
        served += _(", its seller")
    lasts = _("{what} throughout") if is_lasting else _("{what}, at first")
    return sentence(lasts.format(what=served)) + " "


def the_record(told: Told, client: pd.DataFrame) -> str:
    """Tell who was partner of record, what moved it, and by which rule.

    Parameters
    ----------
    client : its months as a client since the decision.
    """
    after = told.events
    moves = after[(after["what"] == "record") & (after["cause"] == "rule")]
    held = client["partner_of_record"].iloc[0]
    past = of(told.trace.events, told.name).query("month <= 0 and what == 'left'")
    text = NAMELESS if pd.isna(held) else N_("{partner} was partner of record")
    if not pd.isna(held) and held in set(past["to_partner"]):
        text = N_("{partner}, gone from the programme, was partner of record")
    is_lasting = client["partner_of_record"].nunique(dropna=False) == 1
    lasts = _("{what} throughout") if is_lasting else _("{what} at first")
    rules = dict.fromkeys(
        clause(policy_of(event, told), "record_moves") for event in moves.itertuples()
    )
    holder = sentence(lasts.format(what=_(text).format(partner=who(held))))
    moved = said(told, "record", "request", "left")
    parts = [holder, moved, *(_("Rule: {rule}.").format(rule=rule) for rule in rules)]
    return " ".join(part for part in parts if part)


def paid(trace: Trace, name: str, is_told: Callable[[Any], Any]) -> str:
    """Tell who was paid how much in which role, and by which rule."""
    book = of(trace.payments, name)
    book = book[is_told(book["month"])]
    if book.empty:
        return _("Nobody was paid.")
    rules = {
        since: clause(contract_of(trace, name, int(since)), "credit", "rate")
        for since in book["contract_since"].unique()
    }
    told = []
    for rule, under in book.groupby(book["contract_since"].map(rules), sort=False):
        for (partner, role), rows in under.groupby(["partner", "role"], sort=False):
            told.append(sentence(one_payee(int(partner), str(role), rows)))
        told.append(_("Rule: {rule}.").format(rule=rule))
    return " ".join(told)


def one_payee(partner: int, role: str, rows: pd.DataFrame) -> str:
    """Tell what one partner was paid in one role."""
    idle = float(rows.loc[~rows["is_for_work"], "rub"].sum())
    whole = float(rows["rub"].sum())
    told = _("{partner} got {rub} RUB {role} ({payments}, {span})").format(
        partner=who(partner),
        rub=rub(whole),
        role=_(ROLES[role]),
        payments=number(len(rows), "payment"),
        span=span(int(rows["month"].min()), int(rows["month"].max())),
    )
    if idle == whole:
        return _("{told} without working on the account in any of them").format(told=told)
    if idle:
        return _("{told}, {rub} RUB of it for months without work").format(told=told, rub=rub(idle))
    return told


def kept(trace: Trace, name: str) -> str:
    """Tell how the client's money was divided between partners and vendor."""
    row = of(trace.summary, name).iloc[0]
    back = _(", after {rub} RUB were taken back").format(rub=rub(row.taken_back))
    return _(
        "Of {paid} RUB that the client paid, partners got {commission} RUB{back}; the vendor kept "
        "{kept} RUB{share}."
    ).format(
        paid=rub(row.paid),
        commission=rub(row.commission),
        back=back if row.taken_back else "",
        kept=rub(row.vendor_kept),
        share=f" ({percent(row.vendor_kept / row.paid)})" if row.paid else "",
    )


def ended(told: Told, lived: pd.DataFrame) -> str:
    """Tell how satisfied the client was, and when and why it left."""
    client = lived[lived["status"] == "client"]
    parts = [
        _("Satisfaction was {level} on average.").format(
            level=level(float(client["satisfaction"].mean()))
        )
    ]
    parts.append(said(told, "churn"))
    if lived["status"].iloc[-1] == "client":
        parts.append(_("It was a client in month {n}, the last.").format(n=len(lived)))
    return " ".join(each for each in parts if each)


# --- a partner ---------------------------------------------------------------------------------


def partner_sections(trace: Trace, name: str) -> list[Section]:
    """Return a partner's story under one programme since the decision."""
    events, months = of(trace.events, name), of(trace.months, name)
    after = events[events["month"] > 0]
    member = months[(months["month"] > 0) & months["status"].isin(("active", "dormant"))]
    steps = [sentence(told) for event in after.itertuples() if (told := membership(event))]
    if member.empty:
        had_left = (months["status"] == "left").any()
        return [Section("Membership", _("It had left.") if had_left else _("It never joined."))]
    at_end = {
        "active": N_("It was active at the end."),
        "dormant": N_("It was dormant at the end."),
    }
    end = _(at_end[str(member["status"].iloc[-1])]) if not gone(after) else ""
    return [
        Section("Membership", " ".join([*steps, end]).strip()),
        Section("Income", income(trace, name)),
        Section("Clients", clients(member, of(trace.summary, name).iloc[0])),
        Section("Motivation", motivation(member)),
        Section("Shocks", shocks(member, after)),
        Section("Trust", trust(member, after)),
    ]


def character(row: Any) -> str:
    """Tell what kind of partner it is."""
    text = {
        (True, True): N_("A partner that likes to serve clients and is short of cash."),
        (True, False): N_("A partner that likes to serve clients."),
        (False, True): N_("A partner that would rather sell than serve and is short of cash."),
        (False, False): N_("A partner that would rather sell than serve."),
    }[bool(row.is_active_type), bool(row.is_cash_constrained)]
    return _(text)


def gone(events: pd.DataFrame) -> bool:
    """Return whether a partner left."""
    return bool((events["what"] == "left").any())


def membership(event: Any) -> str:
    """Tell an event of membership; nothing of another."""
    at, facts = when(event.month), event.facts
    if event.what == "joined":
        return _("it joined {at}").format(at=at)
    if event.what == "resumed":
        return _("it became active again {at}").format(at=at)
    if event.what == "rested":
        return _("it fell dormant {at}, at motivation {motivation}").format(
            at=at, motivation=level(facts["motivation"])
        )
    if event.what == "left":
        return _(
            "it left {at}, after {months}. Its chance of leaving was {chance} that month, at "
            "motivation {motivation}, trust {trust} and an income of {rub} RUB a month{early}"
        ).format(
            at=at,
            months=count(facts["tenure"]),
            chance=percent(facts["chance"], 2),
            motivation=level(facts["motivation"]),
            trust=level(facts["trust"]),
            rub=rub(facts["income_kopecks"] / KOPECKS),
            early=_(", being new") if facts["tenure"] < 24 else "",
        )
    return ""


def income(trace: Trace, name: str) -> str:
    """Tell what a partner earned, in which roles and for whose work."""
    book = of(trace.payments, name)
    book = book[book["month"] > 0]
    if book.empty:
        return _("It earned nothing.")
    whole, work = float(book["rub"].sum()), float(book.loc[book["is_for_work"], "rub"].sum())
    roles = []
    for role, rows in book.groupby("role"):
        held = rows.loc[rows["account"] >= 0, "account"].nunique()
        on_accounts = _("{rub} RUB {role} on {accounts}") if held else _("{rub} RUB {role}")
        roles.append(
            on_accounts.format(
                rub=rub(float(rows["rub"].sum())),
                role=_(ROLES[str(role)]),
                accounts=number(held, "account"),
            )
        )
    return _(
        "{whole} RUB: {work} RUB from clients it worked for, {idle} RUB from clients it did not "
        "work for. By role: {roles}."
    ).format(whole=rub(whole), work=rub(work), idle=rub(whole - work), roles=listed(roles))


def clients(member: pd.DataFrame, sums: Any) -> str:
    """Tell whom a partner held and served, and how much of that was unpaid."""
    last = member.iloc[-1]
    told = _(
        "In its last month (month {month}) it was partner of record of {held} and served {served}."
    ).format(month=last.month, held=number(last.clients_held, "client"), served=last.clients_served)
    if not sums.mrr_served:
        return told
    unpaid = _(" Of all it served, by price, {share} brought it no commission.")
    return told + (
        unpaid.format(share=percent(sums.unpaid_share))
        if sums.unpaid_share
        else _(" Of all it served, by price, all brought it pay.")
    )


def motivation(member: pd.DataFrame) -> str:
    """Tell where motivation went and what pulled it, on average over the months."""
    parts = {part: float(member[part].mean()) for part in FEELINGS}
    told = [
        f"{_(PULLS[part])} {grouped(value, 2, '+')}"
        for part, value in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(value) >= 0.005
    ]
    first, last = member["motivation"].iloc[0], member["motivation"].iloc[-1]
    moved = _("From {first} to {last}.").format(first=level(first), last=level(last))
    if not told:
        return moved
    return moved + _(" What pulled it, on average: {parts}.").format(parts=listed(told))


def shocks(member: pd.DataFrame, after: pd.DataFrame) -> str:
    """Tell sudden changes of motivation."""
    told = []
    for event in after[after["what"] == "news"].itertuples():
        moved = event.facts["motivation"] - event.facts["motivation_before"]
        if abs(moved) < FELT:
            continue
        news = N_("news with the decision {change}")
        if event.month != 1:
            news = N_("news before month {month} {change}")
        change = grouped(moved, 2, "+")
        told.append(_(news).format(month=event.month, change=change))
    jumps = [jump for jump in member["lost_or_gained"] if abs(jump) >= FELT]
    for text, chosen in (
        (N_("pay or records lost {times}, {change} in all"), [jump for jump in jumps if jump < 0]),
        (
            N_("pay or records gained {times}, {change} in all"),
            [jump for jump in jumps if jump > 0],
        ),
    ):
        if chosen:
            told.append(
                _(text).format(times=times(len(chosen)), change=grouped(sum(chosen), 2, "+"))
            )
    if not told:
        return ""
    return sentence(_("sudden changes of motivation: {parts}").format(parts=listed(told)))


def trust(member: pd.DataFrame, after: pd.DataFrame) -> str:
    """Tell trust, and the disputes that harm it, if it was not whole all the time."""
    if member["trust"].min() >= 0.995:
        return ""
    disputes = int((after["what"] == "dispute").sum())
    text = (
        _("From {first} to {last}, after {disputes}.") if disputes else _("From {first} to {last}.")
    )
    return text.format(
        first=level(float(member["trust"].iloc[0])),
        last=level(float(member["trust"].iloc[-1])),
        disputes=number(disputes, "dispute"),
    )
