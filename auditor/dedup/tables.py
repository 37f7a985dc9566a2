"""Duplicate clusters as a table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters


def clusters_table(
    corpus: Corpus, clusters: Clusters, is_kept: np.ndarray | None = None, instead: np.ndarray | None = None
) -> pa.Table:
    """``clusters.parquet``: one row per row in a duplicate cluster.

    Args:
        corpus: the rows.
        clusters: of their texts.
        is_kept: bool, one per row: whether a plan keeps it; only these are marked kept. None: the proposal of the
            audit.
        instead: int64, one per row: the kept row that a dropped one refers to; -1 if none.
    """
    at = np.flatnonzero(clusters.cluster >= 0)
    kinds = clusters.kinds()
    kept, similarity = clusters.kept[at], clusters.similarity[at]
    if clusters.meaning is not None and clusters.cosine is not None:
        alike = np.array([kind == "semantic" for kind in kinds], bool)
        kept = np.where(alike, clusters.meaning[at], kept)
        similarity = np.where(alike, clusters.cosine[at], similarity)
    similarity = np.where(np.array(kinds, object) == "chain", np.nan, similarity)
    if is_kept is not None and instead is not None:
        kept_rows = np.where(is_kept[at], at, instead[at])
        measured = np.where(kept_rows == at, 1.0, similarity_to(clusters, at, kept_rows))
        similarity = np.where(is_kept[kept], similarity, measured)
        kept = np.where(is_kept[kept], kept, kept_rows)
    similarity = np.where(kept < 0, np.nan, similarity)
    return pa.table(
        {
            "row_id": corpus.row_id[at],
            "cluster": clusters.cluster[at],
            "kind": pa.array(kinds, pa.string()),
            "kept_row_id": pa.array(corpus.row_id[kept.clip(0)], mask=kept < 0),
            "similarity": pa.array(similarity, pa.float32(), mask=np.isnan(similarity)),
        }
    )


def similarity_to(clusters: Clusters, rows: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """float32, one per row of `rows`: Jaccard similarity to the row kept in its place; NaN if not measured.

    Args:
        clusters: of the texts as they came.
        rows: int64, positions.
        kept: int64, positions of the rows kept instead; -1: none.
    """
    known = np.where(kept == clusters.kept[rows], clusters.similarity[rows], np.float32("nan"))
    equal = (kept >= 0) & (clusters.twin[rows] == clusters.twin[kept.clip(0)])
    return np.where(equal, np.float32(1.0), known)
