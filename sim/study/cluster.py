"""The workers of dask.distributed, on this machine or on many: the same results to the last bit.

A task travels as bytes, with the versions of the code that made it: a worker that would compute
something else refuses it, even one that joins in the middle of a study. When a worker dies, the
scheduler gives its tasks to others.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import metadata, util
from typing import TYPE_CHECKING, Any

from partnersim import environment
from policies import registry
from sim.study import identity
from sim.world.errors import BadInput, Notice, shown

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 5.0
"""seconds in which a scheduler must answer, and in which it must have a worker"""
GLANCE, TOLD, GIVEN_UP = 1.0, 20.0, 300.0
"""seconds between two looks whether workers are left; without any before that is told; before what
they should do is given up"""
SAME = "Install the same version there and start it again."


@functools.cache
def running() -> dict[str, str]:
    """Return what this process computes with, by name: versions of whatever decides results."""
    shipped = [registry.load(name).source for name in registry.available()]
    libraries = {name: metadata.version(name) for name in ("numba", "numpy", "pandas")}
    return {
        "partnersim": identity.version(),
        "policies": identity.digest_of(shipped),
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **libraries,
    }


def check_same(worker: str, theirs: dict[str, str], ours: dict[str, str]) -> None:
    """Refuse a worker that would not certainly find the same results."""
    other = [
        f"{name} {theirs.get(name)} (here {version})"
        for name, version in ours.items()
        if theirs.get(name) != version
    ]
    if other:
        raise BadInput(
            f"--cluster: the worker {worker} has {', '.join(other)}, so its results might differ. "
            f"{SAME}"
        )


class Call:
    """A call made by whoever unpickles it, so that who lacks our code can still say so."""

    def __init__(self, function: Callable[..., Any], *facts: Any) -> None:
        self.function = function
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.facts


def work(ours: dict[str, str], parcel: bytes) -> Any:
    """Do a task on a worker, if it runs the same code as whoever sent the task."""
    from distributed import get_worker

    check_same(get_worker().address, running(), ours)
    task, facts, named = pickle.loads(parcel)
    return task(*facts, **named)


class Cluster(Executor):
    """An executor whose workers are those of a cluster."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.tasks = client.get_executor(pure=False)
        self.is_deserted = False
        """It was given up, because no worker was left."""

    def submit(self, task: Callable[..., Any], /, *facts: Any, **named: Any) -> Future[Any]:
        """Send a task to the next worker that is free."""
        from cloudpickle import dumps

        if self.is_deserted:
            raise CancelledError
        call = Call(work, running(), dumps((task, facts, named)))
        future: Future[Any] = self.tasks.submit(pickle.loads, pickle.dumps(call))
        return future

    @contextmanager
    def watched(self, address: str) -> Iterator[None]:
        """Tell in the block if no worker is left, and in the end give up what is still to be done.

        A scheduler waits for ever for workers to come.
        """
        is_over = threading.Event()
        watch = threading.Thread(target=self.watch, args=(address, is_over), daemon=True)
        watch.start()
        try:
            yield
        finally:
            is_over.set()
            watch.join(PATIENCE)

    def watch(self, address: str, is_over: threading.Event) -> None:
        """Look now and then whether there are workers."""
        seen, is_told = time.monotonic(), False
        while not is_over.wait(GLANCE):
            try:
                is_empty = not self.client.nthreads()
            except Exception:  # a lost scheduler is noticed by whoever waits for the work
                return
            if not is_empty:
                seen, is_told = time.monotonic(), False
            elif time.monotonic() - seen > GIVEN_UP:
                self.is_deserted = True
                self.tasks.shutdown(wait=False)
                return
            elif time.monotonic() - seen > TOLD and not is_told:
                warnings.warn(
                    f"no worker is left at {address}; waiting {GIVEN_UP / 60:g} minutes for others."
                    f" Start some with: dask worker {address}",
                    Notice,
                    stacklevel=1,
                )
                is_told = True


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Yield the workers of the cluster whose scheduler listens at an address.

    Raises
    ------
    BadInput
        If nobody answers there, there are no workers, one of them runs other code, or the cluster
        is lost before the work is done.
    """
    check_installed()
    from distributed.scheduler import KilledWorker

    with silence():
        client = client_of(address)
        try:
            check_workers(client, address)
            cluster = Cluster(client)
            try:
                with cluster.watched(address):
                    yield cluster
            finally:
                cluster.tasks.shutdown(wait=False)
        except KilledWorker as fault:
            raise BadInput(
                "a run was given up, because every worker that tried it died, "
                f"{fault.last_worker.address} the last; was there memory enough?"
            ) from None
        except CancelledError:
            if cluster.is_deserted:
                raise BadInput(
                    f"no worker has been left at {address} for {GIVEN_UP / 60:g} minutes, so the "
                    f"rest was given up. Start some with: dask worker {address}, and repeat the "
                    "command."
                ) from None
            raise BadInput(f"the scheduler at {address} was lost.") from None
        except ModuleNotFoundError as fault:
            raise BadInput(f"--cluster {address}: a worker says: {fault}. {SAME}") from None
        finally:
            client.close(timeout=PATIENCE)


def check_installed() -> None:
    """Refuse to go on without dask.distributed."""
    if util.find_spec("distributed") is None:
        raise BadInput(
            "--cluster and --workers need dask.distributed; install it with: "
            'pip install "partnersim[cluster]"'
        )


@contextmanager
def silence() -> Iterator[None]:
    """Keep dask's log off the terminal; what matters comes as an exception."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    theirs = [log for log in loggers if log.name.partition(".")[0] in ("distributed", "tornado")]
    levels = {log: log.level for log in theirs}
    for log in levels:
        log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="distributed")
            yield
    finally:
        for log, level in levels.items():
            log.setLevel(level)


def client_of(address: str) -> Client:
    """Return a client of the scheduler that listens at an address, or refuse the address.

    A greeting comes first, because a client waits for ever for who listens but says nothing.
    """
    from distributed import Client
    from distributed.comm.core import connect
    from distributed.security import Security

    async def greet() -> None:
        secrets = Security().get_connection_args("client")
        greeting = connect(address, timeout=PATIENCE, **secrets)
        (await asyncio.wait_for(greeting, PATIENCE)).abort()

    nobody = BadInput(
        f"--cluster {address}: no scheduler of dask answers there. Is `dask scheduler` running, "
        "and can this machine reach it?"
    )
    try:
        with ThreadPoolExecutor(1) as aside:  # a notebook's own thread has a loop already
            aside.submit(asyncio.run, greet()).result()
    except OSError:
        raise nobody from None
    except Exception as fault:
        raise BadInput(
            f"--cluster {address}: {fault}. An address looks like tcp://host:8786."
        ) from None
    try:
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TypeError):  # the latter if a worker answers
        raise nobody from None


def check_workers(client: Client, address: str) -> None:
    """Refuse a cluster without workers, or with one that runs other code."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise BadInput(
            f"--cluster {address}: no workers there. Start some with: dask worker {address}"
        ) from None
    asked = client.run(pickle.loads, pickle.dumps(Call(running)), on_error="return")
    for worker, found in asked.items():
        if isinstance(found, dict):
            check_same(worker, found, running())
        elif not isinstance(found, OSError):  # that one has just left
            raise BadInput(f"--cluster {address}: the worker {worker} says: {found}. {SAME}")


@contextmanager
def local(number: int) -> Iterator[str]:
    """Yield the address of a cluster of so many processes on this machine.

    They do not import the caller's script, do not hear Ctrl-C, and end with the block, or with the
    caller, however that ends.
    """
    check_installed()
    most = max(16, 4 * (os.cpu_count() or 1))
    if not 1 <= number <= most:
        raise BadInput(
            f"--workers: {shown(number)} is out of range; allowed here: 1 to {most}, as this "
            f"machine has {os.cpu_count()} processors."
        )
    command = [sys.executable, "-m", "sim.study.local_cluster", str(number)]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [*command, scratch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **environment()},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().decode().strip()
            if not address:
                log.seek(0)
                last = ["", *log.read().decode().splitlines()][-1]
                raise BadInput(f"--workers {number}: the workers did not start. {last}")
            yield address
        finally:
            process.kill()
