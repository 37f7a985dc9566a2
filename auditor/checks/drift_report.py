"""Drift between the first and the last period, and against a reference: as metrics, findings and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.calendar import Calendar
from auditor.checks.drift import CHARACTERS, Drift, measure_drift, shift_of_lengths, shift_of_shares, side_rows
from auditor.checks.redact_names import without_names
from auditor.checks.slices import members
from auditor.checks.words import MovedWords, typical
from auditor.config.settings import Settings
from auditor.core.findings import findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters
from auditor.message import Message, message
from auditor.rules import GradeRule, thresholds

_TOP_CLASSES = 10


@dataclass(frozen=True)
class Moved:
    """Part of the staleness check's result."""

    metrics: Sequence[Metric] = ()
    tables: Sequence[pa.Table] = ()
    figures: Sequence[Figure] = ()
    notes: Sequence[Message] = ()
    per_row: Mapping[str, pa.Array] = field(default_factory=dict)


def between_periods(
    corpus: Corpus, calendar: Calendar, clusters: Clusters | None, language: str, settings: Settings
) -> Moved:
    """Drift between the first and the last third of the validly dated rows."""
    positions = np.flatnonzero(calendar.sound)
    positions = positions[np.argsort(calendar.dates.days[positions], kind="stable")]
    third, seed = len(positions) // 3, settings.seed
    first, last = positions[:third], positions[len(positions) - third :]
    groups = clusters.groups() if clusters is not None else np.arange(len(corpus))
    a, b = side_rows(first, seed), side_rows(last, seed + 1)
    first_texts, last_texts = _texts(corpus, a), _texts(corpus, b)
    drift = measure_drift(first_texts, last_texts, groups[a], groups[b], language, seed)
    if drift is None:
        return Moved(notes=(message("note.drift_skipped"),))
    drift = _nameless(drift, [*first_texts, *last_texts], settings, language)
    metrics = [
        _interval(measured("staleness.drift_auc", drift.auc), drift),
        measured("staleness.drift_null", drift.null),
        measured("staleness.divergence", drift.divergence),
        measured("staleness.divergence_null", drift.divergence_null),
    ]
    lengths = _lengths(corpus)
    length = shift_of_lengths(lengths[a], lengths[b])
    metrics += [measured("staleness.length_shift", length.distance), measured("staleness.length_p", length.p_value)]
    figures, notes = _words("figure.shifted_words", drift)
    rows, codes, names = members(corpus, "label")
    in_a, in_b = np.isin(rows, a), np.isin(rows, b)
    x, y = codes[in_a], codes[in_b]
    if len(x) and len(y):
        label = shift_of_shares(x, y, seed, (rows[in_a], rows[in_b]))
        metrics += [measured("staleness.label_shift", label.distance), measured("staleness.label_p", label.p_value)]
        figures.append(_moved_classes(names, x, y))
    tables = []
    if _has_moved(drift, settings):
        tables.append(_finding("STL005", corpus.roles.date, drift))
        tables += [
            examples("STL013", corpus, b, groups, drift.risen),
            examples("STL014", corpus, a, groups, drift.fallen),
        ]
    return Moved(metrics, tables, figures, notes)


def against_reference(corpus: Corpus, reference: Corpus, language: str, settings: Settings) -> Moved:
    """Drift of the texts and labels of `corpus` from those of `reference`."""
    seed = settings.seed
    a, b = side_rows(np.arange(len(reference)), seed), side_rows(np.arange(len(corpus)), seed + 1)
    first, last = _texts(reference, a), _texts(corpus, b)
    number: dict[str, int] = {}  # rows of equal text must not be in both a training and a test fold
    groups = np.array([number.setdefault(text, len(number)) for text in first + last], np.int64)
    drift = measure_drift(first, last, groups[: len(first)], groups[len(first) :], language, seed)
    if drift is None:
        return Moved(notes=(message("note.reference_drift_skipped"),))
    drift = _nameless(drift, [*first, *last], settings, language)
    metrics = [
        _interval(measured("staleness.reference_auc", drift.auc), drift),
        measured("staleness.reference_null", drift.null),
    ]
    figures, notes = _words("figure.reference_words", drift)
    tables = [_finding("STL009", None, drift)] if _has_moved(drift, settings) else []
    return Moved(metrics, tables, figures, notes)


def _nameless(drift: Drift, texts: Sequence[str], settings: Settings, language: str) -> Drift:
    """The drift without names among its words, or without words if the sides cannot be distinguished."""
    if not _is_apart(drift):
        return replace(drift, risen=(), fallen=())
    risen, fallen = (without_names(words, texts, settings, language) for words in (drift.risen, drift.fallen))
    return replace(drift, risen=risen, fallen=fallen)


def examples(code: str, corpus: Corpus, rows: np.ndarray, groups: np.ndarray, words: MovedWords) -> pa.Table:
    """Rows that show a shift, with the span of their strongest word; the value lists the words."""
    found = typical([text[:CHARACTERS] for text in _texts(corpus, rows)], groups[rows], words)
    return findings(
        code,
        "info",
        corpus.row_id[rows[[example.place for example in found]]] if found else [],
        column=corpus.roles.text,
        start=[example.start for example in found],
        end=[example.end for example in found],
        confidence=0.5,
        value=[", ".join(example.words) for example in found],
    )


def _has_moved(drift: Drift, settings: Settings) -> bool:
    return is_drift(drift.auc, settings) and _is_apart(drift)


def is_drift(auc: float, settings: Settings) -> bool:
    """Whether the measured drift is graded as drift."""
    name = "staleness.drift_auc"
    bounds = settings.thresholds.get(name)
    rule = thresholds()[name] if bounds is None else GradeRule(bounds)
    return rule.status(auc) != "pass"


def _is_apart(drift: Drift) -> bool:
    """Whether the sides can be distinguished better than chance."""
    return drift.low > drift.null


def _finding(code: str, column: str | None, drift: Drift) -> pa.Table:
    return findings(code, "warn", [None], column=column, score=drift.auc, confidence=0.95, value=f"AUC {drift.auc:.2f}")


def _interval(metric: Metric, drift: Drift) -> Metric:
    return replace(metric, low=round(drift.low, 4), high=round(drift.high, 4))


def _words(title: str, drift: Drift) -> tuple[list[Figure], list[Message]]:
    """The chart of the words whose frequency changed, or a note if none did."""
    if not _is_apart(drift):
        return [], [message("note.no_words_moved")]
    words = drift.risen + drift.fallen
    return [Figure("bar", title, tuple(word for word, _ in words), tuple(z for _, z in words))], []


def _texts(corpus: Corpus, rows: np.ndarray) -> list[str]:
    return [corpus.text[i].as_py() or "" for i in rows.tolist()]


def _lengths(corpus: Corpus) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.utf8_length(corpus.text), 0).to_numpy())


def _moved_classes(names: list[str], first: np.ndarray, last: np.ndarray) -> Figure:
    """Classes whose share changed most, in percentage points."""
    x = np.bincount(first, minlength=len(names)) / len(first)
    y = np.bincount(last, minlength=len(names)) / len(last)
    top = np.argsort(-np.abs(y - x), kind="stable")[:_TOP_CLASSES]
    top = top[np.argsort(-(y - x)[top], kind="stable")]
    return Figure(
        "bar",
        "figure.moved_classes",
        tuple(names[k] for k in top.tolist()),
        tuple(round(100 * float(y[k] - x[k]), 2) for k in top.tolist()),
    )
