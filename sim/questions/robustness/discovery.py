"""Where an answer flips: boxes of worlds, each told by a few conditions (scenario discovery).

The leaves of a shallow classification tree are boxes; a condition is dropped where the worlds that
it shuts out are no different. How deep the tree is, and whether there is anything to tell, is
decided on worlds that the boxes were not made from.

Source: Bryant and Lempert 2010 (coverage and density); Breiman et al. 1984 (trees, one-error rule).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

DEPTHS = (1, 2, 3)
"""Most conditions of a box that are tried."""
FOLDS = 5
FEWEST = 20
"""Worlds of either kind, without which nothing is told."""
SMALLEST = 0.05
"""Least share of the worlds that a box holds."""
DOUBT = 0.01
"""Chance at which boxes that mean nothing may still pass on worlds held out."""
WORTHWHILE = 0.1
"""Least share of the flipped worlds that a further box must add."""
INDIFFERENCE = 0.05
"""Chance, under no difference, above which a condition is dropped."""

Mask = npt.NDArray[np.bool_]


class Condition(NamedTuple):
    """A bound on one assumption, of two significant digits."""

    assumption: str
    is_above: bool
    bound: float

    def holds(self, worlds: pd.DataFrame) -> Mask:
        """Return in which worlds it holds, shape (worlds,)."""
        values = worlds[self.assumption].to_numpy(np.float64)
        held: Mask = values > self.bound if self.is_above else values <= self.bound
        return held


class Box(NamedTuple):
    """Worlds in which a few conditions hold."""

    conditions: tuple[Condition, ...]
    coverage: float
    """share of the flipped worlds that lie in it"""
    density: float
    """share of its worlds that are flipped"""
    share: float
    """share of all worlds that lie in it"""

    def holds(self, worlds: pd.DataFrame) -> Mask:
        """Return which worlds lie in it, shape (worlds,)."""
        return all_hold(self.conditions, worlds)


class Description(NamedTuple):
    """What tells the flipped worlds from the others, as far as that is known."""

    boxes: tuple[Box, ...]
    """the one that covers most flips first; none if nothing stands out"""
    coverage: float
    """of all boxes together, found anew without the worlds on which it is measured"""
    density: float
    """likewise"""


NOTHING = Description((), float("nan"), float("nan"))


def all_hold(conditions: tuple[Condition, ...], worlds: pd.DataFrame) -> Mask:
    """Return in which worlds all of some conditions hold."""
    held = np.ones(len(worlds), bool)
    for condition in conditions:
        held &= condition.holds(worlds)
    return held


def in_any(boxes: tuple[Box, ...], worlds: pd.DataFrame) -> Mask:
    """Return which worlds lie in any of some boxes."""
    held = np.zeros(len(worlds), bool)
    for box in boxes:
        held |= box.holds(worlds)
    return held


def describe(worlds: pd.DataFrame, flips: Mask) -> Description:
    """Return the conditions under which an answer flips.

    The boxes are made from all worlds; whether there is anything to tell is tested by boxes that
    are made from either half of them, on the other half.

    Parameters
    ----------
    worlds : one row per world, one column per assumption.
    flips : in which of them, shape (worlds,).
    """
    from sklearn.model_selection import StratifiedKFold

    if min(flips.sum(), (~flips).sum()) < FEWEST:
        return NOTHING
    inside, doubts = np.zeros(len(worlds), bool), []
    for known, new in StratifiedKFold(2, shuffle=True, random_state=1).split(worlds, flips):
        inside[new] = in_any(best_boxes(worlds.iloc[known], flips[known]), worlds.iloc[new])
        doubts.append(doubt(inside[new], ~inside[new], flips[new]))
    if len(doubts) * min(doubts) > DOUBT:
        return NOTHING
    return Description(
        best_boxes(worlds, flips), float(inside[flips].mean()), float(flips[inside].mean())
    )


def doubt(inside: Mask, outside: Mask, flips: Mask) -> float:
    """Return the chance of so many flips inside, if those outside flip as often (Fisher)."""
    from scipy.stats import fisher_exact

    crossed = [[np.sum(part & flips), np.sum(part & ~flips)] for part in (inside, outside)]
    return float(fisher_exact(crossed, alternative="greater").pvalue)


def best_boxes(worlds: pd.DataFrame, flips: Mask) -> tuple[Box, ...]:
    """Return boxes of the fewest conditions that do, within an error, as well as more would."""
    from sklearn.model_selection import StratifiedKFold

    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=2).split(worlds, flips))
    scores = []
    for depth in DEPTHS:
        score = []
        for known, new in folds:
            boxes = boxes_of(worlds.iloc[known], flips[known], depth)
            score.append(balance(in_any(boxes, worlds.iloc[new]), flips[new]))
        scores.append((float(np.mean(score)), float(np.std(score, ddof=1)) / FOLDS**0.5))
    best, error = max(scores)
    fewest = next(at for at, (score, _) in enumerate(scores) if score >= best - error)
    return boxes_of(worlds, flips, DEPTHS[fewest])


def balance(inside: Mask, flips: Mask) -> float:
    """Return the mean share of flipped worlds in the boxes and of others outside them.

    >>> balance(np.array([True, True, False, False]), np.array([True, False, False, False]))
    0.8333333333333333
    """
    return float(inside[flips].mean() + (~inside)[~flips].mean()) / 2.0


def boxes_of(worlds: pd.DataFrame, flips: Mask, depth: int) -> tuple[Box, ...]:
    """Return the boxes in which worlds flip more often than elsewhere, of so many conditions."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_depth=depth,
        min_samples_leaf=max(round(SMALLEST * len(worlds)), 5),
        class_weight="balanced",
        random_state=1,
    ).fit(worlds.to_numpy(np.float64), flips)
    found: list[Box] = []
    for leaf in leaves(tree.tree_, list(worlds.columns)):
        conditions = needed(leaf, worlds, flips)
        inside = all_hold(conditions, worlds)
        if conditions and inside.any():
            box = Box(
                conditions,
                float(inside[flips].mean()),
                float(flips[inside].mean()),
                float(inside.mean()),
            )
            found.append(box)
    found.sort(key=lambda box: (-box.coverage, len(box.conditions)))
    kept: tuple[Box, ...] = ()
    for box in found:
        added = box.holds(worlds) & ~in_any(kept, worlds)
        if added[flips].mean() >= WORTHWHILE:
            kept = (*kept, box)
    return kept


def leaves(tree: Any, names: list[str]) -> list[tuple[Condition, ...]]:
    """Return the conditions of each leaf in which flips weigh more than the others."""
    found = []

    def walk(node: int, bounds: dict[tuple[str, bool], float]) -> None:
        if tree.children_left[node] < 0:
            others, flipped = tree.value[node][0]
            if flipped > others:
                found.append(tuple(Condition(*key, bound) for key, bound in bounds.items()))
            return
        name, bound = names[tree.feature[node]], rounded(float(tree.threshold[node]))
        walk(tree.children_left[node], {**bounds, (name, False): bound})
        walk(tree.children_right[node], {**bounds, (name, True): bound})

    walk(0, {})
    return found


def rounded(bound: float) -> float:
    """Return a bound as people say it: with two significant digits.

    >>> rounded(0.012345), rounded(9876.0), rounded(0.0)
    (0.012, 9900.0, 0.0)
    """
    return float(f"{bound:.2g}")


def needed(
    conditions: tuple[Condition, ...], worlds: pd.DataFrame, flips: Mask
) -> tuple[Condition, ...]:
    """Return conditions without those that shut out worlds which flip as often."""
    while conditions:
        inside = all_hold(conditions, worlds)
        chances = {}
        for condition in conditions:
            others = tuple(one for one in conditions if one != condition)
            freed = all_hold(others, worlds) & ~inside
            chances[condition] = doubt(inside, freed, flips)
        least = max(conditions, key=chances.__getitem__)
        if chances[least] <= INDIFFERENCE:
            break
        conditions = tuple(one for one in conditions if one != least)
    return conditions


def telling(worlds: pd.DataFrame, groups: npt.NDArray[np.object_]) -> pd.Series[float]:
    """Return how much each assumption helps to tell groups of worlds apart, most first.

    Returns
    -------
    shares that sum to one: decrease of impurity in a random forest
    """
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(300, min_samples_leaf=5, max_depth=6, random_state=1)
    forest.fit(worlds.to_numpy(np.float64), groups.astype(str))
    ranked = pd.Series(forest.feature_importances_, index=worlds.columns)
    return ranked.sort_values(ascending=False, kind="stable")
