"""Duplicates: exact, near, across splits, and the same text with different labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.judge import judged, stated
from auditor.corpus.clusters import Clusters
from auditor.corpus.corpus import Corpus
from auditor.corpus.roles import part_of
from auditor.findings import CheckResult, Completed, Figure, Skipped, findings, merge_findings


class DuplicateCheck(Check):
    """Reads the clusters that `auditor.checks.clusters.find_clusters` computed once for all checks."""

    prefix = "DUP"
    dimension = "duplicates"
    roles = ("text", "label", "split")

    def finish(self, partials: Sequence[Any], corpus: Corpus, shared: Shared) -> CheckResult:
        """One finding a removable row (DUP001, DUP002), a leaking row (DUP004) and a conflicting row (DUP005)."""
        clusters = shared.clusters
        if clusters is None:
            return Skipped("duplicate clusters were not computed")
        rows = len(corpus)
        removable = np.flatnonzero(clusters.kept != np.arange(rows))
        is_exact = clusters.twin[removable] != removable
        exact, near = removable[is_exact], removable[~is_exact]
        leaks = _leaks(corpus, clusters)
        conflicts = _conflicts(corpus, clusters)
        metrics = [
            judged("duplicates.rate", len(removable) / rows, "share"),
            stated("duplicates.exact_rows", len(exact), "rows"),
            stated("duplicates.near_rows", len(near), "rows"),
            stated("duplicates.clusters", clusters.cluster.max(initial=-1) + 1, "count"),
        ]
        tables = [
            _of_kept("DUP001", exact, corpus, clusters, "warn"),
            _of_kept("DUP002", near, corpus, clusters, "warn"),
        ]
        if leaks is not None:
            metrics += [
                judged("duplicates.leak_rate", len(leaks) / rows, "share"),
                stated("duplicates.leak_rows", len(leaks), "rows"),
            ]
            tables.append(leaks.table(corpus, clusters))
        if conflicts is not None:
            metrics += [
                judged("duplicates.conflict_rate", len(conflicts) / rows, "share"),
                stated("duplicates.conflict_rows", len(conflicts), "rows"),
            ]
            at = np.array(conflicts, np.int64)
            tables.append(
                findings(
                    "DUP005",
                    "fail",
                    corpus.row_id[at],
                    group=clusters.cluster[at],
                    ref_row=corpus.row_id[clusters.kept[at]],
                    confidence=1.0,
                    suggestion="drop",
                )
            )
        return Completed(
            tuple(metrics),
            merge_findings(tables),
            (_sizes(clusters),),
            (f"note.near_definition|{self.settings.duplicates.ngram}|{self.settings.duplicates.threshold:g}",),
            {"duplicate_cluster": pa.array(clusters.cluster, mask=clusters.cluster < 0)},
        )


def _of_kept(code: str, at: np.ndarray, corpus: Corpus, clusters: Clusters, severity: Any) -> pa.Table:
    return findings(
        code,
        severity,
        corpus.row_id[at],
        column=corpus.roles.text,
        score=clusters.similarity[at],
        confidence=1.0,
        group=clusters.cluster[at],
        ref_row=corpus.row_id[clusters.kept[at]],
        suggestion="drop",
    )


class _Leaks:
    """Train rows whose cluster reaches into test or validation, each with such a row."""

    def __init__(self, rows: np.ndarray, seen_in: np.ndarray, parts: list[str]) -> None:
        self.rows, self.seen_in, self.parts = rows, seen_in, parts

    def __len__(self) -> int:
        return len(self.rows)

    def table(self, corpus: Corpus, clusters: Clusters) -> pa.Table:
        return findings(
            "DUP004",
            "fail",
            corpus.row_id[self.rows],
            column=corpus.roles.text,
            confidence=1.0,
            group=clusters.cluster[self.rows],
            ref_row=corpus.row_id[self.seen_in],
            value=[self.parts[i] for i in self.seen_in],
            suggestion="drop",
        )


def _leaks(corpus: Corpus, clusters: Clusters) -> _Leaks | None:
    """Rows of train (or validation) that are duplicates of rows in test (or validation); None without splits."""
    column = corpus.role("split")
    if column is None:
        return None
    parts = [part_of(str(value)) or "" for value in column.to_pylist()]
    order = {"test": 2, "validation": 1}
    weight = np.array([order.get(part, 0) for part in parts])
    inside = np.flatnonzero(clusters.cluster >= 0)
    best = np.full(clusters.cluster.max(initial=-1) + 1, -1, np.int64)
    by_weight = inside[np.argsort(weight[inside], kind="stable")]
    best[clusters.cluster[by_weight]] = by_weight  # the last writer has the highest weight
    target = best[clusters.cluster[inside]]
    leaking = weight[target] > weight[inside]
    return _Leaks(inside[leaking], target[leaking], parts)


def _conflicts(corpus: Corpus, clusters: Clusters) -> list[int] | None:
    """Rows with another label than most copies of their text; all copies where no label leads."""
    labels = corpus.labels
    if labels is None:
        return None
    groups: dict[int, list[int]] = {}
    for row in np.flatnonzero(clusters.twin != np.arange(len(labels))).tolist():
        twin = int(clusters.twin[row])
        groups.setdefault(twin, [twin]).append(row)
    found: list[int] = []
    for rows in groups.values():
        tally = Counter(labels[row] for row in rows if labels[row] is not None)
        if len(tally) > 1:
            (first, most), (_, second) = tally.most_common(2)
            found += [row for row in rows if labels[row] is not None and (most == second or labels[row] != first)]
    return sorted(found)


def _sizes(clusters: Clusters) -> Figure:
    """How many clusters have 2, 3, 4, 5 to 9, 10 to 99 and more rows."""
    sizes = np.bincount(clusters.cluster[clusters.cluster >= 0]) if (clusters.cluster >= 0).any() else np.zeros(0, int)
    bounds = [(2, 2), (3, 3), (4, 4), (5, 9), (10, 99), (100, None)]
    names = tuple(str(a) if a == b else f"{a}–{b}" if b else f"{a}+" for a, b in bounds)
    counts = tuple(float(((sizes >= a) & (sizes <= (b or np.inf))).sum()) for a, b in bounds)
    return Figure("bar", "figure.cluster_sizes", names, counts)
