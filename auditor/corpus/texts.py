"""Lazy access to the texts of a column, since a corpus may be larger than memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.mapped import column_on_disk
from auditor.text.normalise import normalize_for_matching

SLICE = 2_048
"""Number of texts converted at a time when iterating over all of them."""


class Texts(Sequence[str]):
    """A text column as a sequence of Python strings, converted lazily; nulls become empty strings.

    Args:
        column: ``large_string``.
        instead: replacement texts by position.
        unchanged: the same column without replacements, whose digests are reused.
    """

    def __init__(
        self, column: pa.ChunkedArray, instead: Mapping[int, str] | None = None, unchanged: Texts | None = None
    ) -> None:
        self._column = column
        self._instead = dict(instead or {})
        self._unchanged = unchanged

    def with_changes(self, instead: Mapping[int, str]) -> Texts:
        """These texts with replacements at some positions."""
        return Texts(self._column, {**self._instead, **instead}, self._unchanged or self)

    @cached_property
    def digests(self) -> np.ndarray:
        """uint64 (texts, 2), read-only; see `text_digests`."""
        if self._unchanged is None:
            digests = _digests(self)
        else:
            digests = self._unchanged.digests.copy()
            rows = sorted(self._instead)
            digests[rows] = _digests(self._instead[row] for row in rows)
        digests.flags.writeable = False
        return digests

    def __len__(self) -> int:
        """Number of texts."""
        return len(self._column)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """The text at a position, or the list of texts of a slice.

        Raises:
            IndexError: the position is out of range.
        """
        if not isinstance(place, slice):
            row = range(len(self))[place]
            return self._instead[row] if row in self._instead else self._column[row].as_py() or ""
        start, stop, step = place.indices(len(self))
        if step == 1:
            texts = _strings(self._column.slice(start, max(stop - start, 0)))
            return self._with_changes(texts, range(start, start + len(texts)))
        return self.take(np.arange(start, stop, step))

    def __iter__(self) -> Iterator[str]:
        """All texts, in order."""
        for start in range(0, len(self), SLICE):
            yield from self[start : start + SLICE]

    def __eq__(self, other: object) -> bool:
        """Whether the texts equal those of another sequence."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def take(self, rows: np.ndarray) -> list[str]:
        """The texts at the positions `rows` (int64)."""
        texts: list[str] = []
        for start in range(0, len(rows), SLICE):
            batch = rows[start : start + SLICE]
            texts += self._with_changes(_strings(gather(self._column, batch)), batch.tolist())
        return texts

    def _with_changes(self, texts: list[str], rows: Sequence[int]) -> list[str]:
        if not self._instead:
            return texts
        return [self._instead.get(row, text) for row, text in zip(rows, texts, strict=True)]


def text_digests(texts: Sequence[str]) -> np.ndarray:
    """uint64 (texts, 2): BLAKE2b of each normalized text."""
    return texts.digests if isinstance(texts, Texts) else _digests(texts)


def _digests(texts: Iterable[str]) -> np.ndarray:
    digests = b"".join(
        hashlib.blake2b(normalize_for_matching(t).encode("utf-8", "replace"), digest_size=16).digest() for t in texts
    )
    return np.frombuffer(digests, np.uint64).reshape(-1, 2)


def gather(column: pa.ChunkedArray, rows: np.ndarray) -> pa.Array:
    """Some rows of a chunked column as one array; Arrow's ``take`` would concatenate all chunks first.

    Args:
        column: of any type.
        rows: int64, positions in any order.
    """
    rows = np.asarray(rows, np.int64)
    if len(rows) and np.any(rows[1:] < rows[:-1]):
        order = np.argsort(rows, kind="stable")
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return gather(column, rows[order]).take(pa.array(back))
    bounds = np.cumsum([0, *(len(chunk) for chunk in column.chunks)])
    cuts = np.searchsorted(rows, bounds)
    parts = [
        chunk.take(pa.array(rows[start:stop] - first))
        for chunk, first, start, stop in zip(column.chunks, bounds, cuts[:-1], cuts[1:], strict=False)
        if stop > start
    ]
    return pa.concat_arrays(parts) if parts else pa.array([], column.type)


def replace_values(
    column: pa.ChunkedArray, values: Mapping[int, str | None], beside: Path | None = None
) -> pa.ChunkedArray:
    """A column of texts or classes with some values replaced.

    Args:
        column: of a type to which strings can be cast.
        values: new values by position.
        beside: a file in the folder in which the new column is stored; None: the new column is in memory, sharing
            unchanged chunks.

    Raises:
        OutputError: it cannot be written.
    """
    rows = np.array(sorted(values), np.int64)
    return replace_rows(column, rows, lambda places, old: [values[row] for row in places.tolist()], beside)


def replace_rows(
    column: pa.ChunkedArray,
    rows: np.ndarray,
    make: Callable[[np.ndarray, pa.Array], Sequence[str | None]],
    beside: Path | None = None,
) -> pa.ChunkedArray:
    """A column with the values of some rows replaced; the new values of one chunk at a time are in memory.

    Args:
        column: of a type to which strings can be cast.
        rows: int64, ascending: positions of the values to replace.
        make: returns the new values from positions and old values.
        beside: see `replace_values`.

    Raises:
        OutputError: it cannot be written.
    """
    chunks = _replaced_chunks(column, rows, make)
    return pa.chunked_array(chunks, column.type) if beside is None else column_on_disk(chunks, column.type, beside)


def _replaced_chunks(
    column: pa.ChunkedArray, rows: np.ndarray, make: Callable[[np.ndarray, pa.Array], Sequence[str | None]]
) -> Iterator[pa.Array]:
    start = 0
    for chunk in column.chunks:
        inside = rows[slice(*np.searchsorted(rows, [start, start + len(chunk)]))]
        if len(inside):
            mask = np.zeros(len(chunk), bool)
            mask[inside - start] = True
            new = pa.array(make(inside, chunk.filter(pa.array(mask))), pa.large_string()).cast(column.type)
            chunk = pc.replace_with_mask(chunk, pa.array(mask), new)
        yield chunk
        start += len(chunk)


def _strings(values: pa.Array | pa.ChunkedArray) -> list[str]:
    return [value or "" for value in values.to_pylist()]
