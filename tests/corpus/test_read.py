"""Reading: nothing is guessed, nothing is lost, and what cannot be read is named by file, line and reason."""

import gzip
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.errors import InputError


def load(path, **settings):
    return load_corpus([str(path)], CorpusSettings(**settings))


def rejects(corpus):
    return [(r.row_id, r.line, r.reason) for r in corpus.rejects]


def test_texts_that_pandas_would_change_stay_as_they_are(tmp_path):
    values = ["NA", "null", "None", "nan", "007", "1e5", "TRUE", "=1+1", "12/01/2024"]
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"{v},{v}\n" for v in values), "utf-8")
    corpus = load(path)
    assert corpus.texts == values
    assert corpus.labels == values


def test_ragged_rows_are_rejected_with_their_lines_and_row_ids_stay_stable(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('text,label\none,a\ntwo\n"three\nlines",b\nfour,b,extra\nfive,a\n', "utf-8")
    corpus = load(path)
    assert corpus.texts == ["one", "three\nlines", "five"]
    assert corpus.row_id.tolist() == [0, 2, 4]
    assert rejects(corpus) == [(1, 3, "missing_field"), (3, 6, "extra_field")]
    assert corpus.rows_read == 5


def test_a_stray_quote_never_swallows_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"he said "no" twice",a\nfine,b\nalso fine,a\n', "utf-8")
    corpus = load(path)
    assert corpus.texts == ["fine", "also fine"]
    assert rejects(corpus) == [(0, 2, "unclosed_quote")]


def test_every_row_too_long_is_an_error_not_a_shifted_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,b,c\nd,e,f\n", "utf-8")
    with pytest.raises(InputError, match="No row can be read"):
        load(path)


def test_duplicate_header_names_both_places(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label,text\na,b,c\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    assert "columns 1 and 3" in caught.value.where


def test_latin1_byte_is_located_and_can_be_set_aside(tmp_path):
    rows = [b"text,label"] + [f"row {i},a".encode() for i in range(20)]
    rows[11] = b"caf\xe9,a"
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join(rows) + b"\n")
    with pytest.raises(InputError) as caught:
        load(path)
    assert f"{path}:12" in caught.value.where
    corpus = load(path, on_bad_row="reject")
    assert len(corpus) == 19
    assert rejects(corpus) == [(10, 12, "not_utf8")]
    assert load(path, encoding="latin-1").texts[10] == "café"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "x", "label": "a"', "not_json"),
        ("[1, 2]", "not_an_object"),
        ("null", "not_an_object"),
        ('{"text": "x", "text": "y"}', "duplicate_key"),
        ('{"text": NAN}', "not_json"),
        ('{"text": "\\ud800", "label": "a"}', "surrogate"),
        ('{"text": 5, "label": "a"}', "not_text"),
        ('{"text": {"a": 1}, "label": "a"}', "not_text"),
        ("[" * 100_000, "not_json"),
    ],
)
def test_broken_json_lines_are_rejected_and_the_rest_is_kept(tmp_path, line, reason):
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "one", "label": "a"}}\n\n{line}\n{{"text": "two", "label": "b"}}\n', "utf-8")
    corpus = load(path)
    assert corpus.texts == ["one", "two"]
    assert rejects(corpus) == [(1, 3, reason)]


def test_missing_json_keys_are_null(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "one"}\n{"label": "b", "text": "two"}\n{"text": "three", "label": "c"}\n', "utf-8")
    assert load(path).labels == [None, "b", "c"]


def test_formats_agree(tmp_path):
    rows = [{"text": f"text {i}", "label": "ab"[i % 2]} for i in range(10)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    csv = "text,label\n" + "".join(f"{r['text']},{r['label']}\n" for r in rows)
    (tmp_path / "a.csv").write_text(csv, "utf-8")
    (tmp_path / "a.tsv").write_text(csv.replace(",", "\t"), "utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(csv[:60].encode()) + gzip.compress(csv[60:].encode()))
    corpora = [load(tmp_path / name) for name in ("a.parquet", "a.jsonl", "a.csv", "a.tsv", "a.csv.gz")]
    assert {c.digest for c in corpora} == {corpora[0].digest}
    assert corpora[0].texts == [r["text"] for r in rows]


def test_digest_tells_values_nulls_and_borders_apart(tmp_path):
    digests = set()
    for i, rows in enumerate(['"a,b",c', 'a,"b,c"', '"",c', "None,c"]):
        path = tmp_path / f"{i}.csv"
        path.write_text(f"text,label\n{rows}\nsecond,d\n", "utf-8")
        digests.add(load(path).digest)
    assert len(digests) == 4


def test_a_folder_of_txt_is_one_document_a_file_and_one_file_is_a_line_a_row(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.txt").write_text(f"first {name}\nsecond {name}\n", "utf-8")
    corpus = load(folder)
    assert corpus.texts == ["first a\nsecond a\n", "first b\nsecond b\n"]
    assert corpus.role("id").to_pylist() == ["a.txt", "b.txt"]
    assert load(folder / "a.txt").texts == ["first a", "second a"]


def test_files_named_after_splits_give_a_split_column(tmp_path):
    for name in ("train", "test"):
        (tmp_path / f"{name}.csv").write_text(f"text,label\n{name} text,a\n", "utf-8")
    corpus = load_corpus([str(tmp_path / "*.csv")], CorpusSettings())
    assert corpus.role("split").to_pylist() == ["test", "train"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"  \n", "empty"),
        ("a.csv", b"PAR1abc", "Parquet"),
        ("a.csv", b"\xff\xfet\x00e", "not utf-16"),
        ("a.parquet", b"PAR1 cut", "not valid Parquet"),
        ("a.csv.gz", gzip.compress(b"text,label\na,b\n" * 50, mtime=0)[:40], "damaged"),
        ("a.zip", b"PK", "Archives"),
        ("a.docx", b"x", "file format"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, content, what):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=what):
        load(path)


def test_a_gz_bomb_is_stopped_at_the_limit(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"a" * 5_000_000))
    with pytest.raises(InputError, match="decodes to more"):
        load(path, max_decoded_bytes=1_000_000)


def test_by_default_a_large_file_may_decode_to_more_than_a_small_one(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.corpus.readers.input_file._DECODED_BYTES", 40_000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + os.urandom(30_000).hex().encode()))
    load_corpus([str(path)], CorpusSettings(spool_bytes=0), work=tmp_path / "work")
    path.write_bytes(gzip.compress(b"text\n" + b"a" * 5_000_000))
    with pytest.raises(InputError, match="decodes to more"):
        load_corpus([str(path)], CorpusSettings(spool_bytes=0), work=tmp_path / "other")


def test_a_missing_file_and_a_missing_column_offer_the_nearest(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("body,label\na,b\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "review.csv")
    assert "'reviews.csv'" in caught.value.fix
    with pytest.raises(InputError) as caught:
        load(path, text="boddy")
    assert "'body'" in caught.value.fix


def test_tables_of_one_word_per_row_in_several_files_have_rows_of_their_own(tmp_path):
    for file in "ab":
        words = [f"{s * 5 + 1},w{file}{s}{i},{'B-per' if i == 1 else 'O'}" for s in range(10) for i in range(5)]
        (tmp_path / f"{file}.csv").write_text("\n".join(["Sentence #,Word,Tag", *words, ""]))
    corpus = load_corpus([str(tmp_path)], CorpusSettings())
    assert len(corpus) == 20
    assert (np.diff(corpus.row_id) > 0).all()
    assert corpus.file_places.files(corpus.row_id).tolist() == [0] * 10 + [1] * 10
    assert corpus.file_places.first_lines(corpus.row_id).tolist() == [2 + 5 * s for s in range(10)] * 2


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("iso2022_jp", "これは本です"), ("iso2022_kr", "이것은 책입니다"), ("hz", "这是一本书")],
)
@pytest.mark.parametrize("spool_bytes", [0, 64_000_000])
def test_an_encoding_of_seven_bit_bytes_is_named_and_read_when_given(tmp_path, encoding, text, spool_bytes):
    path = tmp_path / "a.csv"
    path.write_bytes(f"text,label\n{text},a\nplain,b\n".encode(encoding))
    with pytest.raises(InputError) as caught:
        load_corpus([str(path)], CorpusSettings(spool_bytes=spool_bytes), work=tmp_path / "work")
    assert f"--encoding {encoding}" in str(caught.value.fix)
    assert load(path, encoding=encoding).role("text").to_pylist() == [text, "plain"]


def test_colours_of_a_terminal_are_no_encoding(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\x1b(B\x1b[m done ~{x} and $HOME ~}\n")
    assert len(load(path)) == 1
