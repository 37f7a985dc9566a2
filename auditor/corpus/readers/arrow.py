"""Arrow IPC files and streams, as written by Feather and ``save_to_disk``."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc

from auditor.corpus.class_names import hub_class_names
from auditor.corpus.readers.base import FileRows, require_different_names
from auditor.corpus.readers.blocks import Block, FileFacts, NeedsWholeFileError
from auditor.corpus.readers.input_file import InputFile, too_large
from auditor.corpus.readers.table_blocks import decoded_size, require_times, table_blocks, validated
from auditor.errors import InputError

_FILE = b"ARROW1"
_FEATHER_1 = b"FEA1"


class ArrowReader:
    """Arrow files; columns keep their types, and no row is rejected."""

    suffixes = (".arrow", ".feather", ".ipc")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        size, limit = 0, file.memory_limit
        try:
            schema, source = _open(file.stream())
            batches = []
            for batch in source:
                size += decoded_size(batch)
                if size > limit:
                    raise too_large(file.path, limit)
                require_times(validated(batch), file)
                batches.append(batch)
            table = pa.Table.from_batches(batches, schema)
        except (OSError, pa.ArrowException, ValueError):
            raise _invalid(file) from None
        require_different_names(schema.names, file)
        columns = {name: table.column(name) for name in table.column_names}
        return FileRows(columns, list(range(table.num_rows)), class_names=hub_class_names(schema.metadata))

    def blocks(self, file: InputFile, facts: FileFacts, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """See `BlockReader.blocks`; a record batch at a time."""
        if not file.is_plain:
            raise NeedsWholeFileError
        try:
            schema, source = _open(file.stream())
            yield from table_blocks(schema, map(validated, source), file, facts)
        except (OSError, pa.ArrowException, ValueError):
            raise _invalid(file) from None


def _invalid(file: InputFile) -> InputError:
    return InputError(
        "The file is not valid Arrow.",
        where=str(file.path),
        fix="It is damaged or truncated; write or fetch it again.",
    )


def _open(stream: pa.NativeFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and the batches of an IPC file or stream, or of Feather version 1, which is read as a whole."""
    head = stream.read(len(_FILE))
    stream.seek(0)
    if head == _FILE:
        reader = pa.ipc.open_file(stream)
        return reader.schema, (reader.get_batch(i) for i in range(reader.num_record_batches))
    if head.startswith(_FEATHER_1):
        table = pa.feather.read_table(stream)
        return table.schema, iter(table.to_batches())
    opened = pa.ipc.open_stream(stream)
    return opened.schema, iter(opened)
