"""The tables of the data set: the input's columns with final texts and labels, and four added columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditor.config.settings import PrepareSettings
from auditor.core.actions import Action
from auditor.corpus.cells import Cell
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import binary_cells, label_cells, labels_from_json
from auditor.corpus.mapped import table_on_disk
from auditor.corpus.texts import SLICE, gather, replace_values
from auditor.prepare.balance import balance_keys, class_weights
from auditor.prepare.ledger import AddedRow
from auditor.prepare.plan import Plan


def output_columns(corpus: Corpus) -> tuple[list[str], tuple[str, ...]]:
    """Columns that the data set has (all that Parquet can hold), and columns that it lacks."""
    writable = [field.name for field in corpus.table.schema if _is_writable(field)]
    return writable, tuple(name for name in corpus.table.column_names if name not in writable)


def _is_writable(field: pa.Field) -> bool:
    try:
        pq.write_table(pa.schema([field]).empty_table(), pa.BufferOutputStream())
    except (pa.ArrowException, NotImplementedError):
        return False
    return True


def final_columns(corpus: Corpus, plan: Plan, columns: list[str]) -> pa.Table:
    """All rows of `columns`, with the texts, labels and masked values of the plan; other values are unchanged."""
    table = corpus.table.select(columns)
    if not corpus.shape.is_composed:
        table = _replaced(table, corpus.roles.text, plan.cleaned.texts, corpus.stored)
    for name, values in plan.cleaned.columns.items():
        if name in columns:
            table = _with_cells(table, name, values)
    if corpus.roles.label is not None:
        positions = np.flatnonzero(plan.actions() == Action.RELABEL)
        labels = plan.table.column("label").take(pa.array(positions)).to_pylist()
        if corpus.label_sets is not None:
            return _with_sets(table, corpus, positions, labels)
        table = _replaced(
            table, corpus.roles.label, dict(zip(positions.tolist(), corpus.class_codes(labels), strict=True))
        )
    return table


def _with_cells(table: pa.Table, name: str, values: Mapping[int, Cell]) -> pa.Table:
    """`table` with replaced cells; a column of numbers in which one is masked becomes a column of strings."""
    if not values:
        return table
    column = table.column(name)
    if not pa.types.is_nested(column.type):
        as_text = table.set_column(table.column_names.index(name), name, column.cast(pa.large_string()))
        return _replaced(as_text, name, {row: None if value is None else str(value) for row, value in values.items()})
    rows = sorted(values)
    try:
        new = pa.array([values[row] for row in rows], column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a number in a cell was masked
        return table.set_column(table.column_names.index(name), name, _with_texts(column, values))
    index = np.arange(len(table))
    index[rows] = len(table) + np.arange(len(rows))
    combined = pa.chunked_array([*column.chunks, new], column.type).take(pa.array(index))
    return table.set_column(table.column_names.index(name), name, combined)


def _with_texts(column: pa.ChunkedArray, values: Mapping[int, object]) -> pa.ChunkedArray:
    """A nested column with some cells replaced and all numbers in it converted to strings."""

    def as_text(value: object) -> object:
        if isinstance(value, dict):
            return {key: as_text(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [as_text(inner) for inner in value]
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    cells = [as_text(values.get(row, value)) for row, value in enumerate(column.to_pylist())]
    return pa.chunked_array([pa.array(cells)])


def _with_sets(table: pa.Table, corpus: Corpus, positions: np.ndarray, labels: Sequence[str]) -> pa.Table:
    """`table` with the label sets of the plan; uses `take`, since Arrow cannot replace lists with a mask."""
    if corpus.label_columns:
        return _with_binary(table, corpus.label_columns, positions, [labels_from_json(label) or () for label in labels])
    name = str(corpus.roles.label)
    column = table.column(name)
    new = label_cells([labels_from_json(label) or () for label in labels], column.type, corpus.label_separator)
    index = np.arange(len(table))
    index[positions] = len(table) + np.arange(len(positions))
    combined = pa.chunked_array([*column.chunks, new], column.type).take(pa.array(index))
    return table.set_column(table.column_names.index(name), name, combined.combine_chunks())


def _with_binary(
    table: pa.Table, columns: Sequence[str], positions: np.ndarray, sets: Sequence[tuple[str, ...]]
) -> pa.Table:
    """`table` with the label sets of the plan, in 0/1 columns."""
    for name in columns:
        column = table.column(name)
        new = binary_cells([name in labels for labels in sets], column.type)
        index = np.arange(len(table))
        index[positions] = len(table) + np.arange(len(positions))
        combined = pa.chunked_array([*column.chunks, new], column.type).take(pa.array(index))
        table = table.set_column(table.column_names.index(name), name, combined)
    return table


def _replaced(table: pa.Table, name: str, values: Mapping[int, str | None], beside: Path | None = None) -> pa.Table:
    if not values:
        return table
    return table.set_column(table.column_names.index(name), name, replace_values(table.column(name), values, beside))


def part_table(
    corpus: Corpus,
    plan: Plan,
    final: pa.Table,
    rows: np.ndarray,
    new: Sequence[AddedRow],
    labels: Sequence[str | None] | None,
    settings: PrepareSettings,
    part: str,
    names: Mapping[str, str],
) -> pa.Table:
    """One part: its rows in input order, then the rows generated from them.

    Args:
        corpus, plan: the rows and their plan.
        final: see `final_columns`.
        rows: int64, positions of the kept rows of the part.
        new: generated rows; they take all columns but the text from their parents.
        labels: final label of every row of the corpus.
        settings: settings for balancing the train part.
        part: name of the part.
        names: name of each column in the data set, see `output_names`.
    """
    parents = np.array([row.parent for row in new], np.int64)
    sources = np.concatenate([rows, parents])
    table = _taken(corpus, final, sources)
    if new and not corpus.shape.is_composed:  # rows with several fields are only repeated, not changed
        table = _replaced(table, corpus.roles.text, {len(rows) + i: row.text for i, row in enumerate(new)})
    table = table.rename_columns([names[name] for name in table.column_names])
    extra = {
        "row_id": pa.array(np.concatenate([corpus.row_id[rows], np.zeros(len(new), np.int64)]), mask=_tail(rows, new)),
        "parent_row_id": pa.array(corpus.row_id[sources], mask=~_tail(rows, new)),
        "recipe": pa.array([None] * len(rows) + [row.recipe for row in new], pa.string()),
        "sample_weight": pa.array(_weights(corpus, plan, sources, labels, settings, part)),
    }
    for name, column in extra.items():
        table = table.append_column(name, column)
    return table if corpus.stored is not None else table.combine_chunks()


def _taken(corpus: Corpus, table: pa.Table, rows: np.ndarray) -> pa.Table:
    """Rows of a table in the given order; memory-mapped beside the corpus if that is stored on disk."""
    slices = (
        pa.table({name: gather(table.column(name), rows[start : start + SLICE]) for name in table.column_names})
        for start in range(0, max(len(rows), 1), SLICE)
    )
    if corpus.stored is None:
        return pa.concat_tables(slices)
    return table_on_disk((part.cast(table.schema) for part in slices), table.schema, corpus.stored)


def _tail(rows: np.ndarray, new: Sequence[AddedRow]) -> np.ndarray:
    return np.arange(len(rows) + len(new)) >= len(rows)


def _weights(
    corpus: Corpus,
    plan: Plan,
    rows: np.ndarray,
    labels: Sequence[str | None] | None,
    settings: PrepareSettings,
    part: str,
) -> np.ndarray:
    """float64, one per row: class weight (if requested) times the weight in the plan; 1 outside the train part."""
    if part != "train":
        return np.ones(len(rows))
    down = np.asarray(pc.fill_null(plan.table.column("weight"), 1.0).to_numpy())[rows]
    if settings.balance == "weights" and labels is not None:
        return np.asarray(class_weights(balance_keys(corpus, labels, rows, settings), down) * down)
    return np.asarray(down)
