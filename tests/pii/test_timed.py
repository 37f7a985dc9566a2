"""A recognizer that runs out of time leaves its line unchecked, and says so."""

from __future__ import annotations

import pytest
from presidio_analyzer import Pattern, PatternRecognizer

from auditor.errors import CheckError
from auditor.pii.lines import split_lines
from auditor.pii.patterns.stock import UNCHECKED, StockLayer
from auditor.pii.patterns.timed import COMPILED, time_patterns

EVIL = r"(?:a|a)+(?:a|a)+(?:a|a)+c|SSN \d{3}-\d{2}-\d{4}"


def _layer() -> StockLayer:
    recognizer = PatternRecognizer("TEST", name="Evil", patterns=[Pattern("evil", EVIL, 0.5)])
    return StockLayer([recognizer], seconds=0.3)


def test_a_row_that_stalls_a_pattern_is_unchecked_and_the_others_are_checked() -> None:
    texts = ["fine SSN 536-22-1234", "a" * 40 + "! SSN 536-22-1234", "nothing"]
    hits = [(hit.text, hit.entity, hit.start, hit.end) for hit in _layer().hits(texts, split_lines(texts))]
    assert hits == [(0, "TEST", 5, 20), (1, UNCHECKED, 0, len(texts[1]))]


@pytest.mark.parametrize("name", COMPILED)
def test_a_presidio_that_compiles_elsewhere_is_refused(name: str) -> None:
    pattern = Pattern("evil", EVIL, 0.5)
    recognizer = PatternRecognizer("TEST", name="Evil", patterns=[pattern])
    delattr(pattern, name)
    with pytest.raises(CheckError, match="time limit"):
        time_patterns(recognizer)
