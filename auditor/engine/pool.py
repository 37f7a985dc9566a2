"""Worker processes of this machine and the thread that hands tasks to them.

A pool of the standard library is lost as a whole when one of its processes ends; here a worker costs only the task it
ran, which is tried once more. A thread talks to the workers, so that they never wait for what this process computes.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import TypeVar

from auditor.core.progress import Progress
from auditor.engine import transport
from auditor.engine.base import Spent, Task
from auditor.engine.measure import all_bytes, own_bytes
from auditor.engine.queue import Queue, Queued, when_free
from auditor.engine.threads import ONE_THREAD, environment
from auditor.engine.worker import Answer, work
from auditor.errors import CheckError, MemoryRanOutError
from auditor.message import Text

T = TypeVar("T")
LOOK_EVERY = 0.2
"""Seconds between two looks at the memory of all processes, where it is bounded."""


class _Worker:
    """One process and what it does."""

    def __init__(self, place: int, plugins: tuple[str, ...]) -> None:
        self.place = place
        self.line, theirs = Pipe()
        # spawn: a forked child of a process with running threads (Arrow, BLAS) may hang
        with environment(ONE_THREAD), _no_script():
            self.process: SpawnProcess = get_context("spawn").Process(target=work, args=(theirs, plugins), daemon=True)
            self.process.start()
        theirs.close()
        self.is_ready = False
        self.held: set[int] = set()
        self.queued: Queued | None = None

    def send(self, kind: str, number: int, content: bytes = b"") -> None:
        self.line.send_bytes(pickle.dumps((kind, number, content)))

    def end(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()
        self.line.close()


class Pool:
    """Workers, a queue, and the thread between.

    Args:
        plugins: modules that each worker imports first.
        told: gets the progress that workers tell, in the pool's thread.
        spent: gets what each task took.
        limit: bytes that this process and the workers may have together; None: any.
    """

    def __init__(
        self, plugins: tuple[str, ...], told: Progress, spent: Callable[[Spent], None], limit: int | None = None
    ) -> None:
        self._plugins, self._told, self._spent, self._limit = plugins, told, spent, limit
        self._size = self._started = self._numbers = 0
        self._lock = threading.Lock()
        self._queue = Queue()
        self._workers: list[_Worker] = []
        self._dropped: list[int] = []
        self._wakes, self._woken = Pipe(duplex=False)
        self._thread: threading.Thread | None = None
        self._is_closed = self._is_woken = False

    @property
    def size(self) -> int:
        """How many workers there are to be."""
        return self._size

    def resize(self, size: int) -> None:
        """Have so many workers; surplus ones end at once, and their tasks begin again elsewhere."""
        with self._lock:
            self._size = size
            while len(self._workers) > size:
                self._remove(self._workers[-1])
            while len(self._workers) < size:
                self._start()
        if size and self._thread is None:
            self._thread = threading.Thread(target=self._serve, daemon=True, name="auditor-pool")
            self._thread.start()
        self._wake()

    def submit(self, task: Task[T]) -> Queued:
        """Queue a task."""
        with self._lock:
            self._numbers += 1
            queued = Queued(task, self._numbers, is_here=task.is_here)
        when_free(queued, self._put)
        return queued

    def _put(self, queued: Queued) -> None:
        with self._lock:
            self._queue.put(queued)
        self._wake()

    def take(self, only_here: bool) -> Queued | None:
        """A task for the process that asked for it to run by itself."""
        with self._lock:
            return self._queue.shortest(only_here and self._size > 0)

    def drop(self, key: int) -> None:
        """Let the workers forget a shared value before they begin their next tasks."""
        with self._lock:
            self._dropped.append(key)

    def close(self) -> None:
        """End all workers at once."""
        self._is_closed = True
        with self._lock:
            self._size = 0
            self._queue.clear()
            for worker in list(self._workers):
                self._workers.remove(worker)
                worker.end()
        self._wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._wakes.close()
        self._woken.close()

    def _wake(self) -> None:
        """Let the thread look at the queue."""
        if self._thread is not None and not self._is_woken:
            self._is_woken = True
            self._woken.send_bytes(b"")

    def _start(self) -> None:
        self._started += 1
        self._workers.append(_Worker(self._started, self._plugins))

    def _remove(self, worker: _Worker) -> Queued | None:
        """End a worker; its task goes back to the queue."""
        self._workers.remove(worker)
        worker.end()
        if (queued := worker.queued) is not None:
            self._queue.put(queued)
        return queued

    def _serve(self) -> None:
        """Hand out tasks and take in answers until the pool is closed."""
        while not self._is_closed:
            with self._lock:
                for worker in list(self._workers):
                    self._give(worker)
                lines = {worker.line: worker for worker in self._workers}
            try:
                heard = wait([self._wakes, *lines], LOOK_EVERY if self._limit else None)
            except OSError:  # a line that was closed meanwhile
                continue
            for line in heard:
                if line is self._wakes:
                    self._wakes.recv_bytes()
                    self._is_woken = False
                elif isinstance(line, Connection):
                    self._hear(lines[line])
            if self._limit is not None:
                self._keep_within(self._limit)

    def _give(self, worker: _Worker) -> None:
        """Send a worker that is free the next task, with the shared values that it lacks."""
        if not worker.is_ready or worker.queued is not None:
            return
        for key in [key for key in self._dropped if key in worker.held]:
            worker.held.discard(key)
            worker.send("drop", key)
        while (queued := self._queue.longest()) is not None:
            try:
                content, keys = transport.packed(queued.task)
                values = {key: transport.packed(transport.value(key))[0] for key in keys if key not in worker.held}
            except Exception:  # noqa: BLE001 - what does not pickle is run here
                queued.is_here = True
                self._queue.put(queued)
                continue
            worker.queued = queued
            try:
                for key, value in values.items():
                    worker.send("hold", key, value)
                    worker.held.add(key)
                worker.send("run", queued.number, content)
            except OSError:  # it ended: heard of as the end of its line
                pass
            return

    def _hear(self, worker: _Worker) -> None:
        """Take in one answer of a worker, or its end."""
        try:
            answer: Answer = pickle.loads(worker.line.recv_bytes())  # noqa: S301 - from a process started here
        except (EOFError, OSError):
            self._lost(worker)
            return
        kind, _, content, took = answer
        if kind == "ready":
            worker.is_ready = True
        elif kind == "told":
            self._told(*pickle.loads(content))  # noqa: S301 - from a process started here
        elif (queued := worker.queued) is not None:
            worker.queued = None
            self._spent(Spent(queued.task.name, worker.place, *took))
            self._settle(queued, kind, content)

    def _settle(self, queued: Queued, kind: str, content: bytes) -> None:
        """Give a future what its task came to."""
        try:
            value = pickle.loads(content)  # noqa: S301 - from a process started here
        except Exception as error:  # noqa: BLE001 - told by the future
            kind, value = "failed", error
        if kind == "done":
            queued.future.set_result(value)
        elif kind == "unread":  # its functions are not found there, such as those of a notebook
            with self._lock:
                queued.is_here = True
                self._queue.put(queued)
        else:
            queued.future.set_exception(transport.arrived(value))

    def _lost(self, worker: _Worker) -> None:
        """A worker ended by itself: its task is tried once more, by a new one."""
        with self._lock:
            if worker not in self._workers:
                return
            self._workers.remove(worker)
            worker.end()
            if worker.is_ready:
                self._start()
            else:  # it could not even begin, nor will others: this process works alone
                self._size -= 1
            if (queued := worker.queued) is None:
                return
            queued.lost += 1
            if queued.lost < 2:
                self._queue.put(queued)
                return
        queued.future.set_exception(ended_twice(queued))

    def _keep_within(self, limit: int) -> None:
        """Have fewer workers where all processes together have more memory than `limit`."""
        with self._lock:
            if not self._workers:
                return
            used = {worker: own_bytes(worker.process.pid or 0) for worker in self._workers}
            if all_bytes([os.getpid()]) + sum(used.values()) <= limit:
                return
            largest = max(self._workers, key=lambda worker: used[worker])
            if len(self._workers) > 1:
                self._size -= 1
                self._remove(self._workers[-1] if largest.queued is None else largest)
                return
            self._workers.remove(largest)
            largest.end()
            self._start()
        if largest.queued is not None:
            largest.queued.future.set_exception(beyond(limit, largest.queued.task.name))


def ended_twice(queued: Queued) -> CheckError:
    """The error of a task whose process ended, and that of its second try too."""
    return CheckError(
        "A worker process was ended twice while it did the same work.",
        where=f"{queued.task.name}, {queued.task.rows}",
        fix="See whether the system ended it for its memory; use --workers 1, or --memory with what there is.",
    )


def beyond(limit: int, where: str) -> MemoryRanOutError:
    """The error of work that needs more memory than it was given."""
    return MemoryRanOutError(
        Text("The work needs more than the {0} MB of memory that it was given.", limit >> 20),
        where=where,
        fix="Give more with --memory, or fewer rows.",
    )


@contextmanager
def _no_script() -> Iterator[None]:
    """Start processes that do not run the script of this one again, which need not be written for that.

    What a script defines itself is then not found in workers; such tasks are run here.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
