"""What the columns of results count: a table's units stand in its ``attrs["units"]``, by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

MONTH, RUB_A_MONTH = "months after the decision", "RUB per month"
MONTHLY = {
    "month": MONTH,
    "clients": "clients",
    **dict.fromkeys(("mrr", "revenue", "commission", "net_contribution"), RUB_A_MONTH),
    **dict.fromkeys(("dead_money", "dispute_cost"), RUB_A_MONTH),
    "payables": "RUB",
    **dict.fromkeys(("client_churn", "revenue_churn"), "per month"),
    "satisfaction": "0-1",
    "unserved": "share of clients",
    "mismatch": "share of serviced clients",
    "members": "partners",
    "active_share": "share of members",
    "partner_churn": "per month",
    **dict.fromkeys(
        (
            "motivation",
            "motivation_active",
            "motivation_passive",
            "motivation_servicing_unpaid",
            "motivation_servicing_paid",
            "motivation_servicing_others",
            "trust",
        ),
        "0-1",
    ),
    **dict.fromkeys(
        ("won_by_partners", "won_by_leads", "won_directly", "churned_clients"), "clients"
    ),
    "upsells": "upsells",
    **dict.fromkeys(("record_moves", "contested_moves"), "moves"),
    "disputes": "disputes",
    "ritual_touches": "touches",
    **dict.fromkeys(("helper_switches", "courted_switches"), "switches"),
    **dict.fromkeys(("entered", "exited"), "partners"),
}
"""A run's indicators by month; what is counted is counted in that month."""
STATE = {
    "month": MONTH,
    **dict.fromkeys(("kopecks", "earned_kopecks", "payable_kopecks"), "kopecks"),
    "mrr_kopecks": "kopecks per month",
    "hour_cost": "RUB per hour",
    "hours": "hours per month",
    "reference_income": RUB_A_MONTH,
    **dict.fromkeys(("motivation", "trust", "satisfaction", "fit"), "0-1"),
    **dict.fromkeys(
        (
            "last_win_month",
            "joined_month",
            "left_month",
            "won_month",
            "switch_month",
            "helper_month",
            "asked_month",
            "record_month",
            "contested_month",
            "originator_worked",
            "record_worked",
            "may_look_month",
        ),
        MONTH,
    ),
}
"""A run's partners and accounts at its end, and its ledger."""
HISTORY = {
    **dict.fromkeys(("month", "start", "end"), MONTH),
    **dict.fromkeys(("motivation", "trust", "satisfaction", "target", "care"), "0-1"),
    "jump": "change of motivation",
    **dict.fromkeys(("injustice", "chat_grievance"), "grievance, 0-1"),
    "undeserved_share": "share of income",
    "income_swing": "change of motivation",
    "payout_gain": "share of a rouble's worth",
    "complexity": "clauses",
    "service_hours": "hours",
    **dict.fromkeys(
        (
            "income_kopecks",
            "income_without_work_kopecks",
            "paid_kopecks",
            "commission_kopecks",
        ),
        "kopecks in the month",
    ),
    **dict.fromkeys(
        (
            "price_kopecks",
            "mrr_served_kopecks",
            "mrr_served_unpaid_kopecks",
            "mrr_lost_kopecks",
            "mrr_gained_kopecks",
        ),
        "kopecks per month",
    ),
    **dict.fromkeys(("clients_held", "clients_served"), "clients"),
    "disputes": "disputes in the month",
    "payees": "partners",
    "stay": "stays as a client",
}
"""A run's history: events, panels, spells and the network of a month."""
STORY = {
    "month": MONTH,
    **dict.fromkeys(("satisfaction", "motivation", "motivation_end", "trust", "trust_end"), "0-1"),
    **dict.fromkeys(("client_months", "member_months", "months_served_by_others"), "months"),
    **dict.fromkeys(
        (
            "rub",
            "paid",
            "commission",
            "commission_without_work",
            "taken_back",
            "vendor_kept",
            "income",
            "income_without_work",
            "earned",
            "earned_without_work",
            "mrr_served",
            "mrr_served_unpaid",
        ),
        "RUB",
    ),
    **dict.fromkeys(("clients_held", "clients_served"), "clients"),
    "unpaid_share": "share of MRR served",
}
"""What is told of an account or a partner: in the months, that month's; in the summary, sums."""


def with_units(table: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """Return a table that says what its columns count."""
    table.attrs["units"] = {name: units[name] for name in table.columns if name in units}
    return table


def named(codes: Any, names: Sequence[str]) -> Any:
    """Return codes as a category of names."""
    return pd.Categorical.from_codes(np.asarray(codes), list(names))


def or_nobody(numbers: Any) -> Any:
    """Return numbers of partners, or of accounts or months, of which a negative one is missing."""
    column = pd.Series(np.asarray(numbers, np.int64)).astype("Int64")
    return column.mask(column < 0)
