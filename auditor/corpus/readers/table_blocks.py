"""Read formats with typed columns batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.class_names import hub_class_names
from auditor.corpus.readers.base import require_different_names
from auditor.corpus.readers.blocks import Block, FileFacts
from auditor.corpus.readers.input_file import InputFile, too_large
from auditor.corpus.to_array import to_array
from auditor.errors import InputError
from auditor.message import Text

_PER_DAY = {"d": 1, "s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
"""Time units per day."""
_FIRST, _LAST = (end.toordinal() - date(1970, 1, 1).toordinal() for end in (date.min, date.max))
"""Days since 1970 of the first and the last date that can be represented."""


def table_blocks(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], file: InputFile, facts: FileFacts
) -> Iterator[Block]:
    """Convert batches of one schema to blocks; no row is rejected.

    Raises:
        InputError: two columns have the same name, or the data exceeds ``stream_limit`` of the file.
        pa.ArrowException: a batch is damaged.
    """
    require_different_names(schema.names, file)
    facts.is_typed = True
    facts.columns, facts.class_names = tuple(schema.names), hub_class_names(schema.metadata)
    place, size, limit = 0, 0, file.stream_limit
    for batch in batches:
        size += decoded_size(batch)
        if size > limit:
            raise too_large(file.path, limit)
        require_times(batch, file)
        yield _block(pa.Table.from_batches([batch], schema), place)
        place += len(batch)
    if place == 0:
        yield _block(schema.empty_table(), 0)


def validated(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Check that offsets lie within buffers and texts are UTF-8, since the file may be damaged; returns `batch`.

    Raises:
        pa.ArrowInvalid: the batch is invalid.
    """
    batch.validate(full=True)
    return batch


def require_times(batch: pa.RecordBatch, file: InputFile) -> None:
    """Require that all times are in the years 1 to 9999, the range of dates that can be written.

    Raises:
        InputError: a column contains another time.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
            continue
        is_days = pa.types.is_date32(column.type)
        ends = pc.min_max(column.view(pa.int32() if is_days else pa.int64())).as_py()
        a_day = _PER_DAY["d" if is_days else getattr(column.type, "unit", "ms")]
        if ends["min"] is not None and not (ends["min"] // a_day >= _FIRST and ends["max"] // a_day <= _LAST):
            raise InputError(
                Text("The column {0} has times before the year 1 or after the year 9999.", repr(name)),
                where=str(file.path),
                fix="Write such values as missing ones, or the column as numbers.",
            )


def decoded_size(batch: pa.RecordBatch) -> int:
    """Bytes of a batch after decoding its dictionary columns, as `to_array` does.

    A dictionary stores each value once, so a few KB can decode to any number of bytes.
    """
    return int(batch.nbytes) + sum(_decoded_bytes(column) for column in batch.columns)


def _decoded_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return 0
    kind = column.type.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        lengths = pc.binary_length(column.dictionary).cast(pa.int64())
        return int(pc.sum(lengths.take(column.indices)).as_py() or 0)
    return len(column) * 8


def _block(table: pa.Table, place: int) -> Block:
    columns = {name: to_array(table.column(name)) for name in table.column_names}
    return Block(pa.table(columns), np.arange(place, place + len(table)))
