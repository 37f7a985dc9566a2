"""Find the rows most similar to a row on demand, for rows without neighbours in the run."""

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
    """Similarity search by the cosine of TF-IDF vectors (words and word pairs).

    Searches a random sample of at most `SAMPLE` rows, drawn once, and the first `CHARACTERS` characters of each text.

    Args:
        texts: texts of all rows.
        language: language of the corpus.
    """

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts, self._language = texts, language
        self._lock = threading.Lock()
        self._fitted: tuple[np.ndarray, csr_matrix] | None = None

    def of(self, position: int, count: int) -> Sequence[int]:
        """Positions of the `count` most similar rows, most similar first; fewer if fewer share a word with the row."""
        with self._lock:
            if self._fitted is None:
                self._fitted = self._fit()
            sample, vectors = self._fitted
            query = self._model.transform([self._texts[position][:CHARACTERS]])
        similarity = np.asarray((vectors @ query.T).todense()).ravel()
        similarity[sample == position] = 0
        best = np.argsort(-similarity, kind="stable")[:count]
        positions: list[int] = sample[best[similarity[best] > 0]].tolist()
        return positions

    def _fit(self) -> tuple[np.ndarray, csr_matrix]:
        rows = len(self._texts)
        rng = np.random.default_rng(0)
        sample = np.arange(rows) if rows <= SAMPLE else np.sort(rng.choice(rows, SAMPLE, replace=False))
        self._model = tfidf_vectorizer(self._language, max_features=TERMS, dtype=np.float32)
        texts = [text[:CHARACTERS] or " " for text in self._texts.take(sample)]
        try:
            return sample, self._model.fit_transform(texts)
        except ValueError:  # the texts have no words
            self._model = tfidf_vectorizer("zh", max_features=TERMS, dtype=np.float32)
            return sample, self._model.fit_transform([f"{text} ..." for text in texts])
