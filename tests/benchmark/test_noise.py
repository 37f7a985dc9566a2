"""Noise on test rows: what it does to a text, and accuracy under it."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.benchmark import Benchmark
from auditor.benchmark.noise import make_noise
from tests.benchmark.toys import truth_of


def test_typing_errors_swap_neighbours_inside_words() -> None:
    texts = ["Please transfer the remaining money to my account", "no"]
    noisy = make_noise(texts, np.array([0, 1]), "other", seed=0).texts["typos"]
    assert noisy[1] == "no"
    changed = [(a, b) for a, b in zip(texts[0].split(), noisy[0].split(), strict=True) if a != b]
    assert 1 <= len(changed) <= 2
    assert all(sorted(a) == sorted(b) and a[0] == b[0] for a, b in changed)
    assert make_noise(texts, np.array([0, 1]), "other", seed=0).texts["typos"] == noisy


def test_chinese_has_typing_errors_and_no_capitals() -> None:
    noisy = make_noise(["酒店的房间非常干净舒服", "早餐很好吃"], np.array([0, 1]), "zh", seed=1)
    assert set(noisy.texts) == {"typos"}
    assert all(sorted(a) == sorted(b) and a != b for a, b in zip(noisy.texts["typos"], ["酒店的房间非常干净舒服", "早餐很好吃"], strict=True))  # fmt: skip


def test_accuracy_under_noise_is_that_of_the_same_rows(noisy_result: Benchmark[str, str]) -> None:
    found = noisy_result.result.to_json()["robustness"]
    noisy = noisy_result.training.experiment.noisy
    assert noisy is not None
    assert found["rows"] == 40 == len(noisy.rows)
    plain = np.mean(
        [
            (run.predicted == truth_of(noisy_result))[noisy.rows].mean()
            for run in noisy_result.training.runs
            if run.side == "after"
        ]
    )
    assert found["none"]["after"]["accuracy"]["mean"] == pytest.approx(plain, abs=1e-6)
    assert found["typos"]["after"]["accuracy"]["mean"] < found["none"]["after"]["accuracy"]["mean"]
