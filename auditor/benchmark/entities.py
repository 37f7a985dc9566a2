"""Entities in tagged sentences, and how many of them were found (as seqeval counts in its default mode)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Entity = tuple[str, int, int]
"""Type, first token, token after the last."""
_AS_BIO = {"S": "B", "M": "I", "E": "I", "L": "I", "U": "B"}


def entities(tags: Sequence[str]) -> set[Entity]:
    """The entities of one sentence in BIO, IOB1, BIOES or BMES tags; ``I-X`` after another type begins a new one."""
    found: set[Entity] = set()
    start, kind = 0, ""
    for i, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        prefix = _AS_BIO.get(prefix, prefix)
        if kind and (prefix != "I" or name != kind):
            found.add((kind, start, i))
            kind = ""
        if prefix in ("B", "I") and not kind:
            start, kind = i, name
    return found


def entity_counts(truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> np.ndarray:
    """(sentences, 3) int64: entities there are, predicted, and predicted rightly."""
    rows = []
    for true_tags, predicted_tags in zip(truth, predicted, strict=True):
        real, guessed = entities(true_tags), entities(predicted_tags)
        rows.append((len(real), len(guessed), len(real & guessed)))
    return np.array(rows, np.int64).reshape(-1, 3)


def entity_f1(counts: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Micro F1 (resamples, seeds) of `counts` (seeds, sentences, 3); 0 where there is nothing to find."""
    real, guessed, right = np.moveaxis(draws @ counts.astype(np.float64), -1, 0)
    f1: np.ndarray = 2 * right / np.maximum(real + guessed, 1)
    return f1.T
