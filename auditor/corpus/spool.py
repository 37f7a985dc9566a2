"""Files that are read a block at a time into tables on a disk, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.mapped import (
    BATCH_ROWS,
    RELEASE_BYTES,
    ROW_ID,
    TableWriter,
    cannot_store,
    mapped,
    open_private,
    release,
    row_id_name,
)
from auditor.corpus.readers.base import FileRows, StoredValues
from auditor.corpus.readers.blocks import BLOCK_BYTES, Block, BlockReader, MixedColumnError, NeedsWholeError, Told
from auditor.corpus.readers.input_file import COMPRESSIONS, InputFile
from auditor.corpus.readers.registry import reader_of, require_rows
from auditor.corpus.rejects import Reason
from auditor.corpus.source import Source

_LINE, _KIND = "__line", "__kind_of_"
_OWN = frozenset({ROW_ID, _LINE})
"""Columns beside those of the file: a file that has one of their names is read whole."""
_NUMBERS = ".numbers"
_PACKED = 5
"""Times its size that a compressed file is taken to hold."""


def size_of(sources: Sequence[Source]) -> int:
    """Bytes of files that are on a disk, compressed ones as what they may hold."""
    total = 0
    for source in sources:
        if source.fetch is None and source.path.is_file():
            is_packed = source.name.lower().endswith(tuple(COMPRESSIONS))
            total += source.path.stat().st_size * (_PACKED if is_packed else 1)
    return total


@dataclass(frozen=True)
class Stored:
    """A table on a disk.

    Attributes:
        path: of the IPC file.
        table: views of it, without the row numbers.
        row_id: int64, one per row.
    """

    path: Path
    table: pa.Table
    row_id: np.ndarray


class Spool:
    """Reads files into a folder and makes one table of them.

    Args:
        folder: of the caller, who removes it; it is made where it is not there (mode 0700).
        block_bytes: bytes of a file that are parsed at a time.

    Raises:
        OutputError: the folder cannot be made.
    """

    def __init__(self, folder: Path, block_bytes: int = BLOCK_BYTES) -> None:
        self._folder = folder
        self._size = block_bytes
        self._numbers = count()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_store(folder, error) from None

    def read(self, source: Source, settings: CorpusSettings) -> FileRows | None:
        """The rows of a file, its columns on the disk; None where its reader has to read it whole.

        Raises:
            InputError: see `auditor.corpus.readers.registry.read_file`.
            OutputError: the disk is full.
        """
        reader: object = reader_of(source.path)
        if not isinstance(reader, BlockReader):
            return None
        mixed = frozenset[str]()
        while True:
            parts = _Parts(self._next_file, mixed)
            try:
                file = InputFile(source.path, settings)
                told = Told()
                return self._rows(file, told, parts, reader.blocks(file, told, mixed, self._size), mixed)
            except NeedsWholeError:
                parts.remove()
                return None
            except MixedColumnError as error:
                parts.remove()
                mixed = mixed | {error.column}
            except OSError as error:
                raise cannot_store(self._folder, error) from None

    def _rows(
        self, file: InputFile, told: Told, parts: _Parts, blocks: Iterator[Block], mixed: frozenset[str]
    ) -> FileRows:
        bad, rows = list[tuple[int, int, Reason]](), 0
        with parts:
            for block in blocks:
                bad += block.bad
                rows += len(block.places)
                if bad and file.settings.on_bad_row == "fail":
                    require_rows(file, rows, bad)
                parts.write(block)
        require_rows(file, rows, bad)
        told.notes.update(file.notes)
        table = parts.table()
        columns = {name: table.column(name) for name in told.columns}
        kinds = {name: table.column(f"{_KIND}{name}") for name in sorted(mixed & columns.keys())}
        return FileRows(
            columns=columns,
            bad=bad,
            is_sparse=told.is_sparse,
            class_names=told.class_names,
            notes=told.notes,
            values=StoredValues(
                places=self._on_disk(table.column(ROW_ID)),
                lines=table.column(_LINE).to_numpy() if mixed else np.zeros(0, np.int64),
                path=parts.whole,
                is_typed=told.is_typed,
                kinds=kinds,
            ),
        )

    def _on_disk(self, numbers: pa.ChunkedArray) -> np.ndarray:
        """Numbers without a gap as a view of a file."""
        if len(numbers) == 0:
            return np.zeros(0, np.int64)
        path = self._next_file().with_suffix(_NUMBERS)
        with open_private(path) as stream:
            for chunk in numbers.chunks:
                stream.write(chunk.to_numpy())
        return np.asarray(np.memmap(path, np.int64, "r"))

    def store(self, table: pa.Table, row_id: np.ndarray, keep: np.ndarray | None = None) -> Stored:
        """Write a table and map it.

        Args:
            table: columns may be views of what `read` gave.
            row_id: int64, one per row.
            keep: bool, one per row; None: all rows.

        Raises:
            OutputError: the disk is full.
        """
        name = row_id_name(table.column_names)
        schema = table.schema.remove_metadata().append(pa.field(name, pa.int64()))
        path, written = self._next_file(), 0
        try:
            with TableWriter(path, schema) as writer:
                for start, batch in pieces(table):
                    rows = batch.append_column(schema.field(name), pa.array(row_id[start : start + len(batch)]))
                    if keep is not None:
                        rows = rows.filter(pa.array(keep[start : start + len(batch)]))
                    writer.write(rows.cast(schema) if rows.schema != schema else rows)
                    written += rows.nbytes
                    if written > RELEASE_BYTES:
                        self.release()
                        written = 0
        except OSError as error:
            raise cannot_store(path, error) from None
        self.release()
        whole = mapped(path)
        return Stored(path, whole.drop_columns([name]), row_id if keep is None else row_id[keep])

    def release(self) -> None:
        """Forget the pages of all files of this spool."""
        for path in self._folder.glob("*.arrow"):
            release(path)

    def clear(self, keep: Path) -> None:
        """Remove all files but one; what is mapped of them stays until it is not needed any more."""
        for path in self._folder.iterdir():
            if path != keep:
                path.unlink()

    def _next_file(self) -> Path:
        path = self._folder / f"{next(self._numbers)}.arrow"
        is_taken = path.exists() or path.with_suffix(_NUMBERS).exists()
        return self._next_file() if is_taken else path


class _Parts:
    """The blocks of one file, in as many IPC files as its columns change their types.

    Args:
        next_file: gives paths for new files.
        mixed: see `BlockReader.blocks`.
    """

    def __init__(self, next_file: Callable[[], Path], mixed: frozenset[str]) -> None:
        self._next_file = next_file
        self._mixed = mixed
        self._writer: TableWriter | None = None
        self._paths: list[Path] = []
        self._schema = pa.schema([])
        self._written = 0

    def __enter__(self) -> _Parts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(kind is None)

    def write(self, block: Block) -> None:
        """Append the rows of a block."""
        table = block.table
        if not _OWN.isdisjoint(table.column_names):
            raise NeedsWholeError
        table = (
            table.append_column(ROW_ID, pa.array(block.places))
            if table.num_columns
            else pa.table({ROW_ID: block.places})
        )
        for name in sorted(block.kinds):
            table = table.append_column(f"{_KIND}{name}", pa.array(block.kinds[name]))
        if block.lines is not None:
            table = table.append_column(_LINE, pa.array(block.lines))
        if self._writer is None or table.schema != self._schema:
            self._close(is_whole=True)
            self._schema = table.schema
            self._paths.append(self._next_file())
            self._writer = TableWriter(self._paths[-1], self._schema)
        self._writer.write(table)

    def _close(self, is_whole: bool) -> None:
        if self._writer is not None:
            self._writer.__exit__(None if is_whole else Exception, None, None)
            self._writer = None

    def remove(self) -> None:
        """Take the files away."""
        for path in self._paths:
            path.unlink(missing_ok=True)

    @property
    def whole(self) -> Path | None:
        """The file that holds all columns and the places of the rows and nothing else; None where there is none."""
        return self._paths[0] if len(self._paths) == 1 and not self._mixed else None

    def table(self) -> pa.Table:
        """The blocks as one table whose columns are views.

        Raises:
            MixedColumnError: values have no common type after all.
        """
        tables = [mapped(path) for path in self._paths]
        for place, one in enumerate(tables):
            if one.schema != self._schema:
                tables[place] = self._converted(self._paths[place], one)
        return pa.concat_tables(tables)

    def _converted(self, path: Path, table: pa.Table) -> pa.Table:
        """The rows of an earlier file with the columns and types of the last."""
        new = self._next_file()
        with TableWriter(new, self._schema) as writer:
            for _, batch in pieces(table):
                writer.write(pa.table([_as_type(batch, field) for field in self._schema], schema=self._schema))
        self._paths[self._paths.index(path)] = new
        path.unlink()
        return mapped(new)


def _as_type(batch: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    """A column in the type that it has in the end."""
    column = batch.column(field.name) if field.name in batch.column_names else pa.nulls(len(batch))
    if column.type == field.type:
        return column
    if column.null_count == len(column):
        return pa.nulls(len(batch), field.type)
    try:
        return pa.array(column.to_pylist(), field.type)
    except (pa.ArrowException, OverflowError):
        raise MixedColumnError(field.name) from None


def pieces(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """Tables of at most `BATCH_ROWS` rows, each with the number of rows before it."""
    for start in range(0, len(table), BATCH_ROWS):
        yield start, table.slice(start, BATCH_ROWS)
