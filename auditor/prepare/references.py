"""References of a plan that are true: a row that is called kept is in the data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.actions import Action
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters
from auditor.prepare.plan import Plan

KEPT_CODES = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")
"""Codes whose other row is a row of the corpus that is kept instead."""


def with_true_references(plan: Plan, corpus: Corpus, clusters: Clusters) -> Plan:
    """`plan` with references to kept rows only.

    Where the row kept for another is itself dropped, a kept row of the same text takes its place: one that equals the
    row, else one that equals the row referred to. Where there is none, the reference is null.

    Args:
        plan: for the corpus, all decisions made.
        corpus: the rows.
        clusters: of the texts as they came.
    """
    kept = plan.actions() != Action.DROP
    stands_for = _kept_by_text(clusters, kept)
    refs = plan.table.column("ref_row").to_pylist()
    places = corpus.positions([-1 if ref is None else ref for ref in refs]).tolist()
    changed = False
    for row, (code, ref) in enumerate(zip(plan.table.column("code").to_pylist(), refs, strict=True)):
        if ref is None or code not in KEPT_CODES:
            continue
        other = places[row]
        if other >= 0 and kept[other]:
            continue
        changed = True
        candidates = [stands_for[clusters.twin[at]] for at in (row, other) if at >= 0]
        new = next((at for at in candidates if at >= 0 and at != row), -1)
        refs[row] = int(corpus.row_id[new]) if new >= 0 else None
    if not changed:
        return plan
    place = plan.table.column_names.index("ref_row")
    column = pa.array(refs, plan.table.schema.field("ref_row").type)
    return replace(plan, table=plan.table.set_column(place, plan.table.schema.field("ref_row"), column))


def references(plan: Plan, corpus: Corpus) -> np.ndarray:
    """int64, one per row: position of the kept row that a duplicate is dropped for; -1 if none."""
    is_one = pc.is_in(plan.table.column("code"), pa.array(sorted(KEPT_CODES)))
    places = corpus.positions(plan.table.column("ref_row").fill_null(-1).to_numpy())
    return np.where(np.asarray(is_one), places, -1)


def _kept_by_text(clusters: Clusters, kept: np.ndarray) -> np.ndarray:
    """int64, one per row: for the preferred row of each text the first kept row of that text; -1 where none is."""
    first = np.full(len(kept), -1)
    positions = np.flatnonzero(kept)[::-1]
    first[clusters.twin[positions]] = positions
    return first
