"""Local worker processes and the thread that dispatches tasks to them.

A `concurrent.futures` pool breaks as a whole when one of its processes dies; here only the task of that worker is
affected, and it is retried once. A separate thread serves the workers, so they never wait for the main thread.
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
from auditor.engine.base import Task, TaskUsage
from auditor.engine.measure import private_bytes, total_private_bytes
from auditor.engine.queue import Queue, QueuedTask, when_unblocked
from auditor.engine.threads import ONE_THREAD, environment
from auditor.engine.worker import Answer, work
from auditor.errors import CheckError, MemoryRanOutError
from auditor.message import Text

T = TypeVar("T")
MEMORY_CHECK_SECONDS = 0.2
"""Seconds between two measurements of the memory of all processes, if it is limited."""


class _Worker:
    """A worker process, the shared values it has received and the task it runs."""

    def __init__(self, number: int, plugins: tuple[str, ...]) -> None:
        self.number = number
        self.connection, remote_end = Pipe()
        # spawn: a forked child of a process with running threads (Arrow, BLAS) may hang
        with environment(ONE_THREAD), _without_main_script():
            self.process: SpawnProcess = get_context("spawn").Process(
                target=work, args=(remote_end, plugins), daemon=True
            )
            self.process.start()
        remote_end.close()
        self.is_ready = False
        self.values: set[int] = set()
        self.queued: QueuedTask | None = None

    def send(self, kind: str, number: int, content: bytes = b"") -> None:
        self.connection.send_bytes(pickle.dumps((kind, number, content)))

    def end(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


class Pool:
    """Workers, a queue of tasks and the thread that dispatches them.

    Args:
        plugins: modules that each worker imports at its start.
        progress: called with what workers report, in the pool's thread.
        usage: called with the resources used by each task.
        limit: memory limit in bytes for this process and the workers together; None: no limit.
    """

    def __init__(
        self, plugins: tuple[str, ...], progress: Progress, usage: Callable[[TaskUsage], None], limit: int | None = None
    ) -> None:
        self._plugins, self._progress, self._usage, self._limit = plugins, progress, usage, limit
        self._size = self._started = self._submitted = 0
        self._lock = threading.Lock()
        self._queue = Queue()
        self._workers: list[_Worker] = []
        self._dropped: list[int] = []
        self._wake_reader, self._wake_writer = Pipe(duplex=False)
        self._thread: threading.Thread | None = None
        self._is_closed = self._is_wake_pending = False

    @property
    def size(self) -> int:
        """Number of workers requested."""
        return self._size

    def resize(self, size: int) -> None:
        """Start or kill workers until there are `size`; tasks of killed workers return to the queue."""
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

    def submit(self, task: Task[T]) -> QueuedTask:
        """Queue a task."""
        with self._lock:
            self._submitted += 1
            queued = QueuedTask(task, self._submitted, is_local=task.is_local)
        when_unblocked(queued, self._put)
        return queued

    def _put(self, queued: QueuedTask) -> None:
        with self._lock:
            self._queue.put(queued)
        self._wake()

    def take(self, only_local: bool) -> QueuedTask | None:
        """Take a task for the submitting process to run."""
        with self._lock:
            return self._queue.take_cheapest(only_local and self._size > 0)

    def drop(self, key: int) -> None:
        """Have each worker delete a shared value before its next task."""
        with self._lock:
            self._dropped.append(key)

    def close(self) -> None:
        """Kill all workers and stop the thread."""
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
        self._wake_reader.close()
        self._wake_writer.close()

    def _wake(self) -> None:
        """Wake the thread, so that it looks at the queue."""
        if self._thread is not None and not self._is_wake_pending:
            self._is_wake_pending = True
            self._wake_writer.send_bytes(b"")

    def _start(self) -> None:
        self._started += 1
        self._workers.append(_Worker(self._started, self._plugins))

    def _remove(self, worker: _Worker) -> QueuedTask | None:
        """Kill a worker and put its task back into the queue."""
        self._workers.remove(worker)
        worker.end()
        if (queued := worker.queued) is not None:
            self._queue.put(queued)
        return queued

    def _serve(self) -> None:
        """Dispatch tasks and receive results until the pool is closed."""
        while not self._is_closed:
            with self._lock:
                for worker in list(self._workers):
                    self._dispatch(worker)
                lines = {worker.connection: worker for worker in self._workers}
            try:
                readable = wait([self._wake_reader, *lines], MEMORY_CHECK_SECONDS if self._limit else None)
            except OSError:  # a connection was closed meanwhile
                continue
            for connection in readable:
                if connection is self._wake_reader:
                    self._wake_reader.recv_bytes()
                    self._is_wake_pending = False
                elif isinstance(connection, Connection):
                    self._receive(lines[connection])
            if self._limit is not None:
                self._enforce_limit(self._limit)

    def _dispatch(self, worker: _Worker) -> None:
        """Send an idle worker its next task, with the shared values that it does not have yet."""
        if not worker.is_ready or worker.queued is not None:
            return
        for key in [key for key in self._dropped if key in worker.values]:
            worker.values.discard(key)
            worker.send("drop", key)
        while (queued := self._queue.take_costliest()) is not None:
            try:
                content, keys = transport.dump(queued.task)
                values = {key: transport.dump(transport.value(key))[0] for key in keys if key not in worker.values}
            except Exception:  # noqa: BLE001 - what does not pickle runs in this process
                queued.is_local = True
                self._queue.put(queued)
                continue
            worker.queued = queued
            try:
                for key, value in values.items():
                    worker.send("hold", key, value)
                    worker.values.add(key)
                worker.send("run", queued.number, content)
            except OSError:  # it died; `_receive` will read the end of its connection
                pass
            return

    def _receive(self, worker: _Worker) -> None:
        """Receive one message of a worker, or notice that it died."""
        try:
            answer: Answer = pickle.loads(worker.connection.recv_bytes())  # noqa: S301 - from a process started here
        except (EOFError, OSError):
            self._replace_lost(worker)
            return
        kind, _, content, cost = answer
        if kind == "ready":
            worker.is_ready = True
        elif kind == "progress":
            self._progress(*pickle.loads(content))  # noqa: S301 - from a process started here
        elif (queued := worker.queued) is not None:
            worker.queued = None
            self._usage(TaskUsage(queued.task.name, worker.number, *cost))
            self._resolve(queued, kind, content)

    def _resolve(self, queued: QueuedTask, kind: str, content: bytes) -> None:
        """Set the result or the exception of a task's future."""
        try:
            value = pickle.loads(content)  # noqa: S301 - from a process started here
        except Exception as error:  # noqa: BLE001 - stored in the future
            kind, value = "failed", error
        if kind == "done":
            queued.future.set_result(value)
        elif kind == "unread":  # its function cannot be imported there, such as one defined in a notebook
            with self._lock:
                queued.is_local = True
                self._queue.put(queued)
        else:
            queued.future.set_exception(transport.restored_error(value))

    def _replace_lost(self, worker: _Worker) -> None:
        """Replace a worker that died and retry its task once."""
        with self._lock:
            if worker not in self._workers:
                return
            self._workers.remove(worker)
            worker.end()
            if worker.is_ready:
                self._start()
            else:  # it failed to start, and others would too: continue with fewer workers
                self._size -= 1
            if (queued := worker.queued) is None:
                return
            queued.lost += 1
            if queued.lost < 2:
                self._queue.put(queued)
                return
        queued.future.set_exception(worker_died_twice(queued))

    def _enforce_limit(self, limit: int) -> None:
        """Remove a worker if all processes together use more memory than `limit`."""
        with self._lock:
            if not self._workers:
                return
            used = {worker: private_bytes(worker.process.pid or 0) for worker in self._workers}
            if total_private_bytes([os.getpid()]) + sum(used.values()) <= limit:
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
            largest.queued.future.set_exception(memory_exceeded(limit, largest.queued.task.name))


def worker_died_twice(queued: QueuedTask) -> CheckError:
    """The error of a task whose worker died twice, on the first try and on the retry."""
    return CheckError(
        "A worker process died twice while running the same task.",
        where=f"{queued.task.name}, {queued.task.rows}",
        fix="Check whether the system killed it for lack of memory; use --workers 1, or --memory with what is free.",
    )


def memory_exceeded(limit: int, where: str) -> MemoryRanOutError:
    """The error of a task that exceeds the memory limit."""
    return MemoryRanOutError(
        Text("More than the {0} MB of memory allowed by --memory are needed.", limit >> 20),
        where=where,
        fix="Give more with --memory, or fewer rows.",
    )


@contextmanager
def _without_main_script() -> Iterator[None]:
    """Keep spawned processes from running the main script again, which may lack an ``if __name__ == "__main__"`` guard.

    Functions defined in the script are then not importable in workers; tasks that use them run in this process.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
