"""From requested actions to one decision per row. All in columns: a million rows are decided in seconds."""

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


def requested_actions(corpus: Corpus, found: pa.Table, parts: np.ndarray, policy: Policy) -> RequestedActions:
    """What each finding asks for; a mask of what cannot be masked becomes a flag."""
    finding, row = _places(corpus, found)
    wanted = policy.match(found, finding, row, parts, may_relabel=corpus.labels is not None)
    to_mask = np.flatnonzero(wanted.action == Action.MASK)
    fixed = to_mask[~maskable(corpus, found.take(pa.array(finding[to_mask])))]
    wanted.action[fixed] = Action.FLAG
    return wanted


@dataclass(frozen=True)
class Duplicates:
    """Of requested actions: which drop a row as a duplicate, and of which other row.

    Attributes:
        is_one: bool.
        kept: int64, position of the other row; -1 if none.
    """

    is_one: np.ndarray
    kept: np.ndarray


def _duplicates(corpus: Corpus, found: pa.Table, wanted: RequestedActions) -> Duplicates:
    picked = found.take(pa.array(wanted.finding))
    is_one = np.asarray(pc.is_in(picked.column("code"), pa.array(DUPLICATES))) & (wanted.action == Action.DROP)
    kept = np.full(len(wanted.row), -1)
    reference = picked.column("ref_row")
    given = np.asarray(reference.is_valid())
    kept[given] = corpus.positions(reference.drop_null().to_numpy())
    return Duplicates(is_one, kept)


def _places(corpus: Corpus, found: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Findings about a readable row: their places in the table and the rows' positions."""
    ids = found.column("row_id")
    positions = np.flatnonzero(np.asarray(ids.is_valid()))
    row = corpus.positions(ids.drop_null().to_numpy())
    return positions[row >= 0], row[row >= 0]


def decide(
    corpus: Corpus, found: pa.Table, twins: np.ndarray, wanted: RequestedActions, dropped: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The request that decides each row, and the row kept in place of each dropped duplicate.

    The strongest action wins; among drops a reason of the row's own before being a duplicate; among equals the
    first. Where the row kept for a duplicate is itself dropped for another reason, one of each text among its
    duplicates is kept instead: near duplicates of a lost row were never compared with each other.

    Args:
        corpus: the rows.
        found: the findings table.
        twins: int64, equal for rows of equal text.
        wanted: see `requested_actions`.
        dropped: bool, rows that a review drops.

    Returns:
        int64 index into `wanted` (-1: none) and int64 position of the row kept instead (-1: none), one per row.
    """
    rows, duplicates = len(corpus), _duplicates(corpus, found, wanted)
    order = np.lexsort((np.arange(len(wanted.row)), duplicates.is_one, wanted.action, wanted.row))
    best = _first(order, wanted.row, rows)
    otherwise = _first(order[~duplicates.is_one[order]], wanted.row, rows)
    as_duplicate = np.flatnonzero((best >= 0) & _at(duplicates.is_one, best))
    lost = dropped.copy()
    lost[np.flatnonzero((otherwise >= 0) & (_at(wanted.action, otherwise) == Action.DROP))] = True
    instead = np.full(rows, -1)
    instead[as_duplicate] = duplicates.kept[best[as_duplicate]]
    waiting = as_duplicate[(instead[as_duplicate] >= 0) & lost[instead[as_duplicate]] & ~dropped[as_duplicate]]
    waiting = waiting[instead[waiting] != waiting]
    waiting = waiting[_by_content(corpus, waiting)]
    if len(waiting):
        pairs = np.stack([instead[waiting], twins[waiting]], axis=1)
        _, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
        instead[waiting] = waiting[first][inverse.reshape(-1)]
        elected = waiting[first]
        best[elected], instead[elected] = otherwise[elected], -1
    return best, instead


def _by_content(corpus: Corpus, rows: np.ndarray) -> list[int]:
    """Order of `rows` by text and label, so that which of several is taken does not depend on where they are."""
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
    """The first of `order` for each row; -1 where there is none."""
    first = np.full(rows, -1)
    found, at = np.unique(row[order], return_index=True)
    first[found] = order[at]
    return first


def _at(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    return values[index] if len(values) else np.zeros(len(index), values.dtype)
