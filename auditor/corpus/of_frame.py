"""Convert tables in memory (pandas, lists of rows) to Arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from auditor.corpus.to_array import to_array
from auditor.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_CANNOT = (pa.ArrowException, TypeError, ValueError, OverflowError)


def table_of_frame(frame: pd.DataFrame) -> pa.Table:
    """A pandas table as Arrow; values without an Arrow type, such as intervals or mixed types, become texts.

    Named levels of the index are columns, as in Parquet files that pandas writes.

    Raises:
        InputError: columns have the same name.
    """
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    if levels:
        frame = frame.reset_index(level=levels)
    names = [str(name) for name in frame.columns]
    require_distinct(names)
    return pa.table({name: _column(frame.iloc[:, place]) for place, name in enumerate(names)})


def table_of_rows(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows as Arrow; a key that a row lacks is missing there."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({str(name): to_array([row.get(name) for row in rows]) for name in names})


def require_distinct(names: Sequence[str]) -> None:
    """Raise an InputError if two columns have the same name."""
    same = [str(place) for place, name in enumerate(names, 1) if names.count(name) > 1]
    if same:
        raise InputError(
            "Several columns have the same name.",
            where=f"columns {', '.join(same)}",
            fix="Rename or remove the repeated columns.",
        )


def _column(values: pd.Series) -> pa.ChunkedArray:
    """One column; texts where Arrow has no type of its own for the values."""
    import pandas as pd

    try:
        found = pa.Array.from_pandas(values.to_numpy() if isinstance(values.dtype, pd.SparseDtype) else values)
    except _CANNOT:
        found = None
    if found is not None:
        kind = found.type.value_type if pa.types.is_dictionary(found.type) else found.type
        if not isinstance(kind, pa.BaseExtensionType):
            return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])
    missing = values.isna().tolist()
    return to_array([None if lost else _plain(value) for value, lost in zip(values.tolist(), missing, strict=True)])


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float, list, dict)) else str(value)
