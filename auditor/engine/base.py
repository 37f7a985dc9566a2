"""An engine runs a pure function over batches, in order, wherever the cores are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import pyarrow as pa

Scan = Callable[[pa.RecordBatch], Any]


class Engine(Protocol):
    """Runs a scan over batches."""

    def map(self, scan: Scan, batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[Any]:
        """Results in batch order. `rows` is the total, for choosing how to run and for progress."""
        ...
