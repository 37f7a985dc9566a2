"""An engine runs pure functions over batches of rows, and whole tasks beside each other, wherever the cores are."""

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
"""What a task will come to, whatever its type is."""
Partial = TypeVar("Partial")
"""What a scan makes of one batch."""


class Handle(Protocol[T_co]):
    """A value that tasks share: it travels to a process once, however many tasks name it. It pickles."""

    def get(self) -> T_co:
        """The value, in whichever process a task runs."""
        ...


class Batches(Protocol):
    """A small, picklable description of ranges of rows."""

    def __len__(self) -> int:
        """How many batches there are."""
        ...

    def __getitem__(self, number: int, /) -> pa.RecordBatch:
        """The rows of one batch, made where it is asked for."""
        ...


@dataclass(frozen=True)
class Task(Generic[T]):
    """A function and what it is called with, both picklable.

    Attributes:
        name: under what its times are kept.
        function: a function of a module.
        args: its arguments; handles among them, however deep, are values the processes keep.
        cost: how long it takes beside others: workers take the longest first, the process that asked the shortest.
        rank: takes the place of the cost for workers, where much waits for a short task; None: it does not.
        is_here: whether it must run in the process that asks for it, such as for what it remembers.
        rows: the rows it is about, for an error.
        waits: for which tasks; it begins when they have ended, well or not.
    """

    name: str
    function: Callable[..., T]
    args: tuple[object, ...] = ()
    cost: float = 1.0
    is_here: bool = False
    rows: str = "all rows"
    waits: tuple[Pending, ...] = field(default=(), compare=False)
    rank: float | None = None

    def __getstate__(self) -> dict[str, object]:
        """For pickle: what it waited for is over when it travels."""
        return {**self.__dict__, "waits": ()}

    def __call__(self) -> T:
        """Its result."""
        return self.function(*self.args)


@dataclass(frozen=True)
class Spent:
    """What one task took.

    Attributes:
        name: of the task.
        place: which process it ran in; 0: the one that asked for it.
        start, stop: seconds of the system's monotonic clock.
        cpu_seconds: of its process, all threads.
        peak_bytes: largest resident size that its process had had by then.
    """

    name: str
    place: int
    start: float
    stop: float
    cpu_seconds: float
    peak_bytes: int


class Engine(Protocol):
    """Runs tasks; opened once a run, as a context manager, at whose end no process of it is left."""

    def __enter__(self) -> Self:
        """Open it; processes are started when there is work for them."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End all processes at once."""
        ...

    def begin(self, seconds: float, characters: int, progress: Progress) -> None:
        """Work comes: where it is worth it, processes are started now.

        Args:
            seconds: what it takes on one core, roughly.
            characters: of the rows it is about.
            progress: what tasks tell of their progress, wherever they run.
        """
        ...

    def share(self, value: T) -> Handle[T]:
        """Keep a value for tasks; see `Handle`."""
        ...

    def keep(self, task: Task[T]) -> tuple[Handle[T | None], Future[T]]:
        """Run a task and keep its result for tasks that wait for it; None where it failed."""
        ...

    def drop(self, handle: Handle[object]) -> None:
        """Let go of a value everywhere."""
        ...

    def submit(self, task: Task[T]) -> Future[T]:
        """Run a task some time."""
        ...

    def map(
        self, name: str, scan: Callable[[pa.RecordBatch], Partial], batches: Batches, rank: float = 0.0
    ) -> list[Future[Partial]]:
        """Run a scan over every batch; one future a batch, in their order. `rank`: see `Task`."""
        ...

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """Those that are done, at least one; this process works on what is left meanwhile."""
        ...

    def rest(self) -> None:
        """Give processes and their memory back until there is work again."""
        ...

    @property
    def spent(self) -> tuple[Spent, ...]:
        """What every task took, in the order in which they ended."""
        ...


def scan_batch(scan: Callable[[pa.RecordBatch], Partial], batches: Batches, number: int) -> Partial:
    """What `scan` makes of one batch."""
    return scan(batches[number])


def scan_tasks(
    name: str, scan: Callable[[pa.RecordBatch], Partial], batches: Batches, rank: float
) -> list[Task[Partial]]:
    """One task a batch."""
    return [
        Task(name, scan_batch, (scan, batches, number), 0.0, rows=f"batch {number + 1} of {len(batches)}", rank=rank)
        for number in range(len(batches))
    ]
