"""auditor index and --reference: what is in the old data is found in the new, and an index is never half written."""

import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from tests.conftest import ROOT

OLD = [f"customer {i} asks about the {w} that was {v} on the day before the holidays" for i in range(30)
       for w, v in (("parcel", "lost"), ("invoice", "doubled"))]  # fmt: skip


def write(path, texts):
    path.write_text(json.dumps({"text": texts[0]}) + "\n" + "".join(json.dumps({"text": t}) + "\n" for t in texts[1:]))
    return path


@pytest.fixture
def data(tmp_path):
    write(tmp_path / "old.jsonl", OLD)
    write(tmp_path / "new.jsonl", ["this row was never seen before in any of the files", OLD[4], "well " + OLD[17]])
    return tmp_path


def found(run):
    rows = pq.read_table(run / "findings.parquet").to_pylist()
    return {row["row_id"]: row["value"] for row in rows if row["code"] == "DUP007"}


def test_an_index_says_the_same_as_the_files_themselves(auditor, data):
    made = auditor("index", "old.jsonl", "-o", "index", cwd=data)
    assert made.returncode == 0, made.stderr
    assert "60 rows added" in made.stdout
    for reference, name in (("old.jsonl", "files"), ("index", "sketches")):
        scanned = auditor("scan", "new.jsonl", "--select", "DUP", "--reference", reference, "-o", name, cwd=data)
        assert scanned.returncode == 0, scanned.stderr
        assert found(data / name) == {1: "old row 4", 2: "old row 17"}
    notes = json.loads((data / "sketches" / "audit.json").read_text())["checks"]["duplicates"]["notes"]
    assert {"key": "note.reference_estimated", "args": []} in notes
    assert "old, row 17" in (data / "files" / "report.html").read_text()


def test_what_is_added_twice_stands_in_it_once_and_other_settings_are_refused(auditor, data):
    auditor("index", "old.jsonl", "-o", "index", cwd=data)
    again = auditor("index", "old.jsonl", "-o", "index", cwd=data)
    assert "nothing was added; 60 rows in 1 segment\n" in again.stdout
    more = auditor("index", "new.jsonl", "-o", "index", cwd=data)
    assert "3 rows added; 63 rows in 2 segments" in more.stdout
    other = auditor("index", "new.jsonl", "-o", "index", "--set", "duplicates.ngram=5", cwd=data)
    assert other.returncode == 2
    assert "duplicates.ngram=3" in other.stderr
    foreign = auditor("index", "new.jsonl", "-o", ".", cwd=data)
    assert foreign.returncode == 4
    assert sorted(p.name for p in (data / "index").iterdir()) == [
        "index.json",
        "segment-00001.arrow",
        "segment-00002.arrow",
    ]


def test_no_text_stands_in_an_index(auditor, data):
    auditor("index", "old.jsonl", "-o", "index", cwd=data)
    everything = b"".join(p.read_bytes() for p in (data / "index").iterdir())
    assert b"customer" not in everything
    assert b"parcel" not in everything


def test_an_index_that_is_killed_while_it_grows_stays_what_it_was(auditor, data):
    auditor("index", "old.jsonl", "-o", "index", cwd=data)
    head = (data / "index" / "index.json").read_bytes()
    write(data / "large.jsonl", [f"{text} number {i}" for i in range(400) for text in OLD])
    command = [sys.executable, "-c", "from auditor.cli.main import main; main()", "index", "large.jsonl", "-o", "index"]
    process = subprocess.Popen(command, cwd=data, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    (data / "index" / "segment-00009.arrow").write_bytes(b"left behind")
    while not (data / "index" / ".lock").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (data / "index" / "index.json").read_bytes() == head
    added = auditor("index", "new.jsonl", "-o", "index", cwd=data)
    assert "3 rows added; 63 rows" in added.stdout, added.stderr
    assert not (data / "index" / "segment-00009.arrow").exists()


def test_a_reference_that_is_not_there_is_told(auditor, data):
    missing = auditor("scan", "new.jsonl", "--reference", "gone.jsonl", "-o", "run", cwd=data)
    assert missing.returncode == 2
    assert "gone.jsonl" in missing.stderr
    assert not (data / "run").exists()
