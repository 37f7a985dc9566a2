"""What tells classes apart: a linear model over TF-IDF that judges new rows, and the words they hang on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

_ROWS = 20_000
"""Rows the model and the cue words are learnt from at most."""
_CUES = 10
"""Cue words a class."""


def label_model(
    texts: Sequence[str], labels: Sequence[str | None], language: str, seed: int
) -> Callable[[Sequence[str]], list[str]]:
    """A function from texts to labels, learnt from the labelled rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    rows = _sample(labels, seed)
    analyzer = "char" if language == "zh" else "word"
    features = TfidfVectorizer(sublinear_tf=True, analyzer=analyzer, ngram_range=(1, 2))
    model = make_pipeline(features, LinearSVC(C=0.3, class_weight="balanced", random_state=seed))
    try:
        model.fit([texts[i] for i in rows], [labels[i] for i in rows])
    except ValueError:  # no words at all
        return lambda new: [""] * len(new)
    return lambda new: [str(label) for label in model.predict(list(new))]


def cue_words(
    texts: Sequence[str], labels: Sequence[str | None], classes: Collection[str], language: str, seed: int
) -> set[str]:
    """The words (characters in Chinese) most particular to each of `classes`, in lower and title case.

    They are the ones with the highest weighted log-odds against the other classes, with a uniform prior (Monroe,
    Colaresi and Quinn 2008), among words in two rows of the class or more.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    rows = _sample(labels, seed)
    how = {"analyzer": "char"} if language == "zh" else {"token_pattern": r"(?u)\S*\w\S*"}
    counter = CountVectorizer(binary=True, **how)
    try:
        counts = counter.fit_transform([texts[i] for i in rows])
    except ValueError:  # no words at all
        return set()
    words = counter.get_feature_names_out()
    given = np.array([str(labels[i]) for i in rows], object)
    total = np.asarray(counts.sum(axis=0)).ravel() + 1.0
    cues: set[str] = set()
    for name in sorted(classes):
        own = np.asarray(counts[np.flatnonzero(given == name)].sum(axis=0)).ravel()
        a, b = own + 0.5, total - own
        odds = np.log(a / (a.sum() - a)) - np.log(b / (b.sum() - b))
        score = np.where(own >= 2, odds / np.sqrt(1 / a + 1 / b), -np.inf)
        best = np.argsort(-score, kind="stable")[:_CUES]
        cues.update(words[i] for i in best if score[i] > 1.96)
    return cues | {word.title() for word in cues}


def _sample(labels: Sequence[str | None], seed: int) -> list[int]:
    rows = np.flatnonzero(np.array([label is not None for label in labels], bool))
    if len(rows) > _ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _ROWS, replace=False))
    return [int(row) for row in rows]
