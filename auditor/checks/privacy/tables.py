"""Spans as metrics, figures and findings.

Two kinds of rows are counted separately and never added: rows with identifiers, found by patterns in all rows, and
rows with names, found by a tagger in the tagged rows. Only strong evidence counts for a grade; a mere match of form is
possible personal data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from auditor.core.findings import Severity, findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import Coverage
from auditor.pii.entities import entity
from auditor.pii.patterns.stock import UNCHECKED
from auditor.pii.spans import CONFIDENCE, Evidence, Span
from auditor.stats import wilson

TAGGED = ("PERSON", "LOCATION", "NRP")
"""Entities that only a name tagger finds, and so only in the tagged rows."""

Rows = dict[int, list[Span]]
"""Spans of one column by position of the row; rows without spans are omitted."""


@dataclass(frozen=True)
class RowCounts:
    """Counts of rows by kind of personal data; see `count_rows`."""

    rows: int
    tagged_rows: int
    identifiers: int
    """Rows with a strong identifier, among all rows."""
    secrets: int
    """Rows with a strong secret, among all rows."""
    possible: int
    """Rows with weak but no strong evidence of an identifier or a secret, among all rows."""
    names: int
    """Rows with a person's name, among the tagged rows."""
    unchecked: int
    by_entity: Mapping[str, int]
    """Rows with each entity type, most frequent first: for `TAGGED` among the tagged rows (all rows if none are
    tagged), for the others among all rows."""
    strong_by_entity: Mapping[str, int]
    """Likewise, where the evidence is strong, which is what a law's clause may assert; an age or the like only beside a
    name or an identifier. What a tagger found is never strong, and what is only counted (dates, pages) says nothing of
    a person."""


def together(columns: Mapping[str, Rows]) -> Rows:
    """The spans of all columns by row, in row order."""
    rows = sorted({row for spans in columns.values() for row, found in spans.items() if found})
    return {row: [span for spans in columns.values() for span in spans.get(row, ())] for row in rows}


def personal_spans(columns: Mapping[str, Rows], rows: int) -> np.ndarray:
    """int32, one per row: number of spans of personal data and secrets."""
    counts = np.zeros(rows, np.int32)
    for spans in columns.values():
        for row, found in spans.items():
            counts[row] += sum(entity(span.entity).personal for span in found)
    return counts


def count_rows(columns: Mapping[str, Rows], row_id: np.ndarray, sample: np.ndarray) -> RowCounts:
    """Count rows by the spans of all their columns.

    Args:
        columns: spans by column.
        row_id: int64, one per row.
        sample: int64, the positions of the rows searched for names.
    """
    rows = len(row_id)
    tagged = np.zeros(rows, bool)
    tagged[sample] = True
    totals: Counter[str] = Counter()
    by_entity: Counter[str] = Counter()
    strong_by_entity: Counter[str] = Counter()
    for place, row in together(columns).items():
        is_tagged = bool(tagged[place])
        kinds = {entity(span.entity).kind for span in row if span.is_strong}
        weak = {entity(span.entity).kind for span in row if span.evidence is Evidence.PATTERN}
        has_name = is_tagged and any(entity(span.entity).kind == "name" for span in row)
        names_somebody = has_name or "identifier" in kinds
        totals["identifiers"] += "identifier" in kinds
        totals["secrets"] += "secret" in kinds
        totals["possible"] += bool(weak & {"identifier", "secret"}) and not kinds & {"identifier", "secret"}
        totals["names"] += has_name
        totals["unchecked"] += any(span.entity == UNCHECKED for span in row)
        seen = {span.entity for span in row if _is_known(span, is_tagged=is_tagged, tagged_rows=len(sample), rows=rows)}
        by_entity.update(seen)
        strong_by_entity.update(name for name in seen if _counts(name, row, names_somebody))
    return RowCounts(
        rows=rows,
        tagged_rows=len(sample),
        by_entity=_ordered(by_entity),
        strong_by_entity=_ordered(strong_by_entity),
        **{name: totals[name] for name in ("identifiers", "secrets", "possible", "names", "unchecked")},
    )


def _is_known(span: Span, *, is_tagged: bool, tagged_rows: int, rows: int) -> bool:
    """Whether a span counts for its entity type.

    For `TAGGED`, those in tagged rows; for the others, those searched for in all rows, which excludes a tagger's
    unless it tagged all of them.
    """
    if span.entity in TAGGED:
        return is_tagged or tagged_rows == 0
    return span.evidence is not Evidence.NER or tagged_rows == rows


def _counts(name: str, row: list[Span], names_somebody: bool) -> bool:
    """Whether the spans of an entity type in a row count for a law's clause."""
    kind = entity(name).kind
    if kind == "none" or (kind == "attribute" and not names_somebody):
        return False
    return any(span.entity == name and span.is_strong for span in row)


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def metrics_of(counted: RowCounts, coverage: Coverage) -> tuple[Metric, ...]:
    """The two graded shares (identifiers, names), secrets, possible personal data, and shares by entity type."""
    rows = max(1, counted.rows)
    metrics = [
        measured("privacy.identifier_rate", counted.identifiers / rows, digits=None),
        _names(counted, coverage),
        measured("privacy.secret_rate", counted.secrets / rows, digits=None),
        measured("privacy.possible_rate", counted.possible / rows, digits=None),
        replace(measured("privacy.unchecked_rows", counted.unchecked), status="fail" if counted.unchecked else "info"),
    ]
    for name, count in counted.by_entity.items():
        of, low, high = rows, None, None
        if name in TAGGED:
            of = counted.tagged_rows or rows
            low, high = wilson(count, of) if coverage.is_sampled else (None, None)
        metrics.append(measured("privacy.entity", count / of, slice_=name, low=low, high=high, digits=None))
        metrics.append(measured("privacy.entity_rows", count, slice_=name))
        strong = counted.strong_by_entity.get(name, 0)
        metrics.append(measured("privacy.entity_strong_rows", strong, slice_=name))
    return tuple(metrics)


def _names(counted: RowCounts, coverage: Coverage) -> Metric:
    """The share of the tagged rows with a person's name; unknown if none were tagged."""
    if not counted.tagged_rows:
        return measured("privacy.name_rate", None)
    low, high = wilson(counted.names, counted.tagged_rows) if coverage.is_sampled else (None, None)
    return measured("privacy.name_rate", counted.names / counted.tagged_rows, low=low, high=high, digits=None)


def figures_of(counted: RowCounts, coverage: Coverage) -> tuple[Figure, ...]:
    """Rows by entity type: by pattern in all rows, with weak evidence in all rows, and those only found by the tagger.

    Types tagged in a sample are drawn as shares of the tagged rows, never next to counts of all rows.
    """
    sure, possible, tagged = Counter[str](), Counter[str](), Counter[str]()
    for name, count in counted.by_entity.items():
        if name in TAGGED:
            tagged[name] = count
        elif entity(name).kind in ("identifier", "secret"):
            sure[name] = counted.strong_by_entity.get(name, 0)
            possible[name] = count - sure[name]
        else:
            sure[name] = count
    bars = [_bars("figure.pii_by_entity", sure, 1), _bars("figure.pii_possible", possible, 1)]
    if coverage.is_sampled:
        bars.append(_bars("figure.pii_tagged_sample", tagged, counted.tagged_rows))
    else:
        bars.append(_bars("figure.pii_tagged", tagged, 1))
    return tuple(figure for figure in bars if figure.labels)


def _bars(title: str, counts: Counter[str], of: int) -> Figure:
    shown = {name: count for name, count in _ordered(counts).items() if count}
    return Figure("bar", title, tuple(shown), tuple(count / of for count in shown.values()))


def findings_of(columns: Mapping[str, Rows], row_id: np.ndarray, wants: Callable[[str], bool]) -> pa.Table:
    """One finding per span, with its column, never its value."""
    by_kind: dict[tuple[str, str], list[tuple[int, Span]]] = {}
    for column, spans in columns.items():
        for row, found in sorted(spans.items()):
            for span in found:
                by_kind.setdefault((span.entity, column), []).append((int(row_id[row]), span))
    return merge_findings([_table(*kind, items) for kind, items in by_kind.items() if wants(entity(kind[0]).code)])


def _table(name: str, column: str, items: list[tuple[int, Span]]) -> pa.Table:
    kind = entity(name)
    return findings(
        kind.code,
        kind.severity,
        [row for row, _ in items],
        severity_each=[_severity(kind.severity, span) for _, span in items],
        column=column,
        start=[span.start for _, span in items],
        end=[span.end for _, span in items],
        score=[span.score for _, span in items],
        confidence=[CONFIDENCE[span.evidence] for _, span in items],
        suggestion="mask" if kind.personal else None,
        value=name,
        entity=name,
    )


def _severity(severity: Severity, span: Span) -> Severity:
    """A mere match of form is reported without a warning."""
    return "info" if span.evidence is Evidence.PATTERN else severity
