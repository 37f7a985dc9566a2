"""What a report says was done to a row is what the ledger and the data set say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.report.view import build_view
from auditor.runs.finished import read_audit, read_summary
from tests.pipeline.test_fix import write_input

RUNS = (
    ("clean",),
    ("clean", "--ner", "full"),
    ("clean", "--ner", "off", "--skip", "personal-data"),
    ("clean", "--mask", "drop"),
    ("clean", "--steps", "mojibake,markup", "--only", "DUP,QLT"),
)
FATES = {
    "masked": "masked",
    "left as it was": "left",
    "row dropped": "dropped",
    "row kept": "kept",
    "row kept, text repaired": "kept",
    "row kept, sent to review": "kept",
    "row kept with less weight": "kept",
    "relabelled": "kept",
}


@pytest.mark.parametrize("command", RUNS, ids=" ".join)
def test_every_row_of_the_report_agrees_with_ledger_and_data_set(
    command: tuple[str, ...], tmp_path: Path, auditor: Any
) -> None:
    write_input(tmp_path / "d.csv")
    with (tmp_path / "d.csv").open("a") as file:
        file.write("Irene Ellison from Boston waits for her parcel,usual,2025-02-01\n")
        file.write("please call Mary Johnson about the refund letter today,usual,2025-02-01\n")
    verb, *options = command
    done = auditor(verb, "d.csv", "-o", "run", "--label", "kind", "--as-of", "2026-01-01", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = tmp_path / "run"
    ledger = {row["row_id"]: row["outcome"] for row in pq.read_table(run / "ledger.parquet").to_pylist()}
    data = [row for file in sorted((run / "dataset").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]
    texts = {row["row_id"]: row["body"] for row in data if row["row_id"] is not None}
    masks = pq.read_table(run / "masks.parquet").to_pylist()
    masked = {(row["row_id"], row["entity"]) for row in masks}
    findings = pq.read_table(run / "findings.parquet").to_pylist()
    audit, summary = read_audit(run), read_summary(run)
    view = build_view(audit, summary)
    said = 0
    for line in view.findings.rows:
        fate = next((fact.value for fact in line.detail if fact.name == "in the data set"), None)
        if line.row_id < 0:
            assert fate is None
            continue
        assert fate is not None
        said += 1
        kind = FATES[fate]
        assert (kind == "dropped") == (ledger[line.row_id] == "removed") == (line.row_id not in texts), (line, fate)
        if line.code.startswith("PII") and kind != "dropped":
            entities = {f["value"] for f in findings if (f["row_id"], f["code"]) == (line.row_id, line.code)}
            assert (kind == "masked") == any((line.row_id, entity) in masked for entity in entities), (line, fate)
    assert said > 100
    for clause in (clause for law in view.laws for clause in law.clauses):
        if "masked" in clause.done:
            assert masks
    kept = {row["kept_row_id"] for row in pq.read_table(run / "removed.parquet").to_pylist()} - {None}
    assert kept <= texts.keys(), "a row called kept is in the data set"
    assert json.loads((run / "summary.json").read_text("utf-8"))["after"]["grades"]["overall"]
