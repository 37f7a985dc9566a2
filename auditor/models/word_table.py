"""Static text vectors as sums of vectors of hashed words, from n-grams that are already computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.models.bucket_tfidf import BUCKET_BITS, Hashed, bucket_counts, buckets
from auditor.models.static_vectors import unit_rows, word_vectors

MAX_FORMS = 120_000
"""Maximum number of spellings with a vector, the most frequent of the sample; each takes a kilobyte."""
_NO_WORD = r"[^\pL\pN\pM_]+"


@dataclass(frozen=True)
class WordTable:
    """Vectors of hashed words.

    Attributes:
        column: int32, one per bucket: its row in `vectors`, -1 if it has none.
        vectors: float32 (words, n).
    """

    column: np.ndarray
    vectors: np.ndarray

    def transform(self, words: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """float32 (texts, n), rows of unit length: the sums of the vectors of each text's words."""
        return unit_rows(np.asarray(bucket_counts([words], self.column, len(self.vectors)) @ self.vectors))


def fit_words(batches: Iterable[Sequence[str]], words_of: Callable[[Sequence[str]], Hashed]) -> WordTable | None:
    """Vectors of the words of a sample; None if the packaged vectors are missing or there are no words.

    Spellings with equal hashes, such as ``Bank`` and ``bank``, share the mean of their vectors, weighted by frequency.

    Args:
        batches: the texts of the sample.
        words_of: maps texts to n-grams, with single words first.

    Raises:
        SafetyError: the weights of the vectors are not the published ones.
    """
    counts: Counter[str] = Counter()
    for batch in batches:
        found = pc.split_pattern_regex(pa.array(batch, pa.large_string()), _NO_WORD).flatten().value_counts()
        counts.update(dict(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True)))
    counts.pop("", None)
    forms = sorted(counts, key=lambda form: (-counts[form], form))[:MAX_FORMS]
    hashes, offsets = words_of(forms)[0] if forms else (np.zeros(0, np.uint64), np.zeros(1, np.int64))
    single = np.flatnonzero(np.diff(offsets) == 1)
    vectors = word_vectors([forms[i] for i in single.tolist()]) if len(single) else None
    if vectors is None:
        return None
    places, word = np.unique(buckets(hashes[offsets[:-1][single]]), return_inverse=True)
    weight = np.array([counts[forms[i]] for i in single.tolist()], np.float32)
    return WordTable(_columns(places), _means(vectors, word, weight, len(places)))


def _columns(places: np.ndarray) -> np.ndarray:
    column = np.full(1 << BUCKET_BITS, -1, np.int32)
    column[places] = np.arange(len(places))
    return column


def _means(vectors: np.ndarray, word: np.ndarray, weight: np.ndarray, words: int) -> np.ndarray:
    """float32 (words, n): weighted means of the vectors with the same number in `word`."""
    from scipy.sparse import csr_matrix

    sums = csr_matrix((weight, (word, np.arange(len(word)))), shape=(words, len(word)))
    return np.asarray((sums @ vectors) / np.bincount(word, weight, words)[:, None], np.float32)
