"""Two given data sets: which of their rows are trained and tested on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from auditor.benchmark.two_sets import join_sets, sides_of_sets
from auditor.corpus.corpus import Corpus, Roles
from auditor.errors import InputError
from tests.benchmark.toys import MULTI, SINGLE


def data_set(texts: list[str], labels: list[object], **columns: list[object]) -> Corpus:
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": labels, **columns})
    roles = Roles("text", "label", split="split" if "split" in columns else None)
    return Corpus("c", ("c.csv",), table, np.arange(len(texts)), roles)


def test_the_test_part_of_the_first_is_used_and_its_duplicates_are_left_out() -> None:
    before = data_set(["a", "b", "c", " "], ["x", "y", "x", "x"])
    after = data_set(["a", "c2", "d"], ["x", "y", None], sample_weight=[1.0, 2.0, 3.0])
    rows = join_sets([before, after], lambda corpus: {})
    clusters = np.array([0, 1, 2, 3, 0, 2, 6])  # c2 is a near duplicate of c
    sides = sides_of_sets(SINGLE, rows, clusters, np.array([0, 0, 2, 0], np.int8))
    assert sides.before.inputs == ["a", "b"] and sides.before.weights is None
    assert sides.after.inputs == ["a"] and sides.after.weights is not None and sides.after.weights.tolist() == [1.0]
    assert sides.test.inputs == ["c"] and sides.before.row_ids is None


def test_given_test_rows_take_the_place_of_a_test_part() -> None:
    before = data_set(["a", "b"], ["x", "y"], split=["train", "test"])
    after, test = data_set(["c", "d"], ["x", "y"]), data_set(["e"], ["z"])
    rows = join_sets([before, after, test], lambda corpus: {"x": "X"})
    sides = sides_of_sets(SINGLE, rows, np.arange(5), None)
    assert (sides.before.inputs, sides.after.inputs, sides.test.inputs) == (["a"], ["c", "d"], ["e"])
    assert sides.before.targets == ["X"] and sides.after.targets == ["X", "y"]


def test_lists_of_labels_stay_lists() -> None:
    before, after = data_set(["a", "b"], [["x"], ["x", "y"]]), data_set(["c", "d"], ['["y"]', "[]"])
    rows = join_sets([before, after], lambda corpus: {})
    sides = sides_of_sets(MULTI, rows, np.arange(4), np.array([0, 2], np.int8))
    assert sides.after.targets == [("y",), ()] and sides.test.targets == [("x", "y")]


def test_one_label_and_several_are_not_compared() -> None:
    with pytest.raises(InputError, match="the other has several") as caught:
        join_sets([data_set(["a"], ["x"]), data_set(["b"], [["x"]])], lambda corpus: {})
    assert len(caught.value.lines()) == 3
