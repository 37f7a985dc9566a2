"""The text of a cell of any type.

The text of a list, struct or map is the text of its leaves (strings and numbers) joined by line feeds, so a position in
the text of a cell can be mapped back to a leaf; see `leaves` and `with_leaves`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

BETWEEN_LEAVES = "\n"
_KEY = re.compile(r"[^\W\d][\w -]{0,39}")

Cell = object
"""A value of a column as a Python object: a scalar, a list, or a dictionary."""


def is_text(kind: pa.DataType) -> bool:
    """Whether a column type is a string type."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def cell_texts(column: pa.ChunkedArray) -> list[str]:
    """The texts of the cells of a column; empty for missing values, leaves of nested cells joined by line feeds."""
    if is_text(column.type):
        return [value or "" for value in column.to_pylist()]
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind):
        return [BETWEEN_LEAVES.join(leaves(value)) for value in column.to_pylist()]
    return [plain_text(value) for value in column.to_pylist()]


def leaves(value: Cell) -> list[str]:
    """The strings and numbers in a nested value as texts, in document order; without keys and missing values."""
    return [plain_text(leaf) for leaf in _walk(value)]


def with_leaves(value: Cell, texts: Sequence[str]) -> Cell:
    """`value` with its leaves replaced by `texts`, given in the order of `leaves`.

    A leaf that is not a string becomes one if its text changed.

    Raises:
        ValueError: the number of texts differs from the number of leaves.
    """
    if len(texts) != sum(1 for _ in _walk(value)):
        raise ValueError("the number of texts differs from the number of leaves in the cell")
    remaining = iter(texts)

    def replace(item: Cell) -> Cell:
        if isinstance(item, dict):
            return {key: replace(inner) for key, inner in item.items()}
        if isinstance(item, (list, tuple)):
            return [replace(inner) for inner in item]
        if is_leaf(item):
            text = next(remaining)
            return item if text == plain_text(item) else text
        return item

    return replace(value)


def _walk(value: Cell) -> Iterator[Cell]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _walk(inner)
    elif is_leaf(value):
        yield value


def is_leaf(value: Cell) -> bool:
    """Whether a value is a string or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def plain_text(value: Cell) -> str:
    """A scalar as text; an integral float, as in an integer column with missing values, is written as an integer."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value)


def decode_cell(text: str | None) -> Cell:
    """Parse a list or object stored as JSON in a text column; None if the cell is missing or blank.

    The text itself is returned if it cannot be parsed and serialized again without loss: it is not JSON, it is a
    scalar, a key occurs twice, or keys are not plain words and so may be data. All of its text is then still searched.
    """
    if text is None or not text.strip():
        return None
    try:
        value = json.loads(text, object_pairs_hook=_plain_object)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (list, dict)) else text


def _plain_object(pairs: list[tuple[str, Cell]]) -> dict[str, Cell]:
    found = dict(pairs)
    if len(found) < len(pairs) or not all(map(_KEY.fullmatch, found)):
        raise ValueError("a duplicate key, or a key that may be data")
    return found


def encode_cell(value: Cell) -> str:
    """The inverse of `decode_cell`."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def written_form(value: Cell) -> str:
    """A cell as the text that is hashed in the ledger: a string unchanged, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)
