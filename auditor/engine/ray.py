"""A Ray cluster, or Ray on this machine: tasks in Ray's worker processes, the same as `auditor.engine.local` runs.

Every node must have auditor installed; a stored corpus is opened by its path, so the nodes must share its folder.
Ray tries a task whose process ended once more; nothing else is computed again.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as wait_for
from types import ModuleType, TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import pyarrow as pa

from auditor.core.progress import Progress, silent
from auditor.credentials import without_credentials
from auditor.engine.base import Handle, Pending, Spent, Task
from auditor.engine.measure import Stopwatch, cores, peak_bytes
from auditor.engine.pool import ended_twice
from auditor.engine.queue import Queue, Queued, TaskEngine, when_free
from auditor.engine.telling import telling
from auditor.engine.transport import Held, arrived, drop, hold, packed, portable, unpacked
from auditor.errors import InputError, UsageError

T = TypeVar("T")
Ref: TypeAlias = Any
"""A reference of Ray's to an object of the cluster; Ray has no types."""
_Answer: TypeAlias = tuple[bool, object, tuple[float, float, float, int], int]
"""Of a task: whether it was done, its result or error, what it took, and the process it ran in."""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_DEDUP_LOGS": "0"}
"""Nothing about the run is sent anywhere."""
AHEAD = 1.5
"""Tasks that Ray is given for each slot, so that a slot finds one while this process computes."""
_REACHED_WITHIN = 10.0
"""Seconds in which a cluster must answer."""
MOST_HELD = 8
"""Shared values that a worker process keeps; the oldest go first."""
_USED: OrderedDict[int, None] = OrderedDict()


class RayEngine(TaskEngine):
    """Runs tasks on Ray.

    Args:
        address: of a cluster, such as ``10.0.0.1:6379`` or ``ray://host:10001``; None: Ray is started on this machine
            and ended with the engine, with what it wrote.
        workers: processes on this machine where there is no address; 0: one per core.
        plugins: what each process imports first, as this one did.

    Raises:
        UsageError: Ray is not installed.
    """

    def __init__(self, address: str | None = None, workers: int = 0, plugins: tuple[str, ...] = ()) -> None:
        self._ray = _imported()
        self._address, self._workers, self._plugins = address, workers or cores(), plugins
        self._progress: Progress = silent
        self._numbers = itertools.count()
        self._queue = Queue()
        self._refs: dict[int, Ref] = {}
        self._running: dict[Pending, Queued] = {}
        self._spent: list[Spent] = []
        self._folder: str | None = None
        self._slots = 0
        self._is_own = False

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End all processes at once, those of a cluster that was there before aside."""
        self.rest()

    def begin(self, seconds: float, characters: int, progress: Progress) -> None:
        """See `Engine.begin`.

        Raises:
            InputError: the cluster cannot be reached.
        """
        self._progress = progress
        if self._slots:
            return
        if not self._ray.is_initialized():
            handler = signal.getsignal(signal.SIGTERM)
            self._start()
            self._is_own = True
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, handler)  # Ray puts its own in place, which ends without cleaning up
        self._slots = max(int(self._ray.cluster_resources().get("CPU", 1)), 1)
        self._remote = self._ray.remote(num_cpus=1, max_retries=1)(run_task)

    def drop(self, handle: Handle[object]) -> None:
        """See `Engine.drop`."""
        if isinstance(handle, Held):
            drop(handle.key)
            self._refs.pop(handle.key, None)

    def submit(self, task: Task[T]) -> Future[T]:
        """See `Engine.submit`."""
        queued = Queued(task, next(self._numbers), is_here=task.is_here)
        when_free(queued, self._queue.put)
        return queued.future

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """See `Engine.wait`."""
        while not (done := {future for future in futures if future.done()}):
            self._fill()
            if (queued := self._queue.shortest(only_here=bool(self._slots))) is not None:
                self._run_here(queued)
                continue
            wait_for(self._running, 0.1, FIRST_COMPLETED)
            for future in [future for future in self._running if future.done()]:
                self._settle(self._running.pop(future), future)
        return done

    def rest(self) -> None:
        """See `Engine.rest`."""
        self._refs.clear()
        self._running.clear()
        if self._is_own:
            self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder, self._slots, self._is_own = None, 0, False

    @property
    def spent(self) -> tuple[Spent, ...]:
        """See `Engine.spent`."""
        return tuple(self._spent)

    def _start(self) -> None:
        """Connect to the cluster, or start Ray here, its files in a folder of their own that goes with it."""
        quiet: dict[str, object] = {"log_to_driver": False, "logging_level": "ERROR"}
        if self._address is None:
            self._folder = tempfile.mkdtemp(prefix="ar")  # short: sockets have paths of at most 107 bytes
            local = {"num_cpus": self._workers, "include_dashboard": False, "_temp_dir": self._folder}
            self._ray.init(address="local", **quiet, **local)
            return
        _require_reachable(self._address)
        self._ray.init(address=self._address, **quiet)

    def _fill(self) -> None:
        """Give Ray the longest tasks that wait, a few more than it has slots."""
        while self._slots and len(self._running) < self._slots * AHEAD:
            if (queued := self._queue.longest()) is None:
                return
            try:
                content, keys = packed(queued.task)
                for key in keys:
                    if key not in self._refs:
                        self._refs[key] = self._ray.put(Held[object](key).get())
            except Exception:  # noqa: BLE001 - what does not pickle is run here
                queued.is_here = True
                self._queue.put(queued)
                continue
            refs = {key: [self._refs[key]] for key in keys}
            self._running[self._remote.remote(content, refs, self._plugins).future()] = queued

    def _settle(self, queued: Queued, answer: Future[_Answer]) -> None:
        """Give a future what its task came to."""
        if answer.exception() is not None:  # its process ended, twice
            queued.future.set_exception(ended_twice(queued))
            return
        is_done, value, took, process = answer.result()
        self._spent.append(Spent(queued.task.name, process, *took))
        if is_done:
            queued.future.set_result(value)
        elif isinstance(value, BaseException):
            queued.future.set_exception(arrived(value))

    def _run_here(self, queued: Queued) -> None:
        clock = Stopwatch()
        try:
            with telling(self._progress):
                result = queued.task()
        except Exception as error:  # noqa: BLE001 - told by the future
            queued.future.set_exception(error)
        else:
            queued.future.set_result(result)
        self._spent.append(Spent(queued.task.name, 0, *clock.read(), peak_bytes()))


def run_task(content: bytes, refs: dict[int, list[Ref]], plugins: tuple[str, ...]) -> _Answer:
    """Run a task in a process of Ray's.

    Args:
        content: the task, pickled.
        refs: the shared values that it names, by key; each alone in a list, so that only what is lacking is fetched.
        plugins: modules that are imported first.
    """
    import ray

    from auditor.config.plugins import import_plugins

    pa.set_cpu_count(1)
    clock = Stopwatch()
    try:
        import_plugins(plugins)
        for key, (ref,) in refs.items():
            if key not in _USED:
                hold(key, ray.get(ref))
            _USED[key] = None
            _USED.move_to_end(key)
        while len(_USED) > max(MOST_HELD, len(refs)):
            drop(_USED.popitem(last=False)[0])
        is_done, value = True, unpacked(content)()
    except Exception as error:  # noqa: BLE001 - told to the process that asked for it
        is_done, value = False, portable(error)
    return is_done, value, (*clock.read(), peak_bytes()), os.getpid()


def _require_reachable(address: str) -> None:
    """Something answers at the address of a cluster: Ray itself would try for ten minutes.

    Raises:
        InputError: nothing does.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdigit():
        return  # a word of Ray's own, such as auto
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_WITHIN).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            "The Ray cluster cannot be reached.",
            where=f"--ray-address {without_credentials(address)}",
            fix="See that it runs, with the same versions of Ray and Python as here.",
        ) from error


def _imported() -> ModuleType:
    """Ray, told to send nothing anywhere.

    Raises:
        UsageError: it is not installed.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "Ray is not installed.",
            where="--engine ray",
            fix="pip install '.[ray]' in a checkout of auditor, or --engine local.",
        ) from error
    return ray  # type: ignore[no-any-return]
