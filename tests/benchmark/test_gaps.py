"""Gaps between groups of rows."""

from __future__ import annotations

import numpy as np

from auditor.benchmark.gaps import gaps
from auditor.core.benchmark_result import Gap


def test_the_gap_is_between_best_and_worst_group() -> None:
    truth = np.zeros(75, np.int64)
    group = ["a"] * 25 + ["b"] * 25 + ["c"] * 25
    right_of_a, right_of_b = np.r_[np.zeros(20), np.ones(55)], np.r_[np.zeros(25), np.zeros(10), np.ones(40)]
    before, after = right_of_a[None].astype(np.int64), right_of_b[None].astype(np.int64)
    found = gaps(before == truth, after == truth, {"source": group, "few": ["x"] * 70 + ["y"] * 5})
    assert set(found) == {"source"}
    assert found["source"].before == Gap(0.8, "b", "a")
    assert found["source"].after == Gap(1.0, "c", "a")
