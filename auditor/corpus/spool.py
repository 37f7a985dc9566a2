"""Read files block by block into tables on disk, in memory independent of their size."""

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
from auditor.corpus.readers.blocks import (
    BLOCK_BYTES,
    Block,
    BlockReader,
    FileFacts,
    MixedColumnError,
    NeedsWholeFileError,
)
from auditor.corpus.readers.input_file import COMPRESSIONS, InputFile
from auditor.corpus.readers.registry import reader_of, require_rows
from auditor.corpus.rejects import Reason
from auditor.corpus.source import Source

_LINE, _KIND = "__line", "__kind_of_"
_ADDED_COLUMNS = frozenset({ROW_ID, _LINE})
"""Additional columns of the stored table; a file with a column of such a name is read whole."""
_NUMBERS = ".numbers"
_COMPRESSION_RATIO = 5
"""Assumed compression ratio of compressed files."""


def size_of(sources: Sequence[Source]) -> int:
    """Total size of the local files in bytes, with an estimate for compressed ones."""
    total = 0
    for source in sources:
        if source.fetch is None and source.path.is_file():
            is_compressed = source.name.lower().endswith(tuple(COMPRESSIONS))
            total += source.path.stat().st_size * (_COMPRESSION_RATIO if is_compressed else 1)
    return total


@dataclass(frozen=True)
class Stored:
    """A table stored in a file.

    Attributes:
        path: the IPC file.
        table: memory-mapped views of its columns, without the row ids.
        row_id: int64, one per row.
    """

    path: Path
    table: pa.Table
    row_id: np.ndarray


class Spool:
    """Reads files into a folder and combines them into one table.

    Args:
        folder: created if necessary (mode 0700); the caller removes it.
        block_bytes: number of bytes of a file that are parsed at a time.

    Raises:
        OutputError: the folder cannot be created.
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
        """The rows of a file, with its columns on disk; None if it has to be read whole.

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
                facts = FileFacts()
                return self._rows(file, facts, parts, reader.blocks(file, facts, mixed, self._size), mixed)
            except NeedsWholeFileError:
                parts.remove()
                return None
            except MixedColumnError as error:
                parts.remove()
                mixed = mixed | {error.column}
            except OSError as error:
                raise cannot_store(self._folder, error) from None

    def _rows(
        self, file: InputFile, facts: FileFacts, parts: _Parts, blocks: Iterator[Block], mixed: frozenset[str]
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
        facts.notes.update(file.notes)
        table = parts.table()
        columns = {name: table.column(name) for name in facts.columns}
        kinds = {name: table.column(f"{_KIND}{name}") for name in sorted(mixed & columns.keys())}
        return FileRows(
            columns=columns,
            bad=bad,
            is_sparse=facts.is_sparse,
            class_names=facts.class_names,
            notes=facts.notes,
            values=StoredValues(
                places=self._on_disk(table.column(ROW_ID)),
                lines=table.column(_LINE).to_numpy() if mixed else np.zeros(0, np.int64),
                path=parts.whole,
                is_typed=facts.is_typed,
                kinds=kinds,
            ),
        )

    def _on_disk(self, numbers: pa.ChunkedArray) -> np.ndarray:
        """Copy integers without nulls into a file and map it."""
        if len(numbers) == 0:
            return np.zeros(0, np.int64)
        path = self._next_file().with_suffix(_NUMBERS)
        with open_private(path) as stream:
            for chunk in numbers.chunks:
                stream.write(chunk.to_numpy())
        return np.asarray(np.memmap(path, np.int64, "r"))

    def store(self, table: pa.Table, row_id: np.ndarray, keep: np.ndarray | None = None) -> Stored:
        """Write a table into a file and map it.

        Args:
            table: its columns may be views of what `read` returned.
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
        """Drop the pages of all files of this spool from memory."""
        for path in self._folder.glob("*.arrow"):
            release(path)

    def clear(self, keep: Path) -> None:
        """Delete all files but one; mapped views of them remain valid."""
        for path in self._folder.iterdir():
            if path != keep:
                path.unlink()

    def _next_file(self) -> Path:
        path = self._folder / f"{next(self._numbers)}.arrow"
        is_taken = path.exists() or path.with_suffix(_NUMBERS).exists()
        return self._next_file() if is_taken else path


class _Parts:
    """The blocks of one file; a new IPC file is started whenever column types change.

    Args:
        next_file: returns paths for new files.
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
        if not _ADDED_COLUMNS.isdisjoint(table.column_names):
            raise NeedsWholeFileError
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
        """Delete the files."""
        for path in self._paths:
            path.unlink(missing_ok=True)

    @property
    def whole(self) -> Path | None:
        """The file with all columns and the row positions and nothing else; None if there is none."""
        return self._paths[0] if len(self._paths) == 1 and not self._mixed else None

    def table(self) -> pa.Table:
        """The blocks as one table of memory-mapped columns.

        Raises:
            MixedColumnError: the values of a column have no common type.
        """
        tables = [mapped(path) for path in self._paths]
        for place, one in enumerate(tables):
            if one.schema != self._schema:
                tables[place] = self._converted(self._paths[place], one)
        return pa.concat_tables(tables)

    def _converted(self, path: Path, table: pa.Table) -> pa.Table:
        """Rewrite an earlier file with the columns and types of the last one."""
        new = self._next_file()
        with TableWriter(new, self._schema) as writer:
            for _, batch in pieces(table):
                writer.write(pa.table([_as_type(batch, field) for field in self._schema], schema=self._schema))
        self._paths[self._paths.index(path)] = new
        path.unlink()
        return mapped(new)


def _as_type(batch: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    """A column converted to its final type."""
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
    """Split into tables of at most `BATCH_ROWS` rows, each with the position of its first row."""
    for start in range(0, len(table), BATCH_ROWS):
        yield start, table.slice(start, BATCH_ROWS)
