"""The columns searched for personal data, and the texts of their cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.cells import BETWEEN_LEAVES, cell_texts, is_text, leaves
from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import SLICE, Texts, gather
from auditor.errors import InputError, nearest

ALL, NONE = "*", "none"
SHORT_NUMBER = 1_000_000
"""Smaller integers have too few digits to identify a person."""


def searchable_columns(corpus: Corpus) -> tuple[str, ...]:
    """Columns besides the text that can contain personal data (strings, integers, nested), in the table's order.

    Without the split column: its values must be names of parts, which is required when the corpus is read.
    """
    return tuple(
        name
        for name in corpus.table.column_names
        if name not in (corpus.roles.text, corpus.roles.split) and _is_searchable(corpus.table.column(name))
    )


def named_columns(corpus: Corpus, names: Sequence[str]) -> tuple[str, ...]:
    """The columns selected by the setting ``pii.columns``; ``*`` stands for all searchable columns, ``none`` for none.

    The fields of rows with several text fields are always included.

    Raises:
        InputError: no such column, or one that is not searchable.
    """
    possible = searchable_columns(corpus)
    wanted = [*corpus.shape.columns, *(name for name in names if name not in (NONE, corpus.roles.text))]
    chosen = dict.fromkeys(name for item in wanted for name in (possible if item == ALL else [item]))
    for name in chosen:
        if name not in possible:
            raise InputError(
                "A column cannot be searched for personal data: it does not exist, it contains neither strings nor"
                " integers, or it is the split column.",
                where=f"pii.columns = {name}",
                fix=nearest(name, possible),
            )
    return tuple(chosen)


def column_texts(corpus: Corpus, name: str, rows: np.ndarray | None = None) -> Sequence[str]:
    """The texts of a column's cells; empty for missing values.

    Args:
        corpus: the corpus.
        name: a column of its table, or of the text role.
        rows: int64, positions; None: all rows, converted lazily for string columns.
    """
    if name == corpus.roles.text:
        return corpus.texts if rows is None else corpus.texts.take(rows)
    if name not in corpus.shape.json_columns and is_text(corpus.table.column(name).type):
        every = Texts(corpus.table.column(name))
        return every if rows is None else every.take(rows)
    table = corpus.table.select([name])
    if rows is not None:
        table = pa.table({name: gather(table.column(name), rows)})
    return _cell_texts(corpus, table, name)


def column_slices(corpus: Corpus, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The texts of a column's cells in slices of `SLICE` rows, each with the position of its first row."""
    for start in range(0, len(corpus), SLICE):
        if name == corpus.roles.text:
            yield start, corpus.texts[start : start + SLICE]
        else:
            yield start, _cell_texts(corpus, corpus.table.select([name]).slice(start, SLICE), name)


def _cell_texts(corpus: Corpus, table: pa.Table, name: str) -> list[str]:
    if name in corpus.shape.json_columns:
        return [BETWEEN_LEAVES.join(leaves(cell)) for cell in corpus.shape.cells(table, name)]
    return cell_texts(table.column(name))


def heading_of(corpus: Corpus, name: str) -> str | None:
    """The column name, used as context words of what is found in it; None for text fields."""
    return None if name == corpus.roles.text or name in corpus.shape.columns else name


def is_short_number(column: pa.ChunkedArray) -> bool:
    """Whether a column has only integers of at most six digits, in which no pattern can match."""
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
    """Whether a float column has only integral values, some with many digits: integers beside missing values."""
    if pa.types.is_dictionary(column.type) or column.null_count == len(column):
        return False
    values = column.cast(pa.float64())
    finite = values.filter(pc.fill_null(pc.is_finite(values), False))
    if len(finite) == 0 or pc.max(pc.abs(finite)).as_py() < SHORT_NUMBER:
        return False
    return bool(pc.all(pc.equal(finite, pc.floor(finite))).as_py())
