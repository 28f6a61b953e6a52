"""Who does the work of a study: threads, processes, or the machines of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def workers(number: int, engine: str) -> Iterator[Executor]:
    """Yield an executor of so many workers, which end with the block.

    Compiled months release the interpreter's lock, so threads do; Mesa needs processes.
    """
    if engine != "mesa" or number == 1:
        threads = ThreadPoolExecutor(number)
        try:
            yield threads
        finally:
            threads.shutdown(cancel_futures=True)
    else:
        from loky import ProcessPoolExecutor

        processes = ProcessPoolExecutor(max_workers=number)
        try:
            yield processes
        finally:
            processes.shutdown(wait=False, kill_workers=True)
