"""Worker processes on this machine: ``python -m sim.study.local_cluster NUMBER SCRATCH``.

Prints the scheduler's address and works until its standard input ends.
"""

import logging
import os
import sys

import dask
from distributed import LocalCluster

LIVES = 5
"""Workers that a task may take with it before it is given up."""

if __name__ == "__main__":
    number, scratch = int(sys.argv[1]), sys.argv[2]
    dask.config.set({"distributed.scheduler.allowed-failures": LIVES})
    cluster = LocalCluster(
        n_workers=number,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        memory_limit=None,
        local_directory=scratch,
        silence_logs=logging.CRITICAL,
    )
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    os._exit(0)
