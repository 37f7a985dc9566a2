"""The data set's tables: the user's columns with final texts and labels, and four columns of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config import PrepareSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import label_cells, set_of
from auditor.prepare.balance import balance_keys, class_weights
from auditor.prepare.ledger import Added
from auditor.prepare.plan import Plan
from auditor.rules import ACTIONS

ADDED_COLUMNS = ("row_id", "parent_row_id", "recipe", "sample_weight")
"""A user's own column of such a name goes out as ``<name>_input``."""


def written_name(name: str) -> str:
    """The name of an input column in the data set."""
    return f"{name}_input" if name in ADDED_COLUMNS else name


def output_columns(corpus: Corpus, searched: Sequence[str] = ()) -> tuple[list[str], tuple[str, ...]]:
    """Columns that go out (the roles, those `searched` for personal data, what holds no free text), and the others."""
    roles = {*corpus.roles.columns().values(), *searched}
    safe = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_temporal)
    keep = [
        n for n in corpus.table.column_names if n in roles or any(test(corpus.table.column(n).type) for test in safe)
    ]
    return keep, tuple(n for n in corpus.table.column_names if n not in keep)


def final_columns(corpus: Corpus, plan: Plan, columns: list[str]) -> pa.Table:
    """All rows of `columns`, with the plan's texts and labels."""
    table = corpus.table.select(columns)
    table = _replaced(table, corpus.roles.text, plan.cleaned.texts)
    for name, values in plan.cleaned.columns.items():
        place = table.column_names.index(name)  # a masked number is no number any more
        table = table.set_column(place, name, table.column(name).cast(pa.large_string()))
        table = _replaced(table, name, values)
    if corpus.roles.label is not None:
        at = np.flatnonzero(plan.actions() == ACTIONS.index("relabel"))
        labels = plan.table.column("label").take(pa.array(at)).to_pylist()
        if corpus.label_sets is not None:
            return _with_sets(table, corpus, at, labels)
        table = _replaced(table, corpus.roles.label, dict(zip(at.tolist(), labels, strict=True)))
    return table


def _with_sets(table: pa.Table, corpus: Corpus, at: np.ndarray, labels: Sequence[str]) -> pa.Table:
    """`table` with the label sets of the plan in their rows; taken, as lists cannot be replaced by a mask."""
    name = str(corpus.roles.label)
    column = table.column(name)
    new = label_cells([set_of(label) or () for label in labels], column.type, corpus.label_separator)
    place = np.arange(len(table))
    place[at] = len(table) + np.arange(len(at))
    both = pa.chunked_array([*column.chunks, new], column.type).take(pa.array(place))
    return table.set_column(table.column_names.index(name), name, both.combine_chunks())


def _replaced(table: pa.Table, name: str, values: Mapping[int, str | None]) -> pa.Table:
    if not values:
        return table
    rows = sorted(values)
    mask = np.zeros(len(table), bool)
    mask[rows] = True
    column = table.column(name).combine_chunks()
    new = pa.array([values[row] for row in rows], pa.large_string()).cast(column.type)
    column = pc.replace_with_mask(pa.array(column), pa.array(mask), new)
    return table.set_column(table.column_names.index(name), name, column)


def part_table(
    corpus: Corpus,
    plan: Plan,
    final: pa.Table,
    rows: np.ndarray,
    new: Sequence[Added],
    labels: Sequence[str | None] | None,
    settings: PrepareSettings,
    part: str,
) -> pa.Table:
    """One part: its rows in input order, then the rows made from them.

    Args:
        corpus, plan: the rows and what happens to them.
        final: see `final_columns`.
        rows: int64, positions of the part's kept rows.
        new: rows that were made; they take the other columns of their parents.
        labels: final label of every row of the corpus.
        settings: how the train part is balanced.
        part: its name.
    """
    parents = np.array([one.parent for one in new], np.int64)
    every = np.concatenate([rows, parents])
    table = final.take(pa.array(every))
    if new:
        made = pa.array([one.text for one in new], pa.large_string())
        mask = pa.array(np.arange(len(every)) >= len(rows))
        place = table.column_names.index(corpus.roles.text)
        text = pc.replace_with_mask(pa.array(table.column(place).combine_chunks()), mask, made)
        table = table.set_column(place, corpus.roles.text, text)
    table = table.rename_columns([written_name(name) for name in table.column_names])
    extra = {
        "row_id": pa.array(np.concatenate([corpus.row_id[rows], np.zeros(len(new), np.int64)]), mask=_tail(rows, new)),
        "parent_row_id": pa.array(corpus.row_id[every], mask=~_tail(rows, new)),
        "recipe": pa.array([None] * len(rows) + [one.recipe for one in new], pa.string()),
        "sample_weight": pa.array(_weights(corpus, plan, every, labels, settings, part)),
    }
    for name, column in extra.items():
        table = table.append_column(name, column)
    return table.combine_chunks()


def _tail(rows: np.ndarray, new: Sequence[Added]) -> np.ndarray:
    return np.arange(len(rows) + len(new)) >= len(rows)


def _weights(
    corpus: Corpus,
    plan: Plan,
    rows: np.ndarray,
    labels: Sequence[str | None] | None,
    settings: PrepareSettings,
    part: str,
) -> np.ndarray:
    """float64: the class weight (train only, where asked for) times what the plan weighs the row down by."""
    if part != "train":
        return np.ones(len(rows))
    down = np.asarray(pc.fill_null(plan.table.column("weight"), 1.0).to_numpy())[rows]
    if settings.balance == "weights" and labels is not None:
        return np.asarray(class_weights(balance_keys(corpus, labels, rows, settings), down) * down)
    return np.asarray(down)
