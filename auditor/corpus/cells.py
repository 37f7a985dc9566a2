"""The texts in a cell of any type.

A cell of a list, struct or map is read as its leaves (strings and numbers) joined by line ends, so that a position in
a cell's text leads back to one leaf; see `leaves` and `with_leaves`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

BETWEEN_LEAVES = "\n"
_KEY = re.compile(r"[^\W\d][\w -]{0,39}")

Cell = object
"""A value of a column as Python: a plain value, a list, or a dictionary."""


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def cell_texts(column: pa.ChunkedArray) -> list[str]:
    """The texts of the cells of a column; a missing value is empty, a cell with leaves is joined by line ends."""
    if is_text(column.type):
        return [value or "" for value in column.to_pylist()]
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind):
        return [BETWEEN_LEAVES.join(leaves(value)) for value in column.to_pylist()]
    return [plain_text(value) for value in column.to_pylist()]


def leaves(value: Cell) -> list[str]:
    """The texts of the strings and numbers in a nested value, in document order; keys and missing values are none."""
    return [plain_text(leaf) for leaf in _walk(value)]


def with_leaves(value: Cell, texts: Sequence[str]) -> Cell:
    """`value` with its leaves replaced by `texts`, which are in the order of `leaves`.

    A leaf that is no string becomes one where its text has changed.

    Raises:
        ValueError: there are more or fewer texts than leaves.
    """
    if len(texts) != sum(1 for _ in _walk(value)):
        raise ValueError("more or fewer texts than leaves in the cell")
    rest = iter(texts)

    def put(item: Cell) -> Cell:
        if isinstance(item, dict):
            return {key: put(inner) for key, inner in item.items()}
        if isinstance(item, (list, tuple)):
            return [put(inner) for inner in item]
        if is_leaf(item):
            text = next(rest)
            return item if text == plain_text(item) else text
        return item

    return put(value)


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
    """A plain value as text; a float that is a whole number (an integer column with gaps) is written as one."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value)


def decoded(text: str | None) -> Cell:
    """The list or object that a cell of a text column holds as JSON; None where it is missing or blank.

    A cell comes back as the text it is where it cannot be taken apart and put together again without loss: no JSON, a
    plain value, a key twice, or keys that are no plain words and so may be data. Nothing of it goes unread then.
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
        raise ValueError("a key twice, or one that may be data")
    return found


def encoded(value: Cell) -> str:
    """The cell of a text column that `decoded` gave `value` of."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def written_form(value: Cell) -> str:
    """A cell as one text from which the accounts' hashes are made: a string as it is, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)
