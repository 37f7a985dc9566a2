"""Decide which findings may be masked in place: the run depends on the values of some columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.text.dates import OK, parse_dates

STRONG = 0.9
"""Minimum confidence of findings with more evidence than a matching pattern. Class names are masked only with such
evidence: a tagger or a coincidental number must not rename a class."""


def maskable(corpus: Corpus, findings: pa.Table) -> np.ndarray:
    """bool, one per finding: whether masking it leaves the run intact.

    Split and tags are never masked, values of the date column only if they are not dates, labels only with strong
    evidence. A finding without a span (about several columns together) has nothing to mask.

    Args:
        corpus: the rows.
        findings: findings about readable rows.
    """
    roles = corpus.roles
    columns = np.array(findings.column("column").to_pylist(), object)
    allowed = ~np.isin(columns, [name for name in (roles.split, roles.tags) if name is not None])
    allowed &= np.asarray(findings.column("start").is_valid())
    if roles.label is not None:
        confidence = findings.column("confidence").to_numpy(zero_copy_only=False).astype(float)
        allowed &= ~((columns == roles.label) & (confidence < STRONG - 1e-6))  # the column holds 32-bit floats
    if roles.date is not None:
        positions = np.flatnonzero(columns == roles.date)
        row_ids = findings.column("row_id").take(pa.array(positions)).to_numpy(zero_copy_only=False).astype(np.int64)
        allowed[positions] = ~_are_dates(corpus, corpus.positions(row_ids))
    return allowed


def _are_dates(corpus: Corpus, rows: np.ndarray) -> np.ndarray:
    values = corpus.table.column(str(corpus.roles.date)).take(pa.array(rows)).combine_chunks()
    is_date: dict[object, bool] = {}
    for index, value in enumerate(values.to_pylist()):
        if value not in is_date:
            is_date[value] = _is_date(values.slice(index, 1))
    return np.array([is_date[value] for value in values.to_pylist()], bool)


def _is_date(value: pa.Array) -> bool:
    try:
        return bool((parse_dates(pa.chunked_array([value])).status == OK).all())
    except InputError:  # the order of day and month is ambiguous, but it is a date
        return True
