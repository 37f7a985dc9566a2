"""Weights by age: a row that is one half-life old counts half as much as one of the as-of date."""

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

    Rows without a sound date weigh as much as the dated ones do on average: a broken date shall neither gain nor lose
    by being broken.

    Args:
        ages: float64 days before the as-of date, NaN where there is no sound date.
        half_life: days.
    """
    weights = 0.5 ** (np.maximum(ages, 0.0) / half_life)
    return np.where(np.isnan(ages), np.nanmean(weights) if np.isfinite(ages).any() else 1.0, weights)


def aged(corpus: Corpus, ages: np.ndarray | None, half_life: float | None, parts: np.ndarray) -> pa.Table:
    """One finding a train row, whose score is its weight by age; none where no half-life is set.

    Args:
        ages: see `age_weights`; None: not known.
        half_life: ``prepare.half_life``.
        parts: int8 part of each row.

    Raises:
        UsageError: there are no ages to weigh by.
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
