"""Models with 8-bit weights."""

from __future__ import annotations

import copy

from auditor.benchmark import Benchmark
from auditor.benchmark.quantized import quantize
from tests.benchmark.toys import make_test


def test_eight_bits_are_smaller_and_answer_alike(noisy_result: Benchmark[str, str]) -> None:
    assert noisy_result.training.trained is not None
    before = copy.deepcopy(noisy_result.training.trained.classifier.state_dict())
    found, _ = quantize(noisy_result.training.trained, make_test().inputs)
    assert found.megabytes[1] < found.megabytes[0]
    assert found.agreement > 0.9
    assert all(
        (before[name] == value).all() for name, value in noisy_result.training.trained.classifier.state_dict().items()
    )
