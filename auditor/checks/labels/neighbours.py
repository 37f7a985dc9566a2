"""The rows most like a row: what a reader compares a doubtful label with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_CELLS = 20_000_000


def nearest(near: np.ndarray | csr_matrix, at: np.ndarray, count: int) -> np.ndarray:
    """The rows of highest cosine similarity to each of some rows, the row itself left out.

    Args:
        near: (rows, n), sparse or dense, rows of length 1.
        at: int64, the rows to look from.
        count: neighbours wanted; fewer where there are fewer rows.

    Returns:
        int64 (len(at), count): positions, the most similar first; among equals the lower position.
    """
    rows = near.shape[0]
    count = min(count, rows - 1)
    found = np.empty((len(at), count), np.int64)
    step = max(1, _CELLS // rows)
    for start in range(0, len(at), step):
        own = at[start : start + step]
        likeness = near[own] @ near.T
        likeness = np.asarray(likeness.todense() if hasattr(likeness, "todense") else likeness, np.float32)
        likeness[np.arange(len(own)), own] = -np.inf
        found[start : start + step] = _largest(likeness, count)
    return found


def _largest(likeness: np.ndarray, count: int) -> np.ndarray:
    best = np.sort(np.argpartition(likeness, -count, axis=1)[:, -count:], axis=1)
    order = np.argsort(-np.take_along_axis(likeness, best, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(best, order, axis=1))
