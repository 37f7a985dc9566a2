"""Texts of equal words that differ in signs are no duplicates; in long texts a sign changes little."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from auditor.config.settings import DuplicateSettings
from auditor.corpus.corpus import Corpus, Roles
from auditor.dedup.find import find_clusters
from auditor.dedup.signs import signs_of


def kept(*texts: str, labels: list[str] | None = None) -> list[int]:
    columns = {"text": pa.array(texts, pa.large_string())}
    if labels is not None:
        columns["label"] = pa.array(labels, pa.large_string())
    roles = Roles("text", "label" if labels else None)
    corpus = Corpus("c", (), pa.table(columns), np.arange(len(texts)), roles)
    return list(find_clusters(corpus, DuplicateSettings(keep="first")).kept.tolist())


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("def f(a, b): return a + b", "def f(a, b): return a - b"),
        ("if (x < 10) { y = x * 2; }", "if (x > 10) { y = x / 2; }"),
        ("while i != n: i -= 1", "while i == n: i -= 1"),
        ("Just landed in Turin 😀", "Just landed in Turin 😭"),
        ("Nice weather today :)", "Nice weather today :("),
        ("She writes C++ for a living", "She writes C# for a living"),
        ("The change was +1", "The change was -1"),
        ("今天天气真好😀", "今天天气真好😡"),
    ],
)
def test_texts_that_differ_in_signs_are_two(one, two):
    assert kept(one, two) == [0, 1]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Hello, world! How are you today?", "Hello world. How are you today"),
        ("The well-known \u2013 and old \u2013 rule holds", "The well-known - and old - rule holds"),
        ("\u2022 bread and butter and jam", "- bread and butter and jam"),
        ("Nice weather today :)", "nice weather  today :)"),
    ],
)
def test_punctuation_makes_no_difference(one, two):
    assert kept(one, two) == [0, 0]


def test_in_a_page_of_text_one_sign_changes_little():
    words = " ".join(f"word{i} and" for i in range(60))
    assert kept(f"{words} 😀", f"{words} 😭") == [0, 0]
    assert kept(f"{words} " * 9 + "😀", f"{words} " * 9 + "😭") == [0, 0]


def test_signs_are_found_and_layout_is_not():
    assert signs_of("a + b - 1 = -2 :) 😀 5% C# x*y") == ("+", "=", "-", ":)", "😀", "%", "#", "*")
    assert signs_of("> quoted -- **bold** #tag <b> and/or \u2192 \u25a0 (see: a) well-known 2020-01-02") == ()
