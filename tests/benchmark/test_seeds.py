"""How many seeds are trained: when they end, and that looking after each of them costs no false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.benchmark.draw import make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.seeds import MIN_SEEDS, SeedRule
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.settings import Settings
from tests.benchmark.toys import SINGLE, compared, make_side, make_test, settings_with

NONE = np.zeros(0, np.float32)


class Clock:
    """Ten seconds a seed."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def experiment_of(rows: int) -> Experiment[str, str]:
    return make_experiment(SINGLE, [make_side("before"), make_side("after")], make_test(rows), BenchmarkSettings(), 0)


def trained(
    experiment: Experiment[str, str],
    right: tuple[float, float],
    rng: np.random.Generator,
    scatter: float = 0.0,
    **options,
) -> SeedRule[str, str]:
    """The rule after all the seeds that it asks for, of sides whose rows are right with these probabilities."""
    clock = Clock()
    rule = SeedRule(SINGLE, experiment, BenchmarkSettings(budget="100s", **options), seconds=10.0, clock=clock)
    truth, runs = SINGLE.truth(experiment), []
    difficulty = rng.normal(0, 1, len(truth))
    for seed in range(99):
        if not rule.should_continue(runs):
            return rule
        for side, level in zip(("before", "after"), right, strict=True):
            is_right = difficulty + rng.normal(0, 1, len(truth)) + rng.normal(level, scatter) > 0
            runs.append(SeedRun(side, seed, np.where(is_right, truth, (truth + 1) % 3), NONE, 1.0))
        clock.now += 10.0
    raise AssertionError("seeds never ended")


@pytest.fixture(scope="module")
def small() -> Experiment[str, str]:
    return experiment_of(200)


def test_a_large_difference_ends_at_the_first_looks(small: Experiment[str, str]) -> None:
    design = trained(small, (0.0, 3.0), np.random.default_rng(0)).design()
    assert design.stopped_by == "decided"
    assert design.looks[0].seeds == MIN_SEEDS and len(design.looks) < 3
    assert design.looks[-1].interval[0] > 0


def test_seeds_end_with_the_budget(small: Experiment[str, str]) -> None:
    rule = trained(small, (1.0, 1.0), np.random.default_rng(1), scatter=0.3, resolution=0.1)
    design = rule.design()
    assert design.stopped_by in ("budget", "rows")
    assert design.looks[-1].seeds <= 10 and design.looks[-1].information == 1.0
    assert design.test_rows_needed is not None and design.test_rows_needed > 200
    assert rule.level < 0.05 if len(design.looks) > 1 else rule.level == pytest.approx(0.05)


def test_seeds_end_where_the_interval_is_narrow_enough(small: Experiment[str, str]) -> None:
    design = trained(small, (1.0, 1.0), np.random.default_rng(2), resolution=20.0).design()
    assert (design.stopped_by, len(design.looks)) == ("resolved", 1)
    assert design.resolution == pytest.approx(0.2)


def test_equal_predictions_end_at_once(small: Experiment[str, str]) -> None:
    rule: SeedRule[str, str] = SeedRule(SINGLE, small, BenchmarkSettings())
    runs = [SeedRun(side, seed, SINGLE.truth(small), NONE, 1.0) for seed in range(3) for side in ("before", "after")]
    assert rule.should_continue(runs[:4]) and not rule.should_continue(runs)
    assert rule.design().stopped_by == "resolved"


def test_a_number_asked_for_is_that_number(small: Experiment[str, str]) -> None:
    rule = trained(small, (0.3, 2.0), np.random.default_rng(0), seeds=5)
    assert rule.design().stopped_by == "fixed" and rule.design().looks == () and rule.level == 0.05


def test_a_benchmark_adds_seeds_by_itself(tiny_settings: Settings) -> None:
    quick = settings_with(tiny_settings, seeds=None, epochs=1, budget="0s", resolution=0.1)
    noisy, clean = make_side("before", noise=0.2), make_side("after")
    found = compared(SINGLE, noisy, clean, make_test(), quick).result
    assert found.seeds == (0, 1, 2) and found.seed_design is not None
    assert found.seed_design.stopped_by in ("budget", "decided")
    assert "group-sequential" in found.method
