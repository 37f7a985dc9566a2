"""Texts of a column that are made when they are asked for."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.corpus import texts as module
from auditor.corpus.texts import Texts, gather, replace_values, text_digests
from auditor.errors import OutputError

ROWS = ["a", None, "ccc", "", "eé", "f", "g", None, "i"]
PLAIN = [row or "" for row in ROWS]


@pytest.fixture
def column(monkeypatch: pytest.MonkeyPatch) -> pa.ChunkedArray:
    """Three chunks, gone through two rows at a time."""
    monkeypatch.setattr(module, "SLICE", 2)
    return pa.chunked_array([ROWS[:4], [], ROWS[4:7], ROWS[7:]], pa.large_string())


def test_they_read_like_a_list_of_strings(column: pa.ChunkedArray) -> None:
    texts = Texts(column)
    assert list(texts) == PLAIN and len(texts) == 9
    assert [texts[i] for i in range(-9, 9)] == PLAIN + PLAIN
    for part in (slice(2, 7), slice(None, None, 3), slice(-3, None), slice(7, 2), slice(8, 1, -2)):
        assert texts[part] == PLAIN[part]
    with pytest.raises(IndexError):
        texts[9]


def test_rows_come_in_the_order_that_is_asked_for(column: pa.ChunkedArray) -> None:
    rows = np.array([8, 0, 0, 5, 3, 1])
    assert Texts(column).take(rows) == [PLAIN[i] for i in rows]
    assert gather(column, rows).to_pylist() == [ROWS[i] for i in rows]
    assert gather(column, rows[:0]).to_pylist() == []


def test_changes_take_the_place_of_texts_and_of_earlier_changes(column: pa.ChunkedArray) -> None:
    texts = Texts(column).with_changes({1: "new", 5: "x"}).with_changes({5: "y"})
    expected = [*PLAIN[:1], "new", *PLAIN[2:5], "y", *PLAIN[6:]]
    assert list(texts) == expected and texts[3:7] == expected[3:7]
    assert texts.take(np.array([5, 1, 0])) == ["y", "new", "a"] and texts[5] == texts[-4] == "y"
    assert list(Texts(column)) == PLAIN


def test_other_values_take_their_places_and_untouched_chunks_stay(column: pa.ChunkedArray) -> None:
    new = replace_values(column, {8: "z", 0: "A", 3: None})
    assert new.to_pylist() == ["A", None, "ccc", None, *ROWS[4:8], "z"]
    assert new.chunk(2).buffers()[2].address == column.chunk(2).buffers()[2].address
    assert replace_values(column, {}).equals(column)


def test_on_the_disk_they_are_the_same_and_a_disk_that_refuses_is_an_error_of_three_lines(
    column: pa.ChunkedArray, tmp_path: Path
) -> None:
    new = replace_values(column, {8: "z", 0: "A", 3: None}, tmp_path / "0.arrow")
    assert new.to_pylist() == ["A", None, "ccc", None, *ROWS[4:8], "z"]
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OutputError, match="The work folder cannot be written"):
        replace_values(column, {0: "A"}, tmp_path / "no folder" / "0.arrow")


def test_digests_of_changed_texts_are_those_of_a_list(column: pa.ChunkedArray) -> None:
    texts = Texts(column)
    assert text_digests(texts).tolist() == text_digests(PLAIN).tolist()
    changed = texts.with_changes({1: "new", 5: "x"}).with_changes({5: "A"})
    assert text_digests(changed).tolist() == text_digests(list(changed)).tolist()
    assert text_digests(changed)[5].tolist() == text_digests(texts)[0].tolist()  # case does not count
    assert text_digests(texts).tolist() == text_digests(PLAIN).tolist()
