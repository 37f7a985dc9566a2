"""The recognizers on text: true and false examples, Chinese, full width, hostile input."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config.settings import PiiSettings, Settings
from auditor.pii.detector import Detector, rule_hits
from auditor.pii.entities import entity
from auditor.pii.lines import split_lines
from auditor.pii.spans import Evidence, find_spans

CASES = Path(__file__).resolve().parents[1] / "cases" / "PII" / "patterns.yaml"
COUNTED = {"URL", "DATE_TIME"}
MARK = re.compile(r"\[\[([A-Z0-9_]+)\|(.*?)\]\]", re.S)


def _unmark(case: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The text of a case, and (entity, start, end) of what it marks."""
    text, expected, end = "", [], 0
    for mark in MARK.finditer(case):
        text += case[end : mark.start()]
        expected.append((mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        end = mark.end()
    return text + case[end:], expected


@pytest.mark.parametrize("case", yaml.safe_load(CASES.read_text("utf-8")))
def test_case(case: str, chinese: Detector, english: Detector) -> None:
    text, expected = _unmark(case)
    for detector in (english, chinese):
        spans = detector.spans([text], ner=False)[0]
        assert [(s.entity, s.start, s.end) for s in spans if s.entity not in COUNTED] == expected


def test_french_numbers_are_looked_for_where_french_is() -> None:
    other = Detector(PiiSettings(), "other", date(2026, 1, 1))
    (dots, hyphens) = other.spans(["06.12.34.56.78 ou 06-12-34-56-78"], ner=False)[0]
    assert (dots.entity, dots.start, dots.end, hyphens.start, hyphens.end) == ("PHONE_NUMBER", 0, 14, 18, 32)


def test_invisible_characters_do_not_hide_a_number(chinese: Detector) -> None:
    text = "打138\u200b0013\ufeff8000\u200b找我"
    (span,) = chinese.spans([text], ner=False)[0]
    assert (span.entity, text[span.start : span.end]) == ("CN_MOBILE", "138\u200b0013\ufeff8000")


def test_names_and_places_are_found_and_yield_to_patterns() -> None:
    text = "Please send it to John Smith in Boston, john.smith@example.com, 212-555-0147."
    spans = find_spans([text], Settings(), "en", ner=True)[0]
    found = [(span.entity, text[span.start : span.end]) for span in spans]
    assert found == [
        ("PERSON", "John Smith"),
        ("LOCATION", "Boston"),
        ("EMAIL_ADDRESS", "john.smith@example.com"),
        ("PHONE_NUMBER", "212-555-0147"),
    ]


def test_lines_repeated_in_many_texts_are_found_in_each(english: Detector) -> None:
    texts = ["first\nmail a@example.com\n", "mail a@example.com", "", "x\n\nmail a@example.com\nmail a@example.com"]
    places = [[(s.start, s.end) for s in spans] for spans in english.spans(texts, ner=False)]
    assert places == [[(11, 24)], [(5, 18)], [], [(8, 21), (27, 40)]]


def test_a_multi_line_key_is_one_span(english: Detector) -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nabc=\n-----END RSA PRIVATE KEY-----"
    (span,) = english.spans([f"see\n{key}\nend"], ner=False)[0]
    assert (span.entity, span.start, span.end) == ("PRIVATE_KEY", 4, 4 + len(key))


@pytest.mark.parametrize(
    "text",
    [
        "." * 5_000_000,
        "a." * 1_000_000,
        "a.a.a." * 100_000 + "@" + "a." * 100_000,
        "9" * 1_000_000,
        "a@" * 300_000,
        "-----BEGIN PRIVATE KEY-----\n" * 5_000,
        "+1 " * 300_000,
    ],
    ids=["dots", "a.a", "a.a@", "digits", "ats", "keys", "plus"],
)
def test_hostile_input_ends(text: str, english: Detector) -> None:
    personal = [span for span in english.spans([text], ner=False)[0] if span.entity not in {"PRIVATE_KEY"}]
    assert personal == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet=st.sampled_from("ab@.:/ 0123456789-+()\n\u200b１２张三电话x"), max_size=80), max_size=4)
)
def test_spans_are_ordered_inside_and_apart(english: Detector, texts: list[str]) -> None:
    for text, spans in zip(texts, english.spans(texts, ner=False), strict=True):
        ends = [0]
        for span in spans:
            assert ends[-1] <= span.start < span.end <= len(text)
            ends.append(span.end)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["11010519491231002X", "13800138000", "zhangsan@qq.com"]),
    st.text("张三你好，。电话是的", max_size=9),
)
def test_glued_to_chinese_text(chinese: Detector, value: str, around: str) -> None:
    text = f"{around}{value}{around}"
    (span,) = chinese.spans([text], ner=False)[0]
    assert text[span.start : span.end] == value
    assert span.evidence >= Evidence.PATTERN


LONG = "aB3" * 30
MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5" * 4
HEX = "a1b2c3d4e5f60789"
KEYS = [
    f"ABSK{MIXED[:109]}", f"GOCSPX-{MIXED[:28]}", f"aB38Q~{MIXED[:34]}", f"bce-v3/ALTAK-{MIXED[:20]}/{'a1' * 20}",
    f"glptt-{MIXED[:40]}", f"dckr_pat_{MIXED[:27]}", f"ATATT3{MIXED}", f"xapp-1-{MIXED[:40]}", f"xoxe.xoxp-1-{MIXED}",
    f"https://discord.com/api/webhooks/{'12' * 9}/{MIXED[:68]}", f"MTA4MzQxMjM0NTY3ODkwMTIzNA.{MIXED[:6]}.{MIXED[:38]}",
    "https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", f"AGE-SECRET-KEY-1{'A2' * 29}",
    f"gsk_{MIXED[:52]}", f"dop_v1_{HEX}{HEX}{HEX}{HEX}", f"shpat_{HEX}{HEX}", f"{MIXED[:14]}.atlasv1.{MIXED[:67]}",
    f"key-{HEX}{HEX}", f"secret_{MIXED[:43]}",
]  # fmt: skip
"""Keys of issuers by their prefixes."""
FORMS = [
    "110105 19491231 002X", "11010519491231002X", "6222 0212 3456 7894", "6222021234567894", "138.0013.8000",
    "138 0013 8000", "+86 10 62345678", "010-62345678", "+8613800138000", "E12345678", "H12345678",
    f"AIza{LONG[:35]}", f"LTAI{LONG[:16]}", f"AKID{LONG[:32]}", f"glpat-{LONG[:20]}", f"npm_{LONG[:36]}",
    f"pypi-AgEIcHlwaS5vcmc{LONG[:60]}", f"xoxb-{LONG[:12]}", f"sk_live_{LONG[:20]}", f"hf_{'aBc' * 11}",
    f"https://hooks.slack.com/services/T{'A1' * 4}/B{'A1' * 4}/{LONG[:24]}", f"SG.{LONG[:20]}.{LONG[:40]}",
    f"12345678:AA{LONG[:33]}", f"sk-{LONG[:24]}", f"AROA{'A2' * 8}",
    *KEYS,
]  # fmt: skip
"""One of each form of numbers and keys for which the cases have no example."""


def test_triggers_hold_nothing_back(english: Detector, emails: list[str]) -> None:
    cases = (_unmark(case)[0] for case in yaml.safe_load(CASES.read_text("utf-8")))
    texts = [*cases, *emails[::60], *(f"see {form} there" for form in FORMS)]
    lines = split_lines(texts)
    for rule in english.rules:
        if rule.trigger is not None:
            hits = list(rule_hits(rule, texts, lines))
            assert hits == list(rule_hits(replace(rule, trigger=None), texts, lines))
            assert hits


@pytest.mark.parametrize("form", KEYS)
def test_keys_are_found_whole(form: str, english: Detector) -> None:
    (span,) = english.spans([f"see {form}, please"], ner=False)[0]
    assert (span.start, span.end, entity(span.entity).kind) == (4, 4 + len(form), "secret")


def test_names_in_a_language_without_a_tagger_are_looked_for_where_a_name_left_is_worse():
    text = "Gestern hat Angela Merkel die neue Brücke in Hamburg eröffnet und lange mit den Arbeitern gesprochen."
    full, sample = (Detector(PiiSettings(ner=way), "en", date(2026, 1, 1)) for way in ("full", "sample"))
    assert "PERSON" in {span.entity for span in full.names([text])[0]}
    assert sample.names([text]) == [[]]
    assert "PERSON" in {span.entity for span in sample.names([text], unsure=True)[0]}


def test_a_raised_threshold_shows_no_more_of_a_text_than_the_default():
    text = "the card 4111 1111 1111 1111 and 219-09-9998, or anna@example.com"
    strict = Detector(PiiSettings(threshold=1.0, ner="off"), "en", date(2026, 1, 1))
    usual = Detector(PiiSettings(ner="off"), "en", date(2026, 1, 1))
    assert len(strict.spans([text], ner=False)[0]) < 3
    assert strict.spans([text], ner=False, unsure=True) == usual.spans([text], ner=False)
