"""Spans as metrics, a figure and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from auditor.checks.pii.entities import entity
from auditor.checks.pii.spans import Evidence, Span
from auditor.checks.pii.stock import UNCHECKED
from auditor.findings import Figure, Metric, findings, merge_findings
from auditor.rules import thresholds

CONFIDENCE = {Evidence.NER: 0.5, Evidence.PATTERN: 0.7, Evidence.CONTEXT: 0.9, Evidence.VALIDATED: 1.0}
TAGGED = ("PERSON", "LOCATION", "NRP")
"""Entities that only a name tagger finds: estimates where it saw a sample."""
Z95 = 1.959964

Rows = list[list[Span]]
"""Spans of one column, one list a row."""


def together(columns: Mapping[str, Rows]) -> Rows:
    """The spans of all columns, row by row."""
    return [[span for spans in row for span in spans] for row in zip(*columns.values(), strict=True)]


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    share, square = hits / rows, Z95**2 / rows
    middle = share + square / 2
    half = Z95 * np.sqrt(share * (1 - share) / rows + square / (4 * rows))
    return max(0.0, float((middle - half) / (1 + square))), min(1.0, float((middle + half) / (1 + square)))


def metrics_of(spans: Rows, sample: np.ndarray) -> tuple[Metric, ...]:
    """Shares of rows with personal data and secrets, rows left unchecked, and shares by entity type.

    Args:
        spans: of all columns.
        sample: int64, the rows in which names were looked for.

    """
    rows = max(1, len(spans))
    found = [{span.entity for span in row} for row in spans]
    personal = sum(any(entity(name).personal for name in row) for row in found)
    secret = sum(any(entity(name).secret for name in row) for row in found)
    unchecked = sum(UNCHECKED in row for row in found)
    metrics = [
        _judged("privacy.rows_rate", personal / rows),
        _judged("privacy.secret_rate", secret / rows),
        Metric("privacy.unchecked_rows", float(unchecked), "rows", status="fail" if unchecked else "info"),
    ]
    for name, count in _rows_by_entity(spans).items():
        estimated = name in TAGGED and 0 < len(sample) < len(spans)
        share = count / (len(sample) if estimated else rows)
        low, high = wilson(count, len(sample)) if estimated else (None, None)
        metrics.append(Metric("privacy.entity", share, "share", slice=name, low=low, high=high))
        metrics.append(Metric("privacy.entity_rows", float(count), "rows", slice=name))
    return tuple(metrics)


def _judged(name: str, value: float) -> Metric:
    rule = thresholds()[name]
    return Metric(name, value, "share", status=rule.status(value), threshold=rule.bounds[1])


def _rows_by_entity(spans: Rows) -> dict[str, int]:
    """Rows with each entity, the most frequent first."""
    counts = Counter(name for row in spans for name in {span.entity for span in row})
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def figure_of(spans: Rows) -> Figure:
    """Rows by entity type."""
    counts = _rows_by_entity(spans)
    return Figure("bar", "figure.pii_by_entity", tuple(counts), tuple(float(count) for count in counts.values()))


def findings_of(columns: Mapping[str, Rows], row_id: np.ndarray, wants: Callable[[str], bool]) -> pa.Table:
    """One finding a span, with its column; never the value."""
    by_kind: dict[tuple[str, str], list[tuple[int, Span]]] = {}
    for column, spans in columns.items():
        for row, found in zip(row_id.tolist(), spans, strict=True):
            for span in found:
                by_kind.setdefault((span.entity, column), []).append((row, span))
    return merge_findings([_table(*kind, items) for kind, items in by_kind.items() if wants(entity(kind[0]).code)])


def _table(name: str, column: str, items: list[tuple[int, Span]]) -> pa.Table:
    kind = entity(name)
    return findings(
        kind.code,
        kind.severity,
        [row for row, _ in items],
        column=column,
        start=[span.start for _, span in items],
        end=[span.end for _, span in items],
        score=[span.score for _, span in items],
        confidence=[CONFIDENCE[span.evidence] for _, span in items],
        suggestion="mask" if kind.personal else None,
        value=name,
    )
