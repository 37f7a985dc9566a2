"""Cross-fitting: more test rows if the input has no test part.

Rows are predicted by models that have seen neither them nor duplicates of them. The first fold contains rows that are
not used for training at all; each further fold is a part of the train rows, predicted by an additional training per
side without them. The predictions of a seed combine all folds, so the comparison is about the mean over the models of
the folds (the estimand of Bayle, Bayle, Janson and Mackey 2020, "Cross-validation confidence intervals for test
error").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.config.benchmark_settings import BenchmarkSettings

SHARE = 0.25
"""Share of the train rows in each further fold."""
_MOST = 5
_TRAINED = 1.5
"""If folds are not set: total train rows of the trainings of all folds, relative to ``benchmark.max_train_rows``."""
_LEAST_ROWS = 200
"""Smallest number of train rows for more than one fold; with fewer, three quarters of them give a different model."""
_LEAST_CLUSTERS = 4
"""Smallest number of clusters of a class for it to be in further folds; otherwise a model might never see the class."""


@dataclass(frozen=True)
class Rows:
    """The data from which folds are assigned; arrays have one entry per row of the corpus.

    Attributes:
        usable: bool, whether the task can use the row.
        is_train, is_test: bool, the part of the row.
        spare: bool, whether the row may be tested although it is not a test row: its part was assigned by the
            preparation.
        clusters: int64, duplicate cluster.
        lot: uint64, derived from the content; rows are drawn in this order.
        classes: strata.
    """

    usable: np.ndarray
    is_train: np.ndarray
    is_test: np.ndarray
    spare: np.ndarray
    clusters: np.ndarray
    lot: np.ndarray
    classes: Sequence[str]


def assign_folds(rows: Rows, options: BenchmarkSettings) -> np.ndarray:
    """int64, one per row: the fold in which it is tested; -1: not tested.

    Fold 0 contains the test rows and, if there are spare rows, the validation part and train rows beyond the cap on
    training rows.
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
    position = _places(rows, train)
    spared = max(0, min(room, len(train) - options.max_train_rows)) / len(train)
    folds[train[position < spared]] = 0
    remaining = (1 - spared) * len(train)
    further = min(_wanted(remaining, options) - 1, int((room - spared * len(train)) / (SHARE * remaining)))
    number = np.floor((position - spared) / (1 - spared) / SHARE).astype(np.int64)
    tested = (position >= spared) & (number < further)
    folds[train[tested]] = 1 + number[tested]
    return folds


def _wanted(train: float, options: BenchmarkSettings) -> int:
    """Number of folds for a number of train rows."""
    if options.folds is not None:
        return options.folds
    return int(np.clip(_TRAINED * options.max_train_rows // train, 1, _MOST)) if train >= _LEAST_ROWS else 1


def _places(rows: Rows, train: np.ndarray) -> np.ndarray:
    """float64, one per entry of `train`: share of the rows of its class before its cluster, in the order of lots.

    1 if the class has few clusters. A cluster belongs to the class of its first row.
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
    """The rarest label of each row, so that rare labels are spread over folds; ties are broken by name."""
    count = Counter(label for row in labels for label in row)
    return [min(row, key=lambda label: (count[label], label), default="") for row in labels]


def join_folds(parts: Sequence[np.ndarray], *rows: np.ndarray) -> np.ndarray:
    """Combine the arrays of all folds.

    Args:
        parts: one array per fold.
        rows: the fold of each row, for each set of rows to which the arrays may belong (all test rows, noisy rows).
            Arrays that match none of these sets are not values of rows and are averaged.
    """
    for folds in rows:
        positions = [np.flatnonzero(folds == number) for number in range(len(parts))]
        if all(part.shape[:1] == places.shape for part, places in zip(parts, positions, strict=True)):
            combined = np.empty((len(folds), *parts[0].shape[1:]), parts[0].dtype)
            for part, places in zip(parts, positions, strict=True):
                combined[places] = part
            return combined
    return np.asarray(np.mean(parts, axis=0))
