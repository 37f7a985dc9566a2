"""Privacy: personal data and secrets in texts.

Patterns run on every row. Names and places need a language model, which costs a hundred times as much: they are
looked for in all rows, or in a declared random sample with an interval, or not at all, and the notes say which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.pii.detector import Detector, detector
from auditor.checks.pii.entities import entity
from auditor.checks.pii.quasi import k_anonymity
from auditor.checks.pii.spans import Span, resolve
from auditor.checks.pii.tables import Rows, figure_of, findings_of, metrics_of, together
from auditor.corpus.columns import column_texts, named_columns, speaking_columns
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError
from auditor.findings import CheckResult, Completed, Failed, merge_findings

SMALL = 833
"""Characters a sampled row up to which all rows are tagged although a sample was asked for."""


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
        """Look through the further columns, add names, and count."""
        failed = next((partial.failed for partial in partials if partial.failed), None)
        if failed is not None:
            return Failed(failed)
        columns = {corpus.roles.text: [row for partial in partials for row in partial.spans]}
        texts = {corpus.roles.text: corpus.texts}
        for name in named_columns(corpus, self.settings.pii.columns):
            texts[name] = column_texts(corpus, name)
            columns[name] = _once(texts[name], lambda values: self._detector.spans(values, ner=False))
        sample = self._sample(corpus, texts)
        notes = ["note.pii_patterns", *_columns_notes(corpus, columns)]
        if len(sample):
            try:
                notes.append(self._add_names(columns, texts, sample))
            except CheckError as error:
                sample = sample[:0]
                notes.append(f"note.pii_ner_missing|{error.where}")
        else:
            notes.append("note.pii_ner_off")
        if self._detector.exceptions.expired:
            notes.append(f"note.pii_expired|{self._detector.exceptions.expired}")
        spans = together(columns)
        metrics, tables = metrics_of(spans, sample), findings_of(columns, corpus.row_id, self.settings.wants)
        if self.settings.pii.quasi_identifiers:
            more, rows = k_anonymity(corpus, self.settings.pii.quasi_identifiers, self.settings.pii.k)
            metrics, tables = (*metrics, *more), merge_findings([tables, rows])
        return Completed(
            metrics=metrics,
            findings=tables,
            figures=(figure_of(spans),),
            notes=tuple(notes),
            per_row={"pii_count": pa.array([sum(entity(s.entity).personal for s in row) for row in spans], pa.int32())},
        )

    @property
    def _detector(self) -> Detector:
        return detector(self.settings.pii, self.language, self.settings.today())

    def _sample(self, corpus: Corpus, texts: Mapping[str, list[str]]) -> np.ndarray:
        """Rows in which names are looked for, ascending. A corpus that is tagged in seconds is tagged whole."""
        rows, own = len(corpus), self.settings.pii
        if own.ner == "off":
            return np.zeros(0, np.int64)
        characters = sum(len(value) for values in texts.values() for value in values)
        if own.ner == "full" or rows <= own.ner_sample or characters <= SMALL * own.ner_sample:
            return np.arange(rows)
        generator = np.random.default_rng(self.settings.seed)
        return np.sort(generator.choice(rows, own.ner_sample, replace=False))

    def _add_names(self, columns: Mapping[str, Rows], texts: Mapping[str, list[str]], sample: np.ndarray) -> str:
        """Tag the sampled rows in place; the note that says so."""
        kept = self._detector.exceptions.kept
        for name, spans in columns.items():
            values = [texts[name][row] for row in sample]
            for row, text, names in zip(sample.tolist(), values, _once(values, self._detector.names), strict=True):
                spans[row] = kept(text, resolve([*spans[row], *names]))
        rows = len(next(iter(texts.values())))
        kind = "pii_ner_full" if len(sample) == rows else "pii_ner_sample"
        return f"note.{kind}|{self._detector.tagger.name}|{len(sample)}|{rows}"


def _once(values: Sequence[str], find: Callable[[list[str]], Rows]) -> Rows:
    """Spans in each value, equal values looked through once."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    found = find(list(places))
    return [found[places[value]] for value in values]


def _columns_notes(corpus: Corpus, seen: Mapping[str, Rows]) -> list[str]:
    """Which columns beside the text were looked through, and which were not."""
    further = [name for name in seen if name != corpus.roles.text]
    left = [name for name in speaking_columns(corpus) if name not in seen]
    kinds = (("pii_columns", further), ("pii_columns_left", left))
    return [f"note.{kind}|{', '.join(names).replace('|', '/')}" for kind, names in kinds if names]
