"""The tables of one partner's story: its income by source, its clients, motivation and trust."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.engines.events import FEELINGS
from sim.rules import partner as partners_do
from sim.study.history import History
from sim.world.assumptions import Assumptions
from sim.world.units import KOPECKS

MONEY = ("income", "income_without_work", "mrr_served", "mrr_served_unpaid")
NEUTRAL = {**dict.fromkeys(FEELINGS, 0.0), "care": 0.5}
"""Feelings that move motivation nowhere."""


def tables(history: History, partner: int) -> dict[str, Any]:
    """Return the months, events, payments and summary of a partner under one programme."""
    months, paid = table(history, partner), payments(history, partner)
    told = history.events
    mine = (told["to_partner"] == partner) | (told["from_partner"] == partner)
    return {
        "months": months,
        "events": told[mine.fillna(False)].reset_index(drop=True),
        "payments": paid,
        "summary": {**history.traits(partner), **summary(months, paid)},
    }


def table(history: History, partner: int) -> pd.DataFrame:
    """Return the partner month by month; money in RUB.

    ``injustice`` and the other `FEELINGS` say what each moves the level to which motivation
    moves, ``target``; ``lost_or_gained`` is the sudden change from accounts lost or gained.
    """
    rows = history.partner_months.query("partner == @partner").reset_index(drop=True)
    feelings = rows[list(FEELINGS)].to_dict("records")
    moved = pd.DataFrame([parts_of(felt, history.scenario.assumptions) for felt in feelings])
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("month", "status", "motivation", "trust")},
            **{name: rows[f"{name}_kopecks"] / KOPECKS for name in MONEY},
            **{name: rows[name] for name in ("clients_held", "clients_served", "target")},
            **{name: moved[name] for name in FEELINGS},
            "lost_or_gained": rows["jump"],
        }
    )


def parts_of(felt: dict[str, float], a: Assumptions) -> dict[str, float]:
    """Return what each of `FEELINGS` adds to the level to which motivation moves."""

    def target(feelings: dict[str, float]) -> float:
        return partners_do.motivation_target(
            **feelings,
            motivation_base=a.motivation_base,
            guilt=a.guilt,
            chat_weight=a.chat_weight,
            speed_weight=a.speed_weight,
            clarity_weight=a.clarity_weight,
            care_weight=a.care_weight,
        )

    base = target(NEUTRAL)
    return {
        name: target({**NEUTRAL, name: value}) - base if value == value else float("nan")
        for name, value in felt.items()
    }


def payments(history: History, partner: int) -> pd.DataFrame:
    """Return every commission: month, account, role, rub, is_for_work."""
    book = history.payments.query("partner == @partner").reset_index(drop=True)
    return pd.DataFrame(
        {
            "month": book["month"],
            "account": book["account"],
            "role": book["role"].astype(str),
            "rub": book["kopecks"] / KOPECKS,
            "is_for_work": book["is_for_work"],
        }
    )


def summary(months: pd.DataFrame, payments: pd.DataFrame) -> dict[str, Any]:
    """Return a partner's sums since the decision; money in RUB."""
    lived = months[months["month"] > 0]
    member = lived[lived["status"].isin(("active", "dormant"))]
    after = payments[payments["month"] > 0]
    served = float(lived["mrr_served"].sum())
    return {
        "status": str(lived["status"].iloc[-1]),
        "member_months": len(member),
        "earned": float(after["rub"].sum()),
        "earned_without_work": float(after.loc[~after["is_for_work"], "rub"].sum()),
        "mrr_served": served,
        "unpaid_share": float(lived["mrr_served_unpaid"].sum()) / served if served else 0.0,
        "motivation": float(member["motivation"].mean()),
        "motivation_end": float(member["motivation"].iloc[-1]) if len(member) else float("nan"),
        "trust_end": float(member["trust"].iloc[-1]) if len(member) else float("nan"),
    }
