"""Scores of predictions, for one set of rows or for many resamples of it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Metric = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""truth (rows,), predicted (seeds, rows), draws (resamples, rows) -> scores (resamples, seeds). `draws` says
how often each row stands in each resample."""


def accuracy(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share of rows whose label is right."""
    hits = (predicted == truth).astype(np.float64)
    scores: np.ndarray = draws @ hits.T / draws.sum(1, keepdims=True)
    return scores


def macro_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean over the classes that the rows have of the harmonic mean of precision and recall."""
    return np.stack([_mean_f1(truth, one, draws) for one in predicted], axis=1)


METRICS: dict[str, Metric] = {"accuracy": accuracy, "macro_f1": macro_f1}


def _mean_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    f1, rows = class_f1(truth, predicted, draws)
    present = rows > 0
    mean: np.ndarray = (f1 * present).sum(1) / present.sum(1)
    return mean


def class_f1(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F1 and rows of each class, both (resamples, classes)."""
    classes = int(max(truth.max(), predicted.max())) + 1
    rows = draws @ _indicator(truth, classes)
    chosen = draws @ _indicator(predicted, classes)
    right = draws @ _indicator(np.where(truth == predicted, truth, -1), classes)
    return 2 * right / np.maximum(rows + chosen, 1), rows


def _indicator(codes: np.ndarray, classes: int) -> object:
    """(rows, classes) sparse matrix of ones; a code of -1 gives an empty row."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(codes), classes))


@dataclass(frozen=True)
class Score:
    """One metric, seed by seed."""

    per_seed: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.per_seed))


def score(truth: np.ndarray, predicted: np.ndarray) -> dict[str, Score]:
    """Every metric of `predicted` (seeds, rows)."""
    once = np.ones((1, len(truth)))
    return {name: Score(tuple(metric(truth, predicted, once)[0].tolist())) for name, metric in METRICS.items()}
