"""Label columns of real numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.cells import is_text
from auditor.corpus.column_facts import MAX_RATINGS


def scores_of(column: pa.ChunkedArray) -> np.ndarray | None:
    """float64, one per row; None if the values are not numbers, are all integers, or are few enough to be classes.

    Missing and blank values become NaN.
    """
    if not (is_text(column.type) or pa.types.is_floating(column.type)):
        return None
    chunks = []
    for chunk in column.chunks:
        if is_text(column.type):
            trimmed = pc.utf8_trim_whitespace(chunk)
            try:
                chunk = pc.if_else(pc.equal(trimmed, ""), None, trimmed).cast(pa.float64())
            except pa.ArrowInvalid:
                return None
        chunks.append(chunk.cast(pa.float64()).to_numpy(zero_copy_only=False))
    values = np.concatenate([np.zeros(0), *chunks])
    finite = values[np.isfinite(values)]
    if len(finite) == 0 or (finite == np.floor(finite)).all() or len(np.unique(finite)) <= MAX_RATINGS:
        return None
    return values
