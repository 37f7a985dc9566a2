"""TF-IDF features of texts, with scikit-learn's terms or with hashed n-grams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.models.term_counts import character_ngrams, term_counts, word_ngrams

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

WORDS = r"(?u)\b\w\w+\b"
"""Words of at least two characters: scikit-learn's default pattern."""
WORDS_AND_MARKS = r"(?u)\w+|[^\w\s]+"
"""Words and runs of punctuation marks."""
MAX_TERMS = 200_000
FIT_ROWS = 100_000
"""Maximum number of rows from which terms are taken."""

Grams = Callable[[Sequence[str]], "Sequence[tuple[np.ndarray, np.ndarray]]"]
"""Maps texts to n-grams. For each n: the concatenated hashes of the n-grams of all texts (uint64), and their offsets by
text (int64, number of texts + 1)."""


def tfidf_vectorizer(
    language: str,
    *,
    token_pattern: str = WORDS,
    min_df: int = 1,
    max_features: int | None = None,
    dtype: type[np.floating] = np.float64,
) -> TfidfVectorizer:
    """TF-IDF of words and word pairs; for Chinese, which has no spaces, of one to three consecutive characters.

    Args:
        language: ``zh``, or any other.
        token_pattern: pattern of a word in languages other than Chinese.
        min_df: smallest number of rows in which a term must occur.
        max_features: only the most frequent terms; None: all.
        dtype: type of the weights.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    common = {"sublinear_tf": True, "min_df": min_df, "max_features": max_features, "dtype": dtype}
    if language == "zh":
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), **common)
    return TfidfVectorizer(token_pattern=token_pattern, ngram_range=(1, 2), **common)


def tfidf(texts: list[str], language: str, terms: int = MAX_TERMS) -> csr_matrix:
    """Sparse float32 TF-IDF of the `terms` most frequent terms, fitted on all rows (without labels).

    With more than `FIT_ROWS` rows, the terms are those of a random sample, since most word pairs occur only once and
    all of them would take gigabytes.
    """
    from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

    rare = 2 if len(texts) >= 200 else 1
    try:
        if len(texts) <= FIT_ROWS:
            ngrams = character_ngrams(texts) if language == "zh" else word_ngrams(texts, WORDS)
            return TfidfTransformer(sublinear_tf=True).fit_transform(term_counts(ngrams, rare, terms))
        drawn = np.random.default_rng(0).choice(len(texts), FIT_ROWS, replace=False)
        model = tfidf_vectorizer(language, min_df=rare, max_features=terms, dtype=np.float32)
        return model.fit([texts[i] for i in drawn]).transform(texts)
    except ValueError:  # no word is frequent enough
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), dtype=np.float32).fit_transform(
            [t + " " for t in texts]
        )


class HashedTfidf:
    """TF-IDF over hashed n-grams, with terms and weights fitted on some texts.

    Whole columns are hashed at once, which is ten times faster than a vectorizer that loops over texts in Python.

    Args:
        grams: hashes n-grams; each call must return the same values of n.
        texts: the texts on which terms and weights are fitted.

    Attributes:
        features: CSR float32 (texts, terms), features of `texts`.
        terms: uint64, ascending, hashes of the distinct n-grams.
    """

    def __init__(self, grams: Grams, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfTransformer

        found = grams(texts)
        self.terms = np.unique(np.concatenate([hashes for hashes, _ in found]))
        self._grams, self._weights = grams, TfidfTransformer(sublinear_tf=True)
        counts = self._counts(found, len(texts))
        self.features: csr_matrix = self._weights.fit_transform(counts) if len(self.terms) else counts

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """CSR float32 (texts, terms); unknown n-grams are ignored."""
        counts = self._counts(self._grams(texts), len(texts))
        return self._weights.transform(counts) if len(self.terms) else counts

    def _counts(self, found: Sequence[tuple[np.ndarray, np.ndarray]], texts: int) -> csr_matrix:
        """Counts of each term in each text."""
        from scipy.sparse import csr_matrix

        total = csr_matrix((texts, len(self.terms)), dtype=np.float32)
        if not len(self.terms):
            return total
        for hashes, offsets in found:
            place = np.minimum(np.searchsorted(self.terms, hashes), len(self.terms) - 1)
            known = self.terms[place] == hashes
            begins = np.concatenate([[0], np.cumsum(known)])[offsets]
            ones = np.ones(int(known.sum()), np.float32)
            total = total + csr_matrix(
                (ones, place[known], begins), shape=total.shape
            )  # the addition merges duplicates
        return total
