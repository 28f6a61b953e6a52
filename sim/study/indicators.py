"""Indicators: what a finished run means for the vendor, its clients and its partners.

Every indicator is computed from whole-number facts (`sim.engines.outcome`), so each is the same
for every engine and every order of agents. Months count from the decision: month 0 is the last
under the incumbent programme, month 1 the first under the programme studied.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engines.outcome import Month, Outcome, Tenure
from sim.world.assumptions import Assumptions
from sim.world.units import KOPECKS, MICRO

Floats = npt.NDArray[np.float64]
LTV_MONTHS = 120
"""Months of client life that count towards lifetime value."""
COUNTED = (
    "won_by_partners",
    "won_by_leads",
    "won_directly",
    "churned_clients",
    "upsells",
    "record_moves",
    "contested_moves",
    "disputes",
    "ritual_touches",
    "helper_switches",
    "courted_switches",
    "entered",
    "exited",
)
"""Facts of a month that are shown by month as they are."""


class Indicator(NamedTuple):
    """What an indicator is called, counted in and meant to say."""

    name: str
    title: str
    unit: str
    meaning: str
    better: int = 0
    """1 if more is better, -1 if less is; 0 if one side's gain is another's cost"""
    measure: Callable[[Outcome, int, Assumptions], float] | None = None
    """of somebody's own: takes a finished run, its months before the decision and its assumptions;
    None for those that `summary` measures"""


INDICATORS = (
    Indicator(
        "vendor_revenue", "Vendor revenue", "RUB", "client payments over the years studied", 1
    ),
    Indicator(
        "commission", "Commission", "RUB", "commission credited to partners over the years studied"
    ),
    Indicator(
        "net_contribution",
        "Vendor net contribution",
        "RUB",
        "gross margin - commission + clawback - disputes - direct sales "
        "- support of unserved clients - running the programme",
        1,
    ),
    Indicator(
        "npv",
        "Vendor NPV, with clients left",
        "RUB",
        "net contribution discounted to the decision, plus the book of clients left at the "
        "end in run-off",
        1,
    ),
    Indicator(
        "client_ltv",
        "Client LTV before commission",
        "RUB per client won",
        "sum over 120 months of tenure of survival x mean payment x gross margin, "
        "discounted; before commission",
        1,
    ),
    Indicator(
        "client_ltv_net",
        "Client LTV after commission",
        "RUB per client won",
        "the same less commission",
        1,
    ),
    Indicator(
        "client_churn",
        "Client churn",
        "per month",
        "clients lost / (clients left + clients lost), logo churn",
        -1,
    ),
    Indicator("motivation", "Motivation, all partners", "0-1", "mean over member-months", 1),
    Indicator(
        "motivation_active",
        "Motivation, active type",
        "0-1",
        "the same, partners who like service work",
        1,
    ),
    Indicator(
        "motivation_passive",
        "Motivation, passive type",
        "0-1",
        "the same, partners who would rather only bring clients",
        1,
    ),
    Indicator(
        "motivation_servicing_unpaid",
        "Motivation of the unpaid serving",
        "0-1",
        "the same, partners most of whose serviced MRR pays them nothing",
        1,
    ),
    Indicator(
        "motivation_servicing_paid",
        "Motivation, servicing paid",
        "0-1",
        "the same, partners most of whose serviced MRR pays them",
        1,
    ),
    Indicator(
        "motivation_servicing_others",
        "Motivation, servicing others' clients",
        "0-1",
        "the same, partners who service a client they did not win",
        1,
    ),
    Indicator(
        "partner_churn", "Partner churn", "per year", "partners leaving / mean members, a year", -1
    ),
    Indicator(
        "dead_money",
        "Dead money (pay for no work)",
        "RUB",
        "commission credited to partners who did no work on the account that month",
    ),
    Indicator(
        "dead_money_share", "Dead money share", "share of commission", "dead money / commission"
    ),
    Indicator("clients_end", "Clients at the end", "clients", "clients after the last month", 1),
    Indicator("new_clients", "New clients", "clients", "clients won over the years studied", 1),
    Indicator(
        "partner_sourced",
        "Won by partners",
        "share of new clients",
        "clients won by partners' own selling / clients won",
    ),
    Indicator("satisfaction", "Client satisfaction", "0-1", "mean over client-months", 1),
    Indicator(
        "unserved",
        "Clients without help",
        "share of clients",
        "client-months without a servicing partner / client-months",
        -1,
    ),
    Indicator(
        "mismatch",
        "Served by another than the record",
        "share of serviced clients",
        "serviced client-months whose servicing partner is not the partner of record / "
        "serviced client-months",
    ),
    Indicator(
        "revenue_churn", "Revenue churn", "per month", "MRR lost with clients / MRR billed", -1
    ),
    Indicator("members_end", "Partners at the end", "partners", "members in the last month", 1),
    Indicator(
        "active_share",
        "Active partners",
        "share of members",
        "active member-months / member-months",
    ),
    Indicator(
        "entry", "Partners joining", "partners per year", "partners entering the programme, a year"
    ),
    Indicator(
        "partner_income",
        "Partner income a year",
        "RUB per member-year",
        "commission / member-years",
    ),
    Indicator(
        "income_active",
        "Income a year, active type",
        "RUB per member-year",
        "commission / member-years of partners who like service work",
        1,
    ),
    Indicator(
        "income_passive",
        "Income a year, passive type",
        "RUB per member-year",
        "commission / member-years of partners who would rather only bring clients",
        1,
    ),
    Indicator(
        "commission_pv",
        "Commission, discounted",
        "RUB",
        "commission discounted to the decision at the vendor's rate, with that on the book of "
        "clients left at the end in run-off",
    ),
    Indicator(
        "top_fifth",
        "Top fifth's share",
        "share of commission",
        "commission of the best-paid fifth of those ever members / commission",
    ),
    Indicator(
        "disputes", "Disputes", "disputes per year", "disputes over moved records, a year", -1
    ),
    Indicator(
        "survival_10y",
        "Ten-year survival",
        "share of clients won",
        "product over 120 months of tenure of (1 - clients lost / clients at risk)",
        1,
    ),
)
BY_NAME = {indicator.name: indicator for indicator in INDICATORS}
HEADLINES = (
    "vendor_revenue",
    "commission",
    "net_contribution",
    "npv",
    "client_ltv",
    "client_ltv_net",
    "client_churn",
    "motivation",
    "motivation_active",
    "motivation_passive",
    "motivation_servicing_unpaid",
    "partner_churn",
    "dead_money",
)
"""The indicators of the table that every comparison prints."""


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return ``part / whole``, not-a-number where the whole is zero.

    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    out = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) != 0)
    return out


def monthly(outcome: Outcome, burn_in: int, a: Assumptions) -> dict[str, npt.NDArray[np.generic]]:
    """Return a run's indicators by month, in roubles and fractions, each of shape (months,).

    Parameters
    ----------
    outcome : a finished run.
    burn_in : months under the incumbent programme.
    a : the assumptions of the run.
    """
    counts = dict(zip(Month._fields, outcome.months.T, strict=True))
    facts = dict(zip(Month._fields, outcome.months.T.astype(np.float64), strict=True))
    billed = facts["clients"] + facts["churned_clients"]
    return {
        "month": counts["month"] - burn_in,
        "clients": counts["clients"],
        "mrr": facts["mrr"] / KOPECKS,
        "revenue": facts["payments"] / KOPECKS,
        "commission": facts["commission"] / KOPECKS,
        "net_contribution": net_contribution(facts, a) / KOPECKS,
        "dead_money": facts["dead_money"] / KOPECKS,
        "payables": facts["payables"] / KOPECKS,
        "dispute_cost": facts["dispute_cost"] / KOPECKS,
        "client_churn": ratio(facts["churned_clients"], billed),
        "revenue_churn": ratio(facts["churned_mrr"], facts["payments"] + facts["churned_mrr"]),
        "satisfaction": ratio(facts["satisfaction"], MICRO * facts["clients"]),
        "unserved": 1.0 - ratio(facts["serviced_clients"], facts["clients"]),
        "mismatch": ratio(facts["mismatched_clients"], facts["serviced_clients"]),
        "members": counts["members"],
        "active_share": ratio(facts["active_members"], facts["members"]),
        "partner_churn": ratio(facts["exited"], facts["members"]),
        "motivation": ratio(facts["motivation"], MICRO * facts["members"]),
        "motivation_active": group_motivation(facts, "active_type"),
        "motivation_passive": group_motivation(facts, "passive_type"),
        "motivation_servicing_unpaid": group_motivation(facts, "servicing_unpaid"),
        "motivation_servicing_paid": group_motivation(facts, "servicing_paid"),
        "motivation_servicing_others": group_motivation(facts, "servicing_others"),
        "trust": ratio(facts["trust"], MICRO * facts["members"]),
        **{name: counts[name] for name in COUNTED},
    }


def group_motivation(facts: dict[str, Floats], group: str) -> Floats:
    """Return a group's mean motivation by month, not-a-number where the group is empty."""
    return ratio(facts[f"{group}_motivation"], MICRO * facts[group])


def running_margin(facts: dict[str, Floats], commission: Floats, a: Assumptions) -> Floats:
    """Return what existing clients bring the vendor each month, kopecks.

    Gross margin less commission less the support of clients whom nobody services.
    """
    unserved = facts["clients"] - facts["serviced_clients"]
    return a.gross_margin * facts["payments"] - commission - KOPECKS * a.unserved_cost * unserved


def lasting_commission(facts: dict[str, Floats]) -> Floats:
    """Return the commission each month, had first payments brought what all others do, kopecks.

    So a bounty, which ends with new clients, is not taken for pay that goes on without them.

    >>> kopecks = {"payments": 1100.0, "commission": 320.0}
    >>> first = {"first_payments": 100.0, "first_commission": 120.0}
    >>> lasting_commission({name: np.array([x]) for name, x in {**kopecks, **first}.items()})
    array([220.])
    """
    later = facts["payments"] - facts["first_payments"]
    return ratio((facts["commission"] - facts["first_commission"]) * facts["payments"], later)


def net_contribution(facts: dict[str, Floats], a: Assumptions) -> Floats:
    """Return the vendor's net contribution each month, kopecks.

    Running margin less disputes, direct acquisition and the cost of the programme. A directly
    won client costs ``direct_cac`` months of the gross margin of a median client.
    """
    cac = KOPECKS * a.direct_cac * a.gross_margin * a.arpa
    return (
        running_margin(facts, facts["commission"], a)
        + facts["clawed_back"]
        - facts["dispute_cost"]
        - cac * (facts["won_directly"] + facts["won_by_leads"])
        - facts["programme_cost"]
    )


def survival(tenures: npt.NDArray[np.int64]) -> Floats:
    """Return the share of clients won that are still clients after each month of tenure.

    Parameters
    ----------
    tenures : facts by tenure, shape (months of tenure, len(Tenure._fields)).

    >>> survival(np.array([[4, 0, 0, 0], [4, 1, 0, 0], [2, 1, 0, 0]]))
    array([1.   , 0.75 , 0.375])
    """
    lost = ratio(tenures[:, 1].astype(np.float64), tenures[:, 0].astype(np.float64))
    return np.asarray(np.cumprod(1.0 - np.nan_to_num(lost)))


def lifetime_value(
    tenures: npt.NDArray[np.int64], gross_margin: float, monthly_factor: float, is_net: bool
) -> float:
    """Return the discounted margin of a client won, RUB.

    Sum over tenure of survival x mean payment x gross margin x discount, less commission if
    ``is_net``; a period life table, so clients won long ago and still there count too.

    Parameters
    ----------
    tenures : facts by tenure, shape (months of tenure, len(Tenure._fields)).
    monthly_factor : the vendor's discount factor of one month.

    One client that pays 100 RUB twice, no discount, margin one half, commission a tenth:

    >>> facts = np.array([[1, 0, 10000, 1000], [1, 0, 10000, 1000]])
    >>> lifetime_value(facts, 0.5, 1.0, False), lifetime_value(facts, 0.5, 1.0, True)
    (100.0, 80.0)
    """
    facts = tenures[:LTV_MONTHS].astype(np.float64)
    columns = {name: facts[:, place] for place, name in enumerate(Tenure._fields)}
    payers = columns["at_risk"] - columns["churned"]
    margin = gross_margin * columns["payments"] - (columns["commission"] if is_net else 0.0)
    discount = monthly_factor ** np.arange(len(facts))
    mean_margin = np.nan_to_num(ratio(margin, payers))
    return float(np.sum(survival(tenures)[:LTV_MONTHS] * mean_margin * discount)) / KOPECKS


def present_value(facts: dict[str, Floats], flow: Floats, running: Floats, factor: float) -> float:
    """Return the value at the decision of a monthly flow and of what the clients left still bring.

    The latter is in run-off: the last twelve months' mean, shrinking with their churn and
    discounted, for ever; no new clients and so neither acquisition cost nor bounties.

    Parameters
    ----------
    flow : kopecks a month, shape (months,).
    running : the part of it that existing clients bring, kopecks a month, shape (months,).
    factor : the vendor's discount factor of one month.
    """
    billed = facts["clients"][-12:].sum() + facts["churned_clients"][-12:].sum()
    churn = facts["churned_clients"][-12:].sum() / billed if billed else 0.0
    keep = (1.0 - churn) * factor
    book = float(running[-12:].mean()) * keep / (1.0 - keep)
    return float(np.sum(flow * factor ** np.arange(1, len(flow) + 1))) + book * factor ** len(flow)


def top_share(earned: npt.NDArray[np.int64], fraction: float = 0.2) -> float:
    """Return the share of all earnings that goes to the best-paid fraction.

    Who had to give back more than it earned has earned nothing.

    >>> top_share(np.array([0, 0, 10, 30, 60])), top_share(np.array([-50, 0, 10, 30, 60]))
    (0.6, 0.6)
    """
    earned = np.maximum(earned, 0)
    if not earned.sum():
        return float("nan")
    best = np.sort(earned)[::-1][: max(round(fraction * len(earned)), 1)]
    return float(best.sum() / earned.sum())


def summary(outcome: Outcome, burn_in: int, a: Assumptions) -> dict[str, float]:
    """Return every indicator of a run over the months studied, by name.

    Parameters
    ----------
    outcome : a finished run.
    burn_in : months under the incumbent programme.
    a : the assumptions of the run.
    """
    studied = outcome.months[burn_in + 1 :]
    facts = dict(zip(Month._fields, studied.T.astype(np.float64), strict=True))
    total = {name: column.sum() for name, column in facts.items()}
    years = len(studied) / 12.0
    factor = (1.0 + a.vendor_discount) ** (-1.0 / 12.0)
    net = net_contribution(facts, a)
    commission, lasting = facts["commission"], np.nan_to_num(lasting_commission(facts))
    passive_commission = total["commission"] - total["active_type_commission"]
    won = total["won_by_partners"] + total["won_by_leads"] + total["won_directly"]
    member_months = total["members"]
    ever_member = outcome.partners["joined_month"].astype(np.int64) >= 0
    alive = survival(outcome.tenures)

    def per(part: float, whole: float) -> float:
        return float(part / whole) if whole else float("nan")

    def motivation(group: str) -> float:
        return per(total[f"{group}_motivation"] / MICRO, total[group])

    return {
        "vendor_revenue": float(total["payments"]) / KOPECKS,
        "commission": float(total["commission"]) / KOPECKS,
        "net_contribution": float(net.sum()) / KOPECKS,
        "npv": present_value(facts, net, running_margin(facts, lasting, a), factor) / KOPECKS,
        "client_ltv": lifetime_value(outcome.tenures, a.gross_margin, factor, False),
        "client_ltv_net": lifetime_value(outcome.tenures, a.gross_margin, factor, True),
        "client_churn": per(total["churned_clients"], total["clients"] + total["churned_clients"]),
        "motivation": per(total["motivation"] / MICRO, member_months),
        "motivation_active": motivation("active_type"),
        "motivation_passive": motivation("passive_type"),
        "motivation_servicing_unpaid": motivation("servicing_unpaid"),
        "motivation_servicing_paid": motivation("servicing_paid"),
        "motivation_servicing_others": motivation("servicing_others"),
        "partner_churn": per(12.0 * total["exited"], member_months),
        "dead_money": float(total["dead_money"]) / KOPECKS,
        "dead_money_share": per(total["dead_money"], total["commission"]),
        "clients_end": float(facts["clients"][-1]),
        "new_clients": float(won),
        "partner_sourced": per(total["won_by_partners"], won),
        "satisfaction": per(total["satisfaction"] / MICRO, total["clients"]),
        "unserved": 1.0 - per(total["serviced_clients"], total["clients"]),
        "mismatch": per(total["mismatched_clients"], total["serviced_clients"]),
        "revenue_churn": per(total["churned_mrr"], total["payments"] + total["churned_mrr"]),
        "members_end": float(facts["members"][-1]),
        "active_share": per(total["active_members"], member_months),
        "entry": float(total["entered"]) / years,
        "partner_income": per(12.0 * total["commission"] / KOPECKS, member_months),
        "income_active": per(
            12.0 * total["active_type_commission"] / KOPECKS, total["active_type"]
        ),
        "income_passive": per(12.0 * passive_commission / KOPECKS, total["passive_type"]),
        "commission_pv": present_value(facts, commission, lasting, factor) / KOPECKS,
        "top_fifth": top_share(outcome.partners["earned"][ever_member].astype(np.int64)),
        "disputes": float(total["disputes"]) / years,
        "survival_10y": float(alive[LTV_MONTHS - 1]) if len(alive) >= LTV_MONTHS else float("nan"),
    }


def measured(
    own: Sequence[Indicator], outcome: Outcome, burn_in: int, a: Assumptions
) -> dict[str, float]:
    """Return what indicators of somebody's own measure of a run, by name.

    Parameters
    ----------
    outcome, burn_in, a : as for `summary`.
    """
    return {one.name: float(one.measure(outcome, burn_in, a)) for one in own if one.measure}
