"""Linear models over hashed or weighted terms: what they read of a text, and of a token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

WORDS = r"(?u)\b\w\w+\b"
"""Words of two characters and more: scikit-learn's own pattern."""
WORDS_AND_MARKS = r"(?u)\w+|[^\w\s]+"
"""Words and runs of punctuation marks."""
HASHED_TOKENS = 2**20
_WINDOW = 2
_REPEAT = re.compile(r"(.)\1+")


def tfidf_vectorizer(
    language: str,
    *,
    token_pattern: str = WORDS,
    min_df: int = 1,
    max_features: int | None = None,
    dtype: type[np.floating] = np.float64,
) -> TfidfVectorizer:
    """TF-IDF of words and word pairs; of Chinese, which has no spaces, of one to three characters in a row.

    Args:
        language: ``zh``, or any other.
        token_pattern: what a word is, in languages other than Chinese.
        min_df: rows that a term must occur in.
        max_features: only the most frequent terms; None: all.
        dtype: of the weights.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    common = {"sublinear_tf": True, "min_df": min_df, "max_features": max_features, "dtype": dtype}
    if language == "zh":
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), **common)
    return TfidfVectorizer(token_pattern=token_pattern, ngram_range=(1, 2), **common)


def word_shape(word: str) -> str:
    """``Xx`` of ``London``: upper, lower and other letters and digits, repeats folded."""
    kinds = "".join(
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else "a" if c.isalpha() else c for c in word
    )
    return _REPEAT.sub(r"\1\1", kinds)


def token_features(row: Sequence[str]) -> Iterator[list[str]]:
    """One list of features per token: the word, its shape and affixes, and the words around it."""
    folded, shapes = [word.lower() for word in row], [word_shape(word) for word in row]
    for place, word in enumerate(row):
        found = ["b", f"w={folded[place]}", f"W={word}", f"s={shapes[place]}"]
        found += [f"p={folded[place][:3]}", f"x={folded[place][-3:]}", f"y={folded[place][-2:]}"]
        for offset in (*range(-_WINDOW, 0), *range(1, _WINDOW + 1)):
            other = place + offset
            inside = 0 <= other < len(row)
            found.append(f"{offset}:{folded[other]}" if inside else f"{offset}:/")
            if inside:
                found.append(f"{offset}s:{shapes[other]}")
        if place:
            found.append(f"l={folded[place - 1]} {folded[place]}")
        if place + 1 < len(row):
            found.append(f"r={folded[place]} {folded[place + 1]}")
        yield found


def hashed_tokens(rows: Sequence[Sequence[str]]) -> csr_matrix:
    """Float32 (tokens of all rows in order, `HASHED_TOKENS`): `token_features`, hashed."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(HASHED_TOKENS, input_type="string", dtype=np.float32, alternate_sign=False)
    return hasher.transform(token for row in rows for token in token_features(row))
