"""Text of a legacy encoding decoded as another one is repaired, and accents and rare characters stay."""

import pytest

from auditor.text.legacy_encodings import repair_legacy
from auditor.text.repair import broken_encoding_span, repair_encoding


@pytest.mark.parametrize(
    ("text", "encoding", "read_as"),
    [
        ("你好世界，今天天气很好", "gbk", "latin-1"),
        ("我的电话是 13800138000，请联系", "gbk", "latin-1"),
        ("안녕하세요 반갑습니다", "euc_kr", "latin-1"),
        ("Товар пришел быстро, спасибо", "cp1251", "latin-1"),
        ("你好世界今天天气不错", "utf-8", "gbk"),
    ],
)
def test_what_was_read_in_the_wrong_encoding_is_repaired(text: str, encoding: str, read_as: str) -> None:
    damaged = text.encode(encoding).decode(read_as)
    assert repair_encoding(damaged) == text
    assert broken_encoding_span(damaged) is not None
    assert repair_encoding(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "ÀÁÂÃÄÅÆÇÈÉÊË ÌÍÎÏ", "ÄÖÜß äöü", "ÅÄÖ ÅÄÖ ÅÄÖ", "SÃO PAULO É GRANDE; AÇÃO, IRMÃ, NÃO", "¿QUÉ? ÁÉÍÓÚ ÑÑ", "Þórður óæðri",
        "££££ ¥¥¥¥ §§§§", "éèêë àâä ùûü", "ÄãºÃ", "繁體中文的乾隆與後來", "鑫淼焱垚犇", "镕喆堃旻祎", "日本語の文章です", "한국어",
        "úäåóø òåáìøîùå äåîøçé", "äåîøçé òåáìø îùåúé",
    ],
)  # fmt: skip
def test_letters_that_are_right_or_too_few_stay(text: str) -> None:
    assert repair_legacy(text) == text
