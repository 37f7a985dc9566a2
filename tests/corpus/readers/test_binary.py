"""Workbooks, databases, Arrow files and compressed ones."""

import bz2
import datetime as dt
import gzip
import io
import lzma
import sqlite3
from contextlib import closing

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pytest


def workbook(**sheets):
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(stream)
    return stream.getvalue()


def rows_of(texts, labels):
    return [
        [text, label, dt.datetime(2024, 1, 1 + i % 28), i]
        for i, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]


def test_a_workbook_keeps_numbers_and_dates(read, notices, texts, labels):
    head = ["text", "label", "when", "n", None]
    corpus = read("a.xlsx", workbook(Data=[["Survey of 2024"], [], head, *rows_of(texts, labels)], Empty=[]))
    assert (corpus.texts, corpus.labels) == (texts, labels)
    assert [str(kind) for kind in corpus.table.schema.types[2:]] == ["timestamp[us]", "int64"]
    assert notices(corpus) == {"title_lines": 1}


def test_a_column_of_several_kinds_is_text(read, texts, labels):
    rows = [[t, v] for t, v in zip(texts, [1, "two", dt.datetime(2024, 5, 1), True, None] * 6, strict=True)]
    corpus = read("a.xlsx", workbook(Data=[["text", "mixed"], *rows]))
    assert corpus.table.column("mixed").to_pylist()[:5] == ["1", "two", "2024-05-01", "True", None]


def test_of_several_sheets_one_is_asked_for(read, refused, texts, labels):
    data = workbook(
        First=[["text", "label"], ["a b c", "x"]], Second=[["text", "label", "when", "n"], *rows_of(texts, labels)]
    )
    error = refused("a.xlsx", data)
    assert "'First', 'Second'" in error.where
    assert read("a.xlsx", data, table="Second").texts == texts
    assert "'Second'" in refused("a.xlsx", data, table="second").fix


def test_texts_as_bytes_are_refused_rather_than_another_column_taken(tmp_path, refused, texts, labels):
    table = pa.table({"text": [text.encode() for text in texts], "label": labels})
    pa.feather.write_feather(table, str(tmp_path / "a.feather"))
    assert "contains bytes" in str(refused("a.feather"))


def test_of_several_tables_those_without_rows_are_left_out(tmp_path, read, texts):
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("create table migrations (name text)")
        database.execute("create table reviews (text text)")
        database.executemany("insert into reviews values (?)", [(text,) for text in texts])
        database.commit()
    assert read("a.db").texts == texts


def test_feather_of_version_1(tmp_path, read, refused, texts, labels):
    table = pa.table({"text": texts, "label": labels, "n": range(len(texts))})
    pa.feather.write_feather(table, str(tmp_path / "a.feather"), version=1)
    corpus = read("a.feather")
    assert (corpus.texts, corpus.labels) == (texts, labels)
    assert corpus.table.schema.field("n").type == pa.int64()
    assert "not valid Arrow" in refused("b.feather", (tmp_path / "a.feather").read_bytes()[:-40]).what


@pytest.mark.parametrize("name", ["a.xlsx", "a.sqlite", "a.feather", "a.arrow", "a.db"])
@pytest.mark.parametrize("content", [b"PK\x03\x04 cut", b"SQLite format 3\0" + b"x" * 200, b"ARROW1\0\0cut", b"text\n"])
def test_damaged_files_are_errors(refused, name, content):
    assert refused(name, content).exit_code == 3


def test_a_workbook_that_unpacks_to_too_much_is_refused(refused, texts, labels):
    data = workbook(Data=[["text", "label"], *[[texts[0], labels[0]]] * 3_000])
    assert "decodes to more" in refused("a.xlsx", data, max_decoded_bytes=len(data) + 1).what


def database(path, **tables):
    base = sqlite3.connect(path)
    for given, rows in tables.items():
        name = given.replace('"', '""')
        base.execute(f'create table "{name}" (id integer, text text, label)')
        base.executemany(f'insert into "{name}" values (?, ?, ?)', rows)
    base.commit()
    base.close()


def test_a_table_of_a_database(read, refused, tmp_path, texts, labels):
    rows = [(i, text, label) for i, (text, label) in enumerate(zip(texts, labels, strict=True))]
    database(tmp_path / "a.sqlite", rows=rows)
    corpus = read("a.sqlite")
    assert (corpus.texts, corpus.labels) == (texts, labels)
    assert str(corpus.table.schema.field("id").type) == "int64"
    database(tmp_path / "b.db", one=rows, **{'odd "name"': [*rows, (None, "and one more", 5)]})
    assert "'one'" in refused("b.db").where
    assert len(read("b.db", table='odd "name"')) == 31
    (tmp_path / "a.sqlite.gz").write_bytes(gzip.compress((tmp_path / "a.sqlite").read_bytes()))
    assert read("a.sqlite.gz").texts == texts


def test_bytes_that_are_no_text_reject_their_row(read, tmp_path, texts):
    base = sqlite3.connect(tmp_path / "a.db")
    base.execute("create table t (text text)")
    base.executemany("insert into t values (?)", [(t,) for t in texts])
    base.execute("insert into t values (cast(x'ff41' as text))")
    base.commit()
    base.close()
    assert [(r.line, r.reason) for r in read("a.db").rejects] == [(31, "not_utf8")]


def test_arrow_files_and_streams(read, refused, tmp_path, records, texts):
    table = pa.Table.from_pylist(records)
    pyarrow.feather.write_feather(table, tmp_path / "a.feather")
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert read("a.feather").texts == read("a.arrow").texts == texts
    assert "decodes to more" in refused("a.arrow", max_decoded_bytes=100).what


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("ending", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstd)]
)
def test_compressed_files(read, refused, texts, ending, compress):
    data = compress(b"text\n" + "\n".join(texts).encode() + b"\n")
    assert read(f"a.csv{ending}", data).texts == texts
    assert "damaged" in refused(f"a.csv{ending}", data[: len(data) // 2]).what
    assert "damaged" in refused(f"a.csv{ending}", b"no such thing").what
    assert "decodes to more" in refused(f"b.csv{ending}", data, max_decoded_bytes=100).what


def test_the_standard_input_is_known_by_its_content(monkeypatch, records, texts, tmp_path):
    import json
    import sys

    from auditor.config.corpus_settings import CorpusSettings
    from auditor.corpus.load import load_corpus
    from auditor.errors import InputError

    def piped(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return load_corpus(["-"], CorpusSettings())

    lines = "\n".join(map(json.dumps, records)).encode()
    sheet = workbook(Data=[["text", "label"], *[[r["text"], r["label"]] for r in records]])
    for data in (
        lines,
        gzip.compress(lines),
        zstd(lines),
        json.dumps(records).encode(),
        sheet,
        "\n".join(texts).encode(),
    ):
        corpus = piped(data)
        assert corpus.texts == texts
        assert corpus.files == ("-",)
        assert corpus.on_disk == ()
    with pytest.raises(InputError, match="empty"):
        piped(b" \n")
