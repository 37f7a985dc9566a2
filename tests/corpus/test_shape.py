"""Rows that are more than one text: which columns make a row, its view, and the way back into its cells."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.cells import BETWEEN_LEAVES, cell_texts, encode_cell, leaves, with_leaves
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import corpus_of_tables, load_corpus
from auditor.corpus.shape import BETWEEN_FIELDS, Shape, ShapeKind, Side, locate, view_of
from auditor.errors import InputError

N = 30


def corpus_of(columns: dict[str, list[object]], **asked: object) -> Corpus:
    return corpus_of_tables({"d.parquet": pa.table(columns)}, CorpusSettings(**asked))


def sentences(word: str) -> list[object]:
    return [f"{word} number {i} is a sentence of some words" for i in range(N)]


CHAT = [
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"What is {i}?"},
     {"role": "assistant", "content": f"It is {i}."}]
    for i in range(N)
]  # fmt: skip
SHAREGPT = [[{"from": one["role"].replace("user", "human").replace("assistant", "gpt"), "value": one["content"]}
             for one in row] for row in CHAT]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "kind", "fields"),
    [
        ({"text": sentences("a")}, ShapeKind.TEXT, ()),
        ({"premise": sentences("a"), "hypothesis": sentences("b")}, ShapeKind.PAIR, ("premise", "hypothesis")),
        ({"text_a": sentences("a"), "text_b": sentences("b")}, ShapeKind.PAIR, ("text_a", "text_b")),
        ({"question": sentences("a"), "answer": sentences("b")}, ShapeKind.QUESTION_ANSWER, ("question", "answer")),
        ({"prompt": sentences("a"), "completion": sentences("b")}, ShapeKind.INSTRUCTION, ("prompt", "completion")),
        (
            {"instruction": sentences("a"), "input": [""] * N, "output": sentences("b")},
            ShapeKind.INSTRUCTION,
            ("instruction", "input", "output"),
        ),
        ({"chosen": sentences("a"), "rejected": sentences("b")}, ShapeKind.PREFERENCE, ("chosen", "rejected")),
        ({"chosen": CHAT, "rejected": SHAREGPT}, ShapeKind.PREFERENCE, ("chosen", "rejected")),
        ({"messages": CHAT}, ShapeKind.CHAT, ("messages",)),
        ({"conversations": SHAREGPT}, ShapeKind.CHAT, ("conversations",)),
        ({"messages": [json.dumps(row) for row in CHAT]}, ShapeKind.CHAT, ("messages",)),
        ({"tokens": [["a", "b"]] * N, "ner_tags": [[0, 1]] * N}, ShapeKind.WORDS, ("tokens",)),
        ({"sentence": sentences("a"), "aspect": ["food", "bill"] * 15}, ShapeKind.ASPECT, ("sentence", "aspect")),
        ({"text": sentences("a"), "title": ["note 1", "note 2"] * 15}, ShapeKind.TEXT, ()),
        ({"text1": sentences("a"), "text3": sentences("b")}, ShapeKind.TEXT, ()),
        ({"id": ["a", "b"] * 15, "dialog": [["How are you today?", "I am fine, thanks."]] * N}, ShapeKind.CHAT,
         ("dialog",)),
        ({"topic": ["x", "y"] * 15, "conversation": [[{"human": "Hello there", "assistant": "Hi"}]] * N},
         ShapeKind.CHAT, ("conversation",)),
        ({"dialogue": [[{"sender": "user", "text": "Hello"}, {"sender": "bot", "text": "Hi"}]] * N}, ShapeKind.CHAT,
         ("dialogue",)),
        ({"description": sentences("a"), "utterances": [["How are you today?", "I am fine, thanks."]] * N},
         ShapeKind.CHAT, ("utterances",)),
        ({"data": [{"author": "x", "text": "It is good, I think."}] * N}, ShapeKind.COLUMNS, ("data",)),
        ({"contents": [[{"role": "user", "parts": [{"text": "Hello"}]}]] * N}, ShapeKind.CHAT, ("contents",)),
        ({"_id": ["a1", "b2"] * 15, "_source": [{"review": "It is good, I think.", "stars": 3}] * N},
         ShapeKind.COLUMNS, ("_source",)),
        ({"name": ["a", "b"] * 15, "body": [{"messages": CHAT[0]}] * N}, ShapeKind.CHAT, ("body",)),
        ({"text": ["yes", "no"] * 15, "notes": [["It is good, I think."]] * N}, ShapeKind.TEXT, ()),
        ({"id": ["a", "b"] * 15, "post_tokens": [["It", "is", "good"]] * N}, ShapeKind.WORDS, ("post_tokens",)),
        ({"prompt": CHAT, "completion": CHAT}, ShapeKind.INSTRUCTION, ("prompt", "completion")),
        ({"prompt": sentences("a"), "completions": [["One step.", "Another step here."]] * N}, ShapeKind.INSTRUCTION,
         ("prompt", "completions")),
        ({"conversation_a": CHAT, "conversation_b": CHAT}, ShapeKind.PAIR, ("conversation_a", "conversation_b")),
        ({"question": sentences("q"), **{f"option_{x}": sentences(x) for x in "abcd"}}, ShapeKind.TEXT, ()),
        ({"report": sentences("a"), "winner": ["Ajax", "PSV"] * 15, "loser": ["PSV", "Ajax"] * 15}, ShapeKind.TEXT, ()),
        ({"conversations": SHAREGPT, "chosen": [{"from": "gpt", "value": "Yes."}] * N,
          "rejected": [{"from": "gpt", "value": "No."}] * N}, ShapeKind.PREFERENCE,
         ("conversations", "chosen", "rejected")),
        ({"context": sentences("a"), "question": sentences("b"), "answers": [{"text": ["a"], "answer_start": [1]}] * N},
         ShapeKind.PAIR, ("question", "context")),
    ],
)  # fmt: skip
def test_columns_make_a_shape(columns, kind, fields):
    shape = corpus_of(columns).shape
    assert (shape.kind, shape.columns) == (kind, fields)


def test_the_view_joins_what_is_there():
    corpus = corpus_of(
        {"question": ["Where?", "When?", " "], "answer": ["Here.", None, "Now."]}, fields=("question", "answer")
    )
    assert corpus.texts == ["Where?\n\nHere.", "When?", "Now."]


@pytest.mark.parametrize("column", [CHAT, SHAREGPT, [json.dumps(row) for row in CHAT]])
def test_a_chat_is_read_by_who_speaks(column):
    corpus = corpus_of({"messages": column})
    assert corpus.texts[3] == "Be brief.\n\nWhat is 3?\n\nIt is 3."
    assert {side: texts[3].as_py() for side, texts in corpus.sides.items()} == {
        Side.SYSTEM: "Be brief.", Side.USER: "What is 3?", Side.ASSISTANT: "It is 3.",
    }  # fmt: skip
    turns = corpus.shape.turns(corpus.table, "messages")[3]
    assert [(turn.speaker, turn.text) for turn in turns][1:] == [
        (Side.USER, "What is 3?"),
        (Side.ASSISTANT, "It is 3."),
    ]


def test_an_exchange_in_one_object_is_two_turns():
    corpus = corpus_of({"conversation": [[{"system": "", "input": f"What is {i}?", "output": f"It is {i}."}]
                                         for i in range(N)]})  # fmt: skip
    turns = corpus.shape.turns(corpus.table, "conversation")[3]
    assert [(turn.speaker, turn.text) for turn in turns] == [
        (Side.USER, "What is 3?"), (Side.ASSISTANT, "It is 3."),
    ]  # fmt: skip
    assert corpus.sides[Side.ASSISTANT][3].as_py() == "It is 3."


@pytest.mark.parametrize(
    "cell",
    [
        {"model": "m", "messages": CHAT[3][1:]},
        {"role": "user", "text": "What is 3?", "replies": [{"role": "assistant", "text": "It is 3.", "replies": []}]},
    ],
)
def test_messages_inside_an_object_are_its_turns(cell):
    corpus = corpus_of({"body": [cell] * N})
    turns = corpus.shape.turns(corpus.table, "body")[3]
    assert [(turn.speaker, turn.text) for turn in turns] == [
        (Side.USER, "What is 3?"), (Side.ASSISTANT, "It is 3."),
    ]  # fmt: skip


def test_links_of_images_are_no_text_of_a_message():
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://a.org/b.png"}},
    ]
    corpus = corpus_of({"messages": [[{"role": "user", "content": parts}]] * N})
    assert corpus.texts[0] == "What is this?"


def test_contents_of_several_types_are_read(tmp_path):
    file = tmp_path / "chat.jsonl"
    contents = ["Plain.", [{"type": "text", "text": "In parts."}]]
    file.write_text("".join(json.dumps({"messages": [{"role": "user", "content": one}]}) + "\n" for one in contents))
    corpus = load_corpus([str(file)], CorpusSettings())
    assert (corpus.texts[:], corpus.rejects) == (["Plain.", "In parts."], ())


@pytest.mark.parametrize("columns", [{"messages": CHAT}, {"messages": [json.dumps(row) for row in CHAT]}])
def test_a_place_in_the_view_leads_back_into_its_cell(columns):
    corpus = corpus_of(columns)
    start = corpus.texts[7].index("It is 7")
    column, low, high = locate(corpus.segments[7], start, start + 7)
    cells = corpus.shape.cells(corpus.table, column)
    assert cell_texts(pa.chunked_array([pa.array(cells)]))[7][low:high] == "It is 7"


def test_a_place_in_a_pair_leads_into_the_second_column():
    corpus = corpus_of({"premise": sentences("one"), "hypothesis": sentences("two")})
    start = corpus.texts[5].index("two number 5")
    assert locate(corpus.segments[5], start, start + 12) == ("hypothesis", 0, 12)


def test_columns_are_named_with_commas():
    columns = {"title": sentences("a"), "body": sentences("b"), "label": ["x", "y"] * 15}
    shape = corpus_of(columns, text="title,body").shape
    assert (shape.kind, shape.columns) == (ShapeKind.COLUMNS, ("title", "body"))
    with pytest.raises(InputError, match="no column 'boody'"):
        corpus_of(columns, text="title,boody")


def test_a_shape_that_the_columns_have_not_is_refused():
    with pytest.raises(InputError, match="do not have the shape"):
        corpus_of({"text": sentences("a")}, shape="chat")


def test_a_nested_field_is_named_by_its_path():
    rows = [[{"who": "a", "said": f"words of {i}", "mood": "glad"}] for i in range(N)]
    corpus = corpus_of({"talk": rows}, text="talk[].said")
    assert (corpus.shape.columns, corpus.roles.text, corpus.texts[2]) == (("talk",), "talk[].said", "words of 2")
    again = corpus_of({"talk": rows}, fields=("talk[].said",))
    assert again.texts == corpus.texts


def test_a_row_with_nothing_in_it_keeps_its_place():
    corpus = corpus_of({"question": [*sentences("Ask"), None, " "], "answer": [*sentences("Say"), "", None]})
    assert len(corpus.shape.columns) == 2
    assert corpus.texts[-3:] == [
        f"Ask number {N - 1} is a sentence of some words\n\nSay number {N - 1} is a sentence of some words",
        "",
        "",
    ]
    assert [len(side) for side in corpus.sides.values()] == [N + 2, N + 2]


MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", "narrator"])},
    optional={
        "content": st.one_of(
            st.none(),
            st.text(max_size=12),
            st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": st.text(max_size=6)})),
        ),
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "name": st.text(max_size=5),
    },
)


@given(st.lists(MESSAGE, max_size=5), st.integers(0, 60), st.integers(0, 20))
def test_any_segment_and_any_place_lie_where_the_cell_says(cell, start, length):
    shape = Shape(ShapeKind.CHAT, ("messages",))
    segments = shape.segments_of({"messages": cell})
    whole = BETWEEN_LEAVES.join(leaves(cell))
    assert [one.text for one in segments] == [whole[one.start : one.start + len(one.text)] for one in segments]
    view = view_of(segments)
    if view and start < len(view):
        _, low, high = locate(segments, start, start + length)
        piece = view[start : start + length]
        in_text = "".join("x" * len(one.text) + "--" for one in segments)[start] == "x"
        assert (
            whole[low:high] == piece[: high - low] or not in_text
        )  # between two texts it is the beginning of the next
        assert high - low == len(piece) or BETWEEN_FIELDS[0] in view[max(start - 1, 0) : start + length + 1]
    assert with_leaves(cell, leaves(cell)) == cell


@pytest.mark.parametrize(
    "cell",
    [
        '[{"role": "user", "content": "cut',
        '[{"role": "user", "content": "a", "content": "b"}]',
        '[{"role": "user", "jane@example.org": "a"}]',
        '"a plain text"',
        "[" * 5_000,
    ],
)
def test_json_that_cannot_be_put_together_again_is_read_as_the_text_it_is(cell):
    rows = [json.dumps(row) for row in CHAT]
    shape = Shape(ShapeKind.CHAT, ("messages",), ("messages",))
    table = pa.table({"messages": [*rows, cell]})
    assert [one.text for one in shape.segments(table)[-1]] == [cell]
    assert encode_cell(shape.cells(table, "messages")[-1]) == cell
    assert shape.view(table)[0].as_py() == "Be brief.\n\nWhat is 0?\n\nIt is 0."
