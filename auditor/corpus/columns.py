"""Which columns are searched for personal data, and the text of their cells.

A cell of a list, struct or map is read as its leaves (strings and numbers) joined by line ends, so that a position in
a cell's text leads back to one leaf; see `leaves` and `with_leaves`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.corpus import Corpus
from auditor.corpus.roles import is_text
from auditor.errors import InputError, nearest

ALL, NONE = "*", "none"
BETWEEN_LEAVES = "\n"
SHORT_NUMBER = 1_000_000
"""Integers below it have too few digits to be a number of a person."""


def searchable_columns(corpus: Corpus) -> tuple[str, ...]:
    """Columns beside the text that can hold personal data (strings, whole numbers, nested ones), in the table's order.

    The split column is none: its values are names of parts, and whatever is no part is asked about when it is read.
    """
    return tuple(
        name
        for name in corpus.table.column_names
        if name not in (corpus.roles.text, corpus.roles.split) and _is_searchable(corpus.table.column(name))
    )


def named_columns(corpus: Corpus, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of the setting ``pii.columns``; ``*`` stands for all that can be named, ``none`` for no column.

    Raises:
        InputError: no such column, or one that is not searchable.
    """
    possible = searchable_columns(corpus)
    wanted = [name for name in names if name not in (NONE, corpus.roles.text)]
    chosen = dict.fromkeys(name for item in wanted for name in (possible if item == ALL else [item]))
    for name in chosen:
        if name not in possible:
            raise InputError(
                "A column cannot be searched for personal data: there is none of that name, it holds neither strings"
                " nor whole numbers, or it is the split.",
                where=f"pii.columns = {name}",
                fix=nearest(name, possible),
            )
    return tuple(chosen)


def column_texts(corpus: Corpus, name: str) -> list[str]:
    """The texts of a column's cells, one per row; a missing value is empty."""
    return cell_texts(corpus.table.column(name))


def cell_texts(column: pa.ChunkedArray) -> list[str]:
    """The texts of the cells of a column; a missing value is empty, a cell with leaves is joined by line ends."""
    if is_text(column.type):
        return [value or "" for value in column.to_pylist()]
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind):
        return [BETWEEN_LEAVES.join(leaves(value)) for value in column.to_pylist()]
    return [_plain(value) for value in column.to_pylist()]


def leaves(value: object) -> list[str]:
    """The texts of the strings and numbers in a nested value, in document order; keys and missing values are none."""
    return [_plain(leaf) for leaf in _walk(value)]


def with_leaves(value: object, texts: Sequence[str]) -> object:
    """`value` with its leaves replaced by `texts`, which are in the order of `leaves`.

    A leaf that is no string becomes one where its text has changed.

    Raises:
        ValueError: there are more or fewer texts than leaves.
    """
    if len(texts) != sum(1 for _ in _walk(value)):
        raise ValueError("more or fewer texts than leaves in the cell")
    rest = iter(texts)

    def put(item: object) -> object:
        if isinstance(item, dict):
            return {key: put(inner) for key, inner in item.items()}
        if isinstance(item, (list, tuple)):
            return [put(inner) for inner in item]
        if _is_leaf(item):
            text = next(rest)
            return item if text == _plain(item) else text
        return item

    return put(value)


def _walk(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _walk(inner)
    elif _is_leaf(value):
        yield value


def _is_leaf(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _plain(value: object) -> str:
    """A cell as text; a float that is a whole number (an integer column with gaps) is written as one."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value)


def is_short_number(column: pa.ChunkedArray) -> bool:
    """Whether a column holds only whole numbers of at most six digits, in which no pattern can find anything."""
    if not pa.types.is_integer(column.type):
        return False
    lowest, highest = pc.min_max(column).as_py().values()
    return highest is None or (lowest > -SHORT_NUMBER and highest < SHORT_NUMBER)


def _is_searchable(column: pa.ChunkedArray) -> bool:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_floating(kind):
        return _is_whole(column)
    return _has_leaves(kind)


def _has_leaves(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(_has_leaves(kind.field(i).type) for i in range(kind.num_fields))
    if pa.types.is_map(kind):
        return _has_leaves(kind.item_type)
    if pa.types.is_nested(kind) and hasattr(kind, "value_type"):
        return _has_leaves(kind.value_type) or pa.types.is_floating(kind.value_type)
    return is_text(kind) or pa.types.is_string_view(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def _is_whole(column: pa.ChunkedArray) -> bool:
    """Whether all values of a float column are whole numbers, some of them long: integers beside missing values."""
    if pa.types.is_dictionary(column.type) or column.null_count == len(column):
        return False
    values = column.cast(pa.float64())
    finite = values.filter(pc.fill_null(pc.is_finite(values), False))
    if len(finite) == 0 or pc.max(pc.abs(finite)).as_py() < SHORT_NUMBER:
        return False
    return bool(pc.all(pc.equal(finite, pc.floor(finite))).as_py())
