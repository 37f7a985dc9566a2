"""Scores of predictions, for one set of rows or for many resamples of it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Metric = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""truth (rows,), predicted (seeds, rows), draws (resamples, rows) -> scores (resamples, seeds). `draws` says
how often each row stands in each resample."""

_CALIBRATION_BINS = 15


def accuracy(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of rows whose label is right."""
    hits = (predicted == truth).astype(np.float64)
    scores: np.ndarray = draws @ hits.T / draws.sum(1, keepdims=True)
    return scores


def macro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean over the classes that the rows have of the harmonic mean of precision and recall."""
    return np.stack([_mean_f1(truth, one, draws) for one in predicted], axis=1)


METRICS: dict[str, Metric] = {"accuracy": accuracy, "macro_f1": macro_f1}
"""The metrics that are compared; a difference in them has an interval."""


def _mean_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    counts = class_counts(truth, predicted, draws)
    present = counts.rows > 0
    mean: np.ndarray = (counts.f1 * present).sum(1) / present.sum(1)
    return mean


@dataclass(frozen=True)
class ClassCounts:
    """Rows, predictions and right predictions of each class, each (resamples, classes)."""

    rows: np.ndarray
    chosen: np.ndarray
    right: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """Share of the predictions that are right; 0 where there are none."""
        share: np.ndarray = self.right / np.maximum(self.chosen, 1)
        return share

    @property
    def recall(self) -> np.ndarray:
        """Share of the rows that are found; 0 where there are none."""
        share: np.ndarray = self.right / np.maximum(self.rows, 1)
        return share

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall; 0 where nothing is right."""
        mean: np.ndarray = 2 * self.right / np.maximum(self.rows + self.chosen, 1)
        return mean


def class_counts(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray, classes: int = 0) -> ClassCounts:
    """Counts by class. `classes`: at least so many columns."""
    width = max(classes, int(truth.max()) + 1, int(predicted.max()) + 1)
    return ClassCounts(
        rows=draws @ _indicator(truth, width),
        chosen=draws @ _indicator(predicted, width),
        right=draws @ _indicator(np.where(truth == predicted, truth, -1), width),
    )


def _indicator(codes: np.ndarray, classes: int) -> object:
    """(rows, classes) sparse matrix of ones; a code of -1 gives an empty row."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(codes), classes))


def calibration_error(right: np.ndarray, confidence: np.ndarray) -> float:
    """Expected calibration error (Guo et al. 2017): how far confidence and accuracy lie apart, over 15 equal bins.

    Args:
        right: bool, (rows,).
        confidence: (rows,), 0 to 1.
    """
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=confidence.astype(np.float64) - right)
    return float(np.abs(gaps).sum() / len(right))


def score(truth: np.ndarray, predicted: np.ndarray) -> dict[str, list[float]]:
    """Every metric of `predicted` (seeds, rows), seed by seed; and macro precision and recall."""
    once = np.ones((1, len(truth)))
    scores = {name: metric(truth, predicted, once)[0].tolist() for name, metric in METRICS.items()}
    counts = [class_counts(truth, one, once) for one in predicted]
    scores["macro_precision"] = [float(one.precision[one.rows > 0].mean()) for one in counts]
    scores["macro_recall"] = [float(one.recall[one.rows > 0].mean()) for one in counts]
    return scores
