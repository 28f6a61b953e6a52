"""The runs that a bundle is made of, and which of them can be simulated again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from policies.registry import Policy
from sim.questions.basis.ask import Basis
from sim.questions.bundle.members import RESULT
from sim.questions.bundle.pack import Bundle
from sim.questions.bundle.read import ManifestForm, Unlike, foreign, read_table
from sim.questions.robustness.ask import seeds_of
from sim.study.experiment import MONTHS_KEPT
from sim.study.indicators import INDICATORS
from sim.study.worlds import plausible_worlds
from sim.world.assumptions import changed
from sim.world.scenario import Scenario

NUMBERS = [indicator.name for indicator in INDICATORS]
STUDY, ROBUSTNESS = "run", "robustness"


class Key(NamedTuple):
    """What tells a run from others."""

    variant: str
    """of the assumptions; empty if there are none"""
    programme: str
    seed: int


@dataclass(frozen=True)
class Case:
    """A bundle whose manifest is understood."""

    bundle: Bundle
    told: ManifestForm
    plain: dict[str, Any]
    """the manifest as it stands"""
    scenario: Scenario
    """as it was asked for"""
    own: Mapping[str, Policy]
    """policies of the bundle that are trusted, by name"""
    basis: Basis | None = None
    """on which the programmes were put, if on any"""

    @property
    def ready(self) -> Scenario:
        """The scenario as it was simulated: with the rates found, if any were looked for."""
        return self.scenario if self.basis is None else self.basis.scenario

    @cached_property
    def worlds(self) -> dict[str, Scenario]:
        """The scenario under each variant of the assumptions."""
        if self.told.command == STUDY:
            return {"": self.ready}
        if self.told.command != ROBUSTNESS or self.told.inputs.worlds is None:
            return {}
        usual = self.scenario.assumptions
        rows = plausible_worlds(usual, self.told.inputs.worlds).to_dict("records")
        return {
            str(n): self.scenario._replace(assumptions=changed(usual, row, f"variant {str(n)!r}"))
            for n, row in enumerate(rows, 1)
        }

    @cached_property
    def seeds(self) -> list[list[int]]:
        """The seeds of each world: nobody chooses them, there is only their number."""
        if self.told.command != STUDY:
            return [list(each) for each in seeds_of(len(self.worlds))]
        asked = self.told.inputs
        number = asked.seeds if asked.precision is None else len(self.told.seeds)
        return [list(range(1, number + 1))]

    @cached_property
    def keys(self) -> list[Key]:
        """The runs there must be, in the order of their table."""
        return [
            Key(variant, studied.name, seed)
            for variant, seeds in zip(self.worlds, self.seeds, strict=True)
            for studied in self.scenario.programmes
            for seed in seeds
        ]

    @cached_property
    def untrusted(self) -> dict[str, set[str]]:
        """The policies that nobody trusts, by the programmes that cannot be run without them."""
        asked = self.told.inputs
        everywhere = foreign(asked.incumbent, self.own)
        return {one.name: everywhere | foreign(one, self.own) for one in asked.programmes}

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The table of runs.

        Raises
        ------
        Unlike
            If it is not one of these runs.
        """
        found = read_table(self.bundle, "runs", len(self.keys))
        keys = pd.DataFrame(self.keys, columns=list(Key._fields))
        if self.told.command == STUDY:
            keys = keys.drop(columns="variant")
        check_columns("runs", found, [*keys.columns, *NUMBERS, "digest"])
        check_keys("runs", found, keys)
        if any(found[name].dtype != np.float64 for name in NUMBERS):
            raise Unlike(f"{RESULT}runs.parquet", "an indicator is no column of numbers")
        return found

    @cached_property
    def months(self) -> pd.DataFrame | None:
        """The table of months, if such a study has one.

        Raises
        ------
        Unlike
            If it is not one of these runs.
        """
        if self.told.command != STUDY:
            return None
        kept = [(key.programme, key.seed) for key in self.keys if key.seed <= MONTHS_KEPT]
        found = read_table(self.bundle, "months", len(kept) * self.length)
        keys = pd.DataFrame(kept, columns=["programme", "seed"])
        keys = keys.loc[keys.index.repeat(self.length)].reset_index(drop=True)
        asked = self.told.inputs
        span = np.arange(-asked.burn_in_months, 12 * asked.years + 1)
        keys["month"] = np.tile(span, len(kept))
        if list(found.columns[:3]) != list(keys.columns):
            raise Unlike(f"{RESULT}months.parquet", "does not begin with programme, seed, month")
        check_keys("months", found, keys)
        for name in found.columns[3:]:
            if found[name].dtype.kind not in "if":
                reason = f"column {name[:80]!r} holds no numbers"
                raise Unlike(f"{RESULT}months.parquet", reason)
        return found

    @property
    def length(self) -> int:
        """Months of a run, the last before the first included."""
        return self.told.inputs.burn_in_months + 12 * self.told.inputs.years + 1

    def months_of(self, key: Key) -> slice:
        """Return where in the table of months a run stands."""
        names = [studied.name for studied in self.scenario.programmes]
        kept = min(len(self.seeds[0]), MONTHS_KEPT)
        start = (names.index(key.programme) * kept + key.seed - 1) * self.length
        return slice(start, start + self.length)

    def pick(self, sample: int | None) -> list[Key]:
        """Return the runs to simulate again, world by world.

        They follow from the bundle's digest: whoever checks it takes the same, and its author
        cannot say which.
        """
        able = [key for key in self.keys if not self.untrusted[key.programme]]
        if sample is not None:
            able = sorted(able, key=self.lot)[:sample]
        return sorted(able, key=lambda key: (key.variant, key.seed))

    def lot(self, key: Key) -> str:
        """Return the lot that a run has drawn."""
        return hashlib.sha256(repr((self.bundle.digest, *key)).encode()).hexdigest()


def check_columns(name: str, found: pd.DataFrame, wanted: list[str]) -> None:
    """Refuse a table with other columns, or in another order."""
    for ours, theirs in zip(wanted, found.columns, strict=False):
        if ours != theirs:
            reason = f"has column {theirs[:80]!r} where {ours!r} must be"
            raise Unlike(f"{RESULT}{name}.parquet", reason)
    if len(wanted) != len(found.columns):
        reason = f"has {len(found.columns)} columns, not {len(wanted)}"
        raise Unlike(f"{RESULT}{name}.parquet", reason)


def check_keys(name: str, found: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Refuse a table of other runs, or in another order."""
    for column in keys.columns:
        ours, theirs = keys[column].to_numpy(object), found[column].to_numpy(object)
        unlike = np.flatnonzero(ours != theirs)
        if len(unlike):
            row = int(unlike[0])
            reason = (
                f"row {row + 1}: {column} {str(theirs[row])[:80]!r} where {ours[row]!r} must be"
            )
            raise Unlike(f"{RESULT}{name}.parquet", reason)
