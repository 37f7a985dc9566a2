"""Privacy: personal data and secrets.

Patterns run on every row of every column that can hold them. Names and places need a language model, which costs a
hundred times as much: they are looked for in all rows, or in a declared random sample with an interval, or not at all,
and the coverage says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.privacy.k_anonymity import k_anonymity
from auditor.checks.privacy.tables import (
    TAGGED,
    Rows,
    count_rows,
    figures_of,
    findings_of,
    metrics_of,
    personal_spans,
)
from auditor.core.findings import merge_findings
from auditor.core.results import CheckResult, Completed, Coverage, Failed
from auditor.corpus.cells import is_text
from auditor.corpus.columns import column_texts, heading_of, is_short_number, named_columns, searchable_columns
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError
from auditor.message import Message, message, message_of
from auditor.pii.detector import Detector, detector
from auditor.pii.spans import Span, resolve

SMALL = 833
"""Characters per sampled row up to which all rows are tagged although a sample was asked for."""
DATES = ("DATE_TIME", "DATE_OF_BIRTH")
"""What every cell of the date column is."""


@dataclass(frozen=True)
class PiiPartial:
    """Spans of one batch.

    Attributes:
        row_id: int64, one per row of the batch.
        spans: one list per row; places and types, no text.
        failed: why nothing could be looked for; the spans are empty then.

    """

    row_id: np.ndarray
    spans: list[list[Span]]
    failed: str | None = None


class PiiCheck(Check[PiiPartial]):
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
        """Search the further columns, add names, and count."""
        failed = next((partial.failed for partial in partials if partial.failed), None)
        if failed is not None:
            return Failed(message_of(failed))
        own = self.settings.pii
        further = named_columns(corpus, own.columns)
        texts, columns = {}, {}
        if not corpus.shape.is_composed:  # else its fields are further columns
            texts = {corpus.roles.text: corpus.texts}
            columns = {corpus.roles.text: [row for partial in partials for row in partial.spans]}
        for name in further:
            texts[name], columns[name] = self._searched(corpus, name)
        speaking = [name for name in texts if _may_name_people(corpus, name)]
        sample = self._sample(corpus, {name: texts[name] for name in speaking})
        missing, taggers, untagged = None, "", 0
        if len(sample):
            try:
                self._add_names(columns, {name: texts[name] for name in speaking}, sample)
                taggers, untagged = self._taggers([[texts[name][row] for name in speaking] for row in sample.tolist()])
            except CheckError as error:
                sample, missing = sample[:0], error.where
        coverage = Coverage(
            rows=len(corpus),
            columns=tuple(texts),
            columns_left=tuple(name for name in searchable_columns(corpus) if name not in texts),
            tagged_rows=len(sample),
            tagger=taggers if len(sample) else None,
            rows_without_tagger=untagged,
            tagger_missing=missing,
            tagged_entities=TAGGED,
        )
        counted = count_rows(columns, corpus.row_id, sample)
        metrics, tables = metrics_of(counted, coverage), findings_of(columns, corpus.row_id, self.settings.wants)
        if own.quasi_identifiers:
            more, rows = k_anonymity(corpus, own.quasi_identifiers, own.k)
            metrics, tables = (*metrics, *more), merge_findings([tables, rows])
        return Completed(
            metrics=metrics,
            findings=tables,
            figures=figures_of(counted, coverage),
            notes=self._notes(coverage),
            per_row={"pii_count": pa.array(personal_spans(columns), pa.int32())},
            coverage=coverage,
        )

    @property
    def _detector(self) -> Detector:
        return detector(self.settings.pii, self.language, self.settings.today())

    def _searched(self, corpus: Corpus, name: str) -> tuple[list[str], Rows]:
        """The texts of a further column and the pattern spans in them; its name counts as a word beside each."""
        texts = column_texts(corpus, name)
        if is_short_number(corpus.table.column(name)):
            return texts, [[] for _ in texts]
        spans = _once(texts, lambda values: self._detector.spans(values, ner=False, heading=heading_of(corpus, name)))
        if name == corpus.roles.date:
            spans = [[span for span in row if span.entity not in DATES] for row in spans]
        return texts, spans

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

    def _add_names(self, columns: Mapping[str, Rows], texts: Mapping[str, list[str]], sample: np.ndarray) -> None:
        """Tag the sampled rows of the columns in `texts` in place."""
        kept = self._detector.exceptions.kept
        for name, every in texts.items():
            values, spans = [every[row] for row in sample], columns[name]
            for row, text, names in zip(sample.tolist(), values, _once(values, self._detector.names), strict=True):
                spans[row] = kept(text, resolve([*spans[row], *names]))

    def _taggers(self, rows: Sequence[Sequence[str]]) -> tuple[str, int]:
        """The names of the taggers that looked through the rows' texts, and the rows with a text that none knows."""
        own = [[self._detector.tagger_for(text) for text in row] for row in rows]
        used = dict.fromkeys(one.name for row in own for one in row if one is not None)
        return " + ".join(used), sum(None in row for row in own)

    def _notes(self, coverage: Coverage) -> tuple[Message, ...]:
        """What a reader must know of the search."""
        notes = [message("note.pii_patterns")]
        searched, left = coverage.columns[1:], coverage.columns_left
        for key, names in (("note.pii_columns", searched), ("note.pii_columns_left", left)):
            if names:
                notes.append(message(key, ", ".join(names)))
        if coverage.tagger is not None:
            key = "note.pii_ner_sample" if coverage.is_sampled else "note.pii_ner_full"
            notes.append(message(key, coverage.tagger, coverage.tagged_rows, coverage.rows))
        elif coverage.tagger_missing is not None:
            notes.append(message("note.pii_ner_missing", coverage.tagger_missing))
        else:
            notes.append(message("note.pii_ner_off"))
        if coverage.rows_without_tagger:
            notes.append(message("note.pii_ner_language", coverage.rows_without_tagger))
        if self._detector.exceptions.expired:
            notes.append(message("note.pii_expired", self._detector.exceptions.expired))
        return tuple(notes)


def _may_name_people(corpus: Corpus, name: str) -> bool:
    """Whether a name tagger is run on a column: on texts, and not on classes, keys and dates."""
    roles = corpus.roles
    if name in (roles.label, roles.id, roles.date):
        return False
    kind = corpus.table.column(name).type
    return is_text(kind) or bool(pa.types.is_nested(kind)) or bool(pa.types.is_dictionary(kind))


def _once(values: Sequence[str], find: Callable[[list[str]], Rows]) -> Rows:
    """Spans in each value; equal values are searched once."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    found = find(list(places))
    return [list(found[places[value]]) for value in values]
