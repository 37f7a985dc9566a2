"""Differences of shares and of lengths with their uncertainty."""

from __future__ import annotations

import numpy as np

from auditor.stats import total_variation

BINS_A_DOUBLING, LENGTH_BINS = 16, 400


def strict_z(tests: int) -> float:
    """The z of a 95 % interval that holds for `tests` of them at once (Bonferroni)."""
    from scipy.stats import norm

    return float(norm.isf(0.025 / max(tests, 1)))


def shift_of_counts(before: np.ndarray, after: np.ndarray, seed: int, draws: int = 1_000) -> tuple[float, float]:
    """Total variation distance of the shares behind two rows of counts, and its permutation p-value.

    Shuffling rows between the sides is drawing the second side's counts from the sum of both without replacement.

    Args:
        before, after: int64, one count per class.
    """
    both = before + after
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(both, int(after.sum()), size=draws)
    p, q = (both - drawn) / before.sum(), drawn / after.sum()
    null = np.abs(p - q).sum(axis=1) / 2
    own = total_variation(before, after)
    return own, float((np.count_nonzero(null >= own - 1e-12) + 1) / (draws + 1))


def length_bins(lengths: np.ndarray) -> np.ndarray:
    """int64 (`LENGTH_BINS`,): rows by text length, in classes of equal ratio (a sixteenth of a doubling)."""
    place = np.floor(BINS_A_DOUBLING * np.log2(1.0 + lengths)).astype(np.int64)
    return np.bincount(np.minimum(place, LENGTH_BINS - 1), minlength=LENGTH_BINS)


def median_length(bins: np.ndarray) -> float:
    """The length in whose class the middle row lies."""
    middle = int(np.searchsorted(np.cumsum(bins), bins.sum() / 2))
    return float(np.ceil(2 ** (middle / BINS_A_DOUBLING) - 1))


def shift_of_bins(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance between two binned samples, and its asymptotic p-value (conservative: ties)."""
    from scipy.stats import kstwo

    a, b = int(before.sum()), int(after.sum())
    distance = float(np.abs(np.cumsum(before) / a - np.cumsum(after) / b).max())
    return distance, float(kstwo.sf(distance, max(1, round(a * b / (a + b)))))
