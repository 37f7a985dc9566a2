"""Balance the train part: class weights as a column, or repeated rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np


def class_weights(labels: Sequence[str | None]) -> np.ndarray:
    """float64, one a row: rows / (classes x rows of the row's class); 1 where there is no label.

    The mean weight is 1, and every class weighs the same (King and Zeng 2001; scikit-learn's "balanced").
    """
    counts = Counter(label for label in labels if label is not None)
    total, classes = sum(counts.values()), max(len(counts), 1)
    weight = {label: total / (classes * count) for label, count in counts.items()}
    return np.array([weight.get(label, 1.0) if label is not None else 1.0 for label in labels])


def oversample(labels: Sequence[str | None], seed: int) -> list[int]:
    """Positions to repeat so that every class has as many rows as the largest, each class in shuffled rounds."""
    counts = Counter(label for label in labels if label is not None)
    if not counts:
        return []
    top = max(counts.values())
    random = np.random.default_rng(seed)
    added: list[int] = []
    for name in sorted(counts):
        members = np.array([i for i, label in enumerate(labels) if label == name])
        need = top - len(members)
        while need > 0:
            added += random.permutation(members)[:need].tolist()
            need -= len(members)
    return added
