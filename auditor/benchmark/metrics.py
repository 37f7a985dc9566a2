"""Metrics of predictions, computed for many resamples of the rows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Metric = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""truth (rows, ...), predicted (seeds, rows, ...), draws (resamples, rows) -> scores (resamples, seeds). `draws` is the
multiplicity of each row in each resample."""

_CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Scoring:
    """The metrics of a task.

    Attributes:
        compared: metrics whose differences get intervals.
        deciding: the compared metric on which the verdict is based.
        shown: further metrics, without intervals.
        unit: format of differences in verdicts: percentage points or a number.
        smaller_is_better: applies to all of `compared`.
    """

    compared: Mapping[str, Metric]
    deciding: str
    shown: Mapping[str, Metric] = field(default_factory=dict)
    unit: Literal["points", "number"] = "points"
    smaller_is_better: bool = False

    def scores(self, truth: np.ndarray, predicted: np.ndarray) -> dict[str, list[float]]:
        """All metrics of `predicted` (seeds, rows, ...), one value per seed."""
        once = np.ones((1, len(truth)))
        metrics = {**self.compared, **self.shown}
        return {name: metric(truth, predicted, once)[0].tolist() for name, metric in metrics.items()}


@dataclass(frozen=True)
class ClassCounts:
    """Numbers of rows, predictions and correct predictions of each class or label, each (resamples, classes)."""

    rows: np.ndarray
    chosen: np.ndarray
    right: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """Precision; 0 without predictions."""
        share: np.ndarray = self.right / np.maximum(self.chosen, 1)
        return share

    @property
    def recall(self) -> np.ndarray:
        """Recall; 0 without rows."""
        share: np.ndarray = self.right / np.maximum(self.rows, 1)
        return share

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall; 0 without correct predictions."""
        mean: np.ndarray = 2 * self.right / np.maximum(self.rows + self.chosen, 1)
        return mean

    def macro(self, scores: np.ndarray) -> np.ndarray:
        """Mean (resamples,) of `scores` (resamples, classes) over the classes that occur in the rows."""
        present = self.rows > 0
        mean: np.ndarray = (scores * present).sum(1) / np.maximum(present.sum(1), 1)
        return mean


def class_counts(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray, classes: int = 0) -> ClassCounts:
    """Counts by class for the predictions of one seed.

    Args:
        truth, predicted: int64 class codes (rows,), or bool (rows, labels) for multi-label data.
        draws: (resamples, rows).
        classes: minimum number of columns, for class codes.
    """
    if truth.ndim == 2:
        parts = [_sparse(part) for part in (truth, predicted, truth & predicted)]
        return ClassCounts(*(np.asarray(draws @ part) for part in parts))
    width = max(classes, int(truth.max()) + 1, int(predicted.max()) + 1)
    return ClassCounts(
        rows=draws @ _indicator(truth, width),
        chosen=draws @ _indicator(predicted, width),
        right=draws @ _indicator(np.where(truth == predicted, truth, -1), width),
    )


def _sparse(given: np.ndarray) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array(given.astype(np.float64))


def _indicator(codes: np.ndarray, classes: int) -> csr_array:
    """Sparse one-hot matrix (rows, classes); code -1 gives an empty row."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(codes), classes))


def accuracy(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of rows with the correct label; for multi-label data, with all labels correct (subset accuracy)."""
    hits = predicted == truth
    hits = (hits.all(axis=2) if hits.ndim == 3 else hits).astype(np.float64)
    scores: np.ndarray = draws @ hits.T / draws.sum(1, keepdims=True)
    return scores


def spearman(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of predicted and true values; 0 if all values on one side are equal.

    Ranks are computed within each resample; ties get their mean rank (Spearman 1904).
    """
    true_ranks = _ranks(truth, draws)
    return np.stack([_correlation(true_ranks, _ranks(seed, draws), draws) for seed in predicted], axis=1)


def _ranks(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(resamples, rows), mean rank of the value of each row within each resample."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sizes = np.add.reduceat(draws[:, order], starts, axis=1).astype(np.float64)
    middle: np.ndarray = np.cumsum(sizes, axis=1) - (sizes - 1) / 2
    return middle[:, place]


def _correlation(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(resamples,), Pearson correlation of `a` and `b`, weighted by the multiplicity of the rows."""
    total = draws.sum(1, keepdims=True)
    a, b = (x - (x * draws).sum(1, keepdims=True) / total for x in (a, b))
    spread = np.sqrt((a * a * draws).sum(1) * (b * b * draws).sum(1))
    covariance = (a * b * draws).sum(1)
    return np.where(spread > 0, covariance / np.maximum(spread, 1e-12), 0.0)


def macro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean F1 over the classes that occur in the rows."""
    return _macro("f1", truth, predicted, draws)


def macro_f1_common(classes: np.ndarray) -> Metric:
    """A metric: mean F1 over the classes with these codes, those with enough rows for a meaningful F1."""

    def scored(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
        width = int(classes.max()) + 1
        each = [class_counts(truth, seed, draws, width).f1[:, classes].mean(axis=1) for seed in predicted]
        return np.stack(each, axis=1)

    return scored


def macro_precision(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean precision over the classes that occur in the rows."""
    return _macro("precision", truth, predicted, draws)


def macro_recall(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean recall over the classes that occur in the rows."""
    return _macro("recall", truth, predicted, draws)


def _macro(
    measure: Literal["precision", "recall", "f1"], truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray
) -> np.ndarray:
    counts = [class_counts(truth, seed, draws) for seed in predicted]
    return np.stack([seed.macro(getattr(seed, measure)) for seed in counts], axis=1)


def micro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """F1 over all pairs of row and label; truth is bool (rows, labels)."""
    return count_f1(truth, _pair_counts(truth, predicted), draws)


def micro_precision(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of the predicted labels that are correct."""
    _, chosen, right = np.moveaxis(draws @ _pair_counts(truth, predicted), -1, 0)
    scores: np.ndarray = right / np.maximum(chosen, 1)
    return scores.T


def micro_recall(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of the true labels that are predicted."""
    real, _, right = np.moveaxis(draws @ _pair_counts(truth, predicted), -1, 0)
    scores: np.ndarray = right / np.maximum(real, 1)
    return scores.T


def _pair_counts(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """float64 (seeds, rows, 3): numbers of true labels, predicted labels, and correctly predicted labels."""
    real = np.broadcast_to(truth.sum(1), predicted.shape[:2])
    return np.stack([real, predicted.sum(2), (predicted & truth).sum(2)], axis=-1).astype(np.float64)


def count_f1(truth: np.ndarray, counts: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Micro-F1 from `counts` (seeds, rows, 3): numbers of true, predicted and correctly predicted items; 0 without any.

    The truth is contained in the counts; of `truth` only the number of rows is used.
    """
    real, chosen, right = np.moveaxis(draws @ counts.astype(np.float64), -1, 0)
    f1: np.ndarray = 2 * right / np.maximum(real + chosen, 1)
    return f1.T


def perplexity(truth: np.ndarray, losses: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Exponential of the mean loss per masked token, from `losses` (seeds, rows, 2): summed loss, masked tokens."""
    total, hidden = np.moveaxis(draws @ losses, -1, 0)
    value: np.ndarray = np.exp(total / np.maximum(hidden, 1)).T
    return value


def calibration_error(right: np.ndarray, confidence: np.ndarray) -> float:
    """Expected calibration error (Guo et al. 2017), with 15 bins of equal width.

    Args:
        right: bool (rows,), whether the prediction is correct.
        confidence: (rows,), 0 to 1.
    """
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=confidence.astype(np.float64) - right)
    return float(np.abs(gaps).sum() / len(right))


def best_threshold(scores: np.ndarray, has: np.ndarray, otherwise: float, weights: np.ndarray | None = None) -> float:
    """The common threshold of all labels with the highest micro-F1, half-way to the next lower score.

    Separate thresholds would be unreliable for rare labels (Fan and Lin 2007).

    Args:
        scores: float (rows, labels).
        has: bool (rows, labels), the true labels.
        otherwise: the result if no row has a label.
        weights: row weights; None: all equal.
    """
    each = np.repeat(np.ones(len(has)) if weights is None else weights, has.shape[1])
    total = float(each @ has.ravel())
    if not total:
        return otherwise
    order = np.argsort(-scores, axis=None, kind="stable")
    flat, each = scores.ravel()[order].astype(np.float64), each[order]
    last = np.append(flat[1:] < flat[:-1], True)  # equal scores are not separated
    f1 = np.where(last, 2 * np.cumsum(each * has.ravel()[order]) / (np.cumsum(each) + total), -1.0)
    best = int(f1.argmax())
    return float((flat[best] + flat[best + 1]) / 2) if best + 1 < len(flat) else float(flat[best])


def trivial_f1(truth: np.ndarray) -> float:
    """The best micro-F1 of a trivial prediction of the same labels, the most frequent ones, for all rows."""
    rows = np.sort(truth.sum(0))[::-1]
    named = len(truth) * np.arange(1, len(rows) + 1)
    return float((2 * np.cumsum(rows) / (named + rows.sum())).max())
