"""Mask and clean all columns of a corpus: texts, other columns, labels and column names."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import PrepareSettings
from auditor.corpus.cells import Cell
from auditor.corpus.columns import column_texts
from auditor.corpus.corpus import Corpus
from auditor.parse import parse
from auditor.pii.masking.columns import MaskedColumn, Rescan, found_spans, mask_columns
from auditor.pii.masking.masker import Masked, Masker, Span
from auditor.prepare.clean_fields import clean_fields
from auditor.prepare.cleaning import Cleaned, clean_rows
from auditor.prepare.maskable import maskable

T = TypeVar("T")


def clean_corpus(
    corpus: Corpus,
    findings: pa.Table,
    options: PrepareSettings,
    masker: Masker,
    rescan: Rescan | None,
    rows: Collection[int] | None = None,
) -> Cleaned:
    """Mask the values that findings report, and clean the texts.

    Args:
        corpus: the rows.
        findings: the findings to mask.
        options: settings of the text steps and the group column.
        masker: replaces values.
        rescan: finds spans to mask in changed texts; None: changed texts are not scanned again.
        rows: positions of the rows to clean; None: all.

    Raises:
        CheckError: the text steps do not converge on a row.
        SafetyError: masking does not converge on a row.
    """
    return _cleaned(corpus, found_spans(corpus, findings), options, masker, rescan, rows)


def remasked(
    cleaned: Cleaned,
    corpus: Corpus,
    findings: pa.Table,
    options: PrepareSettings,
    masker: Masker,
    rescan: Rescan | None,
    fully: Collection[int],
    spared: Collection[int],
) -> Cleaned:
    """`cleaned` with other masks in some rows, as an edited plan requests.

    Labels stay as in `cleaned`, because a class has the same name in all rows.

    Args:
        cleaned: final values of all rows.
        corpus, options, masker: see `clean_corpus`.
        findings: all findings of the run.
        rescan: finds everything that can be masked, including names; None: only the findings are masked.
        fully: positions of the rows in which everything is masked.
        spared: positions of the rows in which nothing is masked.

    Raises:
        CheckError, SafetyError: see `clean_corpus`.
    """
    row_ids = pa.array(corpus.row_id[sorted(fully)])
    personal = pc.and_(pc.starts_with(findings.column("code"), "PII"), pc.is_in(findings.column("row_id"), row_ids))
    findings = findings.filter(personal)
    spans = found_spans(corpus, findings.filter(pa.array(maskable(corpus, findings), pa.bool_())))
    if rescan is not None:
        order = sorted(fully)
        for column in corpus.text_columns:
            texts = corpus.texts if column == corpus.roles.text else column_texts(corpus, column)
            for row, more in zip(order, rescan([texts[row] for row in order]), strict=True):
                if more:
                    spans[column][row] = [*spans[column].get(row, ()), *more]
    masked = _cleaned(corpus, spans, options, masker, rescan, fully)
    plain = _cleaned(corpus, {}, options, masker, None, spared)
    replaced = {*fully, *spared}
    columns = {*cleaned.columns, *masked.columns, *plain.columns} - {corpus.roles.label}
    label_cells = {name: values for name, values in cleaned.columns.items() if name == corpus.roles.label}
    label_spans = {name: spans for name, spans in cleaned.inserted.items() if name == corpus.roles.label}
    return replace(
        cleaned,
        texts=_merged(replaced, cleaned.texts, masked.texts, plain.texts),
        changes=_merged(replaced, cleaned.changes, masked.changes, plain.changes),
        columns=label_cells
        | {
            n: _merged(replaced, cleaned.columns.get(n, {}), masked.columns.get(n, {}), plain.columns.get(n, {}))
            for n in columns
        },
        inserted=label_spans
        | {
            n: _merged(replaced, cleaned.inserted.get(n, {}), masked.inserted.get(n, {}))
            for n in (*columns, *corpus.text_columns)
        },
        compared_texts=_merged(replaced, cleaned.compared_texts, masked.compared_texts),
    )


def _merged(replaced: Collection[int], old: Mapping[int, T], *new: Mapping[int, T]) -> dict[int, T]:
    """`old` without the positions in `replaced`, updated with `new`, ordered by position."""
    merged = {row: value for row, value in old.items() if row not in replaced}
    for update in new:
        merged |= update
    return dict(sorted(merged.items()))


def _cleaned(
    corpus: Corpus,
    spans: Mapping[str, Mapping[int, Sequence[Span]]],
    options: PrepareSettings,
    masker: Masker,
    rescan: Rescan | None,
    rows: Collection[int] | None,
) -> Cleaned:
    if corpus.shape.is_composed:
        cleaned = clean_fields(corpus, spans, options.steps, masker, rescan, rows)
    else:
        cleaned = clean_rows(corpus, spans.get(corpus.roles.text, {}), options.steps, masker, rescan, rows)
    columns = mask_columns(corpus, spans, masker, rescan, options.group)
    labels: dict[str, str] = {}
    if corpus.roles.label in columns:
        labels = _renamed_labels(corpus, columns[str(corpus.roles.label)])
    inserted = {name: column.inserted for name, column in columns.items()}
    return replace(
        cleaned,
        columns={**cleaned.columns, **{name: column.values for name, column in columns.items()}},
        inserted={**cleaned.inserted, **inserted},
        labels=labels,
        names=_masked_names(corpus, masker, rescan),
    )


def _renamed_labels(corpus: Corpus, masked: MaskedColumn) -> dict[str, str]:
    """The replacement of each masked label."""
    rows = sorted(masked.values)
    cells = corpus.table.column(str(corpus.roles.label)).take(pa.array(rows, pa.int64())).to_pylist()
    renamed: dict[str, str] = {}
    for row, cell in zip(rows, cells, strict=True):
        pairs = zip(_labels_of(cell, corpus), _labels_of(masked.values[row], corpus), strict=True)
        renamed |= {old: new for old, new in pairs if old != new}
    return renamed


def _labels_of(cell: Cell, corpus: Corpus) -> list[str]:
    """The labels of a cell, in the order in which they are written."""
    if corpus.label_sets is None:
        return [str(cell)]
    if isinstance(cell, str):
        separator = corpus.label_separator
        cell = cell.split(separator) if separator is not None else json.loads(cell)
    return [str(label).strip() for label in parse(list[object], cell) if label is not None]


def _masked_names(corpus: Corpus, masker: Masker, rescan: Rescan | None) -> dict[str, str]:
    """The replacement of each column name that contains personal data."""
    if rescan is None:
        return {}
    names = corpus.table.column_names
    return {name: masker(Masked(name), spans).text for name, spans in zip(names, rescan(names), strict=True) if spans}
