"""Differences of shares, counts and lengths with their uncertainty."""

import numpy as np
import pytest

from auditor.checks.batch.rates import (
    length_bins,
    median_length,
    shift_of_bins,
    shift_of_counts,
    strict_z,
)
from auditor.checks.redact_names import without_names
from auditor.checks.words import count_words, log_odds, typical
from auditor.config.settings import Settings
from auditor.stats import Z95


def test_intervals_for_many_at_once_are_wider() -> None:
    assert strict_z(1) == pytest.approx(Z95, abs=1e-5)
    assert strict_z(20) == pytest.approx(3.0233, abs=1e-3)


def test_shares_of_one_source_are_rarely_called_apart() -> None:
    random = np.random.default_rng(0)
    p = np.array([0.5, 0.3, 0.15, 0.05])
    pairs = [(random.multinomial(5000, p), random.multinomial(100, p)) for _ in range(200)]
    values = [shift_of_counts(a, b, 1, 200)[1] for a, b in pairs]
    assert 0.01 <= np.mean(np.array(values) < 0.05) <= 0.1
    distance, p_value = shift_of_counts(np.array([500, 500]), np.array([90, 10]), 1)
    assert distance == pytest.approx(0.4)
    assert p_value < 0.01


def test_lengths_are_compared_in_classes() -> None:
    random = np.random.default_rng(0)
    a, b = (length_bins(random.lognormal(5, 0.5, n).astype(int)) for n in (5000, 400))
    longer = length_bins(random.lognormal(5.4, 0.5, 400).astype(int))
    assert shift_of_bins(a, b)[1] > 0.01
    assert shift_of_bins(a, longer)[0] > 0.2
    assert shift_of_bins(a, longer)[1] < 1e-6
    assert median_length(length_bins(np.full(9, 100))) == pytest.approx(100, rel=0.05)
    assert length_bins(np.array([0, 10**9]))[[0, -1]].tolist() == [1, 1]


def test_a_word_as_common_on_both_sides_has_not_moved_whatever_their_sizes() -> None:
    z = log_odds(np.array([1000.0, 20.0, 0.0]), 5000, np.array([20.0, 20.0, 20.0]), 100)
    assert abs(z[0]) < 0.1
    assert z[1] > 5
    assert z[2] > 3


def test_parts_of_addresses_are_no_words() -> None:
    texts = ["see http://kevin.example.org/list now", "mail kevin@example.org or www.example.org"]
    assert set(count_words(texts, "en").documents) == {"see", "now", "mail"}


def test_typical_texts_hold_the_moved_words_and_repeat_none() -> None:
    words = (("reactor", 9.0), ("coolant", 4.0))
    texts = ["a garden", "the Reactor and its coolant", "the reactor and its coolant!", "reactors hold coolant"]
    found = typical(texts, np.array([0, 1, 1, 2]), words)
    assert [(one.place, one.words) for one in found] == [(1, ("reactor", "coolant")), (3, ("coolant",))]
    assert texts[1][found[0].start : found[0].end] == "Reactor"
    assert typical(["地震在雅安"], np.zeros(1, int), (("地震", 3.0), ("雅安", 5.0)))[0].words == ("雅安", "地震")


def test_names_of_people_are_not_among_the_words_that_moved() -> None:
    texts = ["刘翔在伦敦奥运会上退赛了", "记者在伦敦见到刘翔，刘翔没有说话", "伦敦今天下雨", "网友支持刘翔"]
    words = (("刘翔", -4.0), ("伦敦", -3.0))
    kept = without_names(words, texts, Settings(), "zh")
    assert "刘翔" not in dict(kept)
    off = Settings.model_validate({"pii": {"ner": "off"}})
    assert without_names(words, texts, off, "zh") == words
