"""The rows that are compared: two sides of training rows and one set of test rows.

A side comes from the corpus as it was read, or from the data set that the preparation made of it.
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
"""What a model reads of a row, such as a text or a list of words."""
Y = TypeVar("Y")
"""What it learns of a row, such as a label, a set of labels, or a list of tags."""
T = TypeVar("T")


@dataclass(frozen=True)
class Side(Generic[X, Y]):
    """Training rows of one side, or the test rows.

    Attributes:
        name: ``before``, ``after``, ``test``, or a step of the preparation.
        weights: float64, of each row in the loss; only their ratios matter. None: all equal.
        row_ids: int64, -1 for added rows. They let all sides draw the same rows although texts were changed; None:
            rows are known by what they hold.
        disputed: bool, of test rows: whether a check or a reviewer doubts the label. None: unknown.
        groups: of test rows: columns by which the result is broken down, one value per row.
        clusters: int64, of test rows: their duplicate cluster; None: unknown.
        folds: int64: the fold in which the row is tested, and by whose models it is not seen; -1: none. None: there is
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
        """Rows."""
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
        """Of the test rows, those of a fold."""
        return self if self.folds is None else self.take(np.flatnonzero(self.folds == fold))

    def without(self, fold: int) -> Side[X, Y]:
        """Of train rows, those that a fold's model may see."""
        return self if self.folds is None else self.take(np.flatnonzero(self.folds != fold))


@dataclass(frozen=True)
class PreparedRows:
    """The train part of a prepared data set.

    Attributes:
        corpus: its rows.
        row_ids: int64, of the input row each row is; -1 for added rows.
        origins: int64, of the input row each row is or was derived from.
        weights: float64, sample weights.
        removed: input rows that are gone: ``row_id`` and the ``code`` of the finding that removed each.
    """

    corpus: Corpus
    row_ids: np.ndarray
    origins: np.ndarray
    weights: np.ndarray
    removed: pa.Table


@dataclass(frozen=True)
class RunData:
    """What a benchmark needs to know of a run.

    Attributes:
        corpus: the input, with class names as they may be shown.
        clusters: int64, duplicate cluster of each row.
        is_train, is_test: bool, of each row.
        prepared: the prepared data set; None where it has no train part.
        findings: of the audit; see `auditor.core.findings`.
        spare: bool, of each row: may be tested though it is no test row; None: none may, the input has a test part.
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
    """The train part of the data set that was prepared from `corpus`.

    Args:
        table: columns of the input, then ``row_id``, ``parent_row_id`` and ``sample_weight``.
        names: name in `table` of each column of the input, where it is another one.
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
    """The corpus with other names for some classes.

    Args:
        names: new name by old name.
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
