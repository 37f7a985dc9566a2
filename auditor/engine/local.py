"""This machine: in the process for small inputs, with worker processes beside it for large ones."""

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
from auditor.engine.base import Handle, Spent, Task
from auditor.engine.measure import LONG_SECONDS, Stopwatch, all_bytes, cores, give_back_memory, peak_bytes
from auditor.engine.pool import Pool, beyond
from auditor.engine.queue import Queued, TaskEngine
from auditor.engine.telling import telling
from auditor.engine.threads import one_thread
from auditor.engine.transport import Held, drop

T = TypeVar("T")
WORTH_SECONDS = 8.0
"""Work from which a worker gains more than its start costs."""
WORKER_BYTES, BYTES_OF_CHARACTER = 400 << 20, 30
"""What a worker has to itself without rows, and for each character of the rows, roughly; for choosing only."""


class LocalEngine(TaskEngine):
    """Runs tasks in this process and, where it is worth it, in worker processes beside it.

    Args:
        workers: processes, this one included; 0: one per core where there is work enough, else this one alone.
        plugins: what each process imports first, as this one did: a check may be defined there.
        memory: bytes that all processes may have together; None: any. Where they are bounded this process only keeps
            the accounts, so that a task that needs too much can be ended.
    """

    def __init__(self, workers: int = 0, plugins: tuple[str, ...] = (), memory: int | None = None) -> None:
        self.workers, self.memory = workers, memory
        self._messages: deque[tuple[str, int, int]] = deque()
        self._spent: list[Spent] = []
        self._progress: Progress = silent
        self._pool = Pool(plugins, lambda *told: self._messages.append(told), self._spent.append, memory)

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End all processes at once."""
        self._pool.close()

    def begin(self, seconds: float, characters: int, progress: Progress) -> None:
        """See `Engine.begin`.

        Raises:
            MemoryRanOutError: this process alone has more memory than all may have.
        """
        self._progress = progress
        self._require_memory()
        size = self._size(seconds, characters)
        if size > self._pool.size:
            self._pool.resize(size)

    def drop(self, handle: Handle[object]) -> None:
        """See `Engine.drop`."""
        if isinstance(handle, Held):
            drop(handle.key)
            self._pool.drop(handle.key)

    def submit(self, task: Task[T]) -> Future[T]:
        """See `Engine.submit`."""
        return self._pool.submit(task).future

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """See `Engine.wait`.

        Raises:
            MemoryRanOutError: this process alone has more memory than all may have.
        """
        while not (done := {future for future in futures if future.done()}):
            self._tell()
            self._require_memory()
            queued = self._pool.take(only_here=self.memory is not None)
            if queued is not None:
                self._run(queued)
            else:
                wait_for(futures, 0.1, FIRST_COMPLETED)
        self._tell()
        return done

    def rest(self) -> None:
        """See `Engine.rest`."""
        self._pool.resize(0)

    @property
    def spent(self) -> tuple[Spent, ...]:
        """See `Engine.spent`."""
        return tuple(self._spent)

    def _size(self, seconds: float, characters: int) -> int:
        """Workers beside this process for so much work, within the memory there is."""
        processes = self.workers or (cores() if seconds >= WORTH_SECONDS else 1)
        if self.memory is None:
            return processes - 1
        free = self.memory - all_bytes([os.getpid()])
        return max(min(processes, free // (WORKER_BYTES + BYTES_OF_CHARACTER * characters)), 0)

    def _run(self, queued: Queued) -> None:
        """Run a task in this process."""
        clock = Stopwatch()
        try:
            with telling(self._progress), nullcontext() if queued.task.is_here else one_thread():
                result = queued.task()
        except Exception as error:  # noqa: BLE001 - told by the future
            queued.future.set_exception(error)
        else:
            queued.future.set_result(result)
        spent = Spent(queued.task.name, 0, *clock.read(), peak_bytes())
        self._spent.append(spent)
        if spent.stop - spent.start > LONG_SECONDS:
            give_back_memory()

    def _tell(self) -> None:
        """Pass on what workers told, in this thread."""
        while self._messages:
            self._progress(*self._messages.popleft())

    def _require_memory(self) -> None:
        if self.memory is not None and all_bytes([os.getpid()]) > self.memory:
            raise beyond(self.memory, "the input as a whole")
