"""Privacy: personal data and secrets.

Patterns run on every row of every column that can contain them. Names and places need a language model, which costs a
hundred times as much: they are searched for in all rows, in a declared random sample with an interval, or not at all,
as stated by the coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.privacy.k_anonymity import k_anonymity
from auditor.checks.privacy.span_table import SpanTable, join_spans, span_table
from auditor.checks.privacy.tables import (
    TAGGED,
    count_rows,
    figures_of,
    findings_of,
    metrics_of,
    personal_spans,
)
from auditor.core.findings import merge_findings
from auditor.core.results import CheckResult, Completed, Coverage, Failed
from auditor.corpus.cells import is_text
from auditor.corpus.columns import (
    column_slices,
    column_texts,
    heading_of,
    is_short_number,
    named_columns,
    searchable_columns,
)
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError, InputError
from auditor.message import Message, message, message_of
from auditor.pii.detector import Detector, detector
from auditor.pii.spans import Span, resolve

SMALL = 833
"""Characters per sampled row up to which all rows are tagged although a sample was requested."""
REMEMBERED = 20_000
"""Distinct values of a column whose spans are cached, and rows tagged per batch."""
DATES = ("DATE_TIME", "DATE_OF_BIRTH")
"""The entity type of every cell in the date column."""


@dataclass(frozen=True)
class PiiPartial:
    """Spans of one batch.

    Attributes:
        rows: number of rows of the batch.
        spans: offsets and types, no text, by position in the batch.
        failed: why the search failed.

    """

    rows: int
    spans: SpanTable
    failed: str | None = None


class PiiCheck(Check[PiiPartial]):
    """Personal data by pattern, checksum, context and name tagger."""

    prefix = "PII"
    dimension = "privacy"
    requires = ("text",)
    roles = ("text",)

    def ready(self, corpus: Corpus) -> None:
        """Load the name tagger if the settings name one; else InputError."""
        from auditor.pii.names.taggers import tagger

        options = self.settings.pii
        if options.ner != "off" and options.model != "auto":
            try:
                tagger(options.model, corpus.language)
            except CheckError as error:
                raise InputError(error.what, where=error.where, fix=error.fix) from None

    def scan(self, batch: pa.RecordBatch) -> PiiPartial:
        """Pattern spans of one batch."""
        try:
            texts = [text or "" for text in batch.column("text").to_pylist()]
            found = self._detector.spans(texts, ner=False)
        except CheckError as error:
            return PiiPartial(len(batch), span_table(()), error.what)
        return PiiPartial(len(batch), span_table(enumerate(found)))

    def finish(self, partials: Sequence[PiiPartial], corpus: Corpus, shared: Shared) -> CheckResult:
        """Search the other columns, add names, and count."""
        failed = next((partial.failed for partial in partials if partial.failed), None)
        if failed is not None:
            return Failed(message_of(failed))
        options = self.settings.pii
        columns: dict[str, SpanTable] = {}
        if not corpus.shape.is_composed:  # else its fields are other columns
            columns[corpus.roles.text] = _in_corpus(partials)
        for name in named_columns(corpus, options.columns):
            columns[name] = self._searched(corpus, name)
        speaking = [name for name in columns if _may_name_people(corpus, name)]
        sample = self._sample(corpus, speaking)
        missing, taggers, untagged = None, "", 0
        if len(sample):
            try:
                taggers, untagged = self._add_names(columns, corpus, speaking, sample)
            except CheckError as error:
                sample, missing = sample[:0], error.where
        coverage = Coverage(
            rows=len(corpus),
            columns=tuple(columns),
            columns_left=tuple(name for name in searchable_columns(corpus) if name not in columns),
            tagged_rows=len(sample),
            tagger=taggers if len(sample) else None,
            rows_without_tagger=untagged,
            tagger_missing=missing,
            tagged_entities=TAGGED,
        )
        counted = count_rows(columns, corpus.row_id, sample)
        metrics, tables = metrics_of(counted, coverage), findings_of(columns, corpus.row_id, self.settings.wants)
        if options.quasi_identifiers:
            more, rows = k_anonymity(corpus, options.quasi_identifiers, options.k)
            metrics, tables = (*metrics, *more), merge_findings([tables, rows])
        return Completed(
            metrics=metrics,
            findings=tables,
            figures=figures_of(counted, coverage),
            notes=self._notes(coverage),
            per_row={"pii_count": pa.array(personal_spans(columns, len(corpus)))},
            coverage=coverage,
        )

    @property
    def _detector(self) -> Detector:
        return detector(self.settings.pii, self.language, self.settings.today())

    def _searched(self, corpus: Corpus, name: str) -> SpanTable:
        """The pattern spans in another column; its name counts as a context word of each."""
        found: list[SpanTable] = []
        if is_short_number(corpus.table.column(name)):
            return span_table(())
        known: dict[str, list[Span]] = {}
        for start, values in column_slices(corpus, name):
            if len(known) > REMEMBERED:
                known.clear()
            new = [value for value in dict.fromkeys(values) if value not in known]
            spans = self._detector.spans(new, ner=False, heading=heading_of(corpus, name))
            known.update(zip(new, spans, strict=True))
            found.append(span_table((start + i, known[value]) for i, value in enumerate(values)))
        every = join_spans(found)
        if name == corpus.roles.date:
            every = every.where(~np.isin(every.entity, [i for i, kind in enumerate(every.names) if kind in DATES]))
        return every

    def _sample(self, corpus: Corpus, names: Sequence[str]) -> np.ndarray:
        """Rows searched for names, ascending. A corpus that is tagged in seconds is tagged completely."""
        rows, options = len(corpus), self.settings.pii
        if options.ner == "off":
            return np.zeros(0, np.int64)
        if (
            options.ner == "full"
            or rows <= options.ner_sample
            or _characters(corpus, names) <= SMALL * options.ner_sample
        ):
            return np.arange(rows)
        generator = np.random.default_rng(self.settings.seed)
        return np.sort(generator.choice(rows, options.ner_sample, replace=False))

    def _add_names(
        self, columns: dict[str, SpanTable], corpus: Corpus, names: Sequence[str], sample: np.ndarray
    ) -> tuple[str, int]:
        """Tag the sampled rows of the columns `names` in place.

        Returns:
            The names of the taggers, and the number of rows with a text in a language that none of them supports.
        """
        kept = self._detector.exceptions.kept
        used: dict[str, None] = {}
        untagged = 0
        tagged: dict[str, list[SpanTable]] = {name: [] for name in names}
        for rows in np.array_split(sample, max(1, len(sample) // REMEMBERED)):
            texts = {name: column_texts(corpus, name, rows) for name in names}
            for name, values in texts.items():
                both = zip(columns[name].at(rows), self._names(values), strict=True)
                spans = [kept(text, resolve([*a, *b])) for text, (a, b) in zip(values, both, strict=True)]
                tagged[name].append(span_table(zip(rows.tolist(), spans, strict=True)))
            for cells in zip(*texts.values(), strict=True):
                taggers = [self._detector.tagger_for(text) for text in cells]
                used.update((tagger.name, None) for tagger in taggers if tagger is not None)
                untagged += None in taggers
        for name in names:
            columns[name] = columns[name].replaced(sample, tagged[name])
        return " + ".join(used), untagged

    def _names(self, values: Sequence[str]) -> list[list[Span]]:
        """The names in each value; equal values are tagged once."""
        found = dict(zip(once := list(dict.fromkeys(values)), self._detector.names(once), strict=True))
        return [found[value] for value in values]

    def _notes(self, coverage: Coverage) -> tuple[Message, ...]:
        """Notes on the coverage of the search."""
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
    """Whether a name tagger is run on a column: on texts, not on classes, keys and dates."""
    roles = corpus.roles
    if name in (roles.label, roles.id, roles.date):
        return False
    kind = corpus.table.column(name).type
    return is_text(kind) or bool(pa.types.is_nested(kind)) or bool(pa.types.is_dictionary(kind))


def _in_corpus(partials: Sequence[PiiPartial]) -> SpanTable:
    """The spans of all batches by position in the corpus."""
    starts = np.cumsum([0, *(partial.rows for partial in partials)])[:-1]
    return join_spans([partial.spans for partial in partials], starts.tolist())


def _characters(corpus: Corpus, names: Sequence[str]) -> int:
    """Characters in the cells of the columns `names`."""
    return sum(len(value) for name in names for _, values in column_slices(corpus, name) for value in values)
