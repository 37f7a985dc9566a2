"""The label of each item and the errors of each annotator, from the labels alone, by maximum likelihood.

Dawid and Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm", Applied Statistics
28(1). CROWDLAB gives each annotator one weight; this estimates each annotator's confusion matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MOST_STEPS = 100
_CHANGE = 1e-7
"""Convergence: stop if the log-likelihood per item gains less than this."""
_LEAST_PROBABILITY = 1e-10
_LEAST_ANNOTATORS = 3
"""With two annotators the model is not identifiable."""
_MOST_CELLS = 10_000_000


@dataclass(frozen=True)
class DawidSkene:
    """The joint estimate from all labels.

    Attributes:
        probabilities: float64 (items, classes), of the true class; rows sum up to 1.
        confusion: float64 (annotators, true class, class given), shares; rows of the last axis sum up to 1.
    """

    probabilities: np.ndarray
    confusion: np.ndarray

    @property
    def label(self) -> np.ndarray:
        """int64, one per item: the most likely class."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def quality(self) -> np.ndarray:
        """float64, one per item: the probability of that class."""
        return np.asarray(self.probabilities.max(axis=1))


def dawid_skene(item: np.ndarray, annotator: np.ndarray, label: np.ndarray) -> DawidSkene | None:
    """Estimate true classes and confusion matrices in turn, from the share of annotators that gave each class.

    Args:
        item, annotator, label: int64, one per label given; numbers from 0, each item with a label or more.

    Returns:
        The estimate; None with fewer than three annotators, one class, or more of both than fit into memory.
    """
    if not len(item):
        return None
    items, annotators, classes = (int(codes.max()) + 1 for codes in (item, annotator, label))
    cells = max(items * classes, annotators * classes**2, len(item) * classes)
    if annotators < _LEAST_ANNOTATORS or classes < 2 or cells > _MOST_CELLS:
        return None
    given = annotator * classes + label
    votes = _sums(item, np.eye(classes)[label], items)
    probabilities, before = votes / votes.sum(axis=1, keepdims=True), -np.inf
    for _ in range(_MOST_STEPS):
        shares = _sums(given, probabilities[item], annotators * classes).reshape(annotators, classes, classes)
        shares = np.maximum(shares, _LEAST_PROBABILITY)  # annotator, class given, true class
        shares /= shares.sum(axis=1, keepdims=True)
        prior = np.log(np.maximum(probabilities.mean(axis=0), _LEAST_PROBABILITY))
        joint = prior + _sums(item, np.log(shares).reshape(-1, classes)[given], items)
        highest = joint.max(axis=1, keepdims=True)
        evidence = highest + np.log(np.exp(joint - highest).sum(axis=1, keepdims=True))
        probabilities, now = np.exp(joint - evidence), float(evidence.mean())
        if now - before < _CHANGE:
            break
        before = now
    return DawidSkene(probabilities, shares.transpose(0, 2, 1))


def _sums(place: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """float64 (count, classes): sums of the rows that have the same place."""
    columns = [np.bincount(place, weights=column, minlength=count) for column in rows.T]
    return np.stack(columns, axis=1)
