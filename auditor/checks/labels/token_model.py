"""Out-of-sample tag probabilities of tokens, from hashed features of the token and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.models.token_features import hashed_tokens


def tag_probabilities(
    rows: Sequence[Sequence[str]], given: np.ndarray, fold: np.ndarray, classes: int, seed: int
) -> np.ndarray:
    """Cross-validated probabilities by a linear model with log loss.

    Args:
        rows: tokens.
        given: int64, one per token of all rows in order: tags 0 .. `classes` - 1.
        fold: int64, one per row.
        classes: number of tags.
        seed: of the model.

    Returns:
        float32 (tokens, classes).
    """
    from sklearn.linear_model import SGDClassifier

    hashed = hashed_tokens(rows)
    token_fold = np.repeat(fold, [len(row) for row in rows])
    result = np.full((len(given), classes), 1e-6, np.float32)
    for number in np.unique(fold).tolist():
        test = token_fold == number
        if len(np.unique(given[~test])) < 2:
            continue
        model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=8, tol=None, random_state=seed)
        model.fit(hashed[~test], given[~test])
        result[np.ix_(test, model.classes_)] = model.predict_proba(hashed[test])
    result = np.clip(result, 1e-6, 1)
    return np.asarray(result / result.sum(axis=1, keepdims=True), np.float32)
