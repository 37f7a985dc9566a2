from __future__ import annotations

import numpy as np
import pytest

from auditor.benchmark import compare as comparing
from auditor.benchmark.compare import (
    Scorer,
    Spread,
    cohens_h,
    compare,
    difference,
    difference_from_spread,
    majority,
    mcnemar,
    verdict,
)
from auditor.benchmark.metrics import accuracy
from auditor.benchmark.tasks.masked_lm import MaskedLanguageModelling
from auditor.benchmark.tasks.single_label import SCORING


def answers(rng: np.random.Generator, rows: int, seeds: int, level: float, seed_sd: float) -> np.ndarray:
    """Right or wrong, (seeds, rows), from a row difficulty that seeds share and a level that each seed has."""
    difficulty = rng.normal(0, 1, rows)
    level_of_seed = level + rng.normal(0, seed_sd, (seeds, 1))
    return (level_of_seed + difficulty + rng.normal(0, 1, (seeds, rows)) > 0).astype(np.int64)


def test_interval_holds_the_truth_about_95_times_in_100(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seeds that disagree: a bootstrap over rows alone calls a fifth of equal pairs different."""
    monkeypatch.setattr(comparing, "RESAMPLES", 200)
    rng, tries, misses, row_only_misses = np.random.default_rng(3), 300, 0, 0
    truth = np.ones(200, np.int64)
    for _ in range(tries):
        before, after = (answers(rng, 200, 3, 1.0, 0.15) for _ in range(2))
        difference = compare(SCORING, truth, before, after)["accuracy"]
        misses += difference.outcome != "no-difference"
        draws = rng.multinomial(200, np.full(200, 1 / 200), size=200).astype(float)
        resampled = [accuracy(truth, arm, draws).mean(1) for arm in (before, after)]
        low, high = np.quantile(resampled[1] - resampled[0], [0.025, 0.975])
        row_only_misses += not low <= 0 <= high
    assert misses / tries < 0.07
    assert row_only_misses / tries > 0.1


def test_a_real_difference_is_shown() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(4, size=1_000)
    before, after = (np.where(rng.random((3, 1_000)) < share, truth, (truth + 1) % 4) for share in (0.75, 0.85))
    differences = compare(SCORING, truth, before, after)
    assert {one.outcome for one in differences.values()} == {"better"}
    assert differences["accuracy"].p_value < 0.001
    assert verdict(differences, SCORING).startswith("Better after: macro-F1 changed by +")
    back = compare(SCORING, truth, after, before)
    assert back["macro_f1"].outcome == "worse"
    assert back["macro_f1"].value == -differences["macro_f1"].value


def test_equal_predictions_are_no_difference() -> None:
    truth = np.arange(100) % 3
    predicted = np.stack([truth, (truth + (np.arange(100) % 7 == 0)) % 3])
    differences = compare(SCORING, truth, predicted, predicted)
    assert all(one.p_value == 1.0 for one in differences.values())
    assert verdict(differences, SCORING).startswith("No difference shown: both sides score the same")


def test_no_difference_says_what_could_have_been_seen() -> None:
    difference = difference_from_spread(0.004, Spread(0.01**2, 0.0, 0.0, 1))
    assert (difference.low, difference.high) == pytest.approx((0.004 - 0.0196, 0.004 + 0.0196), abs=1e-4)
    assert difference.detectable == pytest.approx((1.96 + 0.8416) * 0.01, abs=1e-4)
    sentence = verdict({"accuracy": difference, "macro_f1": difference}, SCORING)
    assert sentence.startswith("No difference shown") and "2.8 points" in sentence


def test_numbers_that_are_no_shares_are_not_written_in_points() -> None:
    difference = difference_from_spread(-2.5, Spread(0.5**2, 0.0, 0.0, 1), smaller_is_better=True)
    sentence = verdict({"perplexity": difference}, MaskedLanguageModelling().scoring)
    assert sentence == "Better after: perplexity changed by -2.500 (95% interval -3.480 to -1.520)."


def test_where_less_is_better_a_fall_is_better() -> None:
    def scored(level: float) -> Scorer:
        losses = np.random.default_rng(0).normal(level, 0.1, (2, 400))
        return lambda draws: draws @ losses.T / draws.sum(1, keepdims=True)

    found = difference(scored(3.0), scored(2.5), 400, 0, smaller_is_better=True)
    assert found.outcome == "better" and found.value == pytest.approx(-0.5, abs=0.02)


def test_mcnemar_counts_rows_that_only_one_side_gets_right() -> None:
    truth = np.zeros(20, np.int64)
    before, after = truth.copy()[None], truth.copy()[None]
    before[0, :8], after[0, 8:9] = 1, 1
    assert mcnemar(truth, before, after) == pytest.approx(2 * (1 + 9) / 2**9)
    assert mcnemar(truth, before, before) == 1.0


def test_majority_of_a_tie_is_the_earliest_seeds() -> None:
    votes = np.array([[0, 1, 2], [1, 1, 0], [1, 2, 1]])
    assert majority(votes).tolist() == [1, 1, 2]


def test_cohens_h_is_the_books() -> None:
    assert cohens_h(0.5, 0.7) == pytest.approx(0.4115, abs=1e-4)


def test_duplicates_are_drawn_together() -> None:
    """Each row three times: three times the variance of as many rows that differ, and the variance of the rows once."""
    rng = np.random.default_rng(7)
    once = np.ones(120, np.int64)
    before, after = (answers(rng, 120, 1, level, 0.0) for level in (1.0, 1.2))
    thrice = [np.repeat(side, 3, axis=-1) for side in (before, after)]
    clusters = np.repeat(rng.permutation(120), 3)
    single = compare(SCORING, once, before, after)["accuracy"]
    apart = compare(SCORING, np.repeat(once, 3), *thrice)["accuracy"]
    together = compare(SCORING, np.repeat(once, 3), *thrice, clusters=clusters)["accuracy"]
    assert single.spread is not None and apart.spread is not None and together.spread is not None
    assert together.spread.shared == pytest.approx(single.spread.shared, rel=0.15)
    assert together.spread.shared == pytest.approx(3 * apart.spread.shared, rel=0.15)
