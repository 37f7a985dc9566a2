"""Pairs: text pairs, and preferences between two answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.pairs.preference import Shortcut, by_format, by_length, cyclic_rows
from auditor.checks.pairs.sides import JUDGED, OneSide, equal_rows, one_side, same_texts, swapped_rows, texts_of
from auditor.core.findings import Severity, detail_of, findings, merge_findings
from auditor.core.metrics import Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import ShapeKind, Side
from auditor.message import Message, Quantity, message

_DESIGN = 0.5
"""A property of more than this share of the rows is the design of the corpus."""
_DIFFERENT = 0.9
"""Distinct texts per row below which a side repeats by design."""

Part = tuple[list[Metric], list[pa.Table], list[Message]]
"""Part of the result for one group of faults."""


class PairCheck(Check[None]):
    """Checks rows with two sides."""

    prefix = "PRS"
    dimension = "pairs"

    @classmethod
    def is_part(cls, shared: Shared, corpus: Corpus) -> bool:
        """Whether rows have sides."""
        return corpus.shape.kind is ShapeKind.PREFERENCE or corpus.shape.kind in JUDGED

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """PRS001 equal sides, PRS002 swapped pairs, PRS003 a side that predicts the label; for preferences PRS004
        equal answers, PRS005 and PRS006 length or format decides, PRS007 cycles.
        """  # noqa: D205
        kind = corpus.shape.kind
        if kind is ShapeKind.PREFERENCE:
            parts = [_preferences(corpus)]
        elif kind in JUDGED:
            pairs = [_pairs(corpus)] if kind is ShapeKind.PAIR else []
            parts = [*pairs, self._one_side(corpus, shared), _repeats(corpus)]
        else:
            return Skipped(message("reason.no_pair"))
        return Completed(
            tuple(metric for metrics, _, _ in parts for metric in metrics),
            merge_findings([table for _, tables, _ in parts for table in tables]),
            (),
            tuple(note for _, _, notes in parts for note in notes),
        )

    def _one_side(self, corpus: Corpus, shared: Shared) -> Part:
        """PRS003, one per side; a note gives the reason if labels cannot be judged."""
        if corpus.labels is None:
            return [], [], []
        groups = shared.clusters.groups() if shared.clusters is not None else np.arange(len(corpus))
        sides = [side for side in JUDGED[corpus.shape.kind] if side in corpus.sides]
        found = [result for side in sides if (result := one_side(corpus, side, groups, self.settings)) is not None]
        if not found:
            return [], [], [message("note.one_side_not_judged")]
        gain = measured("pairs.one_side_gain", max(result.gain for result in found))
        metrics = [gain, *(_accuracy(result) for result in found)]
        limit = gain.threshold or 0.0
        telling = [result for result in found if result.gain > limit]
        severity: Severity = "fail" if gain.status == "fail" else "warn"
        table = findings(
            "PRS003",
            severity,
            [None] * len(telling),
            column=[result.column for result in telling],
            score=[result.accuracy for result in telling],
            confidence=1.0,
            value=[
                f"{result.accuracy:.2f} ({result.low:.2f} to {result.high:.2f}), chance {result.chance:.2f}"
                for result in telling
            ],
            detail=[detail_of(_telling(result)) for result in telling],
        )
        return metrics, [table], [message("note.one_side_groups", *(result.groups for result in found[:1]))]


def _telling(result: OneSide) -> Message:
    return message(
        "value.one_side", *(Quantity(v, "share") for v in (result.accuracy, result.low, result.high, result.chance))
    )


def _accuracy(result: OneSide) -> Metric:
    return measured("pairs.one_side_accuracy", result.accuracy, slice_=result.column, low=result.low, high=result.high)


def _pairs(corpus: Corpus) -> Part:
    """PRS001 and PRS002."""
    first, second = same_texts(corpus, Side.FIRST), same_texts(corpus, Side.SECOND)
    equal, twins = equal_rows(first, second), swapped_rows(first, second)
    notes = []
    swapped = len({*twins, *twins.values()})
    if swapped > _DESIGN * len(corpus):
        notes.append(message("note.swapped_by_design", swapped))
        twins = {}
    labels = corpus.labels
    opposed = [labels is not None and labels[i] != labels[k] for i, k in twins.items()]
    tables = [
        findings("PRS001", "warn", corpus.row_id[np.array(equal, np.int64)], column=corpus.roles.text, confidence=1.0),
        findings(
            "PRS002",
            "info",
            corpus.row_id[np.array(list(twins), np.int64)],
            severity_each=["warn" if differ else "info" for differ in opposed],
            column=corpus.roles.text,
            confidence=1.0,
            ref_row=corpus.row_id[np.array(list(twins.values()), np.int64)],
        ),
    ]
    metrics = [
        measured("pairs.identical_rate", len(equal) / len(corpus)),
        measured("pairs.swapped_rate", len(twins) / len(corpus)),
        measured("pairs.swapped_opposed", sum(opposed)),
    ]
    return metrics, tables, notes


def _repeats(corpus: Corpus) -> Part:
    """The number of distinct texts of a side; a repeated side is reported as the design."""
    metrics, notes = [], []
    for column in corpus.shape.columns:
        texts = same_texts(corpus, corpus.shape.side_of(column))
        different = len(set(texts))
        metrics.append(measured("pairs.different_texts", different, slice_=column))
        if different < _DIFFERENT * len(texts):
            notes.append(message("note.side_repeats", column, different, len(texts)))
    return metrics, [], notes


def _preferences(corpus: Corpus) -> Part:
    """PRS004 to PRS007."""
    raw = {side: texts_of(corpus, side) for side in (Side.CHOSEN, Side.REJECTED)}
    chosen, rejected = same_texts(corpus, Side.CHOSEN), same_texts(corpus, Side.REJECTED)
    prompts = same_texts(corpus, Side.PROMPT)
    equal, cycles = equal_rows(chosen, rejected), cyclic_rows(prompts, chosen, rejected)
    length, formats = by_length(raw[Side.CHOSEN], raw[Side.REJECTED]), by_format(raw[Side.CHOSEN], raw[Side.REJECTED])
    by_gain = measured("pairs.length_gain", length.gain if length else 0.0)
    by_form = measured("pairs.format_gain", max((result.gain for result in formats), default=0.0))
    metrics = [
        measured("pairs.equal_rate", len(equal) / len(corpus)),
        measured("pairs.cycle_rate", len(cycles) / len(corpus)),
        by_gain,
        by_form,
    ]
    if length is not None:
        metrics.append(measured("pairs.length_accuracy", length.accuracy, low=length.low, high=length.high))
    tables = [
        findings("PRS004", "warn", corpus.row_id[np.array(equal, np.int64)], column=corpus.roles.text, confidence=1.0),
        _shortcuts("PRS005", by_gain, [length] if length else []),
        _shortcuts("PRS006", by_form, formats),
        findings(
            "PRS007",
            "warn",
            corpus.row_id[np.array(list(cycles), np.int64)],
            column=corpus.roles.text,
            confidence=1.0,
            group=list(cycles.values()),
        ),
    ]
    return metrics, tables, []


def _shortcuts(code: str, judged: Metric, found: Sequence[Shortcut]) -> pa.Table:
    """One finding per shortcut whose accuracy does not pass."""
    deciding = [result for result in found if result.gain > (judged.threshold or 0.0)]
    return findings(
        code,
        "fail" if judged.status == "fail" else "warn",
        [None] * len(deciding),
        score=[result.accuracy for result in deciding],
        confidence=1.0,
        value=[f"{result.name.rpartition('_')[2]}: {result.accuracy:.2f} of {result.rows} rows" for result in deciding],
        detail=[
            detail_of(message("value.shortcut", message(result.name), Quantity(result.accuracy, "share"), result.rows))
            for result in deciding
        ],
    )
