"""This machine: in the process for small inputs, a pool of processes for large ones."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import pyarrow as pa

from auditor.config.plugins import import_plugins
from auditor.engine.base import Partial


class LocalEngine:
    """Runs scans here.

    Args:
        workers: processes; 0: one per core where there are at least `pool_rows` rows, else none.
        pool_rows: a pool costs seconds to start (each process imports its libraries); below this many
            rows the work is done in this process.
        plugins: what each process imports first, as this one did: a check may be defined there.
    """

    def __init__(self, workers: int = 0, plugins: tuple[str, ...] = (), pool_rows: int = 20_000) -> None:
        self.workers = workers
        self.plugins = plugins
        self.pool_rows = pool_rows

    def map(
        self, scan: Callable[[pa.RecordBatch], Partial], batches: Iterable[pa.RecordBatch], rows: int
    ) -> Iterator[Partial]:
        """Results in batch order; at most two batches a process are in flight, so memory stays bounded."""
        workers = self.workers or (os.cpu_count() or 1 if rows >= self.pool_rows else 1)
        if workers == 1:
            yield from map(scan, batches)
            return
        # spawn: a forked child of a process with running threads (Arrow, BLAS) may hang
        spawn, start = get_context("spawn"), (import_plugins, (self.plugins,))
        with ProcessPoolExecutor(workers, spawn, *start) as pool:
            pending: deque[Future[Partial]] = deque()
            try:
                for batch in batches:
                    pending.append(pool.submit(scan, batch))
                    if len(pending) >= 2 * workers:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
