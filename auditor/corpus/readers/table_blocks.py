"""Formats of typed columns, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

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
        size += batch.nbytes
        if size > file.settings.max_decoded_bytes:
            raise too_large(file.path, file.settings.max_decoded_bytes)
        yield _block(pa.Table.from_batches([batch], schema), place)
        place += len(batch)
    if place == 0:
        yield _block(schema.empty_table(), 0)


def _block(table: pa.Table, place: int) -> Block:
    columns = {name: to_array(table.column(name)) for name in table.column_names}
    return Block(pa.table(columns), np.arange(place, place + len(table)))
