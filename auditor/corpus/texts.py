"""The texts of a column, one at a time: a corpus may be larger than memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.mapped import column_on_disk
from auditor.text.normalise import normalize_for_matching

SLICE = 2_048
"""Texts that are held at once by whoever goes through all of them."""


class Texts(Sequence[str]):
    """A text column as Python strings that are made when they are asked for; nulls are empty.

    Args:
        column: ``large_string``.
        instead: texts that take the place of others, by position.
        unchanged: the same column without `instead`, whose digests are then computed only once.
    """

    def __init__(
        self, column: pa.ChunkedArray, instead: Mapping[int, str] | None = None, unchanged: Texts | None = None
    ) -> None:
        self._column = column
        self._instead = dict(instead or {})
        self._unchanged = unchanged

    def changed(self, instead: Mapping[int, str]) -> Texts:
        """These texts with others in some places."""
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
        """Rows."""
        return len(self._column)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """The text of a row, or a list of those of several.

        Raises:
            IndexError: no such row.
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
        """Whether these are the texts of another sequence."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def take(self, rows: np.ndarray) -> list[str]:
        """The texts of `rows`, int64 positions."""
        found: list[str] = []
        for start in range(0, len(rows), SLICE):
            some = rows[start : start + SLICE]
            found += self._with_changes(_strings(gather(self._column, some)), some.tolist())
        return found

    def _with_changes(self, texts: list[str], rows: Sequence[int]) -> list[str]:
        if not self._instead:
            return texts
        return [self._instead.get(row, text) for row, text in zip(rows, texts, strict=True)]


def text_digests(texts: Sequence[str]) -> np.ndarray:
    """uint64 (texts, 2): BLAKE2b of each text after normalisation."""
    return texts.digests if isinstance(texts, Texts) else _digests(texts)


def _digests(texts: Iterable[str]) -> np.ndarray:
    digests = b"".join(
        hashlib.blake2b(normalize_for_matching(t).encode("utf-8", "replace"), digest_size=16).digest() for t in texts
    )
    return np.frombuffer(digests, np.uint64).reshape(-1, 2)


def gather(column: pa.ChunkedArray, rows: np.ndarray) -> pa.Array:
    """Some rows of a chunked column as one array; Arrow's own ``take`` would join all chunks first.

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


def replaced(column: pa.ChunkedArray, values: Mapping[int, str | None], beside: Path | None = None) -> pa.ChunkedArray:
    """A column of texts or of classes with other values in some rows.

    Args:
        column: of a type that strings can be cast to.
        values: by position.
        beside: a file on the disk that holds the column's rows, beside which the new column is put; None: the new
            column is in memory, but for chunks in which nothing changes.

    Raises:
        OutputError: it cannot be written.
    """
    chunks = _replaced_chunks(column, values)
    return pa.chunked_array(chunks, column.type) if beside is None else column_on_disk(chunks, column.type, beside)


def _replaced_chunks(column: pa.ChunkedArray, values: Mapping[int, str | None]) -> Iterator[pa.Array]:
    rows = np.array(sorted(values), np.int64)
    start = 0
    for chunk in column.chunks:
        own = rows[slice(*np.searchsorted(rows, [start, start + len(chunk)]))]
        if len(own):
            mask = np.zeros(len(chunk), bool)
            mask[own - start] = True
            new = pa.array([values[row] for row in own.tolist()], pa.large_string()).cast(column.type)
            chunk = pc.replace_with_mask(chunk, pa.array(mask), new)
        yield chunk
        start += len(chunk)


def _strings(values: pa.Array | pa.ChunkedArray) -> list[str]:
    return [value or "" for value in values.to_pylist()]
