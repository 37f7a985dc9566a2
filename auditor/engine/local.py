"""The engine of one machine: small inputs run in the calling process, large ones in worker processes as well."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as wait_for
from contextlib import nullcontext
from types import TracebackType
from typing import Self, TypeVar

from auditor.core.progress import Progress, silent
from auditor.engine.base import Handle, Task, TaskUsage
from auditor.engine.measure import LONG_SECONDS, Stopwatch, cores, give_back_memory, peak_bytes, total_private_bytes
from auditor.engine.pool import Pool, memory_exceeded
from auditor.engine.queue import QueuedTask, TaskEngine
from auditor.engine.task_progress import report_to
from auditor.engine.threads import one_thread
from auditor.engine.transport import SharedValue, drop

T = TypeVar("T")
MIN_PARALLEL_SECONDS = 8.0
"""Estimated work above which a worker saves more time than its start costs."""
WORKER_BYTES, BYTES_PER_CHARACTER = 400 << 20, 30
"""Rough private memory of a worker: fixed part, and per character of the rows. Used only to choose how many to
start."""


class LocalEngine(TaskEngine):
    """Runs tasks in this process and, for enough work, in worker processes.

    Args:
        workers: number of processes including this one; 0: one per core if there is enough work, otherwise only this
            one.
        plugins: modules that each worker imports at its start, since checks may be defined in them.
        memory: limit in bytes for all processes together; None: no limit. With a limit, only workers run tasks that
            need not run here, so that a task that uses too much memory can be killed.
    """

    def __init__(self, workers: int = 0, plugins: tuple[str, ...] = (), memory: int | None = None) -> None:
        self.workers, self.memory = workers, memory
        self._worker_progress: deque[tuple[str, int, int]] = deque()
        self._usage: list[TaskUsage] = []
        self._progress: Progress = silent
        self._pool = Pool(plugins, lambda *args: self._worker_progress.append(args), self._usage.append, memory)

    def __enter__(self) -> Self:
        """Open the engine without starting a process."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Kill all worker processes."""
        self._pool.close()

    def begin(self, seconds: float, characters: int, progress: Progress) -> None:
        """See `Engine.begin`.

        Raises:
            MemoryRanOutError: this process alone exceeds the limit.
        """
        self._progress = progress
        self._check_memory()
        size = self._worker_count(seconds, characters)
        if size > self._pool.size:
            self._pool.resize(size)

    def drop(self, handle: Handle[object]) -> None:
        """See `Engine.drop`."""
        if isinstance(handle, SharedValue):
            drop(handle.key)
            self._pool.drop(handle.key)

    def submit(self, task: Task[T]) -> Future[T]:
        """See `Engine.submit`."""
        return self._pool.submit(task).future

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """See `Engine.wait`.

        Raises:
            MemoryRanOutError: this process alone exceeds the limit.
        """
        while not (done := {future for future in futures if future.done()}):
            self._deliver_progress()
            self._check_memory()
            queued = self._pool.take(only_local=self.memory is not None)
            if queued is not None:
                self._run(queued)
            else:
                wait_for(futures, 0.1, FIRST_COMPLETED)
        self._deliver_progress()
        return done

    def release_workers(self) -> None:
        """See `Engine.release_workers`."""
        self._pool.resize(0)

    @property
    def usage(self) -> tuple[TaskUsage, ...]:
        """See `Engine.usage`."""
        return tuple(self._usage)

    def _worker_count(self, seconds: float, characters: int) -> int:
        """Number of workers for this amount of work that fit in the memory limit."""
        processes = self.workers or (cores() if seconds >= MIN_PARALLEL_SECONDS else 1)
        if self.memory is None:
            return processes - 1
        free = self.memory - total_private_bytes([os.getpid()])
        return max(min(processes, free // (WORKER_BYTES + BYTES_PER_CHARACTER * characters)), 0)

    def _run(self, queued: QueuedTask) -> None:
        """Run a task in this process."""
        clock = Stopwatch()
        try:
            with report_to(self._progress), nullcontext() if queued.task.is_local else one_thread():
                result = queued.task()
        except Exception as error:  # noqa: BLE001 - stored in the future
            queued.future.set_exception(error)
        else:
            queued.future.set_result(result)
        usage = TaskUsage(queued.task.name, 0, *clock.read(), peak_bytes())
        self._usage.append(usage)
        if usage.stop - usage.start > LONG_SECONDS:
            give_back_memory()

    def _deliver_progress(self) -> None:
        """Call the progress callback, in this thread, with what workers have reported."""
        while self._worker_progress:
            self._progress(*self._worker_progress.popleft())

    def _check_memory(self) -> None:
        if self.memory is not None and total_private_bytes([os.getpid()]) > self.memory:
            raise memory_exceeded(self.memory, "the input as a whole")
