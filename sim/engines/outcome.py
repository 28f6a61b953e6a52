"""What an engine hands over when a run is finished; every engine fills the same form."""

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engines.events import Chronicle

Ints = npt.NDArray[np.int64]

ROLES = (
    "originator",
    "partner_of_record",
    "servicing_partner",
    "upseller",
    "retainer",
    "clawback",
)
RETAINER, CLAWBACK = 4, 5
ACCOUNT_STATUS = ("prospect", "client", "lost")
PROSPECT, CLIENT, LOST = range(3)
PARTNER_STATUS = ("potential", "active", "dormant", "left")
POTENTIAL, ACTIVE, DORMANT, LEFT = range(4)

PAYOUT_QUEUE = 6
"""Months a commission can wait in the queue."""
PARTNER_COLUMNS = (
    "status",
    "is_active_type",
    "is_cash_constrained",
    "productivity",
    "skill",
    "hours",
    "hour_cost",
    "role",
    "last_win_month",
    "joined_month",
    "left_month",
    "motivation",
    "trust",
    "fear_of_loss",
    "reference_income",
    "reference_value",
    "effort",
    "earned",
    "payable",
)
ACCOUNT_COLUMNS = (
    "status",
    "originator",
    "partner_of_record",
    "servicing_partner",
    "upseller",
    "mrr",
    "satisfaction",
    "fit",
    "need",
    "proneness",
    "take",
    "record_credit",
    "service_credit",
    "won_month",
    "switch_month",
    "helper_month",
    "asked_month",
    "record_month",
    "contested_month",
    "grudge",
    "originator_worked",
    "record_worked",
    "may_look_month",
)


class Month(NamedTuple):
    """Whole-number facts of one month, from which all indicators are made.

    Money is in kopecks; motivation, trust, satisfaction and hours are sums in millionths.
    """

    month: int = 0
    # clients
    clients: int = 0
    mrr: int = 0
    satisfaction: int = 0
    serviced_clients: int = 0
    mismatched_clients: int = 0
    service_hours: int = 0
    won_by_partners: int = 0
    won_by_leads: int = 0
    won_directly: int = 0
    returned: int = 0
    churned_clients: int = 0
    churned_mrr: int = 0
    upsells: int = 0
    upsell_mrr: int = 0
    helper_switches: int = 0
    courted_switches: int = 0
    # money
    payments: int = 0
    commission: int = 0
    first_payments: int = 0
    first_commission: int = 0
    dead_money: int = 0
    clawed_back: int = 0
    vendor_kept: int = 0
    paid_out: int = 0
    payables: int = 0
    # the record
    record_errors: int = 0
    record_moves: int = 0
    contested_moves: int = 0
    disputes: int = 0
    dispute_cost: int = 0
    programme_cost: int = 0
    ritual_touches: int = 0
    # partners
    members: int = 0
    active_members: int = 0
    entered: int = 0
    exited: int = 0
    fell_dormant: int = 0
    revived: int = 0
    earning_members: int = 0
    trust: int = 0
    motivation: int = 0
    active_type: int = 0
    active_type_motivation: int = 0
    active_type_commission: int = 0
    passive_type: int = 0
    passive_type_motivation: int = 0
    servicing_unpaid: int = 0
    servicing_unpaid_motivation: int = 0
    servicing_paid: int = 0
    servicing_paid_motivation: int = 0
    servicing_others: int = 0
    servicing_others_motivation: int = 0


class Tenure(NamedTuple):
    """Whole-number facts by client tenure since the programme under study began."""

    at_risk: int = 0
    churned: int = 0
    payments: int = 0
    commission: int = 0


class Outcome(NamedTuple):
    """A finished run in whole columns."""

    months: Ints
    """shape (months, len(Month._fields))"""
    tenures: Ints
    """since the programme under study began, shape (months of tenure, len(Tenure._fields))"""
    partners: dict[str, npt.NDArray[np.generic]]
    """end state, each of shape (partners,)"""
    accounts: dict[str, npt.NDArray[np.generic]]
    """end state, each of shape (accounts,)"""
    ledger: dict[str, Ints]
    """month, account (-1 for a retainer), partner, role (index into ROLES), kopecks, less than
    nothing where commission is taken back; each of shape (entries,)"""
    chronicle: Chronicle
    """what happened to those who were watched"""

    def digest(self) -> str:
        """Return a digest of every bit of the run but the ledger, which may not have been kept."""
        sha = hashlib.sha256()
        columns = {"months": self.months, "tenures": self.tenures}
        for group in (columns, self.partners, self.accounts):
            for name, column in group.items():
                sha.update(name.encode())
                sha.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
        return sha.hexdigest()[:16]
