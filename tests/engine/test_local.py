"""The local engine: results in order, workers that are lost, errors, progress, memory, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from auditor.config.plugins import import_plugins
from auditor.engine.base import Task
from auditor.engine.local import LocalEngine
from auditor.errors import CheckError, InputError, MemoryRanOutError
from auditor.message import Text

JOBS = str(Path(__file__).with_name("jobs.py"))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def jobs():
    import_plugins((JOBS,))
    return sys.modules["jobs"]


@pytest.fixture(scope="module")
def engine(jobs):
    with LocalEngine(2, (JOBS,)) as engine:
        engine.begin(0, 0, lambda *_: None)
        yield engine


def in_worker(engine, function, *args):
    """The future of a task that only a worker can take: this process does not wait by `Engine.wait`."""
    return engine.submit(Task("test", function, args))


def test_a_task_runs_in_another_process(engine, jobs):
    assert in_worker(engine, jobs.place).result(60) != os.getpid()
    assert engine.usage[-1].process > 0


def test_a_task_that_must_run_here_does(engine, jobs):
    future = engine.submit(Task("test", jobs.place, is_local=True))
    assert engine.wait([future]) == {future} and future.result() == os.getpid()


def test_results_belong_to_their_tasks(engine, jobs):
    futures = [in_worker(engine, jobs.double, number) for number in range(20)]
    assert [future.result(60) for future in futures] == list(range(0, 40, 2))


def test_a_function_that_workers_cannot_have_runs_here(engine):
    future = in_worker(engine, lambda: os.getpid())
    while not future.done():
        engine.wait([future])
    assert future.result() == os.getpid()


def test_shared_values_travel_and_go(engine, jobs):
    handle = engine.share(np.arange(10))
    results = [in_worker(engine, jobs.total, handle).result(60) for _ in range(2)]
    assert [value for value, _ in results] == [45, 45] and results[0][1] != os.getpid()
    engine.drop(handle)
    with pytest.raises(KeyError):
        handle.get()


def test_a_task_waits_for_what_it_names(engine, jobs):
    handle, made = engine.keep(Task("test", np.arange, (4,), cost=-1.0))
    later = engine.submit(Task("test", jobs.total, (handle,), cost=9.0, depends_on=(made,)))
    assert later.result(60)[0] == 6


@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_errors_keep_their_type(engine, jobs, is_elsewhere):
    futures = [engine.submit(Task("test", function)) for function in (jobs.fail_by_input, jobs.fail_oddly)]
    for future in futures if not is_elsewhere else ():
        engine.wait([future])
    first, second = (future.exception(60) for future in futures)
    assert isinstance(first, InputError) and first.where == "here" and isinstance(first.what, Text)
    assert first.what.message.args == (3,)
    assert type(second).__name__ == "LocalError" and str(second) == "1 2"


def test_a_worker_that_is_lost_costs_its_task_again(engine, jobs, tmp_path):
    before = in_worker(engine, jobs.place).result(60)
    futures = [in_worker(engine, jobs.end_once, str(tmp_path / "once")), in_worker(engine, jobs.double, 4)]
    assert futures[0].result(60) not in (before, os.getpid())
    assert futures[1].result(60) == 8


def test_a_task_that_ends_its_workers_is_an_error(engine, jobs):
    with pytest.raises(CheckError, match="died twice"):
        in_worker(engine, jobs.end_always).result(60)
    assert in_worker(engine, jobs.double, 1).result(60) == 2


def test_progress_arrives_in_this_thread(engine, jobs):
    heard = []
    engine.begin(0, 0, lambda *told: heard.append(told))
    future = in_worker(engine, jobs.told, 3)
    assert future.result(60) != os.getpid()
    engine.wait([future])
    assert heard == [("told", 1, 3), ("told", 2, 3), ("told", 3, 3)]


def test_small_work_starts_nothing(jobs):
    with LocalEngine() as engine:
        engine.begin(0.5, 1_000, lambda *_: None)
        future = engine.submit(Task("test", jobs.place))
        engine.wait([future])
        assert future.result() == os.getpid()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from Linux' /proc")
def test_a_task_that_needs_too_much_memory_is_an_error_and_the_next_one_runs(jobs):
    from auditor.engine.measure import private_bytes

    with LocalEngine(2, (JOBS,), private_bytes(os.getpid()) + (600 << 20)) as engine:
        engine.begin(0, 0, lambda *_: None)
        much, little = engine.submit(Task("much", jobs.fill, (900,))), engine.submit(Task("little", jobs.place))
        engine.wait([much])
        with pytest.raises(MemoryRanOutError, match="MB of memory"):
            much.result()
        engine.wait([little])
        assert little.result() != os.getpid()


def test_less_memory_than_this_process_has_is_refused(jobs):
    with LocalEngine(2, (), 1 << 20) as engine, pytest.raises(MemoryRanOutError, match="1 MB"):
        engine.begin(0, 0, lambda *_: None)


BARE = """
import os, sys
print("runs", flush=True)
from auditor.config.plugins import import_plugins
from auditor.engine.base import Task
from auditor.engine.local import LocalEngine
import_plugins((sys.argv[1],))
import jobs
def own():
    return os.getpid()
engine = LocalEngine(2, (sys.argv[1],)).__enter__()
engine.begin(0, 0, print)
print(engine.submit(Task("test", jobs.place)).result(60) != os.getpid())
future = engine.submit(Task("test", own))
while not future.done():
    engine.wait([future])
print(future.result() == os.getpid())
engine.__exit__(None, None, None)
"""


def test_a_script_without_a_guard_is_not_run_again(tmp_path):
    script = tmp_path / "bare.py"
    script.write_text(BARE)
    command = [sys.executable, str(script), JOBS]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.stdout.split() == ["runs", "True", "True"] and not done.stderr


LONG = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts the tests may ignore it
import sys
from auditor.config.plugins import import_plugins
from auditor.engine.base import Task
from auditor.engine.local import LocalEngine
if __name__ == "__main__":
    import_plugins((sys.argv[1],))
    import jobs
    with LocalEngine(3, (sys.argv[1],)) as engine:
        engine.begin(0, 0, lambda *_: None)
        print(*[engine.submit(Task("test", jobs.place)).result() for _ in range(1)], flush=True)
        workers = [one.process.pid for one in engine._pool._workers]
        print(*workers, flush=True)
        engine.wait([engine.submit(Task("test", jobs.sleep, (60,))) for _ in range(3)])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["interrupt", "kill"])
def test_no_worker_is_left_behind(tmp_path, sent):
    script = tmp_path / "long.py"
    script.write_text(LONG)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), JOBS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        process.stdout.readline()
        workers = [int(word) for word in process.stdout.readline().split()]
        process.send_signal(sent)
        process.wait(30)
    for _ in range(100):
        if not any(is_running(worker) for worker in workers):
            break
        time.sleep(0.1)
    assert len(workers) == 2 and not any(is_running(worker) for worker in workers)


def is_running(process):
    try:
        os.kill(process, 0)
    except OSError:
        return False
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
