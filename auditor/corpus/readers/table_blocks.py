"""Formats of typed columns, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.class_names import hub_class_names
from auditor.corpus.readers.base import require_different_names
from auditor.corpus.readers.blocks import Block, Told
from auditor.corpus.readers.input_file import InputFile, too_large
from auditor.corpus.to_array import to_array


def table_blocks(schema: pa.Schema, batches: Iterable[pa.RecordBatch], file: InputFile, told: Told) -> Iterator[Block]:
    """Batches of one schema as blocks; no row is bad.

    Raises:
        InputError: two columns of one name, or more than ``max_decoded_bytes``.
        pa.ArrowException: a batch is damaged.
    """
    require_different_names(schema.names, file)
    told.is_typed = True
    told.columns, told.class_names = tuple(schema.names), hub_class_names(schema.metadata)
    place, size = 0, 0
    for batch in batches:
        size += decoded_size(batch)
        if size > file.settings.max_decoded_bytes:
            raise too_large(file.path, file.settings.max_decoded_bytes)
        yield _block(pa.Table.from_batches([batch], schema), place)
        place += len(batch)
    if place == 0:
        yield _block(schema.empty_table(), 0)


def decoded_size(batch: pa.RecordBatch) -> int:
    """Bytes of a batch with the dictionaries of its columns written out, as `to_array` writes them.

    A value of a dictionary is stored once, however many rows have it: a few KB can stand for any number of bytes.
    """
    return int(batch.nbytes) + sum(_written_out(column) for column in batch.columns)


def _written_out(column: pa.Array) -> int:
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
