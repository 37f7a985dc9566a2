"""Files that are read together: translations, and sentences with their tags and intents."""

import gzip

import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.corpus.readers.beside import language_of, translations_of
from auditor.errors import InputError

GERMAN = [f"Der Kessel mit der Nummer {i} kam zwei Tage zu früh an." for i in range(30)]


def lines(texts):
    return "\n".join(texts) + "\n"


def test_translations_are_pairs(read, notices, put, texts):
    put("train.de", lines(GERMAN))
    corpus = read("train.en", lines(texts))
    assert corpus.table.column_names == ["de", "en"]
    assert corpus.shape.kind == "pair"
    assert corpus.table.column("en").to_pylist() == texts
    assert corpus.table.column("de").to_pylist() == GERMAN
    assert notices(corpus) == {"parallel": 2}


def test_a_folder_of_translations_with_parts(read, put, texts):
    for part in ("train", "dev", "test"):
        put(
            f"d/{part}.zh_CN.gz",
            gzip.compress(lines([f"第{i}个水壶提前两天到了，看起来很好。" for i in range(30)]).encode()),
        )
        put(f"d/{part}.en.gz", gzip.compress(lines(texts).encode()))
    put("d/model.pt", "weights")
    corpus = read("d")
    assert len(corpus) == 90
    assert corpus.table.column_names == ["en", "zh_CN", "split"]
    assert set(corpus.table.column("split").to_pylist()) == {"train", "validation", "test"}


@pytest.mark.parametrize("given", [["a.en", "a.de"], ["a.de", "a.en"], ["a.*"], ["a.en"]])
def test_translations_are_read_once_however_they_are_given(tmp_path, put, texts, given):
    put("a.en", lines(texts))
    put("a.de", lines(GERMAN))
    assert len(load_corpus([str(tmp_path / name) for name in given], CorpusSettings())) == 30


def test_marks_within_sentences_part_no_lines(read, put):
    put("a.de", "eins\u2028eins\r\n\nzwei\n\n")
    corpus = read("a.en", "one\x0bone\r\n\ntwo\n \n")
    assert corpus.table.column("en").to_pylist() == ["one\x0bone", "two"]
    assert corpus.table.column("de").to_pylist() == ["eins\u2028eins", "zwei"]


def test_translations_of_different_lengths_are_refused(refused, put, texts):
    put("a.de", lines(GERMAN[:-1]))
    error = refused("a.en", lines(texts))
    assert "de 29, en 30" in error.what
    assert "a.de" in error.where
    assert len(error.lines()) == 3


def test_a_file_without_its_translation_is_of_no_known_kind(refused, texts):
    assert "train.en and train.de" in refused("a.en", lines(texts)).fix
    assert "not known" in refused("model.pt", "weights").what


def test_names_that_end_with_a_language(tmp_path):
    names = {
        "a.b.en": ("a.b", "en"),
        "x.zh-Hans.gz": ("x", "zh-Hans"),
        "t.src": ("t", "src"),
        "en": ("", ""),
        "a.csv": ("", ""),
    }
    assert {name: language_of(tmp_path / name) for name in names} == names
    for name in ("a.fr", "a.en", "a.csv", "b.en"):
        (tmp_path / name).write_text("x")
    assert [one.name for one in translations_of(tmp_path / "a.en")] == ["a.fr"]


@pytest.mark.parametrize("columns", [("en", "de"), ("src", "tgt"), ("zh_CN", "en")])
def test_columns_named_by_languages_are_a_pair(read, texts, columns):
    table = "\t".join(columns) + "\n" + lines([f"{one}\t{two}" for one, two in zip(texts, GERMAN, strict=True)])
    assert read("a.tsv", table).shape.columns == columns


SENTENCES = [f"fly number {i} from new york to boston" for i in range(30)]
TAGS = ["O O O O B-from I-from O B-to"] * 30


@pytest.mark.parametrize("given", ["d", "d/train/seq.in", "d/train/*"])
def test_sentences_with_slots_and_intents(read, notices, put, given):
    put("d/train/seq.in", lines(SENTENCES))
    put("d/train/seq.out", lines(TAGS))
    put("d/train/label", lines(["flight", "fare"] * 15))
    corpus = read(given)
    assert corpus.table.column("tokens").to_pylist()[0] == SENTENCES[0].split()
    assert corpus.table.column("tags").to_pylist()[0] == TAGS[0].split()
    assert corpus.table.column("label").to_pylist()[:2] == ["flight", "fare"]
    assert (corpus.roles.tokens, corpus.roles.tags, corpus.roles.label) == ("tokens", "tags", "label")
    assert notices(corpus) == {"slots": 30}


def test_slots_without_intents_and_a_sentence_with_a_tag_too_few(read, put):
    put("seq.out", lines([*TAGS[:-1], "O O"]))
    corpus = read("seq.in", lines(SENTENCES))
    assert "label" not in corpus.table.column_names
    assert [(one.row_id, one.reason) for one in corpus.rejects] == [(29, "missing_field")]


@pytest.mark.parametrize("tags", [None, lines(TAGS[:-1])])
def test_sentences_whose_tags_are_not_there_or_of_another_number(read, put, tags):
    if tags is not None:
        put("seq.out", tags)
    with pytest.raises(InputError) as caught:
        read("seq.in", lines(SENTENCES))
    assert "seq.out" in " ".join(caught.value.lines())
    assert len(caught.value.lines()) == 3
