"""Scores where rows carry several labels, and the threshold from which on a label is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from auditor.benchmark.entities import entity_f1
from auditor.benchmark.evaluate import ClassCounts, Metric

DECIDING_METRIC = "micro_f1"
"""Over all labels of all rows: a label of two test rows moves macro-F1 as much as one of two thousand."""


def micro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """F1 over all pairs of row and label."""
    given = np.broadcast_to(truth.sum(1), predicted.shape[:2])
    return entity_f1(np.stack([given, predicted.sum(2), (predicted & truth).sum(2)], axis=-1), draws)


def macro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean over the labels that the rows have of their F1."""
    means = []
    for one in predicted:
        counts = label_counts(truth, one, draws)
        present = counts.rows > 0
        means.append((counts.f1 * present).sum(1) / np.maximum(present.sum(1), 1))
    return np.stack(means, axis=1)


def subset_accuracy(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of rows whose labels are all right, none too many and none too few."""
    hits = (predicted == truth).all(axis=2).astype(np.float64)
    scores: np.ndarray = draws @ hits.T / draws.sum(1, keepdims=True)
    return scores


METRICS: Mapping[str, Metric] = {"micro_f1": micro_f1, "macro_f1": macro_f1, "subset_accuracy": subset_accuracy}
"""truth bool (rows, labels), predicted bool (seeds, rows, labels), draws (resamples, rows)."""


def label_counts(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> ClassCounts:
    """Counts by label of one seed's predictions, bool (rows, labels), in each resample."""
    from scipy.sparse import csr_array

    parts = (truth, predicted, truth & predicted)
    return ClassCounts(*(np.asarray(draws @ csr_array(part.astype(np.float64))) for part in parts))


def score(truth: np.ndarray, predicted: np.ndarray) -> dict[str, list[float]]:
    """Every metric of `predicted` (seeds, rows, labels), seed by seed; and micro precision and recall."""
    once = np.ones((1, len(truth)))
    scores = {name: metric(truth, predicted, once)[0].tolist() for name, metric in METRICS.items()}
    right = (predicted & truth).sum((1, 2))
    scores["micro_precision"] = (right / np.maximum(predicted.sum((1, 2)), 1)).tolist()
    scores["micro_recall"] = (right / max(int(truth.sum()), 1)).tolist()
    return scores


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
    last = np.append(flat[1:] < flat[:-1], True)  # equal scores stand on the same side
    f1 = np.where(last, 2 * np.cumsum(each * has.ravel()[order]) / (np.cumsum(each) + total), -1.0)
    at = int(f1.argmax())
    return float((flat[at] + flat[at + 1]) / 2) if at + 1 < len(flat) else float(flat[at])


def trivial_f1(truth: np.ndarray) -> float:
    """The best micro-F1 of giving every row the same labels, the most frequent ones."""
    rows = np.sort(truth.sum(0))[::-1]
    named = len(truth) * np.arange(1, len(rows) + 1)
    return float((2 * np.cumsum(rows) / (named + rows.sum())).max())
