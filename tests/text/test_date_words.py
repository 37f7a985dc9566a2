"""The words of dates that are shipped, beside those of CLDR."""

from __future__ import annotations

from collections import Counter

import pytest

from auditor.text import date_words
from auditor.text.date_words import all_words, known_words, meanings_of


def test_the_shipped_words_are_those_of_cldr() -> None:
    """After an update of babel write the words of `all_words`, sorted and one per line, to the file."""
    assert known_words() == all_words()


def test_words_of_no_language_are_left_out_without_a_look_into_any(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(language: str) -> None:
        assert language == "en"

    asked = date_words.lexicon
    monkeypatch.setattr(date_words, "lexicon", lambda language: refuse(language) or asked(language))
    assert set(meanings_of(Counter({("remark",): 10, ("order", "number"): 3}))) == {()}


def test_a_language_that_few_write_is_found_beside_words_of_none() -> None:
    counts = Counter({("eost",): 50, ("gwengolo",): 40, ("remark",): 2})  # Breton: August, September
    assert {words: meaning.month for words, meaning in meanings_of(counts).items() if words} == {
        ("eost",): 8,
        ("gwengolo",): 9,
    }
