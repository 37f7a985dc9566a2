"""JSON holds the same rows in every form that people's programs write."""

import json

import pytest


def forms(records):
    texts, labels = [r["text"] for r in records], [r["label"] for r in records]
    numbered = {name: {str(i): r[name] for i, r in enumerate(records)} for name in ("text", "label")}
    return {
        "array": json.dumps(records),
        "an object a line in an array": "[\n" + ",\n".join(map(json.dumps, records)) + "\n]\n",
        "arrays a line": "\n".join(json.dumps([r["text"], r["label"]]) for r in records),
        "arrays below names": json.dumps([["text", "label"], *([r["text"], r["label"]] for r in records)]),
        "pretty array": json.dumps(records, indent=1),
        "around": json.dumps({"version": "1.0", "data": records}),
        "lists by column": json.dumps({"text": texts, "label": labels}),
        "pandas columns": json.dumps(numbered),
        "pandas split": json.dumps(
            {
                "columns": ["text", "label"],
                "index": [*range(len(records))],
                "data": [[r["text"], r["label"]] for r in records],
            }
        ),
        "lines": "\n".join(map(json.dumps, records)),
        "pretty objects": "\n".join(json.dumps(r, indent=2) for r in records),
        "nested": json.dumps({"nlu": {"common_examples": records, "regex_features": []}}),
        "mark": "\ufeff" + json.dumps(records),
    }


@pytest.mark.parametrize("form", forms([{"text": "", "label": ""}]))
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_rows_are_the_same_in_every_form(read, records, texts, labels, form, suffix):
    corpus = read(f"a{suffix}", forms(records)[form])
    names = ["column_1", "column_2"] if form == "arrays a line" else ["text", "label"]
    assert (corpus.table.column_names, corpus.texts, corpus.labels) == (names, texts, labels)
    assert corpus.rejects == ()


def test_a_row_is_named_by_the_line_it_starts_in(read):
    corpus = read("a.json", '[\n {"text": "one",\n  "label": "a"},\n 5,\n {"text": "two", "label": "b"}\n]\n')
    assert corpus.texts == ["one", "two"]
    assert [(r.row_id, r.line, r.reason) for r in corpus.rejects] == [(1, 4, "not_an_object")]


def test_parts_become_a_column_and_the_key_of_a_longer_name_is_kept(read, notices):
    nest = {"train": [["one more time", "a"]] * 3, "val": [["two more times", "b"]], "test": [["three", "b"]]}
    corpus = read("a.json", json.dumps(nest))
    assert corpus.table.column("split").to_pylist() == ["train"] * 3 + ["val", "test"]
    assert corpus.table.column("column_2").to_pylist() == ["a"] * 3 + ["b", "b"]
    corpus = read("a.json", json.dumps({**nest, "oos_train": [["four", "oos"]]}))
    assert corpus.table.column("set").to_pylist()[-1] == "oos_train"
    assert corpus.table.column("split").to_pylist()[-1] == "train"


def test_of_several_lists_the_one_called_data_is_read(read, notices, records, texts, labels):
    corpus = read("a.json", json.dumps({"data": records, "labels": [{"id": 0, "name": "neg"}]}))
    assert (corpus.texts, corpus.labels, notices(corpus)) == (texts, labels, {"json_aside": 1})


CHAT = [{"role": "user", "content": "What is it?"}, {"role": "assistant", "content": "A kettle."}]


@pytest.mark.parametrize(
    "content",
    [
        {"id": "a", "messages": CHAT},
        [{"messages": CHAT}],
        [[*CHAT, CHAT[0]], CHAT],
        {"version": "1", "type": "chats", "items_of_it": [{"messages": CHAT}]},
    ],
)
def test_a_conversation_is_a_row(read, content):
    corpus = read("a.json", json.dumps(content))
    assert (corpus.shape.kind, corpus.roles.text) == ("chat", "messages[].content")
    assert corpus.texts[len(corpus) - 1] == "What is it?\n\nA kettle."


def test_names_beside_a_list_do_not_make_a_row(read, texts):
    found = [{"type": "Feature", "properties": {"comment": text, "rank": 1}} for text in texts]
    assert len(read("a.json", json.dumps({"type": "FeatureCollection", "features": found}))) == 30
    assert len(read("b.json", json.dumps({"text": "It is a text.", "entities": [{"start": 1}, {"start": 2}]}))) == 1


def test_an_object_from_texts_to_labels(read, texts, labels):
    corpus = read("a.json", json.dumps(dict(zip(texts, labels, strict=True))))
    assert (corpus.texts, corpus.labels) == (texts, labels)
    assert len(read("b.json", json.dumps({f"setting {i}": "A sentence of some words." for i in range(30)}))) == 1


def test_classes_rows_by_key_and_bare_texts(read, texts):
    assert read("a.json", json.dumps({"pos": texts[:20], "neg": texts[20:]})).labels == ["pos"] * 20 + ["neg"] * 10
    by_key = {f"r{i}": {"text": text, "n": i} for i, text in enumerate(texts)}
    corpus = read("a.json", json.dumps(by_key))
    assert (corpus.texts, corpus.table.column("key").to_pylist()) == (texts, [*by_key])
    assert read("a.json", json.dumps(texts)).texts == texts
    assert read("a.json", json.dumps({"version": 1, "data": texts})).texts == texts


def test_the_questions_of_squad_are_rows_with_their_context(read):
    question = {"id": "q", "question": "Who came?", "answers": [{"text": "Two men", "answer_start": 4}]}
    paragraph = {"context": "Then Two men came in.", "qas": [question, {**question, "id": "r", "answers": []}]}
    corpus = read("a.json", json.dumps({"version": "2", "data": [{"title": "T", "paragraphs": [paragraph]}]}))
    first, second = corpus.table.to_pylist()
    assert first["context"] == "Then Two men came in."
    assert (first["id"], first["title"], first["question"], first["answer"]) == ("q", "T", "Who came?", "Two men")
    assert first["answers"] == {"text": ["Two men"], "answer_start": [4]}
    assert second["answer"] is None


def test_nan_is_a_missing_value_and_counted(read, notices, records):
    lines = [json.dumps({**r, "score": float("nan") if i < 10 else i + 0.5}) for i, r in enumerate(records)]
    corpus = read("a.jsonl", "\n".join(lines))
    assert (len(corpus), len(corpus.rejects)) == (30, 0)
    assert corpus.table.column("score").null_count == 10
    assert notices(corpus) == {"nan_is_missing": 10}


def test_commas_too_many_are_read_over_and_counted(read, notices, records):
    corpus = read("a.jsonl", "".join(json.dumps(r) + ",\n" for r in records))
    assert (len(corpus), notices(corpus)) == (30, {"json_commas": 30})
    corpus = read("a.json", json.dumps(records)[:-1] + ",\n]")
    assert (len(corpus), notices(corpus)) == (30, {"json_commas": 1})


def test_of_several_lists_one_is_asked_for(read, refused, records):
    content = json.dumps({"old": records[:3], "new": records})
    error = refused("a.json", content)
    assert "'old', 'new'" in error.where
    assert "corpus.table" in error.fix
    assert len(read("a.json", content, table="new")) == 30


def test_broken_json_is_named_by_its_line_and_broken_lines_are_rejected(read, refused, records):
    assert refused("a.json", json.dumps(records, indent=1)[:-40]).where.endswith(":119")
    lines = [json.dumps(r) for r in records]
    corpus = read("a.json", "\n".join([*lines[:10], lines[10][:-5], *lines[11:]]))
    assert [(r.line, r.reason) for r in corpus.rejects] == [(11, "not_json")]
    assert len(corpus) == 29


@pytest.mark.parametrize("content", ["[]", "{}", "5", "null", "[" * 100_000, '{"a":', "\ufeff "])
def test_what_holds_no_row_is_an_error(refused, content):
    assert refused("a.json", content).exit_code == 3


def test_texts_that_cannot_be_written_are_rejected_at_any_depth(read):
    lines = ['{"text": "fine", "turns": [{"said": "a"}]}', '{"text": "fine too", "turns": [{"said": "\\ud800"}]}']
    corpus = read("a.jsonl", "\n".join(lines))
    assert [(r.line, r.reason) for r in corpus.rejects] == [(2, "surrogate")]
