"""Results for single labels: findings per row or class, and columns of ``rows.parquet``."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

import numpy as np
import pyarrow as pa

from auditor.checks.labels.confusion_pairs import Pair
from auditor.checks.labels.eligible_rows import Judgeable
from auditor.checks.labels.ensemble import Opinion
from auditor.checks.labels.label_issues import Suspects
from auditor.core.findings import findings
from auditor.corpus.corpus import Corpus

MOSTLY = 0.8
"""Minimum share of a row's neighbours with the suggested label for applying it without manual review."""


def missing_labels(corpus: Corpus, at: np.ndarray) -> pa.Table:
    """LBL003, one per row at the positions `at`."""
    return findings("LBL003", "warn", corpus.row_id[at], column=corpus.roles.label, confidence=1.0, suggestion="drop")


def small_classes(corpus: Corpus, small: Mapping[str, int]) -> pa.Table:
    """LBL004, one per class with its rows."""
    names, counts = list(small), [float(n) for n in small.values()]
    nothing = [None] * len(names)
    return findings("LBL004", "info", nothing, column=corpus.roles.label, confidence=1.0, value=names, score=counts)


def confused(corpus: Corpus, rows: Judgeable, pairs: list[Pair]) -> list[pa.Table]:
    """LBL005, one per example of each pair."""
    return [
        findings("LBL005", "info", corpus.row_id[rows.at[list(p.examples)]], column=corpus.roles.label,
                 score=p.noise, value=p.name, group=number)
        for number, p in enumerate(pairs)
    ]  # fmt: skip


def likely_wrong_labels(rows: Judgeable, corpus: Corpus, view: Opinion, found: Suspects) -> pa.Table:
    """LBL001; `ref_row` is the most similar neighbour with the suggested label, if any."""
    hit = np.flatnonzero(found.wrong)
    suggested = found.suggested[hit]
    return findings(
        "LBL001",
        "warn",
        corpus.row_id[rows.at[hit]],
        column=corpus.roles.label,
        score=found.score[hit],
        confidence=view.probabilities[hit, suggested],
        suggestion=[rows.names[k] for k in suggested],
        value=["safe" if found.safe[i] else "review" for i in hit],
        is_safe=found.safe[hit],
        ref_row=[_witness(rows, corpus, found, i) for i in hit.tolist()],
    )


def _witness(rows: Judgeable, corpus: Corpus, found: Suspects, row: int) -> int | None:
    for other in found.neighbours.get(row, ()):
        if rows.given[other] == found.suggested[row]:
            return int(corpus.row_id[rows.at[other]])
    return None


def ambiguous_labels(rows: Judgeable, corpus: Corpus, found: Suspects) -> pa.Table:
    """LBL002."""
    hit = np.flatnonzero(found.ambiguous)
    names = [rows.names[k] for k in found.suggested[hit]]
    ids = corpus.row_id[rows.at[hit]]
    return findings("LBL002", "info", ids, column=corpus.roles.label, score=found.score[hit], suggestion=names)


def _may_apply(rows: Judgeable, found: Suspects, row: int) -> bool:
    """Whether the suggestion is safe and most of the row's neighbours have it."""
    near = found.neighbours.get(row)
    return bool(found.safe[row]) and near is not None and (rows.given[near] == found.suggested[row]).mean() >= MOSTLY


def per_row(corpus: Corpus, rows: Judgeable, found: Suspects, applies: bool) -> dict[str, pa.Array]:
    """Columns of ``rows.parquet``; `applies`: whether suggestions may be marked as applicable at all."""
    n, wrong = len(corpus), np.flatnonzero(found.wrong)
    scores = np.full(n, np.nan, np.float32)
    scores[rows.at] = found.score
    suggested = np.full(n, len(rows.names), np.int64)  # the last of `names` is null
    suggested[rows.at[wrong]] = found.suggested[wrong]
    may_apply, not_wrong = np.zeros(n, bool), np.ones(n, bool)
    not_wrong[rows.at[wrong]] = False
    may_apply[rows.at[wrong]] = [applies and _may_apply(rows, found, hit) for hit in wrong.tolist()]
    return {
        "label_score": pa.array(scores, pa.float32(), from_pandas=True),
        "suggested_label": pa.array([*rows.names, None], pa.string()).take(pa.array(suggested)),
        "suggestion_may_apply": pa.array(may_apply, pa.bool_(), mask=not_wrong),
        "label_neighbours": _neighbours(corpus, rows, found),
    }


def _neighbours(corpus: Corpus, rows: Judgeable, found: Suspects) -> pa.Array:
    """Lists of int64, one per row of the corpus: identifiers of the most similar rows; null where not looked up."""
    of = sorted(((int(rows.at[hit]), near) for hit, near in found.neighbours.items()), key=itemgetter(0))
    sizes, unknown = np.zeros(len(corpus), np.int64), np.ones(len(corpus), bool)
    for place, others in of:
        sizes[place], unknown[place] = len(others), False
    flat = np.concatenate([rows.at[others] for _, others in of]) if of else np.zeros(0, np.int64)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    values = pa.array(corpus.row_id[flat], pa.int64())
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(unknown))
