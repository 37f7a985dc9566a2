"""Label noise by confident learning (Northcutt, Jiang, Chuang 2021; cleanlab) on grouped out-of-sample probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
        labels = corpus.labels or []
        counts = Counter(label for label in labels if label is not None)
        missing = np.array([i for i, label in enumerate(labels) if label is None], np.int64)
        if len(missing) == len(labels):
            return Skipped("no row has a label")
        if len(counts) < 2:
            return Skipped("all labels are one class")
        small = sorted(name for name, count in counts.items() if count < self.settings.labels.min_class_rows)
        names = sorted(set(counts) - set(small))
        number = {name: i for i, name in enumerate(names)}
        at = np.array([i for i, label in enumerate(labels) if label in number and corpus.texts[i].strip()], np.int64)
        if len(names) < 2 or len(at) < MIN_ROWS:
            return Skipped(f"{len(at)} rows in {len(names)} classes of enough rows are too few to judge labels")
        if len(names) > len(at) // 4:
            return Skipped(f"{len(names)} labels for {len(at)} rows are no classes")
        given = np.array([number[labels[i]] for i in at], np.int64)  # type: ignore[index]
        groups = shared.clusters.groups()[at] if shared.clusters is not None else at
        oos = out_of_sample(
            [corpus.texts[i] for i in at], given, groups,
            language=self.language, folds=self.settings.labels.folds, seed=self.settings.seed,
        )  # fmt: skip
        label_column = corpus.roles.label
        tables = [
            findings("LBL003", "warn", corpus.row_id[missing], column=label_column, confidence=1.0, suggestion="drop"),
            findings("LBL004", "info", [None] * len(small), column=label_column, confidence=1.0, value=small,
                     score=[float(counts[name]) for name in small]),
        ]  # fmt: skip
        metrics = [
            judged("labels.missing_rate", len(missing) / len(labels), "share"),
            stated("labels.agreement", oos.agreement, "share"),
        ]
        skill = (oos.agreement - oos.chance) / max(1 - oos.chance, 1e-9)
        if skill < GATE:
            note = f"note.label_gate|{oos.agreement:.2f}|{oos.chance:.2f}"
            return Completed(tuple(metrics), merge_findings(tables), (), (note,))
        wrong, safe = _suspects(given, oos)
        score = _row_scores(given, oos)
        best = _best_other(given, oos)
        rows = np.flatnonzero(wrong)
        rows = rows[np.argsort(score[rows], kind="stable")]
        tables.append(
            findings(
                "LBL001", "warn", corpus.row_id[at[rows]], column=label_column, score=score[rows],
                confidence=oos.probabilities[rows, best[rows]],
                suggestion=[names[k] for k in best[rows]],
                value=["safe" if safe[i] else "review" for i in rows],
            )  # fmt: skip
        )
        metrics += [
            judged("labels.noise_rate", len(rows) / len(at), "share"),
            stated("labels.suspects", len(rows), "rows"),
            stated("labels.safe_suspects", int(safe.sum()), "rows"),
        ]
        return Completed(
            tuple(metrics), merge_findings(tables), (_histogram(score), _confusion(given, oos, names)),
            (f"note.label_model|{oos.model}|{self.settings.labels.folds}|{oos.agreement:.3f}",),
            _per_row(len(labels), at, score, best, names, rows),
        )  # fmt: skip


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


def _per_row(
    n: int, at: np.ndarray, score: np.ndarray, best: np.ndarray, names: list[str], rows: np.ndarray
) -> dict[str, pa.Array]:
    scores = np.full(n, np.nan, np.float32)
    scores[at] = score
    suggested: list[str | None] = [None] * n
    for row in rows.tolist():
        suggested[int(at[row])] = names[best[row]]
    return {
        "label_score": pa.array(scores, pa.float32(), from_pandas=True),
        "suggested_label": pa.array(suggested, pa.string()),
    }


def _histogram(score: np.ndarray) -> Figure:
    counts, _ = np.histogram(score, bins=20, range=(0, 1))
    return Figure("histogram", "figure.label_scores", tuple(f"{i / 20:.2f}" for i in range(20)), tuple(map(float, counts)))


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
