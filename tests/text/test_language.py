"""The language of a corpus and of single texts."""

from __future__ import annotations

import pyarrow as pa
import pytest

from auditor.text.language import guess_language, languages

GERMAN = [
    "Das Paket ist gestern angekommen, aber die Schachtel war leider beschädigt.",
    "Ich möchte mein Geld zurück, weil die Lieferung viel zu spät kam.",
    "Der Kundendienst hat sich sehr freundlich um mein Problem gekümmert.",
]
ENGLISH = [
    "The parcel arrived yesterday, but the box was damaged.",
    "I would like my money back because the delivery came far too late.",
    "Customer service took care of my problem in a friendly way.",
]
CHINESE = [
    "房间很干净，早餐也不错，下次还会再来。",
    "快递太慢了，等了整整一个星期才到。",
    "客服态度很好，问题很快就解决了。",
]
JAPANESE = [
    "荷物がまだ届いていません。確認をお願いします。",
    "対応がとても丁寧で助かりました。",
    "料理はおいしかったですが、少し高いです。",
]


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (GERMAN, "other"),
        (ENGLISH, "en"),
        (CHINESE, "zh"),
        (JAPANESE, "other"),
        (["ok", "a1", "xq"], "en"),
        ([""], "en"),
    ],
)
def test_the_language_of_a_corpus(texts: list[str], language: str) -> None:
    assert guess_language(pa.chunked_array([texts], pa.large_string())) == language


def test_a_few_rows_of_another_language_do_not_decide() -> None:
    assert guess_language(pa.chunked_array([ENGLISH * 3 + GERMAN], pa.large_string())) == "en"


def test_a_text_too_short_to_tell_has_no_language() -> None:
    assert languages(["ok"]) == [None]
    assert languages([GERMAN[0], CHINESE[0]]) == ["de", "zh"]
