"""The ledger: who was credited what, for which account, in which month, in which role."""

import numpy as np

from sim.engines.outcome import Ints
from sim.world.units import NOBODY

COLUMNS = ("month", "account", "partner", "role", "kopecks")


class Ledger:
    """An append-only book of commissions in integer kopecks."""

    def __init__(self, is_kept: bool = True) -> None:
        self.is_kept = is_kept
        self.entries: list[tuple[int, int, int, int, int]] = []

    def enter(self, month: int, account: int, partner: int, role: int, kopecks: int) -> None:
        """Enter one commission, if the book is kept."""
        if self.is_kept:
            self.entries.append((month, account, partner, role, kopecks))

    def arrays(self) -> dict[str, Ints]:
        """Return the columns, each of shape (entries,), ordered by month and account."""
        table = np.array(self.entries, np.int64).reshape(-1, len(COLUMNS))
        month, account = table[:, 0], table[:, 1]
        is_retainer = account == NOBODY
        table = table[np.lexsort((account, is_retainer, month))]
        return {name: table[:, place] for place, name in enumerate(COLUMNS)}
