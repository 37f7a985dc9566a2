"""Recency weights: a row that is one half-life old counts half as much as one dated at the as-of date."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.core.actions import Part
from auditor.core.findings import findings, no_findings
from auditor.corpus.corpus import Corpus
from auditor.errors import UsageError

CODE = "STL012"


def age_weights(ages: np.ndarray, half_life: float) -> np.ndarray:
    """float64, one per row: 0.5 ** (age / half_life), exponential decay.

    Rows without a valid date get the mean weight of the dated rows, so that an invalid date neither gains nor loses.

    Args:
        ages: float64 days before the as-of date, NaN without a valid date.
        half_life: days.
    """
    weights = 0.5 ** (np.maximum(ages, 0.0) / half_life)
    return np.where(np.isnan(ages), np.nanmean(weights) if np.isfinite(ages).any() else 1.0, weights)


def recency_findings(corpus: Corpus, ages: np.ndarray | None, half_life: float | None, parts: np.ndarray) -> pa.Table:
    """One finding per train row, with its recency weight as score; no findings if no half-life is set.

    Args:
        ages: see `age_weights`; None: unknown.
        half_life: ``prepare.half_life``.
        parts: int8 part of each row.

    Raises:
        UsageError: a half-life is set and the ages are unknown.
    """
    if half_life is None:
        return no_findings()
    if ages is None or not np.isfinite(ages).any():
        raise UsageError(
            "Rows cannot be weighted by age: their ages are not known.",
            where="prepare.half_life",
            fix="Name the column of dates with --date and leave the staleness check on, or take the setting out.",
        )
    positions = np.flatnonzero(parts == Part.TRAIN)
    weights = age_weights(ages[positions], half_life)
    return findings(CODE, "info", corpus.row_id[positions], column=corpus.roles.date, score=weights, confidence=1.0)
