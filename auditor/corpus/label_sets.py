"""Label columns with several labels per row: Arrow lists, JSON arrays in text, or texts with a declared separator."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence

import pyarrow as pa

LabelSets = list[tuple[str, ...] | None]


def label_sets(column: pa.ChunkedArray, separator: str | None) -> LabelSets | None:
    """The distinct labels of each row, sorted; None for an unlabelled row. None for a column of single labels.

    An empty list means that no label applies; a null or blank text means that the row is not labelled.

    Args:
        column: the label column.
        separator: separator of the labels in a text column, if there is one.
    """
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return [None if values is None else _distinct(values) for values in column.to_pylist()]
    if separator is not None:
        texts = column.cast(pa.large_string()).to_pylist()
        return [_distinct(text.split(separator)) if text and text.strip() else None for text in texts]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _json_arrays(column.to_pylist())
    return None


def binary_labels(table: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """For each row, the names of the 0/1 columns with a 1; null for a row without a value in any of them."""
    cells = [_as_bits(table.column(name)) for name in columns]
    rows = [
        None if all(bit is None for bit in bits) else [n for n, bit in zip(columns, bits, strict=True) if bit]
        for bits in zip(*cells, strict=True)
    ]
    return pa.chunked_array([pa.array(rows, pa.list_(pa.string()))])


def _as_bits(column: pa.ChunkedArray) -> list[bool | None]:
    values = [None if value is None or str(value).strip() == "" else value for value in column.to_pylist()]
    return [None if value is None else str(value).strip().lower() in ("1", "1.0", "true") for value in values]


def binary_cells(is_one: Sequence[bool], kind: pa.DataType) -> pa.Array:
    """Values of a 0/1 column, in the type of the column."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.array([str(int(value)) for value in is_one], kind)
    return pa.array(is_one, pa.bool_()).cast(kind)


def _json_arrays(texts: list[str | None]) -> LabelSets | None:
    """Parse the texts; None if any of them is not a JSON array of scalars."""
    sets: LabelSets = []
    known = False
    for text in texts:
        if text is None or not text.strip():
            sets.append(None)
            continue
        values = _json_array(text)
        if values is None:
            return None
        known = True
        sets.append(_distinct(values))
    return sets if known else None


def _json_array(text: str) -> list[object] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = _python_list(text)
    if values is None:
        return None
    return values if not any(isinstance(value, (list, dict)) for value in values) else None


def _python_list(text: str) -> list[object] | None:
    """Parse a Python list literal, as pandas writes it into CSV files; None if it is not a list."""
    try:
        values = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return values if isinstance(values, list) else None


def known_labels(sets: LabelSets) -> frozenset[str]:
    """All labels that occur."""
    return frozenset(name for labels in sets for name in labels or ())


def labels_to_json(labels: Iterable[str]) -> str:
    """Labels as a JSON array, as written into plans and hashed in ledgers."""
    return json.dumps(list(labels), ensure_ascii=False)


def labels_from_json(text: str | None) -> tuple[str, ...] | None:
    """The inverse of `labels_to_json`; None if `text` is not a JSON array of scalars."""
    values = _json_array(text) if text is not None else None
    return None if values is None else _distinct(values)


def label_cells(sets: Sequence[tuple[str, ...]], kind: pa.DataType, separator: str | None) -> pa.Array:
    """Label sets in the format of their column.

    Args:
        sets: labels of each row.
        kind: type of the column.
        separator: as in `label_sets`.
    """
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.array([list(labels) for labels in sets], pa.list_(pa.string())).cast(kind)
    if separator is not None:
        return pa.array([separator.join(labels) for labels in sets], pa.string()).cast(kind)
    return pa.array([labels_to_json(labels) for labels in sets], pa.string()).cast(kind)


def _distinct(values: Iterable[object]) -> tuple[str, ...]:
    names = {str(value).strip() for value in values if value is not None}
    return tuple(sorted(names - {""}))
