"""Sample rows and count values of columns of any length without copying the column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.mapped import RELEASE_BYTES

_ROWS = 8_192
_PICKED = 200
_SHORT = 64
"""Mean length in bytes below which Arrow finds unique texts faster than Python hashes them."""
_NO_NUMBER = np.uint64(0x7FF8_0000_0000_0000)
"""Hash of every NaN, so that they count as one value, as in Arrow."""


def do_nothing() -> None:
    """Default of `release_pages` for columns that are not memory-mapped."""


def rows_at(table: pa.Table, places: np.ndarray, release_pages: Callable[[], None] = do_nothing) -> pa.Table:
    """The rows at given positions.

    Args:
        table: in any number of chunks, which are not concatenated.
        places: int64, ascending.
        release_pages: see `pieces_of`; due to read-ahead, a single row may load half a megabyte.
    """
    parts, start, read = [table.slice(0, 0)], 0, 0
    for batch in table.to_batches():
        first, last = np.searchsorted(places, (start, start + len(batch)))
        if first < last:
            parts.append(pa.Table.from_batches([batch]).take(pa.array(places[first:last] - start)))
            read += last - first
        if read > _PICKED:
            release_pages()
            read = 0
        start += len(batch)
    release_pages()
    return pa.concat_tables(parts)


def values_at(
    column: pa.ChunkedArray, places: np.ndarray, release_pages: Callable[[], None] = do_nothing
) -> list[object]:
    """The values of a column at given positions; see `rows_at`."""
    values: list[object] = rows_at(pa.table({"value": column}), places, release_pages).column(0).to_pylist()
    return values


def pieces_of(column: pa.ChunkedArray, release_pages: Callable[[], None] = do_nothing) -> Iterator[pa.Array]:
    """Split a column into arrays of at most 8,192 values.

    Args:
        column: may be a view of a memory-mapped file.
        release_pages: called after every `RELEASE_BYTES` read and at the end; see `auditor.corpus.mapped.release`.
    """
    read = 0
    for chunk in column.chunks:
        for start in range(0, len(chunk), _ROWS):
            piece = chunk.slice(start, _ROWS)
            yield piece
            read += piece.nbytes
            if read > RELEASE_BYTES:
                release_pages()
                read = 0
    release_pages()


class DistinctCounter:
    """Counts distinct values by 64-bit hashes, with 8 bytes of memory per distinct value.

    Among a million values, the probability that any two share a hash is 1 in 40 million.
    """

    def __init__(self) -> None:
        self._known = np.zeros(0, np.uint64)
        self._waiting: list[np.ndarray] = []
        self._count = 0

    def add(self, hashes: np.ndarray) -> None:
        """Add the hashes (uint64) of further values."""
        new = _unique(hashes)
        if len(self._known):
            index = np.minimum(np.searchsorted(self._known, new), len(self._known) - 1)
            new = new[self._known[index] != new]
        self._waiting.append(new)
        self._count += len(new)
        if self._count > max(_ROWS, len(self._known) // 4):
            self._merge()

    def _merge(self) -> None:
        self._known = _unique(np.concatenate([self._known, *self._waiting]))
        self._waiting, self._count = [], 0

    @property
    def count(self) -> int:
        """Number of distinct values so far."""
        self._merge()
        return len(self._known)


def _unique(values: np.ndarray) -> np.ndarray:
    """The distinct values in ascending order; several times faster than `numpy.unique`."""
    ordered = np.sort(values)
    return np.asarray(ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered)


def hashes_of(values: pa.Array) -> np.ndarray:
    """uint64, one per value or distinct value; equal for values that `pyarrow.compute.count_distinct` treats as equal.

    Args:
        values: without nulls; strings, numbers, booleans, dates, times, or values that are hashable in Python.
    """
    kind = values.type
    if pa.types.is_floating(kind):
        wide = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.asarray(np.where(np.isnan(wide), _NO_NUMBER, wide.view(np.uint64)))
    if pa.types.is_integer(kind):
        return np.asarray(values.to_numpy(zero_copy_only=False).astype(np.int64, casting="unsafe").view(np.uint64))
    if pa.types.is_large_string(kind):
        if values.nbytes < _SHORT * len(values):
            values = values.unique()
        return np.fromiter(_byte_hashes(values), np.int64, len(values)).view(np.uint64)
    return np.fromiter(map(hash, _plain(values)), np.int64, len(values)).view(np.uint64)


def _byte_hashes(values: pa.Array) -> Iterator[int]:
    """Hashes of the bytes of each text."""
    _, offsets, data = values.buffers()
    if data is None or len(values) == 0:
        return (hash(b"") for _ in range(len(values)))
    ends = np.frombuffer(offsets, np.int64, len(values) + 1, values.offset * 8)
    texts = memoryview(data)[ends[0] : ends[-1]].tobytes()
    return (hash(texts[start:end]) for start, end in pairwise((ends - ends[0]).tolist()))


def _plain(values: pa.Array) -> Sequence[object]:
    if pa.types.is_temporal(values.type):
        width = pa.int32() if values.type.bit_width == 32 else pa.int64()
        values = values.view(width)
    plain: Sequence[object] = values.to_pylist()
    return plain


def distinct_rows(columns: Sequence[pa.ChunkedArray], release_pages: Callable[[], None] = do_nothing) -> int:
    """Number of distinct rows of some text columns; missing values count as a value.

    Args:
        columns: of equal length.
        release_pages: see `pieces_of`.
    """
    counter, read = DistinctCounter(), 0
    table = pa.table(list(columns), names=[str(place) for place in range(len(columns))])
    for start in range(0, len(table), _ROWS):
        rows = zip(*(column.to_pylist() for column in table.slice(start, _ROWS).columns), strict=True)
        counter.add(np.array([hash(row) for row in rows], np.int64).view(np.uint64))
        read += table.slice(start, _ROWS).nbytes
        if read > RELEASE_BYTES:
            release_pages()
            read = 0
    return counter.count


def filled_of(values: pa.Array) -> pa.Array:
    """The values without nulls and blank texts."""
    filled = values.drop_null() if values.null_count else values
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return filled
    is_blank = pc.or_(pc.equal(pc.binary_length(filled), 0), pc.utf8_is_space(filled))
    return filled.filter(pc.invert(is_blank)) if pc.any(is_blank).as_py() else filled
