"""The rows of a benchmark: two sides of training rows and one set of test rows.

A side is taken from the corpus as read, or from the prepared data set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.corpus import Corpus, Roles

X = TypeVar("X")
"""Type of a model's input, such as a text or a list of words."""
Y = TypeVar("Y")
"""Type of a target, such as a label, a set of labels, or a list of tags."""
T = TypeVar("T")


@dataclass(frozen=True)
class Side(Generic[X, Y]):
    """Training rows of one side, or the test rows.

    Attributes:
        name: ``before``, ``after``, ``test``, or a step of the preparation.
        inputs: input of each row.
        targets: target of each row.
        weights: float64, weight of each row in the loss; only ratios matter. None: equal weights.
        row_ids: int64, -1 for added rows. With them, all sides sample the same rows although texts were changed. None:
            rows are identified by their content.
        disputed: bool, for test rows: whether a check or a reviewer questions the label. None: unknown.
        groups: for test rows: columns by which the result is broken down, one value per row.
        clusters: int64, for test rows: duplicate cluster; None: unknown.
        folds: int64, the fold in which the row is tested and whose models do not see it; -1: none. None: there is only
            one fold, the test rows.
    """

    name: str
    inputs: list[X]
    targets: list[Y]
    weights: np.ndarray | None = None
    row_ids: np.ndarray | None = None
    disputed: np.ndarray | None = None
    groups: Mapping[str, list[str | None]] = field(default_factory=dict)
    clusters: np.ndarray | None = None
    folds: np.ndarray | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.inputs)

    def take(self, positions: np.ndarray) -> Side[X, Y]:
        """The rows at `positions`, in that order."""
        rows = positions.tolist()

        def taken(values: list[T]) -> list[T]:
            return [values[i] for i in rows]

        return replace(
            self,
            inputs=taken(self.inputs),
            targets=taken(self.targets),
            weights=None if self.weights is None else self.weights[positions],
            row_ids=None if self.row_ids is None else self.row_ids[positions],
            disputed=None if self.disputed is None else self.disputed[positions],
            groups={column: taken(values) for column, values in self.groups.items()},
            clusters=None if self.clusters is None else self.clusters[positions],
            folds=None if self.folds is None else self.folds[positions],
        )

    def tested_in(self, fold: int) -> Side[X, Y]:
        """The test rows of a fold."""
        return self if self.folds is None else self.take(np.flatnonzero(self.folds == fold))

    def without(self, fold: int) -> Side[X, Y]:
        """The train rows that the models of a fold may use."""
        return self if self.folds is None else self.take(np.flatnonzero(self.folds != fold))


@dataclass(frozen=True)
class PreparedRows:
    """The train part of a prepared data set.

    Attributes:
        corpus: its rows.
        row_ids: int64, id of the corresponding input row; -1 for added rows.
        origins: int64, id of the input row that the row is or was derived from.
        weights: float64, sample weights.
        removed: the removed input rows: ``row_id`` and the ``code`` of the finding that caused the removal.
    """

    corpus: Corpus
    row_ids: np.ndarray
    origins: np.ndarray
    weights: np.ndarray
    removed: pa.Table


@dataclass(frozen=True)
class RunData:
    """The data of a run that a benchmark needs.

    Attributes:
        corpus: the input, with class names that may be shown.
        clusters: int64, duplicate cluster of each row.
        is_train, is_test: bool, part of each row.
        prepared: the prepared data set; None if it has no train part.
        findings: findings of the audit; see `auditor.core.findings`.
        spare: bool, whether a row may be tested although it is not a test row; None: no, since the input has a test
            part.
    """

    corpus: Corpus
    clusters: np.ndarray
    is_train: np.ndarray
    is_test: np.ndarray
    prepared: PreparedRows | None
    findings: pa.Table
    spare: np.ndarray | None = None


@dataclass(frozen=True)
class Sides(Generic[X, Y]):
    """Both sides and the test rows of one benchmark."""

    before: Side[X, Y]
    after: Side[X, Y]
    test: Side[X, Y]


def prepared_rows(corpus: Corpus, table: pa.Table, names: Mapping[str, str], removed: pa.Table) -> PreparedRows:
    """The train part of the data set prepared from `corpus`.

    Args:
        corpus: the input.
        table: the columns of the input, then ``row_id``, ``parent_row_id`` and ``sample_weight``.
        names: for renamed columns of the input, their names in `table`.
        removed: see `PreparedRows`.
    """
    roles, row_ids = corpus.roles, table.column("row_id").cast(pa.int64())
    label = None if roles.label is None else names.get(roles.label, roles.label)
    parents = table.column("parent_row_id").cast(pa.int64())
    return PreparedRows(
        corpus=replace(
            corpus,
            table=table,
            row_id=np.arange(len(table)),
            roles=Roles(names.get(roles.text, roles.text), label),
            shape=corpus.shape.renamed(names),
            rejects=(),
            stored=None,
        ),
        row_ids=row_ids.fill_null(-1).to_numpy(),
        origins=pc.coalesce(row_ids, parents).fill_null(-1).to_numpy(),
        weights=table.column("sample_weight").to_numpy(),
        removed=removed,
    )


def with_class_names(corpus: Corpus, names: Mapping[str, str]) -> Corpus:
    """The corpus with some classes renamed.

    Args:
        corpus: the corpus.
        names: new class name by old one.
    """
    if not names or corpus.roles.label is None:
        return corpus
    sets = corpus.label_sets
    if sets is not None:
        rows = [None if labels is None else [names.get(name, name) for name in labels] for labels in sets]
        column = pa.array(rows, pa.list_(pa.string()))
    else:
        column = pa.array(
            [names.get(str(n), n) if n is not None else n for n in corpus.labels or ()], pa.large_string()
        )
    if corpus.label_columns:
        table = corpus.table.append_column(corpus.roles.label, column)
        return replace(corpus, table=table, label_columns=(), stored=None)
    place = corpus.table.column_names.index(corpus.roles.label)
    table = corpus.table.set_column(place, corpus.roles.label, column)
    return replace(corpus, table=table, label_separator=None, stored=None)
