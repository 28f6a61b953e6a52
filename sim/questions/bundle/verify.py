"""Whether a bundle holds: its runs simulated again, and written again what follows from them.

Runs are compared to the last bit. What a study writes from its runs (tables, manifest, scenario,
pictures) is written anew from the bundle's own runs and compared; what cannot be written again is
checked by its digest only, and named.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from policies.registry import Policy, available, load
from sim.engines.build import settle
from sim.questions.basis.ask import lives_for, put_on
from sim.questions.bundle.case import NUMBERS, STUDY, Case, Key
from sim.questions.bundle.members import RESULT, is_picture
from sim.questions.bundle.pack import Altered, open_bundle, policies_of
from sim.questions.bundle.read import Unlike, read_manifest, scenario_of
from sim.questions.bundle.recompute import Draw, Fault, array, is_same_workshop, rewrite, same
from sim.questions.robustness.ask import lives_in, robustness_of
from sim.study import effort
from sim.study.crew import Crew, Progress
from sim.study.effort import Effort
from sim.study.experiment import MONTHS_KEPT
from sim.study.folder import MANIFEST, other_worlds_left_out
from sim.study.identity import version
from sim.study.run_one import Finished, live
from sim.study.user_policy.aside import sound
from sim.study.workers import workers
from sim.world.departures import Departure
from sim.world.errors import BadInput, Failure, shown

RUNS, MONTHS = f"{RESULT}runs.parquet", f"{RESULT}months.parquet"


class Verdict(NamedTuple):
    """What was found about a bundle."""

    digest: str
    """of the bundle; empty if it is not that of its members"""
    made_with: str
    """version of the simulation, as the bundle says"""
    here: str
    """version of the simulation that checked it"""
    runs: int
    """in the bundle"""
    repeated: int
    """how many of them were simulated again"""
    untrusted: tuple[str, ...]
    """policies whose code would have to be run, and was not"""
    altered: tuple[Altered, ...]
    """members that are not what the bundle says"""
    faults: tuple[Fault, ...]
    """the first of each member that is not reproduced; runs before what follows from them"""
    wrong_runs: int
    """how many of the repeated runs are not reproduced"""
    by_digest: tuple[str, ...]
    """members of which nothing but the digest was checked"""
    unchecked: tuple[str, ...]
    """those of them that could have been: all but pictures of another version of a library"""
    departures: tuple[Departure, ...] = ()
    """what in its scenario differs from the shipped assumptions, and who is said to state it"""
    other_worlds_left_out: bool = False
    """it compares in the scenario's own world only"""

    @property
    def is_sound(self) -> bool:
        """Nothing was found that differs."""
        return not self.altered and not self.faults

    @property
    def is_whole(self) -> bool:
        """Runs of every programme were simulated again, and all that follows was written again."""
        return self.repeated > 0 and not self.untrusted and not self.unchecked


def verify(
    path: str | Path,
    *,
    sample: int | None = None,
    trust: bool = False,
    engine: str = "auto",
    at_once: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
    draw: Draw | None = None,
    at_most: str | None = None,
    announce: Callable[[Effort], None] | None = None,
) -> Verdict:
    """Simulate a bundle's runs again and compare every number, to the last bit.

    Parameters
    ----------
    path : a file that `partnersim bundle` wrote.
    sample : how many runs, chosen by the bundle's digest; by default all.
    trust : run the code of policies in the bundle that are not shipped here.
    engine, at_once, cluster : as for `sim.compare`.
    progress : told the share of the work done, anew for rates, runs and worlds.
    draw : writes the pictures and the report that are to be compared; by default none are.
    at_most : account-months or memory that may be simulated, such as "2e11,16GB".
    announce : told what it will take, before anything is simulated.

    Raises
    ------
    BadInput
        If the file is no bundle, nothing can be simulated from it, or it would take too much.
    """
    path = Path(path)
    if sample is not None and sample < 1:
        raise BadInput(f"sample: {shown(sample)} is too few; at least 1 run.")
    ceiling = effort.ceiling_of(at_most)
    bundle = open_bundle(path)
    if bundle.altered:
        return Verdict("", "", version(), 0, 0, (), tuple(bundle.altered), (), 0, (), ())
    told, plain = read_manifest(path, bundle)
    with tempfile.TemporaryDirectory() as scratch, np.errstate(all="ignore"):
        own = trusted(plain, Path(scratch)) if trust else {}
        case = Case(bundle, told, plain, scenario_of(path, told, own), own)
        is_run = not any(case.untrusted.values())
        picked = case.pick(sample)
        needed = effort_of(case, picked, sample, at_once)
        effort.check(needed, ceiling, lambda key: f"{path / RESULT / MANIFEST}: inputs.{key}")
        if announce is not None:
            announce(needed)
        crew = Crew(engine, at_once, cluster, progress=progress)
        if told.inputs.basis and is_run:
            basis = put_on(
                case.scenario, told.inputs.basis, Crew(engine, at_once, cluster, None, progress)
            )
            case = replace(case, basis=basis)
        try:
            check(case)
        except Unlike as unlike:
            return verdict(case, altered=(Altered(unlike.member, unlike.reason),))
        wrong = list(repeat(case, picked, crew))
        robust = None
        if told.command == STUDY and told.inputs.worlds and is_run and sample is None:
            robust = robustness_of(case.ready, told.inputs.worlds, replace(crew, engine="auto"))
        compared = dict(rewrite(case, Path(scratch), robust, draw))
    return verdict(case, picked, wrong, compared)


def effort_of(case: Case, picked: Sequence[Key], sample: int | None, at_once: int | None) -> Effort:
    """Return what checking a bundle takes, about; the parameters are those of `verify`."""
    asked, programmes = case.told.inputs, len(case.scenario.programmes)
    lives = len({(key.variant, key.seed) for key in picked})
    besides = lives_for(asked.basis, case.scenario)
    if case.told.command == STUDY and sample is None:
        besides += lives_in(asked.worlds)
    runs = len(picked) + besides * programmes
    return effort.effort(case.scenario, lives, besides, runs=runs, at_once=at_once)


def check(case: Case) -> None:
    """Refuse tables that are not those of the runs there must be.

    Raises
    ------
    Unlike
        With the member and the reason.
    """
    for table in (case.runs, case.months):
        assert table is None or len(table)


def trusted(plain: dict[str, Any], scratch: Path) -> dict[str, Policy]:
    """Return the policies of a bundle that are not shipped here; this runs the code in them.

    Raises
    ------
    BadInput
        If one of them is no policy.
    """
    found = {}
    for name, text in policies_of(plain).items():
        if name not in available() or load(name).source != text:
            path = scratch / f"{name}.py"
            path.write_text(text, encoding="utf-8", newline="")
            found[name] = sound(path)
    return found


def repeat(
    case: Case,
    picked: Sequence[Key],
    crew: Crew,
) -> Iterator[Fault]:
    """Simulate runs again; yield the first number of each that is not reproduced."""
    if not picked:
        return
    settled = settle(crew.engine, case.ready)
    ready = {studied.name: studied for studied in settled.scenario.programmes}
    rows = {key: row for row, key in enumerate(case.keys)}
    tasks = deque(
        (world, tuple(keys)) for world, keys in groupby(picked, lambda key: (key.variant, key.seed))
    )
    at_once = crew.at_once or os.cpu_count() or 1
    waiting: deque[tuple[tuple[Key, ...], Future[list[Finished | Failure]]]] = deque()
    done = 0
    with workers(min(at_once, len(tasks)), settled.engine, crew.cluster) as pool:
        while tasks or waiting:
            while tasks and len(waiting) < 2 * at_once:
                (variant, seed), keys = tasks.popleft()
                scenario = settled.scenario._replace(
                    programmes=tuple(ready[key.programme] for key in keys),
                    assumptions=case.worlds[variant].assumptions,
                )
                with_months = case.months is not None and seed <= MONTHS_KEPT
                future = pool.submit(live, scenario, seed, settled.engine, with_months)
                waiting.append((keys, future))
            keys, future = waiting.popleft()
            for key, found in zip(keys, future.result(), strict=True):
                fault = unlike_run(case, key, rows[key], found)
                if fault is not None:
                    yield fault
            done += len(keys)
            if crew.progress is not None:
                crew.progress(done / len(picked))


def unlike_run(case: Case, key: Key, row: int, found: Finished | Failure) -> Fault | None:
    """Return the first number of a run that is not reproduced, or nothing."""
    told = {name: value for name, value in key._asdict().items() if value != ""}
    if isinstance(found, Failure):
        where = {**told, "indicator": "digest"}
        return Fault(RUNS, where, case.runs["digest"].iloc[row], str(found))
    stored = case.runs[NUMBERS].iloc[row].to_numpy(np.float64)
    wrong = np.flatnonzero(~same(stored, found.values))
    if len(wrong):
        at = int(wrong[0])
        where = {**told, "indicator": NUMBERS[at]}
        return Fault(RUNS, where, float(stored[at]), float(found.values[at]))
    digest = case.runs["digest"].iloc[row]
    if digest != found.digest:
        return Fault(RUNS, {**told, "indicator": "digest"}, digest, found.digest)
    if case.months is None or found.months is None:
        return None
    months = case.months.iloc[case.months_of(key)]
    if list(months.columns[2:]) != list(found.months):
        return Fault(MONTHS, {"key": "columns"}, list(months.columns[2:]), list(found.months))
    for name, values in found.months.items():
        wrong = np.flatnonzero(~same(array(months[name]), values))
        if len(wrong):
            at = int(wrong[0])
            where = {**told, "month": int(found.months["month"][at]), "indicator": name}
            return Fault(MONTHS, where, months[name].iloc[at].item(), values[at].item())
    return None


def verdict(
    case: Case,
    picked: Sequence[Key] = (),
    wrong: Sequence[Fault] = (),
    compared: Mapping[str, Fault | None] | None = None,
    altered: tuple[Altered, ...] = (),
) -> Verdict:
    """Return what was found about a case.

    Parameters
    ----------
    picked : the runs that were simulated again.
    wrong : what of them is not reproduced.
    compared : members written again, and how each differs.
    """
    compared = compared or {}
    by_member = {fault.member: fault for fault in reversed(wrong)}
    faults = [*by_member.values(), *(fault for fault in compared.values() if fault)]
    lived = {RUNS, MONTHS} if picked else set()
    left = sorted(set(case.bundle.members) - set(compared) - lived)
    return Verdict(
        digest=case.bundle.digest,
        made_with=case.told.inputs.version,
        here=version(),
        runs=len(case.keys),
        repeated=len(picked),
        untrusted=tuple(sorted(set().union(*case.untrusted.values()))),
        altered=altered,
        faults=tuple(faults),
        wrong_runs=len(wrong),
        by_digest=tuple(left),
        unchecked=tuple(one for one in left if is_same_workshop(case) or not is_picture(one)),
        departures=tuple(case.scenario.departures),
        other_worlds_left_out=case.told.command == STUDY
        and other_worlds_left_out(case.scenario, case.told.inputs.worlds),
    )
