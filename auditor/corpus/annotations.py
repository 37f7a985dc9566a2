"""Labels by several annotators: in one column per annotator, in one nested column, or in one row per annotator."""

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
Triples = Iterator[tuple[int, str, str]]
"""Triples of row position, annotator and label."""


def annotations_from_columns(table: pa.Table, columns: Sequence[str]) -> Annotations:
    """Annotations in one column per annotator, or in one nested column.

    Args:
        table: the rows.
        columns: one per annotator; or a single nested one whose cells are lists of labels in a fixed order, objects
            from annotator to label, or lists of objects with an annotator and a label.
    """
    if len(columns) == 1 and pa.types.is_nested(table.schema.field(columns[0]).type):
        triples = list(_of_cells(table.column(columns[0]).to_pylist()))
    else:
        triples = [
            (row, name, plain_text(value))
            for name in columns
            for row, value in enumerate(table.column(name).to_pylist())
            if is_leaf(value) or isinstance(value, bool)
        ]
    annotators = sorted({name for _, name, _ in triples}) if len(columns) == 1 else list(columns)
    return _coded(triples, annotators, np.arange(len(table)), None)


def annotations_from_rows(
    texts: Sequence[str], annotator: pa.ChunkedArray, labels: Sequence[str | None] | None
) -> Annotations:
    """Annotations with one row per annotator and text; rows with equal texts are the same item.

    Args:
        texts: one per row.
        annotator: the annotator of each row.
        labels: one per row; None: there are no labels.
    """
    first: dict[str, int] = {}
    item = np.array([first.setdefault(normalize_for_matching(text), row) for row, text in enumerate(texts)], np.int64)
    names = pc.utf8_trim_whitespace(annotator.cast(pa.large_string())).to_pylist()
    annotators = sorted({name for name in names if name})
    number = {name: k for k, name in enumerate(annotators)}
    triples = [
        (row, name, label)
        for row, (name, label) in enumerate(zip(names, labels or [None] * len(names), strict=True))
        if name and label is not None
    ]
    return _coded(triples, annotators, item, np.array([number.get(name, -1) for name in names], np.int64))


def _coded(
    triples: Sequence[tuple[int, str, str]], annotators: Sequence[str], item: np.ndarray, by_row: np.ndarray | None
) -> Annotations:
    triples = [triple for triple in triples if triple[2].strip()]
    classes = sorted({label for _, _, label in triples})
    annotator = {name: k for k, name in enumerate(annotators)}
    label = {name: k for k, name in enumerate(classes)}
    codes = np.array([(row, annotator[who], label[what]) for row, who, what in triples], np.int64).reshape(-1, 3)
    return Annotations(tuple(annotators), tuple(classes), codes[:, 0], codes[:, 1], codes[:, 2], item, by_row)


def _of_cells(cells: Sequence[Cell]) -> Triples:
    for row, cell in enumerate(cells):
        if isinstance(cell, dict):
            yield from ((row, str(name), plain_text(value)) for name, value in cell.items() if is_leaf(value))
        elif isinstance(cell, list):
            for place, judgement in enumerate(cell):
                name, label = _named(judgement) if isinstance(judgement, dict) else (f"{place + 1}", judgement)
                if is_leaf(label):
                    yield row, name, plain_text(label)


def _named(judgement: dict[str, Cell]) -> tuple[str, Cell]:
    """Annotator and label of an object."""
    name = next((judgement[key] for key in NAME_KEYS if judgement.get(key) is not None), "")
    return plain_text(name) if is_leaf(name) else "", next(
        (judgement[key] for key in LABEL_KEYS if key in judgement), None
    )
