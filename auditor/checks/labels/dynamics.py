"""Training dynamics of a linear softmax head on static vectors: its margins for the given labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from auditor.stats import softmax

EPOCHS, BATCH, RATE = 20, 64, 0.02
HELD_OUT_EPOCHS, HELD_OUT_BATCH = 10, 256
LARGE = 50_000
"""Rows above which larger batches are used: there are enough steps, and the cost per row is lower."""
_DECAY, _DECAY_SQUARE, _TINY = 0.9, 0.999, 1e-8


class Head:
    """Multinomial logistic regression trained with Adam (Kingma and Ba 2015), weights from zero.

    Args:
        vectors: float32 (rows, dimensions), rows of length 1.
        given: int64 classes 0 .. `classes` - 1.
    """

    def __init__(self, vectors: np.ndarray, given: np.ndarray, classes: int) -> None:
        self.vectors, self.given = vectors, given
        self.weights = np.zeros((vectors.shape[1] + 1, classes), np.float32)
        self._mean, self._square = np.zeros_like(self.weights), np.zeros_like(self.weights)
        self._steps = 0

    def epoch(self, order: np.ndarray, batch: int) -> None:
        """One pass over the rows in `order`."""
        for start in range(0, len(order), batch):
            at = order[start : start + batch]
            rows = self.vectors[at]
            slope = softmax(self.logits(rows))
            slope[np.arange(len(at)), self.given[at]] -= 1
            slope /= len(at)
            self._step(np.vstack([rows.T @ slope, slope.sum(axis=0, keepdims=True)]))

    def _step(self, gradient: np.ndarray) -> None:
        self._steps += 1
        self._mean += (1 - _DECAY) * (gradient - self._mean)
        self._square += (1 - _DECAY_SQUARE) * (gradient * gradient - self._square)
        mean = self._mean / (1 - _DECAY**self._steps)
        square = self._square / (1 - _DECAY_SQUARE**self._steps)
        self.weights -= RATE * mean / (np.sqrt(square) + _TINY)

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """float32 (rows, classes)."""
        return np.asarray(vectors @ self.weights[:-1] + self.weights[-1])


def area_under_margin(vectors: np.ndarray, given: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """Margin of the given label over the best other, averaged over the epochs (Pleiss et al. 2020).

    The head is trained on all rows, wrong labels included: the gradients of the other rows oppose a wrong label, so
    its margin stays low until the head memorises it.

    Returns:
        float64, one per row; low: likely wrong.
    """
    draw = np.random.default_rng(seed)
    head = Head(vectors, given, classes)
    total = np.zeros(len(given))
    for _ in range(EPOCHS):
        head.epoch(draw.permutation(len(given)), BATCH if len(given) <= LARGE else HELD_OUT_BATCH)
        for start in range(0, len(given), 50_000):
            part = slice(start, start + 50_000)
            total[part] += margin(head.logits(vectors[part]), given[part])
    return total / EPOCHS


def head_epochs(vectors: np.ndarray, given: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """float32 (dimensions + 1, epochs, classes): the weights of the head of `area_under_margin` after each epoch."""
    draw = np.random.default_rng(seed)
    head = Head(vectors, given, classes)
    epochs = []
    for _ in range(EPOCHS):
        head.epoch(draw.permutation(len(given)), BATCH if len(given) <= LARGE else HELD_OUT_BATCH)
        epochs.append(head.weights.copy())
    return np.stack(epochs, axis=1)


def mean_margin(epochs: np.ndarray, vectors: np.ndarray, given: np.ndarray) -> np.ndarray:
    """`area_under_margin` of a head trained earlier: float64, one per row of `vectors`.

    Args:
        epochs: weights, see `head_epochs`.
        vectors: float32 (rows, dimensions).
        given: int64 classes of the rows.
    """
    classes = epochs.shape[2]
    flat = epochs.reshape(-1, epochs.shape[1] * classes)
    scores = (vectors @ flat[:-1] + flat[-1]).reshape(-1, classes)
    each = margin(scores, np.repeat(given, epochs.shape[1]))
    return np.asarray(each.reshape(len(given), -1).mean(axis=1, dtype=np.float64))


def held_out_heads(
    vectors: np.ndarray, given: np.ndarray, fold: np.ndarray, classes: int, seed: int
) -> dict[int, np.ndarray]:
    """For each fold the weights, float32 (dimensions + 1, classes), of a head trained on the other folds."""
    found = {}
    for number in np.unique(fold).tolist():
        rest = fold != number
        if rest.any():
            found[number] = _held_out_head(vectors[rest], given[rest], classes, seed).weights
    return found


def head_probabilities(
    heads: Mapping[int, np.ndarray], vectors: np.ndarray, fold: np.ndarray, classes: int
) -> np.ndarray:
    """float32 (rows, classes): each row scored by its fold's head (see `held_out_heads`); fold < 0: by all."""
    result = np.full((len(fold), classes), 1 / classes, np.float32)
    for number, weights in heads.items():
        test = fold == number
        result[test] = softmax(vectors[test] @ weights[:-1] + weights[-1])
    free = np.flatnonzero(fold < 0)
    if len(free) and heads:
        result[free] = 0
        for weights in heads.values():
            result[free] += softmax(vectors[free] @ weights[:-1] + weights[-1]) / len(heads)
    return result


def _held_out_head(vectors: np.ndarray, given: np.ndarray, classes: int, seed: int) -> Head:
    draw = np.random.default_rng(seed)
    head = Head(vectors, given, classes)
    for _ in range(HELD_OUT_EPOCHS):
        head.epoch(draw.permutation(len(head.given)), HELD_OUT_BATCH)
    return head


def held_out_probabilities(
    vectors: np.ndarray, given: np.ndarray, fold: np.ndarray, classes: int, seed: int
) -> np.ndarray:
    """float32 (rows, classes): each row scored by a head trained on the other folds."""
    result = np.full((len(given), classes), 1 / classes, np.float32)
    for number in np.unique(fold).tolist():
        test = fold == number
        if test.all():
            continue
        head = _held_out_head(vectors[~test], given[~test], classes, seed)
        result[test] = softmax(head.logits(vectors[test]))
    return result


def margin(scores: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Score of the given class minus the best other; one per row of `scores` (rows, classes)."""
    at = np.arange(len(given))
    of_given = scores[at, given]
    others = scores.copy()
    others[at, given] = -np.inf
    return np.asarray(of_given - others.max(axis=1))
