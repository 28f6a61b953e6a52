"""Who does the work of a study: threads, processes, or the machines of a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from partnersim import environment
from sim.world.errors import BadInput


@contextmanager
def workers(number: int, engine: str, cluster: str | None = None) -> Iterator[Executor]:
    """Yield an executor of so many workers, which end with the block.

    Compiled months release the interpreter's lock, so threads do; Mesa needs processes.

    Parameters
    ----------
    cluster : address of a scheduler of dask.distributed, whose workers then do the work, however
        many they are.
    """
    if cluster is not None:
        from sim.study.cluster import connected

        with connected(cluster) as others:
            yield others
    elif engine != "mesa" or number == 1:
        threads = ThreadPoolExecutor(number)
        try:
            yield threads
        finally:
            threads.shutdown(cancel_futures=True)
    else:
        from loky import ProcessPoolExecutor

        watch_resources()
        processes = ProcessPoolExecutor(max_workers=number, env=environment())
        try:
            yield processes
        finally:
            processes.shutdown(wait=False, kill_workers=True)


def watch_resources() -> None:
    """Start the processes that clean up after workers, which loky would start as it comes.

    Not from the current folder, and deaf to the end of the terminal, of which all who run in it
    hear: they end by themselves after those they watch.
    """
    from multiprocessing import resource_tracker as of_python

    from loky.backend import resource_tracker as of_loky

    with told(environment()), deaf():
        of_loky.ensure_running()
        of_python.ensure_running()


@contextmanager
def told(environment: dict[str, str]) -> Iterator[None]:
    """Let processes be started with something more in their environment."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({} if value is None else {name: value})


@contextmanager
def deaf() -> Iterator[None]:
    """Let processes be started that do not hear of the end of the terminal."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows nobody hears of it
        yield
        return
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


@contextmanager
def hired(number: int | None, address: str | None) -> Iterator[str | None]:
    """Yield the address of the cluster that is to work; None: there is to be none.

    Parameters
    ----------
    number : worker processes to start on this machine; they end with the block.
    address : that of a cluster that is there already.

    Raises
    ------
    BadInput
        If both are given, or what a cluster needs is not installed.
    """
    if number is None:
        yield address
        return
    if address is not None:
        raise BadInput(
            "--workers starts workers on this machine, --cluster uses those of a cluster that is "
            "running: give one of them."
        )
    from sim.study.cluster import local

    with local(number) as own:
        yield own
