"""What reviewing the most suspicious labels would bring: expected gains of the linear model.

Wrong labels are planted among the training rows, the rows are ranked by suspicion once more, and the planted errors
that rank high enough to be reviewed are put right again. That tells two things: which share of the errors a review of
so many rows finds, and what the linear model gains per error put right. How many errors there are is known only within
bounds. Confident learning (Northcutt, Jiang and Chuang 2021) takes hard rows for wrong ones where the model is weak, so
there are at most as many as it counts, and perhaps none; the likeliest number is its count. A gain scatters from
training to training with the square root of the number of errors.
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
"""Rows that are reviewed."""
_REPEATS = 4
"""How often errors are planted."""
_FOLDS = 4
REVIEW_DRAWS = 200
"""Draws of the test rows, of the number of errors and of the planting."""
_FEWEST, _LARGEST_SHARE = 50, 0.2
"""Errors that are planted: at least, and at most as a share of the rows."""

Scores = Callable[[np.ndarray], np.ndarray]
"""From labels, int64 (rows), to the score of a model trained with them on each draw of the test rows, (draws)."""


@dataclass(frozen=True)
class Suspicion:
    """How well each label agrees with what the other rows say.

    Attributes:
        order: int64, rows by suspicion, the most suspicious first.
        errors: wrong labels as confident learning counts them.
    """

    order: np.ndarray
    errors: int


@dataclass(frozen=True)
class _Planted:
    """One planting.

    Attributes:
        found: the share of planted errors found, by number of reviewed rows.
        corrected: planted errors that were found and put right.
        gain: (draws), the score gained by that.
    """

    found: dict[int, float]
    corrected: int
    gain: np.ndarray


def review_gains(
    features: csr_matrix, labels: np.ndarray, scores: Scores, price: float | None, seed: int
) -> tuple[Gain, ...]:
    """Expected gains from reviewing `REVIEWED` rows; empty where there are too few rows or one class.

    Args:
        features: CSR (rows, terms), not negative.
        labels: int64 (rows), classes 0 .. K-1.
        scores: trains the linear model with other labels on the same rows.
        price: of one reviewed row; None: unknown.
        seed: of folds, planted errors and draws.
    """
    if len(labels) < 2 * max(REVIEWED) or len(np.unique(labels)) < 2:
        return ()
    rng = np.random.default_rng(seed)
    now = suspicion(features, labels, seed)
    planted = [_plant(features, labels, now, scores, rng) for _ in range(_REPEATS)]
    return tuple(_gain(rows, now, planted, price, rng) for rows in REVIEWED)


def suspicion(features: csr_matrix, labels: np.ndarray, seed: int) -> Suspicion:
    """Rank rows by the margin of their label in cross-validated probabilities of complement Naive Bayes."""
    probabilities = _out_of_fold(features, labels, seed)
    rows = np.arange(len(labels))
    own = probabilities[rows, labels]
    others = probabilities.copy()
    others[rows, labels] = -1.0
    is_class = np.bincount(labels, minlength=probabilities.shape[1]) > 0
    sums = np.bincount(labels, own, probabilities.shape[1])
    usual = np.where(is_class, sums / np.maximum(np.bincount(labels, minlength=len(is_class)), 1), np.inf)
    confident = np.where(probabilities >= usual, probabilities, -1.0)
    most = np.where(confident.max(axis=1) > 0, confident.argmax(axis=1), labels)
    return Suspicion(np.argsort(own - others.max(axis=1), kind="stable"), int((most != labels).sum()))


def _out_of_fold(features: csr_matrix, labels: np.ndarray, seed: int) -> np.ndarray:
    """float64 (rows, classes)."""
    from sklearn.naive_bayes import ComplementNB

    fold = np.random.default_rng(seed).permutation(len(labels)) % _FOLDS
    probabilities = np.zeros((len(labels), int(labels.max()) + 1))
    for number in range(_FOLDS):
        model = ComplementNB().fit(features[fold != number], labels[fold != number])
        told = model.predict_proba(features[fold == number])
        probabilities[np.ix_(np.flatnonzero(fold == number), model.classes_)] = told
    return probabilities


def _plant(
    features: csr_matrix, labels: np.ndarray, now: Suspicion, scores: Scores, rng: np.random.Generator
) -> _Planted:
    """Plant errors, rank the rows again, and put those right that a review would find."""
    rows, classes = len(labels), int(labels.max()) + 1
    number = int(np.clip(now.errors, _FEWEST, _LARGEST_SHARE * rows))
    chosen = rng.permutation(rows)[:number]
    wrong = labels.copy()
    wrong[chosen] = (wrong[chosen] + rng.integers(1, classes, number)) % classes
    order = suspicion(features, wrong, int(rng.integers(2**31))).order
    more = (now.errors + number) / max(now.errors, 1)  # errors there are now, and planted ones, compete for the review
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
    """The gain from `reviewed` rows, over draws of the number of errors, the planting and the test rows."""
    gains = []
    for draw in range(REVIEW_DRAWS):
        drawn = [planted[i] for i in rng.integers(len(planted), size=len(planted))]
        each = sum(float(one.gain.mean()) for one in drawn) / max(sum(one.corrected for one in drawn), 1)
        once = drawn[0]
        errors = min(rng.triangular(0, now.errors, now.errors + 1e-9) * once.found[reviewed], reviewed)
        scatter = float(once.gain[draw % len(once.gain)]) - once.corrected * each
        gains.append(errors * each + scatter * np.sqrt(errors / max(once.corrected, 1)))
    low, high = np.quantile(gains, [0.025, 0.975])
    cost = None if price is None else tables.rounded(price * reviewed)
    interval = (tables.rounded(float(low)), tables.rounded(float(high)))
    return Gain("reviewed", reviewed, tables.rounded(float(np.median(gains))), interval, cost)
