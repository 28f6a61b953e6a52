"""What was found about a bundle, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.present import departures
from sim.present.numbers import counted
from sim.present.shares import percent
from sim.questions.bundle.members import RESULT, is_picture
from sim.questions.bundle.recompute import Fault
from sim.questions.bundle.verify import Verdict

FEW = 4
"""Files that the headline names."""
LONG = 100
"""Characters of a stranger's text that are shown."""


def headline(found: Verdict) -> str:
    """Return the answer in a sentence."""
    if found.altered:
        return "NOT VERIFIED: the bundle is not what it says it is."
    if found.faults:
        return "NOT VERIFIED: not every number is reproduced."
    if not found.repeated:
        return "NOTHING VERIFIED BUT DIGESTS: no run could be simulated again."
    of_all = "all" if found.repeated == found.runs else f"{found.repeated} of {found.runs}"
    told = f"{of_all} {'runs' if found.runs != 1 else 'run'} reproduced to the last bit"
    if not found.is_whole:
        return f"NOT VERIFIED: not checked: {'; '.join(unchecked(found))}. What was: {told}."
    if found.by_digest:
        told += f"; {counted(len(found.by_digest), 'picture')} checked by digest only"
    return f"VERIFIED: {told}."


def unchecked(found: Verdict) -> list[str]:
    """Return what could have been checked and was not, the report first."""
    names = [shown(one.removeprefix(RESULT)) for one in found.unchecked]
    names.sort(key=lambda name: not name.startswith("report."))
    told = [", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" * (len(names) > FEW))]
    runs = [f"runs that need policy {', '.join(found.untrusted)}"] if found.untrusted else []
    return [*runs, *(told if names else [])]


def sentences(found: Verdict) -> list[str]:
    """Return everything that was found, the headline first."""
    said = [headline(found)]
    if found.made_with and found.made_with != found.here:
        said.append(
            f"Made with {shown(found.made_with)}, checked with {found.here}: where they differ, "
            "that may be why. What was changed is in CHANGELOG.md."
        )
    said += [f"  {shown(one.member)}: {one.reason}." for one in found.altered]
    said += [f"  {spell(fault)}" for fault in found.faults]
    if found.wrong_runs:
        said.append(
            f"  {counted(found.wrong_runs, 'run')} of {found.repeated} simulated again "
            f"{'differs' if found.wrong_runs == 1 else 'differ'}."
        )
    if found.untrusted:
        said.append(
            f"Not run, as code from the bundle runs only if you trust it: policy "
            f"{', '.join(found.untrusted)}. Read policies/*.py in the bundle, and repeat with "
            "--trust if it is harmless."
        )
    if 0 < found.repeated < found.runs and not found.untrusted:
        said.append(
            f"A sample: were a single run of the {found.runs} altered, this would have found it "
            f"with a chance of {percent(found.repeated / found.runs)}. Without --sample, all "
            "are simulated."
        )
    if found.is_sound and any(map(is_picture, found.by_digest)):
        said.append(
            "Pictures made with another version cannot be compared; of those in a report, titles "
            "and words were."
        )
    if found.by_digest and not found.altered:
        said.append(
            "Checked by digest only, that is, as the author packed it: "
            f"{', '.join(map(shown, found.by_digest))}."
        )
    said += rests_on(found)
    if found.digest:
        said.append(
            f"Digest of the bundle: {found.digest}\nWith whoever publishes the same digest, you "
            "speak of the same bundle."
        )
    return said


def rests_on(found: Verdict) -> list[str]:
    """Return what is not as shipped, and that nobody looked in other worlds, if so.

    Numbers that are reproduced are no better than what they rest on.
    """
    if not found.digest:
        return []
    safe = [one._replace(file=shown(one.file) if one.file else "") for one in found.departures]
    own = departures.sentences(safe) or ["All its assumptions are the shipped ones."]
    return [*own, *([departures.LEFT_OUT] if found.other_worlds_left_out else [])]


def spell(fault: Fault) -> str:
    """Return a fault in a line: where, what is stored, what it should be."""
    place = ", ".join(f"{key} {shown(value)}" for key, value in fault.where.items())
    where = f"{shown(fault.member)}: {place}" if place else shown(fault.member)
    return f"{where}: {shown(fault.stored)} stored, {shown(fault.recomputed)} recomputed."


def shown(value: Any) -> str:
    """Return a value as a terminal may show it, whoever wrote it."""
    if isinstance(value, np.generic):
        value = value.item()
    text = value if isinstance(value, str) else repr(value)
    text = text or "nothing"
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def plain(found: Verdict) -> dict[str, Any]:
    """Return what was found as plain data."""
    return {
        **found._asdict(),
        "is_sound": found.is_sound,
        "is_whole": found.is_whole,
        "altered": [one._asdict() for one in found.altered],
        "departures": [one.plain() for one in found.departures],
        "faults": [
            {
                "member": fault.member,
                "where": {key: jsonable(value) for key, value in fault.where.items()},
                "stored": jsonable(fault.stored),
                "recomputed": jsonable(fault.recomputed),
            }
            for fault in found.faults
        ],
        "said": sentences(found),
    }


def jsonable(value: Any) -> Any:
    """Return a number as it is if JSON has it, anything else as it is shown."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str) or value is None:
        return value
    is_number = isinstance(value, float) and abs(value) < float("inf")
    return float(value) if is_number else shown(value)
