"""Scores of predictions, for one set of rows or for many resamples of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Metric = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""truth (rows, ...), predicted (seeds, rows, ...), draws (resamples, rows) -> scores (resamples, seeds). `draws` holds
how often each row occurs in each resample."""

_CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Scoring:
    """How the predictions of a task are judged.

    Attributes:
        compared: metrics whose difference gets an interval.
        deciding: the one of them that the verdict is on.
        shown: metrics that are only shown.
        unit: how verdicts write a difference: in percentage points or as a number.
        smaller_is_better: for all of `compared`.
    """

    compared: Mapping[str, Metric]
    deciding: str
    shown: Mapping[str, Metric] = field(default_factory=dict)
    unit: Literal["points", "number"] = "points"
    smaller_is_better: bool = False

    def scores(self, truth: np.ndarray, predicted: np.ndarray) -> dict[str, list[float]]:
        """Every metric of `predicted` (seeds, rows, ...), seed by seed."""
        once = np.ones((1, len(truth)))
        metrics = {**self.compared, **self.shown}
        return {name: metric(truth, predicted, once)[0].tolist() for name, metric in metrics.items()}


@dataclass(frozen=True)
class ClassCounts:
    """Rows, predictions and right predictions of each class or label, each (resamples, classes)."""

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

    def macro(self, scores: np.ndarray) -> np.ndarray:
        """Mean of `scores` (resamples, classes) over the classes that the rows have, (resamples,)."""
        present = self.rows > 0
        mean: np.ndarray = (scores * present).sum(1) / np.maximum(present.sum(1), 1)
        return mean


def class_counts(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray, classes: int = 0) -> ClassCounts:
    """Counts by class of one seed's predictions.

    Args:
        truth, predicted: int64 class codes (rows,), or bool (rows, labels) where rows carry any number of labels.
        draws: (resamples, rows).
        classes: least number of columns, for class codes.
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
    """(rows, classes) sparse matrix of ones; a code of -1 gives an empty row."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(codes), classes))


def accuracy(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of rows whose label is right; with several labels per row, all of them (subset accuracy)."""
    hits = predicted == truth
    hits = (hits.all(axis=2) if hits.ndim == 3 else hits).astype(np.float64)
    scores: np.ndarray = draws @ hits.T / draws.sum(1, keepdims=True)
    return scores


def spearman(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of predicted and true numbers; 0 where all of either are equal.

    Ranks are those among the rows of a resample, equal numbers sharing their mean rank (Spearman 1904).
    """
    own = _ranks(truth, draws)
    return np.stack([_correlation(own, _ranks(seed, draws), draws) for seed in predicted], axis=1)


def _ranks(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(resamples, rows): the mean rank of each row's value among the rows of each resample."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sizes = np.add.reduceat(draws[:, order], starts, axis=1).astype(np.float64)
    middle: np.ndarray = np.cumsum(sizes, axis=1) - (sizes - 1) / 2
    return middle[:, place]


def _correlation(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(resamples,): Pearson's correlation of `a` and `b`, each row counted as often as it was drawn."""
    total = draws.sum(1, keepdims=True)
    a, b = (x - (x * draws).sum(1, keepdims=True) / total for x in (a, b))
    spread = np.sqrt((a * a * draws).sum(1) * (b * b * draws).sum(1))
    together = (a * b * draws).sum(1)
    return np.where(spread > 0, together / np.maximum(spread, 1e-12), 0.0)


def macro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean F1 over the classes that the rows have."""
    return _macro("f1", truth, predicted, draws)


def macro_f1_common(classes: np.ndarray) -> Metric:
    """Mean F1 over the classes with these codes, which are those with enough rows for their F1 to mean something."""

    def scored(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
        width = int(classes.max()) + 1
        each = [class_counts(truth, seed, draws, width).f1[:, classes].mean(axis=1) for seed in predicted]
        return np.stack(each, axis=1)

    return scored


def macro_precision(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean precision over the classes that the rows have."""
    return _macro("precision", truth, predicted, draws)


def macro_recall(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean recall over the classes that the rows have."""
    return _macro("recall", truth, predicted, draws)


def _macro(
    measure: Literal["precision", "recall", "f1"], truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray
) -> np.ndarray:
    counts = [class_counts(truth, seed, draws) for seed in predicted]
    return np.stack([seed.macro(getattr(seed, measure)) for seed in counts], axis=1)


def micro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """F1 over all pairs of row and label, from bool (rows, labels)."""
    return count_f1(truth, _pair_counts(truth, predicted), draws)


def micro_precision(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of the labels given that are right."""
    _, chosen, right = np.moveaxis(draws @ _pair_counts(truth, predicted), -1, 0)
    scores: np.ndarray = right / np.maximum(chosen, 1)
    return scores.T


def micro_recall(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of the true labels that are given."""
    real, _, right = np.moveaxis(draws @ _pair_counts(truth, predicted), -1, 0)
    scores: np.ndarray = right / np.maximum(real, 1)
    return scores.T


def _pair_counts(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """float64 (seeds, rows, 3): labels of each row, labels given, and labels rightly given."""
    real = np.broadcast_to(truth.sum(1), predicted.shape[:2])
    return np.stack([real, predicted.sum(2), (predicted & truth).sum(2)], axis=-1).astype(np.float64)


def count_f1(truth: np.ndarray, counts: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Micro-F1 of `counts` (seeds, rows, 3): things there are, predicted, and rightly predicted; 0 without any.

    The truth is part of the counts, so `truth` only has one entry per row.
    """
    real, chosen, right = np.moveaxis(draws @ counts.astype(np.float64), -1, 0)
    f1: np.ndarray = 2 * right / np.maximum(real + chosen, 1)
    return f1.T


def perplexity(truth: np.ndarray, losses: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Exponential of the mean loss per hidden token, from `losses` (seeds, rows, 2): summed loss, hidden tokens."""
    total, hidden = np.moveaxis(draws @ losses, -1, 0)
    value: np.ndarray = np.exp(total / np.maximum(hidden, 1)).T
    return value


def calibration_error(right: np.ndarray, confidence: np.ndarray) -> float:
    """Expected calibration error (Guo et al. 2017): how far confidence and accuracy lie apart, over 15 equal bins.

    Args:
        right: bool, (rows,).
        confidence: (rows,), 0 to 1.
    """
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=confidence.astype(np.float64) - right)
    return float(np.abs(gaps).sum() / len(right))


def best_threshold(scores: np.ndarray, has: np.ndarray, otherwise: float, weights: np.ndarray | None = None) -> float:
    """The score from which on a label is given that makes micro-F1 highest, half way to the next lower score.

    One for all labels: of a rare label's own rows a threshold could only be guessed (Fan and Lin 2007).

    Args:
        scores: float (rows, labels).
        has: bool (rows, labels): the given labels.
        otherwise: the answer where no label is given.
        weights: of the rows; None: all equal.
    """
    each = np.repeat(np.ones(len(has)) if weights is None else weights, has.shape[1])
    total = float(each @ has.ravel())
    if not total:
        return otherwise
    order = np.argsort(-scores, axis=None, kind="stable")
    flat, each = scores.ravel()[order].astype(np.float64), each[order]
    last = np.append(flat[1:] < flat[:-1], True)  # equal scores are on the same side
    f1 = np.where(last, 2 * np.cumsum(each * has.ravel()[order]) / (np.cumsum(each) + total), -1.0)
    best = int(f1.argmax())
    return float((flat[best] + flat[best + 1]) / 2) if best + 1 < len(flat) else float(flat[best])


def trivial_f1(truth: np.ndarray) -> float:
    """The best micro-F1 of giving every row the same labels, the most frequent ones."""
    rows = np.sort(truth.sum(0))[::-1]
    named = len(truth) * np.arange(1, len(rows) + 1)
    return float((2 * np.cumsum(rows) / (named + rows.sum())).max())
