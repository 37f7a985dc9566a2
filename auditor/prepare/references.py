"""References of a plan to the rows kept in place of duplicates; every row referred to is in the data set."""

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
"""Codes of findings whose `ref_row` is a row of the corpus that is kept instead."""


def with_true_references(plan: Plan, corpus: Corpus, clusters: Clusters) -> Plan:
    """`plan` with references to kept rows only.

    If the row referred to is itself dropped, the reference changes to a kept row with the same text as the
    duplicate, otherwise to one with the same text as the row referred to; if there is none, it becomes null.

    Args:
        plan: plan for the corpus, with all decisions.
        corpus: the rows.
        clusters: duplicate clusters of the original texts.
    """
    kept = plan.actions() != Action.DROP
    kept_copy = _kept_by_text(clusters, kept)
    refs = plan.table.column("ref_row").to_pylist()
    positions = corpus.positions([-1 if ref is None else ref for ref in refs]).tolist()
    changed = False
    for row, (code, ref) in enumerate(zip(plan.table.column("code").to_pylist(), refs, strict=True)):
        if ref is None or code not in KEPT_CODES:
            continue
        other = positions[row]
        if other >= 0 and kept[other]:
            continue
        changed = True
        candidates = [kept_copy[clusters.twin[position]] for position in (row, other) if position >= 0]
        new = next((position for position in candidates if position >= 0 and position != row), -1)
        refs[row] = int(corpus.row_id[new]) if new >= 0 else None
    if not changed:
        return plan
    index = plan.table.column_names.index("ref_row")
    column = pa.array(refs, plan.table.schema.field("ref_row").type)
    return replace(plan, table=plan.table.set_column(index, plan.table.schema.field("ref_row"), column))


def references(plan: Plan, corpus: Corpus) -> np.ndarray:
    """int64, one per row: position of the row kept in place of a dropped duplicate; -1: none."""
    is_duplicate = pc.is_in(plan.table.column("code"), pa.array(sorted(KEPT_CODES)))
    positions = corpus.positions(plan.table.column("ref_row").fill_null(-1).to_numpy())
    return np.where(np.asarray(is_duplicate), positions, -1)


def _kept_by_text(clusters: Clusters, kept: np.ndarray) -> np.ndarray:
    """int64, one per row: for the representative row of each text, the first kept row with that text; -1: none."""
    first = np.full(len(kept), -1)
    positions = np.flatnonzero(kept)[::-1]
    first[clusters.twin[positions]] = positions
    return first
