"""The linear model that stands beside the BERT, so that a reader sees what the BERT adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.data import Arm, Contest
from auditor.benchmark.several.data import LabelledTexts, SeveralContest
from auditor.benchmark.several.scores import best_threshold

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

_NEVER = -1e6
"""Margin of a label that no training row has."""
_WORD = r"(?u)\w+|[^\w\s]+"


def predict_baseline(contest: Contest, arm: Arm, language: str) -> np.ndarray:
    """Class codes, int64, of the test rows by TF-IDF and a linear support vector machine.

    Words and word pairs; characters up to three in a row for Chinese, which has no spaces.
    """
    from sklearn.svm import LinearSVC

    vectorizer = _vectorizer(language)
    features = vectorizer.fit_transform(arm.texts)
    weights = None if arm.weights is None else arm.weights / arm.weights.mean()  # their scale would act on C
    model = LinearSVC(C=0.5, random_state=0).fit(features, contest.codes(arm.labels), sample_weight=weights)
    predicted: np.ndarray = model.predict(vectorizer.transform(contest.test.texts))
    return predicted.astype(np.int64)


def predict_several_baseline(contest: SeveralContest, arm: LabelledTexts, language: str) -> np.ndarray:
    """Bool (test rows, labels) by TF-IDF and one linear support vector machine a label, against all other rows.

    As for the BERT, the threshold on their margins is chosen on the rows held out.
    """
    from sklearn.svm import LinearSVC

    vectorizer, has, own = _vectorizer(language), contest.has(arm), contest.own_rows(arm)
    features = vectorizer.fit_transform(text for text, is_own in zip(arm.texts, own.tolist(), strict=True) if is_own)
    weights = None if arm.weights is None else arm.weights[own] / arm.weights[own].mean()
    held = vectorizer.transform(text for text, is_own in zip(arm.texts, own.tolist(), strict=True) if not is_own)
    test = vectorizer.transform(contest.test.texts)
    on_held, on_test = (np.full((rows, has.shape[1]), _NEVER) for rows in (held.shape[0], test.shape[0]))
    for k in np.flatnonzero(has[own].any(axis=0) & ~has[own].all(axis=0)).tolist():
        model = LinearSVC(C=0.5, random_state=0).fit(features, has[own, k], sample_weight=weights)
        on_test[:, k] = model.decision_function(test)
        if len(on_held):
            on_held[:, k] = model.decision_function(held)
    on_held[:, has[own].all(axis=0)], on_test[:, has[own].all(axis=0)] = -_NEVER, -_NEVER
    held_weights = None if arm.weights is None else arm.weights[~own]
    given: np.ndarray = on_test >= best_threshold(on_held, has[~own], 0.0, held_weights)
    return given


def _vectorizer(language: str) -> TfidfVectorizer:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if language == "zh":
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    return TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True)


def tag_baseline(
    tokens: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], test: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Tags of the `test` sentences by a linear support vector machine on each word, its shape and its neighbours.

    Args:
        tokens, tags: the training sentences.
    """
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.svm import LinearSVC

    hasher = FeatureHasher(2**20, input_type="string")
    features = hasher.transform([f for sentence in tokens for f in _word_features(sentence)])
    model = LinearSVC(C=0.5, random_state=0).fit(features, [tag for row in tags for tag in row])
    words = [f for sentence in test for f in _word_features(sentence)]
    predicted = iter(model.predict(hasher.transform(words)).tolist() if words else [])
    return [[str(next(predicted)) for _ in sentence] for sentence in test]


def _word_features(sentence: Sequence[str]) -> list[list[str]]:
    padded = ["<s>", "<s>", *sentence, "</s>", "</s>"]
    lower = [word.lower() for word in padded]
    return [
        [
            *(f"{shift}:{lower[i + shift]}" for shift in (-2, -1, 0, 1, 2)),
            f"pair:{lower[i - 1]} {lower[i]}",
            f"next:{lower[i]} {lower[i + 1]}",
            f"start:{lower[i][:3]}",
            f"end:{lower[i][-3:]}",
            f"shape:{''.join(_shape(c) for c in padded[i][:8])}",
        ]
        for i in range(2, len(padded) - 2)
    ]


def _shape(character: str) -> str:
    return "X" if character.isupper() else "x" if character.isalpha() else "0" if character.isdigit() else character
