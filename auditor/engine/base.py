"""Engines run tasks, and pure functions over batches of rows, in parallel: in local processes or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeAlias, TypeVar

import pyarrow as pa

from auditor.core.progress import Progress

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Pending: TypeAlias = "Future[Any]"
"""The future of a task, whatever the type of its result."""
Partial = TypeVar("Partial")
"""The result of scanning one batch."""


class Handle(Protocol[T_co]):
    """A picklable reference to a value that tasks share; each process receives the value only once."""

    def get(self) -> T_co:
        """The value; callable in any process that runs a task."""
        ...


class Batches(Protocol):
    """A sequence of record batches, described so that it pickles small and each batch is built on demand."""

    def __len__(self) -> int:
        """How many batches there are."""
        ...

    def __getitem__(self, number: int, /) -> pa.RecordBatch:
        """Build one batch in the calling process."""
        ...


@dataclass(frozen=True)
class Task(Generic[T]):
    """A function and its arguments, both picklable.

    Attributes:
        name: under which its resource usage is recorded.
        function: importable from a module.
        args: its arguments; a `Handle` among them, at any depth, stands for a value that each process caches.
        cost: expected duration relative to other tasks: workers take the costliest first, the submitting process the
            cheapest.
        priority: replaces `cost` in the workers' order, for short tasks on which many others depend; None: `cost` is
            used.
        is_local: whether it must run in the submitting process, for example because that process caches something.
        rows: description of the rows it processes, for error messages.
        depends_on: futures that must be done, successfully or not, before it starts.
    """

    name: str
    function: Callable[..., T]
    args: tuple[object, ...] = ()
    cost: float = 1.0
    is_local: bool = False
    rows: str = "all rows"
    depends_on: tuple[Pending, ...] = field(default=(), compare=False)
    priority: float | None = None

    def __getstate__(self) -> dict[str, object]:
        """State for pickle, without the dependencies: they are done when a task is sent, and futures do not pickle."""
        return {**self.__dict__, "depends_on": ()}

    def __call__(self) -> T:
        """Run the function."""
        return self.function(*self.args)


@dataclass(frozen=True)
class TaskUsage:
    """Resources used by one task.

    Attributes:
        name: of the task.
        process: number of the process it ran in; 0: the submitting process.
        start, stop: seconds on the system's monotonic clock.
        cpu_seconds: CPU time of the process during the task, all threads.
        peak_bytes: peak resident set size of the process when the task ended.
    """

    name: str
    process: int
    start: float
    stop: float
    cpu_seconds: float
    peak_bytes: int


class Engine(Protocol):
    """Runs tasks. A context manager, opened once per run; no worker process outlives it."""

    def __enter__(self) -> Self:
        """Open the engine; processes are started by `begin`."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Kill all worker processes."""
        ...

    def begin(self, seconds: float, characters: int, progress: Progress) -> None:
        """Announce work, so that processes are started if the work justifies them.

        Args:
            seconds: rough estimate of the work on one core.
            characters: number of characters of the rows to process.
            progress: receives what tasks report through `report_progress`, in any process.
        """
        ...

    def share(self, value: T) -> Handle[T]:
        """Make a value available to tasks; see `Handle`."""
        ...

    def keep(self, task: Task[T]) -> tuple[Handle[T | None], Future[T]]:
        """Run a task and share its result with the tasks that depend on it; it is None if the task failed."""
        ...

    def drop(self, handle: Handle[object]) -> None:
        """Delete a shared value in all processes."""
        ...

    def submit(self, task: Task[T]) -> Future[T]:
        """Queue a task."""
        ...

    def map(
        self, name: str, scan: Callable[[pa.RecordBatch], Partial], batches: Batches, priority: float = 0.0
    ) -> list[Future[Partial]]:
        """Run `scan` on every batch; one future per batch, in order. `priority`: see `Task`."""
        ...

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """Run queued tasks in this process until at least one future is done; returns those that are done."""
        ...

    def release_workers(self) -> None:
        """End the worker processes to free their memory; `begin` starts new ones."""
        ...

    @property
    def usage(self) -> tuple[TaskUsage, ...]:
        """Resources used by each task, in the order of completion."""
        ...


def scan_batch(scan: Callable[[pa.RecordBatch], Partial], batches: Batches, number: int) -> Partial:
    """`scan` of one batch."""
    return scan(batches[number])


def scan_tasks(
    name: str, scan: Callable[[pa.RecordBatch], Partial], batches: Batches, priority: float
) -> list[Task[Partial]]:
    """One task per batch."""
    return [
        Task(
            name,
            scan_batch,
            (scan, batches, number),
            0.0,
            rows=f"batch {number + 1} of {len(batches)}",
            priority=priority,
        )
        for number in range(len(batches))
    ]
