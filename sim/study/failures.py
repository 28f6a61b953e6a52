"""Runs that failed, as data: one run under an unsound policy costs a study no other run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.world.errors import BadInput, Failure

TOLD = 10
"""Failed runs that a message names, of more."""


class RunsFailed(BadInput):
    """A study of which some runs failed; all others are finished, and kept if there is a store."""

    def __init__(self, failed: pd.DataFrame, finished: pd.DataFrame, first: str) -> None:
        super().__init__(failed, finished, first)
        self.failed = failed
        """one row a failed run: variant (if there are any), programme, seed, month from the
        decision and account (missing where partners asked, who read the contract), policy, rule,
        cause"""
        self.finished = finished
        """the other runs: variant (if there are any), programme, seed, indicators, digest"""
        self.first = first

    def __str__(self) -> str:
        whole = len(self.failed) + len(self.finished)
        return (
            f"{self.first}. {len(self.failed)} of {whole} runs failed; the others are finished. "
            "Correct the policy and give the command again: what is kept is not simulated anew."
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the failed runs as plain data."""
        plain: list[dict[str, Any]] = (
            self.failed.astype(object).where(self.failed.notna(), None).to_dict("records")
        )
        return plain

    def lines(self) -> list[str]:
        """Return the first failed runs, a line each."""
        lines = []
        for row in self.rows()[:TOLD]:
            names = ("variant", "programme", "seed", "month", "account")
            known = [f"{name} {row[name]}" for name in names if row.get(name) is not None]
            lines.append(f"{', '.join(known)}: {row['rule']}: {row['cause']}")
        if len(self.failed) > TOLD:
            lines.append(f"... and {len(self.failed) - TOLD} more")
        return lines


def table_of(
    failures: Mapping[tuple[str, int, str], Failure], burn_in: int, is_varied: bool
) -> pd.DataFrame:
    """Return failed runs in a table.

    Parameters
    ----------
    failures : by variant, seed and name of the programme.
    burn_in : months before the decision.
    """
    table = pd.DataFrame(
        [
            {
                **({"variant": variant} if is_varied else {}),
                "programme": programme,
                "seed": seed,
                "month": None if failure.month is None else failure.month - burn_in,
                "account": failure.account,
                "policy": failure.policy,
                "rule": failure.rule,
                "cause": failure.cause,
            }
            for (variant, seed, programme), failure in failures.items()
        ]
    )
    keys = [name for name in ("variant", "programme", "seed") if name in table]
    whole = {"month": "Int64", "account": "Int64"}
    return table.astype(whole).sort_values(keys, ignore_index=True)
