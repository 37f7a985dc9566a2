"""Agreement between several annotators of the same texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.agreement.consensus import (
    LEAST_LABELS,
    Annotator,
    Consensus,
    Items,
    Method,
    accuracies,
    consensus_of,
    items_of,
    judged_annotators,
    poor_annotators,
)
from auditor.checks.base import Check, Shared
from auditor.core.findings import detail_of, findings, merge_findings
from auditor.core.metrics import Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.target import Annotations
from auditor.message import Message, Quantity, message
from auditor.stats import disagreement

_DRAWS = 400
"""Bootstrap draws of items, for the interval of alpha."""
_CONSENSUS = {
    Method.CROWDLAB: "note.crowdlab",
    Method.DAWID_SKENE: "note.dawid_skene",
    Method.MAJORITY: "note.by_majority",
}
_SHOWN = 50
"""Annotators whose agreement is shown, the lowest first."""


class AgreementCheck(Check[None]):
    """Reads the labels of several annotators."""

    prefix = "AGR"
    dimension = "agreement"

    @classmethod
    def is_part(cls, shared: Shared, corpus: Corpus) -> bool:
        """Whether rows were labelled by several annotators."""
        return isinstance(corpus.target, Annotations)

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """AGR001 one per row to relabel, AGR002 one per poor annotator, AGR003 for the corpus if alpha is low."""
        said = corpus.target
        if not isinstance(said, Annotations):
            return Skipped(message("reason.one_annotator"))
        items = items_of(said)
        if not items.is_shared.any():
            return Skipped(message("reason.no_shared_item"))
        groups = shared.clusters.groups() if shared.clusters is not None else np.arange(len(corpus))
        found = consensus_of(corpus, said, items, groups, self.settings)
        judged = judged_annotators(said, items)
        poor = poor_annotators(judged)
        reliability = self._reliability(items)
        tables = [_to_label_again(corpus, said, items, found), _poor(corpus, said, poor), _low(corpus, reliability[0])]
        metrics = [
            *reliability,
            measured("agreement.relabel_rate", len(found.unsure(items)) / len(items.at)),
            measured("agreement.annotators", len(said.annotators)),
            measured("agreement.items", len(items.at)),
            measured("agreement.labels_per_item", len(said.row) / len(items.at)),
            *(
                measured(
                    "agreement.annotator", annotator.agreement, slice_=name, low=annotator.low, high=annotator.high
                )
                for name, annotator in _lowest(corpus, said, judged)
            ),
        ]
        if found.by_skill is not None:
            right = accuracies(said, items, judged, found.by_skill)
            differs = float(np.mean((found.by_skill.label != items.majority)[items.is_shared]))
            metrics += [
                measured("agreement.accuracy", annotator.agreement, slice_=name, low=annotator.low, high=annotator.high)
                for name, annotator in _lowest(corpus, said, right)
            ]
            metrics.append(measured("agreement.minority_rate", differs))
        return Completed(tuple(metrics), merge_findings(tables), (), _notes(corpus, said, judged, found))

    def _reliability(self, items: Items) -> list[Metric]:
        """One minus alpha, the graded metric, and alpha with its interval."""
        value = disagreement(items.counts)
        draw = np.random.default_rng(self.settings.seed)
        drawn = [disagreement(items.counts, draw.poisson(1, len(items.at)).astype(float)) for _ in range(_DRAWS)]
        if not np.isfinite(value):  # all labels are of one class
            return [measured("agreement.disagreement", 0.0)]
        low, high = (float(1 - np.nanquantile(drawn, q)) for q in (0.975, 0.025))
        return [
            measured("agreement.disagreement", max(0.0, value)),
            measured("agreement.alpha", 1 - value, low=low, high=high),
        ]


def name_of(corpus: Corpus, said: Annotations, number: int) -> str:
    """An annotator's name in a report: the column, or a number in name order, because names may be personal data."""
    return said.annotators[number] if len(corpus.annotator_columns) > 1 else f"#{number + 1}"


def _lowest(corpus: Corpus, said: Annotations, shares: Sequence[Annotator]) -> list[tuple[str, Annotator]]:
    """Name and share of annotators, the lowest first."""
    return [
        (name_of(corpus, said, annotator.number), annotator)
        for annotator in sorted(shares, key=lambda annotator: annotator.agreement)[:_SHOWN]
    ]


def _to_label_again(corpus: Corpus, said: Annotations, items: Items, found: Consensus) -> pa.Table:
    """AGR001, for every row of an item."""
    unsure = found.unsure(items)
    number = np.full(len(corpus), -1)
    number[items.at[unsure]] = unsure
    rows = np.flatnonzero(number[said.item] >= 0)
    item = number[said.item[rows]]
    return findings(
        "AGR001",
        "warn",
        corpus.row_id[rows],
        column=corpus.roles.label or next(iter(corpus.annotator_columns), None),
        score=found.quality[item],
        confidence=1 - found.quality[item],
        group=corpus.row_id[items.at[item]],
        suggestion=[said.classes[k] for k in found.label[item].tolist()],
    )


def _poor(corpus: Corpus, said: Annotations, poor: Sequence[Annotator]) -> pa.Table:
    names = [name_of(corpus, said, annotator.number) for annotator in poor]
    shares = [Quantity(annotator.agreement, "share") for annotator in poor]
    return findings(
        "AGR002",
        "warn",
        [None] * len(poor),
        column=corpus.roles.annotator,
        score=[annotator.agreement for annotator in poor],
        confidence=0.95,
        value=[
            f"{name}: {annotator.agreement:.2f} of {annotator.labels}"
            for name, annotator in zip(names, poor, strict=True)
        ],
        detail=[
            detail_of(message("value.annotator", name, share, annotator.labels))
            for name, share, annotator in zip(names, shares, poor, strict=True)
        ],
    )


def _low(corpus: Corpus, judged: Metric) -> pa.Table:
    """AGR003 if the disagreement does not pass."""
    rows = [None] if judged.status in ("warn", "fail") else []
    alpha = 1 - (judged.value or 0.0)
    return findings(
        "AGR003",
        "fail" if judged.status == "fail" else "warn",
        rows,
        column=corpus.roles.annotator,
        score=alpha,
        confidence=1.0,
        value=f"{alpha:.2f}",
    )


def _notes(corpus: Corpus, said: Annotations, judged: Sequence[Annotator], found: Consensus) -> tuple[Message, ...]:
    notes = [message(_CONSENSUS[found.method])]
    if found.by_skill is not None:
        notes.append(message("note.minority_rate"))
    if len(corpus.annotator_columns) < 2:
        notes.append(message("note.annotators_numbered"))
    if len(judged) < len(said.annotators):
        notes.append(message("note.annotators_not_judged", len(said.annotators) - len(judged), LEAST_LABELS))
    if said.by_row is not None:
        notes.append(message("note.rows_by_annotator"))
    return tuple(notes)
