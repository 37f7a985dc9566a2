"""SQL over a run: its tables and nothing else, nothing raw, and errors that quote no values."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from auditor.config.loading import load_settings
    from auditor.pipeline import run as audit

    folder = tmp_path_factory.mktemp("sql")
    rows = [f"=letter {i} of the day,{'ab'[i % 2]}" for i in range(40)] + ["write to canary.7f3a@example.org,a"] * 2
    (folder / "d.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    settings = load_settings(options={"pii.ner": "off", "effects": False, "excerpts": False})
    audit(
        [str(folder / "d.csv")], settings, out=folder / "out", command="", stages=["scan", "plan", "clean"],
        progress=lambda *_: None,
    )  # fmt: skip
    return folder / "out"


def test_findings_are_counted(run: Path, auditor: Any) -> None:
    done = auditor("sql", run, "select code, count(*) as n from findings where code = 'DUP001' group by 1")
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()] == [["code", "n"], ["------", "-"], ["DUP001", "1"]]


def test_the_data_set_has_its_parts_and_no_personal_data(run: Path, auditor: Any) -> None:
    done = auditor("sql", run, "select split_part, text from dataset", "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["split_part"] for row in rows} <= {"train", "validation", "test"} and len(rows) == 41
    assert "canary" not in done.stdout and any("<EMAIL_ADDRESS>" in row["text"] for row in rows)


def test_csv_can_be_opened_in_a_spreadsheet(run: Path, auditor: Any) -> None:
    done = auditor("sql", run, "select text from dataset where text like '=letter%' limit 1", "--format", "csv")
    assert next(csv.DictReader(io.StringIO(done.stdout)))["text"].startswith("'=letter")


def test_long_answers_are_cut_and_say_so(run: Path, auditor: Any) -> None:
    done = auditor("sql", run, "select row_id from ledger", "--limit", "3")
    assert len(done.stdout.splitlines()) == 2 + 3 + 1 and "more rows" in done.stdout


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("select * from read_csv('d.csv')", "more than the tables"),
        ("copy findings to 'stolen.csv'", "more than the tables"),
        ("install httpfs", "more than the tables"),
        ("selec", "syntax error"),
        ("select nothing from findings", "nothing"),
        ("select cast(text as integer) from dataset", "ConversionException"),
    ],
)
def test_what_may_not_or_cannot_be_answered_is_three_lines(
    query: str, word: str, run: Path, auditor: Any, tmp_path: Path
) -> None:
    done = auditor("sql", run, query, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 3 and word in done.stderr
    assert "letter" not in done.stderr and list(tmp_path.iterdir()) == []


def test_tables_and_columns_are_listed(run: Path, auditor: Any) -> None:
    lines = auditor("sql", run).stdout.splitlines()
    assert {"findings", "rows", "plan", "ledger", "dataset"} <= {line.split(":")[0] for line in lines}
    assert "code string" in lines[0]


def test_a_folder_without_a_run_is_refused(auditor: Any, tmp_path: Path) -> None:
    done = auditor("sql", tmp_path, "select 1")
    assert done.returncode == 3 and "not a run folder" in done.stderr
