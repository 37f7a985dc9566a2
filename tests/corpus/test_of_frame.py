"""Tables in memory that Arrow does not convert by itself."""

from __future__ import annotations

import pandas as pd
import pytest

from auditor.corpus.of_frame import table_of_frame, table_of_rows
from auditor.errors import InputError


def test_values_without_an_arrow_type_become_texts():
    frame = pd.DataFrame({
        "mixed": ["a secret", 5, None],
        "interval": pd.cut([1, 2, 3], [0, 2, 4]),
        "period": pd.period_range("2024-01-30", periods=3, freq="D"),
        "sparse": pd.arrays.SparseArray([0, 0, 7]),
    })  # fmt: skip
    assert table_of_frame(frame).to_pydict() == {
        "mixed": ["a secret", "5", None],
        "interval": ["(0, 2]", "(0, 2]", "(2, 4]"],
        "period": ["2024-01-30", "2024-01-31", "2024-02-01"],
        "sparse": [0, 0, 7],
    }


def test_named_levels_of_the_index_are_columns_and_others_are_not():
    frame = pd.DataFrame({"text": ["a", "b"]})
    assert table_of_frame(frame.set_index(pd.Index([7, 7], name="id"))).to_pydict() == {
        "id": [7, 7],
        "text": ["a", "b"],
    }
    assert table_of_frame(frame.set_index(pd.Index([7, 7]))).column_names == ["text"]


def test_columns_of_one_name_are_refused_without_the_name():
    frame = pd.DataFrame([["a", 1, "b"]], columns=["text", "n", "text"])
    with pytest.raises(InputError) as refused:
        table_of_frame(frame)
    assert refused.value.where == "columns 1, 3"


def test_a_key_that_a_row_lacks_is_missing():
    assert table_of_rows([{"a": "x"}, {"b": 1}]).to_pydict() == {"a": ["x", None], "b": [None, 1]}
