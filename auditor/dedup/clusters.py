"""Duplicate clusters of a corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KEPT_BECAUSE = ("first", "newest", "longest", "label", "part", "text")
"""Reasons for keeping one row of a cluster over another: it comes first; it is newer; it is longer; its label is more
frequent in the cluster; it is in test (or validation), and a copy in train would be a leak; as the last tie-breaker,
its text comes first in an order that does not depend on the order of the rows."""


@dataclass(frozen=True)
class Clusters:
    """Duplicate clusters over the readable rows of a corpus, in row order.

    Attributes:
        cluster: int64, one per row; rows with equal numbers are duplicates of each other; -1: in no cluster.
        kept: int64, one per row: position of the kept row of its cluster, or the row itself.
        twin: int64, one per row: position of the preferred row among those of equal text (after normalisation),
            or the row itself.
        similarity: float32, one per row: Jaccard similarity to the kept row; 1 for the kept row itself.
        because: int8, one per row: why `kept` was preferred to the row, as an index into `KEPT_BECAUSE`.
        meaning: int64, one per row: position of the preferred semantic near-duplicate, or the row itself; None if
            embeddings were not compared.
        cosine: float32, one per row: cosine similarity to `meaning`; None likewise.
        opposed: positions of the rows of near pairs that differ by a turning word and carry different labels (int64),
            and their similarities; they are in one cluster, and neither replaces the other.
    """

    cluster: np.ndarray
    kept: np.ndarray
    twin: np.ndarray
    similarity: np.ndarray
    because: np.ndarray
    meaning: np.ndarray | None = None
    cosine: np.ndarray | None = None
    opposed: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def groups(self) -> np.ndarray:
        """A group number per row for grouped splits: the cluster, or a unique number for rows in no cluster."""
        alone = self.cluster < 0
        groups = self.cluster.copy()
        groups[alone] = self.cluster.max(initial=-1) + 1 + np.arange(int(alone.sum()))
        return groups

    def kinds(self) -> list[str]:
        """One per row in a cluster, in row order: the kind of its similarity to the kept row.

        ``exact``, ``near`` or ``semantic``; ``chain`` if it is similar only to other rows of the cluster.
        """
        at = np.flatnonzero(self.cluster >= 0)
        rows = np.arange(len(self.cluster))
        followed = np.zeros(len(rows), bool)
        followed[self.twin[self.twin != rows]] = True
        near = np.zeros(len(rows), bool)
        near[self.kept[self.kept != rows]] = True
        exact = (self.twin != rows) | ((self.kept == rows) & followed)
        lexical = exact | (self.kept != rows) | near
        like = np.zeros(len(rows), bool)
        if self.meaning is not None:
            like = self.meaning != rows
            like[self.meaning[like]] = True
        kind = np.select([exact, lexical, like], ["exact", "near", "semantic"], "chain")
        return [str(one) for one in kind[at]]


def components(rows: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """int64, one per row: the lowest row of its connected component in the graph of the pairs.

    Roots are hooked to lower roots, then paths shortened (Shiloach and Vishkin 1982): logarithmically many passes.
    """
    parent = np.arange(rows)
    while len(a):
        x, y = parent[a], parent[b]
        apart = x != y
        if not apart.any():
            break
        a, b, x, y = a[apart], b[apart], x[apart], y[apart]
        np.minimum.at(parent, np.maximum(x, y), np.minimum(x, y))
        while not np.array_equal(above := parent[parent], parent):
            parent = above
    return parent
