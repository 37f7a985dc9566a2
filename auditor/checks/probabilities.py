"""Out-of-sample class probabilities with no model brought by the user.

TF-IDF (words for spaced scripts, characters 1 to 3 for Chinese) with a linear model that fits the size. Folds
never tear a duplicate cluster apart: a copy in the training fold would vouch for a wrong label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SVC_ROWS, SGD_ROWS = 30_000, 300_000
MARGIN_SCALE = 3.0
"""Softmax temperature of LinearSVC margins: 3 measured best against calibration at a third of its cost."""
_MAX_FEATURES = 200_000


@dataclass(frozen=True)
class OutOfSample:
    """Cross-validated predictions.

    Attributes:
        probabilities: float32 (rows, classes); each row sums to 1.
        agreement: share of rows whose most probable class is the given label.
        chance: share of the most frequent class, what a constant answer reaches.
        model: name of the classifier used.
    """

    probabilities: np.ndarray
    agreement: float
    chance: float
    model: str


def grouped_folds(labels: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """int64, one a row: its fold. Rows of a group share a fold; classes are spread as evenly as groups allow.

    Groups are dealt round by round within each class (a group's class is that of its first row).
    """
    _, first, inverse, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    group_label = labels[first]
    random = np.random.default_rng(seed).random(len(first))
    order = np.lexsort((random, -sizes, group_label))  # within a class the largest groups are dealt first
    fold = np.empty(len(first), np.int64)
    fold[order] = np.arange(len(order)) % folds
    return fold[inverse]


def out_of_sample(
    texts: list[str], labels: np.ndarray, groups: np.ndarray, *, language: str, folds: int, seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> OutOfSample:  # fmt: skip
    """Cross-validated probabilities of each class for each row.

    Args:
        texts: one a row.
        labels: int64 class numbers 0 .. K-1, every class with at least two groups.
        groups: int64 group numbers; see `grouped_folds`.
        language: ``zh`` takes characters, all else words.
        folds: number of folds.
        seed: for folds and models.
        progress: called with (folds done, folds).
    """
    classes = int(labels.max()) + 1
    features = tfidf(texts, language)
    fold = grouped_folds(labels, groups, folds, seed)
    result = np.full((len(labels), classes), 1e-9, np.float32)
    name, make = _model(len(labels), seed)
    for number in range(folds):
        progress(number, folds)
        test = fold == number
        present = np.unique(labels[~test])
        if not test.any() or len(present) < 2:
            continue
        model = make().fit(features[~test], labels[~test])
        result[np.ix_(test, model.classes_)] = _probabilities(model, features[test])
    progress(folds, folds)
    result /= result.sum(axis=1, keepdims=True)
    agreement = float((result.argmax(axis=1) == labels).mean())
    return OutOfSample(result, agreement, float(np.bincount(labels).max() / len(labels)), name)


def tfidf(texts: list[str], language: str) -> Any:
    """Sparse float32 TF-IDF matrix; fitted on all rows (it never sees a label)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    kind = {"analyzer": "char", "ngram_range": (1, 3)} if language == "zh" else {"ngram_range": (1, 2)}
    rare = 2 if len(texts) >= 200 else 1
    try:
        return TfidfVectorizer(
            **kind, min_df=rare, sublinear_tf=True, max_features=_MAX_FEATURES, dtype=np.float32
        ).fit_transform(texts)
    except ValueError:  # no word is frequent enough
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), dtype=np.float32).fit_transform(
            [t + " " for t in texts]
        )


def _model(rows: int, seed: int) -> tuple[str, Callable[[], Any]]:
    from sklearn.linear_model import SGDClassifier
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    if rows <= SVC_ROWS:
        return "LinearSVC", lambda: LinearSVC(C=0.3, random_state=seed)
    if rows <= SGD_ROWS:
        return "SGD", lambda: SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=10, tol=None, random_state=seed)
    return "ComplementNB", lambda: ComplementNB(alpha=0.3)


def _probabilities(model: Any, features: Any) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(features), np.float32)
    margins = model.decision_function(features)
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1)
    scaled = MARGIN_SCALE * (margins - margins.max(axis=1, keepdims=True))
    odds = np.exp(scaled)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)
