"""Differences of shares and lengths with their uncertainty."""

from __future__ import annotations

import numpy as np

from auditor.stats import total_variation

BINS_A_DOUBLING, LENGTH_BINS = 16, 400


def strict_z(tests: int) -> float:
    """The z value of a simultaneous 95% interval for `tests` tests (Bonferroni)."""
    from scipy.stats import norm

    return float(norm.isf(0.025 / max(tests, 1)))


def shift_of_counts(before: np.ndarray, after: np.ndarray, seed: int, draws: int = 1_000) -> tuple[float, float]:
    """Total variation distance between the shares of two count vectors, and its permutation p-value.

    Permuting rows between the sides equals drawing the second side's counts from the sum without replacement.

    Args:
        before, after: int64, one count per class.
    """
    both = before + after
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(both, int(after.sum()), size=draws)
    p, q = (both - drawn) / before.sum(), drawn / after.sum()
    null = np.abs(p - q).sum(axis=1) / 2
    observed = total_variation(before, after)
    return observed, float((np.count_nonzero(null >= observed - 1e-12) + 1) / (draws + 1))


def length_bins(lengths: np.ndarray) -> np.ndarray:
    """int64 (`LENGTH_BINS`,): rows by text length, in logarithmic bins (16 per doubling)."""
    place = np.floor(BINS_A_DOUBLING * np.log2(1.0 + lengths)).astype(np.int64)
    return np.bincount(np.minimum(place, LENGTH_BINS - 1), minlength=LENGTH_BINS)


def median_length(bins: np.ndarray) -> float:
    """The length of the bin that contains the median row."""
    middle = int(np.searchsorted(np.cumsum(bins), bins.sum() / 2))
    return float(np.ceil(2 ** (middle / BINS_A_DOUBLING) - 1))


def shift_of_bins(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance between two binned samples, and its asymptotic p-value (conservative: ties)."""
    from scipy.stats import kstwo

    a, b = int(before.sum()), int(after.sum())
    distance = float(np.abs(np.cumsum(before) / a - np.cumsum(after) / b).max())
    return distance, float(kstwo.sf(distance, max(1, round(a * b / (a + b)))))
