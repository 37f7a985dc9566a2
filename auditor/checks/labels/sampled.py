"""Label checks of many rows: models are fitted on a stratified sample, then every row is scored in batches.

Rows of the sample, and those with a copy in it, are scored by the model trained on the other folds, and so on no copy
of them. No model was trained on the other rows: they are scored by the mean of the folds' models, which is more
accurate than one of them and costs little more, since most of the cost per row is its features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.labels.dynamics import head_epochs, head_probabilities, held_out_heads, mean_margin
from auditor.checks.labels.eligible_rows import Judgeable
from auditor.checks.labels.ensemble import HELD_OUT_WEIGHT, Opinion, log_ratio, ranks
from auditor.checks.labels.hashed_rows import BATCH, HashedRows, fit_hashed_rows, texts_at
from auditor.checks.labels.neighbours import SampledRows
from auditor.checks.labels.probabilities import (
    CLOSE,
    FOLDS_ABOVE_SVC,
    NO_FOLD,
    FoldModels,
    adds,
    agreement,
    classifier,
    fold_models,
    grouped_folds,
    naive_bayes,
)
from auditor.checks.labels.stratified import stratified
from auditor.models.tfidf import MAX_TERMS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MODEL_CELLS = 50_000_000
"""Weights of all linear models together: 4 bytes each."""


@dataclass(frozen=True)
class SampledOpinion:
    """Predictions for all rows by models fitted on a sample.

    Attributes:
        view: the view of all rows.
        folds: number of folds.
        fitted: rows the models were fitted on.
    """

    view: Opinion
    folds: int
    fitted: int


@dataclass(frozen=True)
class _Heads:
    """Heads on vectors: `held_out` by fold, and the weights of one on the whole sample after each `epochs`."""

    held_out: dict[int, np.ndarray]
    epochs: np.ndarray


@dataclass(frozen=True)
class _Scores:
    """For each row: the models' mean probabilities, and the scores for the ranking; None without vectors."""

    probabilities: np.ndarray
    ratio: np.ndarray
    held_out: np.ndarray
    margin: np.ndarray


def sampled_opinion(
    texts: Sequence[str], rows: Judgeable, sample_rows: int, *, language: str, static: bool, seed: int, threads: int
) -> SampledOpinion:
    """Fit on `sample_rows` rows, score all.

    Args:
        texts: of the corpus; read in slices.
        rows: the rows to judge.
        sample_rows: maximum size of the sample.
        language: ``zh`` uses characters, any other words.
        static: whether the packaged word vectors suit the texts; else latent semantic analysis replaces them.
        seed: of folds, sample and models.
        threads: batches scored in parallel.

    Raises:
        SafetyError: the weights of the word vectors are not the published ones.
    """
    given, classes = rows.given, len(rows.names)
    at = stratified(given, sample_rows, seed)
    fold = grouped_folds(given, rows.groups, FOLDS_ABOVE_SVC, seed)
    terms = min(MAX_TERMS, MODEL_CELLS // (2 * FOLDS_ABOVE_SVC * classes))
    made, features, vectors = fit_hashed_rows(
        texts, rows.at[at], unspaced=language == "zh", static=static, terms=terms, seed=seed
    )
    linear, name, known = _linear(features, given[at], fold[at], classes, seed)
    heads = None if vectors is None else _heads(vectors, given[at], fold[at], classes, known, seed)
    if heads is None:
        made, vectors = made.without_vectors(), None
    fold = unseen_by_all(fold, rows.groups, at)
    scores = _scored(_Judge(made, linear, heads, classes), texts, rows, fold, threads)
    rank = ranks(scores.ratio)
    if heads is not None:
        rank = rank + ranks(scores.margin) + HELD_OUT_WEIGHT * ranks(scores.held_out)
        rank, name = rank / (2 + HELD_OUT_WEIGHT), f"{name} + static vectors"

    def near_of(some: np.ndarray) -> np.ndarray | csr_matrix:
        judged, meaning = made.both(texts_at(texts, rows.at[some]))
        return judged if meaning is None else meaning

    near = SampledRows(features if vectors is None else vectors, at, near_of)
    chance = float(np.bincount(given).max() / len(given))
    view = Opinion(scores.probabilities, rank, agreement(scores.probabilities, given), chance, name, near)
    return SampledOpinion(view, FOLDS_ABOVE_SVC, len(at))


def unseen_by_all(fold: np.ndarray, groups: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """`fold`, with `NO_FOLD` for rows of groups that are not in the sample.

    Args:
        fold, groups: int64, one per row.
        sample: int64, rows that models were fitted on.
    """
    return np.where(np.isin(groups, groups[sample]), fold, NO_FOLD)


def _linear(
    features: csr_matrix, given: np.ndarray, fold: np.ndarray, classes: int, seed: int
) -> tuple[tuple[FoldModels, ...], str, float]:
    """The included linear models on TF-IDF, their names, and their agreement with the labels of the sample."""
    name, make = classifier(len(given), classes, seed)
    models = (fold_models(make, features, given, fold, classes),)
    base = models[0].probabilities(features, fold)
    if name == "ComplementNB":
        return models, name, agreement(base, given)
    bayes = fold_models(naive_bayes, features, given, fold, classes)
    judged = bayes.probabilities(features, fold)
    if not adds(judged, base, given):
        return models, name, agreement(base, given)
    return (*models, bayes), f"{name} + ComplementNB", agreement((base + judged) / 2, given)


def _heads(
    vectors: np.ndarray, given: np.ndarray, fold: np.ndarray, classes: int, base: float, seed: int
) -> _Heads | None:
    """Heads on vectors, or None if they agree with the labels clearly less often than `base`."""
    held_out = held_out_heads(vectors, given, fold, classes, seed)
    if agreement(head_probabilities(held_out, vectors, fold, classes), given) < base - CLOSE:
        return None
    return _Heads(held_out, head_epochs(vectors, given, classes, seed))


@dataclass(frozen=True)
class _Judge:
    rows: HashedRows
    linear: tuple[FoldModels, ...]
    heads: _Heads | None
    classes: int

    def scores(self, texts: Sequence[str], given: np.ndarray, fold: np.ndarray) -> _Scores:
        """The scores of one batch."""
        features, vectors = self.rows.both(texts)
        tables = [models.probabilities(features, fold) for models in self.linear]
        linear = sum(tables[1:], tables[0]) / len(tables)
        ratio, nothing = log_ratio(linear, given), np.zeros(0, np.float32)
        if self.heads is None or vectors is None:
            return _Scores(linear, ratio, nothing, nothing)
        held_out = head_probabilities(self.heads.held_out, vectors, fold, self.classes)
        margins = mean_margin(self.heads.epochs, vectors, given)
        return _Scores((linear + held_out) / 2, ratio, log_ratio(held_out, given), margins)


def _scored(judge: _Judge, texts: Sequence[str], rows: Judgeable, fold: np.ndarray, threads: int) -> _Scores:
    """The scores of all rows, in batches of `BATCH` in `threads` threads."""
    size = len(rows.at)
    with_heads = size if judge.heads is not None else 0
    found = _Scores(
        np.empty((size, judge.classes), np.float32),
        np.empty(size, np.float32),
        np.empty(with_heads, np.float32),
        np.empty(with_heads, np.float32),
    )

    def one(start: int) -> None:
        part = slice(start, min(start + BATCH, size))
        judged = judge.scores(texts_at(texts, rows.at[part]), rows.given[part], fold[part])
        found.probabilities[part], found.ratio[part] = judged.probabilities, judged.ratio
        if with_heads:
            found.held_out[part], found.margin[part] = judged.held_out, judged.margin

    _each(one, range(0, size, BATCH), threads)
    return found


def _each(work: Callable[[int], None], starts: range, threads: int) -> None:
    if threads < 2:
        for start in starts:
            work(start)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, starts):
            pass
