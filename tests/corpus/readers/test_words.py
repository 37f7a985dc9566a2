"""Words with tags, labelled lines and other layouts of text files."""

import csv
import io

import pytest

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.word_lists import with_word_lists


def test_words_in_columns_are_sentences_whatever_the_name_of_the_file(read, notices):
    block = "The DT B-NP O\nkettle{0} NN I-NP B-PROD\nboils VB O O\n\n"
    content = "-DOCSTART- -X- -X- O\n\n" + "".join(block.format(i) for i in range(30))
    for name in ("a.txt", "a.conll", "a.bio"):
        corpus = read(name, content)
        assert corpus.table.column("tokens").to_pylist()[7] == ["The", "kettle7", "boils"]
        assert corpus.table.column("tags").to_pylist()[7] == ["O", "B-PROD", "O"]
        assert corpus.table.column("tags_2").to_pylist()[0] == ["DT", "NN", "VB"]
        assert corpus.roles.token_columns() == {"tokens": "tokens", "tags": "tags"}
        assert notices(corpus) == {"sentences": 30}


def test_words_with_tags_under_names_in_a_tsv(read):
    corpus = read("a.tsv", "token\ttag\n" + "".join(f"The\tO\nkettle{i}\tB-PROD\n\n" for i in range(30)))
    assert corpus.table.column("tokens").to_pylist()[:2] == [["The", "kettle0"], ["The", "kettle1"]]
    assert len(corpus) == 30


def test_a_sentence_with_a_line_too_short_is_rejected(read):
    corpus = read("a.conll", "The\tO\nkettle\tB-PROD\n\nThe\nlamp\tB-PROD\n\nA\tO\nbus\tO\n")
    assert len(corpus) == 2
    assert [(r.line, r.reason) for r in corpus.rejects] == [(4, "missing_field")]


def test_a_table_of_one_word_a_row_is_one_of_sentences(read, notices):
    rows = "".join(f"Sentence: {i},The,DT,O\n,kettle{i},NN,B-PROD\n,boils,VB,O\n" for i in range(30))
    corpus = read("a.csv", "Sentence #,Word,POS,Tag\n" + rows)
    assert corpus.table.column("tokens").to_pylist()[2] == ["The", "kettle2", "boils"]
    assert corpus.table.column("tags").to_pylist()[2] == ["O", "B-PROD", "O"]
    assert corpus.table.column("id").to_pylist()[:3] == ["0", "1", "2"]
    assert notices(corpus) == {"sentences": 30}
    assert corpus.texts[2] == "The kettle2 boils"


def test_labels_of_fasttext(read, notices, texts, labels):
    corpus = read("a.txt", "".join(f"__label__{label} {text}\n" for text, label in zip(texts, labels, strict=True)))
    assert (corpus.texts, corpus.labels, notices(corpus)) == (texts, labels, {"fasttext": 30})
    corpus = read("a.txt", "".join(f"__label__a __label__b{i % 2} {text}\n" for i, text in enumerate(texts)))
    assert corpus.table.column("label").to_pylist()[1] == ["a", "b1"]


def test_fields_with_tabs_or_a_class_behind_a_semicolon(read, notices, texts, labels):
    rows = "".join(f"{i}\t{text}\t{label}\n" for i, (text, label) in enumerate(zip(texts, labels, strict=True)))
    corpus = read("a.txt", "id\tdocument\tlabel\n" + rows)
    assert (corpus.texts, corpus.labels, notices(corpus)) == (texts, labels, {"table_in_txt": 1})
    rows = "".join(f"{text};{label}\n" for text, label in zip(texts, labels, strict=True))
    corpus = read("a.txt", rows)
    assert (corpus.texts, corpus.labels) == (texts, labels)
    assert len(read("a.txt", rows, txt="line").table.column_names) == 1


def test_lines_of_plain_text_stay_lines(read, notices, texts):
    corpus = read(
        "a.txt", "\n".join(f"{text}; {'; '.join('yes' for _ in range(i % 3))}" for i, text in enumerate(texts))
    )
    assert (len(corpus), corpus.table.column_names, notices(corpus)) == (30, ["text"], {})


def test_labels_in_a_file_beside_the_texts(read, put, refused, notices, texts, labels):
    put("d/train_text.txt", "\n".join(texts) + "\n")
    put("d/train_labels.txt", "\n".join(labels) + "\n")
    corpus = read("d")
    assert (corpus.texts, corpus.labels, notices(corpus)) == (texts, labels, {"label_file": 1})
    put("d/train_labels.txt", "\n".join(labels[:-1]) + "\n")
    error = refused("d")
    assert "29 lines, that of texts 30" in error.what


def test_words_of_treebanks_are_counted_and_tagged_with_parts_of_speech(read):
    lines = ["# text = Vámonos.", "1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_", "1\tVamos\tir\tVERB\t_\t_\t0\troot\t_\t_",
             "2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_"]  # fmt: skip
    for name in ("a.conllu", "a.conll"):
        corpus = read(name, ("\n".join(lines) + "\n\n") * 3)
        row = corpus.table.slice(0, 1).to_pylist()[0]
        assert (row["tokens"], row["tags"], len(corpus)) == (["Vamos", "nos"], ["VERB", "PRON"], 3)


def test_a_number_that_begins_a_sentence_is_a_word(read):
    corpus = read("a.conll", "1\tCD\tO\nBerlin\tNNP\tB-LOC\n\nIt\tPRP\tO\n\n")
    assert corpus.table.column("tokens").to_pylist() == [["1", "Berlin"], ["It"]]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ('["It", "is", "good"]', "[0, 0, 3]"),
        ("['It', 'is', \"it's\"]", "['O', 'O', 'B-X']"),
        ("['It' 'is' 'good']", "[0 0 3]"),
    ],
)
def test_lists_of_words_written_as_text_are_lists(read, notices, words, tags):
    frame = io.StringIO()
    csv.writer(frame).writerows([["id", "tokens", "ner_tags"], *([i, words, tags] for i in range(30))])
    corpus = read("a.csv", frame.getvalue())
    row = corpus.table.slice(0, 1).to_pylist()[0]
    assert (row["tokens"][:2], len(row["ner_tags"])) == (["It", "is"], 3)
    assert (corpus.roles.tokens, corpus.roles.tags, notices(corpus)) == ("tokens", "ner_tags", {"word_lists": 30})


def test_texts_and_lists_of_classes_stay_as_they_are(read):
    corpus = read("a.csv", "words,labels\n" + "".join(f"The kettle {i} works well,\"['a', 'b']\"\n" for i in range(30)))
    assert (corpus.roles.text, corpus.roles.label, corpus.roles.tokens) == ("words", "labels", None)


def test_digits_that_are_no_list_are_refused_without_trying_every_way_to_part_them():
    columns = {"tokens": ["['It' 'is']", f"[{'1' * 200}a]"], "tags": ["[1 22]", "[3]"]}
    rows = with_word_lists(FileRows(dict(columns), [0, 1]))  # with a quantifier that gives back, no end for years
    assert rows.columns == columns
    rows = with_word_lists(FileRows({name: values[:1] for name, values in columns.items()}, [0]))
    assert rows.columns == {"tokens": [["It", "is"]], "tags": [[1, 22]]}
