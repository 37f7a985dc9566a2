"""Out-of-sample probabilities of each of several labels per row: one model per label, on the grouped folds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.labels.hashed_rows import BATCH, fit_terms, texts_at
from auditor.checks.labels.probabilities import FOLDS_ABOVE_SVC, NO_FOLD, Linear, classifier, grouped_folds
from auditor.checks.labels.sampled import MODEL_CELLS, unseen_by_all
from auditor.checks.labels.stratified import stratified
from auditor.models.tfidf import MAX_TERMS, tfidf

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class SeveralOpinion:
    """Predictions for each label of each row.

    Attributes:
        probabilities: float32 (rows, labels), out of sample, each label independent.
        skill: float64, one per label: out-of-sample average precision, rescaled to 0 for chance.
        model: name of the classifier.
        folds: number of folds.
        fitted: rows the models were fitted on.
    """

    probabilities: np.ndarray
    skill: np.ndarray
    model: str
    folds: int
    fitted: int


def one_against_rest(
    texts: list[str], has: np.ndarray, groups: np.ndarray, *, language: str, folds: int, seed: int
) -> SeveralOpinion:
    """Cross-validated probabilities of each label for each row.

    Args:
        texts: one per row.
        has: bool (rows, labels): the given labels.
        groups: int64 duplicate groups; see `grouped_folds`.
        language: ``zh`` uses characters, any other words.
        folds: number of folds.
        seed: for folds and models.
    """
    name, make = classifier(len(texts), has.shape[1], seed)
    features = tfidf(texts, language)
    fold = grouped_folds(_rarest(has), groups, folds if name == "LinearSVC" else min(folds, FOLDS_ABOVE_SVC), seed)
    scores = np.full(has.shape, -1.0, np.float32)
    for number in np.unique(fold).tolist():
        test = fold == number
        for k in np.flatnonzero(has[~test].any(axis=0) & ~has[~test].all(axis=0)).tolist():
            model = make().fit(features[~test], has[~test, k])
            scores[test, k] = _log_odds(model, features[test])
    every = np.arange(len(has))
    return SeveralOpinion(_probabilities(scores, has, every), _skill(scores, has), name, int(fold.max()) + 1, len(has))


def sampled_against_rest(
    texts: Sequence[str], at: np.ndarray, has: np.ndarray, groups: np.ndarray, rows: int, *, language: str, seed: int
) -> SeveralOpinion:
    """`one_against_rest` with models and calibration fitted on a sample; every row is scored, batch by batch.

    Args:
        texts: of the corpus; read in slices.
        at: int64, ascending: the rows to judge.
        has: bool (rows, labels): their given labels.
        groups: int64: their duplicate groups.
        rows: bound of the sample, which is drawn by each row's rarest label.
        language: ``zh`` uses characters, any other words.
        seed: of folds, sample and models.
    """
    rarest, labels = _rarest(has), has.shape[1]
    sample = stratified(rarest, rows, seed)
    fold = grouped_folds(rarest, groups, FOLDS_ABOVE_SVC, seed)
    name, make = classifier(len(sample), labels, seed)
    terms = min(MAX_TERMS, MODEL_CELLS // (FOLDS_ABOVE_SVC * labels))
    made, features = fit_terms(texts, at[sample], unspaced=language == "zh", terms=terms)
    models = {
        number: _weights(make, features[fold[sample] != number], has[sample][fold[sample] != number])
        for number in range(int(fold.max()) + 1)
    }
    fold, scores = unseen_by_all(fold, groups, sample), np.empty(has.shape, np.float32)
    for start in range(0, len(at), BATCH):
        part = slice(start, start + BATCH)
        found, part_scores = made.both(texts_at(texts, at[part]))[0], np.empty((len(fold[part]), labels), np.float32)
        free = np.flatnonzero(fold[part] == NO_FOLD)
        part_scores[free] = 0
        for number, (weights, offset) in models.items():
            test = np.flatnonzero(fold[part] == number)
            part_scores[test] = found[test] @ weights + offset
            part_scores[free] += (found[free] @ weights + offset) / len(models)
        scores[part] = part_scores
    return SeveralOpinion(_probabilities(scores, has, sample), _skill(scores, has), name, len(models), len(sample))


def _weights(make: Callable[[], Linear], features: csr_matrix, has: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights, float32 (terms, labels), and offsets of one model per label; -1 where a label cannot be learned."""
    weights = np.zeros((features.shape[1], has.shape[1]), np.float32)
    offset = np.full(has.shape[1], -1, np.float32)
    for k in np.flatnonzero(has.any(axis=0) & ~has.all(axis=0)).tolist():
        model = make().fit(features, has[:, k])
        if hasattr(model, "coef_"):
            weights[:, k], offset[k] = model.coef_[0], model.intercept_[0]  # type: ignore[attr-defined]
        else:
            logs = model.feature_log_prob_  # type: ignore[attr-defined]
            weights[:, k], offset[k] = logs[1] - logs[0], 0
    return weights, offset


def _skill(scores: np.ndarray, has: np.ndarray) -> np.ndarray:
    """float64, one per label: how far average precision is on the way from chance to 1."""
    from sklearn.metrics import average_precision_score

    base = has.mean(axis=0)
    return np.array(
        [
            (average_precision_score(has[:, k], scores[:, k]) - base[k]) / max(1 - base[k], 1e-9)
            for k in range(has.shape[1])
        ]
    )


def _probabilities(scores: np.ndarray, has: np.ndarray, at: np.ndarray) -> np.ndarray:
    """float32 like `scores`: each label calibrated by the rows `at`."""
    found = np.empty(scores.shape, np.float32)
    for k in range(has.shape[1]):
        found[:, k] = _calibrated(scores[:, k], has[:, k], at)
    return found


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


def _calibrated(scores: np.ndarray, has: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Scores of one label as probabilities (Platt 1999), fitted on the rows `at`.

    The scales of one-against-rest models differ by label.
    """
    from sklearn.linear_model import LogisticRegression

    if has[at].all() or not has[at].any():
        return np.full(len(scores), has[at].mean(), np.float32)
    spread = max(float(scores.std()), 1e-6)
    model = LogisticRegression(C=1e3).fit(scores[at, None] / spread, has[at])
    return np.asarray(model.predict_proba(scores[:, None] / spread)[:, 1], np.float32)
