"""The engine of a Ray cluster, or of Ray on this machine: runs the same tasks as `auditor.engine.local`.

Every node must have auditor installed. A stored corpus is opened by its path, so all nodes must share its folder.
A task whose process died is retried once by Ray; no other task is repeated.
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
from auditor.engine.base import Handle, Pending, Task, TaskUsage
from auditor.engine.measure import Stopwatch, cores, peak_bytes
from auditor.engine.pool import worker_died_twice
from auditor.engine.queue import Queue, QueuedTask, TaskEngine, when_unblocked
from auditor.engine.task_progress import report_to
from auditor.engine.transport import SharedValue, drop, dump, hold, load_task, picklable_error, restored_error
from auditor.errors import InputError, UsageError

T = TypeVar("T")
Ref: TypeAlias = Any
"""A ``ray.ObjectRef``; Ray has no type stubs here."""
_Answer: TypeAlias = tuple[bool, object, tuple[float, float, float, int], int]
"""Of a task: whether it succeeded, its result or error, the resources used (see `TaskUsage`), and its process id."""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_DEDUP_LOGS": "0"}
"""Environment in which Ray collects no usage statistics."""
TASKS_PER_SLOT = 1.5
"""Tasks submitted to Ray per slot; above 1, so that no slot idles while this process computes."""
_CONNECT_SECONDS = 10.0
"""Time-out for connecting to a cluster."""
MAX_CACHED_VALUES = 8
"""Shared values that a worker process caches; the least recently used are dropped first."""
_CACHED_KEYS: OrderedDict[int, None] = OrderedDict()


class RayEngine(TaskEngine):
    """Runs tasks on Ray.

    Args:
        address: of a cluster, such as ``10.0.0.1:6379`` or ``ray://host:10001``; None: Ray is started on this machine
            and shut down with the engine, and its temporary files are removed.
        workers: number of processes on this machine if there is no address; 0: one per core.
        plugins: modules that each process imports at its start.

    Raises:
        UsageError: Ray is not installed.
    """

    def __init__(self, address: str | None = None, workers: int = 0, plugins: tuple[str, ...] = ()) -> None:
        self._ray = _import_ray()
        self._address, self._workers, self._plugins = address, workers or cores(), plugins
        self._progress: Progress = silent
        self._submitted = itertools.count()
        self._queue = Queue()
        self._refs: dict[int, Ref] = {}
        self._running: dict[Pending, QueuedTask] = {}
        self._usage: list[TaskUsage] = []
        self._folder: str | None = None
        self._slots = 0
        self._started_ray = False

    def __enter__(self) -> Self:
        """Open the engine without starting Ray."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End all processes that this engine started; an existing cluster keeps running."""
        self.release_workers()

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
            self._started_ray = True
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, handler)  # Ray's own handler would exit without cleaning up
        self._slots = max(int(self._ray.cluster_resources().get("CPU", 1)), 1)
        self._remote = self._ray.remote(num_cpus=1, max_retries=1)(run_task)

    def drop(self, handle: Handle[object]) -> None:
        """See `Engine.drop`."""
        if isinstance(handle, SharedValue):
            drop(handle.key)
            self._refs.pop(handle.key, None)

    def submit(self, task: Task[T]) -> Future[T]:
        """See `Engine.submit`."""
        queued = QueuedTask(task, next(self._submitted), is_local=task.is_local)
        when_unblocked(queued, self._queue.put)
        return queued.future

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """See `Engine.wait`."""
        while not (done := {future for future in futures if future.done()}):
            self._fill()
            if (queued := self._queue.take_cheapest(only_local=bool(self._slots))) is not None:
                self._run_here(queued)
                continue
            wait_for(self._running, 0.1, FIRST_COMPLETED)
            for future in [future for future in self._running if future.done()]:
                self._resolve(self._running.pop(future), future)
        return done

    def release_workers(self) -> None:
        """See `Engine.release_workers`."""
        self._refs.clear()
        self._running.clear()
        if self._started_ray:
            self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder, self._slots, self._started_ray = None, 0, False

    @property
    def usage(self) -> tuple[TaskUsage, ...]:
        """See `Engine.usage`."""
        return tuple(self._usage)

    def _start(self) -> None:
        """Connect to the cluster, or start Ray on this machine with its files in a temporary folder."""
        quiet: dict[str, object] = {"log_to_driver": False, "logging_level": "ERROR"}
        if self._address is None:
            self._folder = tempfile.mkdtemp(prefix="ar")  # short, since socket paths are limited to 107 bytes
            local = {"num_cpus": self._workers, "include_dashboard": False, "_temp_dir": self._folder}
            self._ray.init(address="local", **quiet, **local)
            return
        _require_reachable(self._address)
        self._ray.init(address=self._address, **quiet)

    def _fill(self) -> None:
        """Submit the costliest waiting tasks to Ray, slightly more than it has slots."""
        while self._slots and len(self._running) < self._slots * TASKS_PER_SLOT:
            if (queued := self._queue.take_costliest()) is None:
                return
            try:
                content, keys = dump(queued.task)
                for key in keys:
                    if key not in self._refs:
                        self._refs[key] = self._ray.put(SharedValue[object](key).get())
            except Exception:  # noqa: BLE001 - what does not pickle runs in this process
                queued.is_local = True
                self._queue.put(queued)
                continue
            refs = {key: [self._refs[key]] for key in keys}
            self._running[self._remote.remote(content, refs, self._plugins).future()] = queued

    def _resolve(self, queued: QueuedTask, answer: Future[_Answer]) -> None:
        """Set the result or the exception of a task's future."""
        if answer.exception() is not None:  # its process died twice
            queued.future.set_exception(worker_died_twice(queued))
            return
        is_done, value, usage, process = answer.result()
        self._usage.append(TaskUsage(queued.task.name, process, *usage))
        if is_done:
            queued.future.set_result(value)
        elif isinstance(value, BaseException):
            queued.future.set_exception(restored_error(value))

    def _run_here(self, queued: QueuedTask) -> None:
        clock = Stopwatch()
        try:
            with report_to(self._progress):
                result = queued.task()
        except Exception as error:  # noqa: BLE001 - stored in the future
            queued.future.set_exception(error)
        else:
            queued.future.set_result(result)
        self._usage.append(TaskUsage(queued.task.name, 0, *clock.read(), peak_bytes()))


def run_task(content: bytes, refs: dict[int, list[Ref]], plugins: tuple[str, ...]) -> _Answer:
    """Run a task in a worker process of Ray.

    Args:
        content: the pickled task.
        refs: references of the shared values it uses, by key; each is wrapped in a list, since Ray fetches top-level
            references at once and only uncached values should be fetched.
        plugins: modules to import first.
    """
    import ray

    from auditor.config.plugins import import_plugins

    pa.set_cpu_count(1)
    clock = Stopwatch()
    try:
        import_plugins(plugins)
        for key, (ref,) in refs.items():
            if key not in _CACHED_KEYS:
                hold(key, ray.get(ref))
            _CACHED_KEYS[key] = None
            _CACHED_KEYS.move_to_end(key)
        while len(_CACHED_KEYS) > max(MAX_CACHED_VALUES, len(refs)):
            drop(_CACHED_KEYS.popitem(last=False)[0])
        is_done, value = True, load_task(content)()
    except Exception as error:  # noqa: BLE001 - sent to the submitting process
        is_done, value = False, picklable_error(error)
    return is_done, value, (*clock.read(), peak_bytes()), os.getpid()


def _require_reachable(address: str) -> None:
    """Check that the cluster's address accepts connections; Ray itself would retry for ten minutes.

    Raises:
        InputError: it does not.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdigit():
        return  # a keyword of Ray, such as auto
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            "The Ray cluster cannot be reached.",
            where=f"--ray-address {without_credentials(address)}",
            fix="Check that it is running, with the same versions of Ray and Python as here.",
        ) from error


def _import_ray() -> ModuleType:
    """Import Ray with usage statistics switched off.

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
