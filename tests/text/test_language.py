"""The language of a corpus and of single texts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from spacy.lang.de.examples import sentences as german
from spacy.lang.es.examples import sentences as spanish
from spacy.lang.fr.examples import sentences as french
from spacy.lang.it.examples import sentences as italian
from spacy.lang.ja.examples import sentences as japanese
from spacy.lang.ko.examples import sentences as korean
from spacy.lang.nl.examples import sentences as dutch
from spacy.lang.ru.examples import sentences as russian
from spacy.lang.tr.examples import sentences as turkish
from spacy.lang.vi.examples import sentences as vietnamese

from auditor.text.language import NO_LANGUAGE, guess_language, languages, row_languages, text_language
from auditor.text.language_evidence import is_clearly

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


def told(texts: list[str | None], main: str) -> list[str | None]:
    found = row_languages(pa.chunked_array([texts], pa.large_string()), main)
    return [found.codes[k] if k != NO_LANGUAGE else None for k in found.of.tolist()]


def test_rows_of_ten_languages_in_one_corpus() -> None:
    given = {"de": german, "es": spanish, "fr": french, "ja": japanese, "ko": korean, "ru": russian, "tr": turkish,
             "vi": vietnamese, "en": ENGLISH, "zh": CHINESE}  # fmt: skip
    texts = [text for own in given.values() for text in own]
    truth = [code for code, own in given.items() for _ in own]
    right = sum(one == other for one, other in zip(told(texts, "other"), truth, strict=True))
    assert right >= 0.98 * len(texts)


def test_a_short_text_is_in_the_language_of_the_corpus_that_fits_it() -> None:
    assert told([*GERMAN, "ja, gern", "ok"], "other")[3:] == ["de", "de"]
    assert told([*ENGLISH, "ok"], "en")[3:] == ["en"]
    assert told([*CHINESE, "好", "ok"], "zh")[3:] == ["zh", None]
    assert told([*JAPANESE, "東京"], "other")[3:] == ["ja"]
    assert told([*ENGLISH, "好的", "привет"], "en")[3:] == ["zh", "ru"]


def test_a_text_without_letters_has_no_language() -> None:
    assert told([*ENGLISH, "", "12:30", "👍👍"], "en")[3:] == [None] * 3


def test_shares_are_of_the_rows_that_have_a_language_and_the_largest_comes_first() -> None:
    found = row_languages(pa.chunked_array([[*ENGLISH, *GERMAN[:1], "12:30"]], pa.large_string()), "en")
    assert found.shares == {"en": 0.75, "de": 0.25}
    assert list(found.shares) == ["en", "de"]
    assert found.share("de") == 0.25
    assert found.rows("de").tolist() == [False] * 3 + [True, False]
    assert not found.rows("fr").any()


@pytest.mark.parametrize(
    ("text", "language"),
    [(GERMAN[0], "other"), (ENGLISH[0], "en"), (CHINESE[0], "zh"), (JAPANESE[0], "other"), ("John Smith", "en"),
     ("王小明", "zh"), ("12345", "en"), ("привет", "other")],
)  # fmt: skip
def test_whose_tools_fit_a_text(text: str, language: str) -> None:
    assert text_language(text) == language


def test_two_function_words_decide_only_where_they_are_english_and_the_corpus_is() -> None:
    rows = [
        *ENGLISH,
        "what does your app do",
        "Der Film What Women Want lief gestern wieder im Fernsehen.",
        "that's 的 their",
    ]
    assert told(rows, "en")[3:5] == ["en", "de"]
    assert told([*GERMAN, *spanish, *ENGLISH], "other")[-3:] == ["en"] * 3


@pytest.mark.parametrize("own", [german, spanish, french, italian, dutch, vietnamese])
def test_an_english_phrase_decides_nothing_about_the_longer_rest(own: list[str]) -> None:
    longer = [text for text in own if len(text) > 40]
    rows = [f"{text} Where are you? What is this?" for text in longer] + [
        f"What did they do? {text}" for text in longer
    ]
    assert rows
    assert not is_clearly(pa.array(rows, pa.large_string()), "en").any()


def test_han_characters_decide_only_without_kana_hangul_and_much_latin() -> None:
    rows = [
        *CHINESE,
        "周五发布iPhone新机",
        JAPANESE[2],
        "이 제품은 정말 좋습니다",
        "See you at the station 北京西站",
        "",
        None,
    ]
    assert told(rows, "zh")[3:] == ["zh", "ja", "ko", "en", None, None]


def test_what_a_batch_settles_is_what_n_grams_say() -> None:
    rows = [*ENGLISH, *CHINESE, *JAPANESE, *GERMAN, *spanish, *french, *turkish, *vietnamese, *russian, *korean]
    by_n_grams = languages(rows)
    for code in ("en", "zh"):
        settled = is_clearly(pa.array(rows, pa.large_string()), code)
        assert settled.any()
        assert {by_n_grams[row] for row in settled.nonzero()[0]} == {code}
    assert not is_clearly(pa.array(rows, pa.large_string()), "de").any()
    assert len(is_clearly(pa.array([], pa.large_string()), "zh")) == 0
