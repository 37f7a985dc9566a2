"""Columns that were asked for, by the settings or by an earlier run."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.corpus import ROLES, TOKEN_ROLES
from auditor.errors import InputError, nearest

_PATH = re.compile(r"([^\[\]]+?)(?:\[\])?((?:\.[^.\[\]]+(?:\[\])?)+)?")
"""A nested field: a column, and the keys below it."""


def require_column(table: pa.Table, name: str, role: str) -> None:
    """See that a column asked for exists.

    Raises:
        InputError: it does not.
    """
    if name not in table.column_names:
        raise InputError(f"There is no column {name!r}.", where=f"{role} column", fix=nearest(name, table.column_names))


def asked_fields(table: pa.Table, settings: CorpusSettings) -> tuple[tuple[str, str], ...]:
    """(column, key) of the text fields asked for where they are several or nested; the key is mostly empty."""
    asked, names = settings.text, table.column_names
    fields = settings.fields or _several(asked, names)
    if not fields and asked is not None and (asked not in names or pa.types.is_nested(table.schema.field(asked).type)):
        fields = (asked,) if asked in names or _PATH.fullmatch(asked) else ()
    found = tuple(_column_and_key(name, names) for name in fields)
    for name, _ in found:
        require_column(table, name, "text")
    return found


def _column_and_key(name: str, columns: Collection[str]) -> tuple[str, str]:
    """``messages[].content`` taken apart, unless a column is really called so."""
    path = _PATH.fullmatch(name)
    if name in columns or path is None:
        return name, ""
    return path[1], (path[2] or "").rpartition(".")[2]


def asked_labels(table: pa.Table, settings: CorpusSettings) -> tuple[str, ...]:
    """The 0/1 columns asked for as labels together; none where one label column is asked for, or none.

    Raises:
        InputError: one of them does not exist.
    """
    labels = settings.label_columns or _several(settings.label, table.column_names)
    for name in labels:
        require_column(table, name, "label")
    return labels


def _several(asked: str | None, columns: Collection[str]) -> tuple[str, ...]:
    """The columns of ``title,body`` or of ``title + body``; none where it is the name of one column."""
    if asked is None or asked in columns:
        return ()
    names = tuple(name.strip() for name in re.split(r",| \+ ", asked))
    return names if len(names) > 1 else ()


def as_asked(
    roles: Mapping[str, str],
    shape: str,
    text_columns: Sequence[str],
    text_keys: Sequence[str],
    label_columns: Sequence[str],
    annotator_columns: Sequence[str],
) -> dict[str, object]:
    """Values of `CorpusSettings` that ask for columns as they were found once.

    Args:
        roles: columns by role.
        shape, text_columns, text_keys: of `Shape`: kind, columns and keys.
        label_columns, annotator_columns: see `Inferred`.
    """
    asked: dict[str, object] = {role: roles.get(role) for role in (*ROLES, *TOKEN_ROLES)}
    if text_columns:
        keys = text_keys or [""] * len(text_columns)
        fields = tuple(f"{name}[].{key}" if key else name for name, key in zip(text_columns, keys, strict=True))
        asked |= {"text": None, "fields": fields, "shape": shape}
    if text_columns and asked["tokens"] in text_columns:
        asked["tokens"] = None  # they are found again: lists of words beside their tags
    if label_columns:
        asked |= {"label": None, "label_columns": tuple(label_columns)}
    if annotator_columns:
        asked["annotators"] = tuple(annotator_columns)
    return asked
