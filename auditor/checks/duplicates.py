"""Duplicates: exact, near, semantic, across splits, in a reference; conflicting labels; boilerplate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.boilerplate import Boilerplate, find_boilerplate
from auditor.core.actions import PARTS
from auditor.core.findings import detail_of, findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import KEPT_BECAUSE, Clusters
from auditor.dedup.reference import Matches
from auditor.message import message

Part = tuple[list[Metric], pa.Table]
"""Part of the result for one kind of duplicate."""


class DuplicateCheck(Check[None]):
    """Uses the clusters that `auditor.dedup.find.find_clusters` computed once for all checks."""

    prefix = "DUP"
    dimension = "duplicates"
    roles = ("text", "label", "split")

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """One finding per row that repeats a kept one (DUP001 to DUP003), leaks or contradicts (DUP004, DUP005), holds
        a block of boilerplate (DUP006), is in the reference (DUP007) or is opposed to another (DUP008).
        """  # noqa: D205
        clusters = shared.clusters
        if clusters is None:
            return Skipped(message("reason.no_clusters"))
        kept = np.flatnonzero(clusters.kept == np.arange(len(corpus)))
        parts = [
            _repeated(corpus, clusters),
            _alike(corpus, clusters),
            _leaks(corpus, clusters),
            _conflicts(corpus, clusters),
            _boilerplate(corpus, find_boilerplate(corpus, kept)),
            _referenced(corpus, shared.matches),
            _opposed(corpus, clusters),
        ]
        done = [part for part in parts if part is not None]
        options = self.settings.duplicates
        notes = [message("note.near_definition", options.ngram, options.threshold)]
        if shared.matches is not None and not shared.matches.verified:
            notes.append(message("note.reference_estimated"))
        return Completed(
            tuple(metric for metrics, _ in done for metric in metrics),
            merge_findings([table for _, table in done]),
            (_sizes(clusters),),
            tuple(notes),
            {"duplicate_cluster": pa.array(clusters.cluster, mask=clusters.cluster < 0)},
        )


def _repeated(corpus: Corpus, clusters: Clusters) -> Part:
    removable = np.flatnonzero(clusters.kept != np.arange(len(corpus)))
    copies = int((clusters.twin[removable] != removable).sum())
    is_exact = clusters.twin[removable] == clusters.twin[clusters.kept[removable]]  # of the kept row
    exact, near = removable[is_exact], removable[~is_exact]
    metrics = [
        measured("duplicates.rate", len(removable) / len(corpus)),
        measured("duplicates.exact_rows", copies),
        measured("duplicates.near_rows", len(removable) - copies),
        measured("duplicates.clusters", clusters.cluster.max(initial=-1) + 1),
    ]
    tables = [
        _of_kept(code, at, clusters.kept, clusters.similarity, corpus, clusters, clusters.because)
        for code, at in (("DUP001", exact), ("DUP002", near))
    ]
    return metrics, merge_findings(tables)


def _alike(corpus: Corpus, clusters: Clusters) -> Part | None:
    """Semantic near-duplicates; None if embeddings were not compared."""
    if clusters.meaning is None or clusters.cosine is None:
        return None
    positions = np.flatnonzero(clusters.meaning != np.arange(len(corpus)))
    table = _of_kept("DUP003", positions, clusters.meaning, clusters.cosine, corpus, clusters, None)
    return [measured("duplicates.semantic_rows", len(positions))], table


def _of_kept(
    code: str,
    at: np.ndarray,
    kept: np.ndarray,
    similarity: np.ndarray,
    corpus: Corpus,
    clusters: Clusters,
    because: np.ndarray | None,
) -> pa.Table:
    """One finding per row, with the reason for keeping the other row."""
    why = None if because is None else [KEPT_BECAUSE[i] for i in because[at]]
    return findings(
        code,
        "warn" if because is not None else "info",
        corpus.row_id[at],
        column=corpus.roles.text,
        score=similarity[at],
        confidence=1.0,
        group=clusters.cluster[at],
        ref_row=corpus.row_id[kept[at]],
        suggestion="drop",
        value=why,
        kept_because=why,
    )


def _leaks(corpus: Corpus, clusters: Clusters) -> Part | None:
    """Rows of train (or validation) that are duplicates of rows in test (or validation); None without splits."""
    if corpus.part is None:
        return None
    weight = corpus.part.astype(np.int64)  # test 2, validation 1, train 0
    inside = np.flatnonzero(clusters.cluster >= 0)
    best = np.full(clusters.cluster.max(initial=-1) + 1, -1, np.int64)
    by_weight = inside[np.argsort(weight[inside], kind="stable")]
    best[clusters.cluster[by_weight]] = by_weight  # the last assignment has the highest weight
    target = best[clusters.cluster[inside]]
    leaking = weight[target] > weight[inside]
    rows, seen_in = inside[leaking], target[leaking]
    metrics = [
        measured("duplicates.leak_rate", len(rows) / len(corpus)),
        measured("duplicates.leak_rows", len(rows)),
    ]
    return metrics, findings(
        "DUP004",
        "fail",
        corpus.row_id[rows],
        column=corpus.roles.text,
        confidence=1.0,
        group=clusters.cluster[rows],
        ref_row=corpus.row_id[seen_in],
        value=[PARTS[part] for part in weight[seen_in]],
        detail=[detail_of(message(f"part.{PARTS[part]}")) for part in weight[seen_in]],
        suggestion="drop",
    )


def _conflicts(corpus: Corpus, clusters: Clusters) -> Part | None:
    """Rows whose label differs from the majority of the copies of their text; all copies if the majority is tied."""
    if corpus.labels is None:
        return None
    at = np.array(_conflicting(corpus.labels, clusters), np.int64)
    metrics = [
        measured("duplicates.conflict_rate", len(at) / len(corpus)),
        measured("duplicates.conflict_rows", len(at)),
    ]
    return metrics, findings(
        "DUP005",
        "fail",
        corpus.row_id[at],
        group=clusters.cluster[at],
        ref_row=corpus.row_id[clusters.kept[at]],
        confidence=1.0,
        suggestion="drop",
    )


def _conflicting(labels: Sequence[str | None], clusters: Clusters) -> list[int]:
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


def _boilerplate(corpus: Corpus, found: Boilerplate) -> Part:
    metrics = [
        measured("duplicates.boilerplate_rows", len(np.unique(found.row))),
        measured("duplicates.boilerplate_lines", found.lines),
    ]
    return metrics, findings(
        "DUP006",
        "info",
        corpus.row_id[found.row],
        column=corpus.roles.text,
        start=found.start,
        end=found.end,
        score=found.rows / len(corpus),
        confidence=1.0,
        suggestion="strip",
    )


def _referenced(corpus: Corpus, matches: Matches | None) -> Part | None:
    """Rows that are also in the reference; None without a reference. The value is the reference row."""
    if matches is None:
        return None
    places = list(zip(matches.name, matches.row_id.tolist(), strict=True))
    metrics = [
        measured("duplicates.reference_rate", len(matches.rows) / len(corpus)),
        measured("duplicates.reference_rows", len(matches.rows)),
        measured("duplicates.reference_size", matches.documents),
    ]
    return metrics, findings(
        "DUP007",
        "warn",
        corpus.row_id[matches.rows],
        column=corpus.roles.text,
        score=matches.similarity,
        confidence=matches.confidence,
        value=[f"{name} row {row}" for name, row in places],
        detail=[detail_of(message("value.row", name, str(row))) for name, row in places],
        suggestion="drop",
    )


def _opposed(corpus: Corpus, clusters: Clusters) -> Part | None:
    """Near duplicates that differ by a turning word and have different labels, for manual review; None without any."""
    if clusters.opposed is None or len(clusters.opposed[0]) == 0:
        return None
    a, b, similarity = clusters.opposed
    rows, first = np.unique(a, return_index=True)
    return [measured("duplicates.opposed_pairs", len(a))], findings(
        "DUP008",
        "info",
        corpus.row_id[rows],
        column=corpus.roles.text,
        score=similarity[first],
        confidence=0.8,
        group=clusters.cluster[rows],
        ref_row=corpus.row_id[b[first]],
        suggestion="review",
    )


def _sizes(clusters: Clusters) -> Figure:
    """The number of clusters with 2, 3, 4, 5 to 9, 10 to 99 and more rows."""
    sizes = np.bincount(clusters.cluster[clusters.cluster >= 0]) if (clusters.cluster >= 0).any() else np.zeros(0, int)
    bounds = [(2, 2), (3, 3), (4, 4), (5, 9), (10, 99), (100, None)]
    names = tuple(str(a) if a == b else f"{a}–{b}" if b else f"{a}+" for a, b in bounds)
    counts = tuple(float(((sizes >= a) & (sizes <= (b or np.inf))).sum()) for a, b in bounds)
    return Figure("bar", "figure.cluster_sizes", names, counts, total=sum(counts))
