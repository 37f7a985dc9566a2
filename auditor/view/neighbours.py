"""The rows most like a row, where the run does not name them: looked for when they are asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.corpus.texts import Texts
from auditor.models.tfidf import tfidf_vectorizer

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SAMPLE, CHARACTERS, TERMS = 20_000, 1_000, 50_000


class Nearest:
    """Rows of a sample by the cosine similarity of their TF-IDF vectors (words and word pairs).

    The sample is drawn at random once, of at most `SAMPLE` rows, and their first `CHARACTERS` characters are compared.

    Args:
        texts: of all rows.
        language: of the corpus.
    """

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts, self._language = texts, language
        self._lock = threading.Lock()
        self._made: tuple[np.ndarray, csr_matrix] | None = None

    def of(self, position: int, count: int) -> Sequence[int]:
        """Positions of the rows most like a row, the most similar first; fewer where fewer share a word with it."""
        with self._lock:
            if self._made is None:
                self._made = self._fit()
            sample, vectors = self._made
            own = self._model.transform([self._texts[position][:CHARACTERS]])
        likeness = np.asarray((vectors @ own.T).todense()).ravel()
        likeness[sample == position] = 0
        best = np.argsort(-likeness, kind="stable")[:count]
        found: list[int] = sample[best[likeness[best] > 0]].tolist()
        return found

    def _fit(self) -> tuple[np.ndarray, csr_matrix]:
        rows = len(self._texts)
        draw = np.random.default_rng(0)
        sample = np.arange(rows) if rows <= SAMPLE else np.sort(draw.choice(rows, SAMPLE, replace=False))
        self._model = tfidf_vectorizer(self._language, max_features=TERMS, dtype=np.float32)
        texts = [text[:CHARACTERS] or " " for text in self._texts.take(sample)]
        try:
            return sample, self._model.fit_transform(texts)
        except ValueError:  # no word at all
            self._model = tfidf_vectorizer("zh", max_features=TERMS, dtype=np.float32)
            return sample, self._model.fit_transform([f"{text} ..." for text in texts])
