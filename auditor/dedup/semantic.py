"""Semantic near-duplicates: pairs of texts with similar embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from auditor.errors import InputError
from auditor.message import Text
from auditor.models.embeddings import embed

MOST_ROWS = 200_000
"""The limit on rows: all pairs are compared, which takes hours for more."""
_BLOCK = 2_048


def like_pairs(
    texts: Sequence[str],
    threshold: float,
    language: str,
    model: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs whose embeddings have a cosine similarity of at least `threshold`; exact, no pair is missed.

    Returns:
        int64 positions a < b and the float64 cosines, one per pair.

    Raises:
        InputError: too many rows, or no model for the language.
    """
    if len(texts) > MOST_ROWS:
        raise InputError(
            Text("Meanings of {0} rows cannot be compared pair by pair.", len(texts)),
            where="duplicates.semantic",
            fix=Text("Use it on at most {0} rows.", MOST_ROWS),
        )
    if model is None and language != "en":
        raise InputError(
            "The packaged model knows English only.",
            where="duplicates.semantic",
            fix="Give duplicates.semantic_model a local folder with a multilingual BERT.",
        )
    vectors = embed(texts, model, progress)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for start in range(0, len(vectors), _BLOCK):
        cosine = vectors[start : start + _BLOCK] @ vectors[start:].T
        a, b = np.nonzero(cosine >= threshold)
        upper = b > a
        found.append((a[upper] + start, b[upper] + start, cosine[a[upper], b[upper]].astype(np.float64)))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    a, b, cosine = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return a, b, np.minimum(cosine, 1.0)
