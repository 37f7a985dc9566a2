"""Which findings may be masked where they are: a run depends on the values of some columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.text.dates import OK, parse_dates

STRONG = 0.9
"""Confidence from which a finding rests on more than a form that fits. Class names are masked on such evidence only:
a tagger or a chance number must not rename a class."""


def maskable(corpus: Corpus, found: pa.Table) -> np.ndarray:
    """bool, one per finding: whether masking it leaves the run intact.

    The split and the tags are never masked, dates only where they are no dates, labels only on strong evidence. A
    finding without a place (on several columns together) has nothing that could be masked.

    Args:
        corpus: the rows.
        found: findings on readable rows.
    """
    roles = corpus.roles
    columns = np.array(found.column("column").to_pylist(), object)
    good = ~np.isin(columns, [name for name in (roles.split, roles.tags) if name is not None])
    good &= np.asarray(found.column("start").is_valid())
    if roles.label is not None:
        confidence = found.column("confidence").to_numpy(zero_copy_only=False).astype(float)
        good &= ~((columns == roles.label) & (confidence < STRONG - 1e-6))  # the column holds 32-bit floats
    if roles.date is not None:
        positions = np.flatnonzero(columns == roles.date)
        row_ids = found.column("row_id").take(pa.array(positions)).to_numpy(zero_copy_only=False).astype(np.int64)
        good[positions] = ~_are_dates(corpus, corpus.positions(row_ids))
    return good


def _are_dates(corpus: Corpus, rows: np.ndarray) -> np.ndarray:
    values = corpus.table.column(str(corpus.roles.date)).take(pa.array(rows)).combine_chunks()
    known: dict[object, bool] = {}
    for place, value in enumerate(values.to_pylist()):
        if value not in known:
            known[value] = _is_date(values.slice(place, 1))
    return np.array([known[value] for value in values.to_pylist()], bool)


def _is_date(value: pa.Array) -> bool:
    try:
        return bool((parse_dates(pa.chunked_array([value])).status == OK).all())
    except InputError:  # day and month could be either: a date all the same
        return True
