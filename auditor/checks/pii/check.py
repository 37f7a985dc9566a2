"""Privacy: personal data and secrets in texts.

Patterns run on every row. Names and places need a language model, which costs a hundred times as much: they are
looked for in all rows, or in a declared random sample with an interval, or not at all, and the notes say which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.pii.detector import Detector, detector
from auditor.checks.pii.entities import entity
from auditor.checks.pii.quasi import k_anonymity
from auditor.checks.pii.spans import Evidence, Span, resolve
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError
from auditor.findings import CheckResult, Completed, Failed, Figure, Metric, findings, merge_findings
from auditor.rules import thresholds

CONFIDENCE = {Evidence.NER: 0.5, Evidence.PATTERN: 0.7, Evidence.CONTEXT: 0.9, Evidence.VALIDATED: 1.0}
TAGGED = ("PERSON", "LOCATION", "NRP")
"""Entities that only a name tagger finds: estimates where it saw a sample."""
SMALL = 250_000
"""Characters up to which all rows are tagged although a sample was asked for."""
Z95 = 1.959964


@dataclass(frozen=True)
class PiiPartial:
    """Spans of one batch.

    Attributes:
        row_id: int64, one a row of the batch.
        spans: one list a row; places and types, no text.
        failed: why nothing could be looked for; the spans are empty then.

    """

    row_id: np.ndarray
    spans: list[list[Span]]
    failed: str | None = None


class PiiCheck(Check):
    """Personal data by pattern, checksum, context and name tagger."""

    prefix = "PII"
    dimension = "privacy"
    requires = ("text",)
    roles = ("text",)

    def scan(self, batch: pa.RecordBatch) -> PiiPartial:
        """Pattern spans of one batch."""
        row_id = np.asarray(batch.column("row_id"))
        try:
            texts = [text or "" for text in batch.column("text").to_pylist()]
            return PiiPartial(row_id, self._detector.spans(texts, ner=False))
        except CheckError as error:
            return PiiPartial(row_id, [[] for _ in row_id], error.what)

    def finish(self, partials: Sequence[PiiPartial], corpus: Corpus, shared: Shared) -> CheckResult:
        """Add names, and count."""
        failed = next((partial.failed for partial in partials if partial.failed), None)
        if failed is not None:
            return Failed(failed)
        spans = [row for partial in partials for row in partial.spans]
        sample = self._sample(corpus)
        notes = ["note.pii_patterns"]
        if len(sample):
            try:
                notes.append(self._add_names(spans, sample, corpus))
            except CheckError as error:
                sample = sample[:0]
                notes.append(f"note.pii_ner_missing|{error.where}")
        else:
            notes.append("note.pii_ner_off")
        if self._detector.exceptions.expired:
            notes.append(f"note.pii_expired|{self._detector.exceptions.expired}")
        metrics, tables = _metrics(spans, sample), _findings(spans, corpus.row_id, self.settings.wants)
        if self.settings.pii.quasi_identifiers:
            more, rows = k_anonymity(corpus, self.settings.pii.quasi_identifiers, self.settings.pii.k)
            metrics, tables = (*metrics, *more), merge_findings([tables, rows])
        return Completed(
            metrics=metrics,
            findings=tables,
            figures=(_figure(spans),),
            notes=tuple(notes),
            per_row={"pii_count": pa.array([sum(entity(s.entity).personal for s in row) for row in spans], pa.int32())},
        )

    @property
    def _detector(self) -> Detector:
        return detector(self.settings.pii, self.language, self.settings.today())

    def _sample(self, corpus: Corpus) -> np.ndarray:
        """Rows in which names are looked for, ascending. A corpus that is tagged in seconds is tagged whole."""
        rows, own = len(corpus), self.settings.pii
        if own.ner == "off":
            return np.zeros(0, np.int64)
        if own.ner == "full" or rows <= own.ner_sample or sum(map(len, corpus.texts)) <= SMALL:
            return np.arange(rows)
        generator = np.random.default_rng(self.settings.seed)
        return np.sort(generator.choice(rows, self.settings.pii.ner_sample, replace=False))

    def _add_names(self, spans: list[list[Span]], sample: np.ndarray, corpus: Corpus) -> str:
        """Tag the sampled rows in place; the note that says so."""
        named = self._detector.names([corpus.texts[row] for row in sample])
        for row, names in zip(sample.tolist(), named, strict=True):
            spans[row] = self._detector.exceptions.kept(corpus.texts[row], resolve([*spans[row], *names]))
        kind = "pii_ner_full" if len(sample) == len(corpus) else "pii_ner_sample"
        return f"note.{kind}|{self._detector.tagger.name}|{len(sample)}|{len(corpus)}"


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    share, square = hits / rows, Z95**2 / rows
    middle = share + square / 2
    half = Z95 * np.sqrt(share * (1 - share) / rows + square / (4 * rows))
    return max(0.0, float((middle - half) / (1 + square))), min(1.0, float((middle + half) / (1 + square)))


def _metrics(spans: list[list[Span]], sample: np.ndarray) -> tuple[Metric, ...]:
    rows = max(1, len(spans))
    found = [{span.entity for span in row} for row in spans]
    personal = sum(any(entity(name).personal for name in row) for row in found)
    secret = sum(any(entity(name).secret for name in row) for row in found)
    metrics = [_judged("privacy.rows_rate", personal / rows), _judged("privacy.secret_rate", secret / rows)]
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


def _rows_by_entity(spans: list[list[Span]]) -> dict[str, int]:
    """Rows with each entity, the most frequent first."""
    counts = Counter(name for row in spans for name in {span.entity for span in row})
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _figure(spans: list[list[Span]]) -> Figure:
    counts = _rows_by_entity(spans)
    return Figure("bar", "figure.pii_by_entity", tuple(counts), tuple(float(count) for count in counts.values()))


def _findings(spans: list[list[Span]], row_id: np.ndarray, wants: Callable[[str], bool]) -> pa.Table:
    by_entity: dict[str, list[tuple[int, Span]]] = {}
    for row, found in zip(row_id.tolist(), spans, strict=True):
        for span in found:
            by_entity.setdefault(span.entity, []).append((row, span))
    return merge_findings([_table(name, items) for name, items in by_entity.items() if wants(entity(name).code)])


def _table(name: str, items: list[tuple[int, Span]]) -> pa.Table:
    kind = entity(name)
    return findings(
        kind.code,
        kind.severity,
        [row for row, _ in items],
        column="text",
        start=[span.start for _, span in items],
        end=[span.end for _, span in items],
        score=[span.score for _, span in items],
        confidence=[CONFIDENCE[span.evidence] for _, span in items],
        suggestion="mask" if kind.personal else None,
        value=name,
    )
