"""k-anonymity of chosen metadata columns (Sweeney 2002)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from auditor.core.findings import findings
from auditor.core.metrics import Metric, measured
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError, nearest

CODE = "PII301"


def class_sizes(corpus: Corpus, columns: Sequence[str]) -> np.ndarray:
    """Rows that share a row's values in `columns`, int64, one per row; a missing value is a value.

    Raises:
        InputError: the corpus has no such column.

    """
    codes = np.zeros(len(corpus), np.int64)
    for name in columns:
        if name not in corpus.table.column_names:
            raise InputError(
                "A column for k-anonymity is not in the input.",
                where=f"pii.quasi_identifiers = {name}",
                fix=nearest(name, corpus.table.column_names),
            )
        values = pa.chunked_array(corpus.table.column(name)).combine_chunks()
        encoded = values.dictionary_encode(null_encoding="encode")
        pairs = codes * (len(encoded.dictionary) + 1) + np.asarray(encoded.indices).astype(np.int64)
        codes = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    sizes: np.ndarray = np.bincount(codes, minlength=1)[codes]
    return sizes


def k_anonymity(corpus: Corpus, columns: Sequence[str], k: int) -> tuple[tuple[Metric, ...], pa.Table]:
    """Smallest class, share of rows in classes below `k`, and those rows as findings.

    Raises:
        InputError: the corpus has no such column.

    """
    sizes = class_sizes(corpus, columns)
    below = np.flatnonzero(sizes < k)
    metrics = (
        replace(measured("privacy.smallest_k", sizes.min(initial=len(corpus))), threshold=float(k)),
        measured("privacy.below_k_rate", len(below) / max(1, len(corpus)), digits=None),
    )
    rows = findings(
        CODE,
        "warn",
        corpus.row_id[below],
        score=(1.0 / sizes[below]).astype(np.float32),
        confidence=1.0,
        value=[str(size) for size in sizes[below].tolist()],
    )
    return metrics, rows
