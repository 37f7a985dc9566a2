"""Forecast of what reviewing the most suspicious labels would gain, for the linear model.

Wrong labels are planted in the training rows, all rows are ranked by suspicion again, and the planted errors that rank
high enough to be reviewed are corrected. This measures two things: the share of errors that a review of a given size
finds, and the score gained per corrected error. The number of errors in the data is known only within bounds: confident
learning (Northcutt, Jiang and Chuang 2021) overestimates it where the model is weak, because it takes difficult rows
for wrong ones. The forecast therefore draws it from a triangular distribution between zero and that estimate, with its
mode at the estimate. The random part of a gain grows with the square root of the number of corrected errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark import tables
from auditor.core.benchmark_result import Gain

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

REVIEWED = (100, 500)
"""Sizes of the reviews that are forecast, in rows."""
_REPEATS = 4
"""Number of plantings."""
_FOLDS = 4
REVIEW_DRAWS = 200
"""Number of draws of the test rows, of the number of errors and of the plantings."""
_FEWEST, _LARGEST_SHARE = 50, 0.2
"""Number of planted errors: minimum, and maximum as a share of the rows."""

Scores = Callable[[np.ndarray], np.ndarray]
"""Maps labels, int64 (rows), to the scores of a model trained with them, one per resample of the test rows, (draws)."""


@dataclass(frozen=True)
class Suspicion:
    """Rows ranked by how likely their label is wrong.

    Attributes:
        order: int64, row numbers, the most suspicious first.
        errors: estimated number of wrong labels (confident learning).
    """

    order: np.ndarray
    errors: int


@dataclass(frozen=True)
class _Planted:
    """Result of planting errors once.

    Attributes:
        found: share of the planted errors found by a review, by its size.
        corrected: number of planted errors that the largest review found and corrected.
        gain: float64 (draws), the score gained by these corrections.
    """

    found: dict[int, float]
    corrected: int
    gain: np.ndarray


def review_gains(
    features: csr_matrix, labels: np.ndarray, scores: Scores, price: float | None, seed: int
) -> tuple[Gain, ...]:
    """Expected gains from reviewing `REVIEWED` rows; empty if there are too few rows or only one class.

    Args:
        features: CSR (rows, terms), non-negative.
        labels: int64 (rows), classes 0 .. K-1.
        scores: trains the linear model on the same rows with other labels.
        price: price per reviewed row; None: unknown.
        seed: for folds, planted errors and draws.
    """
    if len(labels) < 2 * max(REVIEWED) or len(np.unique(labels)) < 2:
        return ()
    rng = np.random.default_rng(seed)
    now = suspicion(features, labels, seed)
    planted = [_plant(features, labels, now, scores, rng) for _ in range(_REPEATS)]
    return tuple(_gain(rows, now, planted, price, rng) for rows in REVIEWED)


def suspicion(features: csr_matrix, labels: np.ndarray, seed: int) -> Suspicion:
    """Rank rows by the margin of their label in the cross-validated probabilities of complement naive Bayes."""
    probabilities = _out_of_fold(features, labels, seed)
    rows = np.arange(len(labels))
    seed_rows = probabilities[rows, labels]
    others = probabilities.copy()
    others[rows, labels] = -1.0
    is_class = np.bincount(labels, minlength=probabilities.shape[1]) > 0
    sums = np.bincount(labels, seed_rows, probabilities.shape[1])
    usual = np.where(is_class, sums / np.maximum(np.bincount(labels, minlength=len(is_class)), 1), np.inf)
    confident = np.where(probabilities >= usual, probabilities, -1.0)
    most = np.where(confident.max(axis=1) > 0, confident.argmax(axis=1), labels)
    return Suspicion(np.argsort(seed_rows - others.max(axis=1), kind="stable"), int((most != labels).sum()))


def _out_of_fold(features: csr_matrix, labels: np.ndarray, seed: int) -> np.ndarray:
    """Cross-validated class probabilities, float64 (rows, classes)."""
    from sklearn.naive_bayes import ComplementNB

    fold = np.random.default_rng(seed).permutation(len(labels)) % _FOLDS
    probabilities = np.zeros((len(labels), int(labels.max()) + 1))
    for number in range(_FOLDS):
        model = ComplementNB().fit(features[fold != number], labels[fold != number])
        predicted = model.predict_proba(features[fold == number])
        probabilities[np.ix_(np.flatnonzero(fold == number), model.classes_)] = predicted
    return probabilities


def _plant(
    features: csr_matrix, labels: np.ndarray, now: Suspicion, scores: Scores, rng: np.random.Generator
) -> _Planted:
    """Plant errors, rank the rows again, and correct the planted errors that a review would find."""
    rows, classes = len(labels), int(labels.max()) + 1
    number = int(np.clip(now.errors, _FEWEST, _LARGEST_SHARE * rows))
    chosen = rng.permutation(rows)[:number]
    wrong = labels.copy()
    wrong[chosen] = (wrong[chosen] + rng.integers(1, classes, number)) % classes
    order = suspicion(features, wrong, int(rng.integers(2**31))).order
    more = (now.errors + number) / max(now.errors, 1)  # planted errors compete with existing ones
    ranks = np.empty(rows, np.int64)
    ranks[order] = np.arange(rows)
    found = {reviewed: float((ranks[chosen] < reviewed * more).mean()) for reviewed in REVIEWED}
    right = chosen[ranks[chosen] < max(REVIEWED) * more]
    corrected = wrong.copy()
    corrected[right] = labels[right]
    return _Planted(found, len(right), scores(corrected) - scores(wrong))


def _gain(
    reviewed: int, now: Suspicion, planted: list[_Planted], price: float | None, rng: np.random.Generator
) -> Gain:
    """The gain from `reviewed` rows, over draws of the number of errors, of the plantings and of the test rows."""
    gains = []
    for draw in range(REVIEW_DRAWS):
        drawn = [planted[i] for i in rng.integers(len(planted), size=len(planted))]
        gain_per_label = sum(float(planting.gain.mean()) for planting in drawn) / max(
            sum(planting.corrected for planting in drawn), 1
        )
        first = drawn[0]
        errors = min(rng.triangular(0, now.errors, now.errors + 1e-9) * first.found[reviewed], reviewed)
        scatter = float(first.gain[draw % len(first.gain)]) - first.corrected * gain_per_label
        gains.append(errors * gain_per_label + scatter * np.sqrt(errors / max(first.corrected, 1)))
    low, high = np.quantile(gains, [0.025, 0.975])
    cost = None if price is None else tables.rounded(price * reviewed)
    interval = (tables.rounded(float(low)), tables.rounded(float(high)))
    return Gain("reviewed", reviewed, tables.rounded(float(np.median(gains))), interval, cost)
