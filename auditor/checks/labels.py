"""Label noise: confident learning (Northcutt, Jiang, Chuang 2021; cleanlab) on grouped out-of-sample probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.judge import judged, stated
from auditor.checks.probabilities import OutOfSample, out_of_sample
from auditor.corpus.corpus import Corpus
from auditor.findings import CheckResult, Completed, Figure, Skipped, findings, merge_findings

MIN_ROWS = 50
GATE = 0.25
"""Least share of the way from chance to certainty that the model must reach before it may call labels wrong."""
_HEAT = 15


class LabelCheck(Check):
    """Flags rows whose label a model that has not seen them, nor a copy of them, contradicts."""

    prefix = "LBL"
    dimension = "labels"
    requires = ("text", "label")
    roles = ("text", "label")

    def finish(self, partials: Sequence[Any], corpus: Corpus, shared: Shared) -> CheckResult:
        """LBL001 likely wrong, LBL003 missing, LBL004 classes too small to judge."""
        rows = self._judgeable(corpus)
        if isinstance(rows, Skipped):
            return rows
        oos = out_of_sample(
            [corpus.texts[i] for i in rows.at],
            rows.given,
            shared.clusters.groups()[rows.at] if shared.clusters is not None else rows.at,
            language=self.language,
            folds=self.settings.labels.folds,
            seed=self.settings.seed,
        )
        metrics = [
            judged("labels.missing_rate", len(rows.missing) / len(corpus), "share"),
            stated("labels.agreement", oos.agreement, "share"),
        ]
        tables = [_missing(rows, corpus), _too_small(rows, corpus)]
        skill = (oos.agreement - oos.chance) / max(1 - oos.chance, 1e-9)
        if skill < GATE:
            metrics.append(stated("labels.noise_rate", None, "share"))
            note = f"note.label_gate|{oos.agreement:.2f}|{oos.chance:.2f}"
            return Completed(tuple(metrics), merge_findings(tables), (), (note,))
        wrong, safe = _suspects(rows.given, oos)
        score, best = _row_scores(rows.given, oos), _best_other(rows.given, oos)
        tables.append(_likely_wrong(rows, corpus, oos, wrong, safe, score, best))
        metrics += [
            judged("labels.noise_rate", wrong.sum() / len(rows.at), "share"),
            stated("labels.suspects", int(wrong.sum()), "rows"),
            stated("labels.safe_suspects", int(safe.sum()), "rows"),
        ]
        return Completed(
            tuple(metrics),
            merge_findings(tables),
            (_histogram(score), _confusion(rows.given, oos, rows.names)),
            (f"note.label_model|{oos.model}|{self.settings.labels.folds}|{oos.agreement:.3f}",),
            _per_row(len(corpus), rows, score, best, wrong),
        )

    def _judgeable(self, corpus: Corpus) -> _Rows | Skipped:
        labels = corpus.labels or []
        counts = Counter(label for label in labels if label is not None)
        if len(counts) < 2:
            return Skipped("all labels are one class" if counts else "no row has a label")
        small = {name: n for name, n in sorted(counts.items()) if n < self.settings.labels.min_class_rows}
        names = sorted(set(counts) - set(small))
        number = {name: i for i, name in enumerate(names)}
        known = [(i, number[label]) for i, label in enumerate(labels) if label in number and corpus.texts[i].strip()]
        if len(names) < 2 or len(known) < MIN_ROWS:
            return Skipped(f"{len(known)} rows in {len(names)} classes of enough rows are too few to judge labels")
        if len(names) > len(known) // 4:
            return Skipped(f"{len(names)} labels for {len(known)} rows are no classes")
        at, given = np.array(known, np.int64).T
        missing = np.array([i for i, label in enumerate(labels) if label is None], np.int64)
        return _Rows(at, given, names, missing, small)


@dataclass(frozen=True)
class _Rows:
    """Rows whose labels can be judged, and those that cannot.

    Attributes:
        at: int64, positions of judged rows in the corpus.
        given: int64, their classes as indices into `names`.
        missing: int64, positions of rows without a label.
        small: rows a class that is too small to judge.
    """

    at: np.ndarray
    given: np.ndarray
    names: list[str]
    missing: np.ndarray
    small: dict[str, int]


def _missing(rows: _Rows, corpus: Corpus) -> pa.Table:
    ids = corpus.row_id[rows.missing]
    return findings("LBL003", "warn", ids, column=corpus.roles.label, confidence=1.0, suggestion="drop")


def _too_small(rows: _Rows, corpus: Corpus) -> pa.Table:
    names, counts = list(rows.small), [float(n) for n in rows.small.values()]
    nothing = [None] * len(names)
    return findings("LBL004", "info", nothing, column=corpus.roles.label, confidence=1.0, value=names, score=counts)


def _likely_wrong(
    rows: _Rows,
    corpus: Corpus,
    oos: OutOfSample,
    wrong: np.ndarray,
    safe: np.ndarray,
    score: np.ndarray,
    best: np.ndarray,
) -> pa.Table:
    hit = np.flatnonzero(wrong)
    return findings(
        "LBL001",
        "warn",
        corpus.row_id[rows.at[hit]],
        column=corpus.roles.label,
        score=score[hit],
        confidence=oos.probabilities[hit, best[hit]],
        suggestion=[rows.names[k] for k in best[hit]],
        value=["safe" if safe[i] else "review" for i in hit],
    )


def _suspects(given: np.ndarray, oos: OutOfSample) -> tuple[np.ndarray, np.ndarray]:
    """Rows cleanlab prunes by noise rate, and those on which pruning by class agrees (never less exact, measured)."""
    from cleanlab.filter import find_label_issues

    # n_jobs=1: its process pool costs more than the work up to millions of rows
    wrong = find_label_issues(given, oos.probabilities, filter_by="prune_by_noise_rate", n_jobs=1)
    safe = find_label_issues(given, oos.probabilities, filter_by="both", n_jobs=1)
    return np.asarray(wrong, bool), np.asarray(wrong & safe, bool)


def _best_other(given: np.ndarray, oos: OutOfSample) -> np.ndarray:
    """The most probable class besides the given one."""
    others = oos.probabilities.copy()
    others[np.arange(len(given)), given] = -1
    return np.asarray(others.argmax(axis=1))


def _row_scores(given: np.ndarray, oos: OutOfSample) -> np.ndarray:
    """Label quality 0 (likely wrong) to 1: p_given / (p_given + p_best_other), a monotone form of the log-ratio."""
    p = oos.probabilities
    own = p[np.arange(len(given)), given]
    other = p[np.arange(len(given)), _best_other(given, oos)]
    return np.asarray(own / np.maximum(own + other, 1e-12), np.float32)


def _per_row(n: int, rows: _Rows, score: np.ndarray, best: np.ndarray, wrong: np.ndarray) -> dict[str, pa.Array]:
    scores = np.full(n, np.nan, np.float32)
    scores[rows.at] = score
    suggested: list[str | None] = [None] * n
    for hit in np.flatnonzero(wrong).tolist():
        suggested[int(rows.at[hit])] = rows.names[best[hit]]
    return {
        "label_score": pa.array(scores, pa.float32(), from_pandas=True),
        "suggested_label": pa.array(suggested, pa.string()),
    }


def _histogram(score: np.ndarray) -> Figure:
    counts, _ = np.histogram(score, bins=20, range=(0, 1))
    return Figure(
        "histogram", "figure.label_scores", tuple(f"{i / 20:.2f}" for i in range(20)), tuple(map(float, counts))
    )


def _confusion(given: np.ndarray, oos: OutOfSample, names: list[str]) -> Figure:
    """Given label (rows) against predicted (columns) for the classes most confused, as shares of the given."""
    predicted = oos.probabilities.argmax(axis=1)
    off = predicted != given
    trouble = np.bincount(given[off], minlength=len(names)) + np.bincount(predicted[off], minlength=len(names))
    top = np.sort(np.argsort(-trouble, kind="stable")[:_HEAT])
    sizes = np.maximum(np.bincount(given, minlength=len(names)), 1)
    series = {}
    for k in top.tolist():
        row = np.bincount(predicted[given == k], minlength=len(names))[top] / sizes[k]
        series[names[k]] = tuple(np.round(row, 4).tolist())
    return Figure("heatmap", "figure.confusion", tuple(names[k] for k in top.tolist()), series=series)
