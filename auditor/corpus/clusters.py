"""Duplicate clusters of a corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Clusters:
    """Duplicate clusters over the readable rows of a corpus, in row order.

    Attributes:
        cluster: int64, one a row; rows with equal numbers are duplicates of each other; -1: in no cluster.
        kept: int64, one a row: position of the row kept of its cluster, or the row itself.
        twin: int64, one a row: position of the preferred row among those of equal text (after normalisation),
            or the row itself.
        similarity: float32, one a row: Jaccard similarity to the kept row; 1 for the kept row itself.
    """

    cluster: np.ndarray
    kept: np.ndarray
    twin: np.ndarray
    similarity: np.ndarray

    def groups(self) -> np.ndarray:
        """One group number a row for grouped splits: the cluster, or a number of its own."""
        alone = self.cluster < 0
        groups = self.cluster.copy()
        groups[alone] = self.cluster.max(initial=-1) + 1 + np.arange(int(alone.sum()))
        return groups
