"""A partner programme: a policy (who is paid, how much) and how the vendor runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from policies.contract import Term, declared
from policies.registry import Policy, load
from sim.world.errors import BadInput, cut, shown, unknown_name


class Conduct(NamedTuple):
    """How the vendor runs a programme, whatever its policy says."""

    payout_days: Annotated[
        float, Term("days", 0, 120, "S1: 3 days; others monthly or later", "Wait for commission.")
    ] = 30.0
    payout_threshold: Annotated[
        float, Term("RUB", 0, 100_000, "S1: any amount; others a threshold", "Least sum paid out.")
    ] = 0.0
    clawback_months: Annotated[
        int,
        Term("months; 0 = none", 0, 24, "K", "Taken back from the seller of who leaves so early."),
    ] = 0
    retainer: Annotated[
        float,
        Term(
            "RUB per month", 0, 200_000, "S4: fixed, or fixed and a share", "For each partner ..."
        ),
    ] = 0.0
    retainer_clients: Annotated[
        int, Term("clients", 1, 200, "A", "... that is active, with so many clients on its name.")
    ] = 1
    gate_hours: Annotated[
        float,
        Term("hours a month", 0, 200, "S3: at least 15 staff", "Least hours it takes to join."),
    ] = 0.0
    gate_service: Annotated[
        bool, Term("yes or no", 0, 1, "S3: qualification", "Only who means to service may join.")
    ] = False
    onboarding_months: Annotated[
        int,
        Term("months", 0, 12, "S3: task, training; S4: 5 minutes", "From joining to selling."),
    ] = 0
    training: Annotated[
        float, Term("0-1", 0, 1, "S2, S3: training as a system", "Training that raises skill.")
    ] = 0.0
    care: Annotated[
        float,
        Term("0-1", 0, 1, "S1, S4; A", "Personal care: chat, manager, ratings; a half is usual."),
    ] = 0.5
    registry: Annotated[
        bool,
        Term(
            "yes or no",
            0,
            1,
            "S2: a deal registry ends most disputes",
            "Who won and serves whom is visible to partners.",
        ),
    ] = False
    chat_openness: Annotated[
        float,
        Term(
            "0-1",
            0,
            1,
            "S0: open, unmoderated; S1: opens after the first client",
            "How far partners hear each other's grievances: 1 open, 0 closed.",
        ),
    ] = 1.0
    corrects_records: Annotated[
        bool,
        Term("yes or no", 0, 1, "S1: always corrected", "A missing record is put right on demand."),
    ] = True
    lead_share: Annotated[
        float,
        Term(
            "share of direct buyers",
            0,
            1,
            "S1: sometimes handed over; S2, S3: leads are distributed",
            "Direct buyers whom the vendor hands to a partner as a lead.",
        ),
    ] = 0.1
    leads_by_merit: Annotated[
        bool,
        Term("yes or no", 0, 1, "S2: from system data", "Leads go to those who serve best."),
    ] = True
    non_compete: Annotated[
        bool,
        Term("yes or no", 0, 1, "S2, S3", "The vendor sells nothing itself; all buyers are leads."),
    ] = False
    grandfather_months: Annotated[
        int,
        Term(
            "months",
            0,
            600,
            "F HubSpot 2023: 24 months",
            "Clients won before keep the former contract for so long, or until the next change.",
        ),
    ] = 0
    notice_months: Annotated[
        int, Term("months", 0, 24, "K; F Kube, Marechal, Puppe 2013", "Announced so long before.")
    ] = 0
    returns_pinned: Annotated[
        bool,
        Term("yes or no", 0, 1, "S3", "A former client that comes directly returns to its seller."),
    ] = False


class Incident(NamedTuple):
    """Something that happens to all partners at once: a public quarrel, a leak, an honour."""

    month: int
    """after the programme under study began"""
    harm: float
    """motivation it takes from every member who hears of it, 0-1"""
    what: str = ""


class Programme(NamedTuple):
    """A programme ready to be simulated, and what is to become of it."""

    name: str
    policy: Policy
    conduct: Conduct = Conduct()
    changes: tuple[Change, ...] = ()
    """in order of month"""
    incidents: tuple[Incident, ...] = ()
    """in order of month"""

    @property
    def complexity(self) -> float:
        """Clauses a partner must keep in mind beyond a flat rate."""
        return float(getattr(self.policy.terms, "complexity", 0.0))


class Change(NamedTuple):
    """Another programme that follows in a given month."""

    month: int
    """after the programme under study began; the first month under the new one is the next"""
    programme: Programme


def programme(
    name: str,
    policy: str | Policy = "",
    *,
    changes: Sequence[Change] = (),
    incidents: Sequence[Incident] = (),
    **numbers: Any,
) -> Programme:
    """Return a programme by its policy's name, with terms and conduct that differ from defaults.

    Parameters
    ----------
    name : how the programme is called in results; also the policy's name where that is not given.
    changes : programmes that follow in later months.
    incidents : what happens to all partners in given months.
    numbers : terms of the policy and fields of `Conduct`, by name.

    Raises
    ------
    BadInput
        If a name is unknown, a number outside its declared range, or the whole makes no sense.
    """
    if not isinstance(policy, Policy):
        policy = load(policy or name)
    called = cut(name)
    legal = {**declared(type(policy.terms)), **declared(Conduct)}
    for key, value in numbers.items():
        if key not in legal:
            raise unknown_name("term", key, legal, called)
        if not isinstance(value, int | float) or not legal[key].low <= value <= legal[key].high:
            low, high, unit = legal[key].low, legal[key].high, legal[key].unit
            raise BadInput(
                f"{called}: {key}: {shown(value)} is not from {low:g} to {high:g} {unit}."
            )
    usual = {**policy.terms._asdict(), **Conduct._field_defaults}
    typed = {key: type(usual[key])(value) for key, value in numbers.items()}
    for key, value in numbers.items():
        if typed[key] != value:
            kind = "yes or no" if isinstance(typed[key], bool) else "a whole number"
            raise BadInput(f"{called}: {key}: {shown(value)} is not {kind}.")
    conduct = {key: value for key, value in typed.items() if key in Conduct._fields}
    terms = {key: value for key, value in typed.items() if key not in conduct}
    if terms:
        policy = replace(policy, terms=policy.terms._replace(**terms))
    made = Programme(
        name,
        policy,
        Conduct(**conduct),
        tuple(sorted(changes, key=lambda change: change.month)),
        tuple(sorted(incidents)),
    )
    reason = objection(made)
    if reason:
        raise BadInput(f"{called}: makes no sense: {reason}.")
    return made


def objection(studied: Programme) -> str:
    """Return why a programme's clauses make no sense together, or nothing."""
    policy, conduct = studied.policy, studied.conduct
    months = [change.month for change in studied.changes]
    if len(set(months)) < len(months):
        return "two changes in one month; a month has one"
    if policy.objection is not None and (reason := policy.objection(policy.terms)):
        return reason
    if conduct.non_compete and conduct.lead_share != Conduct().lead_share:
        return "under non_compete all buyers are handed over, so lead_share says nothing"
    if conduct.retainer_clients != 1 and not conduct.retainer:
        return "retainer_clients says who gets the retainer, but retainer is 0"
    return ""


def refuse_out_of_range(studied: Programme) -> None:
    """Refuse terms and conduct outside their declared ranges, however they were made.

    Raises
    ------
    BadInput
        Naming the programme and the number.
    """
    for numbers in (studied.policy.terms, studied.conduct):
        for name, term in declared(type(numbers)).items():
            value = getattr(numbers, name)
            if not isinstance(value, int | float) or not term.low <= value <= term.high:
                raise BadInput(
                    f"{cut(studied.name)}: {name}: {shown(value)} is not a number from "
                    f"{term.low:g} to {term.high:g} {term.unit}."
                )
    for change in studied.changes:
        refuse_out_of_range(change.programme)
