"""Which rows of a run are compared: nothing leaks, the prepared rows are those of the data set, steps are in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from auditor.benchmark import RunData, Side, Sides
from auditor.benchmark.selection import sides_of_run, steps_of, steps_of_run
from auditor.benchmark.sides import prepared_rows, with_class_names
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.core.findings import findings
from auditor.corpus.corpus import Corpus, Roles
from auditor.errors import InputError
from tests.benchmark.toys import MULTI, SINGLE, TOKEN

OPTIONS = BenchmarkSettings()
NO_ROWS = pa.table({"row_id": pa.array([], pa.int64()), "code": pa.array([], pa.string())})


def run_data() -> RunData:
    """Eight rows, the last three of them test rows; row 1 is a near duplicate of a test row, row 2 has no label."""
    texts = [f"the text {i}" for i in range(8)]
    table = pa.table(
        {
            "text": pa.array(texts, pa.large_string()),
            "label": ["a", "b", None, "a", "b", "a", "b", "a"],
            "source": ["web", "web", "web", "web", "web", "web", "phone", None],
        }
    )
    corpus = Corpus("c", (), table, np.arange(10, 18), Roles("text", "label", source="source"))
    prepared = pa.table(
        {
            "masked text": ["the text 0", "the text 1", "[MASK]", "  ", "swapped", "copy of a leak"],
            "label": ["a", "b", "a", "b", "a", "b"],
            "row_id": pa.array([10, 11, 13, 14, None, None], pa.int64()),
            "parent_row_id": pa.array([None, None, None, None, 13, 11], pa.int64()),
            "sample_weight": [1.0, 1.0, 2.0, 1.0, 0.5, 1.0],
        }
    )
    return RunData(
        corpus=corpus,
        clusters=np.array([0, 6, 2, 3, 4, 5, 6, 7]),
        is_train=np.arange(8) < 5,
        is_test=np.arange(8) >= 5,
        prepared=prepared_rows(corpus, prepared, {"text": "masked text"}, NO_ROWS),
        findings=findings("LBL001", "warn", [10, 16]),
    )


def test_no_train_row_shares_a_cluster_with_a_test_row() -> None:
    sides = sides_of_run(SINGLE, run_data(), OPTIONS)
    assert sides.before.inputs == ["the text 0", "the text 3", "the text 4"]  # not the unlabelled one either
    assert sides.test.inputs == ["the text 5", "the text 6", "the text 7"]
    assert sides.after.inputs == ["the text 0", "[MASK]", "swapped"]  # nor a copy of one, nor an empty text
    assert sides.after.row_ids is not None and sides.after.row_ids.tolist() == [10, 13, -1]
    assert sides.after.weights is not None and sides.after.weights.tolist() == [1.0, 2.0, 0.5]


def test_doubted_test_rows_are_marked_and_groups_are_kept() -> None:
    test = sides_of_run(SINGLE, run_data(), OPTIONS).test
    assert test.disputed is not None and test.disputed.tolist() == [False, True, False]
    assert test.groups["source"] == ["web", "phone", None]


def test_a_task_that_cleaning_does_not_reach_gets_the_rows_that_are_kept() -> None:
    data = run_data()
    words = [[f"word{i}"] for i in range(8)]
    table = data.corpus.table.append_column("words", pa.array(words)).append_column("tags", pa.array([["O"]] * 8))
    corpus = replace(data.corpus, table=table, roles=Roles("text", tokens="words", tags="tags"))
    tagged = replace(data, corpus=corpus)
    sides = sides_of_run(TOKEN, tagged, OPTIONS)
    assert sides.before.inputs == [("word0",), ("word2",), ("word3",), ("word4",)]
    assert sides.after.inputs == [("word0",), ("word3",), ("word4",)]  # row 2 is not in the data set
    assert sides.test.disputed is None and sides.test.groups == {}
    assert tagged.prepared is not None
    removed = pa.table({"row_id": corpus.row_id[[2]], "code": ["DUP001"]})
    steps = steps_of_run(TOKEN, tagged, replace(tagged.prepared, removed=removed), sides, OPTIONS)
    assert [(step.name, len(step)) for step in steps] == [("before", 4), ("after", 3)]
    assert steps[1].inputs == sides.after.inputs and steps[0].row_ids is None  # drawn by their words, as the sides are


@pytest.mark.parametrize("lacking", ["test", "train", "prepared"])
def test_a_run_without_rows_is_refused(lacking: str) -> None:
    none = np.zeros(8, bool)
    changes = {"test": {"is_test": none}, "train": {"is_train": none}, "prepared": {"prepared": None}}[lacking]
    with pytest.raises(InputError, match="no training or no test rows"):
        sides_of_run(SINGLE, replace(run_data(), **changes), OPTIONS)


def test_classes_are_renamed_in_either_kind_of_label_column() -> None:
    data = run_data()
    assert sides_of_run(SINGLE, replace(data, corpus=with_class_names(data.corpus, {"a": "X"})), OPTIONS).test.targets == [
        "X", "b", "X",
    ]  # fmt: skip
    table = pa.table({"text": pa.array(["s", "t", "u"], pa.large_string()), "topics": ["a;b", None, "b"]})
    corpus = Corpus("c", (), table, np.arange(3), Roles("text", "topics"), label_separator=";")
    renamed = with_class_names(corpus, {"a": "X"})
    assert MULTI.rows(renamed, np.array([0, 2]), "test").targets == [("X", "b"), ("b",)]
    assert MULTI.usable(renamed).tolist() == [True, False, True]
    assert with_class_names(corpus, {}) is corpus


def test_steps_are_the_changes_in_order() -> None:
    texts = [f"text {i}" for i in range(6)]
    before = Side("before", texts, ["a", "b"] * 3, row_ids=np.arange(6))
    after = Side("after", ["text 0", "masked", "text 2", "text 2", "new words"], ["a", "b", "b", "b", "b"],
                 np.array([1.0, 1.0, 2.0, 2.0, 2.0]), np.array([0, 1, 2, -1, -1]))  # fmt: skip
    removed = pa.table({"row_id": [3, 4, 5], "code": ["DUP001", "LBL001", "TXT001"]})
    steps = steps_of(Sides(before, after, before), removed)
    assert [(step.name, len(step)) for step in steps] == [
        ("before", 6), ("duplicates", 5), ("labels", 4), ("texts", 3), ("balance", 4), ("after", 5)
    ]  # fmt: skip
    assert steps[1].inputs == ["text 0", "text 1", "text 2", "text 4", "text 5"]
    assert steps[2].targets == ["a", "b", "b", "b"]  # the third was relabelled, the last is removed later
    assert steps[3].inputs == ["text 0", "masked", "text 2"] and steps[3].weights is None
