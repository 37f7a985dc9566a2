"""A sample of rows in which every class is represented."""

from __future__ import annotations

import numpy as np

LEAST_OF_CLASS = 100
"""A class keeps so many of its rows, or all it has, before the rest is shared out by size."""


def stratified(given: np.ndarray, rows: int, seed: int) -> np.ndarray:
    """int64, ascending: at most `rows` rows drawn class by class, or all where there are no more.

    Each class first keeps up to `LEAST_OF_CLASS` rows (fewer where that would be more than the sample); what is left of
    the sample is dealt out in proportion to the rows that remain.

    Args:
        given: int64 classes 0 .. K-1.
        rows: size of the sample.
        seed: of the draw.
    """
    if len(given) <= rows:
        return np.arange(len(given))
    sizes = np.bincount(given)
    least = np.minimum(sizes, min(LEAST_OF_CLASS, rows // len(sizes)))
    rest = sizes - least
    exact = rest * ((rows - int(least.sum())) / max(int(rest.sum()), 1))
    quota = least + np.floor(exact).astype(np.int64)
    short = rows - int(quota.sum())
    quota[np.argsort(np.floor(exact) - exact, kind="stable")[:short]] += 1
    order = np.lexsort((np.random.default_rng(seed).random(len(given)), given))
    place = np.arange(len(given)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[place < np.minimum(quota, sizes)[given[order]]])
