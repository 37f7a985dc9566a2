"""Convert JSON values to Arrow columns block by block, with the types that `to_array` infers from all values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from auditor.corpus.readers.blocks import KINDS, Kind, MixedColumnError
from auditor.corpus.readers.json_values import Json
from auditor.corpus.to_array import strict_array

_FAILED = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)


class ColumnTypes:
    """The columns seen so far and their types.

    Args:
        mixed: columns that are returned as JSON texts.
    """

    def __init__(self, mixed: frozenset[str]) -> None:
        self._mixed = mixed
        self._kinds: dict[str, type] = {}
        self._types: dict[str, pa.DataType] = {}
        self._names: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Columns in the order of their first appearance."""
        return tuple(self._names)

    def table(self, rows: Sequence[Mapping[str, Json]]) -> pa.Table:
        """Convert objects to a table, one row each.

        Raises:
            MixedColumnError: values have no common type, also considering earlier rows.
        """
        known = self._names.keys()
        for row in rows:
            if not row.keys() <= known:
                self._names.update(dict.fromkeys(row))
        is_full = set(map(len, rows)) == {len(self._names)}
        columns = {
            name: self._column(name, [row[name] for row in rows] if is_full else [row.get(name) for row in rows])
            for name in self._names
        }
        return pa.table(columns) if columns else _without_columns(len(rows))

    def kinds(self, rows: Sequence[Mapping[str, Json]]) -> dict[str, np.ndarray]:
        """int8, one per row, a `Kind`, for each mixed column, even if it has not appeared yet."""
        return {name: np.array([KINDS[type(row.get(name))] for row in rows], np.int8) for name in self._mixed}

    def _column(self, name: str, values: list[Json]) -> pa.Array:
        if name in self._mixed:
            return pa.array([_text(value) for value in values], pa.large_string())
        kinds = set(map(type, values))
        kinds.discard(type(None))
        if not kinds:
            return pa.nulls(len(values), self._types.get(name, pa.large_string()))
        if len(kinds) > 1 or self._kinds.setdefault(name, min(kinds, key=str)) not in kinds:
            raise MixedColumnError(name)
        if str in kinds:
            self._types[name] = pa.large_string()
            return pa.array(values, pa.large_string())
        try:
            kind = strict_array(values).type
            self._types[name] = common_type([self._types.get(name, pa.null()), kind])
            return strict_array(values, self._types[name])
        except _FAILED:
            raise MixedColumnError(name) from None


def common_type(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """The type that Arrow infers for values of these types together, determined with an example of each.

    Raises:
        pa.ArrowInvalid, pa.ArrowTypeError: there is no common type.
    """
    distinct = list(dict.fromkeys(kinds))
    return distinct[0] if len(distinct) == 1 else strict_array([_example(kind) for kind in distinct]).type


def _example(kind: pa.DataType) -> Json:
    if pa.types.is_struct(kind):
        return {field.name: _example(field.type) for field in kind}
    if pa.types.is_list(kind):
        return [_example(kind.value_type)]
    if pa.types.is_boolean(kind):
        return True
    if pa.types.is_integer(kind):
        return 1
    if pa.types.is_floating(kind):
        return 0.5
    return None if pa.types.is_null(kind) else ""


def _text(value: Json) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_columns(rows: int) -> pa.Table:
    """A table of rows without columns."""
    return pa.table({"": pa.nulls(rows)}).select([])


__all__ = ["ColumnTypes", "Kind", "common_type"]
