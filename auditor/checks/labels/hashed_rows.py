"""Features of rows computed in batches: TF-IDF of hashed n-grams, and embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from auditor.dedup.ngrams import mix, multipliers, shingle
from auditor.models.bucket_tfidf import BucketTfidf, Hashed, fit_buckets
from auditor.models.static_vectors import LSA_DIMENSIONS, latent_axes, unit_rows
from auditor.models.word_table import WordTable, fit_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BATCH = 2_000
"""Rows per batch of texts and features."""
_CHARACTERS = (1, 2, 3)
_SPARSE = 4
"""Rows with a larger mean distance than this are fetched one by one."""


@dataclass(frozen=True)
class HashedRows:
    """Computes features of texts.

    Attributes:
        unspaced: whether n-grams are of characters.
        tfidf: terms and weights.
        words: word vectors; None if replaced by latent axes or absent.
        axes: float32 (terms, n), latent semantic axes; None without.
    """

    unspaced: bool
    tfidf: BucketTfidf
    words: WordTable | None = None
    axes: np.ndarray | None = None

    def without_vectors(self) -> HashedRows:
        """The same features without vectors."""
        return replace(self, words=None, axes=None)

    def both(self, texts: Sequence[str]) -> tuple[csr_matrix, np.ndarray | None]:
        """TF-IDF, CSR float32 (texts, terms), and vectors, float32 (texts, n) with rows of length 1, or None."""
        found = hashed(texts, self.unspaced)
        features = self.tfidf.transform(found)
        if self.words is not None:
            return features, self.words.transform(found[0])
        return features, None if self.axes is None else unit_rows(np.asarray(features @ self.axes, np.float32))


def fit_hashed_rows(
    texts: Sequence[str], at: np.ndarray, *, unspaced: bool, static: bool, terms: int, seed: int
) -> tuple[HashedRows, csr_matrix, np.ndarray | None]:
    """Fit terms and vectors on a sample; also returns the sample's TF-IDF and vectors.

    Args:
        texts: of all rows; read in slices.
        at: int64, ascending, the rows of the sample.
        unspaced: n-grams of characters instead of words.
        static: use the packaged word vectors if they are installed; else latent semantic analysis.
        terms: maximum number of terms.
        seed: seed of the analysis.

    Raises:
        SafetyError: the weights of the word vectors are not the published ones.
    """
    from scipy.sparse import vstack

    tfidf = fit_buckets((hashed(batch, unspaced) for batch in text_batches(texts, at)), terms)
    words = fit_words(text_batches(texts, at), lambda batch: hashed(batch, unspaced)) if static else None
    rows = HashedRows(unspaced, tfidf, words)
    made = [rows.both(batch) for batch in text_batches(texts, at)]
    features = vstack([ngrams for ngrams, _ in made], format="csr")
    if words is not None:
        return rows, features, np.concatenate([vectors for _, vectors in made if vectors is not None])
    if min(features.shape) <= LSA_DIMENSIONS:
        return rows, features, None
    axes = np.ascontiguousarray(latent_axes(features, seed), np.float32)
    return replace(rows, axes=axes), features, unit_rows(np.asarray(features @ axes, np.float32))


def fit_terms(texts: Sequence[str], at: np.ndarray, *, unspaced: bool, terms: int) -> tuple[HashedRows, csr_matrix]:
    """`fit_hashed_rows` without vectors."""
    from scipy.sparse import vstack

    rows = HashedRows(unspaced, fit_buckets((hashed(batch, unspaced) for batch in text_batches(texts, at)), terms))
    return rows, vstack([rows.both(batch)[0] for batch in text_batches(texts, at)], format="csr")


def text_batches(texts: Sequence[str], at: np.ndarray) -> Iterator[list[str]]:
    """The texts of the rows `at` (ascending), `BATCH` at a time."""
    for start in range(0, len(at), BATCH):
        yield texts_at(texts, at[start : start + BATCH])


def texts_at(texts: Sequence[str], at: np.ndarray) -> list[str]:
    """The texts of some rows, ascending; dense rows are read as one slice."""
    first, last = int(at[0]), int(at[-1])
    if last - first >= _SPARSE * len(at):
        return [texts[i] for i in at.tolist()]
    part = texts[first : last + 1]
    return [part[i - first] for i in at.tolist()]


def hashed(texts: Sequence[str], unspaced: bool) -> Hashed:
    """Hashes of words and word pairs, or of character 1- to 3-grams."""
    if unspaced:
        return _characters(texts)
    column = pa.array(texts, pa.large_string())
    return [(ngrams.hashes, ngrams.offsets) for ngrams in (shingle(column, 1), shingle(column, 2))]


def _characters(texts: Sequence[str]) -> Hashed:
    lowered = [" ".join(text.lower().split()) for text in texts]
    points = np.frombuffer("".join(lowered).encode("utf-32-le", "replace"), "<u4").astype(np.uint64)
    sizes = np.array([len(text) for text in lowered], np.int64)
    ends = np.cumsum(sizes)
    left = np.repeat(ends, sizes) - np.arange(len(points))  # characters from here to the end of the text
    padded = np.concatenate([points, np.zeros(len(_CHARACTERS), np.uint64)])
    odd, found, key = multipliers(len(_CHARACTERS)), [], np.zeros(len(points), np.uint64)
    for n in _CHARACTERS:
        key += (padded[n - 1 : n - 1 + len(points)] + np.uint64(1)) * odd[n - 1]
        whole = left >= n
        offsets = np.concatenate([[0], np.cumsum(np.maximum(sizes - n + 1, 0))])
        found.append((mix(key[whole] + np.uint64(n)), offsets))
    return found
