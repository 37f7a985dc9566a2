"""Values of a column as Arrow."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa


def to_array(values: Any) -> pa.ChunkedArray:
    """A column as Arrow: strings as ``large_string``; what has no common type as its JSON text."""
    if isinstance(values, pa.ChunkedArray):
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        if pa.types.is_string(values.type) or pa.types.is_string_view(values.type):
            values = values.cast(pa.large_string())
        return values
    if all(value is None or isinstance(value, str) for value in values):
        return pa.chunked_array([pa.array(values, pa.large_string())])
    try:
        if len({type(value) for value in values if value is not None}) == 1:
            return pa.chunked_array([pa.array(values)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    texts = [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ]
    return pa.chunked_array([pa.array(texts, pa.large_string())])
