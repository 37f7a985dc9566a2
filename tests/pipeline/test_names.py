"""Personal data in column names, class names, sources and file names stays out of everything that a run writes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.command_server import run_auditor

COLUMN, CLASS, FILE, SOURCE = "zoe@col-canary.io", "tom@class-canary.io", "ann@file-canary.io", "eve@source-canary.io"
CANARIES = ("col-canary", "class-canary", "file-canary", "source-canary")
WORDS = list(zip(["late", "early", "wet", "dry"] * 30, ["left", "right", "front"] * 40, strict=True))
FORMATS = ("html", "md", "json", "jsonl", "sarif", "junit", "github")


def auditor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_auditor(*words, cwd=folder, environment={**os.environ, "COLUMNS": "200"})


def data(
    folder: Path, *, file: str = "data.csv", column: str = "note", labels: tuple[str, ...] = ("good", "bad")
) -> Path:
    """120 rows, many of them in the first class; some of them repeat others with another label."""
    names = [*labels, "other"]
    rows = [
        {
            "text": f"the {word} parcel number {i % 50} came {word} to the {place} desk and was put away",
            "label": names[0] if i % 3 else names[1 + i % 2],
            column: f"remark {i}",
            "source": SOURCE if i % 2 else "shop",
            "date": f"20{10 + i % 15}-03-{1 + i % 28:02}",
        }
        for i, (word, place) in enumerate(WORDS)
    ]
    path = folder / file
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def texts_of(folder: Path) -> dict[str, str]:
    """Everything in a folder as text, columns of Parquet files included."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes().decode("utf-8", "replace")
            found[str(path.relative_to(folder))] = raw + (
                repr(pq.read_table(path).to_pydict()) if path.suffix == ".parquet" else ""
            )
    return found


def leaks(where: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, canary) for name, text in where.items() for canary in CANARIES if canary in text]


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("names")
    path = data(folder, file=f"{FILE}_export.csv", column=COLUMN, labels=(CLASS, "tim@class-canary.io"))
    done = auditor(folder, "clean", path.name, "--set", "pii.ner=off", "--set", "prepare.max_removed=1", "-o", "run")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


def test_no_file_of_a_run_and_no_line_of_its_output_holds_a_name(cleaned: tuple[Path, str]) -> None:
    folder, printed = cleaned
    assert leaks({**texts_of(folder / "run"), "printed": printed}) == []


def test_no_export_and_no_comparison_holds_a_name(cleaned: tuple[Path, str]) -> None:
    folder, _ = cleaned
    for kind in FORMATS:
        done = auditor(folder, "report", "run", "--format", kind, "-o", f"report.{kind}")
        assert done.returncode == 0, done.stderr
        assert leaks({kind: (folder / f"report.{kind}").read_text("utf-8")}) == []
    done = auditor(folder, "diff", "run", "run")
    assert leaks({"diff": done.stdout + done.stderr}) == []


def test_the_run_folder_has_no_name_in_its_own_name(tmp_path: Path) -> None:
    path = data(tmp_path, file=f"{FILE}.csv")
    done = auditor(tmp_path, "scan", path.name, "--set", "pii.ner=off")
    assert done.returncode == 0, done.stderr
    assert "file-canary" not in "".join(map(str, (tmp_path / "runs").iterdir())) + done.stdout + done.stderr


def test_names_are_told_and_stay_distinct(cleaned: tuple[Path, str]) -> None:
    folder, _ = cleaned
    audit = json.loads((folder / "run" / "audit.json").read_text())
    assert {"key": "note.pii_names", "args": [1, 2, 1]} in audit["checks"]["privacy"]["notes"]
    bars = next(f for f in audit["checks"]["balance"]["figures"] if f["title"] == "figure.rows_per_class")
    assert len(set(bars["labels"])) == 3
    report = (folder / "run" / "report.html").read_text("utf-8")
    assert "1 column names, 2 class names, 1 file names" in report


def test_classes_and_columns_are_called_as_in_the_data_set(cleaned: tuple[Path, str]) -> None:
    folder, _ = cleaned
    audit = json.loads((folder / "run" / "audit.json").read_text())
    tables = [pq.read_table(path) for path in (folder / "run" / "dataset").glob("*.parquet")]
    classes = {label for table in tables for label in table.column("label").to_pylist()}
    bars = next(f for f in audit["checks"]["balance"]["figures"] if f["title"] == "figure.rows_per_class")
    assert set(bars["labels"]) == classes
    assert set(audit["corpus"]["columns"]) <= set(tables[0].column_names)


def test_rows_of_a_class_are_counted_under_one_name(cleaned: tuple[Path, str]) -> None:
    folder, _ = cleaned
    classes = json.loads((folder / "run" / "summary.json").read_text())["prepared"]["classes"]
    assert len({(item["part"], item["label"]) for item in classes}) == len(classes)
    assert sum(item["before"] for item in classes) == 120


def test_a_review_queue_names_classes_as_the_run_does(tmp_path: Path) -> None:
    path = data(tmp_path, labels=(CLASS, "bad"))
    own = ("--set", "pii.ner=off", "--set", "prepare.max_removed=1")
    assert auditor(tmp_path, "clean", path.name, *own, "-o", "run").returncode == 0
    words = ("run", path.name, "--include", "drop,review,relabel,flag,mask,keep")
    done = auditor(tmp_path, "review", "export", *words, "-o", "queue.csv")
    assert done.returncode == 0, done.stderr
    queue = pd.read_csv(tmp_path / "queue.csv")
    classes = {
        r["label"] for p in (tmp_path / "run" / "dataset").glob("*.parquet") for r in pq.read_table(p).to_pylist()
    }
    assert len(queue)
    assert set(queue["label"]) <= classes


def test_names_without_personal_data_stay(tmp_path: Path) -> None:
    path = data(tmp_path)
    done = auditor(tmp_path, "scan", path.name, "--set", "pii.ner=off", "-o", "run")
    assert done.returncode == 0, done.stderr
    audit = json.loads((tmp_path / "run" / "audit.json").read_text())
    assert audit["corpus"]["files"] == ["data.csv"]
    assert "names_replaced" not in json.loads((tmp_path / "run" / "manifest.json").read_text())


def test_an_edited_plan_gives_a_class_by_its_new_name(tmp_path: Path) -> None:
    path = data(tmp_path, labels=(CLASS, "bad"))
    own = ("--set", "pii.ner=off", "--set", "prepare.max_removed=1")
    assert auditor(tmp_path, "clean", path.name, *own, "--plan", "-o", "planned").returncode == 0
    plan = json.loads((tmp_path / "planned" / "plan.json").read_text())
    audit = json.loads((tmp_path / "planned" / "audit.json").read_text())
    bars = next(f for f in audit["checks"]["balance"]["figures"] if f["title"] == "figure.rows_per_class")
    new = next(label for label in bars["labels"] if label.startswith("<EMAIL"))
    others = [row for row in plan["rows"] if row["row_id"] != 3]
    plan["rows"] = [*others, {"row_id": 3, "action": "relabel", "label": new}]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    done = auditor(tmp_path, "clean", path.name, *own, "--apply", "plan.json", "-o", "run")
    assert done.returncode == 0, done.stderr
    rows = [row for p in (tmp_path / "run" / "dataset").glob("*.parquet") for row in pq.read_table(p).to_pylist()]
    assert next(row["label"] for row in rows if row["row_id"] == 3) == new
    assert leaks(texts_of(tmp_path / "run")) == []


def test_a_role_column_with_personal_data_in_its_name_is_nowhere(tmp_path: Path) -> None:
    path = data(tmp_path)
    table = pd.read_csv(path).rename(columns={"text": COLUMN, "label": "joe@col-canary.io"})
    table.to_csv(path, index=False)
    columns = ("--text", COLUMN, "--label", "joe@col-canary.io")
    done = auditor(tmp_path, "clean", path.name, *columns, "--set", "pii.ner=off", "-o", "run")
    assert done.returncode == 0, done.stderr
    assert "source-canary" not in str(leaks({"printed": done.stdout + done.stderr}))
    assert [leak for leak in leaks(texts_of(tmp_path / "run")) if leak[1] == "col-canary"] == []
    again = auditor(tmp_path, "fix", "run", "1")
    assert again.returncode in (0, 2)  # 2: the run offers nothing
    assert "col-canary" not in again.stdout + again.stderr


def test_an_error_of_reading_quotes_no_personal_data(tmp_path: Path) -> None:
    pd.DataFrame({COLUMN: [1, 2, 3], "n": [4, 5, 6]}).to_csv(tmp_path / "n.csv", index=False)
    done = auditor(tmp_path, "scan", "n.csv", "--header", "--text", "zoe@col-canary.ioo", "-o", "run")
    assert done.returncode == 3
    assert "zoe@col-canary.io " not in f"{done.stderr} ".replace("\n", " ").replace(".ioo", "")
    assert "EMAIL_ADDRESS" in done.stderr
