"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.corpus.class_names import hub_class_names
from auditor.corpus.readers.base import FileRows, require_different_names
from auditor.corpus.readers.blocks import Block, FileFacts, NeedsWholeFileError
from auditor.corpus.readers.input_file import InputFile, too_large
from auditor.corpus.readers.table_blocks import decoded_size, require_times, table_blocks, validated
from auditor.errors import InputError

_BATCH_ROWS = 8_192
_PAGES = 1_000_000
"""Bytes of a column read from disk at a time."""


class ParquetReader:
    """Parquet files; columns keep their types, and no row is rejected."""

    suffixes = (".parquet", ".pq")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        batches, size, limit = [], 0, file.memory_limit
        try:
            source = pq.ParquetFile(file.stream())
            schema = source.schema_arrow
            for batch in source.iter_batches(batch_size=_BATCH_ROWS):
                size += decoded_size(batch)
                if size > limit:
                    raise too_large(file.path, limit)
                require_times(validated(batch), file)
                batches.append(batch)
        except (OSError, pa.ArrowException, ValueError):
            raise _invalid(file) from None
        require_different_names(schema.names, file)
        table = pa.Table.from_batches(batches, schema)
        columns = {name: table.column(name) for name in table.column_names}
        return FileRows(columns, list(range(table.num_rows)), class_names=hub_class_names(schema.metadata))

    def blocks(self, file: InputFile, facts: FileFacts, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """See `BlockReader.blocks`; reads one batch at a time, loading pages on demand."""
        if not file.is_plain:
            raise NeedsWholeFileError
        try:
            source = pq.ParquetFile(file.stream(), buffer_size=_PAGES, pre_buffer=False)
            yield from table_blocks(source.schema_arrow, map(validated, source.iter_batches(_BATCH_ROWS)), file, facts)
        except (OSError, pa.ArrowException, ValueError):
            raise _invalid(file) from None


def _invalid(file: InputFile) -> InputError:
    return InputError(
        "The file is not valid Parquet.",
        where=str(file.path),
        fix="It is damaged or truncated; write or fetch it again.",
    )
