"""Entities in tags of every scheme: BIO, IOB1, BIOES, BMES, and plain types."""

from __future__ import annotations

import pytest

from auditor.text.bio import spans


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-PER", "I-PER", "O"], {("PER", 0, 2)}),
        (["B-PER", "B-PER"], {("PER", 0, 1), ("PER", 1, 2)}),
        (["I-LOC", "I-PER"], {("LOC", 0, 1), ("PER", 1, 2)}),
        (["S-PER", "E-PER"], {("PER", 0, 1), ("PER", 1, 2)}),
        (["B-LOC", "M-LOC", "E-LOC", "I-LOC"], {("LOC", 0, 3), ("LOC", 3, 4)}),
        (["PER", "PER", "O"], {("PER", 0, 2)}),
        (["O"], set()),
    ],
)
def test_entities(tags: list[str], expected: set[tuple[str, int, int]]) -> None:
    assert {(span.kind, span.start, span.end) for span in spans(tags)} == expected
