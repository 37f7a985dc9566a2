"""Lengths in the model's own tokens, places of phrases in their cells, and what a row says by design."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast

from auditor.checks.base import Shared
from auditor.checks.conversations.check import ConversationCheck
from auditor.checks.pairs.check import PairCheck
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.loading import load_settings
from auditor.core.results import Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import corpus_of_tables
from auditor.errors import InputError

TEMPLATE = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }} [end] {% endfor %}"


def corpus_of(**columns: list[Any]) -> Corpus:
    return corpus_of_tables({"a.parquet": pa.table(columns)}, CorpusSettings())


def chats(*answers: str, as_json: bool = False) -> Corpus:
    rows: list[Any] = [
        [{"role": "user", "content": f"What is number {i}?"}, {"role": "assistant", "content": answer}]
        for i, answer in enumerate(answers)
    ]
    return corpus_of(messages=[json.dumps(row) for row in rows] if as_json else rows)


def checked(corpus: Corpus, kind: type[Any] = ConversationCheck, **settings: Any) -> Completed:
    options = {name.replace("__", "."): value for name, value in settings.items()}
    check = kind(load_settings(None, (), options, {}), corpus.language)
    check.ready(corpus)
    result = check.finish([], corpus, Shared())
    assert isinstance(result, Completed)
    return result


def notes(result: Completed) -> set[str]:
    return {note.key for note in result.notes}


def tokenizer(folder: Path, template: str | None) -> str:
    words = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    words.pre_tokenizer = WhitespaceSplit()
    made = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
    made.chat_template = template
    made.save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize(("template", "marks"), [(TEMPLATE, 4), (None, 0)])
def test_tokens_are_counted_as_the_model_counts_them(tmp_path: Path, template: str | None, marks: int):
    corpus = chats("one two three", "one " * 40)  # beside four words of the question
    folder = tokenizer(tmp_path / "model", template)
    for limit, rows in ((44 + marks, []), (43 + marks, [1])):
        result = checked(corpus, conversations__tokenizer=folder, conversations__max_tokens=limit)
        long = [one for one in result.findings.to_pylist() if one["code"] == "CHT008"]
        assert [one["row_id"] for one in long] == rows
        assert [(one["score"], one["confidence"]) for one in long] == [(44 + marks, 1.0)] * len(rows)
        assert "note.tokens_counted" in notes(result)


def test_without_a_tokenizer_the_estimate_is_said_to_be_one():
    assert "note.tokens_estimated" in notes(checked(chats("It is one.", "It is two.")))


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_folder_without_a_tokenizer_is_refused_before_anything_runs(tmp_path: Path, content: str | None):
    folder = tmp_path / "model"
    if content is not None:
        folder.mkdir()
        (folder / "config.json").write_text(content)
    with pytest.raises(InputError) as caught:
        checked(chats("It is one.", "It is two."), conversations__tokenizer=str(folder))
    assert "conversations.tokenizer" in caught.value.where
    assert len(caught.value.lines()) == 3


@pytest.mark.parametrize("as_json", [False, True])
def test_a_phrase_is_found_at_its_place_in_the_cell(as_json: bool):
    corpus = chats("It is one.", "It is two.", "It is three.<|im_end|>", as_json=as_json)
    (found,) = [one for one in checked(corpus).findings.to_pylist() if one["code"] == "CHT007"]
    leaves = ["user", "What is number 2?", "assistant", "It is three.<|im_end|>"]
    assert (found["row_id"], found["column"]) == (2, "messages")
    assert "\n".join(leaves)[found["start"] : found["end"]] == "<|im_end|>"


def test_what_a_corpus_does_throughout_is_a_note():
    candidates = corpus_of(
        question=[f"Who lives in house {i // 4} of the long street?" for i in range(24)],
        answer=[f"Nobody who lives in {i} has a name that I know." for i in range(24)],
        label=["0", "1"] * 12,
    )
    result = checked(candidates)
    assert len(result.findings) == 0
    assert "note.prompts_by_design" in notes(result)
    assert "note.side_repeats" in notes(checked(candidates, PairCheck))


def test_rows_that_are_no_conversation_are_skipped_with_a_reason():
    corpus = corpus_of(text=[f"a sentence about the number {i}" for i in range(9)])
    for kind in (ConversationCheck, PairCheck):
        result = kind(load_settings(None, (), {}, {}), "en").finish([], corpus, Shared())
        assert isinstance(result, Skipped)


def test_one_question_asked_twice_in_a_row_is_out_of_turn():
    asked = {"role": "user", "content": "Is anybody there?"}
    rows = [[{**asked, "content": f"What is {i}?"}, {"role": "assistant", "content": f"It is {i}."}] for i in range(5)]
    result = checked(corpus_of(messages=[*rows, [asked, asked, {"role": "assistant", "content": "Yes, I am."}]]))
    found = [one for one in result.findings.to_pylist() if one["code"] == "CHT001"]
    assert [(one["row_id"], one["value"]) for one in found] == [(5, "two questions in a row")]


@pytest.mark.parametrize("repeats_prompt", [False, True])
def test_preferences_of_messages_are_read_as_one_prompt_and_one_answer(repeats_prompt: bool):
    prompts = [[{"role": "user", "content": f"What is the number after {i} here?"}] for i in range(6)]
    said = [f"It is the number {i + 1}." for i in range(5)] + [""]

    def answer(i: int, text: str) -> list[dict[str, str]]:
        return [*(prompts[i] if repeats_prompt else []), {"role": "assistant", "content": text}]

    corpus = corpus_of(
        prompt=prompts,
        chosen=[answer(i, text) for i, text in enumerate(said)],
        rejected=[answer(i, "I will not say.") for i in range(6)],
    )
    found = checked(corpus).findings.to_pylist()
    assert [(one["code"], one["row_id"], one["score"]) for one in found] == [("CHT003", 5, 1.0)]
    assert len(checked(corpus, PairCheck).findings) == 0
