"""The queue of waiting tasks: workers take the costliest first, the submitting process the cheapest."""

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
from auditor.engine.transport import SharedValue, hold, new_key

T = TypeVar("T")
AnyTask = Task[Any]
"""A task with any type of result."""


@dataclass(eq=False)
class QueuedTask:
    """A submitted task and its state.

    Attributes:
        number: position in the order of submission.
        is_local: whether only the submitting process may run it.
        is_taken: whether it has been taken from one of the heaps.
        lost: number of workers that died while running it.
    """

    task: AnyTask
    number: int
    future: Pending = field(default_factory=Future)
    is_local: bool = False
    is_taken: bool = False
    lost: int = 0


class Queue:
    """Tasks in two orders. Not thread-safe; the caller locks."""

    def __init__(self) -> None:
        self._long: list[tuple[float, int, QueuedTask]] = []
        self._short: list[tuple[float, int, QueuedTask]] = []
        self._local: list[tuple[int, QueuedTask]] = []

    def put(self, queued: QueuedTask) -> None:
        """Add a task, or put one back that was taken."""
        queued.is_taken = False
        if queued.is_local:
            heapq.heappush(self._local, (queued.number, queued))
        else:
            cost, priority = queued.task.cost, queued.task.priority
            heapq.heappush(self._long, (-(cost if priority is None else priority), queued.number, queued))
            heapq.heappush(self._short, (cost, queued.number, queued))

    def take_costliest(self) -> QueuedTask | None:
        """Take the task of the highest priority that any process may run."""
        return _taken(self._long)

    def take_cheapest(self, only_local: bool) -> QueuedTask | None:
        """Take a task that must run in the submitting process, otherwise the one of the lowest cost."""
        if self._local:
            queued = heapq.heappop(self._local)[1]
            queued.is_taken = True
            return queued
        return None if only_local else _taken(self._short)

    def clear(self) -> None:
        """Remove all tasks."""
        for heap in (self._long, self._short, self._local):
            heap.clear()


def when_unblocked(queued: QueuedTask, put: Callable[[QueuedTask], None]) -> None:
    """Call `put` when all dependencies of a task are done, in the thread that completes the last one."""
    remaining, lock = len(queued.task.depends_on), threading.Lock()

    def dependency_done(_: Pending) -> None:
        nonlocal remaining
        with lock:
            remaining -= 1
            is_free = remaining == 0
        if is_free:
            put(queued)

    for future in queued.task.depends_on:
        future.add_done_callback(dependency_done)
    if not queued.task.depends_on:
        put(queued)


class TaskEngine(ABC):
    """The methods of `auditor.engine.base.Engine` that all engines implement alike on top of `submit`."""

    @abstractmethod
    def submit(self, task: Task[T]) -> Future[T]:
        """See `Engine.submit`."""

    def share(self, value: T) -> Handle[T]:
        """See `Engine.share`."""
        handle: SharedValue[T] = SharedValue(new_key())
        hold(handle.key, value)
        return handle

    def keep(self, task: Task[T]) -> tuple[Handle[T | None], Future[T]]:
        """See `Engine.keep`."""
        future = self.submit(task)
        handle: SharedValue[T | None] = SharedValue(new_key())
        future.add_done_callback(lambda done: hold(handle.key, None if done.exception() is not None else done.result()))
        return handle, future

    def map(
        self, name: str, scan: Callable[[pa.RecordBatch], Partial], batches: Batches, priority: float = 0.0
    ) -> list[Future[Partial]]:
        """See `Engine.map`."""
        return [self.submit(task) for task in scan_tasks(name, scan, batches, priority)]


def _taken(heap: list[tuple[float, int, QueuedTask]]) -> QueuedTask | None:
    while heap:
        queued = heapq.heappop(heap)[2]
        if not queued.is_taken and not queued.is_local:
            queued.is_taken = True
            return queued
    return None
