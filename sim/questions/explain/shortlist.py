"""Accounts whose stories are worth a look, counted over everybody's history."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.study.history import History

Counts = dict[str, npt.NDArray[np.int64]]


def count(history: History) -> Counts:
    """Return what is counted of every account since the decision, each of shape (accounts,)."""
    size = history.scenario.clients
    rows, events = history.account_months, history.events

    def per_account(table: pd.DataFrame) -> npt.NDArray[np.int64]:
        return np.bincount(table["account"].to_numpy(np.int64), minlength=size)

    lived = rows[rows["month"] > 0].dropna(subset=["servicing_partner", "originator"])
    own = lived["servicing_partner"] == lived["originator"]
    apart = lived[~own].merge(
        history.partner_months[["month", "partner", "status"]],
        left_on=["month", "originator"],
        right_on=["month", "partner"],
    )
    since = events[events["month"] > 0]
    moved = since["cause"].isin(("rule", "correction")) & (since["what"] == "record")
    changed = (since["what"] == "servicer") & (since["cause"] != "sale")
    return {
        "client": per_account(rows[rows["month"] > 0]),
        "was_client": per_account(rows[rows["month"] == 0]),
        "apart": per_account(apart[apart["status"].isin(("active", "dormant"))]),
        "own": per_account(lived[own]),
        "servicers": per_account(since[changed]),
        "records": per_account(since[moved]),
    }


def shortlist(counts: dict[str, Counts], baseline: str) -> pd.DataFrame:
    """Return accounts whose stories say most about the difference between programmes.

    Of accounts that are equal in this, the one whose time as a client differs most between
    programmes is taken; no account twice.

    Returns
    -------
    account, why, months (or times), programme
    """
    base = counts[baseline]
    stayed = np.array([each["client"] for each in counts.values()])
    spread = stayed.max(axis=0) - stayed.min(axis=0)
    records = np.array([each["records"] for each in counts.values()])
    names = list(counts)
    wanted: list[tuple[str, npt.NDArray[np.int64], str]] = [
        ("apart", base["apart"], baseline),
        ("fate", spread * base["was_client"], ""),
        ("records", records.max(axis=0), ""),
        ("servicers", base["servicers"], baseline),
        ("own", base["own"] * (base["servicers"] == 0), baseline),
    ]
    rows: list[dict[str, Any]] = []
    for why, score, programme in wanted:
        ranked = np.argsort(-(score * 1_000 + spread), kind="stable")
        taken = [row["account"] for row in rows]
        account = next(int(each) for each in ranked if int(each) not in taken)
        if not score[account] and rows:
            continue
        if why == "records":
            programme = names[int(records[:, account].argmax())]
        if why == "fate":
            programme = names[int(stayed[:, account].argmax())]
        rows.append(
            {"account": account, "why": why, "count": int(score[account]), "programme": programme}
        )
    return pd.DataFrame(rows)
