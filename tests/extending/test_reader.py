"""A reader added from outside the package: one file, one registration, one setting."""

import json

RECORDS = """\
text: my card was declined at the shop
label: card

text: please send a new card
label: card

a line without a colon

text: where is my refund: it is late
label: refund
city: Leeds
"""
SCAN = ("scan", "--ner", "off", "-q", "-o", "run")


def test_files_of_a_new_format_are_read(auditor, folder_with):
    folder = folder_with("record_reader")
    (folder / "in.rec").write_text(RECORDS, "utf-8")
    done = auditor(*SCAN, "in.rec", cwd=folder)
    assert done.returncode == 0, done.stderr
    corpus = json.loads((folder / "run" / "audit.json").read_text("utf-8"))["corpus"]
    assert (corpus["rows_read"], corpus["rows_rejected"]) == (4, 1)
    assert corpus["roles"]["text"] == "text" and corpus["roles"]["label"] == "label"
    reject = json.loads((folder / "run" / "rejects.jsonl").read_text("utf-8"))
    assert (reject["row_id"], reject["file"], reject["line"]) == (2, "in.rec", 7)


def test_compression_folders_and_encodings_need_nothing_of_the_reader(auditor, folder_with):
    import gzip

    folder = folder_with("record_reader")
    (folder / "data").mkdir()
    (folder / "data" / "in.rec.gz").write_bytes(gzip.compress(RECORDS.encode()))
    (folder / "data" / "other.rec").write_bytes("text: my card\n\ntext: a letter from Köln\n".encode("latin-1"))
    done = auditor(*SCAN, "data", cwd=folder)
    assert done.returncode == 3 and "The file is not utf-8." in done.stderr
    done = auditor(*SCAN, "data", "--on-bad-row", "reject", cwd=folder)
    assert done.returncode == 0, done.stderr
    rejects = [json.loads(line) for line in (folder / "run" / "rejects.jsonl").read_text("utf-8").splitlines()]
    assert [(one["file"], one["line"], one["reason"]) for one in rejects] == [
        ("in.rec.gz", 7, "missing_field"),
        ("other.rec", 3, "not_utf8"),
    ]


def test_without_the_setting_the_format_is_unknown(auditor, folder_with):
    folder = folder_with("record_reader")
    (folder / "in.rec").write_text(RECORDS, "utf-8")
    done = auditor(*SCAN, "in.rec", "--set", "plugins=", cwd=folder)
    assert done.returncode == 3
    assert "Known formats: .parquet, " in done.stderr
    assert ".rec" not in done.stderr.partition("Known formats")[2]
    (folder / "in.rek").write_text(RECORDS, "utf-8")
    assert ", .rec, " in auditor(*SCAN, "in.rek", cwd=folder).stderr
