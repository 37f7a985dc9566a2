"""What several annotators said of the rows: a column each, one column of lists, or a row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.cells import Cell, is_leaf, plain_text
from auditor.corpus.target import Annotations
from auditor.text.normalise import normalize_for_matching

NAME_KEYS = ("annotator", "annotator_id", "worker", "worker_id", "rater", "coder", "user", "id")
LABEL_KEYS = ("label", "labels", "annotation", "value", "class", "rating", "answer")
Said = Iterator[tuple[int, str, str]]
"""Row (position), annotator and label."""


def of_columns(table: pa.Table, columns: Sequence[str]) -> Annotations:
    """Annotations that stand in a column each, or in one column of lists or objects.

    Args:
        table: the rows.
        columns: one per annotator; or a nested one, whose cells are lists of labels in a fixed order, objects from
            annotator to label, or lists of objects with an annotator and a label.
    """
    if len(columns) == 1 and pa.types.is_nested(table.schema.field(columns[0]).type):
        said = list(_of_cells(table.column(columns[0]).to_pylist()))
    else:
        said = [
            (row, name, plain_text(value))
            for name in columns
            for row, value in enumerate(table.column(name).to_pylist())
            if is_leaf(value) or isinstance(value, bool)
        ]
    named = sorted({name for _, name, _ in said}) if len(columns) == 1 else list(columns)
    return _coded(said, named, np.arange(len(table)), None)


def of_rows(texts: Sequence[str], annotator: pa.ChunkedArray, labels: Sequence[str | None] | None) -> Annotations:
    """Annotations that stand in a row each: rows of equal text are one item.

    Args:
        texts: one per row.
        annotator: who labelled each row.
        labels: one per row; None: there are none.
    """
    first: dict[str, int] = {}
    item = np.array([first.setdefault(normalize_for_matching(text), row) for row, text in enumerate(texts)], np.int64)
    names = pc.utf8_trim_whitespace(annotator.cast(pa.large_string())).to_pylist()
    named = sorted({name for name in names if name})
    number = {name: k for k, name in enumerate(named)}
    said = [
        (row, name, label)
        for row, (name, label) in enumerate(zip(names, labels or [None] * len(names), strict=True))
        if name and label is not None
    ]
    return _coded(said, named, item, np.array([number.get(name, -1) for name in names], np.int64))


def _coded(
    said: Sequence[tuple[int, str, str]], named: Sequence[str], item: np.ndarray, by_row: np.ndarray | None
) -> Annotations:
    said = [one for one in said if one[2].strip()]
    classes = sorted({label for _, _, label in said})
    annotator = {name: k for k, name in enumerate(named)}
    label = {name: k for k, name in enumerate(classes)}
    codes = np.array([(row, annotator[who], label[what]) for row, who, what in said], np.int64).reshape(-1, 3)
    return Annotations(tuple(named), tuple(classes), codes[:, 0], codes[:, 1], codes[:, 2], item, by_row)


def _of_cells(cells: Sequence[Cell]) -> Said:
    for row, cell in enumerate(cells):
        if isinstance(cell, dict):
            yield from ((row, str(name), plain_text(value)) for name, value in cell.items() if is_leaf(value))
        elif isinstance(cell, list):
            for place, one in enumerate(cell):
                name, label = _named(one) if isinstance(one, dict) else (f"{place + 1}", one)
                if is_leaf(label):
                    yield row, name, plain_text(label)


def _named(one: dict[str, Cell]) -> tuple[str, Cell]:
    """Annotator and label of an object."""
    name = next((one[key] for key in NAME_KEYS if one.get(key) is not None), "")
    return plain_text(name) if is_leaf(name) else "", next((one[key] for key in LABEL_KEYS if key in one), None)
