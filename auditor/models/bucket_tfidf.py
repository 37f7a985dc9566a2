"""TF-IDF over n-grams hashed into a fixed number of buckets, computed batch by batch in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BUCKET_BITS = 22
"""Four million buckets: the table from buckets to terms takes 16 MB, and of 200,000 terms one in twenty collides with
another."""
MIN_ROWS = 2
"""Smallest number of texts in which a term must occur."""

Hashed = Sequence[tuple[np.ndarray, np.ndarray]]
"""n-grams of texts. For each n: the concatenated hashes of the n-grams of all texts (uint64), and their offsets by text
(int64, number of texts + 1)."""


@dataclass(frozen=True)
class BucketTfidf:
    """TF-IDF whose terms are the most frequent buckets of a sample (feature hashing, Weinberger et al. 2009).

    Attributes:
        column: int32, one per bucket: its term, -1 if it is not a term.
        weight: float32, one per term: inverse document frequency, smoothed as in scikit-learn.
    """

    column: np.ndarray
    weight: np.ndarray

    @property
    def terms(self) -> int:
        """Number of terms."""
        return len(self.weight)

    def transform(self, found: Hashed) -> csr_matrix:
        """CSR float32 (texts, terms), rows of unit length, sublinear term frequencies; other n-grams are ignored."""
        from scipy.sparse import csr_matrix

        if not self.terms:
            return csr_matrix((len(found[0][1]) - 1, 0), dtype=np.float32)
        counts = bucket_counts(found, self.column, self.terms)
        begins = counts.indptr
        values = (1 + np.log(counts.data)) * self.weight[counts.indices]
        squares = np.concatenate([[0.0], np.cumsum(values.astype(np.float64) ** 2)])[begins]
        lengths = np.sqrt(np.maximum(np.diff(squares), 1e-12))
        values /= np.repeat(lengths, np.diff(begins)).astype(np.float32)
        return csr_matrix((values, counts.indices, begins), shape=counts.shape)


def fit_buckets(batches: Iterable[Hashed], most: int) -> BucketTfidf:
    """Fit terms and weights on batches of texts; the `most` frequent buckets become terms.

    Args:
        batches: the n-grams of the sample.
        most: maximum number of terms.
    """
    frequency, texts = np.zeros(1 << BUCKET_BITS, np.int64), 0
    for batch in batches:
        rows = len(batch[0][1]) - 1
        texts += rows
        keys = [
            (np.repeat(np.arange(rows), np.diff(offsets)) << BUCKET_BITS) | buckets(hashes) for hashes, offsets in batch
        ]
        each, _ = _counted(np.concatenate(keys))
        frequency += np.bincount(each & ((1 << BUCKET_BITS) - 1), minlength=len(frequency))
    known = np.flatnonzero(frequency >= MIN_ROWS)
    known = np.sort(known[np.argsort(-frequency[known], kind="stable")[:most]])
    column = np.full(len(frequency), -1, np.int32)
    column[known] = np.arange(len(known))
    return BucketTfidf(column, (np.log((1 + texts) / (1 + frequency[known])) + 1).astype(np.float32))


def bucket_counts(found: Hashed, column: np.ndarray, terms: int) -> csr_matrix:
    """CSR float32 (texts, terms): number of occurrences of each term in each text.

    Args:
        found: n-grams of the texts.
        column: int32, one per bucket: its term, -1 if it is not a term.
        terms: number of terms, at least one.
    """
    from scipy.sparse import csr_matrix

    rows = len(found[0][1]) - 1
    keys, counts = _counted(np.concatenate([_keys(hashes, offsets, column, terms) for hashes, offsets in found]))
    begins = np.searchsorted(keys, np.arange(rows + 1, dtype=np.int64) * terms).astype(np.int32)
    return csr_matrix((counts.astype(np.float32), (keys % terms).astype(np.int32), begins), shape=(rows, terms))


def _keys(hashes: np.ndarray, offsets: np.ndarray, column: np.ndarray, terms: int) -> np.ndarray:
    """int64, ``text * terms + term`` for each n-gram that is a term."""
    at = column[buckets(hashes)]
    known = at >= 0
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.asarray(text[known] * terms + at[known], np.int64)


def buckets(hashes: np.ndarray) -> np.ndarray:
    """int64, one per hash: its bucket."""
    return (hashes >> np.uint64(64 - BUCKET_BITS)).astype(np.int64)


def _counted(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys, ascending, and their counts; sorts `keys` in place."""
    keys.sort()
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    at = np.flatnonzero(first)
    return keys[at], np.diff(np.append(at, len(keys)))
