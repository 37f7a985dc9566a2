from __future__ import annotations

import numpy as np
import pytest

from auditor.benchmark import Arm, TestSet
from auditor.benchmark.data import drawn_alike, few_shot, prepare_contest
from auditor.errors import InputError
from tests.benchmark.toys import make_arm, make_test


def test_caps_draw_the_same_rows_for_both_arms() -> None:
    before = make_arm("before", 400)
    kept = np.flatnonzero(np.arange(400) % 10 != 3)
    masked = before.take(kept)
    after = Arm("after", [f"<MASK> {text}" for text in masked.texts], masked.labels, row_ids=masked.row_ids)
    contest = prepare_contest([before, after], make_test(), max_train=200, max_test=40, seed=0)
    drawn_before, drawn_after = set(contest.arms[0].row_ids.tolist()), set(contest.arms[1].row_ids.tolist())
    assert len(drawn_before) == 200
    assert drawn_after == {row for row in drawn_before if row % 10 != 3}
    assert len(contest.test) == 40
    assert contest.available == {"before": 400, "after": 360, "test": 150}


def test_caps_hold_for_equal_texts_and_follow_the_seed() -> None:
    arm = Arm("before", ["same text"] * 300, ["a", "b"] * 150)
    draws = [
        prepare_contest([arm, arm], make_test_of(["a", "b"]), max_train=100, max_test=10, seed=seed).arms[0].labels
        for seed in (0, 0, 1)
    ]
    assert len(draws[0]) == 100
    assert draws[0] == draws[1] != draws[2]


def make_test_of(labels: list[str]) -> TestSet:
    return TestSet(
        np.arange(len(labels)), [f"text {i}" for i in range(len(labels))], labels, np.zeros(len(labels), bool)
    )


def test_labels_only_in_test_are_classes_after_those_of_training() -> None:
    arm = make_arm("before")
    contest = prepare_contest([arm, arm], make_test_of(["a new one", "food", "work"]), 1000, 1000, seed=0)
    assert contest.classes == ("food", "travel", "work", "a new one")
    assert contest.train_classes == 3
    assert contest.unseen(arm) == 1


def test_texts_shared_with_training_are_counted() -> None:
    arm = make_arm("before")
    test = TestSet(np.arange(2), [arm.texts[0], "never seen"], ["food", "work"], np.zeros(2, bool))
    assert prepare_contest([arm, arm], test, 1000, 1000, seed=0).shared_texts(arm) == 1


@pytest.mark.parametrize(
    ("arm", "what"),
    [
        (Arm("before", ["a"] * 49, ["x", "y"] * 24 + ["x"]), "at least 50"),
        (Arm("before", ["a"] * 60, ["x"] * 60), "same label"),
        (Arm("before", [" "] * 60, ["x", "y"] * 30), "empty"),
        (Arm("before", ["a"] * 60, ["x", "y"] * 30), "no label in common"),
    ],
)
def test_unusable_rows_are_refused(arm: Arm, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        prepare_contest([arm, make_arm("after")], make_test(), 1000, 1000, seed=0)
    assert len(caught.value.lines()) == 3


def test_no_test_rows_are_refused() -> None:
    arm = make_arm("before")
    with pytest.raises(InputError, match="no labelled test rows"):
        prepare_contest([arm, arm], make_test_of([]), 1000, 1000, seed=0)


def test_few_shot_takes_the_same_rows_of_each_class() -> None:
    before = make_arm("before")
    after = before.take(np.flatnonzero(np.arange(240) % 7 != 0))
    contest = few_shot(prepare_contest([before, after], make_test(), 1000, 1000, seed=0), 5, seed=0)
    assert [sorted(arm.labels) for arm in contest.arms] == [["food"] * 5 + ["travel"] * 5 + ["work"] * 5] * 2
    first, second = (set(arm.row_ids.tolist()) for arm in contest.arms)
    assert {row for row in first if row % 7} <= second


def test_rows_without_ids_are_drawn_by_what_they_hold() -> None:
    before = [f"text {i // 2}" for i in range(400)]  # each twice
    after = [f"text {i}" for i in range(199, 19, -1)]  # once, fewer, and turned round
    first, second = drawn_alike([before, after], 100, seed=0)
    assert len(first) == 100 and (np.diff(first) > 0).all()
    kept = {before[i] for i in first}
    once = {before[i] for i in first if i % 2 == 0}  # the first copy of a text is drawn as its only one is
    assert {after[i] for i in second} == {text for text in once if int(text.split()[1]) >= 20}
    assert kept >= once and not set(np.arange(60)) >= set(first.tolist())
    assert [len(at) for at in drawn_alike([before, after], 1_000, seed=0)] == [400, 180]
