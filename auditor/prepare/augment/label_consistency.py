"""A linear TF-IDF model that checks the labels of new rows, and the words that characterize classes.

Features are the n-gram hashes of `auditor.dedup.ngrams`, which are computed for whole columns: a vectorizer that loops
over texts in Python takes longer than generating the rows that it checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.dedup.ngrams import distinct, shingle
from auditor.models.tfidf import HashedTfidf
from auditor.stats import Z95, log_odds_z

_ROWS = 20_000
"""Maximum number of rows from which the model and the cue words are learnt."""
_CUES = 10
"""Cue words per class."""
_WORD = re.compile(r"\w")


def label_model(texts: Sequence[str], labels: Sequence[str | None], seed: int) -> Callable[[Sequence[str]], list[str]]:
    """Train a classifier on the words (ideographs) and word pairs of the labelled rows; return its predict function."""
    from sklearn.svm import LinearSVC

    rows = _sample(labels, seed)
    targets = [str(labels[i]) for i in rows]
    terms = HashedTfidf(_grams, [texts[i] for i in rows])
    if len(terms.terms) == 0 or len(set(targets)) < 2:
        return lambda new: [""] * len(new)
    model = LinearSVC(C=0.3, class_weight="balanced", random_state=seed).fit(terms.features, targets)
    return lambda new: [str(label) for label in model.predict(terms.transform(new))]


def _grams(texts: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    ngrams = (shingle(_column(texts), n) for n in (1, 2))
    return [(grams.hashes, grams.offsets) for grams in ngrams]


def cue_words(
    texts: Sequence[str], labels: Sequence[str | None], classes: Collection[str], language: str, seed: int
) -> set[str]:
    """The words (characters in Chinese) most characteristic of each of `classes`, in lower and title case.

    These have the highest weighted log-odds against the other classes, with a uniform prior (Monroe, Colaresi and
    Quinn 2008), among words that occur in at least two rows of the class.
    """
    rows = _sample(labels, seed)
    text_index, codes, words = _words([texts[i] for i in rows], language)
    if not words:
        return set()
    total = np.bincount(codes, minlength=len(words)) + 1.0
    names, class_codes = np.unique([str(labels[i]) for i in rows], return_inverse=True)
    cues: set[str] = set()
    for name in sorted(classes):
        in_class = np.bincount(codes[(class_codes == np.searchsorted(names, name))[text_index]], minlength=len(words))
        a, b = in_class + 0.5, total - in_class
        score = np.where(in_class >= 2, log_odds_z(a, a.sum() - a, b, b.sum() - b), 0.0)
        significant = np.flatnonzero(score > Z95).tolist()
        cues.update(words[i] for i in sorted(significant, key=lambda i: (-score[i], words[i]))[:_CUES])
    return cues | {word.title() for word in cues}


def _words(texts: Sequence[str], language: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The distinct words of every text, as parallel arrays of text and word indices, and the list of words."""
    if language == "zh":
        points = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), "<u4")
        text_index = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        names, codes = np.unique(points, return_inverse=True)
        words = [chr(point) for point in names.tolist()]
    else:
        split = pc.utf8_split_whitespace(pc.utf8_lower(_column(texts)))
        text_index, coded = pc.list_parent_indices(split).to_numpy(), split.flatten().dictionary_encode()
        codes, words = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    if not words:
        return text_index, codes, words
    letters = np.array([_WORD.search(word) is not None for word in words], bool)
    pairs = distinct((text_index * len(words) + codes)[letters[codes]])
    return pairs // len(words), pairs % len(words), words


def _column(texts: Sequence[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def _sample(labels: Sequence[str | None], seed: int) -> list[int]:
    rows = np.flatnonzero(np.array([label is not None for label in labels], bool))
    if len(rows) > _ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _ROWS, replace=False))
    return [int(row) for row in rows]
