"""Tables in Arrow IPC files that are memory-mapped, so that the system can load and drop their pages."""

from __future__ import annotations

import mmap
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO
from weakref import WeakValueDictionary

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from auditor.errors import OutputError, ran_out_of_memory

ROW_ID = "__row_id"
"""Name of the column with the row ids; see `row_id_name`."""
BATCH_ROWS = 8_192
BATCH_BYTES = 16_000_000
"""Maximum rows and bytes per batch; a longer row forms a batch by itself."""
RELEASE_BYTES = 128_000_000
"""Code that scans a mapped table calls `release` after reading this many bytes."""

_OPEN: WeakValueDictionary[Path, mmap.mmap] = WeakValueDictionary()


def row_id_name(columns: Iterable[str]) -> str:
    """An unused name for the column of row ids: `ROW_ID`, with additional underscores if necessary."""
    taken, name = set(columns), ROW_ID
    while name in taken:
        name = f"_{name}"
    return name


def mapped(path: Path) -> pa.Table:
    """Memory-map an IPC file; the columns of the table are views of it.

    Raises:
        OSError: the file cannot be read.
        pa.ArrowInvalid: it is not an IPC file.
    """
    with path.open("rb") as stream:
        view = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    _OPEN[path] = view
    reader = pa.ipc.open_file(pa.py_buffer(view))
    return pa.Table.from_batches([reader.get_batch(i) for i in range(reader.num_record_batches)], reader.schema)


def release(path: Path | None) -> None:
    """Drop the pages of a mapped file from this process's memory; they are loaded again when needed.

    Args:
        path: as passed to `mapped`. Does nothing for None and for files that are not mapped.
    """
    view = _OPEN.get(path) if path is not None else None
    if view is not None and hasattr(mmap, "MADV_DONTNEED"):
        view.madvise(mmap.MADV_DONTNEED)


def column_on_disk(chunks: Iterable[pa.Array], kind: pa.DataType, beside: Path) -> pa.ChunkedArray:
    """Write a column chunk by chunk into a new file and map it.

    Args:
        chunks: the values, of type `kind`.
        kind: type of the column.
        beside: a file in the folder for the new file; the folder must exist as long as the column is used.

    Raises:
        OutputError, MemoryError: see `cannot_store`.
    """
    schema = pa.schema([("column", kind)])
    return table_on_disk((pa.table([chunk], schema=schema) for chunk in chunks), schema, beside).column(0)


def table_on_disk(tables: Iterable[pa.Table], schema: pa.Schema, beside: Path) -> pa.Table:
    """Write tables one after the other into a new file and map it; see `column_on_disk`.

    Raises:
        OutputError, MemoryError: see `cannot_store`.
    """
    path = beside.with_name(f"{uuid.uuid4().hex}.arrow")
    try:
        with TableWriter(path, schema) as writer:
            for table in tables:
                writer.write(table)
        return mapped(path)
    except OSError as error:
        raise cannot_store(path, error) from None


def array_on_disk(shape: tuple[int, ...], kind: type[np.generic], beside: Path) -> np.ndarray:
    """An array of zeros in an unlinked file, which is deleted together with the array.

    Args:
        shape: shape of the array.
        kind: type of its values.
        beside: a file in the folder for the new file.

    Raises:
        OutputError, MemoryError: see `cannot_store`.
    """
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    if not size:
        return np.zeros(shape, kind)
    path = beside.with_name(f"{uuid.uuid4().hex}.array")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            path.unlink()
            if hasattr(os, "posix_fallocate"):  # so that a full disk is an error now, not SIGBUS later
                os.posix_fallocate(handle, 0, size)
            else:
                os.truncate(handle, size)
            return np.frombuffer(mmap.mmap(handle, size), kind).reshape(shape)
        finally:
            os.close(handle)
    except OSError as error:
        raise cannot_store(path, error) from None


def cannot_store(path: Path, error: OSError) -> OutputError | MemoryError:
    """The error to raise: a file that cannot be mapped for lack of memory is not a disk error."""
    if ran_out_of_memory(error):
        return MemoryError()
    return OutputError(
        f"The work folder cannot be written ({error.strerror or 'output error'}).",
        where=str(path),
        fix="Give an -o DIR on a disk with write permission and free space for the whole input.",
    )


class TableWriter:
    """Writes an IPC file. A context manager.

    Args:
        path: a file that must not exist; it is created private (mode 0600).
        schema: schema of the tables.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self._stream = open_private(path)
        self._writer = pa.ipc.new_file(self._stream, schema)
        self._waiting: list[pa.Table] = []
        self._rows = self._bytes = 0

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
            self._writer.close()
        finally:
            self._stream.close()

    def write(self, table: pa.Table) -> None:
        """Append rows; small tables are combined into batches."""
        for part in _parts(table):
            size = part.nbytes
            if size > BATCH_BYTES // 8 or len(part) > BATCH_ROWS // 4:  # large enough to be written as it is
                self._flush()
                self._writer.write_table(part)
                continue
            if self._rows + len(part) > BATCH_ROWS or self._bytes + size > BATCH_BYTES:
                self._flush()
            self._waiting.append(part)
            self._rows += len(part)
            self._bytes += size

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks())
        self._waiting, self._rows, self._bytes = [], 0, 0


def open_private(path: Path) -> IO[bytes]:
    """Create a private file (mode 0600) and open it for writing."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    """Split a table into parts that fit into a batch."""
    if len(table) <= BATCH_ROWS and table.nbytes <= BATCH_BYTES:
        yield table
        return
    rows = max(1, min(BATCH_ROWS, len(table) * BATCH_BYTES // max(table.nbytes, 1)))
    for start in range(0, len(table), rows):
        part = table.slice(start, rows)
        if len(part) > 1 and part.nbytes > BATCH_BYTES:
            yield from _halves(part)
        else:
            yield part


def _halves(table: pa.Table) -> Iterator[pa.Table]:
    middle = len(table) // 2
    for part in (table.slice(0, middle), table.slice(middle)):
        if len(part) > 1 and part.nbytes > BATCH_BYTES:
            yield from _halves(part)
        else:
            yield part
