"""From texts to a masked data set: further columns, keys, rows left unchecked, and a second look that finds nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import PiiSettings, PrepareSettings, Settings, StalenessSettings
from auditor.core.results import Failed
from auditor.corpus.load import load_corpus
from auditor.errors import InputError, SafetyError, UsageError
from auditor.message import message
from auditor.pii.detector import detector
from auditor.pii.entities import entity
from auditor.pii.masking.key import KEY_BYTES
from auditor.pii.patterns.stock import UNCHECKED
from auditor.pii.run_masking import Masking
from auditor.pii.spans import Evidence, Span
from auditor.pipeline import Outcome, run
from auditor.store import write_secret

NOT_MASKED = {"PII013", "PII014", "PII008", "PII009", "PII010"}
"""Pages, dates and, where not every row was searched, names: reported, not masked (rules/policy.yaml)."""
ROWS = {
    "text": ["mail anna@corp-mail.io now", "call (212) 736-5000", "nothing here", "again: anna@corp-mail.io"],
    "subject": ["for bob@corp-mail.io", None, "none", "card 4111 1111 1111 1111"],
    "phone": [2127365000, 5, None, 7],
    "label": ["a", "b", "a", "b"],
}


def go(folder: Path, rows: dict[str, list[Any]] | pa.Table = ROWS, stages: tuple[str, ...] = (), **own: Any) -> Outcome:
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    folder.mkdir(exist_ok=True)
    pq.write_table(table, folder / "d.parquet")
    pii = PiiSettings(ner="off", **own.pop("pii", {}))
    prepare = PrepareSettings(augment="none", validation=0.0, test=0.0, max_removed=1.0, **own.pop("prepare", {}))
    day = StalenessSettings(as_of=date(2026, 1, 1))
    settings = Settings(**{"select": ("PII",), **own}, pii=pii, prepare=prepare, staleness=day)
    return run(
        [str(folder / "d.parquet")],
        settings,
        out=folder / "run",
        command="test",
        stages=stages or ("scan", "plan", "clean"),
        progress=lambda stage, done, total: None,
    )


def dataset(outcome: Outcome) -> list[dict[str, Any]]:
    return sorted(
        pq.read_table(sorted((outcome.path / "dataset").glob("*.parquet"))).to_pylist(), key=lambda row: row["row_id"]
    )


def test_columns_that_are_named_are_looked_through_and_masked(tmp_path: Path) -> None:
    outcome = go(tmp_path, pii={"columns": ("subject", "phone")}, prepare={"mask_possible": True})
    rows = dataset(outcome)
    assert [row["text"] for row in rows] == [
        "mail <EMAIL_ADDRESS> now", "call <PHONE_NUMBER>", "nothing here", "again: <EMAIL_ADDRESS>",
    ]  # fmt: skip
    assert [row["subject"] for row in rows] == ["for <EMAIL_ADDRESS>", None, "none", "card <CREDIT_CARD>"]
    assert [row["phone"] for row in rows] == ["<PHONE_NUMBER>", "5", None, "7"]
    found = outcome.audit.findings()
    assert set(found.column("column").to_pylist()) == {"text", "subject", "phone"}
    notes = outcome.audit.results["privacy"].notes  # type: ignore[union-attr]
    assert message("note.pii_columns", "subject, phone") in notes
    assert message("note.pii_columns_left", "label") in notes
    assert outcome.audit.results["privacy"].per_row["pii_count"].to_pylist() == [3, 1, 0, 2]  # type: ignore[union-attr]


def test_columns_that_are_left_out_are_named_as_not_searched(tmp_path: Path) -> None:
    outcome = go(tmp_path, pii={"columns": ("none",)})
    assert message("note.pii_columns_left", "subject, phone, label") in outcome.audit.results["privacy"].notes  # type: ignore[union-attr]
    assert set(dataset(outcome)[0]) >= {"text", "phone", "label"}
    assert "subject, phone, label" in (outcome.path / "report.html").read_text("utf-8")


def test_a_column_that_cannot_be_named_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be searched"):
        go(tmp_path, pii={"columns": ("absent",)}, stages=("scan",))


def test_pseudonyms_join_over_columns_and_the_key_is_nowhere(tmp_path: Path) -> None:
    key = tmp_path / "key"
    write_secret(key, bytes.fromhex("c0ffee42" * 8))
    outcome = go(
        tmp_path / "d", pii={"columns": ("*",)}, prepare={"mask": "hmac", "key_file": str(key), "mask_possible": True}
    )
    rows = dataset(outcome)
    token = rows[0]["text"].split()[1]
    assert rows[3]["text"] == f"again: {token}"
    assert rows[0]["subject"] != f"for {token}"
    assert rows[1]["text"].split()[1] == rows[0]["phone"]
    manifest = json.loads((outcome.path / "manifest.json").read_text("utf-8"))
    assert len(manifest["accounts"]["mask_key_id"]) == 16
    for file in (file for file in outcome.path.rglob("*") if file.is_file()):
        data = file.read_bytes()
        assert bytes.fromhex("c0ffee42" * 8) not in data
        assert b"c0ffee42c0ffee42" not in data


def test_a_key_in_the_run_folder_or_readable_by_all_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    inside = tmp_path / "run" / "key"
    with pytest.raises(SafetyError, match="beside"):
        go(tmp_path, prepare={"mask": "hmac", "key_file": str(inside)})
    key = tmp_path / "key"
    key.write_bytes(b"k" * KEY_BYTES)
    key.chmod(0o644)
    with pytest.raises(SafetyError, match="read by others"):
        go(tmp_path, prepare={"mask": "hmac", "key_file": str(key)})
    with pytest.raises(UsageError, match="need a key"):
        go(tmp_path, prepare={"mask": "hmac"})
    assert not (tmp_path / "run").exists()


def test_rows_are_dropped_with_an_account(tmp_path: Path) -> None:
    outcome = go(tmp_path, prepare={"mask": "drop", "vanishing": "allow"})
    assert [row["row_id"] for row in dataset(outcome)] == [2]
    outcome = go(tmp_path, prepare={"mask_entities": ("PHONE_NUMBER=drop",), "vanishing": "allow"})
    assert [row["row_id"] for row in dataset(outcome)] == [2, 3]  # row 0 holds a number in its column `phone`
    ledger = pq.read_table(outcome.path / "ledger.parquet").to_pylist()
    assert [(line["outcome"], line["rule"]) for line in ledger][1] == ("removed", "dropped-kinds")


def _times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.pii.detector import Detector

    real = Detector._patterns

    def patterns(self: Detector, texts: list[str], heading: str = "") -> list[list[Span]]:
        stalled = [Span(0, len(t), UNCHECKED, 1.0, Evidence.VALIDATED) if "stall" in t else None for t in texts]
        return [
            [*found, *([span] if span else [])] for found, span in zip(real(self, texts, heading), stalled, strict=True)
        ]

    monkeypatch.setattr(Detector, "_patterns", patterns)


STALLS = {"text": ["this one would stall the search of SSN 078-05-1120", "fine"], "label": ["a", "b"]}


def test_rows_left_unchecked_are_refused_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _times_out(monkeypatch)
    outcome = go(tmp_path, STALLS)
    assert outcome.verdict(Settings()).code == 6
    assert not (outcome.path / "dataset").exists()
    assert (outcome.path / "report.html").exists()
    assert "PII999" in outcome.audit.findings().column("code").to_pylist()
    masked = go(tmp_path, STALLS, prepare={"unchecked": "mask"})
    assert [row["text"] for row in dataset(masked)] == ["<UNCHECKED>", "fine"]
    dropped = go(tmp_path, STALLS, prepare={"unchecked": "drop", "vanishing": "allow"})
    assert [row["text"] for row in dataset(dropped)] == ["fine"]
    before = {p: p.read_bytes() for p in dropped.path.rglob("*") if p.is_file()}
    with pytest.raises(SafetyError, match="ran out of time"):
        go(tmp_path, STALLS, ignore=("PII999",), prepare={"unchecked": "mask"})
    assert {p: p.read_bytes() for p in dropped.path.rglob("*") if p.is_file()} == before


def test_a_privacy_check_that_failed_is_no_clean_bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.checks.privacy.check import PiiCheck

    monkeypatch.setattr(PiiCheck, "finish", lambda *args: Failed(message("a library is missing")))
    outcome = go(tmp_path)
    assert outcome.verdict(Settings()).code == 6
    assert not (outcome.path / "dataset").exists()
    assert (outcome.path / "report.html").exists()
    assert go(tmp_path, select=("DUP",), ignore=("PII",)).verdict(Settings()).code == 0


def _second_look(outcome: Outcome, language: str) -> int:
    """What the same search finds in the written data set outside of what was put in."""
    rows = dataset(outcome)
    put_in: dict[int, list[tuple[int, int]]] = {}
    for mask in pq.read_table(outcome.path / "masks.parquet").to_pylist():
        put_in.setdefault(mask["row_id"], []).append((mask["start"], mask["end"]))
    spans = detector(PiiSettings(), language, date(2026, 1, 1)).spans([row["text"] or "" for row in rows], ner=False)
    left = 0
    for row, found in zip(rows, spans, strict=True):
        for span in found:
            covered = {place for low, high in put_in.get(row["row_id"], ()) for place in range(low, high)}
            open_text = "".join(
                c for i, c in enumerate(row["text"][span.start : span.end], span.start) if i not in covered
            )
            left += entity(span.entity).code not in NOT_MASKED and any(map(str.isalnum, open_text))
    return left


@pytest.mark.parametrize("way", ["replace", "mask", "redact", "surrogate"])
def test_a_second_look_at_real_mail_finds_nothing(way: str, tmp_path: Path, shared_data: Any) -> None:
    texts = pq.read_table(shared_data("spamassassin.parquet"), columns=["text"]).column(0).to_pylist()[::60]
    outcome = go(tmp_path, {"text": texts}, prepare={"mask": way, "mask_possible": True})
    assert outcome.prepared is not None
    assert outcome.prepared.masks.num_rows > 100
    assert _second_look(outcome, "en") == 0


@pytest.mark.parametrize(("name", "language"), [("banking_en", "en"), ("service_zh", "zh")])
def test_a_second_look_at_the_samples_finds_nothing(name: str, language: str, tmp_path: Path, samples: Path) -> None:
    from pyarrow import csv

    table = csv.read_csv(samples / f"{name}.csv").select(["text"])
    outcome = go(tmp_path, table, prepare={"mask": "surrogate", "mask_possible": True})
    assert outcome.prepared is not None
    assert outcome.prepared.masks.num_rows > 100
    assert _second_look(outcome, language) == 0


def test_what_masking_brings_together_is_masked_too(tmp_path: Path) -> None:
    outcome = go(tmp_path, {"text": ["call 415-anna@corp-mail.io555-0132 today"]}, prepare={"mask": "redact"})
    assert _second_look(outcome, "en") == 0


def test_an_address_as_identifier_is_nowhere_in_a_run(tmp_path: Path) -> None:
    ids = [f"user{i}@corp-mail.io" for i in range(4)]
    rows = {"id": ids, "text": [*ROWS["text"][:3], "the id is user3@corp-mail.io"], "source": ["ann@corp-mail.io"] * 4}
    outcome = go(tmp_path, rows, pii={"columns": ("*",)}, prepare={"keep_raw": False})
    out = dataset(outcome)
    tokens = [row["id"] for row in out]
    assert len(set(tokens)) == 4
    assert all(token.startswith("<EMAIL_ADDRESS_") for token in tokens)
    assert len({row["source"] for row in out}) == 1
    assert pq.read_table(outcome.path / "rows.parquet").column("id").to_pylist() == tokens
    for file in (file for file in outcome.path.rglob("*") if file.is_file()):
        told = str(pq.read_table(file).to_pydict()).encode() if file.suffix == ".parquet" else file.read_bytes()
        assert b"@corp-mail" not in told, file


def test_a_bare_number_that_its_column_names_is_masked_as_it_was_found(tmp_path: Path) -> None:
    rows = {"text": [f"row number {i} of many" for i in range(4)], "phone": ["2127365000 2127365001"] * 4}
    outcome = go(tmp_path, rows)
    found = outcome.audit.findings()
    assert set(found.column("column").to_pylist()) == {"phone"}
    masking = Masking(load_corpus([str(tmp_path / "d.parquet")], CorpusSettings()), Settings(), tmp_path, is_used=False)
    assert masking.rescan(["2127365000"], heading="phone") == [[(0, 10, "PHONE_NUMBER")]]
    assert masking.rescan(["2127365000"]) == [[]]
    for row in dataset(outcome):
        assert masking.rescan([row["phone"]], heading="phone") == [[]]
