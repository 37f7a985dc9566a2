"""Counts of words and word pairs, or of character n-grams, for whole corpora at once.

The matrix equals that of scikit-learn's `CountVectorizer` bit for bit, the order of the entries of a row included, and
takes about a third of its time: terms are numbers until the rare ones are gone, and only the rest become strings.
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
    """The n-grams of one length of all texts, in order.

    Attributes:
        symbols: int64 (n-grams, n), the number of each word or character; numbers ascend as the symbols do.
        offsets: int64 (texts + 1), where the n-grams of each text begin.
    """

    symbols: np.ndarray
    offsets: np.ndarray


def word_ngrams(texts: Sequence[str], pattern: str) -> tuple[Ngrams, Ngrams]:
    """Words in lower case, and pairs of neighbouring words.

    Args:
        texts: one per row.
        pattern: regular expression of a word.
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
    """One to three characters in a row, in lower case, runs of white space taken as one space."""
    clean = [_WHITE_SPACE.sub(" ", text.lower()) for text in texts]
    offsets = np.cumsum([0, *map(len, clean)])
    points = np.frombuffer("".join(clean).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    symbols = np.unique(points, return_inverse=True)[1].astype(np.int64)
    return _ngrams(symbols, offsets, 1), _ngrams(symbols, offsets, 2), _ngrams(symbols, offsets, 3)


def _ngrams(symbols: np.ndarray, offsets: np.ndarray, n: int) -> Ngrams:
    """Every run of `n` symbols that lies within one text."""
    counts = np.maximum(np.diff(offsets) - n + 1, 0)
    begins = np.concatenate([[0], np.cumsum(counts)])
    first = np.arange(begins[-1]) + np.repeat(offsets[:-1] - begins[:-1], counts)
    return Ngrams(np.stack([symbols[first + place] for place in range(n)], axis=1), begins)


def term_counts(kinds: Sequence[Ngrams], min_df: int, max_features: int) -> csr_matrix:
    """How often each term occurs in each text.

    Args:
        kinds: n-grams of each length; the symbols of all have the same numbers.
        min_df: texts that a term must occur in.
        max_features: terms at most; the most frequent are kept.

    Returns:
        CSR float32 (texts, terms); terms in alphabetical order, entries of a row in the order in which their terms
        first occur in the corpus.

    Raises:
        ValueError: no term occurs in `min_df` texts.
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
    """Rows with -1 behind: a term sorts before those it begins, as strings do."""
    return np.pad(symbols, ((0, 0), (0, width - symbols.shape[1])), constant_values=-1)


def _counted(ngrams: Ngrams, min_df: int) -> tuple[csr_matrix, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Counts of the terms of one length that occur in `min_df` texts.

    Returns:
        CSR float32 (texts, terms); int64 (terms, n), the symbols of each term; the text in which each term occurs
        first, and the position of that occurrence among all n-grams.
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
    """Where each different row of `symbols` occurs first, and for every row the number of its kind."""
    keys = symbols[:, 0]
    for column in symbols.T[1:]:
        keys = np.unique(keys, return_inverse=True)[1] * (int(column.max(initial=0)) + 1) + column
    return np.unique(keys, return_index=True, return_inverse=True)[1:]


def _renumbered(counts: csr_matrix, by_occurrence: np.ndarray, by_alphabet: np.ndarray) -> csr_matrix:
    """The same counts with columns in alphabetical order, entries of a row in order of first occurrence.

    Args:
        counts: CSR (texts, terms).
        by_occurrence, by_alphabet: int64, the columns in either order.
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
