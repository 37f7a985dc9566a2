"""Term counts equal scikit-learn's, the order of the entries included."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from auditor.models.term_counts import character_ngrams, term_counts, word_ngrams
from auditor.models.tfidf import WORDS

WORD = st.sampled_from(
    [
        "ab",
        "b-c",
        "Ab",
        "don't",
        "\u00e9t\u00e9",
        "\u0130x",
        "x",
        "12",
        "\u4e2d\u6587",
        "\ud83d\ude00",
        "zz_",
        "ab cd",
        "  ",
        "",
    ]
)
TEXTS = st.lists(st.lists(WORD, max_size=8).map(" ".join), min_size=1, max_size=12)
LIMITS = st.integers(1, 30)


@given(TEXTS, st.integers(1, 2), LIMITS)
def test_words_and_pairs_are_counted_as_scikit_learn_counts_them(texts: list[str], least: int, most: int) -> None:
    theirs = CountVectorizer(token_pattern=WORDS, ngram_range=(1, 2), min_df=least, max_features=most, dtype=np.float32)
    same(theirs, texts, lambda: term_counts(word_ngrams(texts, WORDS), least, most))


@given(TEXTS, st.integers(1, 2), LIMITS)
def test_characters_are_counted_as_scikit_learn_counts_them(texts: list[str], least: int, most: int) -> None:
    theirs = CountVectorizer(analyzer="char", ngram_range=(1, 3), min_df=least, max_features=most, dtype=np.float32)
    same(theirs, texts, lambda: term_counts(character_ngrams(texts), least, most))


def same(theirs: CountVectorizer, texts: list[str], ours: Callable[[], csr_matrix]) -> None:
    if min(theirs.min_df, len(texts)) < theirs.min_df:
        return  # scikit-learn refuses more documents than there are
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        with pytest.raises(ValueError, match="frequent enough"):
            ours()
        return
    counts = ours()
    assert counts.shape == expected.shape
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(counts, name), getattr(expected, name), name)
