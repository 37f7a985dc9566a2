"""I. Ingest: encodings and bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.oracles import PLAIN, TOLD, Program, Reading, csv_of, jsonl_of, rows, sentence

BOM = b"\xef\xbb\xbf"
TEN = [(sentence(i), "ab"[i % 2]) for i in range(10)]


@pytest.mark.case(1)
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(kind: str, reading: Reading) -> None:
    content = {"csv": csv_of(TEN), "tsv": csv_of(TEN).replace(",", "\t"), "jsonl": jsonl_of(TEN)}[kind]
    corpus = reading(f"a.{kind}", BOM + content.encode())
    assert (corpus.roles.text, corpus.roles.label) == ("text", "label")
    assert corpus.texts == [text for text, _ in TEN]


@pytest.mark.case(1)
def test_a_byte_order_mark_before_quoted_names(reading: Reading) -> None:
    quoted = '"text","label"\n' + "".join(f'"{text}","{label}"\n' for text, label in TEN)
    assert reading("q.csv", BOM + quoted.encode()).roles.text == "text"


@pytest.mark.case(2)
@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark_or_asked_about(mark: str, reading: Reading) -> None:
    name = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[mark]
    corpus = reading("a.csv", name + csv_of(TEN).encode(mark))
    assert corpus.texts == [text for text, _ in TEN]
    assert reading("b.csv", name + csv_of(TEN).encode(mark), encoding="utf-16").texts == corpus.texts


@pytest.mark.case(2)
def test_utf_16_without_its_mark_is_refused_and_read_by_name(reading: Reading) -> None:
    for name in ("utf-16-le", "utf-16-be", "utf-32-le"):
        for kind, text in (("csv", csv_of(TEN)), ("jsonl", jsonl_of(TEN))):
            assert f"--encoding {name}" in reading.refused(f"a.{kind}", text.encode(name)).fix
            assert reading(f"a.{kind}", encoding=name).texts == [text for text, _ in TEN]


@pytest.mark.case(3)
def test_one_byte_of_latin_1_among_twenty_thousand_rows(reading: Reading) -> None:
    lines = csv_of([(sentence(i), "ab"[i % 2]) for i in range(20_000)]).encode().splitlines(keepends=True)
    lines[10_000] = lines[10_000].replace(b"item", b"it\xe9m")
    error = reading.refused("a.csv", b"".join(lines))
    assert "a.csv:10001" in error.where
    corpus = reading("a.csv", on_bad_row="reject")
    assert (len(corpus), len(corpus.rejects)) == (19_999, 1)
    assert (corpus.rejects[0].line, corpus.rejects[0].reason) == (10_001, "not_utf8")


LEGACY = {
    "cp932": "書類はまだ届いていません", "euc_jp": "書類はまだ届いていません", "euc_kr": "편지가 아직 도착하지 않았다",
    "koi8_r": "письмо еще не пришло", "cp1251": "письмо еще не пришло", "big5": "這封信還沒有寄到", "gb18030": "这封信还没有寄到",
    "cp1253": "το γράμμα δεν έφτασε", "iso8859_8": "המכתב עוד לא הגיע", "cp1256": "لم تصل الرسالة بعد", "tis_620": "จดหมายยังมาไม่ถึง",
    "latin_1": "die Straße wäre schön", "cp1250": "příliš žluťoučký kůň", "utf_7": "für alle", "utf_32": "für alle",
}  # fmt: skip


@pytest.mark.case(4)
@pytest.mark.parametrize("encoding", LEGACY)
def test_legacy_encodings_are_refused_or_right_and_right_by_name(encoding: str, reading: Reading) -> None:
    texts = [f"{LEGACY[encoding]} {i}" for i in range(12)]
    content = csv_of([(text, "ab"[i % 2]) for i, text in enumerate(texts)]).encode(encoding)
    found = reading.maybe("auto.csv", content)
    assert found is None or found.texts == texts or encoding == "utf_7"  # which is ASCII: nobody can tell
    assert reading("named.csv", content, encoding=encoding).texts == texts


@pytest.mark.case(5)
@pytest.mark.parametrize(
    "bad", [b"\xed\xa0\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf8\x88\x80\x80\x80", b"\x80", b"\xf4\x90\x80\x80"]
)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_bytes_that_are_no_utf_8(kind: str, bad: bytes, reading: Reading) -> None:
    lines = (csv_of(rows(6)) if kind == "csv" else jsonl_of(rows(6))).encode().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"item", b"item" + bad)
    content = b"".join(lines)
    assert f"a.{kind}:3" in reading.refused(f"a.{kind}", content).where
    corpus = reading(f"a.{kind}", on_bad_row="reject")
    assert [reject.line for reject in corpus.rejects] == [3]
    assert len(corpus) == 9


@pytest.mark.case(7)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_nul_in_a_text_is_kept_alike_by_every_format(kind: str, reading: Reading) -> None:
    texts = [*(text for text, _ in TEN), "before\0after the mark"]
    table = [(text, "a") for text in texts]
    if kind == "parquet":
        pq.write_table(pa.table({"text": texts, "label": ["a"] * len(texts)}), reading.folder / "a.parquet")
    else:
        reading.write(f"a.{kind}", csv_of(table) if kind == "csv" else jsonl_of(table))
    assert reading(f"a.{kind}").texts == texts


@pytest.mark.case(8)
def test_naughty_strings_come_out_of_the_data_set_as_they_went_in(
    program: Program, nasty: Callable[[str], Path]
) -> None:
    strings = [text for text in json.loads((nasty("blns") / "blns.json").read_text("utf-8")) if text.strip()]
    assert len(strings) > 500
    table = [(text, "ab"[i % 2]) for i, text in enumerate(strings)]
    program.write("a.csv", csv_of(table))
    program.run("clean", "a.csv", "-o", "o", *PLAIN, "--select", "BAL", "--ignore", "PII", rows_in=len(strings))
    found = program.result("o").column()
    wrong = [i for i, text in enumerate(strings) if found.get(i) != text and found.get(i) is not None]
    assert wrong == []
    assert len(found) == len(strings)


@pytest.mark.case(8)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_naughty_strings_are_read_as_they_are(kind: str, reading: Reading, nasty: Callable[[str], Path]) -> None:
    strings = json.loads((nasty("blns") / "blns.json").read_text("utf-8"))
    table = [(text, "ab"[i % 2]) for i, text in enumerate(strings)]
    assert list(reading(f"a.{kind}", csv_of(table) if kind == "csv" else jsonl_of(table)).texts) == strings


@pytest.mark.case(9)
def test_line_ends_of_three_systems_in_one_file(reading: Reading) -> None:
    ends = ["\r\n", "\n", "\r\n", "\n", "\r\n", "\n"]
    lines = "text,label" + "\n" + "".join(f"{sentence(i)},a{end}" for i, end in enumerate(ends))
    assert reading("a.csv", lines).texts == [sentence(i) for i in range(6)]
    mac = "\r".join(["text,label", *(f"{sentence(i)},{'ab'[i % 2]}" for i in range(6))]) + "\r"
    found = reading.maybe("mac.csv", mac)
    assert found is None or found.texts == [sentence(i) for i in range(6)]
    inside = reading("in.csv", 'text,label\r\n"one\rtwo\nthree\r\nfour",a\r\nlast row,b\r\n')
    assert inside.texts == ["one\rtwo\nthree\r\nfour", "last row"]


def _parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": ["a b c"] * 3}), sink)
    return sink.getvalue().to_pybytes()


DISGUISED: dict[str, bytes] = {
    "Parquet": _parquet(), "HTML": b"<!DOCTYPE html>\n<html><body><p>not found, a, b</p></body></html>\n",
    "zip": b"PK\x03\x04" + b"\0" * 60, "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "PNG": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "SQLite": b"SQLite format 3\0" + b"\0" * 100,
}  # fmt: skip


@pytest.mark.case(10)
@pytest.mark.parametrize("kind", DISGUISED)
def test_a_csv_that_is_something_else_is_refused(kind: str, reading: Reading) -> None:
    assert reading.refused("a.csv", DISGUISED[kind]).what


@pytest.mark.case(10)
def test_a_csv_that_is_gzip_is_refused_or_read_as_what_it_holds(reading: Reading) -> None:
    found = reading.maybe("a.csv", gzip.compress(csv_of(TEN).encode()))
    assert found is None or found.texts == [text for text, _ in TEN]


@pytest.mark.case(11)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.txt", "a.tsv", "a.json"])
@pytest.mark.parametrize("content", [b"", b" \n\n  \n", BOM])
def test_an_empty_file_is_refused(name: str, content: bytes, reading: Reading) -> None:
    assert reading.refused(name, content).where.startswith(str(reading.folder))


@pytest.mark.case(11)
def test_a_device_is_refused(program: Program) -> None:
    program.write("a.csv", csv_of([(text, "a") for text in TOLD]))
    program.run("scan", "/dev/null", "-o", "o", code=3, names=["/dev/null"])
