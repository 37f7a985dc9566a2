"""Roles: the obvious column is taken, the doubtful one is not, and a choice can be overruled."""

from datetime import datetime

import pyarrow as pa
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.roles import infer_roles
from auditor.corpus.splits import part_of


def roles(table, **asked):
    return infer_roles(pa.table(table), CorpusSettings(**asked)).roles.columns()


N = 40


def test_by_name():
    table = {
        "Content": ["some text"] * N, "class": ["a", "b"] * (N // 2), "created_at": ["2024-01-01"] * N,
        "uid": [str(i) for i in range(N)], "split": ["train", "test"] * (N // 2), "source": ["web"] * N,
    }  # fmt: skip
    assert roles(table) == {
        "text": "Content", "label": "class", "id": "uid", "date": "created_at", "split": "split", "source": "source"
    }  # fmt: skip


def test_the_longest_texts_where_no_name_says_so():
    assert roles({"x1": ["ab"] * N, "x2": ["a much longer text"] * N})["text"] == "x2"


def test_a_timestamp_column_is_the_date_whatever_its_name():
    assert roles({"text": ["a"] * N, "when": [datetime(2024, 1, 1)] * N})["date"] == "when"


@pytest.mark.parametrize(
    "column",
    [
        {"label": [f"free text {i}" for i in range(N)]},  # nor is a column of all different values
        {"split": ["spam", "ham"] * (N // 2)},  # a split column must hold split names
    ],
)
def test_columns_whose_content_does_not_fit_their_name(column):
    assert set(roles({"text": ["a"] * N, **column})) == {"text"}


def test_asked_for_wins_and_is_not_taken_twice():
    table = {"text": ["a"] * N, "title": ["b"] * N, "label": ["x", "y"] * (N // 2)}
    assert roles(table, text="title", label="text") == {"text": "title", "label": "text"}


def test_split_names():
    assert [part_of(v) for v in ("TRAIN", " dev", "Val", "test", "训练", "fold1", None)] == [
        "train", "validation", "validation", "test", "train", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("empty", [None, "", " \u3000"])
def test_an_empty_text_column_is_the_text_and_not_the_label_beside_it(empty):
    found = roles({"text": pa.array([empty] * N, pa.string()), "label": ["late", "lost"] * (N // 2)})
    assert found == {"text": "text", "label": "label"}
