"""Texts for the state of a run: with the findings of the privacy check masked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import Settings
from auditor.corpus.cells import is_text
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import ONE_TEXT, Segment, view_of
from auditor.corpus.texts import replace_rows
from auditor.pii.spans import CONFIDENCE, Evidence

_STRONG = 0.899
"""Confidence of strong evidence, below 0.9 as a 32-bit float."""


def masked(corpus: Corpus, found: pa.Table, settings: Settings) -> Corpus:
    """The corpus with all personal data in its texts and class names replaced by the kind of data.

    A hash does not protect personal data in a text that is otherwise guessable: phone numbers of a known form are
    enumerated in seconds. So hashed texts contain none. Findings of a name tagger are not masked unless it was run on
    every row (``pii.ner = full``): masked in some rows only, equal texts would no longer be equal. Class names are
    masked on strong evidence only, as in the data set.

    Args:
        found: findings of the privacy check.
    """
    label = corpus.roles.label
    if label is not None and not corpus.label_columns and is_text(corpus.table.column(label).type):
        strong = found.filter(pc.greater_equal(found.column("confidence"), _STRONG))
        corpus = _masked_column(corpus, label, strong)
    if settings.pii.ner != "full":
        found = found.filter(pc.greater(found.column("confidence"), pa.scalar(CONFIDENCE[Evidence.NER], pa.float32())))
    return _masked_view(corpus, found) if corpus.shape.is_composed else _masked_column(corpus, corpus.roles.text, found)


def _masked_view(corpus: Corpus, found: pa.Table) -> Corpus:
    """Rows with several fields as rows of one text: the view, built from masked segments."""
    places: dict[tuple[int, str], list[tuple[int, int, str]]] = {}
    found = found.filter(pc.is_valid(found.column("start")))
    columns = (found.column(name).to_pylist() for name in ("row_id", "column", "start", "end", "entity"))
    for row_id, column, start, end, entity in zip(*columns, strict=True):
        places.setdefault((row_id, column), []).append((start, end, entity))

    def masked_one(row_id: int, one: Segment) -> Segment:
        spans = places.get((row_id, one.column), [])
        size = len(one.text)
        inside = [(max(s - one.start, 0), min(e - one.start, size), kind) for s, e, kind in spans]
        text = _without(one.text, sorted(span for span in inside if span[0] < span[1]))
        return Segment(one.side, text, one.column, one.start)

    rows = zip(corpus.row_id.tolist(), corpus.segments, strict=True)
    views = [view_of([masked_one(row_id, segment) for segment in segments]) for row_id, segments in rows]
    table = corpus.table.append_column(corpus.roles.text, pa.array(views, pa.large_string()))
    return replace(corpus, table=table, shape=ONE_TEXT, stored=None)


def _masked_column(corpus: Corpus, name: str, found: pa.Table) -> Corpus:
    places = found.filter(pc.and_(pc.equal(found.column("column"), name), pc.is_valid(found.column("start"))))
    if len(places) == 0:
        return corpus
    spans = _Spans.of(places, corpus)

    def new_texts(rows: np.ndarray, old: pa.Array) -> list[str]:
        return [_without(text or "", spans.at(row)) for row, text in zip(rows.tolist(), old.to_pylist(), strict=True)]

    column = corpus.table.column(name).cast(pa.large_string())
    return corpus.with_column(name, replace_rows(column, np.unique(spans.row), new_texts, corpus.stored))


@dataclass(frozen=True)
class _Spans:
    """Findings in a column.

    Attributes:
        row: int64, ascending: position of the row.
        start, end: int32, code points, half open, ascending within a row.
        entity: int32, index in `names`.
        names: entity types.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    entity: np.ndarray
    names: list[str]

    @classmethod
    def of(cls, places: pa.Table, corpus: Corpus) -> _Spans:
        """The findings `places`, which have a row and a start."""
        coded = places.column("entity").combine_chunks().dictionary_encode()
        row = corpus.positions(places.column("row_id").to_numpy())
        start, end, entity = (np.asarray(c) for c in (places.column("start"), places.column("end"), coded.indices))
        names: list[str] = coded.dictionary.to_pylist()
        order = np.lexsort((np.argsort(np.argsort(names))[entity], end, start, row))
        return cls(row[order], start[order], end[order], entity[order], names)

    def at(self, row: int) -> list[tuple[int, int, str]]:
        """Start, end and type of each span in a row."""
        part = slice(*np.searchsorted(self.row, [row, row + 1]))
        ends = zip(self.start[part].tolist(), self.end[part].tolist(), self.entity[part].tolist(), strict=True)
        return [(start, end, self.names[entity]) for start, end, entity in ends]


def _without(text: str, spans: list[tuple[int, int, str]]) -> str:
    """`text` with the spans, which may overlap, replaced by their kinds."""
    pieces, position = [], 0
    for start, end, value in spans:
        if start >= position:
            pieces += [text[position:start], f" <{value}> "]
        position = max(position, end)
    return "".join([*pieces, text[position:]])


def masking_digest(settings: Settings) -> str:
    """The settings that determine the masking: texts can be compared only if these are the same."""
    options = settings.pii
    kinds = [[word for word in words if word.startswith("PII")] for words in (settings.select, settings.ignore)]
    parts = [options.regions, options.threshold, options.rules, options.exceptions, options.ner == "full", *kinds]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
