"""Which assumptions decide: screening of all, then shares of variance for those that matter most.

All assumptions vary over their declared ranges (`sim.study.worlds`), and every world meets
the same luck, so that little of it passes for an assumption. Some does: where an assumption moves
anything, luck falls otherwise from there on, which a total index cannot tell from an effect. How
much that is, a second seed tells in a part of the same worlds. Methods are SALib's: Morris'
elementary effects (Campolongo et al. 2007), and Sobol' indices by Saltelli's sample (Saltelli et
al. 2010) over the assumptions that matter most, with all others as one group, so that nothing is
left out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.engines.build import Model
from sim.questions.basis.ask import on_basis
from sim.questions.result import Result
from sim.study.crew import ALONE, Crew
from sim.study.differences import interval
from sim.study.experiment import Results
from sim.study.indicators import BY_NAME, INDICATORS
from sim.study.request import WHAT, WHO, Request, takes
from sim.study.sides import SIDES, others
from sim.study.worlds import RANGES, live_in, worlds_at
from sim.world.errors import BadInput, shown
from sim.world.scenario import Scenario

Floats = npt.NDArray[np.float64]
LUCK, OTHER_LUCK = 1, 2
"""Seed of every world of the screening and of the indices; a second one for some of the latter."""
TWICE = 4
"""One in so many base samples is lived with both."""
LEVELS = 4
"""Levels of an assumption in the screening."""
OTHERS = "(all others)"
"""Stands for the assumptions that the screening found to matter less, as one group."""
RESAMPLES = 100
WORTHWHILE = 0.05
"""Least total index of an assumption that is named: below it, one is commonly taken for unimportant
(Zhang et al. 2015)."""
MEASURES = ("level", "difference", "relative")
"""Level of an indicator; its difference to the baseline; that over the mean of both sizes."""


class Size(NamedTuple):
    """How much is simulated."""

    trajectories: int = 20
    """of the screening, each of one world more than there are assumptions"""
    deep: int = 12
    """assumptions whose shares of variance are worked out"""
    samples: int = 128
    """base samples of these, a power of two; each takes two worlds more than there are groups"""
    seeds: int = 16
    """with which the scenario's own world, and both ends of each deep assumption, are lived"""

    @property
    def block(self) -> int:
        """Worlds of a base sample: two for each, and one for each group of assumptions."""
        return self.deep + 3

    @property
    def twice(self) -> int:
        """Base samples that are lived with a second seed, too."""
        return self.samples // TWICE

    def worlds(self) -> tuple[int, int, int]:
        """Return the runs of a programme that screening, indices and both ends take."""
        return (
            self.trajectories * (len(RANGES) + 1),
            (self.samples + self.twice) * self.block,
            self.seeds * (2 * self.deep + 1),
        )


@dataclass(frozen=True)
class Sensitivity(Result):
    """What moves each indicator, in tidy tables, a row per programme, indicator and measure.

    The measures: "level"; "difference" to the baseline under the same luck, both in the
    indicator's unit; "relative", that difference over the mean of both sizes, -2 to 2.
    """

    room = "sensitivity"
    scenario: Scenario
    size: Size
    screening: pd.DataFrame
    """assumption; mu, mu_star: mean effect of its whole range, and of its size, with mu_star_low,
    mu_star_high (95 %); sigma: how much the effect depends on the others; trajectories used"""
    indices: pd.DataFrame
    """assumption; first, total: share of the variance that goes if it is known, and that stays if
    all else is known, with their low and high (95 %), for the luck that all these worlds share;
    luck: how much of the total is luck that the assumption let fall otherwise; samples used"""
    ends: pd.DataFrame
    """assumption, end ("low", "high"), value; mean, low, high (95 %) of the measure at that end of
    the range, all else as in the scenario; centre: mean at the scenario's own value"""
    noise: pd.DataFrame
    """sd_worlds: over plausible worlds with the same luck; sd_luck: over seeds in the scenario's
    own world, and share: its square over that of sd_worlds; share_worlds: the same for the mean
    variance over seeds in plausible worlds, told by a second seed in ``twice`` of them"""
    results: tuple[Results, Results, Results]
    """of the screening, the indices and both ends"""

    @property
    def reused(self) -> int:
        """How many of the runs were there already."""
        return sum(part.reused for part in self.results)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what was found, by name."""
        return {"indices": self.indices, "noise": self.noise}

    def runs(self) -> pd.DataFrame:
        """Return the runs of all parts; variant is the part and the world's row in it."""
        parts = zip(("screening", "indices", "ends"), self.results, strict=True)
        return pd.concat(
            [part.runs.assign(variant=f"{name} " + part.runs["variant"]) for name, part in parts],
            ignore_index=True,
        )

    def decisive(self, programme: str, indicator: str, most: int = 5) -> pd.DataFrame:
        """Return the assumptions that decide a relative difference, most first.

        At most so many of those that can be told from luck.
        """
        rows = about(self.indices, programme, indicator, "relative")
        rows = rows[(rows["assumption"] != OTHERS) & is_told(rows)]
        return rows.sort_values("total", ascending=False, kind="stable").head(most)

    def deciding(self) -> list[str]:
        """Return the deep assumptions by their mean total index over the headline differences."""
        ranked = self.headlines().groupby("assumption", sort=False)["total"].mean()
        return [str(name) for name in ranked.sort_values(ascending=False, kind="stable").index]

    def told_from_luck(self) -> list[str]:
        """Return those that can be told from luck for some headline difference."""
        rows = self.headlines()
        sure = set(rows.loc[is_told(rows), "assumption"])
        return [name for name in self.deciding() if name in sure]

    def headlines(self) -> pd.DataFrame:
        """Return the indices of the deep assumptions for the headline differences."""
        return self.indices[
            (self.indices["measure"] == "relative")
            & (self.indices["programme"] != self.scenario.baseline)
            & self.indices["indicator"].isin([side.indicator for side in SIDES])
            & (self.indices["assumption"] != OTHERS)
        ]


def is_told(indices: pd.DataFrame) -> pd.Series[bool]:
    """Return which total indices are worthwhile, and surely above what luck makes of them."""
    return (indices["total"] >= WORTHWHILE) & (indices["total_low"] > indices["luck"])


def about(table: pd.DataFrame, programme: str, indicator: str, measure: str) -> pd.DataFrame:
    """Return a table's rows on one measure of one programme's indicator."""
    return table[
        (table["programme"] == programme)
        & (table["indicator"] == indicator)
        & (table["measure"] == measure)
    ]


@takes(
    *WHAT,
    "policies",
    "basis",
    *WHO,
    because={
        "worlds": "its worlds are drawn by trajectories, deep and samples",
        "precision": "ask for more samples or seeds",
        "indicators": "it explains the differences in those that the model declares",
    },
)
def sensitivity(
    request: Request,
    crew: Crew,
    *,
    trajectories: int = Size().trajectories,
    deep: int = Size().deep,
    samples: int = Size().samples,
    seeds: int = Size().seeds,
) -> Sensitivity:
    """Find which assumptions decide each indicator and each difference between programmes.

    Parameters
    ----------
    trajectories, deep, samples, seeds : see `Size`.

    Returns
    -------
    tables ``screening``, ``indices``, ``ends`` and ``noise``

    Raises
    ------
    BadInput
        If a name does not exist, a number is out of range or the store cannot be written.
    """
    size = Size(trajectories, deep, samples, seeds)
    check(request.scenario, size)
    scenario, _ = on_basis(request, crew)
    return sensitivity_of(scenario, size, crew, request.model)


def sensitivity_of(
    scenario: Scenario, size: Size, crew: Crew = ALONE, model: Model | None = None
) -> Sensitivity:
    """Find so for a scenario that is chosen already; parameters as for `sensitivity`."""
    from SALib.sample import morris, sobol

    check(scenario, size)
    names, whole = list(RANGES), sum(size.worlds())

    def live(part: int, points: Floats, seeds: Sequence[Sequence[int]]) -> Results:
        done, mine = sum(size.worlds()[:part]) / whole, size.worlds()[part] / whole
        return live_in(
            scenario,
            worlds_at(scenario.assumptions, points, names),
            seeds,
            crew.for_part(done, mine),
            model,
        )

    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    paths = morris.sample(problem, size.trajectories, num_levels=LEVELS, seed=1)
    screened = live(0, paths, [[LUCK]] * len(paths))
    screening = screening_table(problem, paths, screened)
    deep = most_telling(screening, scenario, size.deep)
    grouped = {**problem, "groups": [name if name in deep else OTHERS for name in names]}
    sample = sobol.sample(grouped, size.samples, calc_second_order=False, seed=1)
    twice = size.twice * size.block
    sampled = live(1, sample, [[LUCK, OTHER_LUCK]] * twice + [[LUCK]] * (len(sample) - twice))
    ends = np.full((2 * len(deep) + 1, len(names)), 0.5)
    for place, name in enumerate(deep):
        ends[2 * place + 1 : 2 * place + 3, names.index(name)] = 0.0, 1.0
    lived = live(2, ends, [range(1, size.seeds + 1)] * len(ends))
    return Sensitivity(
        scenario,
        size,
        screening,
        indices_table(grouped, sampled),
        ends_table(lived, deep),
        noise_table(lived, sampled, size.block),
        (screened, sampled, lived),
    )


def check(scenario: Scenario, size: Size) -> None:
    """Refuse what no sensitivity can be found for."""
    limits = {"trajectories": (2, 1_000), "deep": (1, len(RANGES) - 1), "samples": (8, 8_192),
              "seeds": (2, 1_000)}  # fmt: skip
    for name, (low, high) in limits.items():
        value = getattr(size, name)
        if type(value) is not int or not low <= value <= high:
            raise BadInput(f"{name}: {shown(value)} is not a whole number from {low} to {high}.")
    if size.samples & (size.samples - 1):
        raise BadInput(f"samples: {size.samples} is not a power of two, such as 128 or 256.")
    if len(scenario.programmes) < 2:
        raise BadInput("policies: name at least two, so that there is a difference to explain.")


# --- what is explained -------------------------------------------------------------------------


def outputs(results: Results) -> pd.DataFrame:
    """Return every measure of every indicator under every programme.

    Returns
    -------
    one row per world and seed; columns (programme, indicator, measure), those of the baseline's
    differences left out
    """
    names = [indicator.name for indicator in INDICATORS]
    runs = results.runs.assign(world=results.runs["variant"].astype(int))
    by_programme = {
        name: group.set_index(["world", "seed"])[names].sort_index().astype(np.float64)
        for name, group in runs.groupby("programme", sort=False)
    }
    base = by_programme[results.scenario.baseline]
    found = {}
    for studied in results.scenario.programmes:
        ours = by_programme[studied.name]
        measured = {"level": ours}
        if studied.name != results.scenario.baseline:
            measured["difference"] = ours - base
            size = (ours.abs() + base.abs()) / 2.0
            measured["relative"] = ((ours - base) / size).where(size > 0.0, ours - base)
        for measure, values in measured.items():
            for name in names:
                found[studied.name, name, measure] = values[name]
    return pd.DataFrame(found)


def unit_of(indicator: str, measure: str) -> str:
    """Return the unit of a measure."""
    return "share of the mean size" if measure == "relative" else BY_NAME[indicator].unit


def labelled(key: tuple[str, str, str]) -> dict[str, str]:
    """Return the columns that tell measures apart."""
    programme, indicator, measure = key
    return {
        "programme": programme,
        "indicator": indicator,
        "measure": measure,
        "unit": unit_of(indicator, measure),
    }


def by_blocks(
    results: Results,
    block: int,
    columns: tuple[str, ...],
    analyse: Callable[[Floats, npt.NDArray[np.bool_]], pd.DataFrame],
) -> pd.DataFrame:
    """Return an analysis of every measure, from the blocks of worlds in which it is defined.

    Parameters
    ----------
    block : worlds of a trajectory or of a base sample, which count together or not at all.
    columns : what the analysis finds.
    analyse : takes the values of whole blocks, and which worlds they are of.
    """
    tables = [pd.DataFrame()]
    for key, values in outputs(results).xs(LUCK, level="seed").items():
        column = values.to_numpy(np.float64)
        is_known = np.repeat(~np.isnan(column.reshape(-1, block)).any(axis=1), block)
        if is_known.sum() < 2 * block or np.ptp(column[is_known]) == 0.0:
            continue  # nothing varies, so nothing explains it
        tables.append(analyse(column[is_known], is_known).assign(**labelled(key)))
    keys = list(labelled(("", "npv", "")))
    whole = pd.concat(tables, ignore_index=True)
    whole = whole.reindex(columns=[*keys, *columns])
    whole.attrs = {
        **results.marks,
        "units": {"mu": "unit", "mu_star": "unit", "first": "share", "total": "share"},
        "scenario": results.scenario.name,
        "baseline": results.scenario.baseline,
        "confidence": 0.95,
    }
    return whole


def screening_table(problem: dict[str, Any], paths: Floats, results: Results) -> pd.DataFrame:
    """Return Morris' measures of every assumption."""
    from SALib.analyze import morris

    block = len(problem["names"]) + 1
    columns = ("assumption", "mu", "mu_star", "mu_star_low", "mu_star_high", "sigma",
               "trajectories")  # fmt: skip

    def analyse(values: Floats, is_known: npt.NDArray[np.bool_]) -> pd.DataFrame:
        found = morris.analyze(
            problem,
            paths[is_known],
            values,
            num_levels=LEVELS,
            num_resamples=RESAMPLES,
            seed=1,
        )
        reach = np.asarray(found["mu_star_conf"], np.float64)
        size = np.asarray(found["mu_star"], np.float64)
        return pd.DataFrame(
            {
                "assumption": found["names"],
                "mu": np.asarray(found["mu"], np.float64),
                "mu_star": size,
                "mu_star_low": size - reach,
                "mu_star_high": size + reach,
                "sigma": np.asarray(found["sigma"], np.float64),
                "trajectories": len(values) // block,
            }
        )

    return by_blocks(results, block, columns, analyse)


def most_telling(screening: pd.DataFrame, scenario: Scenario, number: int) -> list[str]:
    """Return the assumptions that matter most to the headline differences.

    An assumption counts with its mean share of the squared effects, so with what it would carry of
    the variance if effects were straight.
    """
    shares = []
    for name in others(scenario):
        for side in SIDES:
            rows = about(screening, name, side.indicator, "relative").set_index("assumption")
            if len(rows):
                squares = rows["mu_star"] * rows["mu_star"]
                shares.append(squares / squares.sum())
    if not shares:
        return list(RANGES)[:number]
    mean = pd.concat(shares, axis=1).mean(axis=1)
    return [str(name) for name in mean.sort_values(ascending=False, kind="stable")[:number].index]


def indices_table(problem: dict[str, Any], results: Results) -> pd.DataFrame:
    """Return Sobol' indices of the deep assumptions and of all others together."""
    from SALib.analyze import sobol

    groups = list(dict.fromkeys(problem["groups"]))
    block = len(groups) + 2
    columns = ("assumption", "first", "first_low", "first_high", "total", "total_low",
               "total_high", "samples")  # fmt: skip

    def analyse(values: Floats, is_known: npt.NDArray[np.bool_]) -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Constant values")  # of a resample of few values
            found = sobol.analyze(
                problem, values, calc_second_order=False, num_resamples=RESAMPLES, seed=1
            )
        told: dict[str, Any] = {"assumption": list(found.to_df()[0].index)}
        for name, index in (("first", "S1"), ("total", "ST")):
            value = np.asarray(found[index], np.float64)
            reach = np.asarray(found[f"{index}_conf"], np.float64)
            told |= {name: value, f"{name}_low": value - reach, f"{name}_high": value + reach}
        return pd.DataFrame(told).assign(samples=len(values) // block)

    found = by_blocks(results, block, columns, analyse)
    attrs, key = found.attrs, ["programme", "indicator", "measure", "assumption"]
    found = found.merge(luck_table(results, groups), "left", on=key)
    found = found[[*found.columns.drop(["luck", "samples"]), "luck", "samples"]]
    found.attrs = attrs
    return found


def both_lives(values: pd.Series[float], block: int) -> Floats:
    """Return the values of base samples lived with both seeds, where all of them are defined.

    Returns
    -------
    shape (base samples, worlds of each, 2)
    """
    twice = values.unstack("seed").reindex(columns=[LUCK, OTHER_LUCK])
    lived = twice.to_numpy(np.float64).reshape(-1, block, 2)
    return np.asarray(lived[~np.isnan(lived).any(axis=(1, 2))])


def variance_of(values: pd.Series[float], block: int) -> float:
    """Return the variance over the independent worlds of base samples, all with the same luck."""
    once = values.xs(LUCK, level="seed").to_numpy(np.float64).reshape(-1, block)[:, [0, -1]]
    known = once[~np.isnan(once)]
    return float(known.var(ddof=1)) if len(known) > 1 else float("nan")


def luck_table(results: Results, groups: list[str]) -> pd.DataFrame:
    """Return how much of each total index is luck, by whatever measure.

    A total index is half of the mean square of what a step in an assumption does, over the
    variance. What of that step is luck differs between two seeds, and what is an effect does not.
    """
    block, rows = len(groups) + 2, []
    for key, values in outputs(results).items():
        lived, variance = both_lives(values, block), variance_of(values, block)
        steps = lived[:, 1:-1] - lived[:, :1]
        apart = steps[..., 0] - steps[..., 1]
        for place, name in enumerate(groups):
            square = float(np.mean(apart[:, place] ** 2)) if len(apart) else float("nan")
            luck = square / 4.0 / variance if variance else float("nan")
            rows.append({**labelled(key), "assumption": name, "luck": luck})
    return pd.DataFrame(rows).drop(columns="unit")


def ends_table(results: Results, deep: list[str]) -> pd.DataFrame:
    """Return each measure at both ends of each deep assumption, all else as in the scenario."""
    rows = []
    for key, values in outputs(results).items():
        by_world = values.unstack("seed")
        centre = interval(by_world.loc[1].to_numpy(np.float64))[0]
        for place, name in enumerate(deep):
            for end, bound, world in zip(("low", "high"), RANGES[name],
                                         (2 * place + 2, 2 * place + 3), strict=True):  # fmt: skip
                mean, low, high = interval(by_world.loc[world].to_numpy(np.float64))
                rows.append(
                    {
                        **labelled(key),
                        "assumption": name,
                        "end": end,
                        "value": float(bound),
                        "mean": mean,
                        "low": low,
                        "high": high,
                        "centre": centre,
                    }
                )
    return pd.DataFrame(rows)


def noise_table(lived: Results, sampled: Results, block: int) -> pd.DataFrame:
    """Return how large luck is beside what the assumptions do.

    Parameters
    ----------
    block : worlds of a base sample, of which the first and the last are independent of each other.
    """
    at_home, everywhere = outputs(lived).loc[1], outputs(sampled)
    rows = []
    for key in at_home.columns:
        values, luck = everywhere[key], float(at_home[key].std())
        variance, twice = variance_of(values, block), both_lives(values, block)[:, [0, -1]]
        apart = twice[..., 0] - twice[..., 1]
        between = float(np.mean(apart**2)) / 2.0 if apart.size else float("nan")
        rows.append(
            {
                **labelled(key),
                "sd_luck": luck,
                "sd_worlds": variance**0.5,
                "share": luck * luck / variance if variance else float("nan"),
                "share_worlds": between / variance if variance else float("nan"),
                "twice": apart.size,
            }
        )
    return pd.DataFrame(rows)
