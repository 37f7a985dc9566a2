"""The fast layer equals Presidio's engine without a language model."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine, RecognizerResult

from auditor.pii.lines import split_lines
from auditor.pii.patterns.offline import pattern_engine
from auditor.pii.patterns.stock import StockLayer

PIECES = [
    "a@b.com", "4111 1111 1111 1111", "GB82WEST12345698765432", "gb82 west 1234 5698 7654 32", "192.168.0.1", "::1",
    "(212) 555-0147", "030 1234", "18090200013", "+49 30 901820", "1 6 4 9", "http://a.co/x", "'b.org'", "x.to",
    "1999-12-31",
    "31-DEC-1999", "00:1A:2B:3C:4D:5E", "078-05-1120", "x86", "A1234567", "943 476 5919", "１２３４５６７８９",
    "ſ.com", "K9", "-", ".", "/", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "123e4567-e89b-12d3-a456-426614174000",
    "\n", " ", "，", "电话",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> AnalyzerEngine:
    return pattern_engine()


@pytest.fixture(scope="module")
def layer(engine: AnalyzerEngine) -> StockLayer:
    return StockLayer(engine.registry.get_recognizers(language="en", all_fields=True))


def _plain(results: list[RecognizerResult]) -> list[tuple[str, int, int, float]]:
    return [(r.entity_type, r.start, r.end, round(r.score, 6)) for r in results]


def _assert_equal(engine: AnalyzerEngine, layer: StockLayer, texts: list[str]) -> int:
    ours = layer.analyze(texts, split_lines(texts))
    for text, results in zip(texts, ours, strict=True):
        assert _plain(results) == _plain(engine.analyze(text, language="en"))
    return sum(map(len, ours))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=1, max_size=6))
def test_equal_on_generated_text(engine: AnalyzerEngine, layer: StockLayer, texts: list[str]) -> None:
    _assert_equal(engine, layer, texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_equal_on_any_unicode(engine: AnalyzerEngine, layer: StockLayer, texts: list[str]) -> None:
    _assert_equal(engine, layer, texts)


def test_equal_on_every_pair_of_pieces(engine: AnalyzerEngine, layer: StockLayer) -> None:
    texts = [f"{left} {right}" for left in PIECES for right in PIECES]
    assert _assert_equal(engine, layer, texts) > 1_000


def test_equal_on_real_mail(engine: AnalyzerEngine, layer: StockLayer, emails: list[str]) -> None:
    sample = random.Random(5).sample(emails, 150)
    assert _assert_equal(engine, layer, sample) > 500


def test_a_candidate_that_letters_spoilt_once_is_not_forgotten(engine: AnalyzerEngine, layer: StockLayer) -> None:
    """What is remembered of a candidate must not depend on what stood beside it the first time."""
    for number in ("2127365000", "(212) 736-5000", "020 7946 0018", "2002-10-31 14", "212 736 5000 212 736 5001"):
        texts = [f"x{number}", f"{number}y", f"{number}:30", f"call {number} now", f"%{number}", f"{number}é", number]
        for order in (texts, texts[::-1]):
            _assert_equal(engine, layer, order)


def test_web_addresses_glued_to_anything(engine: AnalyzerEngine, layer: StockLayer) -> None:
    edges = ("", " ", "\t", "\u00a0", "\u3000", "'", '"', "<", "(", "/", "，", "ſ", "\u2028")
    texts = [
        f"{left}{url}{right}"
        for url in ("http://a.com/x", "b.org", "httpſ://k.net")
        for left in edges
        for right in edges
    ]
    assert _assert_equal(engine, layer, texts) > 300
