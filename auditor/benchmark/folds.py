"""Cross-fitting: more test rows where the input has no test part of its own.

Rows are tested by models that saw neither them nor a duplicate of them. The first fold holds rows that no training
sees; each further fold is a part of the train rows, and one more training on each side, without them, predicts it. A
seed's predictions are those of all folds together, so that what is compared is the mean over the folds' models (the
estimand of Bayle, Bayle, Janson and Mackey 2020, "Cross-validation confidence intervals for test error").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.config.benchmark_settings import BenchmarkSettings

SHARE = 0.25
"""Of the train rows, in each further fold."""
_MOST = 5
_TRAINED = 1.5
"""Train rows of all folds' trainings together, in times of ``benchmark.max_train_rows``, where folds are not set."""
_LEAST_ROWS = 200
"""Train rows below which there is one fold: three quarters of fewer rows train another model."""
_LEAST_CLUSTERS = 4
"""Of a class, below which its rows are in no further fold: a model would have to know a class that it never saw."""


@dataclass(frozen=True)
class Rows:
    """What decides which rows of a run are tested in which fold; arrays have one entry per row of the corpus.

    Attributes:
        usable: bool: the task can read it.
        is_train, is_test: bool: its part.
        spare: bool: may be tested though it is no test row: the parts were cut by the preparation.
        clusters: int64, duplicate cluster.
        lot: uint64, from its content: rows are drawn in this order.
        classes: what rows are stratified by.
    """

    usable: np.ndarray
    is_train: np.ndarray
    is_test: np.ndarray
    spare: np.ndarray
    clusters: np.ndarray
    lot: np.ndarray
    classes: Sequence[str]


def assign_folds(rows: Rows, options: BenchmarkSettings) -> np.ndarray:
    """int64, one per row: the fold in which it is tested; -1: in none.

    Fold 0 are the test rows; where rows may be spared, those of the validation part as well, and train rows beyond the
    cap on training.
    """
    folds = np.where(rows.is_test & rows.usable, 0, -1)
    if options.folds == 1 or not rows.spare.any():
        return folds
    room = options.max_test_rows - int((folds == 0).sum())
    held = rows.usable & rows.spare & ~rows.is_train & ~rows.is_test
    if held.sum() <= room:
        folds[held] = 0
        room -= int(held.sum())
    free = rows.usable & rows.spare & rows.is_train & ~np.isin(rows.clusters, rows.clusters[folds == 0])
    train = np.flatnonzero(free)
    if len(train) == 0:
        return folds
    place = _places(rows, train)
    spared = max(0, min(room, len(train) - options.max_train_rows)) / len(train)
    folds[train[place < spared]] = 0
    left = (1 - spared) * len(train)
    further = min(_wanted(left, options) - 1, int((room - spared * len(train)) / (SHARE * left)))
    number = np.floor((place - spared) / (1 - spared) / SHARE).astype(np.int64)
    tested = (place >= spared) & (number < further)
    folds[train[tested]] = 1 + number[tested]
    return folds


def _wanted(train: float, options: BenchmarkSettings) -> int:
    """Folds, of so many train rows."""
    if options.folds is not None:
        return options.folds
    return int(np.clip(_TRAINED * options.max_train_rows // train, 1, _MOST)) if train >= _LEAST_ROWS else 1


def _places(rows: Rows, train: np.ndarray) -> np.ndarray:
    """float64, of each entry of `train`: the share of its class that comes before its cluster, in the order of lots.

    1 where the class has few clusters. A cluster belongs to the class of its first row.
    """
    _, first, cluster = np.unique(rows.clusters[train], return_index=True, return_inverse=True)
    sizes = np.bincount(cluster)
    lots = np.full(len(sizes), np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(lots, cluster, rows.lot[train])
    classes = np.unique([rows.classes[i] for i in train[first].tolist()], return_inverse=True)[1]
    order = np.lexsort((lots, classes))
    ends = np.cumsum(sizes[order])
    ordered = classes[order]
    total = np.bincount(classes, weights=sizes)[ordered]
    begin = np.concatenate([[0.0], np.cumsum(np.bincount(classes, weights=sizes))])[ordered]
    places = np.empty(len(sizes))
    places[order] = (ends - sizes[order] - begin) / total
    places[np.bincount(classes)[classes] < _LEAST_CLUSTERS] = 1.0
    return np.asarray(places[cluster])


def strata(labels: Sequence[Sequence[str]]) -> list[str]:
    """The rarest label of each row, so that rare ones are spread; of equally rare ones the first by name."""
    count = Counter(label for row in labels for label in row)
    return [min(row, key=lambda label: (count[label], label), default="") for row in labels]


def joined(parts: Sequence[np.ndarray], *rows: np.ndarray) -> np.ndarray:
    """The arrays of the folds as one.

    Args:
        parts: of each fold, what was made in it.
        rows: the fold of each row, of every kind of rows that the arrays may be of (all test rows, noisy ones). Arrays
            of none of these are no values of rows: their mean is taken.
    """
    for folds in rows:
        positions = [np.flatnonzero(folds == number) for number in range(len(parts))]
        if all(part.shape[:1] == places.shape for part, places in zip(parts, positions, strict=True)):
            whole = np.empty((len(folds), *parts[0].shape[1:]), parts[0].dtype)
            for part, places in zip(parts, positions, strict=True):
                whole[places] = part
            return whole
    return np.asarray(np.mean(parts, axis=0))
