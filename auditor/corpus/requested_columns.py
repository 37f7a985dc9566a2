"""Columns requested by the settings or by an earlier run."""

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
    """Require that a requested column exists.

    Raises:
        InputError: it does not.
    """
    if name not in table.column_names:
        raise InputError(f"There is no column {name!r}.", where=f"{role} column", fix=nearest(name, table.column_names))


def requested_fields(table: pa.Table, settings: CorpusSettings) -> tuple[tuple[str, str], ...]:
    """(column, key) of the requested text fields if there are several or nested ones; the key is usually empty."""
    requested, names = settings.text, table.column_names
    fields = settings.fields or _split_names(requested, names)
    if (
        not fields
        and requested is not None
        and (requested not in names or pa.types.is_nested(table.schema.field(requested).type))
    ):
        fields = (requested,) if requested in names or _PATH.fullmatch(requested) else ()
    pairs = tuple(_column_and_key(name, names) for name in fields)
    for name, _ in pairs:
        require_column(table, name, "text")
    return pairs


def _column_and_key(name: str, columns: Collection[str]) -> tuple[str, str]:
    """Split ``messages[].content`` into column and key, unless a column has exactly this name."""
    path = _PATH.fullmatch(name)
    if name in columns or path is None:
        return name, ""
    return path[1], (path[2] or "").rpartition(".")[2]


def requested_labels(table: pa.Table, settings: CorpusSettings) -> tuple[str, ...]:
    """The 0/1 columns requested as labels; empty if one label column or none is requested.

    Raises:
        InputError: one of them does not exist.
    """
    labels = settings.label_columns or _split_names(settings.label, table.column_names)
    for name in labels:
        require_column(table, name, "label")
    return labels


def _split_names(requested: str | None, columns: Collection[str]) -> tuple[str, ...]:
    """The columns in ``title,body`` or ``title + body``; empty if it is the name of one column."""
    if requested is None or requested in columns:
        return ()
    names = tuple(name.strip() for name in re.split(r",| \+ ", requested))
    return names if len(names) > 1 else ()


def settings_for_columns(
    roles: Mapping[str, str],
    shape: str,
    text_columns: Sequence[str],
    text_keys: Sequence[str],
    label_columns: Sequence[str],
    annotator_columns: Sequence[str],
) -> dict[str, object]:
    """Values of `CorpusSettings` that request the columns found by an earlier run.

    Args:
        roles: columns by role.
        shape, text_columns, text_keys: kind, columns and keys of the `Shape`.
        label_columns, annotator_columns: see `InferredColumns`.
    """
    requested: dict[str, object] = {role: roles.get(role) for role in (*ROLES, *TOKEN_ROLES)}
    if text_columns:
        keys = text_keys or [""] * len(text_columns)
        fields = tuple(f"{name}[].{key}" if key else name for name, key in zip(text_columns, keys, strict=True))
        requested |= {"text": None, "fields": fields, "shape": shape}
    if text_columns and requested["tokens"] in text_columns:
        requested["tokens"] = None  # inferred again: lists of words beside their tags
    if label_columns:
        requested |= {"label": None, "label_columns": tuple(label_columns)}
    if annotator_columns:
        requested["annotators"] = tuple(annotator_columns)
    return requested
