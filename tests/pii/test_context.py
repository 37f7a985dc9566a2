"""Words beside a hit and the name of the column: what speaks for a value, what takes it away."""

from __future__ import annotations

import re

import pytest

from auditor.config.settings import Settings
from auditor.pii.context import Context, any_of, expanded, heading_words
from auditor.pii.detector import Detector
from auditor.pii.spans import Evidence, find_spans

BARE = "2127365000"
PHONE = Context(before=any_of(["phone"]), veto=any_of(expanded(["$numbers"])), veto_after=any_of(["eur"], at_once=True))


def _evidence(before: str, after: str = "", heading: str = "", context: Context = PHONE) -> Evidence | None:
    text = before + BARE + after
    return context.evidence(text, len(before), len(before) + len(BARE), heading)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", Evidence.PATTERN),
        ("phone ", Evidence.CONTEXT),
        ("order ", None),
        ("order by phone ", Evidence.CONTEXT),
        ("phone order ", None),
        ("Your order is late. Reach me at ", Evidence.PATTERN),
        ("My order is late, reach me at ", Evidence.PATTERN),
        ("orders: 5288040723, ", None),
        ("order " + "x" * 60, Evidence.PATTERN),
        ("reorder ", Evidence.PATTERN),
        ("订单", None),
        ("订单有问题，找我", Evidence.PATTERN),
    ],
)
def test_the_nearest_word_of_the_clause_decides(before: str, expected: Evidence | None) -> None:
    assert _evidence(before) == expected


def test_an_amount_is_known_by_what_follows() -> None:
    assert _evidence("", " EUR a year") is None
    assert _evidence("", " Euro a year") is Evidence.PATTERN


def test_a_distinctive_form_survives_a_veto_as_weak_evidence() -> None:
    distinctive = Context(veto=any_of(["order"]), distinctive=True)
    assert _evidence("", context=distinctive) is Evidence.CONTEXT
    assert _evidence("order ", context=distinctive) is Evidence.PATTERN


def test_distinctive_in_chinese_text_only() -> None:
    chinese = Context(distinctive="zh")
    assert _evidence("找我", context=chinese) is Evidence.CONTEXT
    assert _evidence("call ", context=chinese) is Evidence.PATTERN


def test_a_service_number_is_none_in_chinese_text_only() -> None:
    service = Context(before=any_of(["phone"]), no_chinese=re.compile("2127365000"))
    assert _evidence("phone ", context=service) is Evidence.CONTEXT
    assert _evidence("电话 phone ", context=service) is None
    assert _evidence("phone ", "（客服）", context=service) is None


@pytest.mark.parametrize(
    ("after", "speaks"), [(" (office)", True), ("-Fax", True), (" / fax", True), (" come home", False), ("", False)]
)
def test_a_word_that_follows_speaks_only_at_once(after: str, speaks: bool) -> None:
    words = Context(after=any_of(["office", "fax", "home"], at_once=True))
    assert (_evidence("", after, context=words) is Evidence.CONTEXT) == speaks


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customer_phone", "customer phone"),
        ("customerPhone", "customer phone"),
        ("PHONE-NUMBER", "phone number"),
        ("phone2", "phone 2"),
        ("手机号", "手机号"),
        (None, ""),
    ],
)
def test_words_of_a_heading(name: str | None, words: str) -> None:
    assert heading_words(name) == words


@pytest.mark.parametrize(
    ("value", "heading", "entity"),
    [
        ("13812345678", "phone", "CN_MOBILE"),
        (BARE, "customerPhone", "PHONE_NUMBER"),
        ("219099998", "ssn", "US_SSN"),
        ("4556737586899855", "card", "CREDIT_CARD"),
        ("11144477735", "cliente_cpf", "NATIONAL_ID"),
        ("joe@host", "email", "EMAIL_ADDRESS"),
        ("joe_99", "screen_name", "HANDLE"),
        ("袁飏先生", "昵称", "HANDLE"),
        ("hunter22", "user_password", "PASSWORD"),
    ],
)
def test_the_name_of_the_column_is_strong_evidence(value: str, heading: str, entity: str) -> None:
    (span,) = find_spans([value], Settings(), "en", ner=False, heading=heading)[0]
    assert (span.entity, span.start, span.end, span.is_strong) == (entity, 0, len(value), True)


@pytest.mark.parametrize("heading", ["order_id", "ticketNumber", "invoice-no", "创建时间戳"])
@pytest.mark.parametrize("value", [BARE, "4556737586899855", "13812345678"])
def test_the_name_of_the_column_takes_a_number_away(value: str, heading: str) -> None:
    assert find_spans([value], Settings(), "en", ner=False, heading=heading)[0] == []


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        (BARE, False),
        ("(212) 736-5000", True),
        ("212-736-5000", True),
        ("+44 20 7946 0958", True),
        ("4556737586899855", False),
        ("4556 7375 8689 9855", True),
        ("219-09-9998", False),
        ("ssn 219-09-9998", True),
        ("10.20.30.40", False),
        ("login from 10.20.30.40", True),
        ("找我13800138000", True),
        ("see 13800138000", False),
        ("password: 123456", False),
        ("password: hunter2!", True),
        ("nice pic @jane.doe love", False),
        ("@jane hello", True),
        ("@Northwind Holdings of Ohio", False),
        ("安井@northwindです。", False),
        ("see http://10.20.30.40/login", False),
        ("Message-ID: <200209130126.g8D1QUf21470@mx.example.com>", False),
        ("In-Reply-To: <3D77146F.1000603@example.com>", False),
        ("References: <18366.1030517481@example.com>", False),
        ("id <007e01c1515d$bb255940$e7581fac@mx.example.com>", False),
        ("id <E17bzKv-0000mo-00@mx.example.com>", False),
        ("write to 20020913@example.com", True),
        ("write to jo.berg.200209130126@example.com", True),
    ],
)
def test_strong_and_weak(english: Detector, text: str, strong: bool) -> None:
    (span,) = english.spans([text], ner=False)[0]
    assert span.is_strong == strong


@pytest.mark.parametrize("text", ["card 4556737586899855", "my CPF is 111.444.777-35", "卡号6222021234567890128"])
def test_a_check_digit_and_a_word_are_proof(english: Detector, text: str) -> None:
    (span,) = english.spans([text], ner=False)[0]
    assert span.evidence is Evidence.VALIDATED


def test_what_is_counted_only_gives_way_to_what_it_holds(english: Detector) -> None:
    text = "see https://x.example.com/?tel=212-736-5000 now"
    assert [s.entity for s in english.spans([text], ner=False)[0]] == ["PHONE_NUMBER"]


def test_a_name_in_a_web_address_does_not_break_it() -> None:
    text = "read https://example.com/John-Smith/page now"
    assert [s.entity for s in find_spans([text], Settings(), "en", ner=True)[0]] == ["URL"]


def test_a_title_does_not_cut_a_name_that_the_tagger_knows() -> None:
    text = "总经理袁晓龙先生解读"
    spans = find_spans([text], Settings(), "zh", ner=True)[0]
    assert [text[s.start : s.end] for s in spans if s.entity == "PERSON"] == ["袁晓龙"]
