"""Sides in words."""

from __future__ import annotations

MEASURED = {"vendor": "NPV", "active partners": "income", "clients": "least churn"}
"""What a side is judged by, in a word or two; `SIDES` names the indicators."""


def about(side: str) -> str:
    """Return a side with what it is judged by."""
    return f"{'active partners' if side == 'active partners' else f'the {side}'} ({MEASURED[side]})"
