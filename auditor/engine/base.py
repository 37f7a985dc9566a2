"""An engine runs a pure function over batches, in order, wherever the cores are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import pyarrow as pa

Partial = TypeVar("Partial")
"""What a scan makes of one batch."""


class Engine(Protocol):
    """Runs a scan over batches."""

    def map(
        self, scan: Callable[[pa.RecordBatch], Partial], batches: Iterable[pa.RecordBatch], rows: int
    ) -> Iterator[Partial]:
        """Results in batch order. `rows` is the total, for choosing how to run and for progress."""
        ...
