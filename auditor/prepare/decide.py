"""Reduce requested actions to one decision per row, vectorized for corpora of millions of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.actions import Action
from auditor.core.policy import Policy, RequestedActions
from auditor.corpus.corpus import Corpus
from auditor.prepare.maskable import maskable
from auditor.text.normalise import text_sort_key

DUPLICATES = ("DUP001", "DUP002")


def requested_actions(corpus: Corpus, findings: pa.Table, parts: np.ndarray, policy: Policy) -> RequestedActions:
    """The action that the policy requests for each finding; masks that are not allowed become flags."""
    indices, rows = _places(corpus, findings)
    requested = policy.match(findings, indices, rows, parts, may_relabel=corpus.labels is not None)
    to_mask = np.flatnonzero(requested.action == Action.MASK)
    unmaskable = to_mask[~maskable(corpus, findings.take(pa.array(indices[to_mask])))]
    requested.action[unmaskable] = Action.FLAG
    return requested


@dataclass(frozen=True)
class Duplicates:
    """The requested actions that drop a row as a duplicate, with the row kept in its place.

    Attributes:
        is_duplicate: bool, one per requested action.
        kept: int64, one per requested action: position of the other row; -1: none.
    """

    is_duplicate: np.ndarray
    kept: np.ndarray


def _duplicates(corpus: Corpus, findings: pa.Table, requested: RequestedActions) -> Duplicates:
    picked = findings.take(pa.array(requested.finding))
    is_duplicate = np.asarray(pc.is_in(picked.column("code"), pa.array(DUPLICATES))) & (requested.action == Action.DROP)
    kept = np.full(len(requested.row), -1)
    reference = picked.column("ref_row")
    has_reference = np.asarray(reference.is_valid())
    kept[has_reference] = corpus.positions(reference.drop_null().to_numpy())
    return Duplicates(is_duplicate, kept)


def _places(corpus: Corpus, findings: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Findings about readable rows: their indices in the table, and the positions of the rows."""
    ids = findings.column("row_id")
    indices = np.flatnonzero(np.asarray(ids.is_valid()))
    rows = corpus.positions(ids.drop_null().to_numpy())
    return indices[rows >= 0], rows[rows >= 0]


def decide(
    corpus: Corpus, findings: pa.Table, twins: np.ndarray, requested: RequestedActions, dropped: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The request that decides each row, and the row kept in place of each dropped duplicate.

    The strongest action wins; among drops, other reasons precede duplicates; among equal requests, the first wins. If
    the row kept for a duplicate is itself dropped for another reason, one row of each text among its duplicates is
    kept instead, because near duplicates of a dropped row were never compared with each other.

    Args:
        corpus: the rows.
        findings: the findings table.
        twins: int64, equal for rows with equal text.
        requested: see `requested_actions`.
        dropped: bool, rows that a review drops.

    Returns:
        int64 index into `requested` (-1: none) and int64 position of the row kept instead (-1: none), one per row.
    """
    rows, duplicates = len(corpus), _duplicates(corpus, findings, requested)
    order = np.lexsort((np.arange(len(requested.row)), duplicates.is_duplicate, requested.action, requested.row))
    best = _first(order, requested.row, rows)
    best_other = _first(order[~duplicates.is_duplicate[order]], requested.row, rows)
    as_duplicate = np.flatnonzero((best >= 0) & _at(duplicates.is_duplicate, best))
    is_dropped = dropped.copy()
    is_dropped[np.flatnonzero((best_other >= 0) & (_at(requested.action, best_other) == Action.DROP))] = True
    instead = np.full(rows, -1)
    instead[as_duplicate] = duplicates.kept[best[as_duplicate]]
    orphans = as_duplicate[(instead[as_duplicate] >= 0) & is_dropped[instead[as_duplicate]] & ~dropped[as_duplicate]]
    orphans = orphans[instead[orphans] != orphans]
    orphans = orphans[_by_content(corpus, orphans)]
    if len(orphans):
        pairs = np.stack([instead[orphans], twins[orphans]], axis=1)
        _, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
        instead[orphans] = orphans[first][inverse.reshape(-1)]
        elected = orphans[first]
        best[elected], instead[elected] = best_other[elected], -1
    return best, instead


def _by_content(corpus: Corpus, rows: np.ndarray) -> list[int]:
    """Order of `rows` by text and label, which makes the choice among them independent of the row order."""
    texts, labels = corpus.texts, corpus.labels
    return sorted(
        range(len(rows)),
        key=lambda k: (
            text_sort_key(texts[int(rows[k])]),
            (labels[rows[k]] or "") if labels is not None else "",
            rows[k],
        ),
    )


def _first(order: np.ndarray, row: np.ndarray, rows: int) -> np.ndarray:
    """The first index in `order` for each row; -1: none."""
    first = np.full(rows, -1)
    unique_rows, index = np.unique(row[order], return_index=True)
    first[unique_rows] = order[index]
    return first


def _at(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    return values[index] if len(values) else np.zeros(len(index), values.dtype)
