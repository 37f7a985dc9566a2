"""Balance: how unequal the classes are, which are rare, and whether slices share them."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.judge import judged, stated
from auditor.corpus.corpus import Corpus
from auditor.findings import CheckResult, Completed, Figure, Metric, Severity, Skipped, findings, merge_findings

MIN_ROWS, RARE_SHARE = 10, 0.2
"""A class is rare below this many rows or below this part of an equal share."""
UNEVEN = 0.3
"""Cramér's V from which a slice is reported; 0.3 is commonly read as a medium association."""
_TOP = 40


class BalanceCheck(Check):
    """Works on label counts alone."""

    prefix = "BAL"
    dimension = "balance"
    requires = ("text", "label")
    roles = ("label", "split", "source")

    def finish(self, partials: Sequence[Any], corpus: Corpus, shared: Shared) -> CheckResult:
        """BAL001 a corpus finding, BAL002 one a rare class, BAL003 one a group of names, BAL004 one a slice."""
        if corpus.label_sets is not None:
            return Skipped("rows carry several labels each")
        counts = Counter(label for label in corpus.labels or [] if label is not None)
        if len(counts) < 2:
            return Skipped("all labels are one class" if counts else "no row has a label")
        n = np.array([count for _, count in counts.most_common()], np.float64)
        share = n / n.sum()
        ratio = float(n[0] / n[-1])
        entropy = float(-(share * np.log(share)).sum())
        rare = [name for name, count in counts.items() if count < max(MIN_ROWS, RARE_SHARE * n.sum() / len(n))]
        metrics = [
            judged("balance.ratio", ratio, "ratio"),
            judged("balance.rare_class_share", len(rare) / len(n), "share"),
            stated("balance.classes", len(n), "count"),
            stated("balance.entropy", entropy / np.log(len(n)), "share"),
            stated("balance.effective_classes", float(np.exp(entropy)), "count"),
        ]
        tables = [
            findings(
                "BAL002",
                "warn",
                [None] * len(rare),
                column=corpus.roles.label,
                confidence=1.0,
                value=sorted(rare),
                score=[float(counts[name]) for name in sorted(rare)],
            ),
            _near_equal(counts, corpus.roles.label),
            _mixed(corpus),
        ]
        if metrics[0].status != "pass":
            severity: Severity = "warn" if metrics[0].status == "warn" else "fail"
            tables.append(_of_corpus("BAL001", severity, corpus.roles.label, ratio, f"{ratio:.1f}"))
        slices, figures = _slices(corpus)
        uneven = [m for m in slices if m.value is not None and m.value >= UNEVEN]
        tables += [_of_corpus("BAL004", "warn", m.slice, m.value, m.slice) for m in uneven]
        top = counts.most_common(_TOP)
        bars = Figure("bar", "figure.rows_per_class", tuple(k for k, _ in top), tuple(float(v) for _, v in top))
        notes = (f"note.top_classes|{_TOP}|{len(counts)}",) if len(counts) > _TOP else ()
        return Completed((*metrics, *slices), merge_findings(tables), (bars, *figures), notes)


def _of_corpus(code: str, severity: Severity, column: str | None, score: float | None, value: str | None) -> pa.Table:
    return findings(code, severity, [None], column=column, score=score, confidence=1.0, value=value)


def _near_equal(counts: Counter[str], column: str | None) -> pa.Table:
    """Names that differ only in case, width, spaces or number form; each names its most frequent sister."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        groups[_plain(name)].append(name)
    names, sisters = [], []
    for group in groups.values():
        first, *others = sorted(group, key=lambda name: (-counts[name], name))
        names += others
        sisters += [first] * len(others)
    return findings(
        "BAL003", "fail", [None] * len(names), column=column, confidence=0.9, value=names, suggestion=sisters
    )


def _mixed(corpus: Corpus) -> pa.Table:
    """The types the labels came in, and the labels that are equal only as texts, each named once."""
    kinds = corpus.label_kinds
    values = [" + ".join(kinds.rows)] if len(kinds.rows) > 1 else []
    severity: Severity = "fail" if kinds.alike else "warn"
    values += kinds.alike
    return findings("BAL005", severity, [None] * len(values), column=corpus.roles.label, confidence=1.0, value=values)


def _plain(name: str) -> str:
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").replace("-", " ").split())
    try:
        return repr(float(folded))
    except ValueError:
        return folded


def _slices(corpus: Corpus) -> tuple[list[Metric], list[Figure]]:
    """Association of the label with split and source, as a metric and a heat map each."""
    labels = corpus.labels or []
    metrics, figures = [], []
    for role in ("split", "source"):
        column = corpus.role(role)
        if column is None:
            continue
        pairs = Counter(
            (str(part), label)
            for part, label in zip(column.to_pylist(), labels, strict=True)
            if part is not None and label
        )
        parts = [name for name, _ in Counter(p for p, _ in pairs.elements()).most_common(12)]
        names = [name for name, _ in Counter(label for label in labels if label).most_common(20)]
        if len(parts) < 2:
            continue
        table = np.array([[pairs[part, name] for name in names] for part in parts], np.float64)
        metrics.append(stated("balance.association", cramers_v(table), "share", slice_=role))
        share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
        figures.append(
            Figure(
                "heatmap",
                f"figure.label_by_{role}",
                tuple(names),
                series={part: tuple(np.round(row, 4).tolist()) for part, row in zip(parts, share, strict=True)},
            )
        )
    return metrics, figures


def cramers_v(table: np.ndarray) -> float:
    """Bias-corrected Cramér's V of a contingency table, 0 (independent) to 1 (Bergsma 2013)."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, (r, k) = table.sum(), table.shape
    if n < 2 or min(r, k) < 2:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi2 = float(((table - expected) ** 2 / expected).sum() / n)
    phi2 = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
    r2, k2 = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / max(min(r2, k2) - 1, 1e-9))) if min(r2, k2) > 1 else 0.0
