"""Tasks that wait: workers take the longest, the process that asked for them takes the shortest."""

from __future__ import annotations

import heapq
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa

from auditor.engine.base import Batches, Handle, Partial, Pending, Task, scan_tasks
from auditor.engine.transport import Held, hold, new_key

T = TypeVar("T")
AnyTask = Task[Any]
"""A task, whatever its result is."""


@dataclass(eq=False)
class Queued:
    """A task on its way.

    Attributes:
        number: in the order in which tasks were submitted.
        is_here: whether only the process that asked for it may run it.
        lost: workers that ended while they ran it.
    """

    task: AnyTask
    number: int
    future: Pending = field(default_factory=Future)
    is_here: bool = False
    is_taken: bool = False
    lost: int = 0


class Queue:
    """Tasks in two orders; not safe for threads by itself."""

    def __init__(self) -> None:
        self._long: list[tuple[float, int, Queued]] = []
        self._short: list[tuple[float, int, Queued]] = []
        self._here: list[tuple[int, Queued]] = []

    def put(self, queued: Queued) -> None:
        """Add a task, or put one back that was taken."""
        queued.is_taken = False
        if queued.is_here:
            heapq.heappush(self._here, (queued.number, queued))
        else:
            cost, rank = queued.task.cost, queued.task.rank
            heapq.heappush(self._long, (-(cost if rank is None else rank), queued.number, queued))
            heapq.heappush(self._short, (cost, queued.number, queued))

    def longest(self) -> Queued | None:
        """Take the task of the greatest rank that may run anywhere."""
        return _taken(self._long)

    def shortest(self, only_here: bool) -> Queued | None:
        """Take a task that must run here, else the one of the least cost."""
        if self._here:
            queued = heapq.heappop(self._here)[1]
            queued.is_taken = True
            return queued
        return None if only_here else _taken(self._short)

    def clear(self) -> None:
        """Forget all tasks."""
        for heap in (self._long, self._short, self._here):
            heap.clear()


def when_free(queued: Queued, put: Callable[[Queued], None]) -> None:
    """Call `put` when all that a task waits for has ended, in the thread in which the last of it did."""
    left, lock = len(queued.task.waits), threading.Lock()

    def ended(_: Pending) -> None:
        nonlocal left
        with lock:
            left -= 1
            is_free = left == 0
        if is_free:
            put(queued)

    for future in queued.task.waits:
        future.add_done_callback(ended)
    if not queued.task.waits:
        put(queued)


class TaskEngine(ABC):
    """What every engine does alike once it can run a task; see `auditor.engine.base.Engine`."""

    @abstractmethod
    def submit(self, task: Task[T]) -> Future[T]:
        """See `Engine.submit`."""

    def share(self, value: T) -> Handle[T]:
        """See `Engine.share`."""
        handle: Held[T] = Held(new_key())
        hold(handle.key, value)
        return handle

    def keep(self, task: Task[T]) -> tuple[Handle[T | None], Future[T]]:
        """See `Engine.keep`."""
        future = self.submit(task)
        handle: Held[T | None] = Held(new_key())
        future.add_done_callback(lambda done: hold(handle.key, None if done.exception() is not None else done.result()))
        return handle, future

    def map(
        self, name: str, scan: Callable[[pa.RecordBatch], Partial], batches: Batches, rank: float = 0.0
    ) -> list[Future[Partial]]:
        """See `Engine.map`."""
        return [self.submit(task) for task in scan_tasks(name, scan, batches, rank)]


def _taken(heap: list[tuple[float, int, Queued]]) -> Queued | None:
    while heap:
        queued = heapq.heappop(heap)[2]
        if not queued.is_taken and not queued.is_here:
            queued.is_taken = True
            return queued
    return None
