"""A policy tried in a process of its own, which is ended when it does not answer in time.

``python -m sim.study.user_policy.aside FILE`` tries a policy file, or a policy in a parcel, and
prints what it finds line by line: the claim that it begins with, then whether that holds. It ends
with whoever started it.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from policies.registry import Policy, packed, unpacked
from sim.study.user_policy import check as soundness
from sim.study.user_policy import load as own
from sim.study.user_policy.check import Check
from sim.world.errors import BadInput

READS = "It can be read, and answers in ten situations."
PATIENCE = 30.0
"""Seconds that reading a policy may take, and asking it thousands of times."""
COMPILING = 180.0
"""Seconds that the compiler may take for it, or the interpreter to start."""
SLOW = {soundness.COMPILES, soundness.SAME_COMPILED, soundness.SAME_MARKET}
PARCEL = ".parcel"


def check_file(path: Path) -> list[Check]:
    """Return what the policy in a file must be, and whether it is; this runs the code in it.

    Raises
    ------
    BadInput
        If the file does not spell out a policy.
    """
    return list(Trial(path).found())


def check_policy(policy: Policy) -> list[Check]:
    """Return what a policy written in Python must be, and whether it is."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{policy.name}{PARCEL}"
        path.write_bytes(packed(policy))
        return check_file(path)


def sound(path: Path) -> Policy:
    """Return the policy that a file spells out once it was found sound; this runs the code in it.

    Raises
    ------
    BadInput
        If it is not sound, or no policy.
    """
    if fault := soundness.fault_of(check_file(path)):
        raise BadInput(f"{path}: {fault}. Correct it; `partnersim check {path}` tells more.")
    policy = own.policy_in(path)
    soundness.SOUND.add(soundness.key_of(policy))
    return policy


class Trial:
    """A process that tries a policy, heard line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: queue.Queue[str] = queue.Queue()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the process run for as long as the block does."""
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "sim.study.user_policy.aside", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            hearing = threading.Thread(target=self.hear, args=(process.stdout,), daemon=True)
            hearing.start()
            try:
                yield
            finally:
                process.kill()
                hearing.join()

    def hear(self, told: IO[str]) -> None:
        """Take down every line, and an empty one when there are no more."""
        for line in told:
            self.heard.put(line)
        self.heard.put("")

    def found(self) -> Iterator[Check]:
        """Yield each claim and whether it holds."""
        claim, patience = READS, COMPILING
        with self.running():
            while True:
                try:
                    line = self.heard.get(timeout=patience)
                except queue.Empty:
                    yield Check(claim, f"it did not answer within {patience:g} s")
                    return
                told = json.loads(line or '{"died": true}')
                if "begins" in told:
                    claim = told["begins"]
                    patience = COMPILING if claim in SLOW else PATIENCE
                elif "claim" in told:
                    yield Check(**told)
                elif "done" in told:
                    return
                elif "refused" in told:
                    raise BadInput(told["refused"])
                elif "broken" in told:
                    raise RuntimeError(told["broken"])
                else:
                    yield Check(claim, "it ends the program")
                    return


def try_out(path: Path, say: Any) -> None:
    """Try a policy, and say what is found."""
    say({"begins": READS})
    if path.suffix == PARCEL:
        policy = unpacked(path.read_bytes())
    else:
        policy = own.policy_in(path)
    for one in soundness.check(policy, begin=lambda claim: say({"begins": claim})):
        say(one._asdict())
    say({"done": True})


def main() -> None:
    """Try the policy that was named, until standard input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the policy itself prints

    def say(told: dict[str, Any]) -> None:
        print(json.dumps(told), file=out, flush=True)

    def end_with_caller() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_caller, daemon=True).start()
    try:
        try_out(Path(sys.argv[1]), say)
    except BadInput as fault:
        say({"refused": str(fault)})
    except BaseException:
        say({"broken": traceback.format_exc()})
    os._exit(0)


if __name__ == "__main__":
    main()
