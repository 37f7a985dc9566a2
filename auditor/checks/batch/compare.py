"""Comparison of a batch with the rows summarised by a state, as metrics, findings and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from auditor.checks.batch.drift import Drifted, measure_batch_drift
from auditor.checks.batch.profile import Measured
from auditor.checks.batch.rates import median_length, shift_of_bins, shift_of_counts, strict_z
from auditor.checks.batch.state import Measures
from auditor.checks.drift import CHARACTERS, side_rows
from auditor.checks.drift_report import examples, is_drift
from auditor.checks.redact_names import without_names
from auditor.config.settings import Settings
from auditor.core.findings import detail_of, findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.dedup.reference import Matches
from auditor.message import Message, message
from auditor.stats import Z95, difference

LENGTHS_MOVED, SURE = 0.1, 0.001
"""Minimum distance for reporting a shift of lengths, if its p-value is below 0.001."""
_TOP_CLASSES, _NAMED_CLASSES = 10, 40


@dataclass(frozen=True)
class Added:
    """Part of the result of the comparison."""

    metrics: Sequence[Metric] = ()
    tables: Sequence[pa.Table] = ()
    figures: Sequence[Figure] = ()
    notes: Sequence[Message] = ()


@dataclass(frozen=True)
class Batch:
    """A batch and the state it is compared with.

    Attributes:
        corpus: the batch.
        own: the summary of the batch.
        matches: its rows that repeat an earlier one; `named` gives the input of each.
    """

    corpus: Corpus
    own: Measured
    matches: Matches
    settings: Settings
    notes: tuple[Message, ...] = field(default=())


def compare(batch: Batch, before: Measures) -> Completed:
    """See ``rules/checks/batch.yaml``, NEW001 to NEW007."""
    parts = [
        _repeated(batch, before),
        _classes(before.classes, batch.own.measures.classes, batch.corpus.roles.label, batch.settings.seed),
        _drift(measure_batch_drift(before, batch.own, batch.settings.seed), batch),
        _entities(before.entities, batch.own.measures.entities),
        _lengths(before.lengths, batch.own.measures.lengths, batch.corpus.roles.text),
    ]
    return Completed(
        tuple(metric for part in parts for metric in part.metrics),
        merge_findings([table for part in parts for table in part.tables]),
        tuple(figure for part in parts for figure in part.figures),
        (*batch.notes, *(note for part in parts for note in part.notes)),
    )


def _repeated(batch: Batch, before: Measures) -> Added:
    matches, rows = batch.matches, len(batch.corpus)
    places = list(zip(matches.name, matches.row_id.tolist(), strict=True))
    table = findings(
        "NEW001",
        "warn",
        batch.corpus.row_id[matches.rows],
        column=batch.corpus.roles.text,
        score=matches.similarity,
        confidence=matches.confidence,
        value=[f"{name} row {row}" for name, row in places],
        detail=[detail_of(message("value.row", name, str(row))) for name, row in places],
        suggestion="drop",
    )
    metrics = [
        measured("batch.repeated_rate", len(matches.rows) / max(rows, 1)),
        measured("batch.repeated_rows", len(matches.rows)),
        measured("batch.rows_before", before.rows),
    ]
    return Added(metrics, [table])


def _classes(before: Mapping[str, int], after: Mapping[str, int], column: str | None, seed: int) -> Added:
    """New classes, and classes whose share changed significantly (corrected for multiple tests)."""
    if not before or not after:
        return Added(notes=(message("note.batch_no_classes"),)) if before or after else Added()
    fresh = sorted(set(after) - set(before))
    names = sorted({*before, *after})
    x, y = (np.array([counts.get(name, 0) for name in names], np.int64) for counts in (before, after))
    distance, p_value = shift_of_counts(x, y, seed)
    z = strict_z(len(names))
    strict = {n: difference((int(a), int(x.sum())), (int(b), int(y.sum())), z) for n, a, b in zip(names, x, y)}  # noqa: B905
    moved = [n for n in names if n not in fresh and _is_apart(strict[n])]
    metrics = [
        measured("batch.new_classes", len(fresh)),
        measured("batch.moved_classes", len(moved)),
        measured("batch.class_shift", distance),
        measured("batch.class_p", p_value),
    ]
    shown = sorted([*fresh, *moved], key=lambda name: -abs(strict[name][0]))[:_NAMED_CLASSES]
    for name in shown:
        metrics += _changed("class", name, (before.get(name, 0), int(x.sum())), (after.get(name, 0), int(y.sum())))
    tables = [
        _of_batch("NEW002", "warn", column, fresh, [float(after[name]) for name in fresh]),
        _of_batch("NEW003", "warn", column, moved, [strict[name][0] for name in moved]),
    ]
    return Added(metrics, tables, [_moved_classes({name: strict[name][0] for name in names})])


def _moved_classes(change: Mapping[str, float]) -> Figure:
    top = sorted(change, key=lambda name: (-abs(change[name]), name))[:_TOP_CLASSES]
    top.sort(key=lambda name: -change[name])
    return Figure("bar", "figure.batch_classes", tuple(top), tuple(round(100 * float(change[name]), 2) for name in top))


def _drift(drifted: Drifted | None, batch: Batch) -> Added:
    if drifted is None:
        return Added(notes=(message("note.batch_drift_skipped"),))
    metrics = [
        measured("batch.drift_auc", drifted.auc, low=round(drifted.low, 4), high=round(drifted.high, 4)),
        measured("batch.drift_null", drifted.null),
    ]
    if drifted.low <= drifted.null:  # a change is then not significant
        return Added(metrics, notes=(message("note.no_words_moved"),))
    texts = [text[:CHARACTERS] for text in batch.corpus.texts]
    words = without_names(drifted.risen + drifted.fallen, texts, batch.settings, batch.corpus.language)
    figure = Figure("bar", "figure.batch_words", tuple(w for w, _ in words), tuple(z for _, z in words))
    notes = (message("note.batch_gone_words", drifted.gone),) if drifted.gone else ()
    tables = []
    if is_drift(drifted.auc, batch.settings):
        corpus, groups = batch.corpus, np.unique(batch.own.signed.sequence, return_inverse=True)[1]
        rows = side_rows(np.arange(len(corpus)), batch.settings.seed)
        tables = [
            _of_batch("NEW004", "warn", corpus.roles.text, [f"AUC {drifted.auc:.2f}"], [drifted.auc]),
            examples("NEW007", corpus, rows, groups, tuple(word for word in words if word in drifted.risen)),
        ]
    return Added(metrics, tables, [figure], notes)


def _entities(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> Added:
    """Kinds of personal data whose share of rows changed significantly (corrected for multiple tests)."""
    names = [n for n in sorted({*before, *after}) if before.get(n, (0, 0))[1] and after.get(n, (0, 0))[1]]
    there = [name for name in names if before[name][0] or after[name][0]]
    z = strict_z(len(there))
    strict = {name: difference(before[name], after[name], z) for name in there}
    moved = [name for name in there if _is_apart(strict[name])]
    metrics = [measured("batch.moved_entities", len(moved))]
    for name in sorted(there, key=lambda name: (-abs(strict[name][0]), name)):
        metrics += _changed("entity", name, before[name], after[name])
    risen = [name for name in moved if strict[name][0] > 0]
    fallen = [name for name in moved if strict[name][0] < 0]
    tables = [
        _of_batch("NEW005", "warn", None, risen, [strict[name][0] for name in risen]),
        _of_batch("NEW005", "info", None, fallen, [strict[name][0] for name in fallen]),
    ]
    return Added(metrics, tables)


def _lengths(before: np.ndarray, after: np.ndarray, column: str) -> Added:
    if not before.sum() or not after.sum():
        return Added()
    distance, p_value = shift_of_bins(before, after)
    medians = median_length(before), median_length(after)
    metrics = [
        measured("batch.length_before", medians[0]),
        measured("batch.length_now", medians[1]),
        measured("batch.length_shift", distance),
        measured("batch.length_p", p_value),
    ]
    has_moved = distance >= LENGTHS_MOVED and p_value < SURE
    names = [f"{medians[0]:.0f} → {medians[1]:.0f}"] if has_moved else []
    return Added(metrics, [_of_batch("NEW006", "info", column, names, [distance] * len(names))])


def _changed(kind: str, name: str, before: tuple[int, int], after: tuple[int, int]) -> list[Metric]:
    """The difference with its 95% interval, and both shares."""
    change, low, high = difference(before, after, Z95)
    return [
        measured(f"batch.{kind}_change", change, slice_=name, low=round(low, 6), high=round(high, 6)),
        measured(f"batch.{kind}_before", before[0] / before[1], slice_=name),
        measured(f"batch.{kind}_now", after[0] / after[1], slice_=name),
    ]


def _is_apart(change: tuple[float, float, float]) -> bool:
    """Whether the interval excludes zero."""
    return change[1] > 0 or change[2] < 0


def _of_batch(code: str, severity: str, column: str | None, values: Sequence[str], scores: Sequence[float]) -> pa.Table:
    """One finding per value, on the batch as a whole."""
    nothing = [None] * len(values)
    return findings(code, severity, nothing, column=column, score=list(scores), confidence=0.95, value=list(values))  # type: ignore[arg-type]
