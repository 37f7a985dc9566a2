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

from auditor.checks.privacy.span_table import SpanTable, join_spans
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import Coverage
from auditor.pii.entities import entity
from auditor.pii.patterns.stock import UNCHECKED
from auditor.pii.spans import CONFIDENCE, Evidence
from auditor.stats import wilson

TAGGED = ("PERSON", "LOCATION", "NRP")
"""Entities that only a name tagger finds, and so only in the tagged rows."""


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


def personal_spans(columns: Mapping[str, SpanTable], rows: int) -> np.ndarray:
    """int32, one per row: number of spans of personal data and secrets."""
    counts = np.zeros(rows, np.int32)
    for spans in columns.values():
        is_personal = np.array([entity(name).personal for name in spans.names], bool)
        if len(spans):
            counts += np.bincount(spans.row[is_personal[spans.entity]], minlength=rows).astype(np.int32)
    return counts


def count_rows(columns: Mapping[str, SpanTable], row_id: np.ndarray, sample: np.ndarray) -> RowCounts:
    """Count rows by the spans of all their columns.

    Args:
        columns: spans by column.
        row_id: int64, one per row.
        sample: int64, the positions of the rows searched for names.
    """
    rows = len(row_id)
    tagged = np.zeros(rows, bool)
    tagged[sample] = True
    spans = join_spans(list(columns.values()))

    def rows_with(chosen: np.ndarray) -> np.ndarray:
        """bool, one per row: whether it has a span for which `chosen` is true."""
        found = np.zeros(rows, bool)
        found[spans.row[chosen]] = True
        return found

    kinds = np.array([*(entity(name).kind for name in spans.names), ""])[spans.entity]
    strong, weak = spans.evidence >= Evidence.CONTEXT, spans.evidence == Evidence.PATTERN
    identifiers, secrets = rows_with(strong & (kinds == "identifier")), rows_with(strong & (kinds == "secret"))
    possible = rows_with(weak & np.isin(kinds, ("identifier", "secret"))) & ~identifiers & ~secrets
    names = rows_with(kinds == "name") & tagged
    by_entity: dict[str, int] = {}
    strong_by_entity: dict[str, int] = {}
    for number, name in enumerate(spans.names):
        is_this = spans.entity == number
        seen = rows_with(is_this & _are_known(name, spans, tagged, len(sample)))
        by_entity[name] = int(seen.sum())
        if entity(name).kind == "none":
            continue
        certain = seen & rows_with(is_this & strong)
        if entity(name).kind == "attribute":  # says something of a person only beside one
            certain &= names | identifiers
        strong_by_entity[name] = int(certain.sum())
    unchecked = spans.names.index(UNCHECKED) if UNCHECKED in spans.names else -1
    return RowCounts(
        rows=rows,
        tagged_rows=len(sample),
        identifiers=int(identifiers.sum()),
        secrets=int(secrets.sum()),
        possible=int(possible.sum()),
        names=int(names.sum()),
        unchecked=int(rows_with(spans.entity == unchecked).sum()),
        by_entity=_ordered(by_entity),
        strong_by_entity=_ordered(strong_by_entity),
    )


def _are_known(name: str, spans: SpanTable, tagged: np.ndarray, sample: int) -> np.ndarray:
    """bool, one per span: whether it counts for its entity type, here `name`.

    For `TAGGED`, those in tagged rows; for the others, those searched for in all rows, which excludes a tagger's
    unless it tagged all of them.
    """
    if name in TAGGED:
        return np.full(len(spans), True) if sample == 0 else np.asarray(tagged[spans.row])
    return np.asarray((spans.evidence != Evidence.NER) | (sample == len(tagged)))


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts above 0, largest first."""
    return {name: count for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count}


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


def findings_of(columns: Mapping[str, SpanTable], row_id: np.ndarray, wants: Callable[[str], bool]) -> pa.Table:
    """One finding per span, with its column, never its value."""
    return merge_findings(
        [
            _table(name, column, spans.where(spans.entity == number), row_id)
            for column, spans in columns.items()
            for number, name in enumerate(spans.names)
            if wants(entity(name).code)
        ]
    )


def _table(name: str, column: str, spans: SpanTable, row_id: np.ndarray) -> pa.Table:
    """Findings of the spans of one entity type; a mere match of form is reported without a warning."""
    kind = entity(name)
    severity = np.where(spans.evidence == Evidence.PATTERN, "info", kind.severity).astype(object)
    return findings(
        kind.code,
        kind.severity,
        row_id[spans.row],
        severity_each=severity,
        column=column,
        start=spans.start,
        end=spans.end,
        score=spans.score,
        confidence=np.array([CONFIDENCE[level] for level in Evidence])[spans.evidence],
        suggestion="mask" if kind.personal else None,
        value=name,
        entity=name,
    )
