"""Out-of-sample tag probabilities of tokens, from hashed features of the token and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

HASHED = 2**20
WINDOW = 2
_REPEAT = re.compile(r"(.)\1+")


def shape(word: str) -> str:
    """``Xx`` of ``London``: upper, lower and other letters and digits, repeats folded."""
    kinds = "".join(
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else "a" if c.isalpha() else c for c in word
    )
    return _REPEAT.sub(r"\1\1", kinds)


def features(row: Sequence[str]) -> Iterator[list[str]]:
    """One list of features a token: the word, its shape and affixes, and the words around it."""
    folded, shapes = [word.lower() for word in row], [shape(word) for word in row]
    for at, word in enumerate(row):
        found = ["b", f"w={folded[at]}", f"W={word}", f"s={shapes[at]}"]
        found += [f"p={folded[at][:3]}", f"x={folded[at][-3:]}", f"y={folded[at][-2:]}"]
        for offset in (*range(-WINDOW, 0), *range(1, WINDOW + 1)):
            other = at + offset
            inside = 0 <= other < len(row)
            found.append(f"{offset}:{folded[other]}" if inside else f"{offset}:/")
            if inside:
                found.append(f"{offset}s:{shapes[other]}")
        if at:
            found.append(f"l={folded[at - 1]} {folded[at]}")
        if at + 1 < len(row):
            found.append(f"r={folded[at]} {folded[at + 1]}")
        yield found


def tag_probabilities(
    rows: Sequence[Sequence[str]], given: np.ndarray, fold: np.ndarray, classes: int, seed: int
) -> np.ndarray:
    """Cross-validated probabilities by a linear model with log loss.

    Args:
        rows: tokens.
        given: int64, one a token of all rows in order: tags 0 .. `classes` - 1.
        fold: int64, one a row.
        classes: number of tags.
        seed: of the model.

    Returns:
        float32 (tokens, classes).
    """
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.linear_model import SGDClassifier

    hasher = FeatureHasher(HASHED, input_type="string", dtype=np.float32, alternate_sign=False)
    hashed = hasher.transform(token for row in rows for token in features(row))
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
