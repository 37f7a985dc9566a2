"""Columns beside the text: which can hold personal data, and which a user wants looked through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.corpus.roles import is_text
from auditor.errors import InputError, nearest

ALL = "*"
FIXED = ("label", "split", "date")
"""Roles whose values the rest of a run depends on; they are neither looked through nor masked."""


def speaking_columns(corpus: Corpus) -> tuple[str, ...]:
    """Columns of strings or integers (a telephone number is one) beside the text, in the table's order."""
    return tuple(
        name
        for name in corpus.table.column_names
        if name != corpus.roles.text and _speaks(corpus.table.column(name).type)
    )


def named_columns(corpus: Corpus, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of a setting; ``*`` stands for all that can be named.

    Raises:
        InputError: no such column, one of numbers or dates, or one whose role forbids changes.

    """
    fixed = {column for role, column in corpus.roles.columns().items() if role in FIXED}
    possible = [name for name in speaking_columns(corpus) if name not in fixed]
    chosen = dict.fromkeys(name for item in names for name in (possible if item == ALL else [item]))
    for name in chosen:
        if name not in possible:
            raise InputError(
                "A column cannot be looked through for personal data: there is none of that name, it holds no strings"
                " or integers, or it is the text (always looked through), the label, the split or the date.",
                where=f"pii.columns = {name}",
                fix=nearest(name, possible),
            )
    return tuple(chosen)


def column_texts(corpus: Corpus, name: str) -> list[str]:
    """The values of a column as strings; nulls become empty."""
    column = corpus.table.column(name)
    return [value or "" for value in (column if is_text(column.type) else column.cast(pa.large_string())).to_pylist()]


def leaves(value: Any) -> list[str]:
    """The strings of a cell in document order: of lists, structs and maps at any depth; a string is its own leaf."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaves(item)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in leaves(item)]
    return []


def with_leaves(value: Any, texts: Sequence[str]) -> Any:
    """`value` with its strings replaced by `texts`, which are in the order of `leaves`.

    Raises:
        ValueError: there are more or fewer texts than strings.

    """
    supply = iter(texts)
    try:
        result = _filled(value, supply)
    except StopIteration:
        raise ValueError("fewer texts than strings in the cell") from None
    if next(supply, None) is not None:
        raise ValueError("more texts than strings in the cell")
    return result


def _filled(value: Any, supply: Iterator[str]) -> Any:
    if isinstance(value, str):
        return next(supply)
    if isinstance(value, dict):
        return {name: _filled(item, supply) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_filled(item, supply) for item in value])
    return value


def _speaks(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return is_text(kind) or bool(pa.types.is_integer(kind))
