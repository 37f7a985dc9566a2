from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auditor.benchmark import Side
from auditor.benchmark.draw import few_shot, make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.errors import InputError
from tests.benchmark.toys import SINGLE, make_side, make_test


def drawn(
    sides: list[Side[str, str]], test: Side[str, str], max_train: int = 1_000, max_test: int = 1_000, seed: int = 0
) -> Experiment[str, str]:
    options = BenchmarkSettings(max_train_rows=max_train, max_test_rows=max_test)
    return make_experiment(SINGLE, sides, test, options, seed)


def test_caps_draw_the_same_rows_for_both_arms() -> None:
    before = make_side("before", 400)
    kept = np.flatnonzero(np.arange(400) % 10 != 3)
    masked = before.take(kept)
    after = replace(masked, name="after", inputs=[f"<MASK> {text}" for text in masked.inputs])
    experiment = drawn([before, after], make_test(), max_train=200, max_test=40)
    drawn_before, drawn_after = set(experiment.sides[0].row_ids.tolist()), set(experiment.sides[1].row_ids.tolist())
    assert len(drawn_before) == 200
    assert drawn_after == {row for row in drawn_before if row % 10 != 3}
    assert len(experiment.test) == 40
    assert experiment.available == {"before": 400, "after": 360, "test": 150}


def test_caps_hold_for_equal_texts_and_follow_the_seed() -> None:
    arm = Side("before", ["same text"] * 300, ["a", "b"] * 150)
    draws = [
        drawn([arm, arm], make_test_of(["a", "b"]), max_train=100, max_test=10, seed=seed).sides[0].targets
        for seed in (0, 0, 1)
    ]
    assert len(draws[0]) == 100
    assert draws[0] == draws[1] != draws[2]


def make_test_of(labels: list[str]) -> Side[str, str]:
    return Side("test", [f"text {i}" for i in range(len(labels))], labels)


def test_labels_only_in_test_are_classes_after_those_of_training() -> None:
    arm = make_side("before")
    experiment = drawn([arm, arm], make_test_of(["a new one", "food", "work"]))
    assert experiment.labels == ("food", "travel", "work", "a new one")
    assert experiment.trained_labels == 3


@pytest.mark.parametrize(
    ("arm", "what"),
    [
        (Side("before", ["a"] * 49, ["x", "y"] * 24 + ["x"]), "at least 50"),
        (Side("before", ["a"] * 60, ["x"] * 60), "same label"),
        (Side("before", [" "] * 60, ["x", "y"] * 30), "empty"),
        (Side("before", ["a"] * 60, ["x", "y"] * 30), "no label in common"),
    ],
)
def test_unusable_rows_are_refused(arm: Side[str, str], what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        drawn([arm, make_side("after")], make_test())
    assert len(caught.value.lines()) == 3


def test_no_test_rows_are_refused() -> None:
    arm = make_side("before")
    with pytest.raises(InputError, match="no labelled test rows"):
        drawn([arm, arm], make_test_of([]))


def test_few_shot_takes_the_same_rows_of_each_class() -> None:
    before = make_side("before")
    after = before.take(np.flatnonzero(np.arange(240) % 7 != 0))
    experiment = few_shot(SINGLE, drawn([before, after], make_test()), 5, seed=0)
    assert [sorted(side.targets) for side in experiment.sides] == [["food"] * 5 + ["travel"] * 5 + ["work"] * 5] * 2
    first, second = (set(side.row_ids.tolist()) for side in experiment.sides)
    assert {row for row in first if row % 7} <= second


def test_rows_without_ids_are_drawn_by_what_they_hold() -> None:
    before = Side("before", [f"text {i // 2}" for i in range(400)], ["a", "b"] * 200)  # each text twice
    after = Side("after", [f"text {i}" for i in range(199, 19, -1)], ["a", "b"] * 90)  # once, fewer, in reverse order
    first, second = (side.inputs for side in drawn([before, after], make_test_of(["a"]), max_train=100).sides)
    assert len(first) == 100 and first == sorted(first, key=before.inputs.index)  # in the order of the data
    once = {text for text in set(before.inputs) if first.count(text)}
    assert set(second) <= once and len(second) > 20
    assert once - set(second) - {f"text {i}" for i in range(20)} <= {text for text in once if first.count(text) == 1}
    everything = drawn([before, after], make_test_of(["a"])).sides
    assert [len(side) for side in everything] == [400, 180]
