"""A cluster finds the same results as this machine, whatever happens to its workers."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pandas as pd
import psutil
import pytest

import sim
from policies.registry import from_module, load
from sim.study import cluster
from sim.study.experiment import run
from sim.study.workers import hired, workers
from sim.world.errors import BadInput, Notice
from sim.world.programme import programme
from sim.world.scenario import Scenario

PATIENCE = 120
"""seconds after which what should have happened has not"""


def wait_until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def newest() -> psutil.Process:
    """The process of the local cluster that was started last."""
    begun = [
        process
        for process in psutil.Process().children()
        if "sim.study.local_cluster" in process.cmdline()
    ]
    return max(begun, key=lambda process: process.create_time())


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """The worker processes of a local cluster, but for those that are just ending."""
    return [
        child for child in process.children() if any("spawn_main" in w for w in words_of(child))
    ]


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def ports(process: psutil.Process) -> set[str]:
    return {
        connection.laddr.ip
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def workers_at(address: str):
    return workers(1, "compiled", address)


@pytest.fixture(scope="module")
def two() -> Iterator[str]:
    with cluster.local(2) as address:
        yield address


@contextmanager
def dask(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command of dask, told to listen on this machine only, which ends with the block."""
    code = "import sys; from dask.__main__ import main; sys.argv[0] = 'dask'; main()"
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code, *words, "--host", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a scheduler that has no workers yet."""
    words = ("scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0")
    with dask(*words) as process:
        said = next(line for line in process.stderr if "Scheduler at:" in line)
        yield said.split()[-1]


def own_policy():
    module = ModuleType("own")
    exec(load("active_servicer").source, module.__dict__)
    return from_module(module)


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_results_are_the_same_to_the_last_bit(small: Scenario, two: str, engine: str):
    studied = small._replace(programmes=(*small.programmes, programme("own", own_policy())))
    here = run(studied, engine=engine)
    there = run(studied, engine=engine, cluster=two)
    pd.testing.assert_frame_equal(there.runs, here.runs, check_exact=True)
    pd.testing.assert_frame_equal(there.months, here.months, check_exact=True)
    assert here.runs["digest"].nunique() == 9


def test_killed_workers_cost_nothing_but_time(small: Scenario):
    studied = small._replace(seeds=12)
    killed: list[int] = []

    def kill(share: float) -> None:
        if share >= 0.2 * (len(killed) + 1):
            for victim in workers_of(newest())[:1]:  # none while the last one's heir starts
                victim.kill()
                killed.append(victim.pid)

    here = run(studied)
    with cluster.local(2) as address:
        there = run(studied, cluster=address, progress=kill)
    assert len(set(killed)) >= 3
    pd.testing.assert_frame_equal(there.runs, here.runs, check_exact=True)
    pd.testing.assert_frame_equal(there.months, here.months, check_exact=True)


ENDLESS_AT_FIRST = """(
    __import__("os").getpid()
    if __import__("os").path.exists({path!r})
    else open({path!r}, "x").close() or __import__("time").sleep(600)
)"""


def test_task_of_a_killed_worker_is_done_by_another(tmp_path):
    begun = tmp_path / "begun"
    with cluster.local(1) as address, workers_at(address) as pool:
        first = pool.submit(os.getpid).result()
        slow = pool.submit(eval, ENDLESS_AT_FIRST.format(path=str(begun)))
        wait_until(begun.exists)
        os.kill(first, signal.SIGKILL)
        assert slow.result() != first


def test_ports_are_open_to_this_machine_only(two: str):
    with workers_at(two) as pool:
        pool.submit(os.getpid).result()
        above = psutil.Process()
        opened = [ports(process) for process in (above, *above.children(recursive=True))]
    assert len([one for one in opened if one]) >= 3
    assert set().union(*opened) == {"127.0.0.1"}


def test_nothing_is_left_when_the_block_ends():
    with cluster.local(2):
        process = newest()
        begun = [process, *process.children(recursive=True)]
        scratch = Path(process.cmdline()[-1])
        assert len(begun) >= 3
        assert scratch.is_dir()
    wait_until(lambda: not any(is_alive(one) for one in begun))
    assert not scratch.exists()


def test_nothing_is_left_when_the_caller_is_killed():
    code = "from sim.study.cluster import local\nwith local(1) as a: print(a, flush=True); input()"
    caller = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert caller.stdout.readline().startswith(b"tcp://127.0.0.1:")
    begun = psutil.Process(caller.pid).children(recursive=True)
    assert len(begun) >= 2
    caller.kill()
    caller.communicate()
    wait_until(lambda: not any(is_alive(one) for one in begun))


def test_task_gets_all_it_is_given(two: str):
    with workers_at(two) as pool:
        assert pool.submit(int, "101", base=2).result() == 5


def test_fault_of_a_task_is_the_tasks_own(two: str):
    with workers_at(two) as pool, pytest.raises(ValueError, match="no number"):
        pool.submit(int, "no number").result()


def test_task_that_every_worker_dies_of_is_given_up():
    deadly = "__import__('os').kill(__import__('os').getpid(), 9)"
    told = "every worker that tried it died"
    with (
        cluster.local(2) as address,
        pytest.raises(BadInput, match=told),
        workers_at(address) as pool,
    ):
        pool.submit(eval, deadly).result()


def test_lost_scheduler_is_told():
    def lose_scheduler(address: str) -> None:
        with workers_at(address) as pool:
            slow = pool.submit(time.sleep, 100)
            newest().kill()
            slow.result()

    with cluster.local(1) as address, pytest.raises(BadInput, match=r"scheduler at \S+ was lost"):
        lose_scheduler(address)


def test_a_cluster_that_all_workers_leave_is_told_then_given_up(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
):
    limits = {"PATIENCE": 60.0, "GLANCE": 0.1, "TOLD": 0.3, "GIVEN_UP": 1.0}
    for name, seconds in limits.items():
        monkeypatch.setattr(cluster, name, seconds)

    def lose_worker(worker: subprocess.Popen[str]) -> None:
        with workers_at(scheduler) as pool:
            slow = pool.submit(time.sleep, 1_000)
            worker.kill()
            slow.result()

    with (
        dask("worker", scheduler, "--no-nanny", "--nthreads", "1") as worker,
        pytest.warns(Notice, match=f"no worker is left at {scheduler}"),
        pytest.raises(BadInput, match="no worker has been left"),
    ):
        lose_worker(worker)


@pytest.mark.parametrize("number", [0, -1, 10**6, 10**90])
def test_no_more_workers_are_started_than_make_sense(number: int):
    with pytest.raises(BadInput, match=r"--workers: .* out of range"), cluster.local(number):
        pass


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://127.0.0.1:1", "no scheduler of dask answers there"),
        ("127.0.0.1:1", "no scheduler of dask answers there"),
        ("tcp://nowhere.invalid:8786", "no scheduler of dask answers there"),
        ("nonsense", "An address looks like tcp://host:8786"),
        ("", "An address looks like tcp://host:8786"),
        ("tcp://127.0.0.1", "An address looks like tcp://host:8786"),
        ("http://127.0.0.1:8786", "An address looks like tcp://host:8786"),
        ("tls://127.0.0.1:1", "An address looks like tcp://host:8786"),
    ],
)
def test_useless_address_is_refused(address: str, told: str, monkeypatch, caplog, capfd):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(BadInput, match=told) as refusal, workers_at(address):
        pass
    assert f"--cluster {address}: " in str(refusal.value)
    assert capfd.readouterr() == ("", "")


def test_who_listens_but_says_nothing_is_no_scheduler(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with (
            pytest.raises(BadInput, match="no scheduler of dask answers there"),
            workers_at(address),
        ):
            pass


def test_worker_is_no_scheduler(two: str, monkeypatch):
    with workers_at(two) as pool:
        address = pool.submit(eval, "__import__('distributed').get_worker().address").result()
        monkeypatch.setattr(cluster, "PATIENCE", 1.0)
        with (
            pytest.raises(BadInput, match="no scheduler of dask answers there"),
            workers_at(address),
        ):
            pass


def test_cluster_without_workers_is_refused(scheduler: str):
    with (
        pytest.raises(BadInput, match=f"no workers there.*dask worker {scheduler}"),
        workers_at(scheduler),
    ):
        pass


@pytest.mark.parametrize("kind", ["another version", "none"])
def test_worker_with_other_code_is_refused(scheduler: str, tmp_path: Path, kind: str):
    if kind == "none":
        (tmp_path / "sim").mkdir()
        (tmp_path / "sim" / "__init__.py").touch()
        told = "No module named 'sim.study'.*Install the same version"
    else:
        root = Path(sim.__file__).parents[1]
        for package in ("sim", "policies", "scenarios"):
            shutil.copytree(root / package, tmp_path / package)
        with (tmp_path / "sim" / "rules" / "client.py").open("a", encoding="utf-8") as rules:
            rules.write("\nCHANGED = True\n")
        told = r"has partnersim \S+ \(here \S+\), so its results might differ"
    words = ("worker", scheduler, "--nthreads", "1", "--no-dashboard")
    with dask(*words, PYTHONPATH=str(tmp_path)) as process:
        wait_until(lambda: "Registered to" in process.stderr.readline())
        with pytest.raises(BadInput, match=told), workers_at(scheduler):
            pass


def test_worker_with_other_code_that_joins_later_is_refused(two: str, monkeypatch):
    with workers_at(two) as pool:
        monkeypatch.setattr(cluster, "running", lambda: {"partnersim": "0.0.1"})
        with pytest.raises(BadInput, match=r"has partnersim \S+ \(here 0.0.1\)"):
            pool.submit(os.getpid).result()


def test_logs_are_as_loud_as_before(two: str):
    logger = logging.getLogger("distributed.client")
    before = logger.level
    with workers_at(two):
        assert logger.level > logging.CRITICAL
    assert logger.level == before


def test_what_to_install_is_told(monkeypatch):
    monkeypatch.setattr(cluster.util, "find_spec", lambda name: None)
    with (
        pytest.raises(BadInput, match=r'pip install "partnersim\[cluster\]"'),
        workers_at("tcp://127.0.0.1:1"),
    ):
        pass


def test_workers_and_a_cluster_at_once_are_refused():
    with pytest.raises(BadInput, match="give one of them"), hired(2, "tcp://127.0.0.1:1"):
        pass


def test_command_with_workers_writes_the_same(start, debate, tmp_path):
    alone = start("run", str(debate), "--seeds", "4", "--out", "alone", "--store", "one")
    helped = start(
        "run", str(debate), "--seeds", "4", "--out", "helped", "--store", "two", "--workers", "2"
    )
    assert [process.communicate(timeout=PATIENCE)[1] for process in (alone, helped)] == ["", ""]
    for name in ("runs.parquet", "months.csv", "comparison.csv"):
        ours, theirs = tmp_path / "alone" / name, tmp_path / "helped" / name
        assert ours.read_bytes() == theirs.read_bytes()


def test_interrupted_command_says_one_line_and_leaves_nobody(start, debate, tmp_path):
    stopped = start("run", str(debate), "--workers", "2")
    begun: set[psutil.Process] = set()

    def has_stored() -> bool:
        begun.update(psutil.Process(stopped.pid).children(recursive=True))
        return len(list((tmp_path / "results" / "runs").glob("*.parquet"))) >= 5

    wait_until(has_stored)
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=PATIENCE)
    assert stopped.returncode == 130
    (line,) = told.strip().splitlines()
    assert "of 120 runs are kept" in line
    assert len(begun) >= 3
    wait_until(lambda: not any(is_alive(one) for one in begun))
