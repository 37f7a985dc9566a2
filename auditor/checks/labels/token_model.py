"""Out-of-sample tag probabilities of tokens, from hashed features of the token and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.labels.probabilities import Linear
from auditor.models.token_features import hashed_tokens

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BATCH, _TOKENS = 2_000, 1_000_000
"""Rows per batch of features, and tokens per batch of probabilities."""


def tag_probabilities(
    rows: Sequence[Sequence[str]], given: np.ndarray, fold: np.ndarray, classes: int, seed: int, sample: np.ndarray
) -> np.ndarray:
    """Cross-validated probabilities by a linear model with log loss.

    If the sample is not all rows, features are computed in batches.

    Args:
        rows: tokens.
        given: int64, one per token of all rows in order: tags 0 .. `classes` - 1.
        fold: int64, one per row.
        classes: number of tags.
        seed: of the model.
        sample: int64, ascending: the rows that models are fitted on.

    Returns:
        float32 (tokens, classes).
    """
    ends = np.cumsum([0, *map(len, rows)])
    result = np.full((len(given), classes), 1e-6, np.float32)
    if len(sample) == len(rows):
        hashed, token_fold = hashed_tokens(rows), np.repeat(fold, np.diff(ends))
        for number in np.unique(fold).tolist():
            test = token_fold == number
            model = _fitted(hashed[~test], given[~test], seed)
            if model is not None:
                result[np.ix_(test, model.classes_)] = model.predict_proba(hashed[test])
    else:
        for number in np.unique(fold).tolist():
            drawn = sample[fold[sample] != number]
            tokens = np.concatenate([given[ends[i] : ends[i + 1]] for i in drawn])
            model = _fitted(hashed_tokens([rows[i] for i in drawn]), tokens, seed)
            if model is not None:
                _predict(model, rows, np.flatnonzero(fold == number), ends, result)
    for start in range(0, len(result), _TOKENS):
        part = np.clip(result[start : start + _TOKENS], 1e-6, 1)
        result[start : start + _TOKENS] = part / part.sum(axis=1, keepdims=True)
    return result


def _fitted(hashed: csr_matrix, given: np.ndarray, seed: int) -> Linear | None:
    """A model of tags; None if there is only one tag."""
    from sklearn.linear_model import SGDClassifier

    if len(np.unique(given)) < 2:
        return None
    model: Linear = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=8, tol=None, random_state=seed)
    return model.fit(hashed, given)


def _predict(
    model: Linear, rows: Sequence[Sequence[str]], at: np.ndarray, ends: np.ndarray, result: np.ndarray
) -> None:
    """Write the probabilities of the tokens of the rows `at` into `result`, `_BATCH` rows at a time."""
    for start in range(0, len(at), _BATCH):
        some = at[start : start + _BATCH]
        places = np.concatenate([np.arange(ends[i], ends[i + 1]) for i in some])
        result[np.ix_(places, model.classes_)] = model.predict_proba(hashed_tokens([rows[i] for i in some]))
