"""TF-IDF over hashed n-grams equals scikit-learn's over the words themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from auditor.models.tfidf import HashedTfidf

TEXTS = ["red green red", "blue", "green blue blue blue", "red", ""]
NEW = ["red unseen blue", "unseen"]
CODES = {word: np.uint64(number) for number, word in enumerate(["blue", "green", "red", "unseen"], 3)}


def words(texts: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    rows = [[CODES[word] for word in text.split()] for text in texts]
    return [(np.array([c for row in rows for c in row], np.uint64), np.cumsum([0, *map(len, rows)]))]


def test_hashed_words_weigh_what_words_weigh() -> None:
    theirs = TfidfVectorizer(sublinear_tf=True, dtype=np.float32)
    expected = theirs.fit_transform(TEXTS)
    ours = HashedTfidf(words, TEXTS)
    assert ours.terms.tolist() == [3, 4, 5]  # in the order of the words
    np.testing.assert_allclose(ours.features.toarray(), expected.toarray(), atol=1e-6)
    np.testing.assert_allclose(ours.transform(NEW).toarray(), theirs.transform(NEW).toarray(), atol=1e-6)


def test_texts_without_terms_have_no_features() -> None:
    nothing = HashedTfidf(words, ["", ""])
    assert nothing.features.shape == (2, 0) and nothing.transform(NEW).shape == (2, 0)
