"""A run judged against an earlier one: rows that moved are known, and only what is new fails."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

ROWS = [f"the {a} {b} was {c} in the {d} week,{b}" for a in ("red", "old") for b in ("card", "loan", "bill")
        for c in ("lost", "late") for d in ("first", "second", "third")]  # fmt: skip
SCAN = ("--ner", "off", "--set", "effects=false", "--set", "excerpts=none")


def write(path: Path, rows: list[str]) -> None:
    path.write_text("text,label\n" + "".join(f"{row}\n" for row in rows))


def test_only_what_is_new_fails(auditor, tmp_path: Path) -> None:
    doubled = [*ROWS, ROWS[0], ROWS[7]]
    write(tmp_path / "data.csv", doubled)
    first = auditor("scan", "data.csv", "-o", "main", *SCAN, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    gate = ("--fail-on", "warn", "--baseline", "main")
    write(tmp_path / "data.csv", doubled[::-1])
    moved = auditor("scan", "data.csv", "-o", "moved", *SCAN, *gate, cwd=tmp_path)
    assert moved.returncode == 0, moved.stdout + moved.stderr
    write(tmp_path / "data.csv", ["call me on 212-555-0187 or write to anna@xent.example today,card", *doubled])
    new = auditor("scan", "data.csv", "-o", "new", *SCAN, *gate, cwd=tmp_path)
    assert new.returncode == 1 and "new finding" in new.stdout.splitlines()[-1], new.stdout
    table = pq.read_table(tmp_path / "new" / "findings.parquet").to_pylist()
    fresh = [row for row in table if row["is_new"] and row["row_id"] is not None]
    assert {row["row_id"] for row in fresh} == {0} and {row["line"] for row in fresh} == {2}
    sarif = auditor("report", "new", "--format", "sarif", cwd=tmp_path)
    results = json.loads(sarif.stdout)["runs"][0]["results"]
    assert {r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results if r["baselineState"] == "new"
            and "physicalLocation" in r["locations"][0] and "region" in r["locations"][0]["physicalLocation"]} == {2}  # fmt: skip
    back = auditor("report", "moved", "--format", "sarif", "--baseline", "new", cwd=tmp_path)
    states = [result["baselineState"] for result in json.loads(back.stdout)["runs"][0]["results"]]
    assert "absent" in states and "unchanged" in states


def test_a_baseline_without_hashes_is_refused(auditor, tmp_path: Path) -> None:
    write(tmp_path / "data.csv", ROWS)
    assert auditor("scan", "data.csv", "-o", "main", *SCAN, "--ignore", "PII", cwd=tmp_path).returncode == 0
    done = auditor("scan", "data.csv", "-o", "new", *SCAN, "--baseline", "main", cwd=tmp_path)
    assert done.returncode == 2 and "cannot be compared" in done.stderr and not (tmp_path / "new").exists()
