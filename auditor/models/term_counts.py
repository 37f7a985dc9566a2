"""Counts of words and word pairs, or of character n-grams, for whole corpora at once.

The matrix equals that of scikit-learn's `CountVectorizer` bit for bit, including the order of the entries within a row,
in about a third of the time: n-grams are counted and pruned as integers, never as strings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_WHITE_SPACE = re.compile(r"\s\s+")


@dataclass(frozen=True)
class Ngrams:
    """All n-grams of one length, in text order.

    Attributes:
        symbols: int64 (n-grams, n), word or character numbers, assigned in alphabetical order.
        offsets: int64 (texts + 1), index of the first n-gram of each text.
    """

    symbols: np.ndarray
    offsets: np.ndarray


def word_ngrams(texts: Sequence[str], pattern: str) -> tuple[Ngrams, Ngrams]:
    """Lower-case words and pairs of adjacent words.

    Args:
        texts: one per row.
        pattern: regular expression that matches a word.
    """
    find = re.compile(pattern).findall
    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__
    rows = [[number[word] for word in find(text.lower())] for text in texts]
    alphabet = sorted(number)
    rank = np.empty(len(alphabet), np.int64)
    rank[[number[word] for word in alphabet]] = np.arange(len(alphabet))
    offsets = np.cumsum([0, *map(len, rows)])
    words = rank[np.fromiter(chain.from_iterable(rows), np.int64, int(offsets[-1]))]
    return _ngrams(words, offsets, 1), _ngrams(words, offsets, 2)


def character_ngrams(texts: Sequence[str]) -> tuple[Ngrams, Ngrams, Ngrams]:
    """Sequences of one to three lower-case characters; runs of white space count as one space."""
    clean = [_WHITE_SPACE.sub(" ", text.lower()) for text in texts]
    offsets = np.cumsum([0, *map(len, clean)])
    points = np.frombuffer("".join(clean).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    symbols = np.unique(points, return_inverse=True)[1].astype(np.int64)
    return _ngrams(symbols, offsets, 1), _ngrams(symbols, offsets, 2), _ngrams(symbols, offsets, 3)


def _ngrams(symbols: np.ndarray, offsets: np.ndarray, n: int) -> Ngrams:
    """Every sequence of `n` symbols within one text."""
    counts = np.maximum(np.diff(offsets) - n + 1, 0)
    begins = np.concatenate([[0], np.cumsum(counts)])
    first = np.arange(begins[-1]) + np.repeat(offsets[:-1] - begins[:-1], counts)
    return Ngrams(np.stack([symbols[first + place] for place in range(n)], axis=1), begins)


def term_counts(kinds: Sequence[Ngrams], min_df: int, max_features: int) -> csr_matrix:
    """How often each term occurs in each text.

    Args:
        kinds: n-grams of each length, numbered over the same alphabet.
        min_df: minimum number of texts that contain a term.
        max_features: maximum number of terms; the most frequent are kept.

    Returns:
        CSR float32 (texts, terms); terms in alphabetical order; the entries of a row in the order in which their
        terms first occur in the corpus.

    Raises:
        ValueError: no term occurs in at least `min_df` texts.
    """
    from scipy.sparse import hstack

    counted = [_counted(kind, min_df) for kind in kinds]
    counts = hstack([matrix for matrix, _, _ in counted], format="csr")
    if counts.shape[1] == 0:
        raise ValueError("no term is frequent enough")
    longest = max(kind.symbols.shape[1] for kind in kinds)
    terms = np.concatenate([_padded(symbols, longest) for _, symbols, _ in counted])
    sizes = [len(symbols) for _, symbols, _ in counted]
    text, place = (np.concatenate([first[k] for _, _, first in counted]) for k in (0, 1))
    kind_of = np.repeat(np.arange(len(kinds)), sizes)
    by_occurrence, by_alphabet = np.lexsort((place, kind_of, text)), np.lexsort(terms.T[::-1])
    return _most_frequent(_renumbered(counts, by_occurrence, by_alphabet), max_features)


def _padded(symbols: np.ndarray, width: int) -> np.ndarray:
    """Rows padded with -1, so that a prefix sorts before longer terms, as with strings."""
    return np.pad(symbols, ((0, 0), (0, width - symbols.shape[1])), constant_values=-1)


def _counted(ngrams: Ngrams, min_df: int) -> tuple[csr_matrix, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Counts of the n-grams of one length that occur in at least `min_df` texts.

    Returns:
        CSR float32 (texts, terms); int64 (terms, n), the symbols of each term; the text in which each term first
        occurs, and the position of that occurrence among all n-grams.
    """
    from scipy.sparse import csr_matrix

    first, number = _numbered(ngrams.symbols)
    shape = (len(ngrams.offsets) - 1, len(first))
    counts = csr_matrix((np.ones(len(number), np.float32), number, ngrams.offsets), shape=shape)
    counts.sum_duplicates()
    kept = np.flatnonzero(np.bincount(counts.indices, minlength=len(first)) >= min_df)
    place = first[kept]
    return counts[:, kept], ngrams.symbols[place], (np.searchsorted(ngrams.offsets, place, "right") - 1, place)


def _numbered(symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First occurrence of each distinct row of `symbols`, and for each row the number of the distinct row it equals."""
    keys = symbols[:, 0]
    for column in symbols.T[1:]:
        keys = np.unique(keys, return_inverse=True)[1] * (int(column.max(initial=0)) + 1) + column
    return np.unique(keys, return_index=True, return_inverse=True)[1:]


def _renumbered(counts: csr_matrix, by_occurrence: np.ndarray, by_alphabet: np.ndarray) -> csr_matrix:
    """The same counts with columns in alphabetical order and the entries of a row in order of first occurrence.

    Args:
        counts: CSR (texts, terms).
        by_occurrence, by_alphabet: int64, column numbers in either order.
    """
    occurrence, alphabet = (np.empty(len(order), counts.indices.dtype) for order in (by_occurrence, by_alphabet))
    occurrence[by_occurrence] = np.arange(len(by_occurrence))
    alphabet[by_alphabet] = np.arange(len(by_alphabet))
    counts.indices = occurrence[counts.indices]
    counts.has_sorted_indices = False
    counts.sort_indices()
    counts.indices = alphabet[by_occurrence][counts.indices]
    counts.has_sorted_indices = False
    return counts


def _most_frequent(counts: csr_matrix, limit: int) -> csr_matrix:
    """The `limit` columns with the largest sums, in their order."""
    if counts.shape[1] <= limit:
        return counts
    total = np.asarray(counts.sum(axis=0)).ravel()
    return counts[:, np.sort((-total).argsort()[:limit])]
