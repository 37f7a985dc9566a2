"""Out-of-sample probabilities of each of several labels a row: one model a label, on the grouped folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.probabilities import FOLDS_ABOVE_SVC, classifier, grouped_folds
from auditor.models.tfidf import tfidf


@dataclass(frozen=True)
class SeveralOpinion:
    """What the models hold of each label of each row.

    Attributes:
        probabilities: float32 (rows, labels), out of sample, each label by itself.
        skill: float64, one per label: how far the out-of-sample average precision is on the way from chance to 1.
        model: name of the classifier.
        folds: number of folds.
    """

    probabilities: np.ndarray
    skill: np.ndarray
    model: str
    folds: int


def one_against_rest(
    texts: list[str], has: np.ndarray, groups: np.ndarray, *, language: str, folds: int, seed: int
) -> SeveralOpinion:
    """Cross-validated probabilities of each label for each row.

    Args:
        texts: one per row.
        has: bool (rows, labels): the given labels.
        groups: int64 duplicate groups; see `grouped_folds`.
        language: ``zh`` takes characters, all else words.
        folds: number of folds.
        seed: for folds and models.
    """
    from sklearn.metrics import average_precision_score

    name, make = classifier(len(texts), has.shape[1], seed)
    features = tfidf(texts, language)
    fold = grouped_folds(_rarest(has), groups, folds if name == "LinearSVC" else min(folds, FOLDS_ABOVE_SVC), seed)
    scores = np.full(has.shape, -1.0, np.float32)
    for number in np.unique(fold).tolist():
        test = fold == number
        for k in np.flatnonzero(has[~test].any(axis=0) & ~has[~test].all(axis=0)).tolist():
            model = make().fit(features[~test], has[~test, k])
            scores[test, k] = _log_odds(model, features[test])
    base = has.mean(axis=0)
    skill = [
        (average_precision_score(has[:, k], scores[:, k]) - base[k]) / max(1 - base[k], 1e-9)
        for k in range(has.shape[1])
    ]
    probabilities = np.stack([_calibrated(scores[:, k], has[:, k]) for k in range(has.shape[1])], axis=1)
    return SeveralOpinion(probabilities, np.array(skill), name, int(fold.max()) + 1)


def _rarest(has: np.ndarray) -> np.ndarray:
    """int64, one per row: its rarest label, the number of labels where it has none. Rare labels are spread first."""
    order = np.argsort(has.sum(axis=0), kind="stable")
    first = has[:, order].argmax(axis=1)
    return np.asarray(np.where(has.any(axis=1), order[first], has.shape[1]), np.int64)


def _log_odds(model: object, features: object) -> np.ndarray:
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(features), np.float32)
    shares = model.predict_log_proba(features)  # type: ignore[attr-defined]  # scikit-learn is untyped
    return np.asarray(shares[:, 1] - shares[:, 0], np.float32)


def _calibrated(scores: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Scores of one label as probabilities (Platt 1999): the scales of one-against-rest models differ by label."""
    from sklearn.linear_model import LogisticRegression

    spread = max(float(scores.std()), 1e-6)
    model = LogisticRegression(C=1e3).fit(scores[:, None] / spread, has)
    return np.asarray(model.predict_proba(scores[:, None] / spread)[:, 1], np.float32)
