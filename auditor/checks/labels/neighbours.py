"""The rows most similar to a row, for comparison with a doubtful label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_CELLS = 20_000_000


class Neighbours(Protocol):
    """Finds the rows most similar to a row."""

    def nearest(self, at: np.ndarray, count: int) -> np.ndarray:
        """int64 (len(at), at most `count`): the rows most similar to each of the rows `at`, the most similar first."""
        ...


@dataclass(frozen=True)
class AllRows:
    """Neighbours among all rows.

    Attributes:
        near: (rows, n), sparse or dense, rows of length 1.
    """

    near: np.ndarray | csr_matrix

    def nearest(self, at: np.ndarray, count: int) -> np.ndarray:
        """See `nearest`."""
        return nearest(self.near, at, count)


@dataclass(frozen=True)
class SampledRows:
    """Neighbours among the rows of a sample.

    Attributes:
        near: (rows of the sample, n), sparse or dense, rows of length 1.
        sample: int64, ascending: the positions of these rows.
        vectors_of: computes the vectors of rows, ascending, in the form of `near`.
    """

    near: np.ndarray | csr_matrix
    sample: np.ndarray
    vectors_of: Callable[[np.ndarray], np.ndarray | csr_matrix]

    def nearest(self, at: np.ndarray, count: int) -> np.ndarray:
        """As `nearest`; the rows can be outside the sample, their neighbours are in it."""
        if not len(at):
            return np.empty((0, count), np.int64)
        order = np.argsort(at, kind="stable")
        places = np.minimum(np.searchsorted(self.sample, at[order]), len(self.sample) - 1)
        places[self.sample[places] != at[order]] = -1
        found = np.empty((len(at), min(count, len(self.sample) - 1)), np.int64)
        found[order] = self.sample[_likest(self.near, self.vectors_of(at[order]), places, count)]
        return found


def nearest(near: np.ndarray | csr_matrix, at: np.ndarray, count: int) -> np.ndarray:
    """The rows of highest cosine similarity to each of some rows, excluding the row itself.

    Args:
        near: (rows, n), sparse or dense, rows of length 1.
        at: int64, the query rows.
        count: number of neighbours; fewer if there are fewer rows.

    Returns:
        int64 (len(at), count): positions, the most similar first; ties by lower position.
    """
    return _likest(near, near[at], at, count)


def _likest(near: np.ndarray | csr_matrix, rows: np.ndarray | csr_matrix, places: np.ndarray, count: int) -> np.ndarray:
    """Rows of `near` most similar to each of `rows`, excluding the one in `own` (-1: none)."""
    size = near.shape[0]
    count = min(count, size - 1)
    found = np.empty((len(places), count), np.int64)
    step = max(1, _CELLS // size)
    for start in range(0, len(places), step):
        part = slice(start, start + step)
        likeness = rows[part] @ near.T
        likeness = np.asarray(likeness.todense() if hasattr(likeness, "todense") else likeness, np.float32)
        inside = np.flatnonzero(places[part] >= 0)
        likeness[inside, places[part][inside]] = -np.inf
        found[part] = _largest(likeness, count)
    return found


def _largest(likeness: np.ndarray, count: int) -> np.ndarray:
    best = np.sort(np.argpartition(likeness, -count, axis=1)[:, -count:], axis=1)
    order = np.argsort(-np.take_along_axis(likeness, best, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(best, order, axis=1))
