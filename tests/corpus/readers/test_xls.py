"""Workbooks of Excel before 2007, written here record by record in the format of Excel 2 (BIFF2)."""

import struct
import sys

import pytest


def record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def sheet(rows):
    """A worksheet of BIFF2: texts, numbers and truth values."""
    parts = [record(0x0009, struct.pack("<HH", 2, 0x10))]
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            at = struct.pack("<HH3x", y, x)
            if isinstance(value, bool):
                parts.append(record(0x0005, at + struct.pack("<BB", value, 0)))
            elif isinstance(value, (int, float)):
                parts.append(record(0x0003, at + struct.pack("<d", value)))
            elif value is not None:
                text = value.encode("cp1252")
                parts.append(record(0x0004, at + struct.pack("<B", len(text)) + text))
    return b"".join([*parts, record(0x000A, b"")])


def test_an_old_workbook_keeps_numbers(read, texts, labels):
    pytest.importorskip("xlrd")
    rows = [[text, label, i, i / 4, i % 2 == 0] for i, (text, label) in enumerate(zip(texts, labels, strict=True))]
    corpus = read("a.xls", sheet([["text", "label", "n", "share", "flag"], *rows]))
    assert (corpus.texts, corpus.labels) == (texts, labels)
    assert [str(kind) for kind in corpus.table.schema.types[2:]] == ["int64", "double", "bool"]


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut", b"<html><table><tr><td>x</table>"])
def test_a_damaged_one_is_an_error(refused, content):
    pytest.importorskip("xlrd")
    error = refused("a.xls", content)
    assert "not a workbook" in error.what
    assert ".xlsx" in error.fix


def test_without_the_library_it_is_named(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlrd", None)
    error = refused("a.xls", sheet([["text"]]))
    assert "xlrd" in error.what
    assert "auditor[excel]" in error.fix
