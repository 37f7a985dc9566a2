"""Out-of-sample class probabilities with no model brought by the user.

TF-IDF (words for spaced scripts, characters 1 to 3 for Chinese) with a linear model that fits the size. Folds
never tear a duplicate cluster apart: a copy in the training fold would vouch for a wrong label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from auditor.models.tfidf import MAX_TERMS, tfidf
from auditor.stats import softmax

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SVC_ROWS, SGD_ROWS = 30_000, 300_000
SVC_CELLS, SGD_CELLS = 3_000_000, 6_000_000
"""Rows times classes: one model a class is fitted, so both count."""
FOLDS_ABOVE_SVC = 3
SVC_TOLERANCE = 0.1
"""liblinear's own for its dual solver (scikit-learn's is a thousandth of it): the same order of rows, at 60 to 80 % of
the cost."""
MARGIN_SCALE = 3.0
"""Softmax temperature of LinearSVC margins: 3 measured best against calibration at a third of its cost."""
NO_FOLD = -1
"""The fold of a row that is in no sample and has no copy there: no model has seen it."""
CLOSE = 0.02
"""A second model has a say where it agrees with the labels at most this much less often than the first."""
TABLE_CELLS = 20_000_000
_WEIGHTS = ("coef_", "feature_log_prob_")
_COUNTS = {"feature_count_", "feature_all_"}


class Linear(Protocol):
    """A linear classifier of scikit-learn; of ``predict_proba`` and ``decision_function`` it has one at least."""

    classes_: np.ndarray

    def fit(self, features: csr_matrix, labels: np.ndarray) -> Linear:
        """Learn `labels`, one per row of `features`."""
        ...

    def predict_proba(self, features: csr_matrix) -> np.ndarray:
        """(rows, classes)."""
        ...

    def decision_function(self, features: csr_matrix) -> np.ndarray:
        """(rows, classes); (rows,) of two."""
        ...


@dataclass(frozen=True)
class OutOfSample:
    """Cross-validated predictions.

    Attributes:
        probabilities: float32 (rows, classes); each row sums to 1.
        features: sparse float32 (rows, terms), TF-IDF with rows of length 1.
        fold: int64, the fold of each row.
        model: names of the classifiers used.
    """

    probabilities: np.ndarray
    features: csr_matrix
    fold: np.ndarray
    model: str

    @property
    def folds(self) -> int:
        """Number of folds."""
        return int(self.fold.max()) + 1


def grouped_folds(labels: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """int64, one per row: its fold. Rows of a group share a fold; classes are spread as evenly as groups allow.

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
    texts: list[str], labels: np.ndarray, groups: np.ndarray, *, language: str, folds: int, seed: int
) -> OutOfSample:
    """Cross-validated probabilities of each class for each row.

    Naive Bayes is averaged in where that helps, see `adds`.

    Args:
        texts: one per row.
        labels: int64 class numbers 0 .. K-1, every class with at least two groups.
        groups: int64 group numbers; see `grouped_folds`.
        language: ``zh`` takes characters, all else words.
        folds: number of folds; at most `FOLDS_ABOVE_SVC` where LinearSVC would take too long.
        seed: for folds and models.
    """
    classes = int(labels.max()) + 1
    name, make = classifier(len(labels), classes, seed)
    features = tfidf(texts, language, min(MAX_TERMS, TABLE_CELLS // classes))
    fold = grouped_folds(labels, groups, folds if name == "LinearSVC" else min(folds, FOLDS_ABOVE_SVC), seed)
    result = _cross_validated(make, features, labels, fold, classes)
    if name != "ComplementNB":
        bayes = _cross_validated(naive_bayes, features, labels, fold, classes)
        if adds(bayes, result, labels):
            result, name = (result + bayes) / 2, f"{name} + ComplementNB"
    return OutOfSample(result, features, fold, name)


def adds(bayes: np.ndarray, first: np.ndarray, labels: np.ndarray) -> bool:
    """Whether the mean with Naive Bayes knows the labels better than the `first` model alone.

    Of many classes: where Naive Bayes agrees with the labels nearly as often. It weighs all classes at once, which
    corrects the unequal scales of one-against-rest models; its own scale is too flat to be judged by its probabilities.
    Of two, which have one scale: where the mean has the lower log loss, out of sample.
    """
    if first.shape[1] == 2:
        return log_loss((first + bayes) / 2, labels) < log_loss(first, labels)
    return agreement(bayes, labels) >= agreement(first, labels) - CLOSE


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of minus the log of the given class's probability."""
    return -float(np.log(probabilities[np.arange(len(labels)), labels] + 1e-9).mean())


def agreement(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows whose most probable class is the given one."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def _cross_validated(
    make: Callable[[], Linear], features: csr_matrix, labels: np.ndarray, fold: np.ndarray, classes: int
) -> np.ndarray:
    result = np.full((len(labels), classes), 1e-9, np.float32)
    for number in np.unique(fold).tolist():
        test = fold == number
        if len(np.unique(labels[~test])) < 2:
            continue
        model = make().fit(features[~test], labels[~test])
        result[np.ix_(test, model.classes_)] = _probabilities(model, features[test])
    result /= result.sum(axis=1, keepdims=True)
    return result


@dataclass(frozen=True)
class FoldModels:
    """For each fold a model that has not seen it.

    Attributes:
        models: by the number of the fold; none where its training rows had one class only.
        classes: number of classes.
    """

    models: Mapping[int, Linear]
    classes: int

    def probabilities(self, features: csr_matrix, fold: np.ndarray) -> np.ndarray:
        """float32 (rows, classes): each row of `features` judged by the model of its `fold`; of `NO_FOLD`, by all."""
        result = np.full((len(fold), self.classes), 1e-9, np.float32)
        for number, model in self.models.items():
            test = np.flatnonzero(fold == number)
            if len(test):
                result[np.ix_(test, model.classes_)] = _probabilities(model, features[test])
        free = np.flatnonzero(fold == NO_FOLD)
        if len(free):
            rows = features[free]
            for model in self.models.values():
                result[np.ix_(free, model.classes_)] += _probabilities(model, rows)
        return np.asarray(result / result.sum(axis=1, keepdims=True))


def fold_models(
    make: Callable[[], Linear], features: csr_matrix, labels: np.ndarray, fold: np.ndarray, classes: int
) -> FoldModels:
    """Fit one model on the rows outside of each fold, weights in single precision and in the order products read them.

    Args:
        make: of an unfitted model.
        features: CSR float32 (rows, terms).
        labels, fold: int64, one per row.
        classes: number of classes.
    """
    models = {}
    for number in np.unique(fold).tolist():
        rest = np.flatnonzero(fold != number)
        if len(np.unique(labels[rest])) >= 2:
            model = models[number] = make().fit(features[rest], labels[rest])
            for name in _WEIGHTS:
                if hasattr(model, name):  # transposed in every product, which copies unless columns are contiguous
                    setattr(model, name, np.asfortranarray(getattr(model, name), np.float32))
            for name in _COUNTS & vars(model).keys():
                delattr(model, name)
    return FoldModels(models, classes)


def classifier(rows: int, classes: int, seed: int) -> tuple[str, Callable[[], Linear]]:
    """Name and maker of the model that rows and classes allow: LinearSVC, then SGD, then ComplementNB."""
    from sklearn.linear_model import SGDClassifier
    from sklearn.svm import LinearSVC

    if rows <= SVC_ROWS and rows * classes <= SVC_CELLS:
        return "LinearSVC", lambda: LinearSVC(C=0.3, tol=SVC_TOLERANCE, random_state=seed)
    if rows <= SGD_ROWS and rows * classes <= SGD_CELLS:
        return "SGD", lambda: SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=10, tol=None, random_state=seed)
    return "ComplementNB", naive_bayes


def naive_bayes() -> Linear:
    """An unfitted complement naive Bayes (Rennie et al. 2003)."""
    from sklearn.naive_bayes import ComplementNB

    model: Linear = ComplementNB(alpha=0.3)
    return model


def _probabilities(model: Linear, features: csr_matrix) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(features), np.float32)
    margins = model.decision_function(features)
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1)
    return np.asarray(softmax(margins, MARGIN_SCALE), np.float32)
