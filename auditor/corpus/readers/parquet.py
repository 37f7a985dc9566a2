"""Parquet."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.corpus.class_names import hub_class_names
from auditor.corpus.readers.base import FileRows, require_different_names
from auditor.corpus.readers.input_file import InputFile, too_large
from auditor.errors import InputError


class ParquetReader:
    """Parquet files; columns keep their types, and no row is rejected."""

    suffixes = (".parquet", ".pq")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        batches, size, limit = [], 0, file.settings.max_decoded_bytes
        try:
            source = pq.ParquetFile(file.stream())
            schema = source.schema_arrow
            for batch in source.iter_batches(batch_size=8192):
                size += batch.nbytes
                if size > limit:
                    raise too_large(file.path, limit)
                batches.append(batch)
        except (OSError, pa.ArrowException, ValueError):
            raise InputError(
                "The file is not valid Parquet.",
                where=str(file.path),
                fix="It is damaged or cut short; write or fetch it again.",
            ) from None
        require_different_names(schema.names, file)
        table = pa.Table.from_batches(batches, schema)
        columns = {name: table.column(name) for name in table.column_names}
        return FileRows(columns, list(range(table.num_rows)), class_names=hub_class_names(schema.metadata))
