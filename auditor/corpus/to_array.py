"""Convert Python values to Arrow columns."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def strict_array(values: Sequence[object], kind: pa.DataType | None = None) -> pa.Array:
    """Convert values of one Python type without coercion; Arrow itself would convert booleans among floats.

    Args:
        values: of one type, or None where missing.
        kind: type of the array; None: inferred by Arrow.

    Raises:
        pa.ArrowInvalid, pa.ArrowTypeError, OverflowError: nested values have no common type.
    """
    found = pa.array(values, kind)
    if pa.types.is_nested(found.type) and not all(_fits(value, found.type) for value in values):
        raise pa.ArrowInvalid("booleans among decimals")
    return found


def _fits(value: object, kind: pa.DataType) -> bool:
    """Whether the value has no boolean where the type has a float."""
    if isinstance(value, bool):
        return not pa.types.is_floating(kind)
    if isinstance(value, list):
        inner = kind.value_type
        return not _may_contain_floats(inner) or all(_fits(item, inner) for item in value)
    if isinstance(value, dict):
        return all(_fits(value.get(field.name), field.type) for field in kind if _may_contain_floats(field.type))
    return True


def _may_contain_floats(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_nested(kind))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without dictionaries and views, at any depth: most functions of Arrow have no kernel for them."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain_type(field.type)) for field in kind])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_plain_type(kind.value_type)), kind.list_size)
    if pa.types.is_large_list(kind) or pa.types.is_large_list_view(kind):
        return pa.large_list(kind.value_field.with_type(_plain_type(kind.value_type)))
    if pa.types.is_list(kind) or pa.types.is_list_view(kind):
        return pa.list_(kind.value_field.with_type(_plain_type(kind.value_type)))
    return kind


def to_array(values: Sequence[object] | pa.ChunkedArray) -> pa.ChunkedArray:
    """Convert a column: strings to ``large_string``, values without a common type to JSON texts."""
    if isinstance(values, pa.ChunkedArray):
        if pa.types.is_run_end_encoded(values.type):
            values = pc.run_end_decode(values)
        kind = _plain_type(values.type)
        kind = pa.large_string() if pa.types.is_string(kind) else kind
        return values if kind == values.type else values.cast(kind)
    if all(value is None or isinstance(value, str) for value in values):
        return pa.chunked_array([pa.array(values, pa.large_string())])
    try:
        if len({type(value) for value in values if value is not None}) == 1:
            return pa.chunked_array([strict_array(values)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    texts = [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def without_empty_objects(table: pa.Table) -> pa.Table:
    """The table with JSON texts in columns whose type has an object without keys, which Parquet cannot store.

    Such are the arguments of a tool that takes none (https://github.com/apache/arrow/issues/9886).
    """
    for place, field in enumerate(table.schema):
        if _has_empty_object(field.type):
            chunks = [
                pa.array(map(_json, chunk.to_pylist()), pa.large_string()) for chunk in table.column(place).chunks
            ]
            table = table.set_column(place, field.name, pa.chunked_array(chunks, pa.large_string()))
    return table


def _has_empty_object(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(_has_empty_object(field.type) for field in kind)
    if pa.types.is_map(kind):
        return _has_empty_object(kind.item_type)
    return pa.types.is_nested(kind) and hasattr(kind, "value_type") and _has_empty_object(kind.value_type)


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
