"""Scores are scikit-learn's and seqeval's, on all rows and on resamples; the threshold is the best one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, precision_score, recall_score

from auditor.benchmark import tables
from auditor.benchmark.metrics import (
    best_threshold,
    calibration_error,
    class_counts,
    count_f1,
    perplexity,
    trivial_f1,
)
from auditor.benchmark.tasks.token import entity_counts
from tests.benchmark.toys import MULTI, SINGLE

TAGS = st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]), min_size=1, max_size=8)


def test_scores_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(5, size=300)
    predicted = np.where(rng.random((2, 300)) < 0.7, truth, rng.integers(7, size=(2, 300)))
    got = SINGLE.scoring.scores(truth, predicted)
    present = sorted(set(truth.tolist()))
    for seed in range(2):
        assert got["accuracy"][seed] == pytest.approx(accuracy_score(truth, predicted[seed]))
        precision, recall, f1, _ = precision_recall_fscore_support(
            truth, predicted[seed], labels=present, average="macro", zero_division=0
        )
        assert got["macro_f1"][seed] == pytest.approx(f1)
        assert got["macro_precision"][seed] == pytest.approx(precision)
        assert got["macro_recall"][seed] == pytest.approx(recall)


def test_calibration_error_of_known_bins() -> None:
    right = np.array([True, False, True, True])
    confidence = np.array([0.9, 0.9, 1.0, 0.5], np.float32)
    assert calibration_error(right, confidence) == pytest.approx((0.8 + 0.5) / 4, abs=1e-6)


def test_multi_label_scores_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((90, 5)) < 0.3, rng.random((2, 90, 5)) < 0.4
    truth[:, 4] = False  # a label that the test rows lack
    got = MULTI.scoring.scores(truth, predicted)
    for seed in range(2):
        one, present = predicted[seed], truth.any(0)
        assert got["micro_f1"][seed] == pytest.approx(f1_score(truth, one, average="micro"))
        macro = f1_score(truth[:, present], one[:, present], average="macro", zero_division=0)
        assert got["macro_f1"][seed] == pytest.approx(macro)
        assert got["subset_accuracy"][seed] == pytest.approx((truth == one).all(1).mean())
        assert got["micro_precision"][seed] == pytest.approx(precision_score(truth, one, average="micro"))
        assert got["micro_recall"][seed] == pytest.approx(recall_score(truth, one, average="micro"))


def test_a_resample_is_scored_as_its_rows_would_be() -> None:
    rng = np.random.default_rng(1)
    truth, predicted = rng.random((40, 4)) < 0.3, rng.random((1, 40, 4)) < 0.4
    chosen = rng.integers(40, size=40)
    draws = np.bincount(chosen, minlength=40)[None].astype(float)
    once = np.ones((1, 40))
    for metric in MULTI.scoring.compared.values():
        expected = metric(truth[chosen], predicted[:, chosen], once)
        assert metric(truth, predicted, draws) == pytest.approx(expected)


def test_the_threshold_is_the_best_one() -> None:
    rng = np.random.default_rng(2)
    has = rng.random((60, 3)) < 0.3
    scores = np.round(np.clip(has * 0.4 + rng.random((60, 3)) * 0.7, 0, 1), 2)  # with equal scores
    chosen = best_threshold(scores, has, 0.5)
    every = [f1_score(has, scores >= cut, average="micro", zero_division=0) for cut in np.linspace(0, 1.2, 500)]
    assert f1_score(has, scores >= chosen, average="micro") == pytest.approx(max(every))
    assert best_threshold(scores, np.zeros_like(has), 0.5) == 0.5
    wrong = np.vstack([has, ~has, ~has])  # and as many rows again that weigh nothing
    weights = np.repeat([1.0, 0.0, 0.0], 60)
    assert best_threshold(np.vstack([scores] * 3), wrong, 0.5, weights) == chosen
    assert best_threshold(np.zeros((0, 3)), np.zeros((0, 3), bool), 0.5) == 0.5


def test_the_trivial_answer_is_the_most_frequent_labels() -> None:
    truth = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 1]], bool)
    assert trivial_f1(truth) == pytest.approx(2 * 6 / (8 + 7))
    assert class_counts(truth, truth, np.ones((1, 4))).f1.tolist() == [[1.0, 1.0, 1.0]]


@settings(max_examples=60, deadline=None)
@given(st.lists(TAGS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_entity_f1_is_seqevals(truth: list[list[str]], random: object) -> None:
    seqeval = pytest.importorskip("seqeval.metrics")
    guess = [[random.choice(["O", "B-PER", "I-PER", "B-LOC"]) for _ in row] for row in truth]
    mine = count_f1(np.zeros(len(truth)), entity_counts(truth, guess)[None], np.ones((1, len(truth))))[0, 0]
    assert mine == pytest.approx(seqeval.f1_score(truth, guess, zero_division=0))


def test_perplexity_of_known_losses() -> None:
    losses = np.array([[[2.0, 1.0], [4.0, 2.0]], [[0.0, 1.0], [0.0, 2.0]]])
    assert perplexity(np.zeros(2), losses, np.ones((1, 2)))[0] == pytest.approx([np.exp(2.0), 1.0])
    assert perplexity(np.zeros(2), losses, np.array([[2.0, 0.0]]))[0] == pytest.approx([np.exp(2.0), 1.0])


def test_classes_share_the_level_of_their_intervals_and_small_ones_have_none() -> None:
    """One class of three gets worse; the interval of a class is wider where there are more classes to look at."""
    rng = np.random.default_rng(0)
    truth = np.array([0] * 300 + [1] * 300 + [2] * 10)
    before = np.stack([np.where(rng.random(610) < 0.1, 1, truth) for _ in range(3)])
    after = np.where((truth == 1) & (rng.random((3, 610)) < 0.4), 0, before)
    found = tables.classes(("a", "b", "c"), truth, (before, after), truth, truth)
    assert found[1].change is not None and found[1].change.outcome == "worse"
    assert found[1].change.value == pytest.approx(found[1].f1.after - found[1].f1.before, abs=2e-6)
    assert found[2].change is None
    alone = tables.class_changes(truth, (before, after), np.array([1]), 3, 0.05)[1]
    assert np.diff(alone.interval) < np.diff(found[1].change.interval)
