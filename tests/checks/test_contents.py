"""Hashes of rows: the same for equal rows, worth nothing to who guesses numbers, and places in files."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.checks.contents import SHORT, with_contents
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import Settings
from auditor.core.audit import Audit, CorpusProfile
from auditor.core.findings import findings, no_findings
from auditor.core.results import Completed, Skipped
from auditor.corpus.load import load_corpus
from auditor.message import message
from auditor.runs.scan import Scan
from tests.corpora import corpus

LONG = "please send the parcel to the old address in the harbour"
MAIL = f"{LONG}, or write to anna.k@xent.example"


def scan(made, found=None, **results) -> Scan:
    profile = CorpusProfile("d", made.files, len(made), 0, ("text",), {"text": "text"}, {}, "en", 1, "0")
    privacy = Completed((), no_findings() if found is None else found)
    return Scan(made, None, Audit(profile, {"privacy": privacy, **results}, {}, {}, {}), {})  # type: ignore[arg-type]


def hashes(texts, found=None, *, labels=None, **settings) -> list[str]:
    made = with_contents(scan(corpus(texts, labels=labels), found), Settings.model_validate(settings))
    assert made.contents is not None
    return made.contents.to_pylist()


def test_equal_rows_have_equal_hashes_and_other_labels_change_half_of_it() -> None:
    one, two, three, other = hashes([LONG, LONG.replace(" ", "  "), LONG, LONG + "!"], labels=["a", "a", "b", "a"])
    assert one == two != other
    assert one.split(".")[0] == three.split(".")[0] and one != three


def test_a_hash_tells_nothing_of_numbers_or_of_what_was_found() -> None:
    start = MAIL.index("anna")
    found = findings(
        "PII001", "warn", [0], column="text", start=start, end=len(MAIL), confidence=0.97, entity="EMAIL_ADDRESS"
    )
    masked, other = hashes([MAIL, MAIL.replace("anna.k@xent.example", " <EMAIL_ADDRESS> ")], found)
    assert masked == other
    assert len(set(hashes([f"{LONG} {n}" for n in ("1234", "9876", "٣٤٥٦")]))) == 1


def test_of_a_short_text_sixteen_bits_are_kept() -> None:
    (one,) = hashes(["x" * (SHORT - 1)])
    assert len(one.split(".")[0]) == 4
    assert len(hashes([LONG])[0].split(".")[0]) == 16


def test_a_key_makes_hashes_that_nobody_else_can_make(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = hashes([f"{LONG} 12", f"{LONG} 34", "short"])
    monkeypatch.setenv("AUDITOR_KEY", "ab" * 32)
    keyed = hashes([f"{LONG} 12", f"{LONG} 34", "short"])
    assert plain[0] == plain[1] and keyed[0] != keyed[1] and not set(plain) & set(keyed)
    monkeypatch.setenv("AUDITOR_KEY", "cd" * 32)
    assert not set(keyed) & set(hashes([f"{LONG} 12", f"{LONG} 34", "short"]))


def test_without_the_privacy_check_and_without_a_key_there_is_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = scan(corpus([LONG]), privacy=Skipped(message("left out")))
    made = with_contents(skipped, Settings())
    assert made.contents is None and made.audit.corpus.content == ""
    monkeypatch.setenv("AUDITOR_KEY", "ab" * 32)
    assert with_contents(skipped, Settings()).contents is not None


def places(made, rows) -> list[tuple[int | None, int | None]]:
    result = Completed((), findings("DUP001", "warn", rows))
    found = with_contents(scan(made, duplicates=result), Settings()).audit.results["duplicates"]
    assert isinstance(found, Completed)
    return list(zip(*(found.findings.column(name).to_pylist() for name in ("file", "line")), strict=True))


def test_findings_name_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text\n"two\nlines"\nthird row\n')
    (tmp_path / "b.csv").write_text("text\nsecond file\n\nafter a blank line\n")
    made = load_corpus([str(tmp_path)], CorpusSettings())
    assert places(made, [0, 1, 2, 3, None]) == [(0, 2), (0, 4), (1, 2), (1, 4), (None, None)]


def test_lines_are_not_given_where_nobody_sees_them(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.csv.gz", "wt") as stream:
        stream.write("text\nfirst\nsecond\n")
    assert places(load_corpus([str(tmp_path / "a.csv.gz")], CorpusSettings()), [0, 1]) == [(0, None), (0, None)]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(3)))
    assert places(load_corpus([str(tmp_path / "b.jsonl")], CorpusSettings()), [2]) == [(0, 3)]


def test_rows_keep_their_places_where_others_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\none row,a\nbroken,a,b,c\nanother row,b\n")
    made = load_corpus([str(tmp_path / "a.csv")], CorpusSettings(on_bad_row="reject"))
    assert made.row_id.tolist() == [0, 2]
    assert places(replace(made), [2]) == [(0, 4)]
