"""Exports of labelling tools come as texts with their labels, words and tags beside each other."""

import json

import pytest

SPAN = {"start": 4, "end": 10, "label": "PROD"}


def lines(values):
    return "\n".join(map(json.dumps, values))


def first(corpus):
    return corpus.table.slice(0, 1).to_pylist()[0]


def test_answers_of_label_studio_are_columns(read, notices, texts, labels):
    def done(label):
        return {"result": [{"from_name": "mood", "type": "choices", "value": {"choices": [label]}}]}

    cancelled = {"was_cancelled": True, "result": []}
    tasks = [
        {"id": i, "data": {"text": text}, "annotations": [cancelled, done(label), done("other")]}
        for i, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    corpus = read("a.json", json.dumps(tasks))
    assert (corpus.texts, corpus.table.column("mood").to_pylist()) == (texts, labels)
    assert notices(corpus) == {"label_studio": 30, "more_annotations": 30}


def test_answers_of_argilla_are_columns(read, notices, texts, labels):
    new = [
        {"id": str(i), "fields": {"text": text}, "responses": {"mood": [{"value": label, "status": "submitted"}]}}
        for i, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    old = [
        {"fields": {"text": text}, "responses": [{"status": "submitted", "values": {"mood": {"value": label}}}]}
        for text, label in zip(texts, labels, strict=True)
    ]
    for records in (new, old):
        corpus = read("a.jsonl", lines(records))
        assert (corpus.texts, corpus.table.column("mood").to_pylist()) == (texts, labels)
        assert notices(corpus) == {"argilla": 30}


@pytest.mark.parametrize(
    "marks",
    [
        {"label": [[4, 10, "PROD"]]},
        {"entities": [{"start_offset": 4, "end_offset": 10, "label": "PROD"}]},
        {"entities": [[4, 10, "PROD"]]},
        {"spans": [SPAN], "answer": "accept", "_input_hash": 1},
        {"label": {"PROD": {"kettle": [[4, 9]]}}},
    ],
    ids=["doccano", "doccano-relations", "spacy", "prodigy", "cluener"],
)
def test_marked_spans_have_words_and_tags_beside_them(read, notices, texts, marks):
    corpus = read("a.jsonl", lines([{"text": text, **marks} for text in texts]))
    row = first(corpus)
    assert row["tokens"][:4] == ["The", "kettle", "number", "0"]
    assert row["tags"][:4] == ["O", "B-PROD", "O", "O"]
    assert corpus.roles.text == "text"
    assert corpus.roles.label is None
    assert notices(corpus)["spans"] == 30


def test_spans_of_the_first_doccano_have_numbers_as_labels(read, texts):
    span = {"label": 2, "start_offset": 4, "end_offset": 10, "user": 1}
    assert first(read("a.jsonl", lines([{"text": t, "annotations": [span]} for t in texts])))["tags"][:2] == [
        "O",
        "B-2",
    ]


def test_names_of_persons_become_no_names_of_fields(read, texts):
    spans = [{"PER": {f"Ann Person{i}": [[0, 10 + len(str(i))]]}} for i in range(30)]
    corpus = read("a.jsonl", lines([{"text": t, "label": s} for t, s in zip(texts, spans, strict=True)]))
    assert "Person" not in str(corpus.table.schema)


def test_pairs_of_a_text_and_its_annotations(read, texts):
    corpus = read("a.json", json.dumps([[text, {"entities": [[4, 10, "PROD"]]}] for text in texts]))
    assert (corpus.texts, first(corpus)["tags"][:2]) == (texts, ["O", "B-PROD"])


def test_spans_of_label_studio(read, texts):
    value = {"start": 4, "end": 17, "text": "kettle number", "labels": ["PROD"]}
    result = [{"from_name": "label", "type": "labels", "value": value}]
    tasks = [{"id": i, "data": {"text": text}, "annotations": [{"result": result}]} for i, text in enumerate(texts)]
    assert first(read("a.json", json.dumps(tasks)))["tags"][:3] == ["O", "B-PROD", "I-PROD"]


def test_spans_that_tags_cannot_show_are_counted_and_kept(read, notices, texts):
    marks = [[4, 10, "PROD"], [6, 12, "X"], [60, 910, "Y"]]
    corpus = read("a.jsonl", lines([{"text": text, "label": marks} for text in texts]))
    assert notices(corpus)["spans_without_tags"] == 60
    assert [span["label"] for span in first(corpus)["label"]] == ["PROD", "X", "Y"]


def test_lists_that_are_no_spans_are_left_alone(read, notices, texts):
    corpus = read("a.jsonl", lines([{"text": text, "labels": ["a", "b"]} for text in texts]))
    assert (corpus.table.column_names, notices(corpus)) == (["text", "labels"], {})


def test_annotations_of_brat_stand_beside_the_text(read, put, refused, texts):
    for i, text in enumerate(texts):
        put(f"d/{i}.txt", text)
        put(f"d/{i}.ann", "T1\tPROD 4 10\tkettle\nA1\tNegated T1\nT2\tTIME 28 31;32 36\ttwo days\n" if i else "")
    corpus = read("d")
    row = corpus.table.slice(1, 1).to_pylist()[0]
    assert row["tags"][:2] == ["O", "B-PROD"]
    assert len(row["spans"]) == 3
    put("d/3.ann", "T1\tPROD four 10\tkettle\n")
    assert refused("d").where.endswith("3.ann:1")
