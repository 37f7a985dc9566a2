"""Settings that train the tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.benchmark import Benchmark
from auditor.config.loading import load_settings
from auditor.config.settings import Settings
from tests.benchmark.toys import SINGLE, compared, make_side, make_test, settings_with
from tests.models.conftest import tiny_model  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def tiny_settings(tiny_model: Path) -> Settings:  # noqa: F811
    """Three seeds of the tiny model, long enough to learn."""
    return load_settings(
        options={
            "benchmark.model": str(tiny_model),
            "benchmark.seeds": 3,
            "benchmark.epochs": 8,
            "benchmark.batch_size": 16,
            "benchmark.learning_rate": 3e-3,
            "benchmark.max_length": 16,
        }
    )


@pytest.fixture(scope="session")
def noisy_result(tiny_settings: Settings) -> Benchmark[str, str]:
    """Wrong labels before, right ones after; forty test rows are also judged under noise."""
    settings = settings_with(tiny_settings, noisy_rows=40, epochs=4)
    return compared(SINGLE, make_side("before", noise=0.3), make_side("after"), make_test(), settings)
